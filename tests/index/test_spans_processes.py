"""Killed writers of events beside foldings: the occurrences of all that was answered are there, once each."""

import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.index.account import AccountIndex
from jmapd.stores.large import LargeStore
from tests.index.cards import commit
from tests.index.events import TYPE, event_id, record
from tests.index.test_large_processes import killed

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.11")
UNTIL = "2026-04-15T00:00:00"  # not for ever: what is verified is expanded anew
WEEKLY, DAILY = ({"frequency": each, "until": UNTIL} for each in ("weekly", "daily"))


class Store(LargeStore):
    type = TYPE


def writer(folder: Path, first: int) -> Callable[[int], None]:
    """Creates events for ever, and gives every second one another rule; tells each that is answered."""

    def work(sink: int) -> None:
        index = AccountIndex(folder)
        for number in range(first, first + 100_000):
            commit(index, [TYPE, "c", event_id(number), record(number, recurrenceRule=WEEKLY)])
            if number % 2:
                commit(index, [TYPE, "u", event_id(number), record(number, recurrenceRule=DAILY)])
            index.sync()
            os.write(sink, f"{number}\n".encode())

    return work


def test_killed_writers_and_foldings(tmp_path: Path) -> None:
    dice = random.Random(11)
    answered: list[int] = []
    reader = AccountIndex(tmp_path)
    for round in range(4):
        answered += killed(tmp_path, dice, [writer(tmp_path, (round * 2 + at + 1) * 1_000_000) for at in range(2)])
        for index in (reader, AccountIndex(tmp_path)):
            index.refresh()
            assert index.verify() == []
            store = Store(index)
            live = store.table().live()
            found = store.occurrences("2026-03-01T00:00:00", "2026-03-29T00:00:00", "Etc/UTC", live)
            counts = Counter(store.table().ids(found.rows))
            assert counts.keys() == set(store.table().ids(live)) and set(counts.values()) <= {4, 27}
            assert {counts[event_id(number)] for number in answered if number % 2 == 0} == {4}
            assert {counts[event_id(number)] for number in answered if number % 2} <= {27}
