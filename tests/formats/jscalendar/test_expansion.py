"""What a recurrence rule gives, clause by clause; each line is rule, start and what comes (RFC 5545, 3.8.5.3)."""

from datetime import datetime
from itertools import islice

import pytest

from jmapd.formats.jscalendar.expansion import CannotExpand, times
from jmapd.formats.jscalendar.recurrence_rule import from_rrule

pytestmark = pytest.mark.rfc("jscalendarbis-15", "3.3.3.1")

CASES = [
    ("FREQ=DAILY;COUNT=3", "2024-02-28T09", "02-28 02-29 03-01"),
    ("FREQ=DAILY;INTERVAL=10;UNTIL=20240121T090000", "2024-01-01T09", "01-01 01-11 01-21"),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=TU,SU;COUNT=4", "1997-08-05T09", "08-05 08-10 08-19 08-24"),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,SU;COUNT=4", "1997-08-05T09", "08-05 08-17 08-19 08-31"),
    ("FREQ=WEEKLY;BYMONTH=1;COUNT=3", "2024-01-25T09", "01-25 01-02 01-09"),
    ("FREQ=MONTHLY;COUNT=4", "2024-01-31T09", "01-31 03-31 05-31 07-31"),
    ("FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4", "2024-01-31T09", "01-31 02-29 03-31 04-30"),
    ("FREQ=MONTHLY;SKIP=FORWARD;COUNT=4", "2023-01-31T09", "01-31 03-01 03-31 05-01"),
    ("FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD;COUNT=6", "2023-01-01T09", "01-01 01-31 02-01 03-01 03-31 04-01"),
    ("FREQ=MONTHLY;BYMONTHDAY=30,31;SKIP=BACKWARD;COUNT=4", "2023-01-30T09", "01-30 01-31 02-28 03-30"),
    ("FREQ=MONTHLY;BYDAY=1FR;COUNT=3", "2024-01-05T09", "01-05 02-02 03-01"),
    ("FREQ=MONTHLY;BYDAY=-2MO;COUNT=3", "1997-09-22T09", "09-22 10-20 11-17"),
    ("FREQ=MONTHLY;BYDAY=5MO;COUNT=2", "2024-01-29T09", "01-29 04-29"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", "2024-01-31T09", "01-31 02-29 03-31"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3", "1997-09-29T09", "09-29 10-30 11-27"),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "1998-02-13T09", "02-13 03-13 11-13"),
    ("FREQ=YEARLY;COUNT=3", "2024-02-29T09", "02-29 02-29 02-29"),
    ("FREQ=YEARLY;SKIP=FORWARD;COUNT=3", "2024-02-29T09", "02-29 03-01 03-01"),
    ("FREQ=YEARLY;SKIP=BACKWARD;COUNT=3", "2024-02-29T09", "02-29 02-28 02-28"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;SKIP=FORWARD;COUNT=3", "2024-01-01T09", "01-01 03-01 03-01"),
    ("FREQ=YEARLY;BYMONTH=11;SKIP=BACKWARD;COUNT=3", "2024-07-31T09", "07-31 11-30 11-30"),
    ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05-19T09", "05-19 05-18 05-17"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=2", "2024-03-31T02", "03-31 03-30"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", "1997-05-12T09", "05-12 05-11 05-17"),
    ("FREQ=YEARLY;BYYEARDAY=1,100,-1;COUNT=4", "2024-01-01T09", "01-01 04-09 12-31 01-01"),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2", "1996-11-05T09", "11-05 11-07"),
    # a month that is not said is that of the start, and so is the day of a week
    ("FREQ=YEARLY;BYMONTHDAY=5;COUNT=2", "2024-03-05T09", "03-05 03-05"),
    ("FREQ=YEARLY;BYWEEKNO=20;COUNT=2", "2024-05-15T09", "05-15 05-14"),
    # the start is the first, and counted, even when the rule does not give it; the first period is looked at whole
    ("FREQ=WEEKLY;BYDAY=FR;COUNT=2", "2024-01-01T09", "01-01 01-05"),
    ("FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=1;COUNT=2", "2024-01-03T09", "01-03 01-08"),
    ("FREQ=MONTHLY;BYMONTH=5L", "2024-01-01T09", "01-01"),
    # step 2: byWeekNo and byYearDay eliminate what is no date before it could be moved to one
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYYEARDAY=60;SKIP=FORWARD;COUNT=2", "2023-01-01T09", "01-01"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYWEEKNO=9;SKIP=BACKWARD;COUNT=2", "2023-01-01T09", "01-01"),
    ("FREQ=DAILY;COUNT=0", "2024-01-01T09", "01-01"),
    ("FREQ=DAILY;UNTIL=20230101T000000", "2024-01-01T09", "01-01"),
]


@pytest.mark.parametrize(("rule", "start", "expected"), CASES)
def test_days(rule: str, start: str, expected: str) -> None:
    found = times(from_rrule(rule) or {}, datetime.fromisoformat(start))
    assert " ".join(f"{each:%m-%d}" for each in islice(found, 10)) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=HOURLY;INTERVAL=6;COUNT=3", "01T09:00 01T15:00 01T21:00"),
        ("FREQ=HOURLY;BYHOUR=10,8;BYMINUTE=30,0;COUNT=4", "01T09:00 01T10:00 01T10:30 02T08:00"),
        ("FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30;COUNT=5", "01T09:00 01T09:30 01T17:00 01T17:30 02T09:00"),
        ("FREQ=DAILY;BYHOUR=9,17;BYSETPOS=-1;COUNT=3", "01T09:00 01T17:00 02T17:00"),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=3", "01T09:00 01T10:30 01T12:00"),
        ("FREQ=MINUTELY;BYHOUR=9;BYMINUTE=0,20;COUNT=3", "01T09:00 01T09:20 02T09:00"),
        ("FREQ=SECONDLY;BYDAY=WE;BYHOUR=1;BYMINUTE=2;BYSECOND=0;COUNT=2", "01T09:00 03T01:02"),
        ("FREQ=DAILY;BYSECOND=60", "01T09:00"),
    ],
)
def test_times(rule: str, expected: str) -> None:
    found = times(from_rrule(rule) or {}, datetime(2024, 1, 1, 9))
    assert " ".join(f"{each:%dT%H:%M}" for each in islice(found, 10)) == expected


@pytest.mark.rfc("jscalendarbis-15", "3.3.3")
@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"frequency": "often"},
        {"frequency": "daily", "rscale": "hebrew"},
        {"frequency": "daily", "byDay": 5},
        {"frequency": "daily", "byHour": [24]},
        {"frequency": "yearly", "byMonth": ["0"]},
        {"frequency": "daily", "count": "many"},
    ],
)
def test_what_cannot_be_expanded_says_so(rule: dict[str, object]) -> None:
    with pytest.raises(CannotExpand):
        list(times(rule, datetime(2024, 1, 1)))


def test_the_calendar_ends_with_the_year_9999() -> None:
    for frequency in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"):
        found = list(times(from_rrule(f"FREQ={frequency};SKIP=FORWARD") or {}, datetime(9999, 12, 31, 22)))
        assert found[0].year == 9999 and len(found) <= 2
