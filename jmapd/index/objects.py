"""Records of all types but Email and Thread, with the history for /changes.

Small ones (mailboxes, identities, folders...) are all in memory; those of which there are many are in large.py.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jmapd.index.history import History, Life
from jmapd.index.large import Large, LargeRecords
from jmapd.index.large_search import with_key
from jmapd.index.large_types import LARGE
from jmapd.index.snapshot import Snapshot
from jmapd.index.snapshot_write import Graves
from jmapd.wire import Id, Record


class Objects:
    """Records by type and id. Types that begin with "_" are internal: they have no history."""

    def __init__(self, snapshot: Snapshot) -> None:
        dumped = snapshot.json("objects") or {}
        self._base = snapshot.modseq
        self.large = {name: Large(name, type, snapshot) for name, type in LARGE.items()}
        self._records: dict[str, dict[Id, Record]] = dumped.get("records", {})
        self._histories: dict[str, History] = {}
        for type, (last, lives, graves) in dumped.get("histories", {}).items():
            history = self._histories[type] = self._history(type, last, Graves(*graves))
            history.lives.update((id, tuple(life)) for id, life in lives.items())

    def get(self, type: str, id: Id) -> Record | None:
        """Not to be changed by the caller."""
        large = self.large.get(type)
        return self._records.get(type, {}).get(id) if large is None else large.get(id)

    def has(self, type: str, id: Id) -> bool:
        large = self.large.get(type)
        return id in self._records.get(type, {}) if large is None else large.has(id)

    def all(self, type: str) -> Mapping[Id, Record]:
        """Not to be changed by the caller."""
        large = self.large.get(type)
        return self._records.get(type, {}) if large is None else LargeRecords(large)

    def types(self) -> list[str]:
        small = [type for type, records in self._records.items() if records]
        return small + [type for type, large in self.large.items() if len(large)]

    def by_type(self) -> dict[str, Mapping[Id, Record]]:
        """All records, those of which there are many not read yet: as AccountIndex.replace() takes them."""
        return {type: self.all(type) for type in self.types()}

    # Of types that are large

    def head(self, type: str, id: Id) -> Record | None:
        """The record without its body (large_types.py)."""
        return self.large[type].head(id)

    def heads(self, type: str) -> Iterator[tuple[Id, Record]]:
        return self.large[type].every_head()

    def find(self, type: str, name: str, value: str) -> list[Id]:
        """The records that have exactly this: a "uid", "book", "member" or "kind" of a ContactCard."""
        large = self.large[type]
        return [large.id(row) for row in with_key(large, name, value)]

    # Histories

    def history(self, type: str) -> History:
        if type in self.large:
            return self.large[type].history
        history = self._histories.get(type)
        if history is None:
            history = self._histories[type] = self._history(type, 0, Graves())
        return history

    def _history(self, type: str, last: int, graves: Graves) -> History:
        return _Complete(last, graves, self._base, _nothing)

    def apply(self, modseq: int, type: str, operation: str, id: Id, record: Record | None) -> None:
        """One change of a transaction; check() has let it through."""
        if type in self.large:
            self.large[type].apply(modseq, operation, id, record)
            return
        records = self._records.setdefault(type, {})
        is_internal = type.startswith("_")
        if operation == "d":
            del records[id]
            if not is_internal:
                history = self.history(type)
                history.destroy(id, modseq, history.lives[id][0])
            return
        assert record is not None
        records[id] = record
        if is_internal:
            return
        if operation == "c":
            self.history(type).create(id, modseq)
        else:
            history = self.history(type)
            history.update(id, modseq, history.lives[id][0])

    def touch(self, type: str, id: Id, modseq: int) -> None:
        """Counts that belong to the record have changed, not the record itself (RFC 8621 2.2)."""
        history = self.history(type)
        created, _, properties = history.lives[id]
        history.update(id, modseq, created, properties)

    def dump(self, floor: int) -> dict[str, Any]:
        """For a snapshot, without those of which there are many; destructions up to `floor` are forgotten."""
        histories = {}
        for type, history in self._histories.items():
            histories[type] = [history.last, history.lives, history.graves.pruned(floor).dump()]
        return {"records": self._records, "histories": histories}


def _nothing(since: int, limit: int | None) -> Iterable[tuple[str, Life]]:
    return ()


class _Complete(History):
    """A history whose `lives` has every record."""

    def _touched(self, since: int, limit: int | None) -> Any:
        return [(id, life) for id, life in self.lives.items() if life[1] > since]
