"""Killed writers of cards beside compactions: nothing that was answered is lost, nothing half-written is seen."""

import os
import random
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.large_search import with_key, with_terms
from jmapd.index.search_terms import terms
from tests.index.cards import TYPE, card_id, commit, head, record
from tests.index.test_processes import finish, read_lines, spawn

pytestmark = pytest.mark.rfc("8620", "5.2")


def writer(folder: Path, first: int) -> Callable[[int], None]:
    """Creates cards in pairs for ever, moves one of each; tells each pair that is answered."""

    def work(sink: int) -> None:
        index = AccountIndex(folder)
        for number in range(first, first + 100_000, 2):
            ids = [card_id(number), card_id(number + 1)]
            commit(index, [TYPE, "c", ids[0], record(number)], [TYPE, "c", ids[1], record(number + 1)])
            commit(index, [TYPE, "u", ids[1], head(number + 1, ("b2",))])
            index.sync()
            os.write(sink, f"{number}\n".encode())

    return work


def folder_of(folder: Path) -> Callable[[int], None]:
    """Compacts for ever."""

    def work(sink: int) -> None:
        index = AccountIndex(folder)
        while True:
            compact(index)
            os.write(sink, b"x\n")

    return work


def killed(folder: Path, dice: random.Random, work: Sequence[Callable[[int], None]]) -> list[int]:
    """Each at work beside a folding until it is killed; what was answered."""
    answered: list[int] = []
    children = [spawn(each) for each in work]
    folding = spawn(folder_of(folder))
    for child, source in [*children, folding]:
        lines = read_lines(source, dice.randrange(1, 8))
        os.kill(child, signal.SIGKILL)
        told = finish(child, source)[1]
        if child != folding[0]:
            answered += [int(line) for line in [*lines, *told]]
    return answered


def test_killed_writers_and_compactions(tmp_path: Path) -> None:
    dice = random.Random(7)
    answered: list[int] = []
    reader = AccountIndex(tmp_path)
    state = reader.state(TYPE)
    for round in range(6):
        answered += killed(tmp_path, dice, [writer(tmp_path, (round * 2 + at + 1) * 1_000_000) for at in range(2)])
        reader.refresh()
        assert reader.verify() == []
        assert len(reader.objects.all(TYPE)) % 2 == 0  # a pair is one transaction
    for number in answered:
        assert reader.objects.get(TYPE, card_id(number)) == record(number)
        assert reader.objects.get(TYPE, card_id(number + 1)) == record(number + 1, ("b2",))
    large = reader.objects.large[TYPE]
    assert {large.id(row) for row in with_key(large, "book", "b2")} >= {card_id(number + 1) for number in answered}
    found = {large.id(row) for row in with_terms(large, "email", terms(f"n{answered[0]}@example.org"))}
    assert found == {card_id(answered[0])}
    delta = reader.changes(TYPE, state)
    assert delta is not None and set(delta.created) == set(reader.objects.all(TYPE))


def test_a_journal_cut_at_any_byte(tmp_path: Path) -> None:
    """The last line counts whole or not at all."""
    index = AccountIndex(tmp_path)
    commit(index, [TYPE, "c", card_id(1), record(1)])
    compact(index)
    index.refresh()
    commit(index, [TYPE, "c", card_id(2), record(2)])
    start, before = index.log.end, dict(index.objects.all(TYPE))
    commit(index, [TYPE, "u", card_id(1), head(1, ("b2",))], [TYPE, "d", card_id(2)])
    path, after = index.log.path, dict(index.objects.all(TYPE))
    data = path.read_bytes()[: index.log.end]
    index.close()
    for length in [*range(start, len(data), 7), len(data)]:
        path.write_bytes(data[:length])
        cut = AccountIndex(tmp_path)
        assert dict(cut.objects.all(TYPE)) == (after if length == len(data) else before) and cut.verify() == []
        commit(cut, [TYPE, "c", card_id(3), record(3)])
        assert len(AccountIndex(tmp_path).objects.all(TYPE)) == (2 if length == len(data) else 3)
        cut.close()
