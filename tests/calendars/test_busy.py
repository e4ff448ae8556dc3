"""How BusyPeriods are merged (jmap-calendars-27 2.2), against a plain count of minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.datatypes.calendars.busy import ORDER, Period, merged

pytestmark = pytest.mark.rfc("jmap-calendars-27", "2.2")
TIMES = st.integers(0, 40)
LONG = st.integers(0, 40)
PERIODS = st.lists(
    st.builds(lambda start, long, status: Period(start, start + 2 * long, status), TIMES, LONG, st.sampled_from(ORDER))
)


def _by_moment(periods: list[Period]) -> list[str | None]:
    found = []
    for moment in range(130):
        there = [each.status for each in periods if each.start <= moment < each.end]
        found.append(min(there, key=ORDER.index) if there else None)
    return found


@given(PERIODS)
def test_the_first_of_the_order_counts(periods: list[Period]) -> None:
    assert _by_moment(merged(periods)) == _by_moment(periods)


@given(PERIODS)
def test_none_overlaps_and_touching_ones_differ(periods: list[Period]) -> None:
    out = merged(periods)
    for one, other in zip(out, out[1:], strict=False):
        assert one.end < other.start or one.end == other.start and one.status != other.status
    assert all(each.start < each.end for each in out)
