"""Expansion beside dateutil's, on rules made at random; where dateutil differs from jscalendarbis is left out."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.jscalendar.expansion import TooMany, times
from jmapd.formats.jscalendar.recurrence_rule import from_rrule

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
COUNT = 25
SPAN = {"YEARLY": 2200, "MONTHLY": 900, "WEEKLY": 500, "DAILY": 300, "HOURLY": 40}  # dateutil looks at every period


def _numbers(draw: Any, low: int, high: int, is_signed: bool = False) -> str:
    numbers = draw(st.lists(st.integers(low, high), min_size=1, max_size=3, unique=True))
    return ",".join(str(-n if is_signed and draw(st.booleans()) else n) for n in numbers)


@st.composite
def rules(draw: Any) -> str:
    def maybe(part: str) -> None:
        if draw(st.integers(0, 3)) == 0:
            parts.append(part)

    frequency = draw(st.sampled_from(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.sampled_from((1, 1, 2, 3, 7)))}"]
    is_yearly = frequency == "YEARLY"
    if is_yearly:  # without BYMONTH dateutil takes BYMONTHDAY for every month
        parts.append(f"BYMONTH={_numbers(draw, 1, 12)}")
        maybe(f"BYWEEKNO={_numbers(draw, 1, 53, True)}")
        maybe(f"BYYEARDAY={_numbers(draw, 1, 366, True)}")
    else:
        maybe(f"BYMONTH={_numbers(draw, 1, 12)}")
    if frequency != "WEEKLY":
        maybe(f"BYMONTHDAY={_numbers(draw, 1, 31, True)}")
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True))
    has_weeks = any(part.startswith("BYWEEKNO") for part in parts)
    # dateutil: a plain day and an nth one must both be
    if frequency in ("YEARLY", "MONTHLY") and not has_weeks and draw(st.booleans()):
        days = [f"{draw(st.sampled_from((1, 2, 3, 4, 5, -1, -2)))}{day}" for day in days]
    if has_weeks or draw(st.integers(0, 3)) == 0:  # dateutil takes every day of a week
        parts.append(f"BYDAY={','.join(days)}")
    maybe(f"BYHOUR={_numbers(draw, 0, 23)}")
    maybe(f"BYMINUTE={_numbers(draw, 0, 59)}")
    if frequency != "WEEKLY" and len(parts) > 2:  # dateutil begins the first week at the start
        maybe(f"BYSETPOS={_numbers(draw, 1, 4, True)}")
    maybe(f"WKST={draw(st.sampled_from(DAYS))}")
    return ";".join(parts)


@pytest.mark.rfc("5545", "3.3.10")
@settings(max_examples=60)
@given(rules(), st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)))
def test_as_dateutil(text: str, start: datetime) -> None:
    start = start.replace(microsecond=0)
    rule, before = from_rrule(text) or {}, start + timedelta(days=SPAN[text.partition(";")[0].removeprefix("FREQ=")])
    try:
        found = list(islice(times(rule, start, before=before, steps=5_000), COUNT))
    except TooMany:
        return
    found = [each for each in found if each < before]
    expected = [start]
    if len(found) > 1:  # it goes on to the year 9999 where nothing comes
        others = (each for each in rrulestr(text, dtstart=start) if each != start)
        expected += islice(others, len(found) - 1)
    assert found == expected
    middle = found[len(found) // 2]
    later = [each for each in islice(times(rule, start, middle, before), COUNT) if middle <= each < before]
    assert later[: len(found) - len(found) // 2] == found[len(found) // 2 :]
