"""RRULE and RecurrenceRule."""

import pytest

from jmapd.formats.jscalendar.recurrence_rule import from_rrule, to_rrule

ALL = (
    "RSCALE=GREGORIAN;FREQ=MONTHLY;COUNT=5;INTERVAL=2;BYSECOND=0,30;BYMINUTE=15;BYHOUR=9,10;BYDAY=2MO,-1FR,TU;"
    "BYMONTHDAY=1,-1;BYYEARDAY=100,-200;BYWEEKNO=20,-3;BYMONTH=1,5L;BYSETPOS=1,-2;WKST=SU;SKIP=FORWARD"
)


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.36")
def test_every_part() -> None:
    rule = from_rrule(ALL)
    assert rule == {
        "@type": "RecurrenceRule",
        "rscale": "gregorian",
        "frequency": "monthly",
        "count": 5,
        "interval": 2,
        "bySecond": [0, 30],
        "byMinute": [15],
        "byHour": [9, 10],
        "byDay": [
            {"@type": "NDay", "day": "mo", "nthOfPeriod": 2},
            {"@type": "NDay", "day": "fr", "nthOfPeriod": -1},
            {"@type": "NDay", "day": "tu"},
        ],
        "byMonthDay": [1, -1],
        "byYearDay": [100, -200],
        "byWeekNo": [20, -3],
        "byMonth": ["1", "5L"],
        "bySetPosition": [1, -2],
        "firstDayOfWeek": "su",
        "skip": "forward",
    }
    assert to_rrule(rule) == ALL


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.36")
def test_until_is_local_in_the_zone_of_the_event() -> None:
    text = "FREQ=DAILY;UNTIL=20240930T120000Z"
    rule = from_rrule(text, "Europe/Berlin")
    assert rule is not None and rule["until"] == "2024-09-30T14:00:00"
    assert to_rrule(rule, zone="Europe/Berlin") == text


@pytest.mark.rfc("5545", "3.3.10")
@pytest.mark.parametrize(
    ("value", "is_date", "until", "written"),
    [
        ("20240930", True, "2024-09-30T00:00:00", "20240930"),
        ("20240930T120000Z", True, "2024-09-30T00:00:00", "20240930"),
        ("20240930", False, "2024-09-30T23:59:59", "20240930T235959"),
        ("20240930T120000", False, "2024-09-30T12:00:00", "20240930T120000"),
    ],
)
def test_until_has_the_form_of_the_start(value: str, is_date: bool, until: str, written: str) -> None:
    rule = from_rrule(f"FREQ=DAILY;UNTIL={value}", None, is_date)
    assert rule is not None and rule["until"] == until
    assert to_rrule(rule, is_date) == f"FREQ=DAILY;UNTIL={written}"


@pytest.mark.rfc("5545", "3.3.10")
@pytest.mark.parametrize(
    ("until", "zone", "written"),
    [
        ("9999-12-31T23:59:59", "America/New_York", "99991231T235959Z"),
        ("0001-01-01T00:00:00", "Asia/Tokyo", "00010101T000000Z"),
    ],
)
def test_until_stays_in_the_calendar(until: str, zone: str, written: str) -> None:
    """For ever, as some clients say it: in UTC there is no such moment."""
    assert to_rrule({"frequency": "daily", "until": until}, zone=zone) == f"FREQ=DAILY;UNTIL={written}"


@pytest.mark.rfc("5545", "3.3.10")
def test_parts_of_time_are_ignored_when_the_start_is_a_date() -> None:
    assert from_rrule("FREQ=DAILY;BYHOUR=9;BYMINUTE=1;BYSECOND=2", is_date=True) == from_rrule("FREQ=DAILY")


@pytest.mark.parametrize("text", ["", "INTERVAL=2", "FREQ=FORTNIGHTLY", "FREQ", "\x00;;="])
def test_without_a_frequency_there_is_no_rule(text: str) -> None:
    assert from_rrule(text) is None


def test_what_makes_no_sense_is_left_out() -> None:
    text = "freq=weekly;BYDAY=XX, mo ,0TU;BYMONTH=0,x;BYHOUR=24,5;COUNT=-1;INTERVAL=0;UNTIL=20249999;X-FOO=1;WKST=ZZ"
    assert from_rrule(text) == {
        "@type": "RecurrenceRule",
        "frequency": "weekly",
        "byDay": [{"@type": "NDay", "day": "mo"}, {"@type": "NDay", "day": "tu"}],
        "byHour": [5],
    }


@pytest.mark.rfc("jscalendarbis-15", "3.3.3")
def test_never_both_count_and_until() -> None:
    assert "count" not in (from_rrule("FREQ=DAILY;COUNT=3;UNTIL=20240101T000000Z") or {})
