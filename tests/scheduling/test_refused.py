"""When messages cannot be sent, nothing is changed (jmap-calendars-27 5.9, 5.9.2)."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.datatypes.calendars import scheduling
from tests.calendars.host import person
from tests.scheduling.outgoing import ALICE, WEEKLY, Scheduling

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9.2")
BOB, CAROL = "bob@example.net", "carol@example.net"
NO_METHOD = "noSupportedScheduleMethods"


def refused(host: Scheduling, record: dict[str, Any]) -> str:
    error = host.refused("CalendarEvent", record, sendSchedulingMessages=True)
    assert host.sent() == [] and host.files() == {} and error["description"]
    return str(error["type"])


@pytest.mark.parametrize(
    "address",
    [
        "https://example.net/bob",
        "urn:uuid:75a8f00f-d78f-5ff5-875d-d7074ccee16c",
        "mailto:",
        "mailto:bob",
        "mailto:bob@example.net,carol@example.net",
        "mailto:bob@example.net?cc=carol@example.net",
        "mailto:bob@example.net%0D%0ABcc:carol@example.net",
    ],
)
def test_a_recipient_without_mail_address(host: Scheduling, address: str) -> None:
    people = {"alice": ALICE, "c": person(CAROL), "b": person("x") | {"calendarAddress": address}}
    draft = host.draft(participants=people)
    assert refused(host, draft) == NO_METHOD
    id = str(host.created("CalendarEvent", draft)["id"])  # without messages
    answer = host.set(update={id: {"title": "New"}})
    assert answer["notUpdated"][id]["type"] == NO_METHOD and host.event(id)["title"] == "Lunch"
    answer = host.set(destroy=[id])
    assert answer["notDestroyed"][id]["type"] == NO_METHOD and host.event(id)
    assert host.sent() == []


def test_a_participant_without_calendar_address(host: Scheduling) -> None:
    people = {"alice": ALICE, "b": {"@type": "Participant", "name": "Bob"}}
    assert refused(host, host.draft(participants=people)) == NO_METHOD


def test_in_one_occurrence(host: Scheduling) -> None:
    guest = person("x") | {"calendarAddress": "tel:+1"}
    overrides = {"2026-01-12T09:00:00": {"participants/x": guest}}
    draft = host.meeting(BOB, recurrenceRule=WEEKLY, recurrenceOverrides=overrides)
    assert refused(host, draft) == NO_METHOD


def test_an_organizer_without_mail_address(host: Scheduling) -> None:
    """A REPLY would have to go there; what needs none can be done."""
    people = {"me": person("alice@example.org")}
    draft = host.draft(participants=people, organizerCalendarAddress="https://example.net/carol")
    id = host.made(draft)["id"]
    answer = host.set(update={id: {"participants/me/participationStatus": "accepted"}})
    assert answer["notUpdated"][id]["type"] == NO_METHOD
    host.set(update={id: {"title": "Mine"}})
    assert host.event(id)["title"] == "Mine" and host.sent() == []


def test_an_address_that_is_no_longer_the_users(make_host: Any) -> None:
    """From which nothing may be sent."""
    host = make_host(identities={"domain": "example.org", "addresses": {"alice": ["alice@example.org"]}})
    people = {"me": person("sales@example.org", "owner"), "b": person(BOB)}
    draft = host.draft(participants=people, organizerCalendarAddress="mailto:sales@example.org")
    host.made(draft)  # it is not the origin, so there is nothing to be said
    assert host.sent() == []


def test_who_may_not_send(make_host: Any) -> None:
    host = make_host(submission={"may_not_send": ["alice"]})
    assert refused(host, host.meeting(BOB)) == "forbidden"
    host.made(host.draft())


def test_an_account_without_mail(make_host: Any, tmp_path: Path) -> None:
    host = make_host(paths={"mail": ""})
    assert refused(host, host.meeting(BOB)) == NO_METHOD


def without_organizer(host: Scheduling) -> str:
    """The id of an event that a program wrote so."""
    lines = f"UID:a\r\nDTSTART:20260105T090000Z\r\nATTENDEE:mailto:{BOB}\r\n"
    event = f"BEGIN:VEVENT\r\n{lines}END:VEVENT\r\n"
    host.write("a.ics", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n")
    return str(host.events()[0]["id"])


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_an_event_without_organizer(host: Scheduling) -> None:
    """This is its origin, so it is the user."""
    (mail,) = host.changed(without_organizer(host), title="New")
    assert (mail.method, mail.to, mail.value("ORGANIZER")) == ("REQUEST", [BOB], "mailto:alice@example.org")


def test_an_account_without_addresses(host: Scheduling, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose login can be in none."""
    monkeypatch.setattr("jmapd.stores.addresses.Addresses.of", lambda *_: [])
    id = without_organizer(host)
    answer = host.set(update={id: {"title": "New"}})
    assert answer["notUpdated"][id]["type"] == NO_METHOD


def test_not_too_many_at_once(host: Scheduling, monkeypatch: pytest.MonkeyPatch) -> None:
    """9.4: bounded."""
    monkeypatch.setattr(scheduling, "MAX_MAILS", 2)
    hidden = host.meeting(BOB, CAROL, "dan@example.net", hideAttendees=True)
    assert refused(host, hidden) == "tooLarge"
    host.made(hidden | {"hideAttendees": False})
    assert len(host.one().to) == 3


def test_many_recipients(host: Scheduling) -> None:
    """In mails of 100 (RFC 5321 4.5.3.1.8), each to one at most."""
    everyone = [f"u{n}@example.net" for n in range(250)]
    host.invite(*everyone)
    mails = host.sent()
    assert sorted(len(mail.to) for mail in mails) == [50, 100, 100]
    assert sorted(to for mail in mails for to in mail.to) == sorted(everyone)
    assert all(len(mail.values("ATTENDEE")) == 251 for mail in mails)


def test_disk_full(host: Scheduling, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has changed stays; the client is told that not all happened (RFC 8620 3.6.2)."""

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    host.calendar()
    monkeypatch.setattr("jmapd.stores.outbox.Outbox.write_message", full)
    create = {"create": {"new": host.meeting(BOB)}, "sendSchedulingMessages": True}
    assert host.error("CalendarEvent/set", create)["type"] == "serverPartialFail"
    monkeypatch.undo()
    assert len(host.events()) == 1 and host.sent() == []
