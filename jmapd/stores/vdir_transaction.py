"""ContactCard/set (or CalendarEvent/set) on files and in the index: files first, then one line of the journal.

The account's lock is held by the caller.
"""

import logging
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import NotStorable, Overtaken, ReadOnly, RecordExists, RecordNotFound
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.maildir_write import store_error, undone_when_it_fails
from jmapd.stores.vdir_books import COLLECTION
from jmapd.stores.vdir_format import Format, Item, Key, Kind, NotHeld, item_id, keys_of, made_uid
from jmapd.stores.vdir_groups import is_same, key_of, placed
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import is_item, radicale_lock
from jmapd.stores.vdir_made import made_collection, told_of_folder
from jmapd.stores.vdir_scan import UNSURE, Edits, Read, Stat, may_be
from jmapd.stores.vdir_write import VdirFiles, path_of
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

_SAFE = re.compile(r"[A-Za-z0-9_@+][A-Za-z0-9_.@+-]{0,190}")
_URN = "urn:uuid:"
_OURS = ("id",)  # not of the item itself

Found = tuple[Id, str, int]  # collection id, file name, number in it


def shown_books(kind: Kind, record: Record) -> Any:
    """What an index record has in the property that says in which collections an item is."""
    return next(iter(record["books"])) if kind.is_single else dict(record["books"])


class VdirTransaction:
    """Changes of items of one kind that become visible together; a context manager."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        format: Format,
        known: KnownFiles,
        number: int,
        files: VdirFiles | None = None,
    ) -> None:
        self._index, self._root, self._format, self._known = index, root, format, known
        self._number, self._kind = number, format.kinds[number]
        self._files = files or VdirFiles(root, radicale_lock(root))
        self._edits = Edits(index, format)
        self._pending: dict[tuple[Id, str], list[Item]] = {}  # what the changed files hold; nothing: they go
        self._keys: dict[Id, Key] = {}
        self._gone: list[Id] = []
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
            self._index.commit([*self._collection_changes(), *self.edits(stats).changes(), *self._more()])
        self._files.finish(f"{self._kind.item_type}/set by jmapd")
        self._tell_stamps()

    def edits(self, stats: Mapping[str, Stat]) -> Edits:
        """What has become of the files."""
        edits = Edits(self._index, self._format)
        for (collection, name), items in self._pending.items():
            stat = stats.get(self._path(collection, name))
            if stat is None:
                edits.drop(collection, name)
            else:
                edits.put(collection, name, Read(stat, items))
        edits.expect_as(self._edits)
        return edits

    def _more(self) -> list[Change]:
        """What else the index is told: what guests had of items that are gone."""
        type = self._kind.private_type
        ids = [id for id in self._gone if type and self._index.objects.has(type, id) and self._record(id) is None]
        return [[type, "d", id] for id in ids]

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
        return {"id": id, self._kind.books: shown_books(self._kind, record), **self._format.shown(id, record)}

    def _record(self, id: Id) -> Record | None:
        key = self._keys.get(id)
        if key is None:
            head = self._index.objects.head(self._kind.item_type, id)
            if head is None:
                return None
            key = self._number, head["uid"]
        return self._edits.records(key)[1].get(id)

    def _collection(self, id: Id) -> Record:
        record = self._made.get(id) or self._index.objects.get(COLLECTION, id)
        if record is None or not self._index.objects.has(self._kind.book_type, id):
            raise NotStorable([self._kind.books], f"{self._kind.books}: there is no {id[:80]!r}")
        return record

    def _books(self, record: Record) -> Collection[Id]:
        books: Any = record[self._kind.books]
        return [books] if self._kind.is_single else [book for book, is_in in books.items() if is_in]

    def _path(self, collection: Id, name: str) -> str:
        return path_of(self._root, self._collection(collection)["path"], name)

    # --- writing ---

    def create(self, record: Record) -> Record:
        """A new item, a file in each of its books. Raises RecordExists, NotStorable, OverQuota, ReadOnly."""
        content = self._content(record)
        key = self._number, self._format.uid(content)
        taken = self._edits.records(key)[1]
        if taken:
            raise RecordExists(min(taken))
        id = item_id(self._kind, key[1])
        with self.step():
            data = self._format.made(content)
            for book in self._books(record):
                self._add(book, key, data, id)
            return self._answer(id, record) | {"id": id}

    def take_in(self, book: Id, data: bytes) -> bool:
        """A file with one item, as it is; False when it is there already. Raises RecordExists, OverQuota, ReadOnly."""
        item = self._format.read(data, made_uid)[0]
        taken = self._edits.records(item.key)[1]
        same = (id for id, each in taken.items() if is_same(next(placed(self._format, item.kind, each)).item, item))
        id = next(same, None)
        if id is None and taken:
            raise RecordExists(min(taken))
        if id is not None and book in taken[id]["books"]:
            return False
        with self.step():
            self._add(book, item.key, data, id or item_id(self._format.kinds[item.kind], item.uid))
        return True

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers what is kept otherwise than it was given. Raises RecordNotFound, NotStorable, OverQuota, ReadOnly."""
        before = self._record(id)
        if before is None:
            raise RecordNotFound(id)
        wanted, is_new = self._books(record), bool(set(changed) - {self._kind.books})
        with self.step():
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
                self._add(book, (self._number, before["uid"]), source, id, first[1])
        self._take_out(gone)

    def destroy(self, id: Id) -> None:
        """Its files, or its part of files that hold more. Raises RecordNotFound, ReadOnly."""
        before = self._record(id)
        if before is None:
            raise RecordNotFound(id)
        with self.step():
            self._take_out(before["files"])
        self._gone.append(id)

    def empty(self, collection: Id) -> None:
        """All items of this kind are taken out of it. Raises ReadOnly."""
        for id in self._index.objects.find(self._kind.item_type, "book", collection):
            head = self._index.objects.head(self._kind.item_type, id)
            self._take_out(place for place in (head or {"files": ()})["files"] if place[0] == collection)

    def _take_out(self, places: Iterable[Found]) -> None:
        """The last of a file first, so that numbers stay right."""
        for collection, name, number in sorted(places, key=lambda place: -place[2]):
            self._check_writable(collection)
            data, stat = self._data((collection, name, number))
            left = [key for place, key in enumerate(self._keys_of(collection, name)) if place != number]
            rest = self._format.removed(data, number)
            for place, item in enumerate(self._read(collection, name, rest)):
                if item.key != left[place]:  # one that was made for an item among others
                    rest = self._format.with_uid(rest, place, left[place][1])
            self._put(collection, name, stat, rest)

    def _keys_of(self, collection: Id, name: str) -> list[Key]:
        if (collection, name) in self._pending:
            return [item.key for item in self._pending[collection, name]]
        return keys_of(self._index.objects.get(self._format.file_type, key_of(collection, name)) or {"uids": []})

    def _content(self, record: Record) -> Record:
        return {name: value for name, value in record.items() if name not in (*_OURS, self._kind.books)}

    def _replace(self, place: Found, before: Record, content: Record, id: Id) -> None:
        collection, name, number = place
        self._check_writable(collection)
        data, stat = self._data(place)
        self._edits.expect((self._number, before["uid"]), (collection, name, number), id)
        shown = self._format.shown(id, before)
        self._put(collection, name, stat, self._format.replaced(data, number, content, shown))

    def _add(self, collection: Id, key: Key, data: bytes, id: Id, like: str = "") -> None:
        record = self._collection(collection)
        if not record["exists"]:
            self._made[collection] = record = made_collection(self._files, self._root, self._format, record)
        self._check_writable(collection)
        name = self._name(collection, record, key[1], like)
        self._edits.expect(key, (collection, name, 0), id)
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
            raise ReadOnly("the folder cannot be written")

    def _data(self, place: Found) -> tuple[bytes, list[int] | None]:
        """The file of an item, as it is now. Raises Overtaken when another program has changed it."""
        collection, name, _ = place
        data, stat = self._files.read(self._path(collection, name))
        if (collection, name) not in self._pending:
            known = self._index.objects.get(self._format.file_type, key_of(collection, name))
            if known is None or stat is None or not may_be(known, stat) or not self._has_uids(place, data, known):
                self._known.doubt()
                raise Overtaken("another program changed the same file")
        return data, stat

    def _has_uids(self, place: Found, data: bytes, known: Record) -> bool:
        """Whether the items of a file still have their numbers, where its times need not tell that it changed."""
        if known["stat"][0] != UNSURE:
            return True
        return [item.key for item in self._read(place[0], place[1], data)] == keys_of(known)

    def _put(self, collection: Id, name: str, before: list[int] | None, data: bytes) -> None:
        path, key = self._path(collection, name), (collection, name)
        if data:
            self._files.put(path, before, data)
            items = self._read(collection, name, data)
            self._edits.put(collection, name, Read([0, 0, 0], items))
            self._keys |= {item_id(self._format.kinds[item.kind], item.uid): item.key for item in items}
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
    def step(self) -> Iterator[None]:
        """One record: all of it or nothing."""
        edits, pending = self._edits.copied(), dict(self._pending)
        made, keys = dict(self._made), dict(self._keys)
        try:
            with self._files.record():
                yield
        except BaseException as error:
            self._edits, self._pending, self._made, self._keys = edits, pending, made, keys
            if isinstance(error, NotHeld):
                raise NotStorable([error.pointer], str(error)) from error
            if isinstance(error, FileNotFoundError):
                raise Overtaken("another program is changing the same files") from error
            if isinstance(error, OSError):
                raise store_error(error) from error
            raise
