"""Any JSON is looked at without harm: nothing is raised, and what is answered stays small."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.jscalendar.schema import TYPES
from jmapd.formats.jscalendar.texts import texts
from jmapd.formats.jscalendar.validate import normalised, problems

pytestmark = pytest.mark.rfc("jscalendarbis-15", "6.2")
NAMES = sorted({name for rows in TYPES.values() for name in rows})
KEYS = st.sampled_from([*NAMES, "Title", "a/b", "0", "participants/0/name", "2026-01-05T09:00:00"]) | st.text(
    max_size=3
)
WORDS = st.sampled_from(
    ["Task", "OffsetTrigger", "2026-01-05T09:00:00", "2026-02-30", "PT1.5S", "#abc", "9999-12-31T23:59Z"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | WORDS
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
FILLED = {"start": "2026-01-05T09:00:00", "organizerCalendarAddress": "mailto:alice@example.org"}
# what is wrong in an example: it is short of what it is not about, or is of a scheduling message
DIFFERENCES = {
    "009-test-ical-prop-acknowledged": "trigger",
    "010-test-ical-prop-action-display": "trigger",
    "011-test-ical-prop-action-audio": "trigger",
    "031-test-ical-prop-dtstamp-vevent-method": "method",
    "053-test-ical-prop-method": "method",
    "064-test-ical-prop-rdate-period": "name",
    "082-test-ical-prop-jsid-alert": "trigger",
    "085-test-ical-prop-jsprop-alert": "trigger",
}
OBJECTS = st.dictionaries(st.sampled_from(sorted({*TYPES["Event"], *TYPES["Task"]})) | KEYS, JSON, max_size=4)


@given(OBJECTS, OBJECTS)
def test_any_json(record: dict[str, Any], old: dict[str, Any]) -> None:
    for strict in (False, True):
        assert all(isinstance(where, str) and why for where, why in problems(record, strict=strict))
        problems(normalised(record, old, strict), old, strict=strict)
    assert all(isinstance(text, str) for found in texts(record).values() for text in found)


@given(OBJECTS)
def test_normalised_twice_is_normalised_once(record: dict[str, Any]) -> None:
    once = normalised(record)
    assert normalised(once) == once


@pytest.mark.parametrize(
    "properties",
    [
        {"Title" * 100_000: {}},
        {"links": {"e" * 1_000_000: dict.fromkeys(map(str, range(200)))}},
        {"color": "#" * 1_000_000, "duration": "P" + "1" * 1_000_000 + "D", "start": "2" * 1_000_000},
        {"recurrenceRule": {"frequency": "daily", "byDay": [{"day": "x y"}] * 100_000}},
        {"timeZone": "/" * 1_000_000, "descriptionContentType": "text/" + ";charset=" * 100_000},
        {"iCalendar": {"name": "x", "components": [["x", [], [["y"]] * 100_000]]}},
    ],
)
def test_large_things(properties: dict[str, Any]) -> None:
    found = problems(normalised(properties))
    assert found and sum(len(where) + len(why) for where, why in found) < 200_000


@pytest.mark.rfc("jscalendarbis-15", "5")
def test_examples_of_the_corpora(corpora: Path) -> None:
    """They are valid when what is left out in them is filled in."""
    tried = 0
    for path in sorted((corpora / "jscalendar").glob("*/*.json")):
        found = json.loads(path.read_text())
        entries = found.get("entries", [found]) if isinstance(found, dict) else []
        for entry in (each for each in entries if each.get("@type") in ("Event", "Task")):
            wrong = {where.rpartition("/")[2] for where, _ in problems(normalised(FILLED | _plain(entry)))}
            assert (path.name, wrong) == (path.name, {DIFFERENCES[path.stem]} if path.stem in DIFFERENCES else set())
            tried += 1
    assert tried > 80


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "..."}
    return [_plain(each) for each in value] if isinstance(value, list) else value
