"""What a change of one property leaves alone: lines in other forms than ours would be."""

from typing import Any

import pytest

from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar
from tests.formats.jscalendar.convert import again, calendar, changed, converted

Record = dict[str, Any]
pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "3.2")


def test_a_time_zone_that_nobody_knows() -> None:
    """2.1.4: it is served as floating; new times are of it, too."""
    lines = ("DTSTART;TZID=Ours:20260105T100000", "DTEND;TZID=Ours:20260105T110000", "RRULE:FREQ=DAILY")
    exclude = {"recurrenceOverrides": {"2026-01-06T10:00:00": {"excluded": True}}}
    assert _change(lines, exclude) == ["EXDATE;TZID=Ours:20260106T100000"]
    assert _change(lines, {"duration": "PT2H"}) == ["DTEND;TZID=Ours:20260105T120000"]
    assert _change(lines, {"start": "2026-01-05T09:00:00"}) == [
        "DTSTART;TZID=Ours:20260105T090000",
        "DTEND;TZID=Ours:20260105T100000",
    ]


def _change(lines: tuple[str, ...], change: Record, name: str = "VEVENT") -> list[str]:
    """The lines that come."""
    text = "\n".join(("BEGIN:VCALENDAR", f"BEGIN:{name}", "UID:1", *lines, f"END:{name}", "END:VCALENDAR", ""))
    made = calendars(text.encode())[0]
    old = converted(made)
    wanted = old.record | change
    patched(made, old, wanted)
    found = calendars(to_bytes([made]))[0]
    assert _shown(converted(found).record) == _shown(wanted)
    return [line for line in to_bytes([found]).decode().splitlines() if line not in text.splitlines()]


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "iCalendar"}


@pytest.mark.parametrize("start", ["DTSTART:20260105", "DTSTART;VALUE=DATE-TIME:20260105T100000Z"])
def test_dtstart_in_another_form_stays_when_the_end_changes(start: str) -> None:
    [end] = _change((start,), {"duration": "P3D"})
    assert end in ("DTEND;VALUE=DATE:20260108", "DURATION:P3D")


def test_a_date_and_a_time_in_one_task() -> None:
    lines = ("DTSTART;VALUE=DATE:20260101", "DUE:20260103T110000", "RRULE:FREQ=DAILY;UNTIL=20260201")
    assert _change(lines, {"title": "x"}, "VTODO") == ["SUMMARY:x"]
    assert _change(lines, {"start": "2026-01-02T00:00:00"}, "VTODO") == ["DTSTART;VALUE=DATE:20260102"]


def test_exdate_of_a_day_when_the_hour_changes() -> None:
    """It would name another occurrence than the override that is asked for."""
    lines = ("DTSTART:20260105T100000", "RRULE:FREQ=DAILY", "EXDATE;VALUE=DATE:20260106")
    assert _change(lines, {"title": "x"}) == ["SUMMARY:x"]
    assert _change(lines, {"start": "2026-01-05T11:00:00"}) == ["DTSTART:20260105T110000", "EXDATE:20260106T100000"]


def test_periods_in_another_time_zone() -> None:
    lines = (
        "DTSTART;TZID=Europe/Berlin:20260105T100000",
        "RDATE;VALUE=PERIOD:20260107T090000Z/PT3H,20260108T090000Z/P1D",
    )
    found = _change(lines, {"timeZone": "Asia/Tokyo"})
    assert "RDATE;VALUE=PERIOD;TZID=Asia/Tokyo:20260107T100000/PT3H,20260108T100000/P1D" in found


@pytest.mark.parametrize("duration", ["P1D", "P1DT2H", "PT24H", "P2W", "PT1H"])
@pytest.mark.parametrize("zone", [None, "Etc/UTC", "Europe/Berlin"])
@pytest.mark.parametrize("end_zone", [None, "America/New_York"])
def test_days_and_hours_come_back_as_they_were(duration: str, zone: str | None, end_zone: str | None) -> None:
    """Over a change of the clocks P1D is no PT24H; a floating event ends where it starts."""
    record = {"start": "2026-03-28T12:00:00", "timeZone": zone, "endTimeZone": end_zone, "duration": duration}
    assert again(**record) == record


def test_seconds_are_no_days() -> None:
    assert again(start="2026-03-28T12:00:00", timeZone="Europe/Berlin", duration="PT86400S")["duration"] == "PT24H"


@pytest.mark.rfc("jscalendar-icalendar-25", "3.4")
@pytest.mark.parametrize("href", ["https://example.org/a", "data:text/plain;base64,YQ=="])
def test_a_link_without_rel_gets_none(href: str) -> None:
    links = {"a": {"@type": "Link", "href": href}}
    assert again(links=links) == {"links": links}


@pytest.mark.rfc("jscalendar-icalendar-25", "3.6")
def test_organizer_stays_when_its_attendee_answers() -> None:
    lines = (
        "ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:a@example.org",
        "ATTENDEE;CN=A;PARTSTAT=TENTATIVE:mailto:a@example.org",
    )

    def accept(record: Record) -> None:
        next(iter(record["participants"].values()))["participationStatus"] = "accepted"

    gone, come = changed(lines, accept)
    assert gone == [lines[1]] and come == ["ATTENDEE;CN=A;PARTSTAT=ACCEPTED:mailto:a@example.org"]


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.4")
def test_attendees_without_organizer() -> None:
    lines = ("ATTENDEE;CN=A;PARTSTAT=TENTATIVE:mailto:a@example.org", "ATTENDEE:mailto:b@example.org")
    record = converted(calendar(*lines)).record
    assert "organizerCalendarAddress" not in record and len(record["participants"]) == 2
    made = to_bytes([to_icalendar(record)]).decode().splitlines()
    assert set(lines) < set(made) and not any(line.startswith("ORGANIZER") for line in made)
