"""ContactCard/set (or CalendarEvent/set) on files and in the index: files first, then one line of the journal.

The account's lock is held by the caller.
"""

import logging
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import NotStorable, Overtaken, ReadOnly, RecordExists, RecordNotFound
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.maildir_write import store_error, undone_when_it_fails
from jmapd.stores.vdir_books import COLLECTION
from jmapd.stores.vdir_format import Format, Item, NotHeld, item_id, made_uid
from jmapd.stores.vdir_groups import is_same, key_of, placed
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import is_item, radicale_lock
from jmapd.stores.vdir_made import made_collection, told_of_folder
from jmapd.stores.vdir_scan import UNSURE, Edits, Read, may_be
from jmapd.stores.vdir_write import VdirFiles, path_of
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

_SAFE = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_.@+-]{0,190}")
_URN = "urn:uuid:"
_OURS = ("id",)  # not of the item itself

Found = tuple[Id, str, int]  # collection id, file name, number in it


class VdirTransaction:
    """Changes of items that become visible together; a context manager."""

    def __init__(self, index: AccountIndex, root: Path, format: Format, known: KnownFiles) -> None:
        self._index, self._root, self._format, self._known = index, root, format, known
        self._files = VdirFiles(root, radicale_lock(root))
        self._edits = Edits(index, format)
        self._pending: dict[tuple[Id, str], list[Item]] = {}  # what the changed files hold; nothing: they go
        self._uids: dict[Id, str] = {}
        self._made: dict[Id, Record] = {}  # collections that have a folder now

    def __enter__(self) -> "VdirTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None or not self._pending:
            self._files.undo()
            return
        with undone_when_it_fails(self._files.undo):
            self._known.doubt()  # unless all files are as they were known
            stats = self._files.apply()
            self._known.taken_doubt()
            edits = Edits(self._index, self._format)
            for (collection, name), items in self._pending.items():
                stat = stats.get(self._path(collection, name))
                if stat is None:
                    edits.drop(collection, name)
                else:
                    edits.put(collection, name, Read(stat, items))
            edits.expect_as(self._edits)
            self._index.commit([*self._collection_changes(), *edits.changes()])
        self._files.finish(f"{self._format.item_type}/set by jmapd")
        self._tell_stamps()

    def _tell_stamps(self) -> None:
        """So that the next request need not list the folders for what we did ourselves."""
        changes: list[Change] = []
        for id in dict.fromkeys(collection for collection, _ in self._pending):
            folder = self._folder(id)
            before = self._files.stamps.get(folder)
            changes += told_of_folder(self._index, self._format, self._known, id, folder, before)
        self._index.commit(changes)

    def _folder(self, collection: Id) -> str:
        return path_of(self._root, self._collection(collection)["path"], "").rstrip("/")

    def _collection_changes(self) -> Iterable[Change]:
        for id, record in self._made.items():
            yield [COLLECTION, "u", id, record]

    # --- reading ---

    def get(self, id: Id) -> Record | None:
        """The record as this transaction has left it."""
        record = self._record(id)
        return None if record is None else self.shown(id, record)

    def shown(self, id: Id, record: Record) -> Record:
        """As clients see it."""
        return {"id": id, self._format.books: dict(record["books"]), **self._format.shown(id, record)}

    def _record(self, id: Id) -> Record | None:
        uid = self._uids.get(id)
        if uid is None:
            head = self._index.objects.head(self._format.item_type, id)
            if head is None:
                return None
            uid = head["uid"]
        return self._edits.records(uid)[1].get(id)

    def _collection(self, id: Id) -> Record:
        record = self._made.get(id) or self._index.objects.get(COLLECTION, id)
        if record is None or record["of"] != self._format.book_type:
            raise NotStorable([self._format.books], f"{self._format.books}: there is no {id[:80]!r}")
        return record

    def _path(self, collection: Id, name: str) -> str:
        return path_of(self._root, self._collection(collection)["path"], name)

    # --- writing ---

    def create(self, record: Record) -> Record:
        """A new item, a file in each of its books. Raises RecordExists, NotStorable, OverQuota, ReadOnly."""
        uid, content = record["uid"], self._content(record)
        taken = self._edits.records(uid)[1]
        if taken:
            raise RecordExists(min(taken))
        id = item_id(self._format, uid)
        with self._step():
            data = self._format.made(content)
            for book in record[self._format.books]:
                self._add(book, uid, data, id)
            return self._answer(id, record) | {"id": id}

    def take_in(self, book: Id, data: bytes) -> bool:
        """A file with one item, as it is; False when it is there already. Raises RecordExists, OverQuota, ReadOnly."""
        item = self._format.read(data, made_uid)[0]
        taken = self._edits.records(item.uid)[1]
        id = next((id for id, each in taken.items() if is_same(next(placed(self._format, each)).item, item)), None)
        if id is None and taken:
            raise RecordExists(min(taken))
        if id is not None and book in taken[id]["books"]:
            return False
        with self._step():
            self._add(book, item.uid, data, id or item_id(self._format, item.uid))
        return True

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers what is kept otherwise than it was given. Raises RecordNotFound, NotStorable, OverQuota, ReadOnly."""
        before = self._record(id)
        if before is None:
            raise RecordNotFound(id)
        wanted, is_new = record[self._format.books], bool(set(changed) - {self._format.books})
        with self._step():
            if is_new:
                content = self._content(record)
                for place in before["files"]:
                    if place[0] in wanted:
                        self._replace(place, before, content, id)
            self._place(id, before, record, wanted, is_new)
            return self._answer(id, record) or None

    def _place(self, id: Id, before: Record, record: Record, wanted: Collection[Id], is_new: bool) -> None:
        """Into the books where it is not yet, out of those where it is to be no more."""
        added = [book for book in wanted if book not in before["books"]]
        gone = [place for place in before["files"] if place[0] not in wanted]
        if added:
            first = next((place for place in before["files"] if place[0] in wanted), before["files"][0])
            data = self._data(first)[0]
            source = self._format.with_uid(self._format.source(data, first[2]), 0, before["uid"])
            if is_new and first in gone:
                source = self._format.replaced(source, 0, self._content(record), self._format.shown(id, before))
            for book in added:
                self._add(book, before["uid"], source, id, first[1])
        self._take_out(gone)

    def destroy(self, id: Id) -> None:
        """Its files, or its part of files that hold more. Raises RecordNotFound, ReadOnly."""
        before = self._record(id)
        if before is None:
            raise RecordNotFound(id)
        with self._step():
            self._take_out(before["files"])

    def _take_out(self, places: Iterable[Found]) -> None:
        """The last of a file first, so that numbers stay right."""
        for collection, name, number in sorted(places, key=lambda place: -place[2]):
            self._check_writable(collection)
            data, stat = self._data((collection, name, number))
            left = [uid for place, uid in enumerate(self._uids_of(collection, name)) if place != number]
            rest = self._format.removed(data, number)
            for place, item in enumerate(self._read(collection, name, rest)):
                if item.uid != left[place]:  # one that was made for an item among others
                    rest = self._format.with_uid(rest, place, left[place])
            self._put(collection, name, stat, rest)

    def _uids_of(self, collection: Id, name: str) -> list[str]:
        if (collection, name) in self._pending:
            return [item.uid for item in self._pending[collection, name]]
        known: Record = self._index.objects.get(self._format.file_type, key_of(collection, name)) or {"uids": []}
        uids: list[str] = known["uids"]
        return uids

    def _content(self, record: Record) -> Record:
        return {name: value for name, value in record.items() if name not in (*_OURS, self._format.books)}

    def _replace(self, place: Found, before: Record, content: Record, id: Id) -> None:
        collection, name, number = place
        self._check_writable(collection)
        data, stat = self._data(place)
        self._edits.expect(before["uid"], (collection, name, number), id)
        shown = self._format.shown(id, before)
        self._put(collection, name, stat, self._format.replaced(data, number, content, shown))

    def _add(self, collection: Id, uid: str, data: bytes, id: Id, like: str = "") -> None:
        record = self._collection(collection)
        if not record["exists"]:
            self._made[collection] = record = made_collection(self._files, self._root, self._format, record)
        self._check_writable(collection)
        name = self._name(collection, record, uid, like)
        self._edits.expect(uid, (collection, name, 0), id)
        self._put(collection, name, None, data)

    def _name(self, collection: Id, record: Record, uid: str, like: str) -> str:
        """The UID where it is a safe file name (vdir), else a hash of it; never one that is there."""
        bare = uid.removeprefix(_URN)
        names = [from_text(like)] if is_item(from_text(like), record["kind"], self._format.suffix) else []
        names += [bare + self._format.suffix] if _SAFE.fullmatch(bare) and not bare.endswith(("~", ".tmp")) else []
        hashed = (made_uid(uid, count).removeprefix(_URN) + self._format.suffix for count in range(100))
        folder = self._folder(collection)
        return next(to_text(name) for name in chain(names, hashed) if not self._files.is_taken(f"{folder}/{name}"))

    def _check_writable(self, collection: Id) -> None:
        if not self._collection(collection)["writable"]:
            raise ReadOnly("the address book's folder cannot be written")

    def _data(self, place: Found) -> tuple[bytes, list[int] | None]:
        """The file of an item, as it is now. Raises Overtaken when another program has changed it."""
        collection, name, _ = place
        data, stat = self._files.read(self._path(collection, name))
        if (collection, name) not in self._pending:
            known = self._index.objects.get(self._format.file_type, key_of(collection, name))
            if known is None or stat is None or not may_be(known, stat) or not self._has_uids(place, data, known):
                self._known.doubt()
                raise Overtaken("another program changed the same card")
        return data, stat

    def _has_uids(self, place: Found, data: bytes, known: Record) -> bool:
        """Whether the items of a file still have their numbers, where its times need not tell that it changed."""
        if known["stat"][0] != UNSURE:
            return True
        return bool([item.uid for item in self._read(place[0], place[1], data)] == known["uids"])

    def _put(self, collection: Id, name: str, before: list[int] | None, data: bytes) -> None:
        path, key = self._path(collection, name), (collection, name)
        if data:
            self._files.put(path, before, data)
            items = self._read(collection, name, data)
            self._edits.put(collection, name, Read([0, 0, 0], items))
            self._uids |= {item_id(self._format, item.uid): item.uid for item in items}
        else:
            self._files.remove(path, before)
            items = []
            self._edits.drop(collection, name)
        self._pending[key] = items

    def _read(self, collection: Id, name: str, data: bytes) -> list[Item]:
        return self._format.read(data, lambda mark: made_uid(collection, name, mark)) if data else []

    def _answer(self, id: Id, given: Record) -> Record:
        """RFC 8620 5.3: what is kept otherwise than it was given."""
        record = self._record(id)
        if record is None:
            raise NotStorable(["uid"], "the item cannot be read again as it would be written")
        kept = self.shown(id, record)
        names = kept.keys() | given.keys()
        return {name: kept.get(name) for name in sorted(names) if name != "id" and kept.get(name) != given.get(name)}

    @contextmanager
    def _step(self) -> Iterator[None]:
        """One record: all of it or nothing."""
        edits, pending = self._edits.copied(), dict(self._pending)
        made, uids = dict(self._made), dict(self._uids)
        try:
            with self._files.record():
                yield
        except BaseException as error:
            self._edits, self._pending, self._made, self._uids = edits, pending, made, uids
            if isinstance(error, NotHeld):
                raise NotStorable([error.pointer], str(error)) from error
            if isinstance(error, FileNotFoundError):
                raise Overtaken("another program is changing the same cards") from error
            if isinstance(error, OSError):
                raise store_error(error) from error
            raise
