"""Message disposition notifications (RFC 8098), read and written; the methods are tested in tests/mdn."""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message import mdn
from jmapd.formats.message.mdn import Notification

pytestmark = pytest.mark.rfc("8098", "3")
WHOLE = Notification(
    "manual-action", "mdn-sent-manually", "displayed", "rfc822; bob@example.org", "utf-8; grün@example.org",
    "<1@example.org>", "Foomail; 97.1", "dns; gate.example.org", ["no paper", "none"], {"X-More": "a b"}, "Gelesen: ä",
    "Grüße.\n\nBob", True,
)  # fmt: skip
BOB, ALICE = ("Bob", "bob@example.org"), (None, "alice@example.org")
ORIGINAL = b"Message-ID: <1@example.org>\r\n\r\n\xff\r\n"


def build(notification: Notification) -> bytes:
    return mdn.build(notification, BOB, [ALICE], ORIGINAL if notification.has_original else None)


@pytest.mark.rfc("8098", "3.2")
def test_what_is_written_is_read() -> None:
    assert mdn.parse(build(WHOLE)) == WHOLE
    least = Notification("automatic-action", "mdn-sent-automatically", "deleted", "rfc822; b@example.org", text="x")
    assert mdn.parse(build(least)) == replace(least, subject="")


@pytest.mark.rfc("8098", "3.1")
def test_the_fields_in_their_order() -> None:
    assert (
        "\r\nContent-Type: message/disposition-notification\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "Reporting-UA: Foomail; 97.1\r\nMDN-Gateway: dns; gate.example.org\r\n"
        "Original-Recipient: utf-8; gr\\x{FC}n@example.org\r\nFinal-Recipient: rfc822; bob@example.org\r\n"
        "Original-Message-ID: <1@example.org>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
        "Error: no paper\r\nError: none\r\nX-More: a b\r\n\r\n--"
    ) in build(WHOLE).decode("latin-1")


def test_a_reader_of_others_understands_it() -> None:
    message = message_from_bytes(build(WHOLE), policy=policy.default)
    assert [part.get_content_type() for part in message.iter_parts()] == [  # type: ignore[attr-defined]
        "text/plain", "message/disposition-notification", "message/rfc822",
    ]  # fmt: skip
    assert message["content-transfer-encoding"] == "8bit" and message["references"] == "<1@example.org>"


@pytest.mark.parametrize("number", range(40))
def test_long_values_are_folded(number: int) -> None:
    long = replace(WHOLE, reporting_ua="x" * 70 + " " + "y" * (10 + number), errors=["word " * 100])
    data = build(long)
    assert max(map(len, data.split(b"\r\n"))) <= 998
    found = mdn.parse(data)
    assert found is not None and found.reporting_ua == long.reporting_ua and found.errors == [("word " * 100).strip()]


@given(st.data())
def test_damaged_ones(data: st.DataObject) -> None:
    whole = build(WHOLE)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    mdn.parse(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_value_ends_its_field(ua: str, error: str) -> None:
    found = mdn.parse(build(replace(WHOLE, reporting_ua=ua, errors=[error])))
    assert found is not None
    assert (found.final_recipient, found.type, found.extensions) == (
        WHOLE.final_recipient,
        "displayed",
        {"X-More": "a b"},
    )
