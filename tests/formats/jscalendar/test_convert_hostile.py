"""Calendars made to cost time or memory: what is read and patched stays linear, and is JSON."""

import orjson
import pytest

from jmapd.formats.icalendar import Component, calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "2.1.1")

MANY = 2_000
HEAD = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\n"
END = "END:VEVENT\r\nEND:VCALENDAR\r\n"
NUMBERS = range(MANY)


def moment(n: int) -> str:
    return f"{2000 + n // 10000}{n // 28 % 12 + 1:02d}{n % 28 + 1:02d}T{n // 336 % 24:02d}0000Z"


def overrides(more: str = "") -> str:
    parts = (
        f"BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:{moment(n)}\r\nDTSTART:20260101T000000Z\r\n{more}END:VEVENT\r\n"
        for n in NUMBERS
    )
    return "RRULE:FREQ=DAILY\r\nEND:VEVENT\r\n" + "".join(parts) + "BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:x\r\n"


HOSTILE = {
    "exdates": "".join(f"EXDATE:{moment(n)}\r\n" for n in NUMBERS),
    "dates of one line": f"RDATE:{','.join(map(moment, NUMBERS))}\r\n",
    "the same date": "EXDATE:20260102T000000Z\r\n" * MANY,
    "alarms": "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n" * MANY,
    "the same attendee": "ORGANIZER:mailto:a@example.org\r\n" + "ATTENDEE:mailto:a@example.org\r\n" * MANY,
    "attendees": "".join(f"ATTENDEE:mailto:a{n}@example.org\r\n" for n in NUMBERS),
    "participants": "BEGIN:PARTICIPANT\r\nCALENDAR-ADDRESS:mailto:a@example.org\r\nEND:PARTICIPANT\r\n" * MANY,
    "places": "LOCATION:a\r\nGEO:1;2\r\n" * MANY + "BEGIN:VLOCATION\r\nNAME:a\r\nEND:VLOCATION\r\n" * MANY,
    "links": "URL:http://a\r\nATTACH:http://a\r\nCONFERENCE:http://b\r\nRELATED-TO:c\r\n" * (MANY // 4),
    "keywords": "".join(f"CATEGORIES:a{n},b{n}\r\n" for n in NUMBERS),
    "once only": "SUMMARY:a\r\nDTSTART:20260101\r\nRRULE:FREQ=DAILY\r\nUID:2\r\n" * (MANY // 4),
    "jsprop": "".join(f'JSPROP;JSPTR="a{n}":{{"b":1}}\r\n' for n in NUMBERS),
    "unknown": "".join(f"X-A{n};X-B=c:d\r\n" for n in NUMBERS),
    "parameters": "SUMMARY" + "".join(f";X-A{n}=b" for n in NUMBERS) + ":x\r\n",
    "overrides": overrides(),
    "overrides of many people": "".join(f"ATTENDEE:mailto:a{n}@example.org\r\nX-A{n}:b\r\n" for n in range(MANY // 2))
    + overrides("ATTENDEE:mailto:b@example.org\r\nX-C:d\r\n"),
    "the same override": "RRULE:FREQ=DAILY\r\n"
    + "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20260102T000000Z\r\n" * MANY,
    "nesting": "BEGIN:VLOCATION\r\n" * MANY,
    "escapes": "SUMMARY:" + "\\," * 200_000 + "\r\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_read_patched_and_written(text: str) -> None:
    [calendar] = calendars(f"{HEAD}{text}{END}".encode())
    old = objects(calendar)[0]
    assert len(orjson.dumps(old.record)) < 20 * len(text) + 1000
    new = old.record | {"title": "t", "locations": {"x": {"@type": "Location", "name": "y"}}, "x:y": 1}
    patched(calendar, old, new)
    again = objects(calendars(to_bytes([calendar]))[0])[0]
    assert again.record["title"] == "t"
    assert [each["name"] for each in again.record["locations"].values()] == ["y"]


def test_many_time_zones_of_their_own() -> None:
    zones = "".join(
        f"BEGIN:VTIMEZONE\r\nTZID:{n}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n"
        "TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
        for n in range(1000)
    )
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART;TZID={n}:20260101T000000\r\nEND:VEVENT\r\n" for n in range(1000)
    )
    [calendar] = calendars(f"BEGIN:VCALENDAR\r\n{zones}{events}END:VCALENDAR\r\n".encode())
    assert len(objects(calendar)) == 1000


def test_a_record_of_many_overrides() -> None:
    patches = {
        f"2026-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}T{n // 336:02d}:00:00": {"title": str(n)} for n in range(3000)
    }
    record = {"@type": "Event", "uid": "1", "start": "2026-01-01T00:00:00", "recurrenceOverrides": patches}
    made = to_icalendar(record)
    assert len(made.inside("VEVENT")) == 3001
    [again] = objects(calendars(to_bytes([made]))[0])
    assert again.record["recurrenceOverrides"] == patches


def test_components_in_a_record_are_not_deeper_than_can_be_read() -> None:
    deep: list[object] = ["x-a", [], []]
    for _ in range(100):
        deep = ["x-a", [], [deep]]
    made = to_icalendar({"@type": "Event", "uid": "1", "iCalendar": {"name": "vevent", "components": [deep]}})
    [event] = calendars(to_bytes([made]))[0].inside("VEVENT")
    depth, inner = 0, [event]
    while inner := [item for item in inner[0].items if isinstance(item, Component)]:
        depth += 1
    assert depth < 16
    assert not event.is_broken
