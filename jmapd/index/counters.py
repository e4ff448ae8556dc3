"""The four counts of each mailbox (RFC 8621 2), kept up by what each thread adds before and after a change."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

import numpy as np
from pyroaring import BitMap

from jmapd.index.rows import is_unread

Array = np.ndarray[Any, Any]
TRASH = "trash"


class Counts(NamedTuple):
    total_emails: int = 0
    unread_emails: int = 0
    total_threads: int = 0
    unread_threads: int = 0


Flags = tuple[tuple[str, ...], bool]  # mailbox ids, is unread
NONE = Counts()


class Counters:
    """Counts by mailbox; none is kept where all four are zero."""

    def __init__(self, counts: dict[str, list[int]], trash: str | None) -> None:
        self.counts = {mailbox: Counts(*numbers) for mailbox, numbers in counts.items()}
        self.trash = trash
        self._before: dict[int, dict[str, tuple[int, ...]]] = {}  # thread -> mailbox -> what it added

    def get(self, mailbox: str) -> Counts:
        return self.counts.get(mailbox, NONE)

    def touch(self, thread: int, flags: Callable[[], Iterable[Flags]]) -> None:
        """To be called before anything of a thread changes in a transaction."""
        if thread not in self._before:
            self._before[thread] = self.contribution(flags())

    def settle(self, flags: Callable[[int], Iterable[Flags]]) -> list[str]:
        """Ends a transaction: the mailboxes whose counts have changed, sorted."""
        deltas: dict[str, list[int]] = {}
        for thread, before in self._before.items():
            after = self.contribution(flags(thread))
            if after == before:
                continue
            for mailbox, numbers in before.items():
                delta = deltas.setdefault(mailbox, [0, 0, 0, 0])
                for at in range(4):
                    delta[at] -= numbers[at]
            for mailbox, numbers in after.items():
                delta = deltas.setdefault(mailbox, [0, 0, 0, 0])
                for at in range(4):
                    delta[at] += numbers[at]
        self._before.clear()
        changed = sorted(mailbox for mailbox, delta in deltas.items() if any(delta))
        for mailbox in changed:
            counts = Counts(*(old + new for old, new in zip(self.get(mailbox), deltas[mailbox], strict=True)))
            self._keep(mailbox, counts)
        return changed

    def _keep(self, mailbox: str, counts: Counts) -> None:
        if any(counts):
            self.counts[mailbox] = counts
        else:
            self.counts.pop(mailbox, None)

    def contribution(self, emails: Iterable[Flags]) -> dict[str, tuple[int, ...]]:
        """What a thread adds to the counts of each mailbox that it is in."""
        totals: dict[str, list[int]] = {}
        unread_in_trash = unread_elsewhere = 0
        for mailboxes, unread in emails:
            for mailbox in mailboxes:
                numbers = totals.setdefault(mailbox, [0, 0])
                numbers[0] += 1
                numbers[1] += unread
            if unread:
                # Emails only in the trash count there alone, those not in the trash everywhere else (RFC 8621 2).
                unread_in_trash |= self.trash in mailboxes
                unread_elsewhere |= mailboxes != (self.trash,)
        return {
            mailbox: (total, unread, 1, unread_in_trash if mailbox == self.trash else unread_elsewhere)
            for mailbox, (total, unread) in totals.items()
        }

    def replace(self, counts: dict[str, Counts], trash: str | None) -> list[str]:
        """Takes counts that were made anew; the mailboxes that differ, sorted."""
        self._before.clear()
        names = self.counts.keys() | counts.keys()
        changed = sorted(name for name in names if self.get(name) != counts.get(name, NONE))
        self.counts, self.trash = counts, trash
        return changed


class RowSets(Protocol):
    """Sets of rows by kind and name."""

    live: BitMap

    def get(self, kind: str, name: str) -> BitMap: ...
    def names(self, kind: str) -> list[str]: ...


def recount(sets: RowSets, threads: Array, thread_count: int, trash: str | None) -> dict[str, Counts]:
    """All counts from nothing. `threads` has the thread of each row, dead ones too."""

    def of(rows: Any) -> Array:
        found: Array = threads[np.array(rows.to_array(), dtype=np.int64)]
        return found

    read = sets.get("keyword", "$seen") | sets.get("keyword", "$draft")
    unread = sets.live - read
    in_trash = sets.get("mailbox", trash) if trash is not None else sets.live - sets.live
    elsewhere = sets.live - sets.live
    mailboxes = {name: sets.get("mailbox", name) for name in sets.names("mailbox")}
    for name, rows in mailboxes.items():
        if name != trash:
            elsewhere |= rows
    homeless = sets.live - in_trash - elsewhere
    marks = np.zeros(thread_count, dtype=bool), np.zeros(thread_count, dtype=bool)
    marks[0][of(unread & (elsewhere | homeless))] = True
    marks[1][of(unread & in_trash)] = True
    counts = {}
    for name, rows in mailboxes.items():
        if rows:
            found = np.zeros(thread_count, dtype=bool)
            found[of(rows)] = True
            unread_threads = int(np.count_nonzero(found & marks[name == trash]))
            total_threads = int(np.count_nonzero(found))
            counts[name] = Counts(
                len(rows), len(rows) - rows.intersection_cardinality(read), total_threads, unread_threads
            )
    return counts


def flags(mailboxes: tuple[str, ...], keywords: tuple[str, ...]) -> Flags:
    return mailboxes, is_unread(keywords)
