"""Several processes on one index: killed writers, compactions beside writers and readers (index.md, "Proof")."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jmapd.files import locks
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.text import TextIndex
from tests.index.model import email_id, row, some_rows

pytestmark = pytest.mark.rfc("8620", "5.2")
ROUNDS = 12


def spawn(work: Callable[[int], None]) -> tuple[int, int]:
    """A child process that runs work(pipe), and the end of the pipe to read from."""
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        try:
            work(sink)
            os._exit(0)
        except BaseException:
            os._exit(1)
    os.close(sink)
    return child, source


def finish(child: int, source: int) -> tuple[int, list[str]]:
    """Waits; the exit code and the lines that the child told."""
    pieces = []
    while piece := os.read(source, 1 << 16):
        pieces.append(piece)
    os.close(source)
    lines = b"".join(pieces).decode().split("\n")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), lines[:-1]


def read_lines(source: int, count: int) -> list[str]:
    data = b""
    while data.count(b"\n") < count:
        piece = os.read(source, 1)
        if not piece:
            break
        data += piece
    return data.decode().split("\n")[:-1]


def writer(folder: Path, first: int) -> Callable[[int], None]:
    """Creates messages one by one for ever, flags some, destroys some; tells each that is answered."""

    def work(sink: int) -> None:
        index = AccountIndex(folder)
        for number in range(first, first + 100_000):
            with index.lock():
                changes = [["Email", "c", email_id(number), row(number, thread_keys=[number % 50])]]
                if number % 3 == 0:
                    changes.append(["Email", "u", email_id(number), {"keywords": ["$seen"]}])
                index.commit(changes)
            index.sync()
            os.write(sink, f"{number} {index.state('Email')}\n".encode())

    return work


def test_killed_writers_lose_nothing_that_was_answered(tmp_path: Path) -> None:
    dice = random.Random(5)
    answered: list[str] = []
    AccountIndex(tmp_path).close()
    for round in range(ROUNDS):
        children = [spawn(writer(tmp_path, (round * 2 + at + 1) * 1_000_000)) for at in range(2)]
        for child, source in children:
            answered += read_lines(source, dice.randrange(1, 8))
            os.kill(child, signal.SIGKILL)
        for child, source in children:
            code, lines = finish(child, source)
            assert code == -signal.SIGKILL
            answered += lines
        index = AccountIndex(tmp_path)
        assert not index.verify()
        assert all(index.mail.row(email_id(int(line.split()[0]))) is not None for line in answered)
        for line in dice.sample(answered, min(len(answered), 20)):  # each costs as much as all that came after it
            assert index.changes("Email", line.split()[1]) is not None
        index.close()
    assert len(answered) >= 2 * ROUNDS


def test_killed_compactions_leave_a_sound_index(tmp_path: Path) -> None:
    dice = random.Random(6)
    index = AccountIndex(tmp_path)

    def work(sink: int) -> None:
        own = AccountIndex(tmp_path)
        while True:
            os.write(sink, b"x")
            compact(own)
            own.refresh()

    for round in range(ROUNDS):
        with index.lock():
            for number in range(round * 10, round * 10 + 10):
                index.commit([["Email", "c", email_id(number), row(number)]])
        child, source = spawn(work)
        for _ in range(dice.randrange(1, 4)):
            os.read(source, 1)
        os.kill(child, signal.SIGKILL)
        finish(child, source)
        index.refresh()
        assert len(index.mail) == round * 10 + 10
        fresh = AccountIndex(tmp_path)
        assert not fresh.verify()
        assert [fresh.state(type) for type in ("Email", "Thread")] == [
            index.state(type) for type in ("Email", "Thread")
        ]
        fresh.close()
    assert compact(index)
    index.refresh()
    assert sorted(path.name.split(".")[0] for path in tmp_path.glob("*.0*")) == ["journal", "records", "snapshot"]
    assert not index.verify()


def test_two_compactions_at_once(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.commit([["Email", "c", email_id(number), row(number)] for number in range(50)])
    with locks.exclusive(tmp_path / "compact.lock"):
        assert not compact(index)
    children = [spawn(lambda sink: [compact(index) for _ in range(5)] and None) for _ in range(2)]
    for child, source in children:
        assert finish(child, source)[0] == 0
    index.refresh()
    assert len(index.mail) == 50
    assert not index.verify()


def test_a_compaction_beside_a_replacement_gives_way(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.commit([["Email", "c", email_id(number), row(number)] for number in range(50)])
    ready, go = os.pipe()

    def work(sink: int) -> None:
        own = AccountIndex(tmp_path)
        with own.lock():
            os.write(sink, b"locked\n")
            os.read(ready, 1)
            own.replace(some_rows(7), {})

    child, source = spawn(work)
    assert read_lines(source, 1) == ["locked"]
    # The compaction reads the old index, then waits for the lock; the replacement ends first.
    compactor, told = spawn(lambda sink: os._exit(10 + compact(index)))
    os.write(go, b"x")
    assert finish(child, source)[0] == 0
    assert finish(compactor, told)[0] in (10, 11)  # 11: it began after the replacement
    index.refresh()
    assert len(index.mail) == 7
    assert not index.verify()
    for end in (ready, go):
        os.close(end)


def test_readers_beside_writers_and_compactions(tmp_path: Path) -> None:
    AccountIndex(tmp_path).close()
    writing = spawn(writer(tmp_path, 1000))
    reader = AccountIndex(tmp_path)
    client = set(reader.mail.ids(list(reader.mail.live())))
    state, rounds = reader.state("Email"), 0
    while rounds < 15:
        read_lines(writing[1], 4)
        if rounds % 3 == 0:
            assert compact(reader)
        reader.refresh()
        page = reader.mail.by_received(reader.mail.live(), False)
        ids = reader.mail.ids(page[0:50])
        assert [reader.mail.record(at)["preview"] for at in page[0:50]] == ["text é"] * len(ids)
        delta = reader.changes("Email", state)
        assert delta is not None
        client |= set(delta.created)
        state = delta.new_state
        assert client == set(reader.mail.ids(list(reader.mail.live())))
        rounds += 1
    os.kill(writing[0], signal.SIGKILL)
    finish(*writing)
    reader.refresh()
    assert not reader.verify()


def test_old_rows_stay_valid_until_the_next_refresh(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    with index.lock():
        index.replace(some_rows(100), {})
    page = index.mail.by_received(index.mail.live(), False)[0:100]
    before = [index.mail.email(at) for at in page]
    other = AccountIndex(tmp_path)
    for number in range(1000, 1003):
        with other.lock():
            other.commit([["Email", "d", email_id(number - 1000)], ["Email", "c", email_id(number), row(number)]])
        assert compact(other)
        other.refresh()
    assert [index.mail.email(at) for at in page] == before
    index.refresh()
    assert len(index.mail) == 100
    assert index.mail.row(email_id(0)) is None


@pytest.mark.rfc("8621", "4.4.1")
def test_all_who_open_the_full_text_index_first_find_it_empty(tmp_path: Path) -> None:
    """SQLite does not wait for another that makes its log: it says at once that the file is locked."""
    for turn in range(60):
        moment = time.time() + 0.01

        def work(sink: int, path: Path = tmp_path / f"{turn}.sqlite", moment: float = moment) -> None:
            while time.time() < moment:
                pass
            os.write(sink, f"{TextIndex(path).last()}\n".encode())

        crowd = [spawn(work) for _ in range(4)]
        assert [finish(*each) for each in crowd] == [(0, ["0"])] * 4
