"""The folders one transaction works in: opened under Dovecot's lock, with the letters their keywords have."""

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import dovecot, maildir_names
from jmapd.stores.base import Overtaken, ReadOnly, RecordNotFound, StoreUnavailable
from jmapd.stores.folder_disk import FolderDisk
from jmapd.stores.maildir_folders import FOLDER, ROOT, TREE
from jmapd.stores.maildir_layout import is_foreign
from jmapd.stores.maildir_moved import folder_path
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildir_scan import PARTS, Sig, folder_change, signature
from jmapd.stores.maildir_write import FileChanges
from jmapd.wire import Id, Record

ALWAYS = frozenset(maildir_names.SYSTEM.values())  # have a letter of their own in each folder


class OpenFolder:
    """A folder this transaction works in: its record as it will be, and the signatures from before.

    `path` leads to it while the transaction lasts, also when another program renames it; `place` is where it was.
    """

    def __init__(self, id: Id, path: str, place: str, record: Record) -> None:
        self.id, self.path, self.place, self.before = id, path, place, record
        self.record = dict(record)
        self.sigs: dict[str, Sig] = {part: signature(f"{path}/{part}") for part in PARTS}
        self.is_disturbed = False  # another program is at work here, too, so it must be listed
        self.is_relettered = False  # it has given letters, too, so all that has letters must be read again

    @property
    def letters(self) -> tuple[str | None, ...]:
        """The keywords of the letters a to z here."""
        return tuple(self.record["letters"])

    @property
    def separator(self) -> str:
        """What comes before "2," in file names here."""
        return str(self.record["separator"])

    def file(self, name: str) -> str:
        """The path of "cur/name"."""
        return f"{self.path}/{from_text(name)}"

    def locked(self) -> "OpenFolder":
        """Once its lock is held: Dovecot may have given letters since the index was told of them."""
        letters = dovecot.read_keywords(Path(self.path))
        if letters != self.letters:
            self.record["letters"] = list(letters)
            self.is_disturbed = self.is_relettered = True
        return self

    def note_signatures(self, touched: Collection[str], unfinished: Collection[str] = ()) -> None:
        """Records the mtimes that our own operations made, where what was before them was known.

        The sidecar lists such a folder at its next pass: another program may have written in the same moment.
        Where something is still to be done the folder counts as never listed, should we be killed before it is.
        """
        if self.is_relettered:
            self.record |= {"letters": self.before["letters"], "letters_stamp": None}
        for part in PARTS:
            directory = f"{self.path}/{part}"
            if directory in unfinished:
                self.record[part] = None
            elif directory in touched and self.sigs[part] == self.before[part] and not self.is_disturbed:
                # deliveries into new/ need no lock: it is listed again, and small; cur/ is Dovecot's and ours
                self.record[part] = signature(f"{self.place}/{part}") if part == "cur" else None
                self.record["pending"] = True


class OpenFolders(dict[Id, OpenFolder]):
    """By mailbox id; the locks are kept until the transaction ends."""

    def __init__(
        self, index: AccountIndex, root: str, files: FileChanges, records: Mapping[Id, Record] | None = None
    ) -> None:
        """`records`: of all folders, where they are not (yet) as the index has them."""
        super().__init__()
        self._index, self._root, self._files = index, root, files
        self._others = records

    @property
    def _records(self) -> Mapping[Id, Record]:
        return self._index.objects.all(FOLDER) if self._others is None else self._others

    def open(self, mailbox: Id, is_delivery: bool = False) -> OpenFolder:
        """Made on disk when it is not there yet. Raises RecordNotFound, ReadOnly, StoreUnavailable, OSError.

        `is_delivery`: files are only added to new/, for which Dovecot's lock is not needed.
        """
        if mailbox in self:
            folder = self[mailbox]
            if not is_delivery and self._files.lock(folder.path):
                folder.is_disturbed = True  # it was looked at without the lock
                folder.locked()
            return folder
        record = self._records.get(mailbox)
        if record is None:
            raise RecordNotFound(mailbox)
        path: str | None = self._path(record)
        if record["exists"] and not Path(str(path)).is_dir():  # not mounted, or renamed just now
            path = folder_path(self._index, self._root, record) if Path(self._root).is_dir() else None
            if path is None:
                raise Overtaken(f"{self._path(record)} is not there")
        assert path is not None
        if not Path(path, "cur").is_dir():
            if not Path(self._root).is_dir():
                raise StoreUnavailable(f"{self._root} is not there")
            self.complete(path)
            self._files.undone_with(partial(self.pop, mailbox, None))
            record = dict(record) | {"exists": True}
        if is_foreign(f"{path}/cur"):
            raise ReadOnly("the folder leads to what belongs to another user")
        held = self._files.hold(path)
        # before it is looked at, for Dovecot may be at work until then
        is_locked = not is_delivery and self._files.lock(held)
        self[mailbox] = folder = OpenFolder(mailbox, held, path, record)
        return folder.locked() if is_locked else folder

    def complete(self, path: str) -> None:
        """Makes what a folder of the account lacks, durable at once. Raises OSError."""
        layout = (self._index.objects.get(TREE, ROOT) or {"layout": "maildir++"})["layout"]
        disk = FolderDisk(Path(self._root), layout)
        self._files.undone_with(disk.undo)
        there = (from_text(each["path"]) for each in self._records.values() if each["exists"])
        disk.complete(path.removeprefix(self._root).lstrip("/"), lambda: disk.workshop(there))
        disk.sync()

    def all(self) -> list[str]:
        """The paths of all folders of the account."""
        return [self._path(record) for record in self._records.values()]

    def _path(self, record: Record) -> str:
        return f"{self._root}/{from_text(record['path'])}".rstrip("/")

    def letters(self, mailbox: Id) -> tuple[str | None, ...]:
        """The keywords of the letters a to z of any folder."""
        if mailbox in self:
            return self[mailbox].letters
        record = self._records.get(mailbox)
        return tuple(record["letters"]) if record else ()

    def letterless(self, mailbox: Id) -> frozenset[str]:
        """Keywords that need no letter in dovecot-keywords. Dovecot keeps a P, but does not show it as $forwarded."""
        record = self._records.get(mailbox)
        is_dovecots = record is not None and dovecot.has_uidlist(Path(self._path(record)))
        return ALWAYS - {"$forwarded"} if is_dovecots else ALWAYS

    def without_letter(self, mailbox: Id, keywords: frozenset[str]) -> list[str]:
        """Those that the folder's dovecot-keywords could show and does not."""
        letters = self.letters(mailbox)
        wanted = keywords - self.letterless(mailbox)
        return sorted(word for word in wanted if word not in letters and dovecot.is_keyword(word))

    def give_letters(self, folder: OpenFolder, keywords: list[str]) -> None:
        """A letter in dovecot-keywords for each that has none here; what gets none is kept in the index."""
        missing = [keyword for keyword in keywords if keyword not in folder.letters]
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

    def changes(self) -> list[Change]:
        """The folders' records after what was done in them, for the journal."""
        changes: list[Change] = []
        unfinished = {f"{path}/{name[:3]}" for path, name in self._files.doomed()}
        for folder in self.values():
            folder.note_signatures(self._files.touched(), unfinished)
            changes += self._change(folder)
        return changes

    def changes_after_removal(self, directories: Collection[str]) -> list[Change]:
        """As changes(), once what was doomed is gone from these directories. Without it they are listed once more."""
        changes: list[Change] = []
        for folder in self.values():
            folder.note_signatures(directories)
            changes += self._change(folder)
        return changes

    def _change(self, folder: OpenFolder) -> list[Change]:
        return folder_change(folder.id, self._records.get(folder.id) or {}, folder.record)
