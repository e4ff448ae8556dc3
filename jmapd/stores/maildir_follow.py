"""Follows the file system: brings the index in step with a Maildir that other programs write to at any time."""

import logging
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.index.rows import EmailRow
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.email_store import EmailStore
from jmapd.stores.maildir_folders import FOLDER, FolderChanges
from jmapd.stores.maildir_intake import Intake, Key, Result
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import (
    PARTS,
    Edits,
    Look,
    collect,
    difference,
    folder_change,
    lettered,
    look,
    refreshed_folder,
    with_letters,
)  # fmt: skip
from jmapd.stores.maildir_watchlist import Watchlist
from jmapd.wire import Id

log = logging.getLogger(__name__)

BATCH = 500  # messages a commit when there are many: what a kill can cost
LOOKS_AGAIN = 5  # at folders in which others are at work, before what is not found counts as gone
UNDER_LOCK = 100  # messages read with the lock held, when they came in the very last moment
FINISH_BELOW = 20_000  # a first build no larger than this is put in order by whoever ends it, else by the sidecar
BUILD = "_build"  # internal record: a first build is under way, threads are not yet in order
FIRST = "first"
_TIME = re.compile(r"\d{9,10}(?=\D)")

Progress = Callable[[int, int], None]  # (messages done, messages to do)


class Follower:
    """Of one account. `lock` is the account's write lock, reentrant."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        options: Mapping[str, Any],
        lock: Callable[[], AbstractContextManager[None]],
        emails: EmailStore,
    ) -> None:
        self._index, self._root, self._options = index, root, options
        self._lock, self._emails = lock, emails
        self.watchlist = Watchlist(index, root)
        self._reported: set[str] = set()
        self._has_new_folders = False

    def run(
        self,
        budget: float | None,
        intake: Intake | None = None,
        want_all: bool = False,
        progress: Progress | None = None,
    ) -> bool:
        """Whether the index has all there is now. `budget`: seconds for reading new messages; None: no bound.

        `want_all`: lists folders too that we wrote to ourselves, in case another program did in that moment.
        Raises StoreUnavailable when the Maildir cannot be read.
        """
        for _ in range(LOOKS_AGAIN):
            looked_at, is_complete = self._run_once(budget, intake, want_all, progress)
            if not any(map(self._is_away, looked_at)):  # else one was renamed while it was to be listed
                break
        return is_complete

    def _run_once(
        self, budget: float | None, intake: Intake | None, want_all: bool, progress: Progress | None
    ) -> tuple[Collection[Id], bool]:
        """The folders in which something had changed; and whether the index has all now."""
        is_tree_changed, parts = self.watchlist.differences()
        gone: list[Id] = []
        hollow: list[Id] = []
        if is_tree_changed:
            gone = self._follow_tree()
            parts, hollow = self.watchlist.differences()[1], self.watchlist.hollow()
        if want_all:
            parts |= {id: set(PARTS) for id, record in self._index.objects.all(FOLDER).items() if record["pending"]}
        if not parts and not gone and not hollow:
            return (), self._finish_build(budget is None)
        looks = [seen for id in parts if id not in gone and (seen := self._look(id, parts[id])) is not None]
        parsed, is_complete = self._take_in(looks, budget, intake or Intake(self._is_known), progress)
        is_complete = self._settle(looks, parsed, gone, hollow, is_complete) and is_complete
        return parts.keys(), is_complete and self._finish_build(budget is None)

    def _is_away(self, id: Id) -> bool:
        folder = self.watchlist.folder(id)
        return folder is not None and not Path(folder).is_dir()

    def _is_known(self, id: Id) -> bool:
        return self._index.mail.row(id) is not None

    def _follow_tree(self) -> list[Id]:
        """Folders that came, went or were renamed. Answers those that went; they go with their messages."""
        with self._lock():
            try:
                found = FolderChanges(self._index, self._root, self._options)
            except OSError as error:
                raise StoreUnavailable(f"{self._root}: {error.strerror}") from error
            if found.changes:
                self._index.commit(found.changes)
                self._has_new_folders = True
            return found.gone

    def has_new_folders(self) -> bool:
        """Whether folders changed since this was asked last."""
        answer, self._has_new_folders = self._has_new_folders, False
        return answer

    def _look(self, id: Id, parts: set[str]) -> Look | None:
        """None when it cannot be told what is there; what is known of it stays."""
        folder = self.watchlist.folder(id)
        try:
            seen = look(id, folder, parts) if folder else None
        except OSError as error:
            self._report(str(folder), error)
            return None
        # one that was renamed since the tree was looked at is not empty; it is found when the tree is looked at again
        return None if self._is_away(id) else seen

    def _report(self, path: str, error: OSError) -> None:
        if path not in self._reported:
            self._reported.add(path)
            log.warning("%r cannot be read and is left out: %s", path, error.strerror or error)

    def _take_in(
        self, looks: list[Look], budget: float | None, intake: Intake, progress: Progress | None
    ) -> tuple[dict[Key, Result], bool]:
        """Reads new messages without the lock, newest first; commits full batches. Answers the rest; whether all."""
        todo = newest_first([(seen, name) for seen in looks for name in difference(self._index, seen)[0]])
        deadline = None if budget is None else time.monotonic() + budget
        parsed: dict[Key, Result] = {}
        is_batched = len(todo) > BATCH
        for done, (key, result) in enumerate(intake.parse(todo), 1):
            parsed[key] = result
            if isinstance(result, OSError) and not isinstance(result, FileNotFoundError):
                self._report(f"{self.watchlist.folder(key[0])}/{key[1]}", result)
            if is_batched and len(parsed) >= BATCH and done < len(todo):
                self._settle_new(looks, parsed)
                parsed = {}
            if progress:
                progress(done, len(todo))
            if deadline is not None and done < len(todo) and time.monotonic() > deadline:
                return parsed, False
        return parsed, True

    def _settle_new(self, looks: list[Look], parsed: dict[Key, Result]) -> None:
        """Commits messages of a large build; what else the listings say comes with the last batch."""
        with self._lock():
            folders = self._index.objects.all(FOLDER)
            edits = Edits(self._index, self._letters_first(looks, folders))
            by_id = {seen.id: seen for seen in looks}
            for (id, name), result in parsed.items():
                if not isinstance(result, OSError) and id in folders and name in by_id[id].names:
                    edits.put(result, id, name)
            changes = edits.changes()
            if self._index.objects.get(BUILD, FIRST) is None and len(self._index.mail) < BATCH:
                changes.append([BUILD, "c", FIRST, {}])
            self._commit(changes, edits)

    def _letters_first(self, looks: Sequence[Look], folders: Mapping[Id, Any]) -> dict[Id, Any]:
        """The folders with their keyword letters as on disk, before anything was settled."""
        fresh = {seen.id: with_letters(folders[seen.id], seen.folder) for seen in looks if seen.id in folders}
        return dict(folders) | fresh

    def _settle(
        self, looks: list[Look], parsed: dict[Key, Result], gone: list[Id], hollow: list[Id], is_complete: bool
    ) -> bool:
        """Commits what the listings say. Under the lock a listing that may be old is made again."""
        with self._lock():
            folders = self._index.objects.all(FOLDER)
            looks = [self._fresh(seen) for seen in looks if seen.id in folders]
            gone = [id for id in gone if id in folders and not self._is_back(id)]
            empty = gone + [id for id in hollow if id in folders and not folders[id]["exists"]]
            looks += [Look(id, "", dict.fromkeys(PARTS, [0, 0, 0])) for id in empty]
            looks, edits, unread = self._found(looks, parsed, empty, is_complete)
            incomplete = {seen.id for seen, _ in unread}
            if unread:  # a message that seems lost may be among them
                incomplete = incomplete.union(*[edits.keep(id) for id in edits.lost()])
                gone = [id for id in gone if id not in incomplete]
            changes = self._folder_changes([seen for seen in looks if seen.folder], parsed, incomplete, edits)
            changes = edits.changes() + changes
            for id in gone:
                changes += [["Mailbox", "d", id], [FOLDER, "d", id]]
            self._commit(changes, edits)
            return not incomplete

    def _found(
        self, looks: list[Look], parsed: dict[Key, Result], empty: list[Id], may_read: bool
    ) -> tuple[list[Look], Edits, list[tuple[Look, str]]]:
        """What the listings say, made again while messages seem lost that others are only moving.

        readdir may miss a file that is being renamed, and a moved one may be where we looked already; a new one may
        have another name before it was read.
        """
        edits, unread = self._collect(looks, parsed, may_read)
        before, missed = set[Id](), 0
        for again in range(LOOKS_AGAIN):
            lost = set(edits.lost())
            is_sure = lost <= before and not any(seen.may_have_changed(again) for seen in looks)
            if (is_sure or not lost) and _not_found(parsed) == missed:
                break
            before, missed = lost, _not_found(parsed)
            looks = self._look_again(looks, empty)
            edits, unread = self._collect(looks, parsed, may_read)
        return looks, edits, unread

    def _fresh(self, seen: Look) -> Look:
        fresh = seen if seen.is_current() else self._look(seen.id, set(seen.sigs)) or seen
        if "cur" not in fresh.sigs and self.watchlist.is_changed(fresh.id, "cur"):  # messages go there from new/
            return self._look(fresh.id, set(PARTS)) or fresh
        return fresh

    def _is_back(self, id: Id) -> bool:
        folder = self.watchlist.folder(id)
        return folder is not None and any((Path(folder) / part).is_dir() for part in PARTS)

    def _look_again(self, looks: list[Look], empty: list[Id]) -> list[Look]:
        """A second listing of what was listed, all of it, and of what has changed meanwhile."""
        parts = {seen.id: set(PARTS) for seen in looks}
        for id, changed in self.watchlist.differences()[1].items():
            parts.setdefault(id, set()).update(changed)
        first = {seen.id: seen for seen in looks}
        again = [first[id] if id in empty else self._look(id, parts[id]) or first.get(id) for id in parts]
        return [seen for seen in again if seen is not None]

    def _collect(
        self, looks: list[Look], parsed: dict[Key, Result], may_read: bool
    ) -> tuple[Edits, list[tuple[Look, str]]]:
        folders = self._index.objects.all(FOLDER)
        edits = Edits(self._index, self._letters_first([seen for seen in looks if seen.folder], folders))
        unread = collect(self._index, looks, parsed, edits)
        if not may_read or not unread:
            return edits, unread
        late = [((seen.id, name), f"{seen.folder}/{from_text(name)}") for seen, name in unread[:UNDER_LOCK]]
        for (id, name), result in Intake().parse(late):
            parsed[id, name] = result
            if not isinstance(result, OSError):
                edits.put(result, id, name)
        return edits, unread[UNDER_LOCK:]

    def _folder_changes(
        self, looks: list[Look], parsed: dict[Key, Result], incomplete: set[Id], edits: Edits
    ) -> list[Change]:
        """The folders' records after this look; and Emails whose keywords read differently by new letters."""
        changes: list[Change] = []
        failed = {id for (id, _), result in parsed.items() if isinstance(result, OSError)}
        for seen in looks:
            before = self._index.objects.get(FOLDER, seen.id)
            if before is None:
                continue
            seen.is_complete = seen.id not in incomplete
            added, renamed, _ = difference(self._index, seen)
            after = refreshed_folder(before, edits.folders[seen.id], seen, [*added, *renamed])
            if seen.id in failed:
                after["pending"] = True  # the sidecar tries again
            if after["letters"] != before["letters"]:
                for id in lettered(self._index, seen.id):
                    edits.touch(id)
            changes += folder_change(seen.id, before, after)
        return changes

    def _commit(self, changes: list[Change], edits: Edits) -> None:
        if not changes:
            return
        self._index.commit(changes)
        if documents := edits.documents():
            self._emails.add_texts(documents)

    def catch_up(self, batch: int) -> bool:
        """Adds up to `batch` messages that are in the index and not in the full-text index; whether that was all."""
        if not self._emails.has_unadded():
            return True
        with self._lock():
            return self._emails.add_missing_texts(batch)

    def _finish_build(self, may_take_long: bool) -> bool:
        """Assigns threads in order of receivedAt when a first build of several batches is done."""
        if self._index.objects.get(BUILD, FIRST) is None:
            return True
        if may_take_long or len(self._index.mail) <= FINISH_BELOW:
            with self._lock():
                if self._index.objects.get(BUILD, FIRST) is not None:
                    kept = self._index.objects.by_type()
                    kept.pop(BUILD, None)
                    self._index.replace(_unthreaded(self._index.rows()), kept)
        return True


def _not_found(parsed: dict[Key, Result]) -> int:
    """New files that had another name, or were gone, when they were to be read."""
    return sum(isinstance(result, FileNotFoundError) for result in parsed.values())


def newest_first(found: list[tuple[Look, str]]) -> list[tuple[Key, str]]:
    """(key, path) of new files, the newest first by the time in their names."""

    def when(item: tuple[Look, str]) -> int:
        match = _TIME.match(item[1], 4)
        return int(match[0]) if match else 0

    if len(found) > BATCH:
        found.sort(key=when, reverse=True)
    return [((seen.id, name), f"{seen.folder}/{from_text(name)}") for seen, name in found]


def _unthreaded(rows: Iterable[EmailRow]) -> Iterator[EmailRow]:
    """So that threads are assigned anew, in order of receivedAt (RFC 8621 3)."""
    for row in rows:
        row.pop("threadId", None)
        yield row
