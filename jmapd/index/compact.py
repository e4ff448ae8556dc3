"""Journal and snapshot become the next snapshot; readers and writers go on, the lock is held for the switch only."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.files import atomic, locks
from jmapd.index import journal
from jmapd.index.account import AccountIndex
from jmapd.index.bitmaps import bitmap_of, numbers_of
from jmapd.index.current import boot_id, discard, next_number, switch
from jmapd.index.large_write import merged
from jmapd.index.mail import MailIndex
from jmapd.index.merge import merged_names, merged_numbers, merged_sets, merged_texts, merged_threads
from jmapd.index.snapshot import KINDS, Array
from jmapd.index.snapshot_write import Columns, write_snapshot

HOUR, DAY = 3600, 86400
CHUNK = 1 << 20


def compact(index: AccountIndex) -> bool:
    """False when another one is at it, or the index was replaced meanwhile. Not to be called under index.lock()."""
    folder = index.folder
    with locks.exclusive_or_none(folder / "compact.lock") as is_ours:
        if not is_ours:
            return False
        source = AccountIndex(folder, index.history_days)
        try:
            return _compact(source)
        finally:
            source.close()


def _compact(source: AccountIndex) -> bool:
    folder, names, read = source.folder, source.names, source.log.end
    number = next_number(folder)
    snapshot = folder / f"snapshot.{number:06}"
    order = np.asarray(source.mail.by_received(source.mail.live(), True)).astype(np.int64)
    records, size, places = _records(source, order, number)
    log = f"journal.{number:06}"
    try:
        write_snapshot(snapshot, _columns(source, order, places, size))
        with source.lock():
            if source.names["journal"] != names["journal"]:
                raise _Replaced
            journal.create(folder / log, source.log.tail(read))
            made = {"snapshot": snapshot.name, "records": records, "journal": log, "boot": boot_id()}
            switch(folder, names | made)
    except BaseException as error:
        with locks.exclusive(folder / "lock"):
            discard(folder, {snapshot.name, records, log} - set(names.values()))
        if not isinstance(error, _Replaced):
            raise
        return False
    return True


class _Replaced(Exception):
    """The index is another one now."""


def _columns(source: AccountIndex, order: Array, places: dict[str, Array], size: int) -> Columns:
    mail, now = source.mail, int(time.time())
    total = mail.base + len(mail.later.ids)
    rows = np.full(total, -1, dtype=np.int64)  # old row -> new row
    rows[order] = np.arange(len(order))
    header = mail.snapshot.header
    marks = list(header.get("marks", []))
    if not marks or marks[-1][0] <= now - HOUR:
        marks.append([now, source.modseq])
    old = [modseq for when, modseq in marks if when <= now - source.history_days * DAY]
    floor = max(old, default=0)
    numbers = merged_numbers(mail, order) | places
    texts = {}
    for name in ("subject", "from", "to"):
        numbers[name], texts[name] = merged_texts(mail, name, order)
    numbers["mailset"], mailsets = merged_sets(mail, "mailset", 0, order)
    numbers["keyset"], keysets = merged_sets(mail, "keyset", 1, order)
    thread, threads, conversations = merged_threads(mail, order)
    graves = {"Email": mail.history.graves, "Thread": mail.conversations.history.graves}
    return Columns(
        numbers=numbers,
        thread=thread,
        mailsets=mailsets,
        keysets=keysets,
        texts=texts,
        names=merged_names(mail, order),
        threads=threads,
        conversations=conversations,
        graves={name: of_type.pruned(floor) for name, of_type in graves.items()},
        bitmaps={kind: _bitmaps(mail, kind, rows) for kind in KINDS},
        objects=source.objects.dump(floor),
        large={name: merged(large, floor) for name, large in source.objects.large.items()},
        header={
            "modseq": source.modseq,
            "marks": [mark for mark in marks if mark[1] > floor],
            "last": {"Email": mail.history.last, "Thread": mail.conversations.history.last},
            "next_doc": mail.next_doc,
            "counters": mail.counters.counts,
            "records_size": size,
        },
    )


def _bitmaps(mail: MailIndex, kind: str, rows: Array) -> dict[str, BitMap | bytes]:
    is_same = bool(len(rows) == mail.base and (rows == np.arange(len(rows))).all())
    out: dict[str, BitMap | bytes] = {}
    for name in mail.sets.names(kind):
        unchanged = mail.sets.unchanged(kind, name) if is_same else None
        if unchanged is not None:
            out[name] = mail.snapshot.bitmap_bytes(unchanged)
            continue
        found = rows[numbers_of(mail.sets.get(kind, name))]
        if len(found):
            out[name] = bitmap_of(found)
    return out


def _records(source: AccountIndex, order: Array, number: int) -> tuple[str, int, dict[str, Array]]:
    """Appends the records of the new rows; writes the file anew when more than half of it is dead."""
    mail, folder = source.mail, source.folder
    snapshot, lines = mail.snapshot, mail.later.lines
    columns = {name: snapshot.array(name).astype(np.int64) for name in ("offset", "head", "length")}
    old = order[order < mail.base]
    live = int((columns["head"][old] + columns["length"][old] + 1).sum())
    size = int(snapshot.header.get("records_size", 0))
    name: str | None = source.names["records"]
    is_anew = name is None or size > 2 * live + CHUNK
    if name is None or is_anew:
        name = f"records.{number:06}"
        size = 0
    with _opened(folder / name, size, is_anew) as fd:
        if is_anew:
            size = _copy(mail, fd, old, columns)
        later = np.array([[head, len(line) - head - 1] for line, head in lines], dtype=np.int64).reshape(-1, 2)
        lengths = later.sum(axis=1) + 1
        offsets = size + np.cumsum(lengths) - lengths
        for start in range(0, len(lines), 1024):
            atomic.write_all(fd, b"".join(line for line, _ in lines[start : start + 1024]))
        os.fsync(fd)
    added = {"offset": offsets, "head": later[:, 0], "length": later[:, 1]}
    end = size + int(lengths.sum())
    return name, end, {key: np.concatenate((columns[key], added[key]))[order] for key in columns}


@contextlib.contextmanager
def _opened(path: Path, size: int, is_anew: bool) -> Iterator[int]:
    """At its end; what an earlier compaction that was killed has left is cut off."""
    fd = os.open(path, os.O_WRONLY | (os.O_CREAT | os.O_EXCL if is_anew else 0), 0o600)
    try:
        os.ftruncate(fd, size)
        os.lseek(fd, size, os.SEEK_SET)
        yield fd
    except BaseException:
        if is_anew:
            path.unlink()
        else:
            os.ftruncate(fd, size)
        raise
    finally:
        os.close(fd)


def _copy(mail: MailIndex, fd: int, rows: Array, columns: dict[str, Any]) -> int:
    """Copies the lines of these rows and sets their offsets; the size of the copy."""
    size, pieces = 0, []
    for row in rows.tolist():
        length = int(columns["head"][row] + columns["length"][row]) + 1
        pieces.append(mail.records.read(int(columns["offset"][row]), length))
        columns["offset"][row] = size
        size += length
        if len(pieces) == 1024:
            atomic.write_all(fd, b"".join(pieces))
            pieces.clear()
    atomic.write_all(fd, b"".join(pieces))
    return size
