"""What the index keeps of an event or task to search and sort by, whatever it is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.index.calendar_event import EVENT_NUMBERS, TASK_NUMBERS
from jmapd.index.large_types import LARGE, NO_NUMBER, Prepared, key_hash
from jmapd.index.spans import FOREVER, current_window
from tests.index.events import TYPE, record

_NAMES = """@type start due duration timeZone title locations participants roles recurrenceRule recurrenceOverrides
    frequency until count interval byDay day excluded privacy uid updated created progress name a"""
NAMES = st.sampled_from(_NAMES.split())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
    | st.sampled_from(
        ["2026-03-02T09:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00", "2026-02-30T00:00:00", "PT1H",
         "P999999999D", "Europe/Vienna", "Nowhere", "daily", "yearly", "private", "Task", "Event"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5),
    max_leaves=15,
)  # fmt: skip
HOUR = 3_600_000_000
START = 1772442000_000_000  # of events.event()


def facts(type: str = TYPE, **more: Any) -> Prepared:
    return LARGE[type].prepared(record(1, **more), current_window())


def number(made: Prepared, name: str, type: str = TYPE) -> int | None:
    return made.numbers[LARGE[type].numbers.index(name)]


def has(made: Prepared, name: str, value: str) -> bool:
    return key_hash(name, value) in made.keys


@pytest.mark.rfc("jmap-calendars-27", "5.11")
@pytest.mark.parametrize("type", ["CalendarEvent", "Task"])
@settings(max_examples=4000, deadline=None)
@given(found=st.dictionaries(NAMES, VALUES))
def test_any_json_will_do(type: str, found: dict[str, Any]) -> None:
    typed, window = LARGE[type], current_window()
    made = typed.prepared({"object": found, "books": {}}, window)
    assert len(made.texts) == len(typed.texts) and len(made.numbers) == len(typed.numbers)
    assert len(made.sorts) == len(typed.sorts) and len(made.spans) % 24 == 0
    assert made == typed.prepared({"object": found, "books": {}}, window)


@pytest.mark.rfc("jmap-calendars-27", "5.11.1")
def test_what_is_looked_up() -> None:
    made = LARGE[TYPE].prepared(record(1, ("b1", "b2")), current_window())
    assert made.keys == {key_hash(*each) for each in (("book", "b1"), ("book", "b2"), ("uid", "uid-1"))}


@pytest.mark.rfc("jmap-calendars-27", "4.4.3")
@pytest.mark.parametrize(
    ("privacy", "kept"),
    [("public", None), (None, None), ("private", "private"), ("secret", "secret"), ("x", "private"), (7, "private")],
)  # fmt: skip
def test_privacy(privacy: Any, kept: str | None) -> None:
    """What is unknown counts as private."""
    made = facts(privacy=privacy)
    assert {value for value in ("public", "private", "secret") if has(made, "privacy", value)} == {kept} - {None}


@pytest.mark.rfc("jmap-calendars-27", "5.11.1")
@pytest.mark.parametrize(
    ("patch", "varies"),
    [
        ({"title": "Other"}, True),
        ({"locations/1/name": "Hall"}, True),
        ({"x-vendor": 1}, True),
        ({"excluded": True}, False),
        ({"start": "2026-03-09T10:00:00", "duration": "PT2H"}, False),
        ({}, False),
    ],
)
def test_overrides_with_other_texts(patch: dict[str, Any], varies: bool) -> None:
    rule = {"@type": "RecurrenceRule", "frequency": "weekly"}
    made = facts(recurrenceRule=rule, recurrenceOverrides={"2026-03-09T09:00:00": patch})
    assert has(made, "varies", "text") == varies


@pytest.mark.rfc("jmap-calendars-27", "5.11.2")
def test_numbers_to_sort_by() -> None:
    made = facts(start="2026-07-01T12:00:00", timeZone="Europe/Vienna", created="2026-01-01T00:00:00Z")
    assert number(made, "start") == number(made, "first") == 1782900000_000_000
    assert number(made, "created") == 1767225600_000_000 and number(made, "updated") == 1767225601_000_000
    assert not has(made, "floating", "1")
    floating = facts(timeZone=None)
    assert number(floating, "start") == START and has(floating, "floating", "1")
    assert number(facts(start="soon"), "start") == NO_NUMBER == number(facts(start=None), "first")


@pytest.mark.rfc("jmap-calendars-27", "5.11.2")
def test_texts_to_sort_by() -> None:
    assert facts(uid="Ünique", recurrenceId="2026-03-02T09:00:00").sorts == [
        "U\u0308NIQUE".encode(),
        b"2026-03-02T09:00:00",
    ]


@pytest.mark.rfc("tasks-06", "4")
def test_numbers_of_a_task() -> None:
    task = {"@type": "Task", "duration": None, "due": "2026-03-02T11:00:00", "priority": 5, "percentComplete": True}
    made = facts("Task", **task, progress="in-process", sortOrder=1 << 70)
    numbers = dict(zip(TASK_NUMBERS, made.numbers, strict=True))
    assert numbers["due"] == START + 2 * HOUR == numbers["last"] and numbers["first"] == START
    assert numbers["priority"] == 5 and numbers["percentComplete"] == NO_NUMBER == numbers["sortOrder"]
    assert has(made, "progress", "in-process")
    only_due = facts("Task", **(task | {"start": None}))
    assert number(only_due, "first", "Task") == START + 2 * HOUR and number(only_due, "start", "Task") == NO_NUMBER
    never = facts("Task", **(task | {"start": None, "due": None}))
    assert (
        number(never, "first", "Task") == NO_NUMBER and never.spans == b"" and number(never, "high", "Task") == FOREVER
    )
    assert set(EVENT_NUMBERS) < set(TASK_NUMBERS)
