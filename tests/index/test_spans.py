"""Occurrences in a range of time, out of the journal, a snapshot, and beyond what is kept (jmap-calendars-27 5.11)."""

import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap

from jmapd.index import large_spans, spans
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.spans import FOREVER, MAX_SPANS, MAX_WHOLE, NO_RECURRENCE, Extent, recurrence_number, recurrence_text
from jmapd.stores.large import LargeStore
from tests.index.cards import commit
from tests.index.events import TYPE, event, event_id, record

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.11")
WEEKLY = {"@type": "RecurrenceRule", "frequency": "weekly"}
DAILY = {"@type": "RecurrenceRule", "frequency": "daily"}
Found = list[tuple[int, str | None]]


class Store(LargeStore):
    type = TYPE


def stored(folder: Path, events: Iterable[dict[str, Any]], is_folded: bool = True) -> Store:
    index = AccountIndex(folder)
    commit(index, *([TYPE, "c", event_id(at), record(at, **each)] for at, each in enumerate(events)))
    if is_folded:
        assert compact(index)
        index.refresh()
    return Store(index)


def numbers(store: Store, rows: Iterable[int]) -> list[int]:
    known = {event_id(number): number for number in range(30)}
    return [known[id] for id in store.table().ids(rows)]


def month(store: Store, after: str = "2026-03-01", before: str = "2026-04-01", zone: str = "Etc/UTC") -> Found:
    """(number of the event, recurrence id), by start."""
    live = store.table().live()
    found = store.occurrences(f"{after}T00:00:00", f"{before}T00:00:00", zone, live)
    assert not found.unknown
    return list(zip(numbers(store, found.rows), map(recurrence_text, found.recurrences.tolist()), strict=True))


def extent(**more: Any) -> Extent:
    return spans.extent(event(1, **more), spans.current_window())


@pytest.mark.parametrize("is_folded", [False, True])
def test_what_ends_after_and_starts_before(tmp_path: Path, is_folded: bool) -> None:
    events = [
        {"start": "2026-02-28T23:00:00"},  # ends when the range begins
        {"start": "2026-02-28T23:00:01"},
        {"start": "2026-03-31T23:59:59"},
        {"start": "2026-04-01T00:00:00"},
        {"start": "2020-01-01T00:00:00", "duration": "P4000D"},
        {"start": "2026-03-01T00:00:00", "duration": None},
        {"start": "2026-04-01T00:00:00", "duration": None},
    ]
    store = stored(tmp_path, events, is_folded)
    assert month(store) == [(4, None), (1, None), (5, None), (2, None)]
    live = store.table().live()
    empty = store.occurrences("2026-03-01T00:00:00", "2026-04-01T00:00:00", "Etc/UTC", BitMap())
    assert not len(empty.rows) and not empty.unknown and len(live) == len(events)
    among = BitMap(row for row in live if store.large.id(row) == event_id(2))
    one = store.occurrences("2026-03-01T00:00:00", "2026-04-01T00:00:00", "Etc/UTC", among)
    assert numbers(store, one.rows) == [2]


@pytest.mark.parametrize("is_folded", [False, True])
def test_instances_of_what_recurs(tmp_path: Path, is_folded: bool) -> None:
    overrides = {
        "2026-03-09T09:00:00": {"start": "2026-05-01T09:00:00"},  # out of the month
        "2026-03-16T09:00:00": {"excluded": True},
        "2026-06-01T09:00:00": {"start": "2026-03-20T09:00:00"},  # into it
        "2026-03-03T08:00:00": {},  # of no rule
    }
    until = WEEKLY | {"until": "2026-03-16T09:00:00"}
    events = [{"recurrenceRule": WEEKLY, "recurrenceOverrides": overrides}, {"recurrenceRule": until}]
    events.append({"recurrenceOverrides": {"2026-03-05T09:00:00": {}}})
    found = month(stored(tmp_path, events, is_folded))
    days = {number: [each[8:10] for of, each in found if of == number and each] for number in range(3)}
    assert days == {0: ["02", "03", "01", "23", "30"], 1: ["02", "09", "16"], 2: ["02", "05"]}


@pytest.mark.rfc("jmap-calendars-27", "5.11.1")
@pytest.mark.parametrize("is_folded", [False, True])
def test_the_zone_of_the_query(tmp_path: Path, is_folded: bool) -> None:
    """A floating event is at its local time wherever that is; others are where they are."""
    events: list[dict[str, Any]] = [
        {"start": "2026-03-01T00:00:00", "timeZone": None},
        {"start": "2026-03-01T00:00:00", "timeZone": "Pacific/Auckland"},
        {"start": "2026-03-31T23:00:00", "timeZone": None},
        {"start": "2026-03-31T22:30:00"},
    ]
    store = stored(tmp_path, events, is_folded)
    assert month(store, zone="Etc/UTC") == [(0, None), (3, None), (2, None)]
    assert sorted(month(store, zone="Pacific/Auckland")) == [(0, None), (1, None), (2, None)]
    assert [each for each, _ in month(store, zone="Europe/Vienna")] == [0, 2]
    found = store.occurrences("2026-03-01T00:00:00", "2026-04-01T00:00:00", "Europe/Vienna", store.table().live())
    assert found.starts.tolist() == [1772319600_000_000, 1774990800_000_000]
    assert sorted(numbers(store, store.overlapping("2026-04-01T00:00:00", None, "Europe/Vienna"))) == [3]
    assert sorted(numbers(store, store.overlapping(None, "2026-03-01T00:00:01", "Etc/UTC"))) == [0, 1]


@pytest.mark.rfc("jmap-calendars-27", "5.11.1")
@pytest.mark.parametrize("is_folded", [False, True])
def test_without_expansion_each_condition_may_match_another_instance(tmp_path: Path, is_folded: bool) -> None:
    yearly = {"frequency": "yearly", "count": 2}
    events: list[dict[str, Any]] = [{"recurrenceRule": yearly}, {"recurrenceRule": WEEKLY}, {}, {"start": "soon"}]
    store = stored(tmp_path, events, is_folded)

    def found(after: str | None, before: str | None) -> list[int]:
        return sorted(numbers(store, store.overlapping(after, before, "Etc/UTC")))

    assert found("2026-06-01T00:00:00", "2026-07-01T00:00:00") == [0, 1]
    assert found("2028-06-01T00:00:00", None) == [1] and found(None, "2026-03-02T09:00:01") == [0, 1, 2]
    assert found("2026-03-02T10:00:00", "2026-03-02T09:00:00") == [] and found(None, None) == [0, 1, 2, 3]
    assert found("2026-03-02T09:59:59", "2026-03-02T09:00:01") == [0, 1, 2]


def test_of_what_recurs_for_long_some_is_kept() -> None:
    low, high = spans.current_window()
    daily = extent(recurrenceRule=DAILY, start="1990-01-01T09:00:00")
    assert (daily.low, daily.high, daily.last) == (low, high, FOREVER) and daily.first == 631184400_000_000
    assert 1400 < len(daily.spans) // 24 < 1500
    hourly = extent(recurrenceRule={"frequency": "hourly"}, start="1990-01-01T09:00:00")
    assert len(hourly.spans) // 24 == MAX_SPANS and low == hourly.low < hourly.high < high
    monthly = extent(recurrenceRule={"frequency": "monthly"}, start="1990-01-01T09:00:00")
    assert (monthly.low, monthly.high, monthly.last) == (-FOREVER, high, FOREVER)
    later = extent(recurrenceRule=DAILY, start="2345-01-01T09:00:00")
    assert (later.spans, later.low, later.high, later.first) == (b"", -FOREVER, high, 11833894800_000_000)


def test_of_what_ends_the_end_is_known() -> None:
    start = "2000-01-01T09:00:00"
    counted = extent(recurrenceRule=DAILY | {"count": 3000}, start=start)
    until = extent(recurrenceRule=DAILY | {"until": "2008-03-18T09:00:00"}, start=start)
    assert counted.first == until.first and counted.last == until.last == 1205834400_000_000
    few = extent(recurrenceRule=DAILY | {"count": MAX_WHOLE}, start=start)
    assert (few.low, few.high) == (-FOREVER, FOREVER) and len(few.spans) // 24 == MAX_WHOLE
    endless = extent(recurrenceRule=DAILY | {"count": 10**9}, start=start)
    assert endless.last == FOREVER and not extent(recurrenceRule=DAILY | {"count": 1}).spans[24:]


@pytest.mark.parametrize("is_folded", [False, True])
def test_beyond_what_is_kept_it_is_expanded(tmp_path: Path, is_folded: bool) -> None:
    rules = (WEEKLY, DAILY, DAILY | {"until": "2010-01-01T00:00:00"})
    events = [{"recurrenceRule": rule, "start": "2001-01-01T09:00:00"} for rule in rules]
    store = stored(tmp_path, events, is_folded)
    for after, before in (("2005-03-01", "2005-03-29"), ("2077-03-01", "2077-03-29"), ("2026-03-01", "2026-03-29")):
        found = [number for number, _ in month(store, after, before)]
        assert [found.count(number) for number in range(3)] == [4, 28, 28 if after < "2010" else 0]


@pytest.mark.parametrize("is_folded", [False, True])
def test_what_cannot_be_expanded(tmp_path: Path, is_folded: bool) -> None:
    """Unknown only where it might be (5.11: "required to return the results")."""
    hebrew = DAILY | {"rscale": "hebrew"}
    events = [{"recurrenceRule": hebrew}, {}, {"recurrenceRule": {"frequency": "secondly"}}]
    store = stored(tmp_path, events, is_folded)
    live = store.table().live()
    found = store.occurrences("2026-03-01T00:00:00", "2026-04-01T00:00:00", "Etc/UTC", live)
    assert sorted(numbers(store, found.unknown)) == [0, 2] and numbers(store, found.rows) == [1]
    earlier = store.occurrences("2026-02-01T00:00:00", "2026-03-01T00:00:00", "Etc/UTC", live)
    assert not len(earlier.rows) and not earlier.unknown
    few = BitMap(live - found.unknown)
    assert not store.occurrences("2026-03-01T00:00:00", "2026-04-01T00:00:00", "Etc/UTC", few).unknown


def test_too_many_in_one_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large_spans, "MAX_EXPANDED", 50)
    store = stored(tmp_path, [{"recurrenceRule": DAILY, "start": "1990-01-01T00:00:00"}] * 3)
    found = store.occurrences("1999-03-01T00:00:00", "1999-04-01T00:00:00", "Etc/UTC", store.table().live())
    assert len(found.unknown) == 2 and len(found.rows) == 31


def test_another_year_has_another_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept stays right; what recurs for long is expanded anew when the journal is folded."""
    rules = [{"recurrenceRule": DAILY, "start": "2001-01-01T09:00:00"}, {"recurrenceRule": WEEKLY}, {}]
    store = stored(tmp_path, rules)
    before = [month(store), month(store, "2031-03-01", "2031-04-01")]
    old = store.large.stored.window
    year = time.gmtime().tm_year
    monkeypatch.setattr(spans.time, "gmtime", lambda: time.struct_time((year + 4, 1, 1, 0, 0, 0, 0, 1, 0)))
    for is_folded in (False, True):
        index = AccountIndex(tmp_path)
        store = Store(index)
        assert index.verify() == [] and index.stale() != is_folded and (store.large.stored.window == old) != is_folded
        assert [month(store), month(store, "2031-03-01", "2031-04-01")] == before
        assert compact(index)
    monkeypatch.undo()
    assert AccountIndex(tmp_path).verify() == [] and Store(AccountIndex(tmp_path)).large.is_current


def test_recurrence_ids_are_numbers() -> None:
    for text in ("2026-03-29T02:30:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59"):
        assert recurrence_text(recurrence_number(text)) == text
    assert recurrence_number("1970-01-01T00:00:01") == 1 and recurrence_text(recurrence_number(None)) is None
    assert recurrence_number(None) == NO_RECURRENCE and datetime(1970, 1, 1).isoformat() == recurrence_text(0)
