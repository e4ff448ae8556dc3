"""Types of which an account has many records: read one by one, changed, folded, made anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.current import CURRENT, FORMAT, read_current, switch
from tests.index.cards import TYPE, card, card_id, commit, create, head, record
from tests.index.model import email_id, row

pytestmark = pytest.mark.rfc("8620", "5.2")


def in_journal(index: AccountIndex) -> AccountIndex:
    return AccountIndex(index.folder)


def in_snapshot(index: AccountIndex) -> AccountIndex:
    assert compact(index)
    return AccountIndex(index.folder)


def made_anew(index: AccountIndex) -> AccountIndex:
    with index.lock():
        index.replace(index.rows(), index.objects.by_type())
    return AccountIndex(index.folder)


STAGES = pytest.mark.parametrize("stage", [in_journal, in_snapshot, made_anew])
Stage = Callable[[AccountIndex], AccountIndex]


def lists(index: AccountIndex, since: str, limit: int | None = None) -> tuple[list[str], list[str], list[str]]:
    delta = index.changes(TYPE, since, limit)
    assert delta is not None
    return delta.created, delta.updated, delta.destroyed


@STAGES
def test_records_are_read_as_they_were_given(tmp_path: Path, stage: Stage) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1, 2, 3), ["Mailbox", "c", "b", {"role": None}], ["Email", "c", email_id(1), row(1)])
    found = stage(index)
    assert found.verify() == []
    objects = found.objects
    assert objects.get(TYPE, card_id(2)) == record(2) and objects.head(TYPE, card_id(2)) == head(2)
    assert objects.get(TYPE, "nope") is None and objects.head(TYPE, "C") is None and not objects.has(TYPE, "zz")
    assert objects.has(TYPE, card_id(1)) and set(objects.types()) == {TYPE, "Mailbox"}
    every = objects.all(TYPE)
    assert len(every) == 3 and dict(every) == {card_id(number): record(number) for number in (1, 2, 3)}
    assert dict(every.items()) == dict(every) and card_id(1) in every and "nope" not in every
    assert dict(objects.heads(TYPE)) == {card_id(number): head(number) for number in (1, 2, 3)}
    assert objects.find(TYPE, "uid", "urn:uuid:2") == [card_id(2)] and objects.find(TYPE, "uid", "urn:uuid:9") == []
    assert objects.all("Mailbox") == {"b": {"role": None}} and len(found.mail) == 1


@STAGES
def test_a_head_without_a_body_leaves_the_body(tmp_path: Path, stage: Stage) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1, 2))
    index = stage(index)
    commit(index, [TYPE, "u", card_id(1), head(1, ("b1", "b2"))])
    for found in (index, AccountIndex(tmp_path), in_snapshot(index)):
        assert found.objects.get(TYPE, card_id(1)) == record(1, ("b1", "b2"))
        assert found.objects.find(TYPE, "book", "b2") == [card_id(1)]
        assert found.verify() == []


@STAGES
def test_what_clients_do_not_see_changes_silently(tmp_path: Path, stage: Stage) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1, 2))
    index = stage(index)
    state = index.state(TYPE)
    commit(index, [TYPE, "u", card_id(1), head(1, stamp=5) | {"broken": True}])
    for found in (index, AccountIndex(tmp_path), in_snapshot(index)):
        assert found.state(TYPE) == state and lists(found, state) == ([], [], [])
        assert found.objects.get(TYPE, card_id(1)) == record(1, stamp=5) | {"broken": True}
        assert found.verify() == []
    index.refresh()
    commit(index, [TYPE, "u", card_id(1), head(1, stamp=5)])  # a head is always whole
    assert index.objects.get(TYPE, card_id(1)) == record(1, stamp=5)
    commit(index, [TYPE, "u", card_id(1), record(1, stamp=6)])  # and with a body it is told
    assert lists(index, state) == ([], [card_id(1)], [])


@pytest.mark.parametrize("is_folded", [False, True])
def test_changes(tmp_path: Path, is_folded: bool) -> None:
    index = AccountIndex(tmp_path)
    first = index.state(TYPE)
    commit(index, *create(1, 2, 3, 4))
    second = index.state(TYPE)
    commit(index, [TYPE, "u", card_id(1), head(1, ("b2",))], [TYPE, "d", card_id(2)], *create(5, 6))
    third = index.state(TYPE)
    commit(index, [TYPE, "d", card_id(6)], [TYPE, "d", card_id(3)], *create(3))
    if is_folded:
        index = in_snapshot(index)
    assert lists(index, first) == ([card_id(number) for number in (1, 4, 5, 3)], [], [])
    assert lists(index, second) == ([card_id(5)], [card_id(1), card_id(3)], [card_id(2)])
    assert lists(index, third) == ([], [card_id(3)], [card_id(6)])
    pages, state = [], second
    while True:
        delta = index.changes(TYPE, state, 1)
        assert delta is not None and len(delta.created + delta.updated + delta.destroyed) <= 1
        pages += delta.created + delta.updated + delta.destroyed
        state = delta.new_state
        if not delta.has_more:
            break
    assert state == index.state(TYPE)
    assert set(pages) >= {card_id(number) for number in (1, 2, 3, 5)}


def test_other_types_do_not_move_the_state(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1))
    state = index.state(TYPE)
    commit(index, ["Email", "c", email_id(1), row(1)], ["_vcf", "c", "b1/1.vcf", {"stat": [1]}])
    assert index.state(TYPE) == state == in_snapshot(index).state(TYPE)


@STAGES
def test_internal_records_of_any_name(tmp_path: Path, stage: Stage) -> None:
    """File names are octets: those that are not UTF-8 have lone surrogates."""
    names = ["b/a.vcf", "b/\udcff.vcf", "b/é.vcf", "b/" + "x" * 250, "b/\U0001f600.vcf"]
    index = AccountIndex(tmp_path)
    commit(index, *(["_vcf", "c", name, {"stat": [at, 2, 3], "name": name}] for at, name in enumerate(names)))
    index = stage(index)
    assert {name: each["name"] for name, each in index.objects.all("_vcf").items()} == {name: name for name in names}
    commit(index, ["_vcf", "d", names[1]], ["_vcf", "u", names[2], {"stat": [9]}])
    for found in (index, in_snapshot(index)):
        assert set(found.objects.all("_vcf")) == {*names} - {names[1]}
        assert found.objects.get("_vcf", names[2]) == {"stat": [9]} and found.verify() == []


@pytest.mark.parametrize(
    "change",
    [
        [TYPE, "c", card_id(1), record(1)],
        [TYPE, "u", card_id(9), record(9)],
        [TYPE, "d", card_id(9)],
        [TYPE, "c", card_id(2), head(2)],
        [TYPE, "u", card_id(1), head(1) | {"card": []}],
        [TYPE, "u", card_id(1), None],
    ],
)
def test_changes_that_make_no_sense(tmp_path: Path, change: list[Any]) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *create(1))
    with pytest.raises(ValueError, match=TYPE):
        commit(index, change)
    assert dict(index.objects.all(TYPE)) == {card_id(1): record(1)}


def formats(folder: Path) -> int:
    with (folder / CURRENT).open("rb") as file:
        return int(read_current(file.fileno())["format"])


def test_an_index_of_format_2_is_read_and_becomes_3_with_the_first_card(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    commit(index, ["Email", "c", email_id(1), row(1)], ["Mailbox", "c", "inbox", {"role": None}])
    assert compact(index)
    index.refresh()
    switch(tmp_path, index.names | {"format": 2})
    old = AccountIndex(tmp_path)
    states = [old.state(type) for type in ("Email", "Mailbox")]
    commit(old, ["Email", "c", email_id(2), row(2)])
    assert compact(old) and formats(tmp_path) == 2
    old.refresh()
    commit(old, *create(1))
    assert formats(tmp_path) == FORMAT == 3
    for found in (old, AccountIndex(tmp_path), in_snapshot(old)):
        assert found.verify() == [] and len(found.mail) == 2 and found.objects.get(TYPE, card_id(1)) == record(1)
        delta = found.changes("Email", states[0])
        assert delta is not None and delta.created == [email_id(2)] and found.changes("Mailbox", states[1]) is not None
    assert formats(tmp_path) == 3


def test_history_is_forgotten_after_its_days(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path, history_days=0)
    commit(index, *create(1, 2))
    since = index.state(TYPE)
    commit(index, [TYPE, "d", card_id(1)])
    assert compact(index)
    index.refresh()
    commit(index, *create(3))
    assert compact(index)
    index.refresh()
    assert index.changes(TYPE, since) is None and index.changes(TYPE, index.state(TYPE)) is not None


def test_a_body_may_hold_anything(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    odd = card(1, notes=[None], members="x", kind=7, created={}, updated="soon", name=[1], emails={"e": 4}, uid=None)
    commit(index, [TYPE, "c", card_id(1), record(1) | {"card": odd}], [TYPE, "c", card_id(2), record(2) | {"card": {}}])
    for found in (index, in_snapshot(index)):
        assert (found.objects.get(TYPE, card_id(1)) or {})["card"] == odd and found.verify() == []
