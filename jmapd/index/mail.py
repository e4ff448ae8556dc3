"""What Email/query and Email/get need without opening a message (RFC 8621 4): sets, columns and records by row.

A row is a number that holds until the next commit or refresh. Bitmaps that are given out must not be changed.
"""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property, partial
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.index.bitmaps import bitmap, bitmap_of, numbers_of
from jmapd.index.conversations import Conversations, past
from jmapd.index.counters import Counters, Counts
from jmapd.index.history import History
from jmapd.index.journal import decode_json
from jmapd.index.order import Order, Received
from jmapd.index.ranks import Ranks
from jmapd.index.records import Records, decode_head
from jmapd.index.rows import Files, State, unpack_files, unpack_names
from jmapd.index.sets import Sets
from jmapd.index.snapshot import Array, Snapshot
from jmapd.index.snapshot_write import Graves
from jmapd.wire import Id
from jmapd.wire.dates import utc_date


class Later:
    """The rows since the snapshot, and the rows of the snapshot that have changed since."""

    def __init__(self) -> None:
        self.rows: dict[Id, int] = {}
        self.ids: list[Id] = []
        self.docs: list[int] = []
        self.lines: list[tuple[bytes, int]] = []  # records.encode_record
        self.states: dict[int, State] = {}
        self.header_names: list[list[str]] = []


class MailIndex:
    """The messages of one account."""

    def __init__(self, snapshot: Snapshot, records: Records, trash: str | None) -> None:
        header = snapshot.header
        self.snapshot, self.records = snapshot, records
        self.base = snapshot.rows
        self.later = Later()
        self.sets = Sets(snapshot)
        self.ranks = Ranks(snapshot)
        # No function here refers to the MailIndex itself: it must go with its last reference, and the map with it.
        self.order = Order(snapshot.rows, lambda row: (snapshot.view("received")[row], snapshot.id(row)))
        self.conversations = Conversations(snapshot)
        self.counters = Counters(header.get("counters", {}), trash)
        graves = Graves(*(snapshot.json("graves_Email") or []))
        last = header.get("last", {}).get("Email", 0)
        self.history = History(
            last, graves, snapshot.modseq, partial(past, snapshot, "created", "changed", snapshot.id)
        )
        self.next_doc = snapshot.next_doc
        self.names: dict[str, dict[str, int]] = {}  # mailbox_files()
        self.memo: dict[Any, Any] = {}  # until the next change

    def __len__(self) -> int:
        return len(self.sets.live)

    def last_created(self) -> int:
        """The modseq of the newest Email, whether it is still there or not."""
        return self.history.newest or self._last_created

    @cached_property
    def _last_created(self) -> int:
        created, graves = self.snapshot.array("created"), self.history.graves.created
        return max(int(created.max()) if len(created) else 0, max(graves, default=0))

    # Ids and sets

    def row(self, id: Id) -> int | None:
        row = self.later.rows.get(id)
        if row is None:
            row = self.snapshot.row(id)
            if row is not None and row not in self.sets.live:
                return None
        return row

    def id(self, row: int) -> Id:
        return self.later.ids[row - self.base] if row >= self.base else self.snapshot.id(row)

    def ids(self, rows: Iterable[int]) -> list[Id]:
        base, old, later = self.base, self.snapshot.id, self.later.ids
        return [old(row) if row < base else later[row - base] for row in rows]

    def live(self) -> BitMap:
        return self.sets.live

    def mailbox(self, mailbox_id: Id) -> BitMap:
        return self.sets.get("mailbox", mailbox_id)

    def keyword(self, keyword: str) -> BitMap:
        return self.sets.get("keyword", keyword)

    def attachments(self) -> BitMap:
        return self.sets.get("attachment", "")

    def smime(self, kind: str) -> BitMap:
        """Messages that are S/MIME of that kind: "signed" or "unknown" (RFC 9219 4.1)."""
        return self.sets.get("smime", kind)

    def header(self, name: str) -> BitMap:
        """Messages that have this header field (lower case)."""
        return self.sets.get("header", name)

    def mailboxes_in_use(self) -> list[Id]:
        return [name for name in self.sets.names("mailbox") if self.sets.get("mailbox", name)]

    def received(self, after: int | None = None, before: int | None = None) -> BitMap:
        """after <= receivedAt < before."""
        column = self.snapshot.view("received")
        low = 0 if after is None else bisect_left(column, after)
        high = self.base if before is None else bisect_left(column, before)
        return self._old_and_later(low, high, self.ranks.later("receivedAt"), after, before)

    def _old_and_later(self, low: int, high: int, values: list[int], least: int | None, below: int | None) -> BitMap:
        rows = BitMap()
        if low < high:
            rows.add_range(low, high)
        rows.update(
            row
            for row, value in enumerate(values, self.base)
            if (least is None or value >= least) and (below is None or value < below)
        )
        rows &= self.sets.live
        return rows

    def sized(self, at_least: int | None = None, below: int | None = None) -> BitMap:
        """at_least <= size < below."""
        sizes = self.snapshot.array("size")
        fits = np.ones(len(sizes), dtype=bool)
        if at_least is not None:
            fits &= sizes >= at_least
        if below is not None:
            fits &= sizes < below
        return self._old_and_later(0, 0, self.ranks.later("size"), at_least, below) | (bitmap(fits) & self.sets.live)

    # One message

    def state(self, row: int) -> State:
        state = self.later.states.get(row)
        return state if state is not None else (self.mailbox_ids(row), self.keywords(row), self.snapshot.names(row))

    def mailbox_ids(self, row: int) -> tuple[Id, ...]:
        state = self.later.states.get(row)
        return state[0] if state else self.snapshot.mailsets[self.snapshot.view("mailset")[row]]

    def keywords(self, row: int) -> tuple[str, ...]:
        state = self.later.states.get(row)
        return state[1] if state else self.snapshot.keysets[self.snapshot.view("keyset")[row]]

    def files(self, row: int) -> Files:
        state = self.state(row)
        return unpack_files(state[0], state[2])

    def received_at(self, row: int) -> int:
        found: int = self._number("receivedAt", "received", row)
        return found

    def size(self, row: int) -> int:
        found: int = self._number("size", "size", row)
        return found

    def thread(self, row: int) -> int:
        found: int = self._number("thread", "thread", row)
        return found

    def _number(self, name: str, column: str, row: int) -> Any:
        return self.ranks.later(name)[row - self.base] if row >= self.base else self.snapshot.view(column)[row]

    def _head(self, row: int) -> tuple[str, list[int]]:
        if row >= self.base:
            line, head = self.later.lines[row - self.base]
            return decode_head(line[:head])
        view = self.snapshot.view
        return decode_head(self.records.read(view("offset")[row], view("head")[row]))

    def blob_id(self, row: int) -> Id:
        return self._head(row)[0]

    def thread_keys(self, row: int) -> list[int]:
        return self._head(row)[1]

    def record(self, row: int) -> dict[str, Any]:
        """What never changes (formats' Summary.record); new for the caller."""
        if row >= self.base:
            line, head = self.later.lines[row - self.base]
            found: dict[str, Any] = decode_json(line[head:])
            return found
        view = self.snapshot.view
        return self.records.record(view("offset")[row], view("head")[row], view("length")[row])

    def email(self, row: int) -> dict[str, Any]:
        """All metadata properties of Email (RFC 8621 4.1.1) and the record."""
        if row >= self.base:
            line, head = self.later.lines[row - self.base]
            thread, size, received = self.thread(row), self.size(row), self.received_at(row)
        else:
            offsets, heads, lengths, threads, sizes, times = self._views
            head = heads[row]
            line = self.records.line(offsets[row], head, lengths[row])
            thread, size, received = threads[row], sizes[row], times[row]
        return {
            "id": self.id(row),
            "blobId": line[9 : line.index(b"\t", 9)].decode("ascii"),
            "threadId": self.conversations.id(thread),
            "mailboxIds": dict.fromkeys(self.mailbox_ids(row), True),
            "keywords": dict.fromkeys(self.keywords(row), True),
            "size": size,
            "receivedAt": utc_date(received),
            **decode_json(line[head:]),
        }

    @cached_property
    def _views(self) -> tuple[Any, ...]:
        view = self.snapshot.view
        return view("offset"), view("head"), view("length"), view("thread"), view("size"), view("received")

    def whole(self, row: int) -> tuple[Id, dict[str, Any]]:
        """(blobId, record) with one read."""
        if row >= self.base:
            line, head = self.later.lines[row - self.base]
        else:
            view = self.snapshot.view
            head = view("head")[row]
            line = self.records.line(view("offset")[row], head, view("length")[row])
        return line[9:head].split(b"\t")[0].decode("ascii"), decode_json(line[head:])

    # Threads

    def thread_id(self, thread: int) -> Id:
        return self.conversations.id(thread)

    def thread_number(self, id: Id) -> int | None:
        return self.conversations.number(id)

    def thread_rows(self, thread: int) -> list[int]:
        """Oldest first. Not to be changed by the caller."""
        return self.conversations.rows(thread)

    def threads(self) -> list[int]:
        """The numbers of all threads that have messages."""
        count = self.conversations.base + len(self.conversations.ids)
        return [thread for thread in range(count) if self.conversations.is_alive(thread)]

    def threads_with_keyword(self, keyword: str) -> tuple[BitMap, BitMap]:
        """(rows whose thread has a message with it, rows whose thread has it on all messages); RFC 8621 4.4.1."""
        memo = self.memo.get(("keyword", keyword))
        if memo is None:
            live, threads = self._live_threads
            size = self.conversations.base + len(self.conversations.ids)
            marked = numbers_of(self.keyword(keyword))
            with_it = np.bincount(self.column("thread", marked), minlength=size)
            some = with_it > 0
            every = with_it == np.bincount(threads, minlength=size)
            memo = bitmap_of(live[some[threads]]), bitmap_of(live[every[threads]])
            self.memo["keyword", keyword] = memo
        found: tuple[BitMap, BitMap] = memo
        return found

    @property
    def _live_threads(self) -> tuple[Array, Array]:
        """(live rows, their threads)."""
        if "live" not in self.memo:
            live = numbers_of(self.sets.live)
            self.memo["live"] = live, self.column("thread", live)
        found: tuple[Array, Array] = self.memo["live"]
        return found

    def collapsed_total(self, rows: BitMap) -> int:
        """The number of distinct threads; at once when the rows are those of a mailbox."""
        for mailbox, counts in self.counters.counts.items():
            if counts.total_emails == len(rows) and self.mailbox(mailbox) == rows:
                return counts.total_threads
        threads = self.column("thread", numbers_of(rows))
        if len(threads) < 4096:
            return len(set(threads.tolist()))
        marks = np.zeros(self.conversations.base + len(self.conversations.ids), dtype=bool)
        marks[threads] = True
        return int(np.count_nonzero(marks))

    # Orders, counts, documents, files

    def by_received(self, rows: BitMap, is_ascending: bool) -> Received:
        """The rows by receivedAt, then id; costs what is looked at."""
        return self.order.sorted(rows, is_ascending)

    def column(self, name: str, rows: Array) -> Array:
        """Numbers to sort by: receivedAt, size, thread, sentAt; ranks for subject, from, to."""
        return self.ranks.column(name, rows)

    def counts(self, mailbox_id: Id) -> Counts:
        return self.counters.get(mailbox_id)

    def doc(self, row: int) -> int:
        found: int = self.later.docs[row - self.base] if row >= self.base else self.snapshot.view("doc")[row]
        return found

    def docs_to_rows(self, docs: BitMap) -> BitMap:
        """The live rows of documents of the text index."""
        keys = self.snapshot.array("doc_keys")
        wanted = numbers_of(docs)
        rows = BitMap()
        if len(keys):
            first, last = int(keys[0]), int(keys[-1])
            places = wanted[(wanted >= first) & (wanted <= last)]
            if last - first + 1 == len(keys):
                places = places - np.uint32(first)
            else:
                found = np.searchsorted(keys, places)
                places = found[keys[found] == places]
            rows = bitmap_of(self.snapshot.array("doc_rows")[places])
        first = self.snapshot.next_doc  # later rows have documents in the order of their numbers
        later = wanted[(wanted >= first) & (wanted < self.next_doc)]
        rows.update((later - first + self.base).tolist())
        rows &= self.sets.live
        return rows

    def undocumented(self, last_doc: int) -> BitMap:
        """The live rows whose document is younger than `last_doc`."""
        if last_doc >= self.next_doc - 1:
            return BitMap()
        keys = self.snapshot.view("doc_keys")
        rows = bitmap_of(self.snapshot.array("doc_rows")[bisect_left(keys, last_doc + 1) :])
        first = max(self.snapshot.next_doc, last_doc + 1)
        rows.add_range(self.base + first - self.snapshot.next_doc, self.base + len(self.later.ids))
        rows &= self.sets.live
        return rows

    def mailbox_files(self, mailbox_id: Id) -> dict[str, int]:
        """The rows of all file names of a mailbox. Not to be changed by the caller."""
        names = self.names.get(mailbox_id)
        if names is None:
            names = self.names[mailbox_id] = {}
            for row in self.mailbox(mailbox_id):
                mailboxes, _, packed = self.state(row)
                for name in unpack_names(packed)[mailboxes.index(mailbox_id)]:
                    names[name] = row
        return names
