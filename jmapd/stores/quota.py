"""How much mail an account may hold (RFC 9425): the limits of maildirsize or of our configuration, and what is used.

Used is what the index has: each copy in each Mailbox that counts, in wire form, as Dovecot's IMAP reports it.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from jmapd.formats.quota_rule import MESSAGES, STORAGE, Rules
from jmapd.index.account import AccountIndex
from jmapd.index.bitmaps import numbers_of
from jmapd.stores import maildirsize
from jmapd.stores.base import OverQuota
from jmapd.stores.maildir_folders import FOLDER
from jmapd.stores.maildir_names import from_text
from jmapd.stores.maildirsize import Maildirsize
from jmapd.wire import Id

TRASH = (".Trash", "Trash")  # folders that maildirsize does not count

Files = Mapping[Id, Sequence[str]]  # mailbox id -> "cur/name"


class Amounts(NamedTuple):
    """Octets and messages; None: no limit."""

    octets: int | None
    messages: int | None


class Quota:
    """Of one account. Inside a session; limits are read once in each."""

    def __init__(self, index: AccountIndex, root: Path, owner: str, options: Mapping[str, Any]) -> None:
        self._index, self._root = index, root
        self._rules = rules(owner, options)
        self.warn_percent = int(options.get("quota.warn_percent", 0))
        self.shows_disk = bool(options.get("quota.file_system", False))
        self._size: Maildirsize | None = None
        self._is_read = False
        self._disk: tuple[int, int] | None = None
        self._used: tuple[Any, tuple[int, int]] = (None, (0, 0))

    def begin(self) -> None:
        """A session begins."""
        self._is_read, self._disk = False, None

    @property
    def size(self) -> Maildirsize | None:
        """What maildirsize says; None where nobody keeps one."""
        if not self._is_read:
            self._size, self._is_read = maildirsize.read(self._root), True
        return self._size

    @property
    def _is_courier(self) -> bool:
        return self.size is not None and (self.size.max_octets is not None or self.size.max_count is not None)

    def limits(self, mailbox: Id | None = None) -> Amounts:
        """Of the account, or for what is saved into a Mailbox."""
        if self._is_courier and self.size is not None:
            return Amounts(self.size.max_octets, self.size.max_count)
        name = self._name(mailbox) if mailbox is not None else None
        return Amounts(self._rules.limit(STORAGE, name), self._rules.limit(MESSAGES, name))

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to check."""
        return self.limits() != Amounts(None, None)

    def counts(self, mailbox: Id) -> bool:
        """Whether what is in that Mailbox counts."""
        return not (self.is_trash(mailbox) if self._is_courier else self._rules.ignores(self._name(mailbox)))

    def is_trash(self, mailbox: Id) -> bool:
        """Whether maildirsize leaves it out."""
        folder = self._index.objects.get(FOLDER, mailbox)
        return folder is not None and folder["path"] in TRASH

    def disk(self) -> tuple[int, int] | None:
        """Octets used and available of the file system, where they are to be shown."""
        if self.shows_disk and self._disk is None:
            found = os.statvfs(self._root)
            used = found.f_blocks - found.f_bfree
            self._disk = used * found.f_frsize, (used + found.f_bavail) * found.f_frsize
        return self._disk

    def used(self) -> tuple[int, int]:
        """Octets and messages, as of the newest state this process has read."""
        key = (self._index.epoch, self._index.modseq, self._is_courier)
        if self._used[0] != key:
            mail = self._index.mail
            rows = [numbers_of(mail.mailbox(each)) for each in mail.mailboxes_in_use() if self.counts(each)]
            octets = sum(int(np.sum(mail.column("size", each), dtype=np.int64)) for each in rows)
            self._used = (key, (octets, sum(map(len, rows))))
        return self._used[1]

    def charge(self) -> "Charge":
        """For one transaction."""
        return Charge(self)

    def note(self, octets: int, count: int) -> None:
        """Tells maildirsize, where there is one, of files that came and went."""
        if octets or count:
            folders = [each["path"] for each in self._index.objects.all(FOLDER).values() if each["path"] not in TRASH]
            maildirsize.note(self._root, [str(self._root / from_text(path)) for path in folders], octets, count)
            self._is_read = False

    def on_disk(self, mailbox: Id, name: str) -> int:
        """Octets of the file "cur/name"; 0 when it is gone."""
        folder = self._index.objects.get(FOLDER, mailbox) or {"path": ""}
        with suppress(OSError):
            return maildirsize.size_of(name[4:], str(self._root / from_text(folder["path"]) / from_text(name)))
        return 0

    def _name(self, mailbox: Id) -> str:
        """As rules name it: "INBOX", "Archive/2026"."""
        boxes = self._index.objects.all("Mailbox")
        parts: list[str] = []
        box = boxes.get(mailbox)
        while box is not None and len(parts) < 100:
            parts.append("INBOX" if box.get("role") == "inbox" else str(box["name"]))
            box = boxes.get(box["parentId"]) if box["parentId"] else None
        return "/".join(reversed(parts))


class Charge:
    """What one transaction adds to the account, checked before each file is written."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._octets = self._count = 0  # of what counts against the limits
        self._disk_octets = self._disk_count = 0  # of what maildirsize counts

    @contextmanager
    def change(self, size: int, before: Files, after: Collection[Id], on_disk: int | None = None) -> Iterator[None]:
        """Around what puts the files of an Email of that wire size from its Mailboxes into others.

        `on_disk`: of a new message, its octets there. Raises OverQuota, before anything is done; what then fails does
        not count.
        """
        saved = self._octets, self._count, self._disk_octets, self._disk_count
        try:
            if self._quota.is_limited:
                self._check(size, before, after)
            if self._quota.size is not None:
                self._measure(size, before, after, on_disk)
            yield
        except BaseException:
            self._octets, self._count, self._disk_octets, self._disk_count = saved
            raise

    def settle(self) -> None:
        """After the commit."""
        self._quota.note(self._disk_octets, self._disk_count)

    def _check(self, size: int, before: Files, after: Collection[Id]) -> None:
        quota = self._quota
        arriving = [mailbox for mailbox in after if mailbox not in before and quota.counts(mailbox)]
        change = len(arriving) - sum(mailbox not in after and quota.counts(mailbox) for mailbox in before)
        self._octets, self._count = self._octets + size * change, self._count + change
        if change <= 0:  # who is over the limit may still move and remove mail
            return
        used = quota.used()
        for mailbox in arriving:
            limit = quota.limits(mailbox)
            _compare("octets", limit.octets, used[0], self._octets)
            _compare("messages", limit.messages, used[1], self._count)

    def _measure(self, size: int, before: Files, after: Collection[Id], on_disk: int | None) -> None:
        quota = self._quota
        files = [(mailbox, name) for mailbox, names in before.items() for name in names]
        going = [each for each in files if each[0] not in after and not quota.is_trash(each[0])]
        arriving = sum(mailbox not in before and not quota.is_trash(mailbox) for mailbox in after)
        if arriving and on_disk is None:
            on_disk = next((quota.on_disk(*each) for each in files), size)
        self._disk_octets += (on_disk or 0) * arriving - sum(quota.on_disk(*each) for each in going)
        self._disk_count += arriving - len(going)


def _compare(what: str, limit: int | None, used: int, more: int) -> None:
    if limit is not None and more > 0 and used + more > limit:
        raise OverQuota(f"the account may hold {limit} {what} of mail and has {used}")


def rules(owner: str, options: Mapping[str, Any]) -> Rules:
    """Those for the user come first, those for all after them."""
    users: Mapping[str, Sequence[str]] = options.get("quota.users", {})
    own = [rule for pattern, given in users.items() if fnmatchcase(owner, pattern) for rule in given]
    return Rules([*own, *options.get("quota.rules", ())])
