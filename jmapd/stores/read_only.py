"""An account as those see it with whom it is shared for reading only (RFC 8620 1.6.2, RFC 8621 2 myRights)."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from jmapd.stores.base import Account, BlobStore, ReadOnly, Store
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

WITH_RIGHTS = ("Mailbox", "AddressBook", "Calendar", "TaskList")  # stores whose records tell what the user may do
_MARK = "r"  # begins states that the owner does not know: his records have other rights


class ReadOnlyAccount:
    """The dispatcher refuses methods that write; what is written otherwise is refused here."""

    is_read_only = True

    def __init__(self, account: Account) -> None:
        self.id, self.name, self.owner = account.id, account.name, account.owner
        self.store_names, self.guests = account.store_names, account.guests
        self._account = account

    @property
    def blobs(self) -> BlobStore:
        return ReadOnlyBlobs(self._account.blobs)

    def store(self, name: str) -> Store:
        store = self._account.store(name)
        return ReadOnlyRights(store) if name in WITH_RIGHTS else store

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        self._account.tell(notes)

    def as_owner(self, name: str) -> Store:
        return self._account.as_owner(name)

    def session(self) -> AbstractContextManager[None]:
        return self._account.session()

    def opened(self) -> AbstractContextManager[None]:
        return self._account.opened()

    def lock(self) -> AbstractContextManager[None]:
        raise ReadOnly(f"{self.id} is shared for reading only")


class ReadOnlyBlobs:
    """Blobs that can be fetched."""

    def __init__(self, blobs: BlobStore) -> None:
        self.find, self.open, self.contents = blobs.find, blobs.open, blobs.contents
        self.email, self.item = blobs.email, blobs.item

    def put(self, chunks: Iterable[bytes], limit: int) -> tuple[Id, int]:
        raise ReadOnly("the account is shared for reading only")


class ReadOnlyRights:
    """A store whose records say that nothing may be done but reading."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.ids, self.table, self.transaction = store.ids, store.table, store.transaction

    def state(self) -> State:
        return _MARK + self._store.state()

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        return {id: reading(record) for id, record in self._store.get(ids, properties).items()}

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        return map(reading, self._store.scan(properties))

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        """None for a state of one who could write: all myRights are others since."""
        if not since.startswith(_MARK):
            return None
        delta = self._store.changes(since.removeprefix(_MARK), limit)
        return delta and replace(delta, new_state=_MARK + delta.new_state)


def reading(record: Record) -> Record:
    """As one has it who may only read."""
    rights: dict[str, Any] = record.get("myRights", {})
    return record | {"myRights": {name: may and name.startswith("mayRead") for name, may in rights.items()}}
