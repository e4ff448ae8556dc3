"""A user's own account, with the Principals that he knows and his ShareNotifications (RFC 9670 1.5.1)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from jmapd.stores.base import Account, BlobStore, RecordNotFound, Store, Table, Transaction
from jmapd.stores.objects import ObjectTable
from jmapd.stores.principals import NOTIFICATION, PRINCIPAL, Directory, notification_prefix, principal_id
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

Sees = Callable[[Id], bool]


class PersonalAccount:
    """Made for each request: what it has seen of the Principals stays the same until its end."""

    def __init__(self, account: Account, directory: Directory, known: Collection[str] | None, mark: str) -> None:
        """`known`: the users of whom this one may know, None for all; states begin with `mark`, which stands for it."""
        self.id, self.name, self.owner = account.id, account.name, account.owner
        self.store_names = account.store_names | {PRINCIPAL, NOTIFICATION}
        self.guests = account.guests
        self._account = account
        ids = None if known is None else frozenset(map(principal_id, known))
        prefix = notification_prefix(self.owner)
        self._stores = {
            PRINCIPAL: View(directory, PRINCIPAL, lambda id: ids is None or id in ids, mark),
            NOTIFICATION: View(directory, NOTIFICATION, lambda id: id.startswith(prefix), ""),
        }

    @property
    def is_read_only(self) -> bool:
        return self._account.is_read_only

    @property
    def blobs(self) -> BlobStore:
        return self._account.blobs

    def store(self, name: str) -> Store:
        """Raises KeyError; StoreUnavailable while its files are away."""
        return self._stores[name] if name in self._stores else self._account.store(name)

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        self._account.tell(notes)

    def as_owner(self, name: str) -> Store:
        return self.store(name)

    def session(self) -> AbstractContextManager[None]:
        return self._account.session()

    def opened(self) -> AbstractContextManager[None]:
        return self._account.opened()

    def lock(self) -> AbstractContextManager[None]:
        return self._account.lock()


class View:
    """What one user sees of a type of the directory."""

    def __init__(self, directory: Directory, type: str, sees: Sees, mark: str) -> None:
        self.type = type
        self._directory, self._sees, self._mark = directory, sees, mark
        self._read: tuple[State, Mapping[Id, Record]] | None = None

    def _seen(self) -> tuple[State, Mapping[Id, Record]]:
        if self._read is None:
            with self._directory.session():
                self._read = self._look()
        return self._read

    def _look(self) -> tuple[State, Mapping[Id, Record]]:
        store = self._directory.store(self.type)
        records = store.get([id for id in store.ids() if self._sees(id)])
        return self._mark + store.state(), dict(sorted(records.items()))

    def state(self) -> State:
        return self._seen()[0]

    def ids(self) -> Iterable[Id]:
        return list(self._seen()[1])

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        records = self._seen()[1]
        return {id: records[id] for id in ids if id in records}

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        yield from self._seen()[1].values()

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        """None for a state of one who knew other users."""
        if not since.startswith(self._mark):
            return None
        with self._directory.session():
            self._read = self._look()
            delta = self._directory.store(self.type).changes(since.removeprefix(self._mark), limit)
        if delta is None:
            return None
        return replace(
            delta,
            new_state=self._mark + delta.new_state,
            created=[id for id in delta.created if self._sees(id)],
            updated=[id for id in delta.updated if self._sees(id)],
            destroyed=[id for id in delta.destroyed if self._sees(id)],
        )

    def table(self) -> Table:
        return ObjectTable(self)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Under the account's lock; takes that of the directory besides."""
        with self._directory.session(), self._directory.lock():
            with self._directory.store(self.type).transaction() as transaction:
                yield SeenTransaction(transaction, self._sees)
            self._read = self._look()


class SeenTransaction:
    """What a user does not see is not there."""

    def __init__(self, transaction: Transaction, sees: Sees) -> None:
        self._transaction, self._sees = transaction, sees
        self.create = transaction.create

    def get(self, id: Id) -> Record | None:
        return self._transaction.get(id) if self._sees(id) else None

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        self._check(id)
        return self._transaction.update(id, record, changed)

    def destroy(self, id: Id) -> None:
        self._check(id)
        self._transaction.destroy(id)

    def _check(self, id: Id) -> None:
        if not self._sees(id):
            raise RecordNotFound(id)
