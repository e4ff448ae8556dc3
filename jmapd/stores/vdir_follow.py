"""Follows collections that other programs write to at any time: what changed is there for the next request.

Programs that replace files by renaming change the folder's mtime. For those that rewrite them in place each request
looks at some files in turn, so at all of a small collection, and the sidecar at all.
"""

# ruff: noqa: PTH116

import logging
import os
import sys
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from jmapd.index.account import AccountIndex
from jmapd.stores import vdir_meta
from jmapd.stores.maildir_names import from_text
from jmapd.stores.vdir_books import COLLECTION, VDIR_TREE, CollectionChanges, collections, may_write
from jmapd.stores.vdir_format import Format
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_layout import stamp_of
from jmapd.stores.vdir_scan import (
    UNSURE,
    Edits,
    Look,
    Read,
    collection_change,
    difference,
    gone_for_sure,
    look,
    read,
)
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

BATCH = 500  # files a commit when there are many: what a kill can cost
TURN, LONG_TURN = 16, 256  # files a request looks at, in turn, for changes in place; the second after a pause
PAUSE_SECONDS = 0.1
LOOKS_AGAIN = 5
PENDING_NS = 1_000_000_000  # after a change of ours until a large folder is listed for what others did meanwhile

Progress = Callable[[int, int], None]  # (files done, files to do)


class VdirFollower:
    """Of one tree in one account. `lock` is the account's write lock, reentrant."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        format: Format,
        known: KnownFiles,
        lock: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._index, self._root, self._format, self._known, self._lock = index, root, format, known, lock
        self._reported: set[str] = set()
        self._turn, self._turned = 0, 0.0
        self._has_new_folders = False

    def run(self, budget: float | None, want_all: bool = False, progress: Progress | None = None) -> bool:
        """Whether the index has all there is now. `budget`: seconds for reading files; None: no bound.

        `want_all`: lists every collection, whatever its times say. Raises StoreUnavailable.
        """
        is_complete = True
        for left in reversed(range(LOOKS_AGAIN)):
            if self._is_tree_changed():
                self._follow_tree()
            looks = [seen for id in self._to_list(want_all, budget is None) if (seen := self._look(id)) is not None]
            if not looks:
                return is_complete
            is_complete, is_sure = self._take_in(looks, budget, progress, must=left == 0)
            if is_sure:
                break
        return is_complete

    def has_new_folders(self) -> bool:
        """Whether collections changed since this was asked last."""
        answer, self._has_new_folders = self._has_new_folders, False
        return answer

    def paths(self) -> list[str]:
        """The directories whose changes matter."""
        tree = self._index.objects.get(VDIR_TREE, self._format.part)
        found = [str(self._root / from_text(path)) for path in (tree or {"stamps": {"": None}})["stamps"]]
        return list(dict.fromkeys([*found, *(self.folder(each) for each in self._collections().values())]))

    def folder(self, record: Record) -> str:
        """The path of a collection."""
        return f"{self._root}/{path}" if (path := from_text(record["path"])) else str(self._root)

    def _collections(self) -> dict[Id, Record]:
        return {id: each for id, each in collections(self._index, self._format).items() if each["exists"]}

    # --- which folders ---

    def _is_tree_changed(self) -> bool:
        tree = self._index.objects.get(VDIR_TREE, self._format.part)
        if tree is None:
            return True
        if not tree["stamps"]:
            return self._root.is_dir()
        for path, stamp in tree["stamps"].items():
            if stamp is None or not _has(f"{self._root}/{from_text(path)}", stamp):
                return True
        return any(self._is_moved(record) for record in self._collections().values())

    def _is_moved(self, record: Record) -> bool:
        """Whether it is gone, calls itself otherwise, or may be written now where it could not be, or the reverse."""
        folder, stamp, meta = self.folder(record), record["stamp"], record["meta"]
        if meta is None:
            return True
        known = {name for name, *_ in meta}
        is_same = stamp is not None and _has(folder, stamp)  # so that no new one is directly in it
        want_all = not is_same or time.monotonic() - self._turned > PAUSE_SECONDS
        names = [name for name in vdir_meta.FILES if want_all or name in known or name in vdir_meta.NESTED]
        if vdir_meta.stamps(folder, names) != meta:
            return True
        return bool(not (is_same or os.path.isdir(folder)) or may_write(folder) != record["writable"])  # noqa: PTH112

    def _follow_tree(self) -> None:
        with self._lock():
            found = CollectionChanges(self._index, self._root, self._format)
            edits = Edits(self._index, self._format)
            for id in found.gone:
                for name in list(self._known.of(id)):
                    edits.drop(id, name)
            changes = [*found.changes, *edits.changes(), *found.removals]
            if changes:
                self._index.commit(changes)
                self._has_new_folders = True

    def _to_list(self, want_all: bool, is_thorough: bool) -> list[Id]:
        found = []
        for id, record in self._collections().items():
            stamp = record["stamp"]
            is_due = record["pending"] and time.time_ns() - int(stamp[0] if stamp else 0) > PENDING_NS
            if want_all or stamp is None or is_due or not _has(self.folder(record), stamp):
                found.append(id)
        return list(dict.fromkeys([*found, *self._changed_in_place(is_thorough or self._known.taken_doubt())]))

    def _changed_in_place(self, want_all: bool) -> list[Id]:
        """The collections of files that differ, of those whose turn it is."""
        if not want_all and not self._known.is_ready and not self._turn:
            self._turn = 1  # not in the first request: opening is to be fast
            return []
        moment = time.monotonic()
        count = sys.maxsize if want_all else LONG_TURN if moment - self._turned > PAUSE_SECONDS else TURN
        files = self._known.some(0 if want_all else self._turn, count)
        self._turn, self._turned = (1 if want_all else self._turn + count), moment
        folders = {id: self.folder(record) for id, record in self._collections().items()}
        found, look_at = set[Id](), os.stat
        for id, name, record in files:
            mtime, inode, size = record["stat"]
            try:
                now = look_at(f"{folders.get(id)}/{name}")
            except OSError:
                found.add(id)
                continue
            if now.st_mtime_ns != mtime or now.st_ino != inode or now.st_size != size:
                found.add(id)
        return list(found)

    # --- what is in them ---

    def _look(self, id: Id) -> Look | None:
        """None when it cannot be told what is there; what is known of it stays."""
        record = self._collections().get(id)
        if record is None:
            return None
        try:
            return look(id, self.folder(record), record["kind"], self._format.suffix)
        except OSError as error:
            self._report(self.folder(record), error)
            return None

    def _report(self, path: str, error: OSError) -> None:
        if path not in self._reported:
            self._reported.add(path)
            log.warning("%r cannot be read and is left out: %s", path, error.strerror or error)

    def _take_in(
        self, looks: list[Look], budget: float | None, progress: Progress | None, must: bool
    ) -> tuple[bool, bool]:
        """Reads what is new without the lock, commits full batches. (whether all is read, whether nothing moved)."""
        deadline = None if budget is None else time.monotonic() + budget
        todo = [(seen, name) for seen in looks for name in difference(self._known.of(seen.id), seen)[0]]
        todo.sort(key=lambda each: each[1] in self._known.of(each[0].id))  # new ones first
        found: dict[tuple[Id, str], Read] = {}
        for done, (seen, name) in enumerate(todo, 1):
            found[seen.id, name] = self._read(seen, name)
            if len(found) >= BATCH and done < len(todo):
                self._settle_new(found, looks)
                found = {}
            if progress:
                progress(done, len(todo))
            if deadline is not None and done < len(todo) and time.monotonic() > deadline:
                self._settle_new(found, looks)
                return False, True
        return True, self._settle(looks, found, must)

    def _read(self, seen: Look, name: str) -> Read:
        found = read(self._format, seen.id, seen.folder, name)
        if found.error is not None and not isinstance(found.error, FileNotFoundError):
            self._report(f"{seen.folder}/{name}", found.error)
        return found

    def _settle_new(self, found: dict[tuple[Id, str], Read], looks: Collection[Look]) -> None:
        with self._lock():
            edits, known = Edits(self._index, self._format), self._collections()
            there = {seen.id for seen in looks} & known.keys()
            for (id, name), each in found.items():
                if id in there and each.error is None:
                    edits.put(id, name, each)
            self._index.commit(edits.changes())

    def _settle(self, looks: list[Look], found: dict[tuple[Id, str], Read], must: bool) -> bool:
        """Commits what the listings say; False when others moved files meanwhile, so that one must look again."""
        with self._lock():
            fresh = (seen if seen.is_current() else self._look(seen.id) for seen in looks)
            looks = [seen for seen in fresh if seen is not None]
            edits, told, lost = Edits(self._index, self._format), [], False
            for seen in looks:
                changed, gone = difference(self._known.of(seen.id), seen)
                is_whole = True
                for name in changed:
                    each = found.get((seen.id, name))
                    if each is None or not each.is_of(seen.files[name]):
                        each = self._read(seen, name)
                    if each.error is None:
                        edits.put(seen.id, name, each)
                    elif isinstance(each.error, FileNotFoundError):
                        is_whole = False
                    else:
                        is_read = each.stat[1] != 0
                        edits.touch(seen.id, name, seen.files[name] if is_read else [UNSURE, *seen.files[name][1:]])
                sure = gone_for_sure(seen, gone)
                lost |= bool(sure)
                for name in sure:
                    edits.drop(seen.id, name)
                stamp = seen.stamp if is_whole and len(sure) == len(gone) else None
                told.append((seen.id, {"stamp": stamp, "pending": False}))
            if lost and not must and self._has_moved(looks):
                return False  # what seems lost may be where we did not look yet
            changes = edits.changes()
            for id, record in told:
                changes += collection_change(self._index, COLLECTION, id, record)
            self._index.commit(changes)
        return True

    def _has_moved(self, looks: Collection[Look]) -> bool:
        seen = {each.id: each for each in looks}
        for id, record in self._collections().items():
            stamp = seen[id].stamp if id in seen else record["stamp"]
            if stamp is not None and not _has(self.folder(record), stamp):
                return True
        return False


def _has(folder: str, stamp: list[int]) -> bool:
    """Whether a directory has these times still."""
    try:
        return stamp_of(folder) == stamp
    except OSError:
        return False
