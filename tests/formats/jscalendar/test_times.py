"""DTSTART, DTEND, DUE, DURATION and SHOW-WITHOUT-TIME."""

from typing import Any

import pytest

from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar
from tests.formats.jscalendar.convert import Record

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "2.3.16")
TIMES = ("start", "due", "duration", "timeZone", "endTimeZone", "showWithoutTime")


SAME = (*TIMES, "recurrenceRule", "recurrenceOverrides")


def event(*lines: str, name: str = "VEVENT") -> Record:
    text = "\n".join(["BEGIN:VCALENDAR", f"BEGIN:{name}", "UID:1", *lines, f"END:{name}", "END:VCALENDAR", ""])
    [found] = objects(calendars(text.encode())[0])
    return found.record


def times(*lines: str, name: str = "VEVENT") -> Record:
    return {key: value for key, value in event(*lines, name=name).items() if key in TIMES}


def lines_of(record: Record) -> list[str]:
    kind = "VTODO" if record.get("@type") == "Task" else "VEVENT"
    calendar = to_icalendar({"@type": "Event", "uid": "1", "updated": "2026-01-01T00:00:00Z", **record})
    [component] = calendar.inside(kind)
    names = ("DTSTART", "DTEND", "DUE", "DURATION", "SHOW-WITHOUT-TIME")
    return [line.raw.strip() for line in component.named(*names)]


BERLIN, UTC = "Europe/Berlin", "Etc/UTC"
BOTH_WAYS: list[tuple[tuple[str, ...], Record]] = [
    (("DTSTART;TZID=Europe/Berlin:20240921T105302",), {"start": "2024-09-21T10:53:02", "timeZone": BERLIN}),
    (("DTSTART:20240921T105302Z",), {"start": "2024-09-21T10:53:02", "timeZone": UTC}),
    (("DTSTART:20240921T105302",), {"start": "2024-09-21T10:53:02"}),
    (
        ("DTSTART;VALUE=DATE:20240921", "DTEND;VALUE=DATE:20240922"),
        {"start": "2024-09-21T00:00:00", "duration": "P1D", "showWithoutTime": True},
    ),
    (
        ("DTSTART;VALUE=DATE:20240102", "DTEND;VALUE=DATE:20240107"),
        {"start": "2024-01-02T00:00:00", "duration": "P5D", "showWithoutTime": True},
    ),
    (
        ("DTSTART;TZID=Europe/Berlin:20241017T130000", "DTEND;TZID=Asia/Bangkok:20241018T040000"),
        {"start": "2024-10-17T13:00:00", "timeZone": BERLIN, "duration": "PT10H", "endTimeZone": "Asia/Bangkok"},
    ),
    (
        ("DTSTART;TZID=Europe/Berlin:20240330T130000", "DTEND;TZID=Europe/Berlin:20240331T130000"),
        {"start": "2024-03-30T13:00:00", "timeZone": BERLIN, "duration": "PT23H"},  # over the change of summer time
    ),
    (
        ("DTSTART;TZID=Europe/Berlin:20240330T130000", "DURATION:P1D"),
        {"start": "2024-03-30T13:00:00", "timeZone": BERLIN, "duration": "P1D"},
    ),
    (
        ("DTSTART;TZID=America/Chicago:20250521T080000", "DTEND;TZID=America/Chicago:20250521T200000"),
        {"start": "2025-05-21T08:00:00", "timeZone": "America/Chicago", "duration": "PT12H"},
    ),
    (
        ("DTSTART;TZID=America/Chicago:20250521T080000", "SHOW-WITHOUT-TIME;VALUE=BOOLEAN:TRUE"),
        {"start": "2025-05-21T08:00:00", "timeZone": "America/Chicago", "showWithoutTime": True},
    ),
]


@pytest.mark.parametrize(("lines", "record"), BOTH_WAYS)
def test_events_both_ways(lines: tuple[str, ...], record: Record) -> None:
    assert times(*lines) == record
    assert lines_of(record) == list(lines)


TASKS: list[tuple[tuple[str, ...], Record]] = [
    (("DUE;TZID=Europe/Berlin:20240921T105302",), {"due": "2024-09-21T10:53:02", "timeZone": BERLIN}),
    (("DUE:20240921T105302Z",), {"due": "2024-09-21T10:53:02", "timeZone": UTC}),
    (("DUE;VALUE=DATE:20240921",), {"due": "2024-09-21T00:00:00", "showWithoutTime": True}),
    (
        ("DTSTART;VALUE=DATE:20250220", "DUE;VALUE=DATE:20250221"),
        {"start": "2025-02-20T00:00:00", "due": "2025-02-21T00:00:00", "showWithoutTime": True},
    ),
    ((), {}),
]


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.17")
@pytest.mark.parametrize(("lines", "record"), TASKS)
def test_tasks_both_ways(lines: tuple[str, ...], record: Record) -> None:
    assert times(*lines, name="VTODO") == record
    assert lines_of({"@type": "Task", **record}) == list(lines)


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.17")
def test_due_is_relative_to_the_zone_of_dtstart() -> None:
    found = times("DTSTART;TZID=Europe/Berlin:20240921T100000", "DUE:20240921T100000Z", name="VTODO")
    assert found["due"] == "2024-09-21T12:00:00"


@pytest.mark.parametrize(
    ("lines", "record"),
    [
        # RFC 5545 3.6.1: an event on a DATE without an end is of one day
        (("DTSTART;VALUE=DATE:20240921",), {"start": "2024-09-21T00:00:00", "duration": "P1D"}),
        (("DTSTART;VALUE=DATE:20240921", "DURATION:P0D"), {"start": "2024-09-21T00:00:00"}),
        (("DTSTART:20240921", "DURATION:PT86400S"), {"start": "2024-09-21T00:00:00", "duration": "P1D"}),
        (("DTSTART;VALUE=DATE:20240921", "DTEND;VALUE=DATE:20240920"), {"start": "2024-09-21T00:00:00"}),
        (("DTSTART:20240921T100000Z", "DTEND:20240921T090000Z"), {"start": "2024-09-21T10:00:00"}),
        (("DTSTART:20240921T100000Z", "DURATION:PT0S"), {"start": "2024-09-21T10:00:00"}),
        (("DTSTART:20240921T235960Z",), {"start": "2024-09-21T23:59:59"}),
        (("DTSTART:2024-09-21T10:00:00",), {"start": "2024-09-21T10:00:00"}),
        (("DTSTART;TZID=Nowhere/At All:20240921T100000",), {"start": "2024-09-21T10:00:00"}),
        (("DTSTART;TZID=W. Europe Standard Time:20240921T100000",), {"timeZone": BERLIN}),
        # RFC 5545 3.8.2.2: DTEND has the form of DTSTART
        (("DTSTART;TZID=America/New_York:20240921T100000", "DTEND:20240921T110000"), {"duration": "PT1H"}),
        (
            ("DTSTART;TZID=Asia/Tokyo:20240921T100000", "DTEND:20240921T110000"),
            {"duration": "PT1H", "endTimeZone": None},
        ),
    ],
)
def test_read_only(lines: tuple[str, ...], record: Record) -> None:
    found = times(*lines)
    assert {name: found.get(name) for name in ("start", "duration")} | record == {
        name: found.get(name) for name in ("start", "duration", *record)
    }


@pytest.mark.parametrize("value", ["20240230", "2024", "", "00000101", "x"])
def test_what_is_no_time_is_left(value: str) -> None:
    found = event(f"DTSTART:{value}", "DTEND:20240921T100000Z")
    assert "start" not in found
    assert found["iCalendar"]["properties"] == [["dtstart", {}, "unknown", value]]


def test_an_unknown_time_zone_stays_in_the_line() -> None:
    found = event("DTSTART;TZID=Nowhere/At All:20240921T100000")
    told = found["iCalendar"]["convertedProperties"]["start"]
    assert told == {"@type": "ICalProperty", "name": "dtstart", "parameters": {"tzid": "Nowhere/At All"}}


@pytest.mark.rfc("jscalendar-icalendar-25", "3.2")
@pytest.mark.parametrize(
    ("record", "line"),
    [
        ({"showWithoutTime": True, "duration": "P1D"}, "DTSTART;VALUE=DATE:20260102"),
        ({"showWithoutTime": True, "duration": "PT24H"}, "DTSTART:20260102T000000"),
        ({"showWithoutTime": True, "timeZone": BERLIN}, "DTSTART;TZID=Europe/Berlin:20260102T000000"),
        ({"showWithoutTime": True, "recurrenceOverrides": {"2026-01-03T01:00:00": {}}}, "DTSTART:20260102T000000"),
        (
            {"showWithoutTime": True, "recurrenceRule": {"frequency": "daily", "until": "2026-02-01T01:00:00"}},
            "DTSTART:20260102T000000",
        ),
        ({"timeZone": UTC}, "DTSTART:20260102T000000Z"),
        ({"timeZone": UTC, "endTimeZone": BERLIN, "duration": "PT1H"}, "DTSTART;TZID=Etc/UTC:20260102T000000"),
        ({}, "DTSTART:20260102T000000"),
    ],
)
def test_the_form_of_all_times(record: Record, line: str) -> None:
    assert lines_of({"start": "2026-01-02T00:00:00", **record})[0] == line


def change(lines: tuple[str, ...], **members: Any) -> list[str]:
    """The lines of times after a change of the record."""
    text = "\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    [calendar] = calendars(text.encode())
    [old] = objects(calendar)
    new = {name: value for name, value in {**old.record, **members}.items() if value is not None}
    patched(calendar, old, new)
    [again] = objects(calendars(to_bytes([calendar]))[0])
    assert {name: again.record.get(name) for name in SAME} == {name: new.get(name) for name in SAME}
    return [line.raw.strip() for line in calendar.components[-1].lines if line.name != "UID"]


def test_a_new_start_moves_dtend_and_keeps_the_tzid() -> None:
    lines = (
        "DTSTART;TZID=W. Europe Standard Time:20260102T100000",
        "DTEND;TZID=W. Europe Standard Time:20260102T110000",
    )
    assert change(lines, start="2026-01-03T12:00:00") == [
        "DTSTART;TZID=W. Europe Standard Time:20260103T120000",
        "DTEND;TZID=W. Europe Standard Time:20260103T130000",
    ]


def test_a_new_duration_keeps_dtstart() -> None:
    assert change(("DTSTART:20260102T100000Z", "DURATION:PT1H"), duration="PT2H") == [
        "DTSTART:20260102T100000Z",
        "DURATION:PT2H",
    ]
    assert change(("DTSTART;X-A=b:20260102T100000Z", "DTEND:20260102T110000Z"), duration="PT2H") == [
        "DTSTART;X-A=b:20260102T100000Z",
        "DTEND:20260102T120000Z",
    ]


@pytest.mark.parametrize("end", ["DURATION:PT1H", "DTEND:20260102T110000Z"])
def test_a_duration_that_is_taken_away_has_no_line(end: str) -> None:
    """jscalendarbis 4.1.2: without one it is PT0S."""
    start = "DTSTART:20260102T100000Z"
    assert change((start, end), duration=None) == [start]


def test_a_duration_of_nothing_stays() -> None:
    lines = ("DTSTART:20260102T100000Z", "DURATION:PT0S")
    assert change(lines, start="2026-01-02T11:00:00") == ["DTSTART:20260102T110000Z", "DURATION:PT0S"]


def test_another_time_zone_moves_rule_and_exdate_too() -> None:
    lines = (
        "DTSTART:20260102T100000Z",
        "RRULE:FREQ=DAILY;UNTIL=20260202T100000Z",
        "EXDATE:20260103T100000Z,20260104T100000Z",
    )
    assert change(lines, timeZone=BERLIN) == [
        "DTSTART;TZID=Europe/Berlin:20260102T100000",
        "RRULE:FREQ=DAILY;UNTIL=20260202T090000Z",
        "EXDATE;TZID=Europe/Berlin:20260103T100000,20260104T100000",
    ]


def test_overrides_follow_the_time_zone() -> None:
    override = ("END:VEVENT", "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID:20260104T100000Z", "DTSTART:20260104T120000Z")
    assert change(("DTSTART:20260102T100000Z", "RRULE:FREQ=DAILY", *override), timeZone=BERLIN) == [
        "RECURRENCE-ID;TZID=Europe/Berlin:20260104T100000",
        "DTSTART;TZID=Europe/Berlin:20260104T120000",
    ]


def test_an_event_becomes_one_of_whole_days() -> None:
    lines = ("DTSTART:20260102T100000", "DTEND:20260102T110000", "RRULE:FREQ=DAILY;COUNT=3")
    assert change(lines, start="2026-01-02T00:00:00", duration="P2D", showWithoutTime=True) == [
        "DTSTART;VALUE=DATE:20260102",
        "DTEND;VALUE=DATE:20260104",
        "RRULE:FREQ=DAILY;COUNT=3",
    ]
