"""Collections of .vcf (or .ics) files as stores: AddressBooks and ContactCards (RFC 9610) over the user's folders."""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.account import Lock
from jmapd.stores.base import StoreUnavailable, Transaction
from jmapd.stores.large import LargeStore
from jmapd.stores.objects import ObjectStore
from jmapd.stores.vdir_book_transaction import BookTransaction, Whole
from jmapd.stores.vdir_books import COLLECTION
from jmapd.stores.vdir_follow import Progress, VdirFollower
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_groups import key_of
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_scan import read_data
from jmapd.stores.vdir_transaction import VdirTransaction
from jmapd.stores.vdir_verify import clear_leftovers, verify
from jmapd.stores.vdir_write import path_of
from jmapd.wire import Id, Record

BUDGET = 1.0  # seconds a request may spend on reading files before it answers with what is there
GUEST = "_book_guest"  # internal records: by a guest's account id, the books that he is subscribed to


class BookStore(ObjectStore):
    """The books of one account, as its owner sees them or a guest."""

    def __init__(
        self, index: AccountIndex, root: Path, format: Format, known: KnownFiles, guest: Id | None = None
    ) -> None:
        super().__init__(index)
        self.type = format.book_type
        self._root, self._format, self._known, self.guest = root, format, known, guest

    def of(self, guest: Id) -> "BookStore":
        """The same as that guest sees it."""
        return BookStore(self._index, self._root, self._format, self._known, guest)

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """Records with all properties of RFC 9610 2."""
        found = {}
        for id in ids:
            book, collection = self._index.objects.get(self.type, id), self._index.objects.get(COLLECTION, id)
            if book is not None and collection is not None:
                found[id] = self._whole(id, book, collection)
        return found

    def _whole(self, id: Id, book: Record, collection: Record) -> Record:
        whole: Record = {"id": id, **book, "shareWith": None}
        if self.guest is not None:
            whole["isSubscribed"] = id in subscribed(self._index, self.guest)
        whole["myRights"] = {
            "mayRead": True,
            "mayWrite": collection["writable"],
            "mayShare": False,
            "mayDelete": collection["movable"],
        }
        return whole

    def has_items(self, id: Id) -> bool:
        """Whether any item is in the book, also in a file that cannot be read."""
        return bool(self._index.objects.find(self._format.item_type, "book", id)) or bool(self._known.of(id))

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        parts = (self._index, self._root, self._format, self._known, self._whole)
        return BookTransaction(*parts) if self.guest is None else GuestBookTransaction(*parts, self.guest)


def subscribed(index: AccountIndex, guest: Id) -> Mapping[Id, bool]:
    """The books that he is subscribed to, or was while they were there."""
    found: Mapping[Id, bool] = (index.objects.get(GUEST, guest) or {"subscribed": {}})["subscribed"]
    return found


class GuestBookTransaction(BookTransaction):
    """As the owner's, but isSubscribed is the guest's (RFC 9610 2)."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        format: Format,
        known: KnownFiles,
        whole: Whole,
        guest: Id,
    ) -> None:
        super().__init__(index, root, format, known, whole)
        self._guest, self._subscribed = guest, set(subscribed(index, guest))

    def get(self, id: Id) -> Record | None:
        """The book as this transaction has left it."""
        record = super().get(id)
        return record and record | {"isSubscribed": id in self._subscribed}

    def create(self, record: Record) -> Record:
        """The owner is subscribed to it, as if another program had made it."""
        made = super().create(record | {"isSubscribed": True})
        self._wish(made["id"], record.get("isSubscribed", True))
        return {name: value for name, value in made.items() if name != "isSubscribed"}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers what is kept otherwise than it was given."""
        if "isSubscribed" in changed:
            self._wish(id, record["isSubscribed"])
        return super().update(id, record, set(changed) - {"isSubscribed"})

    def _wish(self, id: Id, is_wanted: bool) -> None:
        (self._subscribed.add if is_wanted else self._subscribed.discard)(id)

    def _more(self, found: Iterable[Change]) -> list[Change]:
        before = subscribed(self._index, self._guest)
        now = self._subscribed & self._collections.keys()
        if now == before.keys():
            return []
        operation = "c" if self._index.objects.get(GUEST, self._guest) is None else "u"
        told, books = {change[2] for change in found}, self._index.objects.all(self._format.book_type)
        others = [
            id for id in sorted(now ^ before.keys()) if id in books and id not in told and id in self._collections
        ]
        record = {"subscribed": dict.fromkeys(sorted(now), True)}
        touched = [[self._format.book_type, "u", id, books[id]] for id in others]
        return [[GUEST, operation, self._guest, record], *touched]


class ItemStore(LargeStore):
    """The items of one account."""

    def __init__(self, index: AccountIndex, root: Path, format: Format, known: KnownFiles) -> None:
        super().__init__(index)
        self.type = format.item_type
        self._root, self._format, self._known = root, format, known

    def shown(self, id: Id, record: Record) -> Record:
        """With the books it is in."""
        return {"id": id, self._format.books: dict(record["books"]), **self._format.shown(id, record)}

    def transaction(self) -> VdirTransaction:
        """The account's lock must be held."""
        return VdirTransaction(self._index, self._root, self._format, self._known)

    def whole(self, id: Id) -> Id | None:
        """The blobId of the item's own octets."""
        head = self._index.objects.head(self.type, id)
        return None if head is None else f"V{id[1:]}_{head['etag']}"

    def source(self, id: Id) -> bytes | None:
        """The item's own octets, as a file; None when it is not there."""
        found = self._file(id)
        return None if found is None else self._format.source(*found)

    def media(self, blob_id: Id) -> tuple[bytes, str] | None:
        """(octets, media type) of what is embedded in an item."""
        id, _, digest = blob_id.partition("_")
        found = self._file(self._format.prefix + id[1:])
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


class VdirPart:
    """The part of an account that lies in one tree of collections."""

    def __init__(self, root: Path, format: Format) -> None:
        self.root, self._format = root, format
        self.store_names = frozenset((format.book_type, format.item_type))
        self.item_type, self.things = format.item_type, format.things

    @property
    def is_read_only(self) -> bool:
        """Whether the file system lets us change nothing: neither make a book nor write in one."""
        if not os.path.isdir(self.root) or os.access(self.root, os.W_OK):  # noqa: PTH112
            return False
        with suppress(OSError), os.scandir(self.root) as entries:
            return not any(entry.is_dir() and os.access(entry.path, os.W_OK) for entry in entries)
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
        return {
            self._format.book_type: BookStore(index, self.root, self._format, self._known),
            self._format.item_type: ItemStore(index, self.root, self._format, self._known),
        }

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
