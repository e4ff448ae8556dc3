"""One collection as it is on disk: the listing of its files, and what reading those that changed gives."""

import logging
import os
import stat
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.maildir_folders import is_racy
from jmapd.stores.maildir_intake import open_file
from jmapd.stores.maildir_names import from_text, to_text
from jmapd.stores.vdir_books import held_changes
from jmapd.stores.vdir_format import Format, Item, Key, Kind, keys_of, made_uid
from jmapd.stores.vdir_groups import Place, Placed, grouped, key_of, placed, records_of, twins_change
from jmapd.stores.vdir_known import Files
from jmapd.stores.vdir_layout import Stamp, is_item, stamp_of
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

MAX_FILE = 200 << 20  # octets; what is larger is no card
UNSURE = -1  # in place of an mtime: the file may change unseen, so it is read again at the next look

Stat = list[int]  # mtime, inode, size of a file


@dataclass(slots=True)
class Read:
    """A file that was read, or why it could not be."""

    stat: Stat
    items: list[Item] = field(default_factory=list)
    error: OSError | None = None

    def is_of(self, stat: Stat) -> bool:
        """Whether it is the file that a listing has shown."""
        return self.error is not None or (self.stat[0] in (UNSURE, stat[0]) and self.stat[1:] == stat[1:])


@dataclass(slots=True)
class Look:
    """The listing of a collection."""

    id: Id
    folder: str
    found: Stamp  # of the directory, from before it was listed
    is_racy: bool  # whether it may change and keep this stamp
    files: dict[str, Stat]  # by name as the index has it

    @property
    def stamp(self) -> Stamp | None:
        """What the index is told; None: it is to be listed again at the next look."""
        return None if self.is_racy else self.found

    def is_current(self) -> bool:
        """Whether nothing came or went since, as far as the times tell."""
        try:
            return stamp_of(self.folder) == self.found
        except OSError:
            return False


def look(id: Id, folder: str, kind: str, suffix: str) -> Look:
    """Raises OSError when the folder cannot be read."""
    started, stamp = time.time_ns(), stamp_of(folder)
    files: dict[str, Stat] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_item(entry.name, kind, suffix):
                try:
                    status = entry.stat()
                except OSError:
                    continue  # gone, or a link that leads nowhere
                if stat.S_ISREG(status.st_mode):
                    files[to_text(entry.name)] = [status.st_mtime_ns, status.st_ino, status.st_size]
    return Look(id, folder, stamp, is_racy(stamp[0], started), files)


def read(format: Format, collection: Id, folder: str, name: str) -> Read:
    """One file. What fails is answered, not raised: one bad file must not stop the rest."""
    path = f"{folder}/{from_text(name)}"
    try:
        started = time.time_ns()
        with open_file(path) as file:
            status = os.fstat(file.fileno())
            if status.st_size > MAX_FILE:
                raise OSError(f"larger than {MAX_FILE} octets")
            data = file.readall()
    except OSError as error:
        return Read([UNSURE, 0, 0], error=error)
    mtime = UNSURE if is_racy(status.st_mtime_ns, started) else status.st_mtime_ns
    found = Read([mtime, status.st_ino, status.st_size])
    try:
        found.items = format.read(data, lambda mark: made_uid(collection, name, mark))
    except Exception:
        log.exception("%r cannot be read", path)
        found.error = OSError("it cannot be parsed")
        return found
    if any(item.is_broken for item in found.items) or (data.strip() and not found.items):
        log.warning("%r has lines that cannot be read; it is served as far as it can be, and never rewritten", path)
    return found


def read_data(path: str) -> bytes | None:
    """A file's content, None when it cannot be read."""
    try:
        with open_file(path) as file:
            return file.readall()
    except OSError:
        return None


def may_be(known: Record | None, stat: Stat) -> bool:
    """Whether a file is the one that the index knows, as far as its times tell."""
    return known is not None and known["stat"][1:] == stat[1:] and known["stat"][0] in (stat[0], UNSURE)


def difference(known: Files, seen: Look) -> tuple[list[str], list[str]]:
    """(files that are new or changed, files that are gone)."""
    changed = []
    for name, now in seen.files.items():
        record = known.get(name)
        if record is None or record["stat"] != now:
            changed.append(name)
    return changed, [name for name in known if name not in seen.files]


class Edits:
    """Files that came, changed or went, and what follows from that for the records; under the account's lock."""

    def __init__(self, index: AccountIndex, format: Format) -> None:
        self._index, self._format = index, format
        self._files: dict[Id, Record | None] = {}
        self._items: dict[Key, list[Placed]] = {}  # items of the files above
        self._keys: dict[Key, None] = {}
        self._touched: dict[Id, Record] = {}
        self._expected: dict[Key, dict[Place, Id]] = {}

    def copied(self) -> "Edits":
        """To go back to."""
        other = Edits(self._index, self._format)
        other._files, other._touched, other._keys = dict(self._files), dict(self._touched), dict(self._keys)
        other._items, other._expected = dict(self._items), dict(self._expected)
        return other

    def expect_as(self, other: "Edits") -> None:
        """What the other one expects, too."""
        self._expected = other._expected

    def touch(self, collection: Id, name: str, stat: Stat) -> None:
        """A file that cannot be read now: what is known of it stays. It may be read again and keep its times."""
        key = key_of(collection, name)
        known = self._index.objects.get(self._format.file_type, key) or {"uids": []}
        self._touched[key] = {**known, "stat": stat}

    def put(self, collection: Id, name: str, found: Read) -> None:
        """A file as it was read."""
        self.drop(collection, name)
        here: dict[Key, list[Placed]] = {}
        for number, item in enumerate(found.items):
            here.setdefault(item.key, []).append(Placed((collection, name, number), item))
        for key, items in here.items():
            self._keys[key] = None
            self._items[key] = [*self._items.get(key, ()), *items]
        record = self._files[key_of(collection, name)] = {
            "stat": found.stat,
            "uids": [item.uid for item in found.items],
        }
        if any(item.kind for item in found.items):
            record["kinds"] = [item.kind for item in found.items]

    def drop(self, collection: Id, name: str) -> None:
        """A file that is gone."""
        key = key_of(collection, name)
        known = self._files.get(key) if key in self._files else self._index.objects.get(self._format.file_type, key)
        for each in dict.fromkeys(keys_of(known) if known else ()):
            self._keys[each] = None
            self._items[each] = [item for item in self._items.get(each, ()) if item.place[:2] != (collection, name)]
        self._files[key] = None

    def expect(self, key: Key, place: Place, id: Id) -> None:
        """The item with this UID that comes to this place is that record, wherever it was before."""
        self._expected[key] = self._expected.get(key, {}) | {place: id}

    def records(self, key: Key) -> tuple[dict[Id, Record], dict[Id, Record]]:
        """The records with that UID as they were, and as they are now."""
        number, uid = key
        kind = self._format.kinds[number]
        before = records_of(self._index, kind, uid)
        if key not in self._keys:
            return before, before
        ids = {(*place[:2], place[2]): id for id, record in before.items() for place in record["files"]}
        etags = {(book, record["etag"]): id for id, record in before.items() for book in record["books"]}
        anywhere = {} if kind.is_single else {record["etag"]: id for id, record in before.items()}
        kept = [
            each
            for record in before.values()
            for each in placed(self._format, number, record)
            if key_of(*each.place[:2]) not in self._files
        ]
        found = [*kept, *self._items.get(key, ())]
        moved = {
            each.place: id
            for each in found
            if (id := etags.get((each.place[0], each.item.etag)) or anywhere.get(each.item.etag)) is not None
        }
        told = self._expected.get(key, {})
        return before, grouped(kind, uid, found, ids | moved | told, told)

    def changes(self) -> list[Change]:
        """What the journal is told."""
        found: list[Change] = []
        held: dict[Id, set[int]] = {}
        for key in self._keys:
            kind = self._format.kinds[key[0]]
            before, after = self.records(key)
            for id in sorted(before.keys() | after.keys()):
                found += self._item_change(kind, id, before.get(id), after.get(id))
                for book in after.get(id, {"books": ()})["books"]:
                    held.setdefault(book, set()).add(key[0])
            found += twins_change(self._index, kind, key[1], after)
        found += held_changes(self._index, self._format, held)
        for name, record in (self._touched | self._files).items():
            known = self._index.objects.get(self._format.file_type, name)
            found += _change(self._format.file_type, name, known, record)
        return found

    def _item_change(self, kind: Kind, id: Id, before: Record | None, after: Record | None) -> list[Change]:
        """The same item elsewhere is no change that a client sees (index/large.py)."""
        found = _change(kind.item_type, id, before, after)
        if found and before and after and before[kind.content] == after[kind.content]:
            del after[kind.content]
        return found


def _change(type: str, id: Id, before: Record | None, after: Record | None) -> list[Change]:
    if before == after:
        return []
    if after is None:
        return [[type, "d", id]]
    return [[type, "c" if before is None else "u", id, after]]


def collection_change(index: AccountIndex, type: str, id: Id, told: Record) -> list[Change]:
    """What was seen of a collection."""
    before = index.objects.get(type, id)
    if before is None:
        return []
    return _change(type, id, before, before | told)


def gone_for_sure(seen: Look, names: Iterable[str]) -> list[str]:
    """readdir may miss a file that is replaced in this moment."""
    return [name for name in names if not os.path.lexists(f"{seen.folder}/{from_text(name)}")]
