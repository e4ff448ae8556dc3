"""Small records of any type (mailboxes, identities, folders...), all in memory, with the history for /changes."""

from collections.abc import Iterable
from typing import Any

from jmapd.index.history import History, Life
from jmapd.index.snapshot_write import Graves
from jmapd.wire import Id, Record


class Objects:
    """Records by type and id. Types that begin with "_" are internal: they have no history."""

    def __init__(self, dumped: dict[str, Any] | None, base: int) -> None:
        dumped = dumped or {}
        self._base = base
        self._records: dict[str, dict[Id, Record]] = dumped.get("records", {})
        self._histories: dict[str, History] = {}
        for type, (last, lives, graves) in dumped.get("histories", {}).items():
            history = self._histories[type] = self._history(type, last, Graves(*graves))
            history.lives.update((id, tuple(life)) for id, life in lives.items())

    def get(self, type: str, id: Id) -> Record | None:
        """Not to be changed by the caller."""
        return self._records.get(type, {}).get(id)

    def all(self, type: str) -> dict[Id, Record]:
        """Not to be changed by the caller."""
        return self._records.get(type, {})

    def types(self) -> list[str]:
        return [type for type, records in self._records.items() if records]

    def history(self, type: str) -> History:
        history = self._histories.get(type)
        if history is None:
            history = self._histories[type] = self._history(type, 0, Graves())
        return history

    def _history(self, type: str, last: int, graves: Graves) -> History:
        return _Complete(last, graves, self._base, _nothing)

    def apply(self, modseq: int, type: str, operation: str, id: Id, record: Record | None) -> None:
        """One change of a transaction; check() has let it through."""
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
        """For a snapshot; destructions up to `floor` are forgotten."""
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
