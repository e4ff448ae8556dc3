"""Which thread a message belongs to (RFC 8621 3), over the thread table of a snapshot.

Keys stand for a message id together with a base subject. A message joins the oldest thread that shares a key with it;
threads are never merged. Thread numbers grow in the order in which threads came to be.
"""

import hashlib
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from jmapd.index.history import History, Life
from jmapd.index.snapshot import Snapshot
from jmapd.index.snapshot_write import Graves
from jmapd.wire import Id

Order = Callable[[int], Any]  # row -> what it is sorted by


class Conversations:
    """Thread numbers of rows and rows of threads, and the history of Thread."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.base = snapshot.threads
        last = snapshot.header.get("last", {}).get("Thread", 0)
        graves = Graves(*(snapshot.json("graves_Thread") or []))
        columns = partial(past, snapshot, "thread_created", "thread_changed", snapshot.thread_id)
        self.history = History(last, graves, snapshot.modseq, columns)
        self.ids: list[Id] = []  # of the threads since the snapshot
        self._numbers: dict[Id, int] = {}
        self.changed: dict[int, list[int]] = {}  # rows of the threads that differ from the snapshot; [] is a dead one
        self.keys: dict[int, list[int]] = {}  # key -> threads, those since the snapshot

    def rows(self, thread: int) -> list[int]:
        """Oldest first. Not to be changed by the caller."""
        rows = self.changed.get(thread)
        if rows is None:
            start = self._snapshot.view("thread_start")
            rows = self._snapshot.view("thread_rows")[start[thread] : start[thread + 1]].tolist()
        return rows

    def id(self, thread: int) -> Id:
        return self.ids[thread - self.base] if thread >= self.base else self._snapshot.thread_id(thread)

    def number(self, id: Id) -> int | None:
        """The thread of this id, if it has any message."""
        thread = self._numbers.get(id)
        if thread is None:
            thread = self._snapshot.thread_number(id)
        return thread if thread is not None and self.is_alive(thread) else None

    def is_alive(self, thread: int) -> bool:
        rows = self.changed.get(thread)
        return rows is None or bool(rows)

    def oldest(self, keys: Iterable[int]) -> int | None:
        """The oldest thread that has one of the keys."""
        found: int | None = None
        pairs, threads = self._snapshot.view("conversation_keys"), self._snapshot.view("conversation_threads")
        for key in keys:
            candidates = list(self.keys.get(key, ()))
            at = bisect_left(pairs, key)
            while at < len(pairs) and pairs[at] == key:
                candidates.append(threads[at])
                at += 1
            for thread in candidates:
                if (found is None or thread < found) and self.is_alive(thread):
                    found = thread
        return found

    def join(self, row: int, id: Id, keys: list[int], given: Id | None, modseq: int, order: Order) -> int:
        """Finds or makes the thread of a new row."""
        thread = self.number(given) if given is not None else self.oldest(keys)
        if thread is None:
            thread = self._make(given or self._free_id(id), modseq)
            self.changed[thread] = [row]
        else:
            created = self.created(thread)
            rows = self.changed[thread] = list(self.rows(thread))
            insort(rows, row, key=order)
            self.history.update(self.id(thread), modseq, created)
        for key in keys:
            threads = self.keys.setdefault(key, [])
            if thread not in threads:
                threads.append(thread)
        return thread

    def _make(self, id: Id, modseq: int) -> int:
        thread = self.base + len(self.ids)
        self.ids.append(id)
        self._numbers[id] = thread
        self.history.create(id, modseq)
        return thread

    def _free_id(self, id: Id) -> Id:
        return free_thread_id(id, lambda candidate: self.number(candidate) is not None)

    def leave(self, row: int, thread: int, modseq: int) -> None:
        """A row is gone; the thread goes with its last one."""
        created = self.created(thread)
        rows = self.changed[thread] = [other for other in self.rows(thread) if other != row]
        if rows:
            self.history.update(self.id(thread), modseq, created)
        else:
            self.history.destroy(self.id(thread), modseq, created)
            if self._numbers.get(self.id(thread)) == thread:
                del self._numbers[self.id(thread)]

    def created(self, thread: int) -> int:
        life = self.history.lives.get(self.id(thread))
        return life[0] if life else int(self._snapshot.view("thread_created")[thread])


class NextThreads:
    """The threads that messages will have, known before the transaction that creates them is committed."""

    def __init__(self, conversations: Conversations, former: Callable[[Id], Id | None]) -> None:
        """`former`: the thread of a message that was destroyed and comes again."""
        self._conversations, self._former = conversations, former
        self._made: dict[Id, int] = {}
        self._keys: dict[int, tuple[int, Id]] = {}  # key -> the oldest thread of one of these messages

    def of(self, id: Id, keys: list[int]) -> Id:
        """The thread of the next message: the one that it was in before, else as Conversations.join() would find it."""
        known = self._conversations
        former = self._former(id)
        number = known.oldest(keys) if former is None else known.number(former)
        found = [] if number is None else [(number, known.id(number))]
        if former is None:
            found += [self._keys[key] for key in keys if key in self._keys]
        thread = min(found) if found else self._make(former or free_thread_id(id, self._is_taken))
        for key in keys:
            self._keys[key] = min(thread, self._keys.get(key, thread))
        return thread[1]

    def _make(self, id: Id) -> tuple[int, Id]:
        if id not in self._made:
            self._made[id] = self._conversations.base + len(self._conversations.ids) + len(self._made)
        return self._made[id], id

    def _is_taken(self, id: Id) -> bool:
        return id in self._made or self._conversations.number(id) is not None


def free_thread_id(id: Id, is_taken: Callable[[Id], bool]) -> Id:
    """`T` and the digits of the first message's id; another, always the same, when a thread has that."""
    candidate, attempt = "T" + id[1:], 0
    while is_taken(candidate):
        attempt += 1
        candidate = "T" + hashlib.blake2b(f"{id}:{attempt}".encode(), digest_size=12).hexdigest()
    return candidate


def past(
    snapshot: Snapshot, created_name: str, changed_name: str, id: Callable[[int], Id], since: int, limit: int | None
) -> Iterable[tuple[Id, Life]]:
    """history.Past over two columns of a snapshot."""
    created, changed = snapshot.array(created_name), snapshot.array(changed_name)
    if not len(changed):
        return
    rows = np.flatnonzero(changed > np.uint64(since))
    positions = np.where(created[rows] > np.uint64(since), created[rows], changed[rows])
    if limit is not None and limit < len(rows):
        rows = rows[np.argsort(positions, kind="stable")[:limit]]
    for row in rows.tolist():
        life = int(created[row]), int(changed[row])
        yield id(row), (life[0], life[1], life[1])
