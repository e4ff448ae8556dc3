"""The mails that carry iTIP messages (RFC 6047)."""

from typing import Any

import pytest

from tests.calendars.host import person
from tests.scheduling.outgoing import ALICE, WEEKLY, Scheduling

pytestmark = pytest.mark.rfc("6047", "2.4")
BOB = "bob@example.net"
EVIL = "x\r\nBcc: eve@example.net\r\n\r\nhi"


def test_parts(host: Scheduling) -> None:
    """A text, and text/calendar with the method that the object has."""
    host.invite(BOB)
    mail = host.one()
    assert mail.message.get_content_type() == "multipart/alternative"
    text, calendar = mail.parts
    assert (text.get_content_type(), text.get_content_charset()) == ("text/plain", "utf-8")
    assert (calendar.get_content_type(), calendar.get_content_charset()) == ("text/calendar", "utf-8")
    assert (calendar.get_param("method"), calendar.get_param("component")) == (mail.method, "VEVENT")


@pytest.mark.rfc("6047", "2.5")
def test_encoded(host: Scheduling) -> None:
    """All is ASCII on the wire, and reads back as it was."""
    host.invite(BOB, title="Frühstück für 田中", description="Ä" * 500)
    mail = host.one()
    assert mail.raw.isascii() and mail.value("SUMMARY") == "Frühstück für 田中"
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 78
    assert mail.message["Subject"] == "Invitation: Frühstück für 田中" and "Frühstück" in mail.text


@pytest.mark.rfc("6047", "2.3")
def test_header(host: Scheduling) -> None:
    people = {"a": ALICE | {"name": 'Alice "A" Müller'}, "b": person(BOB, name="Bob, Jr.")}
    host.made(host.draft(participants=people))
    message = host.one().message
    (sender,), (to,) = message["From"].addresses, message["To"].addresses
    assert (sender.display_name, sender.addr_spec) == ('Alice "A" Müller', "alice@example.org")
    assert (to.display_name, to.addr_spec) == ("Bob, Jr.", BOB)
    for name in ("Date", "Message-ID", "MIME-Version", "Subject"):
        assert len(message.get_all(name) or ()) == 1


def test_text(host: Scheduling) -> None:
    """What people must know who have no calendar."""
    more = {"locations": {"1": {"@type": "Location", "name": "Room 5"}}, "description": "Bring food.\nAnd drinks."}
    host.invite(BOB, recurrenceRule=WEEKLY, **more)
    lines = host.one().text.splitlines()
    assert lines[0] == "alice@example.org invites you to: Lunch"
    assert "When: Monday, 5 January 2026, 09:00 to 10:00 (Europe/Berlin)" in lines
    for line in ("Repeats: weekly", "Where: Room 5", f"Participant: {BOB}", "Bring food.", "And drinks."):
        assert line in lines


def test_text_of_whole_days_and_html(host: Scheduling) -> None:
    times = {"start": "2026-01-05T00:00:00", "duration": "P2D", "showWithoutTime": True, "timeZone": None}
    html = {"description": "<p>Bring <b>food</b></p>", "descriptionContentType": "text/html"}
    host.invite(BOB, **times, **html)
    text = host.one().text
    assert "When: Monday, 5 January 2026 to Tuesday, 6 January 2026" in text
    assert "Bring food" in text and "<p>" not in text


@pytest.mark.parametrize(
    ("status", "subject"),
    [("accepted", "Accepted: Lunch"), ("declined", "Declined: Lunch"), ("tentative", "Tentative: Lunch")],
)
def test_subject_of_answers(host: Scheduling, status: str, subject: str) -> None:
    (mail,) = host.patched(host.invited(), {"participants/me/participationStatus": status})
    assert mail.message["Subject"] == subject


def test_subject_of_others(host: Scheduling) -> None:
    id = host.invite(BOB, title="")
    assert host.one().message["Subject"] == "Invitation: (no title)"
    (mail,) = host.changed(id, title="Lunch")
    assert mail.message["Subject"] == "Updated invitation: Lunch"
    (mail,) = host.gone(id)
    assert mail.message["Subject"] == "Cancelled: Lunch" and "cancels: Lunch" in mail.text


@pytest.mark.rfc("5322", "2.2")
@pytest.mark.parametrize("name", ["title", "description", "person", "location", "uid"])
def test_no_header_is_injected(host: Scheduling, name: str) -> None:
    more: dict[str, Any] = {name: EVIL} if name in ("title", "description", "uid") else {}
    if name == "location":
        more["locations"] = {"1": {"@type": "Location", "name": EVIL}}
    people = {"a": ALICE, "b": person(BOB) | ({"name": EVIL} if name == "person" else {})}
    answer = host.set(create={"new": host.draft(**{"participants": people} | more)})
    if answer["created"] is None:  # that is another way to be safe
        assert answer["notCreated"]["new"]["type"] == "invalidProperties"
        return
    mail = host.one()
    assert mail.message["Bcc"] is None and mail.to == [BOB]
    assert len(mail.parts) == 2 and mail.calendar.first("BCC") is None and not mail.calendar.is_broken


def test_longest_texts(host: Scheduling) -> None:
    """Bounded in header and text; whole in the object."""
    host.invite(BOB, title="word " * 2000, description="line\n" * 20_000)
    mail = host.one()
    assert len(mail.message["Subject"]) < 300 and len(mail.text) < 13_000
    assert (mail.value("DESCRIPTION") or "").count("line") == 20_000


@pytest.mark.rfc("5546", "3.2.1")
def test_international_address(host: Scheduling) -> None:
    """RFC 6531, RFC 6068 2."""
    host.made(host.draft(participants={"a": ALICE, "b": person("b%C3%B6b@example.net")}))
    assert host.one().to == ["böb@example.net"]
