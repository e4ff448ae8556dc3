"""Delivery status notifications (RFC 3464), read and written."""

import re
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message import dsn
from jmapd.formats.message.dsn import DeliveryReport, Recipient

pytestmark = pytest.mark.rfc("3464", "2")
ORIGINAL = b"Message-ID: <1@example.org>\r\nSubject: Hello\r\n\r\nHello.\r\n"
TO, FROM = "alice@example.org", "MAILER-DAEMON@mx.example.org"

texts = st.text(max_size=50)
recipients = st.builds(
    Recipient,
    texts,
    st.sampled_from(dsn.ACTIONS),
    st.sampled_from(["5.1.1", "2.0.0", "4.4.1", ""]),
    texts,
    texts,
    texts,
)


def build(*recipients: Recipient, original: bytes = ORIGINAL, headers_only: bool = False) -> bytes:
    return dsn.build(DeliveryReport("mx.example.org", list(recipients), "S1", 0), TO, FROM, original, headers_only)


@pytest.mark.rfc("3464", "2.3")
def test_what_is_written_is_read() -> None:
    one = Recipient("bob@example.org", "failed", "5.1.1", "b@example.org", "550 5.1.1 no such user (really)", "mx.far")
    two = Recipient("grün@example.org", "delayed", "4.4.1")
    found = dsn.parse(build(one, two))
    assert found == DeliveryReport("mx.example.org", [one, two], "S1", None, "1@example.org")


@pytest.mark.rfc("3464", "2.2")
def test_the_fields_in_their_order() -> None:
    recipient = Recipient("bob@example.org", "delayed", "4.4.1", "b@example.org", "451 later", "mx.far", 60, 120)
    text = build(recipient).decode()
    assert (
        "Original-Envelope-Id: S1\r\nReporting-MTA: dns; mx.example.org\r\n"
        "Arrival-Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n\r\n"
        "Original-Recipient: rfc822; b@example.org\r\nFinal-Recipient: rfc822; bob@example.org\r\n"
        "Action: delayed\r\nStatus: 4.4.1\r\nRemote-MTA: dns; mx.far\r\nDiagnostic-Code: smtp; 451 later\r\n"
        "Last-Attempt-Date: Thu, 01 Jan 1970 00:01:00 +0000\r\nWill-Retry-Until: Thu, 01 Jan 1970 00:02:00 +0000\r\n"
    ) in text


@pytest.mark.rfc("3464", "2.3.9")
def test_only_what_is_delayed_will_be_retried() -> None:
    assert b"Will-Retry-Until" not in build(Recipient("bob@example.org", will_retry_until=120))


@pytest.mark.rfc("6522", "3")
def test_the_message_around_it() -> None:
    message = message_from_bytes(build(Recipient("bob@example.org", diagnostic="550 5.1.1 no")), policy=policy.default)
    assert message.get_content_type() == "multipart/report" and message.get_param("report-type") == "delivery-status"
    assert (message["to"], message["auto-submitted"]) == (TO, "auto-replied")
    assert message["from"].addresses[0].addr_spec == FROM
    human, machine, original = message.iter_parts()  # type: ignore[attr-defined]
    assert "<bob@example.org>" in human.get_content() and "550 5.1.1 no" in human.get_content()
    assert machine.get_content_type() == "message/delivery-status"
    assert machine.get("content-transfer-encoding", "7bit") == "7bit"
    assert original.get_content_type() == "message/rfc822"


@pytest.mark.parametrize("is_long", [True, False])
def test_of_a_long_message_the_header_is_returned(is_long: bool) -> None:
    original = ORIGINAL + b"x\r\n" * (200_000 if is_long else 1)
    data = build(Recipient("bob@example.org"), original=original, headers_only=not is_long)
    assert b"Content-Type: text/rfc822-headers\r\n" in data and b"message/rfc822" not in data
    found = dsn.parse(data)
    assert found is not None and found.message_id == "1@example.org" and len(data) < 5000


@pytest.mark.rfc("8621", "7")
@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        (Recipient("a", diagnostic="550 5.1.1 no"), "550 5.1.1 no"),
        (Recipient("a", diagnostic="550-5.7.1 has detected 550-5.7.1 that it is 550 5.7.1 spam."),
         "550 5.7.1 has detected that it is spam."),
        (Recipient("a", diagnostic="550-no 550 such"), "550 no such"),
        (Recipient("a", "failed", "4.4.7", diagnostic="connect: timed out"), "450 4.4.7 connect: timed out"),
        (Recipient("a", "failed", ""), "550 5.0.0 failed"),
        (Recipient("a", "delivered", "2.1.5"), "250 2.1.5 delivered"),
        (Recipient("a", "delayed", ""), "450 4.0.0 delayed"),
        (Recipient("a", "relayed", ""), "250 2.0.0 relayed"),
        (Recipient("a", diagnostic="550 a\r\nb\0"), "550 a b"),
    ],
)  # fmt: skip
def test_the_reply(recipient: Recipient, expected: str) -> None:
    assert recipient.smtp_reply() == expected


@pytest.mark.parametrize(
    "more",
    [
        "Action: lost\nFinal-Recipient: rfc822; bob@example.org\n",
        "Action: failed\n",
        "Final-Recipient: rfc822; bob@example.org\n",
        "Action: failed\nFinal-Recipient: x400; /S=bob\n",
    ],
)
def test_groups_that_tell_nothing(more: str) -> None:
    head = "Content-Type: multipart/report; boundary=b\n\n--b\n\n--b\nContent-Type: message/delivery-status\n\n"
    found = dsn.parse(f"{head}Reporting-MTA: dns; x\n\n{more}\n--b--\n".encode())
    assert found == DeliveryReport("x", [])


def test_without_a_blank_line_after_the_first_group() -> None:
    head = "Content-Type: multipart/report; boundary=b\n\n--b\n\n--b\nContent-Type: message/delivery-status\n\n"
    fields = "Reporting-MTA: dns; x\nFinal-Recipient: rfc822;<bob@example.org>\naction: Failed (so)\nStatus: 5.0.0 (x)"
    found = dsn.parse(f"{head}{fields}\n--b--\n".encode())
    assert found == DeliveryReport("x", [Recipient("bob@example.org")])


@given(st.lists(recipients, max_size=3), texts, st.binary(max_size=50))
def test_nothing_makes_writing_or_reading_fail(found: list[Recipient], text: str, original: bytes) -> None:
    report = DeliveryReport(text, found, text, 1.5)
    data = dsn.build(report, TO, FROM, original)
    again = dsn.parse(data)
    assert again is not None and all(each.smtp_reply().isascii() for each in again.recipients)
    assert data.count(b"\r\nSubject: Mail ") == 1 and b"\r\n\r\n" in data


@given(st.data())
def test_damaged_ones(data: st.DataObject) -> None:
    whole = build(
        Recipient("bob@example.org", original="b@example.org", diagnostic="550 x"), Recipient("c@example.org")
    )
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    dsn.parse(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])


def test_real_ones(corpora: Path) -> None:
    folder = corpora / "eml" / "sisimai-bounces"
    found = [dsn.parse(path.read_bytes()) for path in sorted(folder.rglob("*.eml"))]
    known = [each for each in found if each is not None]
    people = [recipient for each in known for recipient in each.recipients]
    assert len(known) >= 290 and len([each for each in known if each.recipients]) >= len(known) * 9 // 10
    assert len([each for each in known if each.message_id]) >= len(known) * 8 // 10
    assert len([each for each in people if "@" in each.final]) >= len(people) * 19 // 20
    assert all(re.match(r"[245]\d\d ", each.smtp_reply()) for each in people)
