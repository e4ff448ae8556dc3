"""Occurrences beside those that recurring-ical-events finds in real calendars (corpora/ics)."""

from datetime import date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from jmapd.formats.icalendar import Component, calendars
from jmapd.formats.jscalendar.from_icalendar import Converted, objects
from jmapd.formats.jscalendar.recurrence import occurrences
from jmapd.formats.jscalendar.zones import microseconds

pytestmark = [pytest.mark.rfc("5545", "3.8.5"), pytest.mark.rfc("jscalendarbis-15", "3.3")]

FOLDERS = ("recurring-ical-events", "ical.net")
DAYS = timedelta(days=60)
BACKWARDS = "DTEND before DTSTART: no length here, the other way round there"
SEQUENCE = "several events of one UID without RECURRENCE-ID: there the last SEQUENCE counts"
WEEK = "a week without a day of the week is the day of DTSTART (jscalendarbis-15 3.3.3.1), there all seven"
OLD_RULES = "rules of a VTIMEZONE that were out of date: here those that the zone had"
FLOATING = "X-WR-TIMEZONE: floating time stays floating here"
OTHERWISE = {
    "end_before_start_event.ics": BACKWARDS,
    "issue_132_swapped_start_and_end.ics": BACKWARDS,
    "issue_148_edge_case_1.ics": SEQUENCE,
    "issue_148_edge_case_2.ics": SEQUENCE,
    "issue_148_exdate_and_rdate_updated.ics": SEQUENCE,
    "issue_148_ignored_exdate.ics": SEQUENCE,
    "issue_163_deleted_modification.ics": SEQUENCE,
    "issue_253_additional_recurrence_id.ics": SEQUENCE,
    "issue_75_range_parameter.ics": "RANGE=THISANDFUTURE, which jscalendar-icalendar-25 does not convert",
    "issue_86_x_wr_timezone_without_time_zone_in_dt.ics": FLOATING,
    "multiple_rrule.ics": "a second RRULE (jscalendarbis-15 A.2.1)",
    "recurring_events_moved.ics": "DURATION beside DTEND (RFC 5545 3.6.1)",
    "YearlyByWeekNo2.ics": WEEK,
    "YearlyByWeekNo3.ics": WEEK,
    "HourlyUntil1.ics": "UNTIL without Z beside a TZID: local here, UTC there",
    "DailyInterval1.ics": OLD_RULES,
    "HourlyInterval1.ics": OLD_RULES,
    "Categories1.ics": OLD_RULES,
    "Duration1.ics": FLOATING,
    "TimeZone3.ics": FLOATING,
    "ProdID2.ics": "an offset of long ago",
    "Parameter2.ics": "two events without UID",
}


def found_here(calendar: Component) -> list[Converted]:
    return [each for each in objects(calendar) if each.type == "Event" and "start" in each.record]


def moment(value: date | datetime) -> int:
    return microseconds(value if isinstance(value, datetime) else datetime(value.year, value.month, value.day))


@pytest.mark.filterwarnings("ignore")  # of icalendar, about what the files say
def test_as_recurring_ical_events(corpora: Path) -> None:
    compared = 0
    for path in sorted(path for folder in FOLDERS for path in (corpora / "ics" / folder).rglob("*.ics")):
        found = calendars(path.read_bytes())
        events = found_here(found[0]) if len(found) == 1 and path.stat().st_size < 50_000 else []
        if not events or path.name in OTHERWISE:
            continue
        first = datetime.fromisoformat(min(each.record["start"] for each in events)) - timedelta(days=7)
        try:
            oracle = recurring_ical_events.of(icalendar.Calendar.from_ical(path.read_bytes()), components=["VEVENT"])
            expected = {(moment(each.start), moment(each.end)) for each in oracle.between(first, first + DAYS)}
        except ValueError:
            continue  # what it cannot read
        here = {each[1:3] for event in events for each in occurrences(event.record, first, first + DAYS)}
        assert here == expected, path.name
        compared += 1
    assert compared > 90
