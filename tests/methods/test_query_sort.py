"""Foo/query: comparators and collations."""

from typing import Any

import pytest

from jmapd.methods.collations import ascii_numeric
from jmapd.wire.casemap import unicode_casemap

from .bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "5.5")


def _sorted(bakery: Bakery, sort: list[dict[str, Any]]) -> list[str]:
    ids = bakery.ids(sort=sort)
    return [record["name"] for record in bakery.call("Cake/get", {"ids": ids, "properties": ["name"]})["list"]]


@pytest.mark.rfc("4790", "9")
@pytest.mark.rfc("5051", "2")
@pytest.mark.parametrize(
    ("collation", "expected"),
    [
        (None, ["10", "9b", "a", "b", "B", "ä", "Z", "é"]),
        ("i;unicode-casemap", ["10", "9b", "a", "b", "B", "ä", "Z", "é"]),
        ("i;ascii-casemap", ["10", "9b", "a", "b", "B", "Z", "ä", "é"]),
        ("i;octet", ["10", "9b", "B", "Z", "a", "b", "ä", "é"]),
    ],
)
def test_collations(bakery: Bakery, collation: str | None, expected: list[str]) -> None:
    for n, name in enumerate(["ä", "b", "B", "10", "9b", "a", "Z", "é"]):
        bakery.bake(name=name, bakedAt=f"2026-01-{28 - n:02}T00:00:00Z")
    key = {None: unicode_casemap, "i;unicode-casemap": unicode_casemap}.get(collation)
    if key:
        expected = sorted(expected, key=key)
    assert _sorted(bakery, [{"property": "name", "collation": collation}]) == expected


@pytest.mark.rfc("4790", "9.1")
def test_ascii_numeric(bakery: Bakery) -> None:
    for n, name in enumerate(["x", "10", "9b", "007", "", "4294967298"]):
        bakery.bake(name=name, bakedAt=f"2026-01-{28 - n:02}T00:00:00Z")
    expected = ["007", "9b", "10", "4294967298", "x", ""]
    assert _sorted(bakery, [{"property": "name", "collation": "i;ascii-numeric"}]) == expected
    assert ascii_numeric("04294967298") == ascii_numeric("4294967298b") < ascii_numeric("9" * 5000) < ascii_numeric("")


@pytest.mark.rfc("5051", "2")
def test_unicode_casemap_of_single_characters() -> None:
    assert unicode_casemap("\u01c4") == "Dz\u030c"  # the RFC's own example
    assert unicode_casemap("äÄ") == "A\u0308A\u0308"
    assert unicode_casemap("straße") == "STRAßE"  # the simple mapping leaves it
    assert unicode_casemap("ﬁ") == "fi"


@pytest.mark.parametrize("isAscending", [True, False])
def test_directions_and_ties(bakery: Bakery, isAscending: bool) -> None:
    for n, name in enumerate("abcdef"):
        bakery.bake(name=name, layers=n // 2, bakedAt=f"2026-01-{n + 1:02}T00:00:00Z")
    by_layers = [{"property": "layers", "isAscending": isAscending}]
    # what is equal stands newest first
    assert "".join(_sorted(bakery, by_layers)) == ("badcfe" if isAscending else "fedcba")
    both = [*by_layers, {"property": "name", "isAscending": True}]
    assert "".join(_sorted(bakery, both)) == ("abcdef" if isAscending else "efcdab")


def test_booleans_false_first(bakery: Bakery) -> None:
    bakery.bake(name="with", keywords={"nut": True})
    bakery.bake(name="without")
    sort = {"property": "hasKeyword", "keyword": "nut"}
    assert _sorted(bakery, [sort]) == ["without", "with"]
    assert _sorted(bakery, [sort | {"isAscending": False}]) == ["with", "without"]


def test_no_sort_is_the_natural_one_newest_first(bakery: Bakery) -> None:
    for n, name in enumerate("bac"):
        bakery.bake(name=name, bakedAt=f"2026-01-{n + 1:02}T00:00:00Z")
    assert _sorted(bakery, []) == ["c", "a", "b"]
    assert bakery.ids() == bakery.ids(sort=None) == bakery.ids(sort=[])
    assert _sorted(bakery, [{"property": "bakedAt"}]) == ["b", "a", "c"]


def test_a_type_without_natural_order_sorts_by_id() -> None:
    bakery = Bakery(natural_sort=None)
    ids = [bakery.bake(name="same") if not n else bakery.bake(name=str(n)) for n in range(12)]
    assert bakery.ids() == sorted(ids)
    assert bakery.ids(sort=[{"property": "flavour"}]) == sorted(ids)


@pytest.mark.parametrize(
    ("comparator", "error"),
    [
        ({"property": "colour"}, "unsupportedSort"),
        ({"property": "name", "collation": "de;phonebook"}, "unsupportedSort"),
        ({}, "invalidArguments"),
        ({"property": 1}, "invalidArguments"),
        ({"property": "name", "isAscending": "yes"}, "invalidArguments"),
        ({"property": "name", "collation": 1}, "invalidArguments"),
        ({"property": "hasKeyword"}, "invalidArguments"),
        ({"property": "hasKeyword", "keyword": 1}, "invalidArguments"),
    ],
)
def test_bad_comparators(bakery: Bakery, comparator: dict[str, Any], error: str) -> None:
    assert bakery.error("Cake/query", {"sort": [comparator]}) == error


def test_further_members_are_tolerated_unless_strict(bakery: Bakery) -> None:
    sort = [{"property": "name", "keyword": None, "extra": 1}]
    assert bakery.ids(sort=sort) == []
    assert Bakery(strict=True).error("Cake/query", {"sort": sort}) == "invalidArguments"


def test_collation_is_ignored_for_what_is_no_string(bakery: Bakery) -> None:
    assert bakery.ids(sort=[{"property": "layers", "collation": "i;none"}]) == []
