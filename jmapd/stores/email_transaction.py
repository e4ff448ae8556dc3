"""Writing Emails into a Maildir (RFC 8621 4.6): keywords, mailboxIds, destroy.

The account's lock is held by the caller.
"""

import errno
import logging
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import dovecot, maildir_names
from jmapd.stores.base import ReadOnly, RecordNotFound, StoreUnavailable
from jmapd.stores.maildir_folders import FOLDER
from jmapd.stores.maildir_layout import is_foreign
from jmapd.stores.maildir_moved import find_moved
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import EXTRA_KEYWORDS, PARTS, Sig, folder_change, signature
from jmapd.stores.maildir_write import FileChanges, locate, store_error
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

Files = dict[Id, list[str]]
Keywords = tuple[frozenset[str], frozenset[str]]  # before and as wanted
ALWAYS = frozenset(maildir_names.SYSTEM.values())  # have a letter of their own in each folder


class OpenFolder:
    """A folder this transaction works in: its record as it will be, and the signatures from before."""

    def __init__(self, id: Id, path: str, record: Record) -> None:
        self.id, self.path, self.before = id, path, record
        self.record = dict(record)
        self.sigs: dict[str, Sig] = {part: signature(f"{path}/{part}") for part in PARTS}
        self.is_disturbed = False  # another program is at work here, too, so it must be listed

    @property
    def letters(self) -> tuple[str | None, ...]:
        """The keywords of the letters a to z here."""
        return tuple(self.record["letters"])

    def file(self, name: str) -> str:
        """The path of "cur/name"."""
        return f"{self.path}/{from_text(name)}"

    def note_signatures(self, touched: Collection[str], unfinished: Collection[str] = ()) -> None:
        """Records the mtimes that our own operations made, where what was before them was known.

        The sidecar lists such a folder at its next pass: another program may have written in the same moment.
        Where something is still to be done the folder counts as never listed, should we be killed before it is.
        """
        for part in PARTS:
            directory = f"{self.path}/{part}"
            if directory in unfinished:
                self.record[part] = None
            elif directory in touched and self.sigs[part] == self.before[part] and not self.is_disturbed:
                self.record[part] = signature(directory)
                self.record["pending"] = True


class EmailTransaction:
    """Changes of Emails that become visible together; a context manager."""

    def __init__(self, index: AccountIndex, root: Path) -> None:
        self._index, self._root = index, str(root)
        self._files = FileChanges()
        self._folders: dict[Id, OpenFolder] = {}
        self._changed: dict[Id, tuple[Files, frozenset[str]]] = {}
        self._destroyed: set[Id] = set()
        self._extra: dict[Id, set[str]] = {}
        self._is_merged = False  # of the record being written another program changed keywords as well

    def __enter__(self) -> "EmailTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._files.undo()
            return
        try:
            self._files.sync()
            changes = self._changes()
            if changes:
                self._index.commit(changes)
        except OSError as failure:
            self._files.undo()
            raise store_error(failure) from failure
        except BaseException:
            self._files.undo()
            raise
        folders = self._index.objects.all(FOLDER).values()
        removed = self._files.finish([f"{self._root}/{from_text(folder['path'])}" for folder in folders])
        if removed:
            self._note_removed(removed)

    def get(self, id: Id) -> Record | None:
        """The Email's metadata as this transaction has left it."""
        row = self._index.mail.row(id)
        if row is None or id in self._destroyed:
            return None
        record = self._index.mail.email(row)
        if id in self._changed:
            files, keywords = self._changed[id]
            record["mailboxIds"] = dict.fromkeys(files, True)
            record["keywords"] = dict.fromkeys(sorted(keywords), True)
        return record

    def create(self, record: Record) -> Record:
        """Not yet: Email/set create and Email/import are not offered."""
        raise ReadOnly("Emails cannot be created yet")

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Keywords and mailboxIds; all else of an Email is immutable (RFC 8621 4.1)."""
        files, before = self._current(id), self._keywords(id)
        keywords = frozenset(record["keywords"])
        try:
            files, keywords = self._write(id, files, record["mailboxIds"], (before, keywords))
        except RecordNotFound:
            moved = self._moved(id, files)
            wanted = record["mailboxIds"] if "mailboxIds" in changed else moved
            files, keywords = self._write(id, moved, wanted, (before, keywords))
        row = self._index.mail.row(id)
        assert row is not None
        is_same = id not in self._changed and files == self._index.mail.files(row)
        if is_same and keywords == frozenset(self._index.mail.keywords(row)):
            return None
        self._changed[id] = (files, keywords)
        self._extra[id] = set(keywords) - self._shown(files)
        return None

    def _write(
        self, id: Id, files: Files, wanted: Mapping[Id, Any], keywords: Keywords
    ) -> tuple[Files, frozenset[str]]:
        """What the files of an Email are then, and their keywords."""
        self._is_merged = False
        with self._files.record():
            files = self._place(id, files, wanted)
            files = self._flag(files, keywords)
        if not self._is_merged:
            return files, keywords[1]
        lettered = ALWAYS.union(*map(self._letters, files))
        return files, frozenset(self._shown(files) | (keywords[1] - lettered))

    def destroy(self, id: Id) -> None:
        """Removes all files of the Email."""
        files = self._current(id)
        try:
            self._remove_all(files)
        except RecordNotFound:
            self._remove_all(self._moved(id, files))
        self._changed.pop(id, None)
        self._extra[id] = set()
        self._destroyed.add(id)

    def _remove_all(self, files: Files) -> None:
        with self._files.record():
            for mailbox, names in files.items():
                self._remove(self._open(mailbox), names, is_last=True)

    def _moved(self, id: Id, files: Files) -> Files:
        """Where another program has put the files since the last look. Raises RecordNotFound when they are gone."""
        found = find_moved(self._index, self._root, id, self._files.doomed())
        for mailbox in (files.keys() | found.keys()) & self._folders.keys():
            self._folders[mailbox].is_disturbed = True
        if not found:
            raise RecordNotFound(id)
        for mailbox in found:
            self._open(mailbox).is_disturbed = True
        return found

    def _keywords(self, id: Id) -> frozenset[str]:
        if id in self._changed:
            return self._changed[id][1]
        row = self._index.mail.row(id)
        return frozenset() if row is None else frozenset(self._index.mail.keywords(row))

    def _current(self, id: Id) -> Files:
        row = self._index.mail.row(id)
        if row is None or id in self._destroyed:
            raise RecordNotFound(id)
        if id in self._changed:
            return self._changed[id][0]
        return {mailbox: list(names) for mailbox, names in self._index.mail.files(row).items()}

    def _open(self, mailbox: Id) -> OpenFolder:
        if mailbox not in self._folders:
            record = self._index.objects.get(FOLDER, mailbox)
            if record is None:
                raise RecordNotFound(mailbox)
            path = f"{self._root}/{from_text(record['path'])}".rstrip("/")
            if not Path(path, "cur").is_dir():
                if not Path(self._root).is_dir() or (record["exists"] and not Path(path).is_dir()):
                    raise StoreUnavailable(f"{path} is not there")  # not mounted, or renamed just now
                self._files.make_folder(path, is_subfolder=path != self._root)
                record = dict(record) | {"exists": True}
            if is_foreign(f"{path}/cur"):
                raise ReadOnly("the folder leads to what belongs to another user")
            folder = OpenFolder(mailbox, path, record)
            self._files.lock(path)
            self._folders[mailbox] = folder
        return self._folders[mailbox]

    # --- mailboxIds ---

    def _place(self, id: Id, files: Files, wanted: Mapping[Id, Any]) -> Files:
        """Puts the message into the wanted Mailboxes and out of all others: a move is a rename, a copy a hard link."""
        added = sorted(set(wanted) - set(files))
        spare = [(mailbox, name) for mailbox in sorted(set(files) - set(wanted)) for name in files[mailbox]]
        placed = {mailbox: list(names) for mailbox, names in files.items() if mailbox in wanted}
        source = next(((mailbox, names[0]) for mailbox, names in placed.items() if names), None)
        for mailbox in added:
            folder = self._open(mailbox)
            if spare:
                origin, name = spare.pop(0)
                new = self._bring(self._open(origin), name, folder, is_move=True)
            else:
                assert source is not None  # RFC 8621 4.1.1: at least one Mailbox, checked by the caller
                new = self._bring(self._open(source[0]), source[1], folder, is_move=False)
            placed[mailbox] = [new]
            source = source or (mailbox, new)
        for origin, name in spare:
            self._remove(self._open(origin), [name])
        if not placed:
            raise RecordNotFound(id)
        return placed

    def _bring(self, origin: OpenFolder, name: str, target: OpenFolder, is_move: bool) -> str:
        """One file into another folder under a base of its own, so that no uid of the old folder goes along."""

        def bring(found: str) -> str:
            parts = maildir_names.split(found[4:])
            flags = maildir_names.foreign_flags(parts.flags)
            base = maildir_names.new_base(parts.base)
            new = f"cur/{maildir_names.Name(base, target.record['separator'], flags, parts.rest)}"
            if is_move:
                self._files.move(origin.path, found, target.file(new))
            else:
                self._files.link(origin.file(found), target.file(new))
            return new

        return self._try(origin, name, bring)

    def _remove(self, folder: OpenFolder, names: Collection[str], is_last: bool = False) -> None:
        def remove(found: str) -> str:
            self._files.remove(folder.path, found, is_last)
            return found

        for name in names:
            self._try(folder, name, remove)

    def _try(self, folder: OpenFolder, name: str, operation: Callable[[str], str]) -> str:
        """Does it; when the file has another name by now, looks for it and tries once more."""
        try:
            return operation(name)
        except FileNotFoundError:
            found = locate(folder.path, name)
            if found is None:
                raise
            folder.is_disturbed = True
            return operation(found)

    # --- keywords ---

    def _flag(self, files: Files, change: Keywords) -> Files:
        """Renames so that each file's flags say these keywords."""
        keywords = change[1]
        done: Files = {}
        for mailbox, names in files.items():
            letters = self._letters(mailbox)
            wanted = keywords - self._letterless(mailbox)
            new = sorted(word for word in wanted if word not in letters and dovecot.is_keyword(word))
            if new or any(self._wants(mailbox, name, keywords) for name in names):
                folder = self._open(mailbox)
                self._give_letters(folder, new)
                done[mailbox] = [self._flag_one(folder, name, change) for name in names]
            else:
                done[mailbox] = names
        return done

    def _letterless(self, mailbox: Id) -> frozenset[str]:
        """Keywords that need no letter in dovecot-keywords. Dovecot keeps a P, but does not show it as $forwarded."""
        record = self._index.objects.get(FOLDER, mailbox)
        is_dovecots = record is not None and dovecot.has_uidlist(Path(self._root, from_text(record["path"])))
        return ALWAYS - {"$forwarded"} if is_dovecots else ALWAYS

    def _letters(self, mailbox: Id) -> tuple[str | None, ...]:
        folder = self._folders.get(mailbox)
        if folder is not None:
            return folder.letters
        record = self._index.objects.get(FOLDER, mailbox)
        return tuple(record["letters"]) if record else ()

    def _wants(self, mailbox: Id, name: str, keywords: frozenset[str]) -> bool:
        flags = maildir_names.flags_of(name)
        return maildir_names.flags_for(flags, keywords, self._letters(mailbox)) != "".join(sorted(flags))

    def _flag_one(self, folder: OpenFolder, name: str, change: Keywords) -> str:
        def flag(found: str) -> str:
            parts = maildir_names.split(found[4:])
            before, wanted = change
            if folder.is_disturbed:  # what another program has changed in this moment stays changed
                there = maildir_names.keywords(parts.flags, folder.letters)
                wanted = (there | (wanted - before)) - (before - wanted)
                self._is_merged = True
            flags = maildir_names.flags_for(parts.flags, wanted, folder.letters)
            if flags == "".join(sorted(parts.flags)):
                return found
            new = "cur/" + maildir_names.with_flags(found[4:], flags, folder.record["separator"])
            return self._rename(folder, found, new)

        return self._try(folder, name, flag)

    def _rename(self, folder: OpenFolder, old: str, new: str) -> str:
        """Other flags for a file. Where the name is taken or too long, the file takes a base of its own."""
        try:
            self._files.rename(folder.file(old), folder.file(new))
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENAMETOOLONG):
                raise
            parts = maildir_names.split(new[4:])
            new = f"cur/{parts._replace(base=maildir_names.new_base(parts.base))}"
            self._files.rename(folder.file(old), folder.file(new))
        return new

    def _shown(self, files: Files) -> set[str]:
        """The keywords that the names of these files say."""
        shown: set[str] = set()
        for mailbox, names in files.items():
            letters = self._letters(mailbox)
            shown.update(*(maildir_names.keywords(maildir_names.flags_of(name), letters) for name in names))
        return shown

    def _give_letters(self, folder: OpenFolder, new: list[str]) -> None:
        """A letter in dovecot-keywords for each keyword that has none here; without one it is kept in the index."""
        missing = [keyword for keyword in new if keyword not in folder.letters]
        if not missing:
            return
        names = self._index.mail.mailbox_files(folder.id)
        used = {flag for name in names for flag in maildir_names.flags_of(name) if "a" <= flag <= "z"}
        explained = {chr(97 + n) for n, keyword in enumerate(folder.letters) if keyword}
        letters = folder.letters
        for keyword in missing:
            try:
                letters = dovecot.add_keyword(Path(folder.path), keyword, "".join(used - explained))
            except OSError:
                break
        folder.record["letters"] = list(letters)
        folder.record["letters_stamp"] = signature(f"{folder.path}/{dovecot.KEYWORDS}")

    # --- commit ---

    def _changes(self) -> list[Change]:
        changes: list[Change] = []
        for id, (files, keywords) in self._changed.items():
            names = {mailbox: sorted(found) for mailbox, found in files.items()}
            changes.append(["Email", "u", id, {"files": names, "keywords": sorted(keywords)}])
        changes += [["Email", "d", id] for id in sorted(self._destroyed)]
        for id, extra in self._extra.items():
            before = self._index.objects.get(EXTRA_KEYWORDS, id)
            if extra and (before is None or before["keywords"] != sorted(extra)):
                changes.append([EXTRA_KEYWORDS, "u" if before else "c", id, {"keywords": sorted(extra)}])
            elif before is not None and not extra:
                changes.append([EXTRA_KEYWORDS, "d", id])
        if changes:
            unfinished = {f"{folder}/{name[:3]}" for folder, name in self._files.doomed()}
            for folder in self._folders.values():
                folder.note_signatures(self._files.touched(), unfinished)
                known = self._index.objects.get(FOLDER, folder.id)
                changes += folder_change(folder.id, known or {}, folder.record)
        return changes

    def _note_removed(self, directories: Collection[str]) -> None:
        """The folders from which files were removed after the commit. Without this they are listed once more."""
        changes: list[Change] = []
        for folder in self._folders.values():
            known = self._index.objects.get(FOLDER, folder.id) or {}
            folder.note_signatures(directories)
            changes += folder_change(folder.id, known, folder.record)
        try:
            self._index.commit(changes)
        except OSError as error:
            log.warning("%s", error)
