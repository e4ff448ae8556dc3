"""Filters and sorts over many records: the same in the snapshot and in what has changed since."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jmapd.index import large_search, large_stored
from jmapd.index.account import AccountIndex
from jmapd.index.compact import compact
from jmapd.index.large import Large
from jmapd.index.large_types import LARGE, Facts
from jmapd.index.search_terms import terms
from jmapd.index.spans import Window
from tests.index.cards import TYPE, card_id, commit, create, head, record

pytestmark = pytest.mark.rfc("9610", "3.3.1")
NAMES = [
    "Ann Lee",
    "Joann Leeds",
    "José Ångström",
    "山田 太郎",
    "O'Brien, Pat",
    "duran duran",
    "Duran",
    "",
    "Straße",
    "\U0001f600 Smiley",
    "Ann\0Lee",
    "x" * 3000 + " end",
]


@pytest.fixture(params=["snapshot", "journal", "both", "chunks"])
def large(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Large:
    """Cards whose number is the place of their name."""
    if request.param == "chunks":
        monkeypatch.setattr(large_search, "CHUNK", 1)
        monkeypatch.setattr(large_search, "FEW", 0)
    index = AccountIndex(tmp_path)
    for number, name in enumerate(NAMES):
        nothing = {"components": [], "full": name}
        commit(index, [TYPE, "c", card_id(number), record(number, name=nothing, notes={"n": {"note": f"note {name}"}})])
        if request.param == "both" and number == 5:
            compact(index)
            index.refresh()
    if request.param in ("snapshot", "chunks"):
        compact(index)
        index.refresh()
    assert index.verify() == []
    return index.objects.large[TYPE]


def numbers(large: Large, rows: object) -> list[int]:
    places = {card_id(number): number for number in range(len(NAMES))}
    return sorted(places[large.id(row)] for row in rows)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann", [0, 10]),
        ("ANN", [0, 10]),
        ("an", [0, 2, 10]),
        ("joan lee", [1]),
        ("lee", [0, 1, 10]),
        ('"lee"', [0, 10]),
        ('"ann lee"', [0, 10]),
        ("'ann lee'", [0, 10]),
        ('"lee ann"', []),
        ("lee ann", [0, 10]),
        ("jose angstrom", [2]),
        ("ångström", [2]),
        ("山", [3]),
        ("山田", [3]),
        ("山太", []),
        ("o'brien", [4]),
        ('"duran duran"', [5]),
        ("duran", [5, 6]),
        ("strasse", [8]),
        ("smil", [9]),
        ("end", [11]),
        ("nobody", []),
    ],
)
def test_words_and_phrases(large: Large, text: str, expected: list[int]) -> None:
    assert numbers(large, large_search.with_terms(large, "name", terms(text, is_open=True))) == expected


def test_columns_are_apart(large: Large) -> None:
    for name, expected in (("name", []), ("note", list(range(len(NAMES)))), ("text", list(range(len(NAMES))))):
        assert numbers(large, large_search.with_terms(large, name, terms("note"))) == expected
    assert numbers(large, large_search.with_terms(large, "email", terms("n3@example.org"))) == [3]


def test_a_phrase_is_in_one_text(tmp_path: Path) -> None:
    index = AccountIndex(tmp_path)
    apart = {"a": {"note": "red"}, "b": {"note": "hat"}}
    commit(index, [TYPE, "c", card_id(0), record(0, notes=apart)], [TYPE, "c", card_id(1), record(1, notes=apart)])
    for _ in range(2):
        large = index.objects.large[TYPE]
        assert len(large_search.with_terms(large, "note", terms("red hat"))) == 2
        assert not large_search.with_terms(large, "note", terms('"red hat"'))
        assert not large_search.with_terms(large, "note", terms('"hat red"'))
        assert compact(index)
        index.refresh()


@pytest.mark.parametrize("name", ["uid", "book", "kind", "member"])
def test_keys(large: Large, name: str) -> None:
    value = {"uid": "urn:uuid:4", "book": "b1", "kind": "individual", "member": "urn:uuid:4"}[name]
    expected = {"uid": [4], "member": []}.get(name, list(range(len(NAMES))))
    assert numbers(large, large_search.with_key(large, name, value)) == expected
    assert numbers(large, large_search.with_key(large, name, value + "x")) == []


def test_numbers(large: Large) -> None:
    first = 1704067200 * 10**6
    for low, high in itertools.product((None, 0, 3, 5, 100), repeat=2):
        bounds = [None if each is None else first + each * 10**6 for each in (low, high)]
        found = large_search.within(large, "updated", bounds[0], bounds[1])
        assert numbers(large, found) == list(range(len(NAMES)))[low or 0 : high]
        assert numbers(large, large_search.within(large, "created", low, high)) == []  # they have none


@pytest.mark.rfc("9610", "3.3.2")
def test_sort_columns(tmp_path: Path) -> None:
    """Ranks of strings that lie between those of the snapshot; those that have none come first."""
    given = ["b", "a", None, "d", "B", "c", "ä", "", "e"]
    index = AccountIndex(tmp_path)
    for number, name in enumerate(given):
        components = [] if name is None else [{"kind": "given", "value": name}]
        commit(index, [TYPE, "c", card_id(number), record(number, name={"components": components})])
        if number == 3:
            compact(index)
            index.refresh()
    large = index.objects.large[TYPE]
    rows = np.array([large.row(card_id(number)) for number in range(len(given))])
    keys = large_search.sort_column(large, "name/given", rows).tolist()
    assert keys[0] == keys[4] and keys[2] == keys[7]
    ranks = {rank: place for place, rank in enumerate(sorted(set(keys)))}
    assert [ranks[key] for key in keys] == [3, 1, 0, 5, 3, 4, 2, 0, 6]


def test_columns_made_by_other_rules_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version has other columns in another order: it finds the same, and makes its own when it folds."""
    index = AccountIndex(tmp_path)
    commit(index, *(change for number in range(4) for change in create(number)))
    assert compact(index)
    now, one = LARGE[TYPE], [card_id(2)]

    def facts(record: dict[str, Any], window: Window) -> Facts:
        made = now.facts(record, window) if now.facts else Facts()
        return made._replace(texts=[*made.texts, ["extra"]])

    monkeypatch.setitem(LARGE, TYPE, replace(now, version=now.version + 1, texts=(*now.texts, "new"), facts=facts))
    for is_folded in (False, True):
        index = AccountIndex(tmp_path)
        large = index.objects.large[TYPE]
        assert index.verify() == [] and index.stale() != is_folded and large.has_columns == is_folded
        assert len(large_search.with_terms(large, "new", terms("extra"))) == 4
        assert [large.id(row) for row in large_search.with_terms(large, "email", terms("n2@example.org"))] == one
        assert index.objects.find(TYPE, "uid", "urn:uuid:2") == one
        assert len(set(large_search.sort_column(large, "updated", large.in_order(large.live())).tolist())) == 4
        commit(index, [TYPE, "u", card_id(1), head(1, stamp=9)])
        assert index.objects.get(TYPE, card_id(1)) == record(1, stamp=9)
        delta = index.changes(TYPE, index.state(TYPE))
        assert delta is not None and not delta.updated
        assert compact(index)


def test_questions_read_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = AccountIndex(tmp_path)
    commit(index, *(change for number in range(9) for change in create(number)))
    assert compact(index)

    def refuse(data: object) -> None:
        raise AssertionError("a record was read")

    monkeypatch.setattr(large_stored, "decode_json", refuse)
    index = AccountIndex(tmp_path)
    large = index.objects.large[TYPE]
    assert len(large_search.with_terms(large, "name", terms("given1", is_open=True))) == 3
    assert len(large_search.with_key(large, "book", "b1")) == len(list(large.ids())) == len(large) == 9
    assert len(large_search.within(large, "updated", 0, None)) == len(
        large_search.sort_column(large, "updated", np.arange(9))
    )
    with pytest.raises(AssertionError):
        large.get(card_id(1))
