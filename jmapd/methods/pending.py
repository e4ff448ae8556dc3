"""A transaction as hooks see it: with all records as they will be, also while several updates are only tried."""

from collections.abc import Callable, Collection, Hashable, Iterator, KeysView, Mapping

from jmapd.stores.base import Store, Transaction
from jmapd.wire import Id, Record

Key = Callable[[Record], Hashable]
Groups = dict[Hashable, dict[Id, None]]


class Pending:
    """A Transaction that knows every record of the type, as the changes so far have left it."""

    def __init__(self, transaction: Transaction, store: Store) -> None:
        self._transaction, self._store = transaction, store
        self._changed: dict[Id, Record | None] = {}
        self._tried: Mapping[Id, Record] = {}
        self._groups: dict[Key, tuple[Groups, dict[Id, Hashable]]] = {}

    def get(self, id: Id) -> Record | None:
        """The record, or None when there is none (any more)."""
        return self._tried[id] if id in self._tried else self._transaction.get(id)

    def having(self, key: Key, value: Hashable) -> KeysView[Id]:
        """The ids of all records of which `key` makes that value, for rules about siblings."""
        if key not in self._groups:
            self._groups[key] = {}, {}
            for record in self._all():
                self._group(key, record["id"], record)
        return self._groups[key][0].get(value, {}).keys()

    def _all(self) -> Iterator[Record]:
        changed = {**self._changed, **self._tried}
        for record in self._store.scan():
            if record["id"] not in changed:
                yield record
        yield from (record for record in changed.values() if record is not None)

    def _group(self, key: Key, id: Id, record: Record | None) -> None:
        groups, values = self._groups[key]
        if id in values:
            del groups[values.pop(id)][id]
        if record is not None:
            values[id] = key(record)
            groups.setdefault(values[id], {})[id] = None

    def _show(self, id: Id, record: Record | None) -> None:
        for key in self._groups:
            self._group(key, id, record)

    def create(self, record: Record) -> Record:
        """As Transaction.create."""
        answer = self._transaction.create(record)
        self._change(answer["id"], record | answer)
        return answer

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """As Transaction.update."""
        answer = self._transaction.update(id, record, changed)
        self._change(id, record | (answer or {}))
        return answer

    def destroy(self, id: Id) -> None:
        """As Transaction.destroy."""
        self._transaction.destroy(id)
        self._change(id, None)

    def _change(self, id: Id, record: Record | None) -> None:
        self._changed[id] = record
        self._show(id, record)

    def suppose(self, records: Mapping[Id, Record]) -> None:
        """Shows these records as if they had been written; {} ends it."""
        for id in self._tried:
            self._show(id, self._transaction.get(id))
        self._tried = records
        for id, record in records.items():
            self._show(id, record)
