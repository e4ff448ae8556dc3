"""The columns of the next snapshot from the last one and the rows after it; `order` lists old rows in new order."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np

from jmapd.index.history import History
from jmapd.index.mail import MailIndex
from jmapd.index.snapshot import Array
from jmapd.index.snapshot_write import Buffers, id_array


def _joined(old: Array, later: list[Any], dtype: Any) -> Array:
    return np.concatenate((old.astype(dtype), np.array(later, dtype=dtype)))


def _lives(
    old: tuple[Array, Array], later: int, history: History, place: Callable[[str], int | None]
) -> tuple[Array, Array]:
    """The columns created and changed; `later`: how many records came since the snapshot, `place`: where one is."""
    created, changed = (_joined(column, [0] * later, np.uint64) for column in old)
    for id, life in history.lives.items():
        at = place(id)
        if at is not None:
            created[at], changed[at] = life[0], life[1]
    return created, changed


def merged_numbers(mail: MailIndex, order: Array) -> dict[str, Array]:
    snapshot, later, ranks = mail.snapshot, mail.later, mail.ranks
    width = snapshot.header.get("id_width", 1)
    old_ids = np.frombuffer(snapshot.view("ids"), dtype=f"S{width}") if snapshot.rows else np.zeros(0, "S1")
    old_lives = snapshot.array("created"), snapshot.array("changed")
    created, changed = _lives(old_lives, len(later.ids), mail.history, mail.row)
    return {
        "ids": np.concatenate((old_ids, id_array(later.ids)))[order],
        "received": _joined(snapshot.array("received"), ranks.later("receivedAt"), np.int64)[order],
        "size": _joined(snapshot.array("size"), ranks.later("size"), np.int64)[order],
        "sent": _joined(snapshot.array("sent"), ranks.later("sentAt"), np.int64)[order],
        "doc": _joined(snapshot.array("doc"), later.docs, np.int64)[order],
        "created": created[order],
        "changed": changed[order],
    }


def merged_sets(mail: MailIndex, name: str, at: Literal[0, 1], order: Array) -> tuple[Array, list[tuple[str, ...]]]:
    """The column of set numbers and the sets; `at`: where in a row's state the set stands."""
    sets = list(mail.snapshot.mailsets if name == "mailset" else mail.snapshot.keysets)
    numbers = {names: number for number, names in enumerate(sets)}
    column = _joined(mail.snapshot.array(name), [0] * len(mail.later.ids), np.int64)
    for row, state in mail.later.states.items():
        names = state[at]
        number = numbers.get(names)
        if number is None:
            number = numbers[names] = len(sets)
            sets.append(names)
        column[row] = number
    used, column = renumbered(column[order], len(sets))
    return column, [sets[number] for number in used.tolist()]


def renumbered(column: Array, count: int) -> tuple[Array, Array]:
    """(the numbers below `count` that are used, in order; the column with their places in that)."""
    is_used = np.bincount(column, minlength=count) > 0
    return np.flatnonzero(is_used), (np.cumsum(is_used) - 1)[column]


def merged_texts(mail: MailIndex, name: str, order: Array) -> tuple[Array, tuple[Array, Buffers]]:
    """Ranks of a sort column, and its strings: merged, not sorted again."""
    snapshot = mail.snapshot
    starts = snapshot.array(name + "_start").astype(np.int64) if snapshot.rows else np.zeros(1, np.int64)
    old_text = snapshot.view(name + "_text")
    values = mail.ranks.later(name)
    found = {text: snapshot.text_rank(name, text) for text in sorted(set(values))}
    new = [(text, rank) for text, (rank, is_there) in found.items() if not is_there]
    before = np.array([rank for _, rank in new], dtype=np.int64)  # the old rank each comes before; sorted
    moved = np.arange(len(starts) - 1, dtype=np.int64)
    moved += np.searchsorted(before, moved, side="right")
    places = {text: rank + at for at, (text, rank) in enumerate(new)}
    later = [places[text] if text in places else int(moved[found[text][0]]) for text in values]
    column = np.concatenate((moved[snapshot.array(name)], np.array(later, dtype=np.int64)))[order]
    # The strings of all ranks, then without those that no row has.
    origin = np.full(len(moved) + len(new), -1, dtype=np.int64)
    origin[moved] = np.arange(len(moved))
    used, column = renumbered(column, len(origin))
    texts = [text for text, _ in new]
    which = np.cumsum(origin < 0) - 1
    lengths = np.zeros(len(origin), dtype=np.int64)
    lengths[moved] = np.diff(starts)
    if texts:
        lengths[origin < 0] = [len(text) for text in texts]
    new_starts = np.zeros(len(used) + 1, dtype=np.uint64)
    np.cumsum(lengths[used], out=new_starts[1:])
    return column, (
        new_starts,
        _pieces(old_text, starts, origin[used], [texts[at] for at in which[used[origin[used] < 0]]]),
    )


def _pieces(old: memoryview, starts: Array, origin: Array, new: list[bytes]) -> Iterator[bytes | memoryview]:
    """Strings in order: `origin` says which old one each is, -1 the next of `new`. Neighbours go out in one piece."""
    if not len(origin):
        return
    breaks = np.flatnonzero((origin[1:] != origin[:-1] + 1) | (origin[1:] < 0) | (origin[:-1] < 0)) + 1
    begins = np.concatenate(([0], breaks)).tolist()
    ends = [*begins[1:], len(origin)]
    fresh = iter(new)
    for begin, end in zip(begins, ends, strict=True):
        first = int(origin[begin])
        if first < 0:
            yield next(fresh)
        else:
            yield old[int(starts[first]) : int(starts[first + end - begin])]


def merged_names(mail: MailIndex, order: Array) -> tuple[Array, Buffers]:
    snapshot = mail.snapshot
    starts = snapshot.array("name_start").astype(np.int64) if snapshot.rows else np.zeros(1, np.int64)
    fresh = {row: state[2].encode("utf-8", "surrogateescape") for row, state in mail.later.states.items()}
    lengths = np.concatenate((np.diff(starts), np.zeros(len(mail.later.ids), np.int64)))
    origin = np.arange(len(lengths))
    for row, packed in fresh.items():
        lengths[row], origin[row] = len(packed), -1
    new_starts = np.zeros(len(order) + 1, dtype=np.uint64)
    np.cumsum(lengths[order], out=new_starts[1:])
    new = [fresh[row] for row in order[origin[order] < 0].tolist()]
    return new_starts, _pieces(snapshot.view("name_text"), starts, origin[order], new)


def merged_threads(mail: MailIndex, order: Array) -> tuple[Array, dict[str, Array], tuple[Array, Array]]:
    """(thread of each row, the columns of threads, conversation keys with their threads)."""
    snapshot, conversations = mail.snapshot, mail.conversations
    of_rows = mail.column("thread", order).astype(np.int64)
    used, threads = renumbered(of_rows, conversations.base + len(conversations.ids))
    width = snapshot.header.get("thread_width", 1)
    old_ids = np.frombuffer(snapshot.view("thread_ids"), dtype=f"S{width}") if snapshot.threads else np.zeros(0, "S1")
    old_lives = snapshot.array("thread_created"), snapshot.array("thread_changed")
    created, changed = _lives(old_lives, len(conversations.ids), conversations.history, conversations.number)
    columns = {
        "ids": np.concatenate((old_ids, id_array(conversations.ids)))[used],
        "created": created[used],
        "changed": changed[used],
    }
    moved = np.full(len(created), -1, dtype=np.int64)
    moved[used] = np.arange(len(used))
    return threads, columns, _merged_conversations(mail, moved)


def _merged_conversations(mail: MailIndex, moved: Array) -> tuple[Array, Array]:
    snapshot = mail.snapshot
    keys, threads = snapshot.array("conversation_keys"), snapshot.array("conversation_threads")
    threads = moved[threads]
    keys, threads = keys[threads >= 0].astype(np.uint64), threads[threads >= 0]
    pairs = sorted(
        (key, int(moved[thread]))
        for key, later in mail.conversations.keys.items()
        for thread in later
        if moved[thread] >= 0
    )
    new_keys = np.array([key for key, _ in pairs], dtype=np.uint64)
    new_threads = np.array([thread for _, thread in pairs], dtype=np.int64)
    low, high = np.searchsorted(keys, new_keys, side="left"), np.searchsorted(keys, new_keys, side="right")
    is_new = [
        int(thread) not in threads[begin:end]
        for thread, begin, end in zip(new_threads.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
    chosen = np.array(is_new, dtype=bool)
    if not len(chosen):
        return keys, threads
    return np.insert(keys, high[chosen], new_keys[chosen]), np.insert(threads, high[chosen], new_threads[chosen])
