"""Collections of .vcf or .ics files as stores: AddressBooks and ContactCards (RFC 9610), Calendars, events and tasks
(jmap-calendars, jmap-tasks) over the user's folders.
"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.stores import item_blobs, vdir_private
from jmapd.stores.account import Lock
from jmapd.stores.base import StoreUnavailable, Transaction
from jmapd.stores.large import LargeStore
from jmapd.stores.maildir_layout import is_directory
from jmapd.stores.objects import ObjectStore
from jmapd.stores.vdir_book_transaction import BookTransaction
from jmapd.stores.vdir_books import COLLECTION
from jmapd.stores.vdir_follow import Progress, VdirFollower
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_groups import key_of
from jmapd.stores.vdir_guests import GuestBookTransaction, own_of, seen_by
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_scan import read_data
from jmapd.stores.vdir_transaction import VdirTransaction, shown_books
from jmapd.stores.vdir_verify import clear_leftovers, verify
from jmapd.stores.vdir_write import path_of
from jmapd.wire import Id, Record

BUDGET = 1.0  # seconds a request may spend on reading files before it answers with what is there


class BookStore(ObjectStore):
    """The books of one kind in one account, as its owner sees them or a guest."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        format: Format,
        known: KnownFiles,
        number: int = 0,
        guest: Id | None = None,
    ) -> None:
        super().__init__(index)
        self._number, self._kind = number, format.kinds[number]
        self.type = self._kind.book_type
        self._root, self._format, self._known, self.guest = root, format, known, guest

    def of(self, guest: Id) -> "BookStore":
        """The same as that guest sees it."""
        return BookStore(self._index, self._root, self._format, self._known, self._number, guest)

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """Records with all properties."""
        found = {}
        own = {} if self.guest is None else own_of(self._index, self._kind, self.guest)
        for id in ids:
            book, collection = self._index.objects.get(self.type, id), self._index.objects.get(COLLECTION, id)
            if book is not None and collection is not None:
                found[id] = self._whole(id, book, collection)
                if self.guest is not None:
                    found[id] = seen_by(self._kind, found[id], own.get(id, {}))
        return found

    def _whole(self, id: Id, book: Record, collection: Record) -> Record:
        rights = self._kind.rights(collection["writable"], collection["movable"])
        return {"id": id, **book, "shareWith": None, "myRights": rights}

    def has_items(self, id: Id) -> bool:
        """Whether any item of this kind is in the book, also in a file that cannot be read."""
        if self._index.objects.find(self._kind.item_type, "book", id):
            return True
        return any(not known["uids"] for known in self._known.of(id).values())

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        parts = (self._index, self._root, self._format, self._known, self._number, self._whole)
        return BookTransaction(*parts) if self.guest is None else GuestBookTransaction(*parts, self.guest)


class ItemStore(LargeStore):
    """The items of one kind in one account."""

    def __init__(self, index: AccountIndex, root: Path, format: Format, known: KnownFiles, number: int = 0) -> None:
        super().__init__(index)
        self._number, self._kind = number, format.kinds[number]
        self.type = self._kind.item_type
        self._root, self._format, self._known = root, format, known

    def shown(self, id: Id, record: Record) -> Record:
        """With the books it is in."""
        return {"id": id, self._kind.books: shown_books(self._kind, record), **self._format.shown(id, record)}

    def of(self, guest: Id) -> "ItemStore":
        """The same as that guest sees it."""
        return GuestItemStore(self, guest) if self._kind.private else self

    def transaction(self) -> VdirTransaction:
        """The account's lock must be held."""
        return VdirTransaction(self._index, self._root, self._format, self._known, self._number)

    def whole(self, id: Id) -> Id | None:
        """The blobId of the item's own octets."""
        head = self._index.objects.head(self.type, id)
        return None if head is None else item_blobs.whole(id, head["etag"])

    def source(self, id: Id) -> bytes | None:
        """The item's own octets, as a file; None when it is not there."""
        found = self._file(id)
        return None if found is None else self._format.source(*found)

    def media(self, id: Id, digest: str) -> tuple[bytes, str] | None:
        """(octets, media type) of what is embedded in an item and has this SHA-256."""
        found = self._file(id)
        return None if found is None else self._format.media(*found, digest)

    def _file(self, id: Id) -> tuple[bytes, int] | None:
        """(a file's content, the number of the item in it)."""
        head = self._index.objects.head(self.type, id)
        for collection, name, number in head["files"] if head else ():
            record = self._index.objects.get(COLLECTION, collection)
            known = self._index.objects.get(self._format.file_type, key_of(collection, name))
            if record is not None and known is not None:
                data = read_data(path_of(self._root, record["path"], name))
                if data is not None and len(data) == known["stat"][2]:
                    return data, number
        return None


class GuestItemStore(ItemStore):
    """As the owner's, but for what of an item is each guest's own (jmap-calendars 5.4)."""

    def __init__(self, store: ItemStore, guest: Id) -> None:
        super().__init__(store._index, store._root, store._format, store._known, store._number)
        self._guest = guest

    def shown(self, id: Id, record: Record) -> Record:
        """As the guest sees it."""
        private = vdir_private.private_of(self._index, self._kind, id, self._guest)
        return vdir_private.seen_by(self._kind, super().shown(id, record), private)

    def transaction(self) -> VdirTransaction:
        """The account's lock must be held."""
        parts = (self._index, self._root, self._format, self._known, self._number)
        return vdir_private.PrivateTransaction(*parts, self._guest)

    def whole(self, id: Id) -> Id | None:
        """None: in its octets is also what is the owner's own, or private."""
        return None

    def source(self, id: Id) -> bytes | None:
        """None."""
        return None

    def media(self, id: Id, digest: str) -> tuple[bytes, str] | None:
        """Of what is not private (jmap-calendars 5.7)."""
        record = self._index.objects.get(self.type, id)
        is_public = record is not None and record[self._kind.content].get("privacy", "public") == "public"
        return super().media(id, digest) if is_public else None


class VdirPart:
    """The part of an account that lies in one tree of collections."""

    def __init__(self, root: Path, format: Format) -> None:
        self.root, self._format, self.kinds = root, format, format.kinds
        self.store_names = frozenset(name for kind in format.kinds for name in (kind.book_type, kind.item_type))

    @property
    def is_read_only(self) -> bool:
        """Whether the file system lets us change nothing: neither make a book nor write in one."""
        if not os.path.isdir(self.root) or os.access(self.root, os.W_OK):  # noqa: PTH112
            return False
        with suppress(OSError), os.scandir(self.root) as entries:
            return not any(is_directory(entry) and os.access(entry.path, os.W_OK) for entry in entries)
        return True

    def check(self) -> None:
        """A folder that is not there may be made yet; the follower knows if it was there."""

    def begin(self) -> None:
        """A request begins."""

    def watched(self) -> list[str]:
        """The directories whose changes matter."""
        return self.follower.paths()

    def close(self) -> None:
        """Nothing is held."""

    def open(self, index: AccountIndex, lock: Lock, follow: Callable[[], None]) -> Mapping[str, Any]:
        """The stores over an index."""
        self._index, self._known = index, KnownFiles(index, self._format)
        self.follower = VdirFollower(index, self.root, self._format, self._known, lock)
        stores: dict[str, Any] = {}
        for number, kind in enumerate(self.kinds):
            parts = (index, self.root, self._format, self._known, number)
            stores |= {kind.book_type: BookStore(*parts), kind.item_type: ItemStore(*parts)}
        return stores

    def follow(self) -> bool:
        """Brings the index up to date within the budget of a request; whether books changed."""
        try:
            self.follower.run(BUDGET)
        except OSError as error:
            raise StoreUnavailable(str(error)) from error
        return self.follower.has_new_folders()

    def bring_up(self, want_all: bool, progress: Progress | None) -> None:
        """All of it, for the sidecar; and what a kill left behind. Raises StoreUnavailable."""
        self.follower.run(None, want_all, progress)
        if want_all:
            clear_leftovers(self.follower.paths())

    def verify(self, is_thorough: bool) -> list[str]:
        """What differs between files and index; under the lock."""
        return verify(self._index, self.root, self._format, self._known, is_thorough)
