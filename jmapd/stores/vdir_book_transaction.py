"""AddressBook/set (RFC 9610 2.3) on folders and in the index; the account's lock is held by the caller."""

import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import Overtaken, ReadOnly, RecordNotFound
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.maildir_write import store_error, undone_when_it_fails
from jmapd.stores.vdir_books import COLLECTION, CollectionChanges, books, collections, new_collection, new_id
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import is_item, radicale_lock
from jmapd.stores.vdir_made import kind_for, made_collection, tell
from jmapd.stores.vdir_meta import FILES, can_hold
from jmapd.stores.vdir_scan import Edits, look, may_be
from jmapd.stores.vdir_write import VdirFiles, path_of
from jmapd.wire import Id, Record

_SAFE = re.compile(r"[^\W_][\w@+ .-]{0,79}")
_ASCII_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_SAID = {"name": "name", "description": "description", "sortOrder": "order"}

Whole = Callable[[Id, Record, Record], Record]  # (id, book, collection) -> as AddressBook/get has it


class BookTransaction:
    """Changes of books that become visible together; a context manager."""

    def __init__(self, index: AccountIndex, root: Path, format: Format, known: KnownFiles, whole: Whole) -> None:
        self._index, self._root, self._format, self._known, self._whole = index, root, format, known, whole
        self._files = VdirFiles(root, radicale_lock(root))
        self._collections = collections(index, format)
        self._held = next((id for id, each in index.objects.all(format.book_type).items() if each["isDefault"]), None)
        self._is_changed = False

    def __enter__(self) -> "BookTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None or not self._is_changed:
            self._files.undo()
            return
        with undone_when_it_fails(self._files.undo):
            self._files.apply()
            found = CollectionChanges(self._index, self._root, self._format, self._collections)
            if not self._collections.keys() <= found.records.keys():
                raise Overtaken("another program is changing the same folders")
            edits = Edits(self._index, self._format)
            for id in found.gone:
                for name in list(self._known.of(id)):
                    edits.drop(id, name)
            gone: list[Change] = [[type, "d", id] for id in found.gone for type in (self._format.book_type, COLLECTION)]
            self._index.commit([*found.changes, *edits.changes(), *self._more(found.changes), *gone])
        self._files.finish(f"{self._format.book_type}/set by jmapd")

    def _more(self, found: Iterable[Change]) -> list[Change]:
        """What else the index is told."""
        return []

    def get(self, id: Id) -> Record | None:
        """The book as this transaction has left it."""
        record = self._collections.get(id)
        return None if record is None else self._whole(id, self._books()[id], record)

    def _books(self) -> dict[Id, Record]:
        return books(self._collections, self._held, self._format)

    def create(self, record: Record) -> Record:
        """A new book and its folder. Raises OverQuota, ReadOnly, StoreUnavailable."""
        id = new_id()
        with self._step():
            kind = kind_for(self._root, self._collections.values())
            for other, shown in self._collections.items():
                if not shown["exists"]:  # clients know it: it stays beside the new one
                    self._collections[other] = made_collection(self._files, self._root, self._format, shown, kind)
            made = new_collection(self._format.book_type, to_text(self._free_name(record["name"], kind)))
            made = made_collection(self._files, self._root, self._format, made, kind)
            self._collections[id] = made
            self._tell(id, record, set(_SAID))
        if not record.get("isSubscribed", True):
            self._give(id, "isSubscribed", False)
        return self._answer(id, record) | {"id": id}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers what is kept otherwise than it was given."""
        if id not in self._collections:
            raise RecordNotFound(id)
        with self._step():
            self._tell(id, record, changed)
        if "isSubscribed" in changed:
            self._give(id, "isSubscribed", record["isSubscribed"])
        if "isDefault" in changed and record["isDefault"]:
            self.set_default(id)
        self._is_changed = True
        kept = self._answer(id, record)
        return {name: value for name, value in kept.items() if name in changed} or None

    def set_default(self, id: Id) -> None:
        """RFC 9610 2.3 onSuccessSetIsDefault."""
        if id not in self._collections:
            raise RecordNotFound(id)
        for other in self._collections:
            self._give(other, "isDefault", True if other == id else None)

    def destroy(self, id: Id) -> None:
        """The book, its folder, and the items that are in no other. Raises RecordNotFound, ReadOnly."""
        record = self._collections.get(id)
        if record is None:
            raise RecordNotFound(id)
        with self._step():
            if record["exists"]:
                self._check_removable(record)
                self._files.remove_folder(self._folder(record), partial(self._check_known, id, record["kind"]))
            del self._collections[id]

    def _check_removable(self, record: Record) -> None:
        if not record["movable"]:
            raise ReadOnly("the folder may not be removed")
        if Path(self._folder(record)).is_symlink():
            raise ReadOnly("the folder is a symbolic link")
        for entry in Path(self._folder(record)).iterdir():
            if not (entry.name.startswith(".") or entry.name in FILES or entry.name.endswith((".tmp", "~"))) and (
                not is_item(entry.name, record["kind"], self._format.suffix) or entry.is_dir()
            ):
                raise ReadOnly("the folder holds other files, too")

    def _check_known(self, id: Id, kind: str, folder: str) -> None:
        """Raises Overtaken when cards came or changed that the client cannot have meant."""
        known = self._known.of(id)
        for name, stat in look(id, folder, kind, self._format.suffix).files.items():
            if not may_be(known.get(name), stat):
                raise Overtaken("another program changed cards in the same folder")

    def _folder(self, record: Record) -> str:
        return path_of(self._root, record["path"], "").rstrip("/")

    def _free_name(self, name: str, kind: str) -> str:
        """A folder's name that is like the book's, and not there."""
        safe = _SAFE if kind == "vdir" else _ASCII_SAFE
        base = name.strip(" .") if safe.fullmatch(name.strip(" .")) else secrets.token_hex(8)
        base = base if not base.lower().endswith((".tmp", ".vcf", ".ics")) else secrets.token_hex(8)
        taken = {from_text(record["path"]).lower() for record in self._collections.values()}
        names = [base, *(f"{base}-{count}" for count in range(2, 1000))]
        return next(each for each in names if each.lower() not in taken and not (self._root / each).exists())

    def _tell(self, id: Id, record: Record, changed: Collection[str]) -> None:
        """By its metadata what it can say itself; the rest is kept in the index."""
        collection = self._collections[id]
        before = self._books()[id]
        told: dict[str, str] = {}
        for name, key in _SAID.items():
            if name not in changed or record[name] == before[name]:
                continue
            if key in can_hold(collection["kind"]):
                told[key] = "" if record[name] is None else str(record[name]).strip()
                self._give(id, name, None)
            else:
                self._give(id, name, record[name])
        if told and not collection["exists"]:
            collection = made_collection(self._files, self._root, self._format, collection)
        if told:
            given = self._collections[id]["given"]
            self._collections[id] = tell(self._files, self._folder(collection), self._format, collection, told)
            self._collections[id]["given"] = given

    def _give(self, id: Id, name: str, value: Any) -> None:
        """What a client said and no file holds."""
        given = {key: each for key, each in self._collections[id]["given"].items() if key != name}
        if value is not None:
            given[name] = value
        self._collections[id] = self._collections[id] | {"given": given}
        self._is_changed = True

    def _answer(self, id: Id, given: Record) -> Record:
        kept = self.get(id) or {}
        return {name: value for name, value in kept.items() if name != "id" and value != given.get(name)}

    @contextmanager
    def _step(self) -> Iterator[None]:
        """One book: all of it or nothing."""
        before = dict(self._collections)
        try:
            with self._files.record():
                yield
        except BaseException as error:
            self._collections = before
            if isinstance(error, OSError):
                raise store_error(error) from error
            raise
        self._is_changed = True
