"""The index of one account: a snapshot, the journal after it, and the file CURRENT that names both.

A type's state (RFC 8620 5.1) is `epoch.modseq` of its last change. No state is given out before what it stands for is
on the disk, so a power cut loses none; only a journal found damaged after one begins a new epoch.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from jmapd.files import locks
from jmapd.index import IndexDamaged, journal
from jmapd.index.build import ByType, build
from jmapd.index.check import check
from jmapd.index.counters import TRASH
from jmapd.index.current import (
    CURRENT,
    FORMAT,
    Names,
    after_boot,
    boot_id,
    discard,
    new_epoch,
    next_number,
    read_current,
    start,
    switch,
)
from jmapd.index.history import History
from jmapd.index.journal import Change, Journal
from jmapd.index.large_types import LARGE
from jmapd.index.mail import MailIndex
from jmapd.index.mail_apply import apply, settle
from jmapd.index.objects import Objects
from jmapd.index.records import Records
from jmapd.index.rows import EmailRow
from jmapd.index.snapshot import Snapshot
from jmapd.index.snapshot_write import write_snapshot
from jmapd.index.synced import Synced
from jmapd.index.verify import live_rows, verify
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

MAX_TAIL_LINES = 5000
MAX_TAIL_BYTES = 2 << 20
COUNTS = ["totalEmails", "unreadEmails", "totalThreads", "unreadThreads"]


class AccountIndex:
    """See the module. Threads of one process must take turns; processes need not."""

    epoch: str
    modseq: int
    names: Names
    mail: MailIndex
    objects: Objects

    def __init__(self, folder: Path, history_days: int = 30) -> None:
        """Opens, or makes an empty one. Raises IndexDamaged, OSError."""
        self.folder, self.history_days = folder, history_days
        self._current = -1
        self._journal: Journal | None = None
        self._records: Records | None = None
        self._is_locked = self._is_broken = False
        folder.mkdir(parents=True, exist_ok=True)
        self._synced = Synced(folder / "synced")
        self._begin()
        self._load()
        self.sync()

    # Opening

    def _begin(self) -> None:
        """Makes what is not there, and looks at the journal's end after a start of the machine."""
        path = self.folder / CURRENT
        if not path.exists():
            with locks.exclusive(self.folder / "lock"):
                if not path.exists():
                    start(self.folder)
        fd = os.open(path, os.O_RDONLY)
        try:
            is_same_boot = read_current(fd)["boot"] == boot_id()
        finally:
            os.close(fd)
        if not is_same_boot:
            with locks.exclusive(self.folder / "lock"):
                after_boot(self.folder)

    def _load(self) -> None:
        """Reads CURRENT and all that it names; again when a compaction took them away meanwhile."""
        for attempt in range(10):
            self.close()
            try:
                self._load_once()
            except FileNotFoundError as error:
                if attempt == 9 or not self._is_superseded():
                    raise IndexDamaged(f"{error.filename} is missing") from error
            else:
                return

    def _load_once(self) -> None:
        self._current = os.open(self.folder / CURRENT, os.O_RDONLY)
        self.names = read_current(self._current)
        snapshot_name, records_name = self.names["snapshot"], self.names["records"]
        snapshot = Snapshot(self.folder / snapshot_name if snapshot_name else None)
        self._records = Records(self.folder / records_name if records_name else None)
        self._journal = Journal(self.folder / self.names["journal"], self.names["epoch"], self._synced)
        self.epoch = self.names["epoch"]
        self.modseq = snapshot.modseq
        self.objects = Objects(snapshot)
        self.mail = MailIndex(snapshot, self._records, self._trash())
        self._is_broken = False
        self._replay()

    def close(self) -> None:
        """Gives the files back; refresh() opens them again."""
        if self._current >= 0:
            os.close(self._current)
            self._current = -1
        for file in (self._journal, self._records):
            if file is not None:
                file.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            self.close()

    # Following

    def refresh(self) -> None:
        """Takes in what others have written. Raises IndexDamaged."""
        if self._current < 0 or self._is_broken or self._is_superseded():
            self._load()
        elif self.log.size() != self.log.end:
            self._replay()
        self.sync()

    @property
    def log(self) -> Journal:
        assert self._journal is not None
        return self._journal

    def _is_superseded(self) -> bool:
        return self._current < 0 or os.fstat(self._current).st_nlink == 0

    def _replay(self) -> None:
        try:
            self._read()
        except IndexDamaged:
            # Without the lock a line may be seen half cut off and half new; with it, it is damaged.
            if self._is_locked or self._is_broken:
                raise
            with locks.exclusive(self.folder / "lock"):
                if self._is_superseded():
                    return  # the next refresh() follows
                self._read()

    def _read(self) -> None:
        for first, changes in self.log.read():
            if first != self.modseq + 1:
                self._is_broken = True
                raise IndexDamaged(f"{self.log.path}: {first} follows {self.modseq}")
            self._apply(first, changes)

    def _apply(self, first: int, changes: list[Change]) -> None:
        self._is_broken = True
        modseq = first
        for change in changes:
            if change[0] == "Email":
                apply(self.mail, modseq, change)
            else:
                self.objects.apply(modseq, change[0], change[1], change[2], change[3] if len(change) > 3 else None)
            modseq += 1
        for mailbox in settle(self.mail, self._trash()):
            if self.objects.get("Mailbox", mailbox) is not None:
                self.objects.touch("Mailbox", mailbox, modseq)
                modseq += 1
        self.modseq = modseq - 1
        self._is_broken = False

    def _trash(self) -> Id | None:
        return trash_of(self.objects.all("Mailbox"))

    # Writing

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """The account's write lock among all processes; reads the newest. Not reentrant."""
        with locks.exclusive(self.folder / "lock"):
            self._is_locked = True
            try:
                if self._current < 0 or self._is_broken or self._is_superseded() or self.log.is_read_only:
                    self._load()
                self._replay()
                self.log.cut()
                yield
            finally:
                self._is_locked = False
        self.sync()

    def commit(self, changes: list[Change]) -> None:
        """One transaction, under lock(). Raises ValueError for changes that make no sense, OSError."""
        assert self._is_locked
        if changes:
            check(self.mail, self.objects, changes)
            if self.names["format"] != FORMAT and any(change[0] in LARGE for change in changes):
                self._begin_format()
            first = self.modseq + 1
            self.log.append(first, changes)
            self._apply(first, changes)

    def _begin_format(self) -> None:
        """An index of an older format takes what only the newer has."""
        switch(self.folder, self.names | {"format": FORMAT})
        os.close(self._current)
        self._current = os.open(self.folder / CURRENT, os.O_RDONLY)
        self.names = read_current(self._current)

    def sync(self) -> None:
        """Makes durable what was read and committed."""
        if self._journal is not None and self._journal.fd >= 0:
            self._journal.sync()

    @property
    def is_damaged(self) -> bool:
        """Whether IndexDamaged was raised for something in it that is read only when it is wanted."""
        return self.mail.snapshot.is_damaged or self.mail.records.is_damaged

    def stale(self) -> bool:
        """Whether the journal is long enough for compact(), or columns would be made otherwise now."""
        large = self.objects.large.values()
        if any(each.base and not each.is_current for each in large):
            return True
        return self.log.lines > MAX_TAIL_LINES or self.log.end > MAX_TAIL_BYTES

    # States and changes

    def state(self, type: str) -> State:
        return f"{self.epoch}.{self._history(type).last}"

    def _history(self, type: str) -> History:
        if type == "Email":
            return self.mail.history
        if type == "Thread":
            return self.mail.conversations.history
        return self.objects.history(type)

    def changes(self, type: str, since: State, limit: int | None = None) -> Delta | None:
        """RFC 8620 5.2; None: cannot be calculated."""
        history, modseq = self._history(type), self.parse_state(since)
        if modseq is None or not history.graves.floor <= modseq <= history.last:
            return None
        page = history.changes(modseq, limit, lambda id: self._is_there(type, id))
        delta = Delta(page.created, page.updated, page.destroyed, f"{self.epoch}.{page.position}", page.has_more)
        if type == "Mailbox" and page.is_counts_only:
            delta.updated_properties = list(COUNTS)
        return delta

    def _is_there(self, type: str, id: Id) -> bool:
        if type == "Email":
            return self.mail.row(id) is not None
        if type == "Thread":
            return self.mail.thread_number(id) is not None
        return self.objects.has(type, id)

    def parse_state(self, state: State) -> int | None:
        """The modseq of a state of this epoch."""
        found = re.fullmatch(r"([0-9a-f]+)\.(0|[1-9][0-9]{0,17})", state, re.ASCII)
        return int(found[2]) if found and found[1] == self.epoch else None

    # The whole

    def rows(self) -> Iterator[EmailRow]:
        """All messages, oldest first, as replace() takes them."""
        return live_rows(self.mail)

    def replace(self, rows: Iterable[EmailRow], objects: ByType) -> None:
        """A whole new snapshot, under lock(): a new epoch. Raises ValueError, OSError and leaves all as it was."""
        assert self._is_locked
        number = next_number(self.folder)
        names = {kind: f"{kind}.{number:06}" for kind in ("snapshot", "records", "journal")}
        columns = build(self.folder / names["records"], rows, objects, trash_of(objects.get("Mailbox", {})))
        try:
            write_snapshot(self.folder / names["snapshot"], columns)
            journal.create(self.folder / names["journal"])
            switch(self.folder, {"epoch": new_epoch(), "boot": boot_id(), **names})
        except BaseException:
            discard(self.folder, names.values())
            raise
        self._load()

    def verify(self) -> list[str]:
        """What is wrong with it; reads all of it."""
        return verify(self.mail, self.objects)


def trash_of(mailboxes: Mapping[Id, Record]) -> Id | None:
    return min((id for id, mailbox in mailboxes.items() if mailbox.get("role") == TRASH), default=None)
