"""Whether anything in a Maildir differs from what the index has seen: a stat for each directory, nothing else."""

import os
from pathlib import Path

from jmapd.index.account import AccountIndex
from jmapd.stores import dovecot
from jmapd.stores.maildir_folders import FOLDER, ROOT, TREE, VERSION
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import MISSING, PARTS, signature
from jmapd.wire import Id, Record

UNSEEN = (-1, -1, -1)


Watched = tuple[str, int, int, int, Id, str]  # path, mtime, ctime, inode, mailbox, part


class Watchlist:
    """The directories of one account with their expected stamps; kept while the index does not change."""

    def __init__(self, index: AccountIndex, root: Path) -> None:
        self._index, self._root = index, root
        self._made_for: tuple[int, str, int] | None = None
        self._made_of: dict[Id, tuple[Record, list[Watched], list[tuple[str, int, Id]]]] = {}
        self._tree_record: Record | None = None
        self._tree: list[tuple[str, int, int]] = [(str(root), *UNSEEN[:2])]
        self._parts: list[Watched] = []
        self._loose: list[tuple[str, int, Id]] = []
        self._parents: list[Id] = []  # of other folders, without one of their own

    def _make(self) -> None:
        """Reads the records anew where they changed."""
        index = self._index
        key = (id(index.objects), index.epoch, index.modseq)
        if key == self._made_for:
            return
        self._made_for = key
        tree = index.objects.get(TREE, ROOT)
        if tree is not self._tree_record or tree is None:
            self._tree_record = tree
            stamps = tree["stamps"] if tree else {"": None}
            self._tree = [(self._path(path), *(stamp or UNSEEN[:2])) for path, stamp in stamps.items()]
        folders, old = index.objects.all(FOLDER), self._made_of
        if old.keys() == folders.keys() and all(old[id][0] is folder for id, folder in folders.items()):
            return
        made = {}
        for mailbox, folder in folders.items():
            before = old.get(mailbox)
            made[mailbox] = before if before and before[0] is folder else self._entries(mailbox, folder)
        self._made_of = made
        self._parts = [part for _, parts, _ in made.values() for part in parts]
        self._loose = [loose for _, _, found in made.values() for loose in found]
        self._parents = [mailbox for mailbox, folder in folders.items() if not folder["exists"]]

    def _entries(self, mailbox: Id, folder: Record) -> tuple[Record, list[Watched], list[tuple[str, int, Id]]]:
        if not folder["exists"]:
            return folder, [], []
        path = self._path(folder["path"])
        parts: list[Watched] = [(f"{path}/{part}", *(folder[part] or UNSEEN), mailbox, part) for part in PARTS]
        stamp = folder["letters_stamp"] or MISSING
        return folder, parts, [(f"{path}/{dovecot.KEYWORDS}", stamp[0], mailbox)] if folder.get("is_loose") else []

    def _path(self, text: str) -> str:
        return os.path.join(str(self._root), from_text(text)).rstrip("/")  # noqa: PTH118

    def differences(self) -> tuple[bool, dict[Id, set[str]]]:
        """(whether folders may have come or gone, {mailbox id: parts to list})."""
        self._make()
        parts: dict[Id, set[str]] = {}
        is_tree_changed, stat = self._is_tree_changed() or bool(self.hollow()), os.stat
        missing: list[Id] = []
        for path, mtime, ctime, inode, mailbox, part in self._parts:
            try:
                status = stat(path)
            except FileNotFoundError:
                # a folder that has neither part is no folder any more
                is_tree_changed |= mailbox in missing
                missing.append(mailbox)
                if inode != 0:
                    parts.setdefault(mailbox, set()).add(part)
                continue
            except OSError:
                continue  # not to be read now; what is known of it stays
            if status.st_mtime_ns != mtime or status.st_ctime_ns != ctime or status.st_ino != inode:
                parts.setdefault(mailbox, set()).add(part)
        for path, mtime, mailbox in self._loose:
            if signature(path)[0] != mtime:
                parts.setdefault(mailbox, set()).update(PARTS)
        return is_tree_changed, parts

    def is_changed(self, mailbox: Id, part: str) -> bool:
        """Whether this part of a Mailbox's folder differs."""
        record, folder = self._index.objects.get(FOLDER, mailbox), self.folder(mailbox)
        return record is not None and folder is not None and signature(f"{folder}/{part}") != record[part]

    def hollow(self) -> list[Id]:
        """Mailboxes that are only parents now, but have messages still: their folders were removed."""
        self._make()
        return [id for id in self._parents if self._index.mail.mailbox(id)]

    def _is_tree_changed(self) -> bool:
        if self._tree_record is not None and self._tree_record.get("version") != VERSION:
            return True
        for path, mtime, inode in self._tree:
            try:
                status = os.stat(path)  # noqa: PTH116
            except OSError:
                return True
            if status.st_mtime_ns != mtime or status.st_ino != inode:
                return True
        return False

    def paths(self) -> list[str]:
        """All directories that are looked at."""
        self._make()
        return [path for path, *_ in self._tree] + [path for path, *_ in self._parts]

    def folder(self, mailbox: Id) -> str | None:
        """The path of a Mailbox's folder; None when there is no such Mailbox or it was never made."""
        record = self._index.objects.get(FOLDER, mailbox)
        if record is None or not record["exists"]:
            return None
        return self._path(record["path"])
