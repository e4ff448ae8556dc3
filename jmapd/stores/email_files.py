"""The files of one Email: into folders and out of them, and flags that say its keywords (RFC 8621 4.1.1)."""

import errno
import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.stores import maildir_names
from jmapd.stores.base import RecordNotFound
from jmapd.stores.maildir_moved import find_moved
from jmapd.stores.maildir_write import FileChanges, check_writable, locate
from jmapd.stores.new_message import NewMessage
from jmapd.stores.open_folders import ALWAYS, OpenFolder, OpenFolders
from jmapd.wire import Id, Record

Files = dict[Id, list[str]]
Keywords = tuple[frozenset[str], frozenset[str]]  # before and as wanted


class EmailFiles:
    """Of one transaction."""

    def __init__(self, index: AccountIndex, root: str, folders: Mapping[Id, Record] | None = None) -> None:
        self._index, self._root = index, root
        self.disk = FileChanges()
        self.folders = OpenFolders(index, root, self.disk, folders)
        self._is_merged = False  # of the Email being written another program changed keywords as well

    def create(
        self, message: NewMessage, mailboxes: Collection[Id], words: frozenset[str], received: int, is_delivery: bool
    ) -> tuple[Files, int]:
        """A new message in each Mailbox: one file with several names. Answers the mtime that it could be given, too.

        `is_delivery`: it comes from outside, so that it goes to new/, where it has no flags.
        """
        is_delivery = is_delivery and not words
        with self.disk.record():
            names: dict[Id, str] = {}
            for mailbox in sorted(mailboxes):
                folder = self.folders.open(mailbox, is_delivery)
                part = "new" if is_delivery else "cur"
                if not all(map(os.path.isdir, (f"{folder.path}/{part}", f"{folder.path}/tmp"))):
                    self.folders.complete(folder.place)
                check_writable(f"{folder.path}/{part}")  # only there when all are put in place
                # Dovecot and quotas take the lengths from here: on disk, and in wire form
                base = maildir_names.new_base(f",S={len(message.raw)},W={message.size}")
                name = maildir_names.Name(base, "", "")
                if not is_delivery:
                    name = name._replace(separator=folder.separator, flags=self._flags(folder, "", words))
                names[mailbox] = f"{part}/{name}"
            targets = [self.folders[mailbox].file(name) for mailbox, name in names.items()]
            first = self.folders[next(iter(names))]
            temporary = f"{first.path}/tmp/{maildir_names.new_base()}"
            mtime = self.disk.write(temporary, message.raw, received, targets)
        return {mailbox: [name] for mailbox, name in names.items()}, mtime

    def update(
        self, id: Id, files: Files, wanted: Mapping[Id, Any], keywords: Keywords
    ) -> tuple[Files, frozenset[str]]:
        """What the files of an Email are then, and their keywords. Raises RecordNotFound when one is gone."""
        self._is_merged = False
        with self.disk.record():
            added = sorted(set(wanted) - set(files))
            files = self._place(id, files, wanted, keywords)
            files |= self._flag({each: names for each, names in files.items() if each not in added}, keywords)
        if not self._is_merged:
            return files, keywords[1]
        lettered = ALWAYS.union(*map(self.folders.letters, files))
        return files, frozenset(self.shown(files) | (keywords[1] - lettered))

    def remove_all(self, id: Id, files: Files) -> None:
        """Nothing of the Email stays, once the index is told."""
        with self.disk.record():
            for mailbox, names in files.items():
                self._remove(self.folders.open(mailbox), names, last=id)

    def moved(self, id: Id, files: Files) -> Files:
        """Where another program has put the files since the last look. Raises RecordNotFound when they are gone."""
        ids = {folder.path: folder.id for folder in self.folders.values()}
        doomed = {(ids[path], name) for path, name in self.disk.doomed() if path in ids}
        found = find_moved(self._index, self._root, id, doomed)
        for mailbox in (files.keys() | found.keys()) & self.folders.keys():
            self.folders[mailbox].is_disturbed = True
        if not found:
            raise RecordNotFound(id)
        with self.disk.record():
            for mailbox in found:
                self.folders.open(mailbox).is_disturbed = True
        return found

    def shown(self, files: Files) -> set[str]:
        """The keywords that the names of these files say."""
        shown: set[str] = set()
        for mailbox, names in files.items():
            letters = self.folders.letters(mailbox)
            shown.update(*(maildir_names.keywords(maildir_names.flags_of(name), letters) for name in names))
        return shown

    # --- mailboxIds ---

    def _place(self, id: Id, files: Files, wanted: Mapping[Id, Any], change: Keywords) -> Files:
        """Puts the message into the wanted Mailboxes and out of all others: a move is a rename, a copy a hard link."""
        added = sorted(set(wanted) - set(files))
        spare = [(mailbox, name) for mailbox in sorted(set(files) - set(wanted)) for name in files[mailbox]]
        placed = {mailbox: list(names) for mailbox, names in files.items() if mailbox in wanted}
        source = next(((mailbox, names[0]) for mailbox, names in placed.items() if names), None)
        for mailbox in added:
            folder = self.folders.open(mailbox)
            if spare:
                origin, name = spare.pop(0)
                new = self._bring((self.folders.open(origin), name), folder, change, is_move=True)
            else:
                assert source is not None  # RFC 8621 4.1.1: at least one Mailbox, checked by the caller
                new = self._bring((self.folders.open(source[0]), source[1]), folder, change, is_move=False)
            placed[mailbox] = [new]
            source = source or (mailbox, new)
        for origin, name in spare:
            self._remove(self.folders.open(origin), [name])
        if not placed:
            raise RecordNotFound(id)
        return placed

    def _bring(self, file: tuple[OpenFolder, str], target: OpenFolder, change: Keywords, is_move: bool) -> str:
        """One file into another folder under a base of its own, so that no uid of the old folder goes along."""
        origin, name = file

        def bring(found: str) -> str:
            parts = maildir_names.split(found[4:])
            words = self._merged(origin, name, parts.flags, change)
            flags = self._flags(target, maildir_names.foreign_flags(parts.flags), words)
            base = maildir_names.new_base(parts.base)
            new = f"cur/{maildir_names.Name(base, target.separator, flags, parts.rest)}"
            if is_move:
                self.disk.move(origin.path, found, target.file(new))
            else:
                self.disk.link(origin.file(found), target.file(new))
            return new

        return self._try(origin, name, bring)

    def _remove(self, folder: OpenFolder, names: Collection[str], last: Id | None = None) -> None:
        def remove(found: str) -> str:
            self.disk.remove(folder.path, found, last)
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
            new = self.folders.without_letter(mailbox, keywords)
            if new or any(self._wants(mailbox, name, keywords) for name in names):
                folder = self.folders.open(mailbox)
                self.folders.give_letters(folder, new)
                done[mailbox] = [self._flag_one(folder, name, change) for name in names]
            else:
                done[mailbox] = names
        return done

    def _wants(self, mailbox: Id, name: str, keywords: frozenset[str]) -> bool:
        flags = maildir_names.flags_of(name)
        return maildir_names.flags_for(flags, keywords, self.folders.letters(mailbox)) != "".join(sorted(flags))

    def _flag_one(self, folder: OpenFolder, name: str, change: Keywords) -> str:
        def flag(found: str) -> str:
            parts = maildir_names.split(found[4:])
            words = self._merged(folder, name, parts.flags, change)
            flags = maildir_names.flags_for(parts.flags, words, folder.letters)
            if flags == "".join(sorted(parts.flags)):
                return found
            new = "cur/" + maildir_names.with_flags(found[4:], flags, folder.separator)
            return self._rename(folder, found, new)

        return self._try(folder, name, flag)

    def _merged(self, folder: OpenFolder, name: str, flags: str, change: Keywords) -> frozenset[str]:
        """The keywords of a file that was `name` and has these flags now: what another program has changed in this
        moment stays.
        """
        before, wanted = change
        if not folder.is_disturbed:
            return wanted
        self._is_merged = True
        there = maildir_names.keywords(flags, folder.letters)
        # keywords are those of all files of the Email: what only another file says was not cleared here
        said = before & maildir_names.keywords(maildir_names.flags_of(name), folder.letters)
        return (wanted | (there - before)) - (said - there)

    def _flags(self, folder: OpenFolder, old: str, words: frozenset[str]) -> str:
        """Flags that say these keywords in that folder."""
        self.folders.give_letters(folder, self.folders.without_letter(folder.id, words))
        return maildir_names.flags_for(old, words, folder.letters)

    def _rename(self, folder: OpenFolder, old: str, new: str) -> str:
        """Other flags for a file. Where the name is taken or too long, the file takes a base of its own."""
        try:
            self.disk.rename(folder.file(old), folder.file(new))
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENAMETOOLONG):
                raise
            parts = maildir_names.split(new[4:])
            new = f"cur/{parts._replace(base=maildir_names.new_base(parts.base))}"
            self.disk.rename(folder.file(old), folder.file(new))
        return new
