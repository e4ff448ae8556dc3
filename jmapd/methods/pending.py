"""A transaction as hooks see it: with all records as they will be, also while several updates are only tried."""

from collections.abc import Collection, Iterator, Mapping

from jmapd.stores.base import Store, Transaction
from jmapd.wire import Id, Record


class Pending:
    """A Transaction that knows every record of the type, as the changes so far have left it."""

    def __init__(self, transaction: Transaction, store: Store) -> None:
        self._transaction, self._store = transaction, store
        self._changed: dict[Id, Record | None] = {}
        self._tried: Mapping[Id, Record] = {}

    def get(self, id: Id) -> Record | None:
        """The record, or None when there is none (any more)."""
        return self._tried[id] if id in self._tried else self._transaction.get(id)

    def records(self) -> Iterator[Record]:
        """All records, for rules about siblings."""
        changed = {**self._changed, **self._tried}
        for record in self._store.scan():
            if record["id"] not in changed:
                yield record
        yield from (record for record in changed.values() if record is not None)

    def create(self, record: Record) -> Record:
        """As Transaction.create."""
        answer = self._transaction.create(record)
        self._changed[answer["id"]] = record | answer
        return answer

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """As Transaction.update."""
        answer = self._transaction.update(id, record, changed)
        self._changed[id] = record | (answer or {})
        return answer

    def destroy(self, id: Id) -> None:
        """As Transaction.destroy."""
        self._transaction.destroy(id)
        self._changed[id] = None

    def suppose(self, records: Mapping[Id, Record]) -> None:
        """Shows these records as if they had been written; {} ends it."""
        self._tried = records
