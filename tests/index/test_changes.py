"""States and changes (RFC 8620 5.1, 5.2)."""

import random
from pathlib import Path
from typing import Any

import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from tests.index.model import email_id, row

pytestmark = pytest.mark.rfc("8620", "5.2")


def commit(index: AccountIndex, *changes: Any) -> None:
    with index.lock():
        index.commit(list(changes))


def create(*numbers: int) -> list[list[Any]]:
    return [["Email", "c", email_id(number), row(number)] for number in numbers]


def lists(index: AccountIndex, since: str, limit: int | None = None) -> tuple[list[str], list[str], list[str], bool]:
    delta = index.changes("Email", since, limit)
    assert delta is not None
    return delta.created, delta.updated, delta.destroyed, delta.has_more


@pytest.mark.parametrize(
    "state", ["", "x", "0", "{epoch}", "{epoch}.", "{epoch}.-1", "{epoch}.99", "{epoch}.01", "abc.1"]
)
def test_states_that_were_never_given_out(tmp_path: Path, state: str) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1, 2))
    assert index.changes("Email", state.format(epoch=index.epoch)) is None


def test_a_record_that_came_and_went_is_not_told(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    first = index.state("Email")
    commit(index, *create(1, 2))
    commit(index, ["Email", "u", email_id(2), {"keywords": ["$seen"]}], ["Email", "d", email_id(1)])
    assert lists(index, first) == ([email_id(2)], [], [], False)


@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_record_that_went_and_came_back_is_updated(tmp_path: Path, is_compacted: bool) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1))
    first = index.state("Email")
    commit(index, ["Email", "d", email_id(1)])
    second = index.state("Email")
    commit(index, *create(1))
    if is_compacted:
        assert compact(index)
        index.refresh()
    assert lists(index, first) == ([], [email_id(1)], [], False)
    assert lists(index, second) == ([email_id(1)], [], [], False)


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
@pytest.mark.parametrize("is_compacted", [False, True])
def test_a_page_ends_anywhere_in_a_transaction(tmp_path: Path, limit: int, is_compacted: bool) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1, 2, 3, 4))
    state = index.state("Email")
    marks = [["Email", "u", email_id(number), {"keywords": ["$seen"]}] for number in (1, 2)]
    commit(index, *create(5, 6, 7), *marks, ["Email", "d", email_id(3)])
    if is_compacted:
        assert compact(index)
        index.refresh()
    seen: list[str] = []
    has_more = True
    while has_more:
        delta = index.changes("Email", state, limit)
        assert delta is not None
        page = delta.created + delta.updated + delta.destroyed
        assert 0 < len(page) <= limit
        seen, state, has_more = seen + page, delta.new_state, delta.has_more
    assert sorted(seen) == sorted(email_id(number) for number in (5, 6, 7, 1, 2, 3))
    assert state == index.state("Email")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("is_compacted", [False, True])
def test_pages_fit_together_when_records_go_and_come_back(tmp_path: Path, seed: int, is_compacted: bool) -> None:
    chance, index = random.Random(seed), AccountIndex(tmp_path)
    state, told, live = index.state("Email"), set(), set()
    for _ in range(60):
        for id in chance.sample([email_id(number) for number in range(6)], 2):
            kind = "c" if id not in live else chance.choice("du")
            word = {"keywords": chance.choice([["$seen"], []])}
            commit(index, ["Email", kind, id, *({"c": [row(0)], "u": [word], "d": []}[kind])])
            live ^= {id} if kind != "u" else set()
        if is_compacted and chance.random() < 0.1:
            assert compact(index)
            index.refresh()
        for limit in chance.choices([1, 1, 2, 3, None], k=chance.choice([0, 0, 0, 1, 2])):
            delta = index.changes("Email", state, limit)
            assert delta is not None
            assert not told & {*delta.created} and told >= {*delta.updated, *delta.destroyed}, delta
            assert len(delta.created + delta.updated + delta.destroyed) <= (limit or 99)
            assert delta.created or delta.updated or delta.destroyed or not delta.has_more
            told = (told | {*delta.created}) - {*delta.destroyed}
            state = delta.new_state
            assert delta.has_more or told == live


def test_history_is_forgotten_by_type(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path, history_days=0)
    commit(index, *create(1, 2), ["Mailbox", "c", "inbox", {}])
    first, mailbox = index.state("Email"), index.state("Mailbox")
    commit(index, ["Email", "d", email_id(1)])
    second = index.state("Email")
    assert compact(index)
    index.refresh()
    assert index.changes("Email", first) is None
    assert lists(index, second) == ([], [], [], False)
    assert index.changes("Mailbox", mailbox) is not None
    assert index.history_days == 0


def test_history_is_kept_for_its_days(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path, history_days=30)
    commit(index, *create(1, 2))
    first = index.state("Email")
    commit(index, ["Email", "d", email_id(1)])
    for _ in range(2):
        assert compact(index)
        index.refresh()
    assert lists(index, first) == ([], [], [email_id(1)], False)


def test_other_types_have_states_of_their_own(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    before = index.state("Identity")
    assert before == f"{index.epoch}.0"
    commit(index, *create(1), ["_folder", "c", "f1", {"mtime": 1}])
    assert index.state("Identity") == before
    commit(index, ["Identity", "c", "i1", {"name": "Alice"}], ["Identity", "c", "i2", {"name": "Bob"}])
    commit(index, ["Identity", "u", "i1", {"name": "A"}], ["Identity", "d", "i2"])
    delta = index.changes("Identity", before)
    assert delta is not None
    assert (delta.created, delta.updated, delta.destroyed) == (["i1"], [], [])
    assert index.objects.get("Identity", "i1") == {"name": "A"}
    assert index.objects.all("_folder") == {"f1": {"mtime": 1}}
    assert index.objects.types() == ["_folder", "Identity"]


def test_a_renamed_file_alone_changes_no_state(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1))
    assert index.mail.mailbox_files("inbox") == {"cur/1:2,": 0}
    state = index.state("Email")
    commit(index, ["Email", "u", email_id(1), {"files": {"inbox": ["new/1"]}}])
    assert index.state("Email") == state
    assert index.mail.mailbox_files("inbox") == {"new/1": 0}
    fresh = AccountIndex(tmp_path)
    assert fresh.mail.files(0) == {"inbox": ["new/1"]}


@pytest.mark.parametrize(
    "change",
    [
        ["Email", "c", email_id(1), row(1)],
        ["Email", "u", email_id(2), {"keywords": []}],
        ["Email", "u", email_id(1), {"size": 5}],
        ["Email", "d", email_id(2)],
        ["Email", "c", email_id(2), {}],
        ["Email", "c", email_id(2), row(2, receivedAt="now")],
        ["Email", "c", email_id(2), row(2, files={"inbox": [""]})],
        ["Email", "c", email_id(2), row(2, thread_keys=[-1])],
        ["Thread", "c", "T1", {}],
        ["Mailbox", "u", "m", {}],
        ["Mailbox", "c", "m", None],
        ["Mailbox", "x", "m", {}],
    ],
)
def test_changes_that_make_no_sense_are_refused_whole(tmp_path: Path, change: list[Any]) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1))
    before = index.modseq, index.log.end
    with pytest.raises(ValueError):
        commit(index, *create(9), change)
    assert (index.modseq, index.log.end) == before
    assert index.mail.row(email_id(9)) is None
