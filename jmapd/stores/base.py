"""What every store of records offers, and the errors it raises: the contract the six standard methods stand on."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import numpy as np
from pyroaring import BitMap

from jmapd.index import IndexDamaged
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

# row numbers in an order: a list, an array, or a lazy view with len() and slices
Rows = Sequence[int] | np.ndarray[Any, Any]


class StoreError(Exception):
    """Something about one record or the whole store; methods/records.py translates it, nobody else."""


class RecordNotFound(StoreError):
    """There is no such record."""


class RecordExists(StoreError):
    """A record that must be unique is there already."""

    def __init__(self, existing_id: Id) -> None:
        super().__init__(existing_id)
        self.existing_id = existing_id


class OverQuota(StoreError):
    """No room: the disk is full or a quota is reached."""


class TooFrequent(StoreError):
    """So many were made recently that another must wait."""


class DiskFull(OverQuota):
    """No room for anybody, whatever the account's limits are."""


class ReadOnly(StoreError):
    """The files may not be written by us."""


class NotStorable(StoreError):
    """The files cannot hold such a value."""

    def __init__(self, properties: list[str], description: str) -> None:
        super().__init__(description)
        self.properties = properties


class AlreadySent(StoreError):
    """A message has left, or is leaving, and cannot be held back."""


class StoreUnavailable(StoreError):
    """The files cannot be reached now; trying again later may help."""


class Overtaken(StoreUnavailable):
    """Another program changed the same files in the same moment. Nothing was done; a new look at them helps at once."""


# with which an account cannot be worked on now
UNREACHABLE = (StoreError, OSError, IndexDamaged)


class Transaction(Protocol):
    """Changes that become visible together. One record's failure raises before anything of that record is done."""

    def get(self, id: Id) -> Record | None:
        """The record as this transaction has left it, or None."""

    def create(self, record: Record) -> Record:
        """Stores it; answers what the server set, "id" at least. Raises RecordExists, OverQuota, ReadOnly."""

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Replaces it by `record`, in which the properties `changed` differ; answers what else the server changed."""

    def destroy(self, id: Id) -> None:
        """Raises RecordNotFound, ReadOnly."""


class Table(Protocol):
    """A store seen as numbered rows, for /query: sets of rows are BitMaps, so AND, OR and NOT are &, | and -.

    Row numbers hold only until the next change of the store.
    """

    natural_sort: str | None  # a property that never changes, whose order `natural` gives at a page's cost

    def live(self) -> BitMap: ...
    def row(self, id: Id) -> int | None: ...
    def ids(self, rows: Iterable[int]) -> list[Id]: ...
    def record(self, row: int) -> Record: ...
    def natural(self, rows: BitMap, is_ascending: bool) -> Rows:
        """The rows in the natural order. Only where natural_sort is not None."""

    def groups(self, rows: Rows, collapse: str) -> np.ndarray[Any, Any]:
        """A number per row, in all calls the same for rows with the same value of the property `collapse`."""


class Store(Protocol):
    """Records of one type in one account. A state is `epoch.modseq`; every changed record takes a modseq."""

    def state(self) -> State: ...
    def ids(self) -> Iterable[Id]: ...
    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """Records by id, those that exist; with at least the stored properties named, all for None."""

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]: ...
    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        """None: cannot be calculated from that state. A page that is cut has has_more and a state to go on from."""

    def table(self) -> Table: ...
    def transaction(self) -> AbstractContextManager[Transaction]:
        """Commits on leaving, in one journal append; an exception leaves nothing."""


class StoredBlob(Protocol):
    """One blob, as long as what it is in stays where it is."""

    weight: int  # octets that are read, once, before even its size is known
    is_sequential: bool  # whether reading begins at the start, whatever is wanted

    @property
    def size(self) -> int:
        """Raises RecordNotFound."""

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The octets of that range in pieces. Raises RecordNotFound, also in the middle."""


class BlobStore(Protocol):
    """Bytes by blobId: uploads, whole messages, and parts of messages."""

    def put(self, chunks: Iterable[bytes], limit: int) -> tuple[Id, int]:
        """Keeps an upload; (blobId, size). Raises OverQuota; ValueError when longer than `limit`."""

    def find(self, blob_id: Id) -> StoredBlob | None:
        """What can be told without reading it, or None when there is no such blob in this account."""

    def email(self, blob_id: Id) -> Id | None:
        """The Email that the blob is of, or is a part of."""

    def item(self, blob_id: Id) -> tuple[str, Id] | None:
        """(type, id) of the card, event or task that the blob is, or is in."""

    def open(self, blob_id: Id) -> bytes | None:
        """The content, or None when there is no such blob in this account."""

    def contents(self, blob_ids: Iterable[Id]) -> Iterator[tuple[Id, bytes | None]]:
        """As open(), for each, in any order; a message is read once for all its parts."""


class Guest(NamedTuple):
    """One who sees an account that is not his own."""

    id: Id  # of his own account
    is_read_only: bool


class Account(Protocol):
    """What one user owns: stores by name, and blobs. An account is not a user; several may see it."""

    id: Id
    name: str
    owner: str
    store_names: frozenset[str]  # what store() takes; known outside session(), too
    guests: Mapping[str, Guest]  # by user name: who sees it besides its owner

    @property
    def blobs(self) -> BlobStore: ...
    @property
    def is_read_only(self) -> bool:
        """Whether nothing in it may be changed by us."""

    def store(self, name: str) -> Store:
        """By DataType.store, as "Email". Raises KeyError when this account has no such store."""

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        """Leaves ShareNotifications (RFC 9670 3), but id and created, for users."""

    def as_owner(self, name: str) -> Store:
        """The store as the owner has it, whoever asks; for reading. Raises as store()."""

    def session(self) -> AbstractContextManager[None]:
        """One request's view: held by one thread at a time, follows the file system and the journal on entering."""

    def opened(self) -> AbstractContextManager[None]:
        """As session(), with what the journal has and without a look at the files."""

    def lock(self) -> AbstractContextManager[None]:
        """The account's write lock among all processes, inside session(); reads the newest state."""
