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
from jmapd.stores.vdir_books import (
    INBOX,
    CollectionChanges,
    books,
    collections,
    default_of,
    held_without,
    is_color,
    new_collection,
    new_id,
    own,
    served,
)
from jmapd.stores.vdir_format import Format, keys_of
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import is_item, radicale_lock
from jmapd.stores.vdir_made import kind_for, made_collection, tell
from jmapd.stores.vdir_meta import COMPONENTS, FILES, RADICALE, can_hold
from jmapd.stores.vdir_scan import look, may_be
from jmapd.stores.vdir_transaction import VdirTransaction
from jmapd.stores.vdir_write import VdirFiles, path_of
from jmapd.wire import Id, Record

_SAFE = re.compile(r"[^\W_][\w@+ .-]{0,79}")
_ASCII_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
_SAID = {"name": "name", "description": "description", "sortOrder": "order", "color": "color"}

Whole = Callable[[Id, Record, Record], Record]  # (id, book, collection) -> as AddressBook/get has it


class BookTransaction:
    """Changes of books of one kind that become visible together; a context manager."""

    def __init__(
        self, index: AccountIndex, root: Path, format: Format, known: KnownFiles, number: int, whole: Whole
    ) -> None:
        self._index, self._root, self._format, self._known, self._whole = index, root, format, known, whole
        self._number, self._kind = number, format.kinds[number]
        self._files = VdirFiles(root, radicale_lock(root))
        self._items = VdirTransaction(index, root, format, known, number, self._files)
        self._collections = collections(index, format)
        self._emptied: set[Id] = set()  # that are books of another kind only, from now on
        self._held = default_of(index, self._kind)
        self._is_changed = False

    def __enter__(self) -> "BookTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None or not self._is_changed:
            self._files.undo()
            return
        with undone_when_it_fails(self._files.undo):
            edits = self._items.edits(self._files.apply())
            emptied = held_without(self._index, self._number, self._emptied)
            found = CollectionChanges(self._index, self._root, self._format, self._collections, emptied)
            if not self._collections.keys() <= found.records.keys():
                raise Overtaken("another program is changing the same folders")
            for id in found.gone:
                for name in list(self._known.of(id)):
                    edits.drop(id, name)
            more = self._more(found.changes)
            self._index.commit([*found.changes, *edits.changes(), *more, *found.removals])
        self._files.finish(f"{self._kind.book_type}/set by jmapd")

    def _more(self, found: Iterable[Change]) -> list[Change]:
        """What else the index is told."""
        return []

    def get(self, id: Id) -> Record | None:
        """The book as this transaction has left it."""
        book = self._books().get(id)
        return None if book is None else self._whole(id, book, self._collections[id])

    def _books(self) -> dict[Id, Record]:
        of_kind = {id for id, each in self._collections.items() if self._number in self._served(id, each)}
        return books({id: each for id, each in self._collections.items() if id in of_kind}, self._held, self._kind)

    def _served(self, id: Id, record: Record) -> list[int]:
        found = served(self._index, self._format, id, record)
        return [number for number in found if id not in self._emptied or number != self._number]

    def create(self, record: Record) -> Record:
        """A new book and its folder. Raises OverQuota, ReadOnly, StoreUnavailable."""
        id = new_id()
        with self._step():
            kind = kind_for(self._root, self._collections.values())
            for other, shown in self._collections.items():
                if not shown["exists"]:  # clients know it: it stays beside the new one
                    self._collections[other] = made_collection(self._files, self._root, self._format, shown, kind)
            made = new_collection(self._format.of, to_text(self._free_name(record["name"], kind)))
            self._collections[id] = made_collection(self._files, self._root, self._format, made, kind)
            self._leave_to(id, [other.component for other in self._format.kinds if other is not self._kind])
            self._tell(id, record, set(_SAID))
        self._give_own(id, record, record)
        return self._answer(id, record) | {"id": id}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers what is kept otherwise than it was given."""
        if id not in self._books():
            raise RecordNotFound(id)
        with self._step():
            self._tell(id, record, changed)
        self._give_own(id, record, changed)
        if "isDefault" in changed and record["isDefault"]:
            self.set_default(id)
        self._is_changed = True
        kept = self._answer(id, record)
        return {name: value for name, value in kept.items() if name in changed} or None

    def set_default(self, id: Id) -> None:
        """RFC 9610 2.3 onSuccessSetIsDefault."""
        if id not in self._books():
            raise RecordNotFound(id)
        for other in self._books():
            self._give(other, "isDefault", True if other == id else None, is_own=True)

    def _give_own(self, id: Id, record: Record, changed: Collection[str]) -> None:
        """What a book of this kind has for itself, and no file says; nothing where it is as it would be anyhow."""
        for name, default in {"isSubscribed": True, **self._kind.more}.items():
            if name in changed and name in record and name not in _SAID:
                is_inbox = name == "role" and record[name] == INBOX
                self._give(id, name, None if record[name] == default or is_inbox else record[name], is_own=True)
                if is_inbox:
                    self.set_default(id)

    def destroy(self, id: Id) -> None:
        """The book, and the items that are in no other; its folder, but where that has other items, too.

        Raises RecordNotFound, ReadOnly.
        """
        if id not in self._books():
            raise RecordNotFound(id)
        record = self._collections[id]
        with self._step():
            if self._has_others(id):
                self._items.empty(id)
                self._emptied.add(id)
                self._leave_to(id, {*record["given"].get("without", ()), self._kind.component})
                return
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

    def _has_others(self, id: Id) -> bool:
        """Whether there is what the client cannot have meant: items of another kind, or files with none at all."""
        if len(self._format.kinds) == 1:
            return False
        return any({key[0] for key in keys_of(known)} != {self._number} for known in self._known.of(id).values())

    def _leave_to(self, id: Id, without: Collection[str]) -> None:
        """The collection takes these components no more."""
        collection = self._collections[id]
        said = collection["said"].get("components") or COMPONENTS
        left = ",".join(each for each in said.split(",") if each not in without)
        if collection["kind"] == RADICALE and collection["exists"] and without and left:
            folder = self._folder(collection)
            self._collections[id] = tell(self._files, folder, self._format, collection, {"components": left})
        else:
            self._give(id, "without", sorted(without) or None)

    def _tell(self, id: Id, record: Record, changed: Collection[str]) -> None:
        """By its metadata what it can say itself; the rest is kept in the index."""
        collection = self._collections[id]
        before = self._books()[id]
        told: dict[str, str] = {}
        for name, key in _SAID.items():
            if name not in changed or name not in record or name not in before or record[name] == before[name]:
                continue
            text = "" if record[name] is None else str(record[name]).strip()
            is_held = key in can_hold(collection["kind"])
            is_named = key == "color" and bool(text) and not is_color(text)  # no program understands that
            if is_held:
                told[key] = "" if is_named else text
            self._give(id, name, record[name] if is_named or not is_held else None)
        if told and not collection["exists"]:
            collection = made_collection(self._files, self._root, self._format, collection)
        if told:
            given = self._collections[id]["given"]
            self._collections[id] = tell(self._files, self._folder(collection), self._format, collection, told)
            self._collections[id]["given"] = given

    def _give(self, id: Id, name: str, value: Any, is_own: bool = False) -> None:
        """What a client said and no file holds; `is_own`: it is of the book of this kind only."""
        record = self._collections[id]
        before: Record = own(record, self._kind) if is_own else record["given"]
        given = {key: each for key, each in before.items() if key != name}
        if value is not None:
            given[name] = value
        if is_own and self._kind.component:
            given = record["given"] | {self._kind.book_type: given}
        self._collections[id] = record | {"given": given}
        self._is_changed = True

    def _answer(self, id: Id, given: Record) -> Record:
        kept = self.get(id) or {}
        return {name: value for name, value in kept.items() if name != "id" and value != given.get(name)}

    @contextmanager
    def _step(self) -> Iterator[None]:
        """One book: all of it or nothing."""
        before, emptied = dict(self._collections), set(self._emptied)
        try:
            with self._files.record(), self._items.step():
                yield
        except BaseException as error:
            self._collections, self._emptied = before, emptied
            if isinstance(error, OSError):
                raise store_error(error) from error
            raise
        self._is_changed = True
