"""What listings of cur/ and new/ say against what the index knows: new, renamed, moved and vanished messages."""

import os
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import dovecot, maildir_names
from jmapd.stores.maildir_folders import FOLDER, is_racy
from jmapd.stores.maildir_intake import Key, Parsed
from jmapd.stores.maildir_layout import is_foreign
from jmapd.wire import Id, Record

EXTRA_KEYWORDS = "_keywords"  # internal records: keywords of an Email that no file name can hold
PARTS = ("cur", "new")

Difference = tuple[list[str], dict[str, str], dict[str, int]]
Sig = list[int]  # [mtime ns, ctime ns, inode] of cur/ or new/; zeros when it is not there
MISSING: Sig = [0, 0, 0]


def signature(path: str) -> Sig:
    """Of a directory as it is now."""
    try:
        status = os.stat(path)  # noqa: PTH116 (the hottest call there is)
    except FileNotFoundError:
        return MISSING
    return [status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


@dataclass
class Look:
    """One listing of parts of a folder. The signature was taken before the listing, so what comes later is noticed."""

    id: Id
    folder: str
    sigs: dict[str, Sig] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)  # "cur/name", as text (maildir_names.to_text)
    taken: int = 0
    is_complete: bool = True  # False: not all that is new was read, so the folder must be listed again
    result: tuple[tuple[str, int], "Difference"] | None = None

    def is_racy(self, part: str) -> bool:
        """Whether a change right after the listing could go unseen."""
        return is_racy(self.sigs[part][0], self.taken)

    def is_current(self) -> bool:
        """Whether nothing can have happened since."""
        return all(not self.is_racy(part) and signature(f"{self.folder}/{part}") == sig
                   for part, sig in self.sigs.items())  # fmt: skip

    def may_have_changed(self, again: int) -> bool:
        """Whether others are at work in it; what happened right before its listing counts only at first."""
        if again < 3 and self.folder and any(self.is_racy(part) for part in self.sigs):
            return True
        return self.folder != "" and any(signature(f"{self.folder}/{part}") != sig for part, sig in self.sigs.items())


def look(id: Id, folder: str, parts: Collection[str]) -> Look:
    """Lists parts of a folder. Raises OSError, but a part that is missing is empty."""
    found = Look(id, folder, taken=time.time_ns())
    for part in sorted(parts, reverse=True):  # new/ before cur/, for that is the way that messages go
        path = f"{folder}/{part}"
        found.sigs[part] = signature(path)
        try:
            if is_foreign(path):
                continue
            names = os.listdir(path)  # noqa: PTH208 (names only, no Path for each of 100,000)
        except FileNotFoundError:
            continue
        is_message, to_text = maildir_names.is_message, maildir_names.to_text
        found.names.update([f"{part}/{to_text(name)}" for name in names if is_message(name)])
    return found


def difference(index: AccountIndex, seen: Look) -> Difference:
    """(new names, {new name: old name} of renamed ones, {vanished name: row})."""
    state = (index.epoch, index.modseq)
    if seen.result is None or seen.result[0] != state:
        seen.result = (state, _difference(index, seen))
    return seen.result[1]


def _difference(index: AccountIndex, seen: Look) -> Difference:
    files = index.mail.mailbox_files(seen.id)
    if len(seen.sigs) == len(PARTS):
        gone = {name: row for name, row in files.items() if name not in seen.names}
    else:
        part = next(iter(seen.sigs)) + "/"
        gone = {name: row for name, row in files.items() if name not in seen.names and name.startswith(part)}
    added = [name for name in seen.names if name not in files]
    if not gone or not added:
        return added, {}, gone
    bases = {maildir_names.base_of(name[4:]): name for name in gone}
    renamed = {}
    for name in added:
        old = bases.get(maildir_names.base_of(name[4:]))
        if old is not None and old in gone and _is_same_file(index, seen, name, gone[old]):
            renamed[name] = old
            del gone[old]
    return [name for name in added if name not in renamed], renamed, gone


def _is_same_file(index: AccountIndex, seen: Look, name: str, row: int) -> bool:
    """A base names one content; the mtime tells when another program broke that rule."""
    try:
        mtime = os.stat(f"{seen.folder}/{maildir_names.from_text(name)}").st_mtime  # noqa: PTH116
    except OSError:
        return True  # renamed again already; the next look tells
    return max(int(mtime), 0) == index.mail.received_at(row)


class Edits:
    """Which files each touched Email will have, and the index changes that follow."""

    def __init__(self, index: AccountIndex, folders: Mapping[Id, Record]) -> None:
        self._index, self.folders = index, folders
        self._letters = {id: tuple(folder["letters"]) for id, folder in folders.items()}
        self._files: dict[Id, dict[Id, set[str]]] = {}
        self._new: dict[Id, Parsed] = {}

    def _of(self, id: Id) -> dict[Id, set[str]]:
        if id not in self._files:
            row = self._index.mail.row(id)
            files = {} if row is None else self._index.mail.files(row)
            self._files[id] = {mailbox: set(names) for mailbox, names in files.items()}
        return self._files[id]

    def touch(self, id: Id) -> None:
        """Its keywords may read differently now."""
        self._of(id)

    def add(self, id: Id, mailbox: Id, name: str) -> None:
        """A file of this Email."""
        self._of(id).setdefault(mailbox, set()).add(name)

    def drop(self, id: Id, mailbox: Id, name: str) -> None:
        """A file of it that is there no more."""
        self._of(id).get(mailbox, set()).discard(name)

    def put(self, parsed: Parsed, mailbox: Id, name: str) -> bool:
        """A file that was read, of an Email the index may or may not have. False: it must be read whole."""
        if self._index.mail.row(parsed.id) is None:
            if "record" not in parsed.row:
                return False
            other = self._new.setdefault(parsed.id, parsed)
            other.row["receivedAt"] = min(other.row["receivedAt"], parsed.row["receivedAt"])
        self.add(parsed.id, mailbox, name)
        return True

    def keep(self, id: Id) -> set[Id]:
        """Leaves an Email as the index has it; answers its Mailboxes."""
        del self._files[id]
        row = self._index.mail.row(id)
        return set() if row is None else set(self._index.mail.mailbox_ids(row))

    def lost(self) -> list[Id]:
        """Emails without any file left."""
        return [id for id, files in self._files.items() if not any(files.values())]

    def documents(self) -> list[tuple[Id, dict[str, str]]]:
        """The texts of the Emails that are new."""
        return [(id, parsed.texts) for id, parsed in self._new.items() if any(self._files[id].values())]

    def changes(self) -> list[Change]:
        """For AccountIndex.commit(). The oldest comes first, so that it gives its thread the id (RFC 8621 3)."""
        created: list[Change] = []
        changes: list[Change] = []
        for id, sets in self._files.items():
            files = {mailbox: sorted(names) for mailbox, names in sets.items() if names}
            row = self._index.mail.row(id)
            if row is None and files:
                record: dict[str, Any] = self._new[id].row | {"files": files, "keywords": self.keywords(id, files)}
                if (thread := self._index.mail.history.former_thread(id)) is not None:
                    record["threadId"] = thread
                created.append(["Email", "c", id, record])
            elif row is not None and not files:
                changes.append(["Email", "d", id])
                if self._index.objects.get(EXTRA_KEYWORDS, id) is not None:
                    changes.append([EXTRA_KEYWORDS, "d", id])
            elif row is not None:
                keywords = self.keywords(id, files)
                if self._is_changed(row, files, keywords):
                    changes.append(["Email", "u", id, {"files": files, "keywords": keywords}])
        created.sort(key=lambda change: (change[3]["receivedAt"], change[2]))
        return created + changes

    def keywords(self, id: Id, files: Mapping[Id, Iterable[str]]) -> list[str]:
        """RFC 8621 4.1.1 keywords belong to the Email, so those of all its files together, and those kept beside."""
        extra = self._index.objects.get(EXTRA_KEYWORDS, id)
        found = set(extra["keywords"]) if extra else set()
        for mailbox, names in files.items():
            letters = self._letters.get(mailbox, ())
            for name in names:
                found |= maildir_names.keywords(maildir_names.flags_of(name), letters)
        return sorted(found)

    def _is_changed(self, row: int, files: dict[Id, list[str]], keywords: list[str]) -> bool:
        mail = self._index.mail
        before = {mailbox: sorted(names) for mailbox, names in mail.files(row).items()}
        return before != files or sorted(mail.keywords(row)) != keywords


def collect(
    index: AccountIndex, looks: Iterable[Look], parsed: Mapping[Key, Any], edits: Edits
) -> list[tuple[Look, str]]:
    """Puts into `edits` what the listings say; answers the new files that were not read yet."""
    unread = []
    for seen in looks:
        added, renamed, gone = difference(index, seen)
        for name, old in renamed.items():
            id = index.mail.id(index.mail.mailbox_files(seen.id)[old])
            edits.drop(id, seen.id, old)
            edits.add(id, seen.id, name)
        for name, row in gone.items():
            edits.drop(index.mail.id(row), seen.id, name)
        for name in added:
            result = parsed.get((seen.id, name))
            is_put = isinstance(result, Parsed) and edits.put(result, seen.id, name)
            if not is_put and not isinstance(result, OSError):
                unread.append((seen, name))
    return unread


def with_letters(record: Record, folder: str) -> Record:
    """The folder's record with the letters that its dovecot-keywords has now."""
    stamp = signature(f"{folder}/{dovecot.KEYWORDS}")
    told = stamp if stamp != MISSING else None
    if told == record["letters_stamp"]:
        return record
    fresh = record | {"letters": list(dovecot.read_keywords(Path(folder))), "letters_stamp": told}
    fresh.pop("is_loose", None)
    return fresh


def refreshed_folder(record: Record, lettered: Record, seen: Look, added: Iterable[str]) -> Record:
    """The folder's record after this look: letters, separator, signatures.

    `lettered`: the record with the letters by which its files were read; who read them anew might get others.
    """
    fresh = dict(lettered)
    if record["guid"] is None:
        fresh["guid"] = dovecot.mailbox_guid(Path(seen.folder))
    # a letter that was not explained by the old keywords may still not be
    is_same = fresh["letters_stamp"] == record["letters_stamp"]
    for name in added if is_same else seen.names:
        parts = maildir_names.split(name[4:])
        if parts.separator and parts.separator != record["separator"]:
            fresh["separator"] = parts.separator
        if maildir_names.has_unknown_letter(parts.flags, fresh["letters"]):
            fresh["is_loose"] = True  # its dovecot-keywords must be looked at each time until it explains the letter
    if seen.is_complete:
        for part, sig in seen.sigs.items():
            if not seen.is_racy(part):
                fresh[part] = sig
        if len(seen.sigs) == len(PARTS):
            fresh["pending"] = False
    return fresh


def lettered(index: AccountIndex, mailbox: Id) -> list[Id]:
    """The Emails whose file in this folder has a keyword letter."""
    files = index.mail.mailbox_files(mailbox)
    rows = {row for name, row in files.items() if any("a" <= flag <= "z" for flag in maildir_names.flags_of(name))}
    return [index.mail.id(row) for row in rows]


def folder_change(id: Id, before: Record, after: Record) -> list[Change]:
    """The change of a folder's record, if there is one."""
    return [] if before == after else [[FOLDER, "u", id, after]]
