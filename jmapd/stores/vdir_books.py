"""Collections on disk ↔ AddressBooks (RFC 9610 2) or Calendars: which folder is which, over outside renames too.

An id is random and kept in the index; a folder that another program renamed is known again by (device, inode).
"""

import os
import re
import secrets
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import vdir_layout
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.maildir_folders import is_racy
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.vdir_format import Format, Kind
from jmapd.stores.vdir_layout import Place, Tree
from jmapd.stores.vdir_meta import VDIR
from jmapd.wire import Id, Record

HOLDS = "_holds"  # internal records, by collection: the kinds of items found in it, whatever it says that it takes
COLLECTION = "_collection"  # internal records: where each book is, and what was seen of it at the last scan
VDIR_TREE = "_vdir"  # internal records, one a format: the directories in which collections may come or go
MAX_NAME = 255  # octets (RFC 9610 2)
MAX_ORDER = 2**31 - 1
_COLOR = re.compile("#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?|#[0-9a-fA-F]{3}")
INBOX = "inbox"  # the role of the TaskList that is the default (tasks-06 3)
LIKELY_DEFAULT = ("default", "contacts", "personal", "addressbook", "calendar")


def new_id() -> Id:
    """Of a new collection."""
    return "B" + secrets.token_hex(12)


def new_collection(of: str, path: str) -> Record:
    """What is known of a collection never scanned; `path` as the index has it."""
    return {
        "of": of, "path": path, "exists": True, "kind": VDIR, "inode": None, "said": {}, "meta": None, "stamp": None,
        "pending": False, "writable": True, "movable": True, "given": {},
    }  # fmt: skip


def collections(index: AccountIndex, format: Format) -> dict[Id, Record]:
    """Those of one type, by id."""
    return {id: each for id, each in index.objects.all(COLLECTION).items() if each["of"] == format.of}


class CollectionChanges:
    """What a look at the directory tree changes in the index.

    `wanted`: collections as a client has just made them; `held`: what kinds of items are in some of them now.
    """

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        format: Format,
        wanted: Mapping[Id, Record] | None = None,
        held: Mapping[Id, Collection[int]] | None = None,
    ) -> None:
        self._index, self._root, self._format, self._held = index, root, format, held or {}
        self.changes: list[Change] = []
        self._known = collections(index, format)
        self._before = dict(self._known if wanted is None else wanted)
        self._started = time.time_ns()
        tree = self._discovered()
        self.records = self._matched(tree)
        self.gone = [id for id in self._known if id not in self.records]
        for id, record in self.records.items():
            self._change(COLLECTION, id, record)
        for id, kinds in self._held.items():
            self._change(HOLDS, id, {"kinds": list(kinds)})
        self.removals: list[Change] = []  # books that are there no more, and collections; after all else
        for number in range(len(format.kinds)):
            self._put_books(number)
        for type in (COLLECTION, HOLDS):
            self.removals += [[type, "d", id] for id in self.gone if index.objects.has(type, id)]
        self._put_tree(tree)

    def _put_books(self, number: int) -> None:
        index, kind = self._index, self._format.kinds[number]
        of_kind = {id for id, each in self.records.items() if number in self._served(id, each)}
        there = {id: each for id, each in self.records.items() if id in of_kind}
        for id, book in books(there, default_of(index, kind), kind).items():
            if index.objects.get(kind.book_type, id) == book and self._has_other_rights(id):
                self.changes.append([kind.book_type, "u", id, book])  # myRights is not in the record
            self._change(kind.book_type, id, book)
        self.removals += [[kind.book_type, "d", id] for id in index.objects.all(kind.book_type) if id not in there]

    def _served(self, id: Id, record: Record) -> list[int]:
        return served(self._index, self._format, id, record, self._held.get(id))

    def _discovered(self) -> Tree:
        existed = any(each["exists"] for each in self._known.values())
        try:
            known = {from_text(each["path"]) for each in self._before.values() if each["exists"]}
            tree = vdir_layout.discover(self._root, self._format, known)
        except FileNotFoundError:
            tree = Tree()
        except OSError as error:
            raise StoreUnavailable(f"{self._root}: {error.strerror}") from error
        if existed and not tree.places and not any(self._is_there(each) for each in self._known.values()):
            # a disk that is not mounted leaves an empty directory; that must not look like cards destroyed
            is_meant = self._root.is_dir() and any(True for _ in self._root.iterdir())
            if not is_meant and any(each["exists"] for each in self._before.values()):
                raise StoreUnavailable(
                    f"{self._root} has no folders any more; if that is meant, remove the account's state folder"
                )
        return tree

    def _is_there(self, record: Record) -> bool:
        return record["exists"] and (self._root / from_text(record["path"])).is_dir()

    def _matched(self, tree: Tree) -> dict[Id, Record]:
        """The same path and inode, else the inode, else the path; what is left is new."""
        places = {to_text(place.path): place for place in tree.places}
        found: dict[Id, Place] = {}
        for test in (_is_same, _has_inode, _has_path):
            for id, record in self._before.items():
                if id not in found:
                    path = next((path for path, place in places.items() if test(record, path, place)), None)
                    if path is not None:
                        found[id] = places.pop(path)
        records = {id: self._seen(self._before[id], place) for id, place in found.items()}
        for path, place in places.items():
            records[new_id()] = self._seen(new_collection(self._format.of, path), place)
        for id, record in self._before.items():
            if id not in records and not record["exists"]:
                records[id] = record
            elif id not in records and self._is_hidden(record):
                records[id] = record | {"writable": may_write(self._root / from_text(record["path"]))}
        if any(record["exists"] for record in records.values()):
            return {id: each for id, each in records.items() if each["exists"] or id not in self._known}
        return records or {new_id(): self._first()}

    def _is_hidden(self, record: Record) -> bool:
        """Whether it cannot be told now if it is there."""
        try:
            os.scandir(self._root / from_text(record["path"])).close()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return False

    def _first(self) -> Record:
        """Shown where there is no folder yet, so that a client has where to put a card."""
        there = next((path for path in (self._root, *self._root.parents) if path.exists()), self._root)
        may_make = may_write(there)
        shown = {"exists": False, "movable": False, "writable": may_make}
        return new_collection(self._format.of, self._format.kinds[0].first_book) | shown

    def _seen(self, before: Record, place: Place) -> Record:
        folder = str(self._root / place.path)
        is_fresh = any(is_racy(int(mtime), self._started) for _, mtime, _ in place.stamps)
        path = to_text(place.path)
        return before | {
            "path": path,
            "exists": True,
            "kind": place.kind,
            "inode": place.inode,
            "said": place.meta,
            "meta": None if is_fresh else place.stamps,
            "stamp": before["stamp"] if before["path"] == path and before["exists"] else None,
            "writable": may_write(folder),
            "movable": place.path != "" and may_write(Path(folder).parent),
        }

    def _has_other_rights(self, id: Id) -> bool:
        before = self._known.get(id)
        return before is not None and any(before[key] != self.records[id][key] for key in ("writable", "movable"))

    def _put_tree(self, tree: Tree) -> None:
        """No stamps: there is no root yet."""
        stamps = {
            to_text(path): None if is_racy(stamp[0], self._started) else stamp for path, stamp in tree.stamps.items()
        }
        self._change(VDIR_TREE, self._format.part, {"stamps": stamps})

    def _change(self, type: str, id: Id, record: Record) -> None:
        before = self._index.objects.get(type, id)
        if before is None:
            self.changes.append([type, "c", id, record])
        elif before != record:
            self.changes.append([type, "u", id, record])


def may_write(folder: str | Path) -> bool:
    """Whether files may be made and removed there."""
    return os.access(folder, os.W_OK | os.X_OK)


def _is_same(record: Record, path: str, place: Place) -> bool:
    return bool(record["path"] == path and record["inode"] == place.inode)


def _has_inode(record: Record, path: str, place: Place) -> bool:
    return record["inode"] is not None and bool(record["inode"] == place.inode)


def _has_path(record: Record, path: str, place: Place) -> bool:
    return bool(record["path"] == path)


def served(
    index: AccountIndex, format: Format, id: Id, record: Record, held: Collection[int] | None = None
) -> list[int]:
    """The kinds of items that a collection has (`held`, else as the index knows) or takes."""
    if held is None:
        held = (index.objects.get(HOLDS, id) or {"kinds": ()})["kinds"]
    said, without = record["said"].get("components", ""), record["given"].get("without", ())
    takes = [part.strip().upper() for part in said.split(",")] if said else [kind.component for kind in format.kinds]
    return [
        number
        for number, kind in enumerate(format.kinds)
        if number in held or (kind.component in takes and kind.component not in without)
    ]


def held_without(index: AccountIndex, number: int, emptied: Iterable[Id]) -> dict[Id, list[int]]:
    """What these collections hold when their items of that kind are gone."""
    held = index.objects.all(HOLDS)
    return {id: [each for each in held[id]["kinds"] if each != number] for id in emptied if id in held}


def held_changes(index: AccountIndex, format: Format, held: Mapping[Id, Collection[int]]) -> list[Change]:
    """Collections in which items of these kinds were found are books of these kinds."""
    changes: list[Change] = []
    for id, found in held.items() if len(format.kinds) > 1 else ():
        before, record = index.objects.get(HOLDS, id), index.objects.get(COLLECTION, id)
        kinds = sorted({*(before["kinds"] if before else ()), *found})
        if before != {"kinds": kinds}:
            changes.append([HOLDS, "u" if before else "c", id, {"kinds": kinds}])
        for kind in (format.kinds[number] for number in found):
            if record is not None and not index.objects.has(kind.book_type, id):
                is_default = default_of(index, kind) is None
                changes.append([kind.book_type, "c", id, _book(record, is_default, kind)])
    return changes


def default_of(index: AccountIndex, kind: Kind) -> Id | None:
    """Which book is shown as the default."""
    return next((id for id, each in index.objects.all(kind.book_type).items() if each.get("isDefault")), None)


def own(record: Record, kind: Kind) -> Record:
    """What clients gave to a collection as a book of that kind alone; of the only kind it is among all they gave."""
    given: Record = record["given"]
    return given.get(kind.book_type, {}) if kind.component else given


def books(records: Mapping[Id, Record], held: Id | None, kind: Kind) -> dict[Id, Record]:
    """The AddressBooks (Calendars, TaskLists) that the collections are; `held`: which was the default."""
    default = _default(records, held, kind)
    return {id: _book(record, id == default, kind) for id, record in records.items()}


def _default(records: Mapping[Id, Record], held: Id | None, kind: Kind) -> Id | None:
    """What a client said, else what was, else a guess by name; RFC 9610 2: exactly one."""
    given = [id for id, record in records.items() if own(record, kind).get("isDefault")]
    if given:
        return given[0]
    if held in records:
        return held

    def rank(id: Id) -> tuple[bool, int, str]:
        name = from_text(records[id]["path"]).rpartition("/")[2].lower()
        likely = LIKELY_DEFAULT.index(name) if name in LIKELY_DEFAULT else len(LIKELY_DEFAULT)
        return not records[id]["writable"], likely, records[id]["path"]

    return min(records, key=rank, default=None)


def _book(record: Record, is_default: bool, kind: Kind) -> Record:
    said, given, mine = record["said"], record["given"], own(record, kind)
    book: dict[str, Any] = {
        "name": shown_name(record, kind),
        "description": given.get("description", said.get("description") or None),
        "sortOrder": given.get("sortOrder", _order(said.get("order", ""))),
        "isDefault": is_default,
        "isSubscribed": mine.get("isSubscribed", True),
    }
    if "color" in kind.more:
        book["color"] = _color(said.get("color", "")) or given.get("color")
    book |= {name: mine.get(name, value) for name, value in kind.more.items() if name != "color"}
    return book | {"role": INBOX} if is_default and "role" in book else book


def shown_name(record: Record, kind: Kind) -> str:
    """What the collection calls itself, else its folder's name."""
    name = record["said"].get("name") or from_text(record["path"]).rpartition("/")[2]
    clean = "".join(c for c in name.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if c.isprintable())
    return clean.encode()[:MAX_NAME].decode("utf-8", "ignore") or kind.first_book


def _order(text: str) -> int:
    return min(int(text), MAX_ORDER) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _color(text: str) -> str | None:
    """Programs add an opacity; what is no color at all is none."""
    return text[:7] if is_color(text) else None


def is_color(text: str) -> bool:
    """Whether it is as collections have it."""
    return _COLOR.fullmatch(text) is not None
