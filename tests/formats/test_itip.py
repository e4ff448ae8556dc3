"""iTIP objects read (RFC 5546 3.2), and what becomes of them in a round trip."""

import time
from typing import Any

import pytest

from jmapd.formats.icalendar import calendars
from jmapd.formats.itip import CANCEL, REQUEST, Incoming, parse, shared, to_calendar
from jmapd.formats.itip_changes import TooMuch, again, messages

pytestmark = pytest.mark.rfc("5546", "3.2")
NOW = 1_767_600_000.0  # 2026-01-05T08:00:00Z
ALICE, BOB = "mailto:alice@example.org", "mailto:bob@example.net"


def event(**more: Any) -> dict[str, Any]:
    people = {
        "a": {"@type": "Participant", "calendarAddress": ALICE, "roles": {"owner": True}},
        "b": {"@type": "Participant", "calendarAddress": BOB, "participationStatus": "accepted"},
    }
    times = {"start": "2026-01-05T09:00:00", "timeZone": "Europe/Berlin", "duration": "PT1H"}
    base = {"@type": "Event", "uid": "u1", "title": "Lunch", "sequence": 3, "participants": people}
    return base | times | {"organizerCalendarAddress": ALICE} | more


def only(data: bytes) -> Incoming:
    (found,) = parse(data)
    return found


def vcalendar(method: str, *components: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", method, *components, "END:VCALENDAR", "")).encode()


def vevent(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", "UID:u1", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"))


def test_round_trip() -> None:
    found = only(to_calendar(REQUEST, [event()], NOW))
    assert (found.method, found.uid, found.sequence, found.dtstamp) == (REQUEST, "u1", 3, "2026-01-05T08:00:00Z")
    assert (found.organizer, found.attendee) == (ALICE, None)
    (record,) = found.events
    assert record["title"] == "Lunch" and record["timeZone"] == "Europe/Berlin" and "method" not in record


def test_who_replies() -> None:
    """3.2.3: the one attendee; beside him a delegate may be there (3.2.2.3)."""
    organizer, bob = f"ORGANIZER:{ALICE}", f"ATTENDEE;PARTSTAT=DECLINED:{BOB}"
    assert only(vcalendar("METHOD:REPLY", vevent(organizer, bob))).attendee == BOB
    delegated = f'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:Dan@example.net":{BOB}'
    delegate = f'ATTENDEE;DELEGATED-FROM="{BOB}":mailto:dan@example.net'
    assert only(vcalendar("METHOD:REPLY", vevent(organizer, delegated, delegate))).attendee == BOB
    two = (bob, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:dan@example.net")
    assert only(vcalendar("METHOD:REPLY", vevent(organizer, *two))).attendee is None
    assert only(vcalendar("METHOD:REPLY", vevent(organizer))).attendee is None


def test_occurrences() -> None:
    """Lone ones, each by itself; the sequence and DTSTAMP of the newest."""
    lines = ("DTSTART:20260105T090000Z", f"ORGANIZER:{ALICE}")
    first = vevent("RECURRENCE-ID:20260112T090000Z", "SEQUENCE:1", *lines)
    second = vevent("RECURRENCE-ID:20260119T090000Z", "SEQUENCE:4", *lines)
    found = only(vcalendar("METHOD:CANCEL", second, first))
    assert [each["recurrenceId"][:10] for each in found.events] == ["2026-01-12", "2026-01-19"]
    assert (found.method, found.sequence, found.organizer) == (CANCEL, 4, ALICE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xfe\x00",
        vcalendar("X-A:1", vevent()),
        vcalendar("METHOD:", vevent()),
        vcalendar("METHOD:REQUEST\r\nMETHOD:CANCEL", vevent()),
        vcalendar("METHOD:REQUEST"),
        vcalendar("METHOD:REQUEST", "BEGIN:VTODO\r\nUID:u1\r\nEND:VTODO"),
        vcalendar("METHOD:REQUEST", "BEGIN:VEVENT\r\nSUMMARY:no uid\r\nEND:VEVENT"),
    ],
)
def test_what_is_no_message_about_events(data: bytes) -> None:
    assert parse(data) == []


def test_nothing_of_the_senders_program() -> None:
    """jscalendar-icalendar 1.4: JSPROP could set anything; alarms are each one's own."""
    alarm = "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    line = 'JSPROP;JSPTR="privacy":"secret"'
    (record,) = only(vcalendar("METHOD:REQUEST", vevent("DTSTART:20260105T090000Z", line, alarm))).events
    assert "privacy" not in record and "alerts" not in record


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_shared() -> None:
    """Nothing that is the user's own, also in overrides and of participants."""
    overrides = {
        "2026-01-12T09:00:00": {"color": "red", "alerts/1/acknowledged": "2026-01-01T00:00:00Z", "title": "x"},
        "2026-01-19T09:00:00": {"participants/b/scheduleSequence": 3, "participants/c": {"sentBy": "x@example.org"}},
        "soon": {"title": "no date"},
    }
    given = event(recurrenceOverrides=overrides, keywords={"a": True}, iCalendar={"name": "vevent"}, isDraft=False)
    given["participants"]["b"] |= {"scheduleUpdated": "2026-01-01T00:00:00Z", "iCalendar": {}}
    found = shared(given)
    assert found["recurrenceOverrides"] == {
        "2026-01-12T09:00:00": {"title": "x"},
        "2026-01-19T09:00:00": {"participants/c": {}},
    }
    assert not {"keywords", "iCalendar", "isDraft"} & found.keys()
    assert found["participants"]["b"] == event()["participants"]["b"]


@pytest.mark.rfc("5545", "3.6.5")
def test_zones_of_several_occurrences() -> None:
    """A VTIMEZONE for each, once, before the events."""
    lone = {"recurrenceIdTimeZone": "Europe/Berlin"}
    zones = ("Europe/Berlin", "America/New_York", "Europe/Berlin")
    events = [event(recurrenceId=f"2026-01-{12 + n}T09:00:00", timeZone=zone, **lone) for n, zone in enumerate(zones)]
    (calendar,) = calendars(to_calendar(CANCEL, events, NOW))
    names = [each.name for each in calendar.components]
    assert sorted(names[:2]) == ["VTIMEZONE"] * 2 and names[2:] == ["VEVENT"] * 3 and not calendar.is_broken


@pytest.mark.rfc("5546", "3.2.6")
def test_again() -> None:
    """Only to who asks, and only what he is in."""
    mine = frozenset((ALICE,))
    (message,) = again(event(), "MAILTO:Bob@example.net", mine)
    assert message.method == REQUEST and [each["calendarAddress"] for each in message.to] == [BOB]
    assert again(event(), "mailto:eve@example.net", mine) == [] and again(event(), BOB, frozenset()) == []


def away(count: int) -> dict[str, Any]:
    """An event from each occurrence of which another participant is away."""
    people = {str(n): {"@type": "Participant", "calendarAddress": f"mailto:u{n}@example.net"} for n in range(count)}
    dates = (time.strftime("%Y-%m-%dT09:00:00", time.gmtime(NOW + 86400 * n)) for n in range(count))
    overrides = {date: {f"participants/{n}": None} for n, date in enumerate(dates)}
    rule = {"@type": "RecurrenceRule", "frequency": "daily"}
    return event(participants=people, recurrenceRule=rule, recurrenceOverrides=overrides)


def test_many_participants_and_occurrences() -> None:
    """Each has another view; there is an end to that."""
    before = away(50)
    found = messages(before, before | {"title": "New"}, frozenset((ALICE,)))
    assert sum(len(each.to) for each in found) == len(found) == 50 and {each.method for each in found} == {REQUEST}
    before = away(300)
    with pytest.raises(TooMuch):
        messages(before, before | {"title": "New"}, frozenset((ALICE,)))
