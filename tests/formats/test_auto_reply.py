"""Automatic replies to any octets (RFC 3834, RFC 5322): decided, and answered with one sound message."""

from email.parser import BytesParser
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.auto_reply import handle, header_of, reason_against, reply, subject

pytestmark = pytest.mark.rfc("3834", "3")

RECORD = {"isEnabled": True, "fromDate": None, "toDate": None, "subject": None, "textBody": None, "htmlBody": None}
SENDER = {"name": None, "email": "alice@example.org"}
NAMES = (
    "Subject",
    "Message-ID",
    "References",
    "In-Reply-To",
    "To",
    "Cc",
    "Auto-Submitted",
    "Precedence",
    "X-Spam-Status",
)
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=60)), max_size=8)


def written(fields: list[tuple[str, bytes]]) -> bytes:
    return b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields) + b"\r\nText\r\n"


@given(FIELDS, st.text(max_size=40), st.text(max_size=40))
def test_any_message_gets_one_sound_reply(fields: list[tuple[str, bytes]], given_subject: str, text: str) -> None:
    header = header_of(written(fields))
    for record in (RECORD, RECORD | {"subject": given_subject, "textBody": text, "htmlBody": text}):
        if "\0" in text:
            continue
        raw = reply(header, record, SENDER, "bob@example.com", 1_700_000_000.5)
        head, _, _ = raw.partition(b"\r\n\r\n")
        names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
        assert len(names) == len(set(names)) and set(names) <= {
            *(b"date", b"message-id", b"from", b"to", b"subject", b"in-reply-to", b"references", b"auto-submitted"),
            *(b"mime-version", b"content-type", b"content-transfer-encoding"),
        }
        parsed = BytesParser(policy=default).parsebytes(raw)
        assert parsed["Auto-Submitted"] == "auto-replied" and parsed["To"] == "bob@example.com"
        assert parsed["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000" and all(
            len(line) <= 998 for line in raw.split(b"\r\n")
        )


@given(st.binary(max_size=300), FIELDS, st.text(max_size=30))
def test_any_message_is_decided(octets: bytes, fields: list[tuple[str, bytes]], sender: str) -> None:
    for message in (octets, written(fields)):
        for mail_from in (sender, "bob@example.com"):
            reason = reason_against(header_of(message), mail_from, lambda address: address == "alice@example.org")
            assert reason is None or reason


@pytest.mark.rfc("5230", "4.3")
@pytest.mark.parametrize(
    ("original", "given_subject", "expected"),
    [
        (b"A question", None, "Auto: A question"),
        (b"=?utf-8?q?=C3=84?=\r\n folded", None, "Auto: Ä folded"),
        (b"  ", None, "Automatic reply"),
        (b"x", "Away", "Away"),
        (b"x", " \n ", "Automatic reply"),
        (b"y" * 1000, None, "Auto: " + "y" * 400),
    ],
)
def test_subject(original: bytes, given_subject: str | None, expected: str) -> None:
    assert subject(header_of(written([("Subject", original)])), given_subject) == expected


@pytest.mark.rfc("5230", "4.2")
def test_handle_is_of_what_is_said() -> None:
    assert handle(RECORD) == handle(RECORD | {"toDate": "2026-01-02T03:04:05Z", "isEnabled": False})
    assert len({handle(RECORD | {name: "x"}) for name in ("subject", "textBody", "htmlBody")}) == 3
