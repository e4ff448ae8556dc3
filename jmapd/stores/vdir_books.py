"""Collections on disk ↔ AddressBooks (RFC 9610 2) or Calendars: which folder is which, over outside renames too.

An id is random and kept in the index; a folder that another program renamed is known again by (device, inode).
"""

import os
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import vdir_layout
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.maildir_folders import is_racy
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_layout import Place, Tree
from jmapd.stores.vdir_meta import VDIR
from jmapd.wire import Id, Record

COLLECTION = "_collection"  # internal records: where each book is, and what was seen of it at the last scan
VDIR_TREE = "_vdir"  # internal records, one a format: the directories in which collections may come or go
MAX_NAME = 255  # octets (RFC 9610 2)
MAX_ORDER = 2**31 - 1
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
    return {id: each for id, each in index.objects.all(COLLECTION).items() if each["of"] == format.book_type}


class CollectionChanges:
    """What a look at the directory tree changes in the index; `wanted`: collections as a client has just made them."""

    def __init__(
        self, index: AccountIndex, root: Path, format: Format, wanted: Mapping[Id, Record] | None = None
    ) -> None:
        self._index, self._root, self._format = index, root, format
        self.changes: list[Change] = []
        self._known = collections(index, format)
        self._before = dict(self._known if wanted is None else wanted)
        self._started = time.time_ns()
        tree = self._discovered()
        self.records = self._matched(tree)
        self.gone = [id for id in self._known if id not in self.records]
        for id, record in self.records.items():
            self._change(COLLECTION, id, record)
        for id, book in books(self.records, self._shown_default(), format).items():
            if index.objects.get(format.book_type, id) == book and self._has_other_rights(id):
                self.changes.append([format.book_type, "u", id, book])  # myRights is not in the record
            self._change(format.book_type, id, book)
        self._put_tree(tree)

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
            records[new_id()] = self._seen(new_collection(self._format.book_type, path), place)
        for id, record in self._before.items():
            if id not in records and (not record["exists"] or self._is_hidden(record)):
                records[id] = record
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
        may_make = os.access(there, os.W_OK | os.X_OK)
        shown = {"exists": False, "movable": False, "writable": may_make}
        return new_collection(self._format.book_type, self._format.first_book) | shown

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
            "writable": os.access(folder, os.W_OK | os.X_OK),
            "movable": place.path != "" and os.access(Path(folder).parent, os.W_OK | os.X_OK),
        }

    def _has_other_rights(self, id: Id) -> bool:
        before = self._known.get(id)
        return before is not None and any(before[key] != self.records[id][key] for key in ("writable", "movable"))

    def _shown_default(self) -> Id | None:
        book = self._format.book_type
        return next((id for id, each in self._index.objects.all(book).items() if each.get("isDefault")), None)

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


def _is_same(record: Record, path: str, place: Place) -> bool:
    return bool(record["path"] == path and record["inode"] == place.inode)


def _has_inode(record: Record, path: str, place: Place) -> bool:
    return record["inode"] is not None and bool(record["inode"] == place.inode)


def _has_path(record: Record, path: str, place: Place) -> bool:
    return bool(record["path"] == path)


def books(records: Mapping[Id, Record], held: Id | None, format: Format) -> dict[Id, Record]:
    """The AddressBooks (or Calendars) that the collections are; `held`: which was the default."""
    default = _default(records, held)
    return {id: _book(record, id == default, format) for id, record in records.items()}


def _default(records: Mapping[Id, Record], held: Id | None) -> Id | None:
    """What a client said, else what was, else a guess by name; RFC 9610 2: exactly one."""
    given = [id for id, record in records.items() if record["given"].get("isDefault")]
    if given:
        return given[0]
    if held in records:
        return held

    def rank(id: Id) -> tuple[bool, int, str]:
        name = from_text(records[id]["path"]).rpartition("/")[2].lower()
        likely = LIKELY_DEFAULT.index(name) if name in LIKELY_DEFAULT else len(LIKELY_DEFAULT)
        return not records[id]["writable"], likely, records[id]["path"]

    return min(records, key=rank, default=None)


def _book(record: Record, is_default: bool, format: Format) -> Record:
    said, given = record["said"], record["given"]
    book: dict[str, Any] = {
        "name": shown_name(record, format),
        "description": given.get("description", said.get("description") or None),
        "sortOrder": given.get("sortOrder", _order(said.get("order", ""))),
        "isDefault": is_default,
        "isSubscribed": given.get("isSubscribed", True),
    }
    return book


def shown_name(record: Record, format: Format) -> str:
    """What the collection calls itself, else its folder's name."""
    name = record["said"].get("name") or from_text(record["path"]).rpartition("/")[2]
    clean = "".join(c for c in name.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if c.isprintable())
    return clean.encode()[:MAX_NAME].decode("utf-8", "ignore") or format.first_book


def _order(text: str) -> int:
    return min(int(text), MAX_ORDER) if text.isascii() and text.isdigit() and len(text) < 20 else 0
