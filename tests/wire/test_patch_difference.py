"""The PatchObject between two records (RFC 8620 5.3), as notifications have it (jmap-calendars-27 7)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.wire.patch import apply, difference

pytestmark = pytest.mark.rfc("8620", "5.3")
KEYS = st.sampled_from(["a", "b", "a/b", "~", "~1", "c"])
VALUES = st.recursive(
    st.sampled_from([None, True, 1, 0, "x", "", [], [None]]), lambda inner: st.dictionaries(KEYS, inner, max_size=3)
)
RECORDS = st.dictionaries(KEYS, VALUES.filter(lambda value: value is not None), max_size=4)


@given(RECORDS, RECORDS)
def test_applied_it_gives_the_new_one(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert apply(old, difference(old, new))[0] == new


@given(RECORDS)
def test_nothing_between_equal_ones(record: dict[str, Any]) -> None:
    assert difference(record, dict(record)) == {}


def test_it_is_as_deep_as_it_can_be() -> None:
    old = {"title": "x", "locations": {"1": {"name": "a", "n": 1}, "2": {}}, "list": [1]}
    new = {"locations": {"1": {"name": "b", "n": 1}, "3": {}}, "list": [2]}
    assert difference(old, new) == {
        "title": None,
        "locations/1/name": "b",
        "locations/2": None,
        "locations/3": {},
        "list": [2],
    }


def test_what_a_patch_cannot_set_to_null_is_set_as_a_whole() -> None:
    old = {"recurrenceOverrides": {"d": {"title": "x"}}}
    new = {"recurrenceOverrides": {"d": {"title": "x", "locations/1": None}}}
    assert difference(old, new) == {"recurrenceOverrides/d": {"title": "x", "locations/1": None}}
