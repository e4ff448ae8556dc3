"""Any series of changes of events, foldings and rebuilds: every range of time has the occurrences of a plain model."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from jmapd.formats.jscalendar.durations import local
from jmapd.formats.jscalendar.recurrence import occurrences
from jmapd.formats.jscalendar.zones import moment, utc
from jmapd.index.spans import recurrence_text
from jmapd.stores.large import LargeStore
from tests.index.cards import commit
from tests.index.events import TYPE, event_id, record
from tests.index.large_machine import LargeMachine, bounds

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.11")
RANGES = [
    ("2026-03-01T00:00:00", "2026-04-01T00:00:00"),
    ("2026-03-29T02:30:00", "2026-03-29T03:30:00"),
    ("2010-06-01T00:00:00", "2010-06-08T00:00:00"),
    ("2060-10-01T00:00:00", "2060-11-01T00:00:00"),
]
ZONES = ("Etc/UTC", "Europe/Vienna", "America/New_York", "Pacific/Auckland")
numbers = st.integers(0, 9)
zones = st.sampled_from([*ZONES, None])
starts = st.sampled_from(
    ["2026-03-29T02:00:00", "2010-06-01T00:00:00", "1999-12-31T23:59:59", "2026-02-28T12:00:00", "2060-10-31T02:30:00"]
)
durations = st.sampled_from(["PT1H", "P1D", "PT0S", "P40D", "PT2H30M"])
rules = st.sampled_from(
    [None, {"frequency": "weekly"}, {"frequency": "daily"}, {"frequency": "monthly", "interval": 3}]
)
ends = st.sampled_from([{}, {"count": 3}, {"count": 900}, {"until": "2027-01-01T00:00:00"}])
ids = st.sampled_from(["2026-03-29T02:00:00", "2026-03-30T09:00:00", "2010-06-08T00:00:00"])
patches = st.sampled_from([{}, {"excluded": True}, {"start": "2026-03-15T10:00:00"}, {"duration": "P3D"}])
overrides = st.none() | st.dictionaries(ids, patches, min_size=1, max_size=2)
events = st.tuples(numbers, starts, zones, durations, rules, ends, overrides)


class Events(LargeMachine):
    @rule(given=st.lists(events, min_size=1, max_size=5, unique_by=lambda each: each[0]))
    def put(self, given: list[Any]) -> None:
        changes = []
        for number, start, zone, duration, repeated, end, override in given:
            id = event_id(number)
            more = {"recurrenceRule": repeated and repeated | end, "recurrenceOverrides": override}
            made = record(number, start=start, timeZone=zone, duration=duration, **more)
            changes.append([TYPE, "u" if id in self.model else "c", id, made])
            self.model[id] = made
        commit(self.writer, *changes)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def destroy(self, data: st.DataObject) -> None:
        ids = data.draw(st.lists(st.sampled_from(sorted(self.model)), max_size=3, unique=True))
        commit(self.writer, *([TYPE, "d", id] for id in ids))
        for id in ids:
            del self.model[id]

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def touch(self, data: st.DataObject) -> None:
        """A head without its body."""
        id = data.draw(st.sampled_from(sorted(self.model)))
        head = {name: value for name, value in self.model[id].items() if name != "object"} | {"stamp": 1}
        commit(self.writer, [TYPE, "u", id, head])
        self.model[id] = head | {"object": self.model[id]["object"]}

    @invariant()
    def sound(self) -> None:
        self.reader.refresh()
        assert self.reader.verify() == []

    @invariant()
    def found(self) -> None:
        self.reader.refresh()
        store = Store(self.reader)
        live = store.table().live()
        for number, (after, before) in enumerate(RANGES):
            zone = ZONES[number % len(ZONES)]
            found = store.occurrences(after, before, zone, live)
            assert not found.unknown and found.starts.tolist() == sorted(found.starts.tolist())
            ids = store.table().ids(found.rows)
            texts = map(recurrence_text, found.recurrences.tolist())
            have = Counter(zip(ids, texts, found.starts.tolist(), strict=True))
            assert have == self.expected(after, before, zone)
            coarse = set(store.table().ids(store.overlapping(after, before, zone)))
            assert coarse >= set(ids) and coarse <= self.model.keys()

    def expected(self, after: str, before: str, zone: str) -> Counter[Any]:
        from_, to = (utc(local(each), zone) for each in (after, before))
        found: Counter[Any] = Counter()
        for id, each in self.model.items():
            for one in occurrences(each["object"], moment(from_), moment(to), zone):
                found[id, one.recurrence_id, one.start_utc] += 1
        return found


class Store(LargeStore):
    type = TYPE


TestEvents = Events.TestCase
TestEvents.settings = bounds(25, 15)
