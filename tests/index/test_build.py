"""An index from rows, and what compaction makes of its files (index.md, "On disk")."""

import gc
import random
import sys
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from tests.index.model import email_id, row, some_rows

pytestmark = pytest.mark.rfc("8621", "3")


def answers(index: AccountIndex) -> Any:
    """All that is known of each message but its document and its modseqs."""
    rows = []
    for found in index.rows():
        rows.append({**found, "doc": 0, "header_names": sorted(found["header_names"])})
    mailboxes = {name: index.mail.counts(name) for name in index.mail.mailboxes_in_use()}
    return rows, mailboxes, sorted(name for name in index.mail.sets.names("keyword") if index.mail.keyword(name))


def random_rows(count: int) -> list[dict[str, Any]]:
    dice = random.Random(count)
    out = []
    for number in range(count):
        files = {
            name: [f"cur/{number}é\udcff"] for name in dice.sample(["inbox", "trash", "work"], dice.randrange(1, 3))
        }
        out.append(
            row(
                number,
                receivedAt=dice.randrange(20),
                files=files,
                keywords=sorted(dice.sample(["$seen", "red", "$draft"], dice.randrange(3))),
                thread_keys=sorted(dice.sample(range(count), dice.randrange(4))),
                sort={name: dice.choice(["", "é", "z\0", "\ud800"]) for name in ("subject", "from", "to")}
                | {"sentAt": -5},
            )
        )
    return out


BIN = {"Mailbox": {"trash": {"role": "trash"}}}


def committed(folder: Path, rows: list[dict[str, Any]]) -> AccountIndex:
    index = AccountIndex(folder)
    with index.lock():
        index.commit([["Mailbox", "c", "trash", {"role": "trash"}]])
        for given in sorted(rows, key=lambda given: (given["receivedAt"], "M" + given["blobId"][1:25])):
            index.commit([["Email", "c", "M" + given["blobId"][1:25], given]])
    return index


def test_rows_at_once_give_what_the_same_rows_one_by_one_give(tmp_path: Path) -> None:
    rows = random_rows(60)
    index = AccountIndex(tmp_path / "a")
    epoch = index.epoch
    with index.lock():
        index.replace(rows, BIN)
    assert index.epoch != epoch
    single = committed(tmp_path / "b", rows)
    assert answers(index) == answers(single)
    assert compact(single)
    single.refresh()
    assert answers(index) == answers(single)
    assert not index.verify() + single.verify()


def test_an_index_made_of_its_own_rows_is_the_same(tmp_path: Path) -> None:
    index = committed(tmp_path, random_rows(40))
    docs = {index.mail.id(at): index.mail.doc(at) for at in index.mail.live()}
    before = answers(index)
    with index.lock():
        index.replace(index.rows(), BIN)
    assert answers(index) == before
    assert {index.mail.id(at): index.mail.doc(at) for at in index.mail.live()} == docs
    assert not index.verify()
    with index.lock():
        index.commit([["Email", "c", email_id(99), row(99)]])
    assert index.mail.doc(index.mail.row(email_id(99)) or 0) == max(docs.values()) + 1


def test_an_index_of_nothing(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.replace([], {})
    assert compact(index)
    index.refresh()
    assert (len(index.mail), list(index.rows()), index.verify()) == (0, [], [])
    with index.lock():
        index.commit([["Email", "c", email_id(1), row(1)]])
    assert compact(index)
    index.refresh()
    assert len(index.mail) == 1


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("bad", [row(3), row(50, size=-1), row(51, record=None)])
def test_bad_rows_leave_the_old_index(tmp_path: Path, bad: dict[str, Any]) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.replace(some_rows(5), {})
    before, files = answers(index), names(tmp_path)
    with pytest.raises(ValueError), index.lock():
        index.replace([*some_rows(9), bad], {})
    assert (answers(index), names(tmp_path)) == (before, files)


def test_ids_of_other_shapes(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    ids = ["a", "Mxyz", "M" + "0" * 24, "M" + "0" * 23 + "1", "longer-than-any-of-the-others_1234567890"]
    with index.lock():
        index.replace([row(number, id=id) for number, id in enumerate(ids)], {})
    assert [index.mail.row(id) for id in ids] == [0, 1, 2, 3, 4]
    assert index.mail.ids(range(5)) == ids
    assert index.mail.row("M" + "0" * 22) is None
    assert not index.verify()


def test_dead_records_are_dropped_when_they_are_most(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    padding = "x" * 20_000
    with index.lock():
        index.replace([row(number, record={"text": padding}) for number in range(200)], {})
    for start in (0, 50, 100):
        with index.lock():
            index.commit([["Email", "d", email_id(number)] for number in range(start, start + 50)])
        assert compact(index)
        index.refresh()
    size = sum(path.stat().st_size for path in tmp_path.glob("records.*"))
    assert size < 60 * 20_100
    assert not index.verify()
    assert index.mail.record(0) == {"text": padding}


def test_the_measuring_script_makes_a_sound_index(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "bench"
    sys.path.insert(0, str(path))
    try:
        import index_rows
    finally:
        sys.path.remove(str(path))
    assert index_rows.main([str(tmp_path), "--messages", "300", "--mailboxes", "8"]) == 0
    index = AccountIndex(tmp_path)
    assert len(index.mail) == 300
    assert not index.verify()
    threads = np.unique(index.mail.column("thread", np.arange(300)))
    assert 30 < len(threads) < 300


def test_an_index_is_freed_with_its_last_reference(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.replace(some_rows(5), {"Mailbox": {"inbox": {}}})
        index.commit([["Email", "d", email_id(1)]])
    parts = [weakref.ref(part) for part in (index.mail, index.mail.snapshot, index.mail.conversations, index.objects)]
    gc.disable()
    try:
        assert compact(index)
        index.refresh()
        assert [part() for part in parts] == [None] * 4
    finally:
        gc.enable()
