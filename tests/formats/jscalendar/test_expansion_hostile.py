"""Rules that never end, never match or match all the time (jscalendarbis 6.1): counted in steps, not in time."""

from datetime import datetime
from itertools import islice
from typing import Any

import pytest

from jmapd.formats.jscalendar.expansion import TooMany, times
from jmapd.formats.jscalendar.recurrence import occurrences
from jmapd.formats.jscalendar.recurrence_rule import from_rrule

pytestmark = pytest.mark.rfc("jscalendarbis-15", "6.1")
START = datetime(1990, 1, 1, 9)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2,4;BYMONTHDAY=31",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=-30",
        "FREQ=MONTHLY;BYMONTH=5L",
        "FREQ=MINUTELY;BYSECOND=60",
    ],
)
def test_what_can_never_be_ends_at_once(text: str) -> None:
    assert list(times(from_rrule(text) or {}, START, steps=10)) == [START]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY;COUNT=10000000",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYYEARDAY=1",
        "FREQ=YEARLY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
    ],
)
def test_what_takes_too_long_is_given_up(text: str) -> None:
    with pytest.raises(TooMany):
        for _ in times(from_rrule(text) or {}, START, steps=1_000):
            pass


@pytest.mark.parametrize("text", ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=7", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR"])
def test_what_is_long_ago_costs_nothing(text: str) -> None:
    after = datetime(2026, 5, 1)
    found = times(from_rrule(text) or {}, START, after, datetime(2026, 6, 1), steps=90_000)
    assert next(each for each in found if each >= after).year == 2026


@pytest.mark.parametrize(
    "text",
    ["FREQ=HOURLY;BYHOUR=9", "FREQ=MINUTELY;BYHOUR=9;BYMINUTE=30", "FREQ=SECONDLY;BYMINUTE=0;BYHOUR=9;BYSECOND=7"],
)
def test_the_time_between_costs_few_steps(text: str) -> None:
    found = list(times(from_rrule(f"{text};COUNT=400") or {}, START, steps=4_000))
    assert len(found) == 400 and found[-1].hour == 9


def test_positions_in_a_set_of_millions_are_found_without_making_it() -> None:
    everything = ";".join(
        f"{part}={','.join(map(str, range(size)))}"
        for part, size in (("BYHOUR", 24), ("BYMINUTE", 60), ("BYSECOND", 60))
    )
    rule = from_rrule(f"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{everything};BYSETPOS=-1") or {}
    assert [each.isoformat() for each in islice(times(rule, START, steps=10), 2)][1] == "1990-12-31T23:59:59"


def test_an_interval_beyond_the_calendar() -> None:
    for frequency in ("yearly", "monthly", "weekly", "daily", "secondly"):
        assert list(times({"frequency": frequency, "interval": 2**53 - 1}, START)) == [START]


@pytest.mark.parametrize(
    "change",
    [
        {"start": "9999-12-31T23:59:59", "duration": "P9999W"},
        {"start": "0001-01-01T00:00:00", "timeZone": "Asia/Tokyo"},
        {"duration": f"P{'9' * 300}W"},
        {"start": "9999-12-31T23:59:59", "timeZone": "America/Los_Angeles"},
    ],
)
def test_the_edges_of_the_calendar(change: dict[str, Any]) -> None:
    record = {"@type": "Event", "start": "2024-01-01T00:00:00", "recurrenceRule": {"frequency": "yearly"}, **change}
    assert len(list(occurrences(record, limit=3))) >= 1
    assert len(list(occurrences(record, datetime.min, limit=3))) >= 1


def test_ten_thousand_overrides() -> None:
    overrides = {f"2024-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}": {"excluded": True} for n in range(10_000)}
    record = {
        "start": "2024-01-01T00:00:00",
        "recurrenceRule": {"frequency": "secondly"},
        "recurrenceOverrides": overrides,
    }
    assert next(occurrences(record)).recurrence_id == "2024-01-01T02:46:40"
