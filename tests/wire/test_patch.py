"""PatchObject."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.wire import patch
from jmapd.wire.errors import InvalidPatch

pytestmark = pytest.mark.rfc("8620", "5.3")
RECORD: dict[str, Any] = {"a": 1, "b": {"c": {"d": 1}, "e": 2}, "l": [{"x": 1}], "n": None}


@pytest.mark.parametrize(
    ("given_patch", "expected", "changed"),
    [
        ({}, {}, set()),
        ({"a": 2}, {"a": 2}, {"a"}),
        ({"a": 1}, {}, set()),
        ({"b/c/d": 5}, {"b": {"c": {"d": 5}, "e": 2}}, {"b"}),
        ({"b/c/d": 5, "b/e": None, "b/f": [1]}, {"b": {"c": {"d": 5}, "f": [1]}}, {"b"}),
        ({"b/none": None}, {}, set()),
        ({"l": [2]}, {"l": [2]}, {"l"}),
        ({"new": True}, {"new": True}, {"new"}),
        ({"b/x~1y": 1}, {"b": {"c": {"d": 1}, "e": 2, "x/y": 1}}, {"b"}),
        ({"a": None}, {"a": 7}, {"a"}),
    ],
)
def test_applied(given_patch: dict[str, Any], expected: dict[str, Any], changed: set[str]) -> None:
    before = repr(RECORD)
    new, names = patch.apply(RECORD, given_patch, {"a": 7})
    assert new == RECORD | expected and names == changed
    assert repr(RECORD) == before


def test_null_without_a_default_removes() -> None:
    assert patch.apply({"a": 1}, {"a": None}) == ({}, {"a"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"l/0": 1},
        {"l/0/x": 1},
        {"a/b": 1},
        {"n/x": 1},
        {"b/none/x": 1},
        {"none/x": None},
        {"b": {}, "b/e": 1},
        {"b/c": {}, "b/c/d": 1},
        {"b/~2": 1},
        {"/a": 1, "/a/b": 2},
        {"/".join("b" * 1_000_000): 1},
    ],
    ids=lambda wrong: ", ".join(wrong)[:40],
)
def test_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidPatch):
        patch.apply(RECORD, wrong)


VALUES = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
def test_a_whole_object_is_a_patch(old: dict[str, Any], new: dict[str, Any]) -> None:
    escaped = {name.replace("~", "~0").replace("/", "~1"): value for name, value in new.items()}
    patched, changed = patch.apply(old, escaped)
    assert patched == old | new
    assert changed == {name for name in new if name not in old or old[name] != new[name]}
