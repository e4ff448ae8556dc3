"""Foo/query on an invented type: filters, and the window."""

from typing import Any

import pytest

from .bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "5.5")
BY_NAME = [{"property": "name"}]


@pytest.fixture
def cakes(bakery: Bakery) -> dict[str, str]:
    """Ten cakes a to j, by name."""
    return {
        name: bakery.bake(
            name=name,
            layers=n,
            bakedAt=f"2026-01-{n + 1:02}T00:00:00Z",
            flavour="sour" if n % 2 else "sweet",
            keywords={"nut": True} if n > 6 else {},
            batch=str(n // 3),
        )
        for n, name in enumerate("abcdefghij")
    }


def _names(bakery: Bakery, filter: Any, **more: Any) -> str:
    ids = bakery.ids(filter=filter, sort=BY_NAME, **more)
    records = bakery.call("Cake/get", {"ids": ids, "properties": ["name"]})["list"]
    return "".join(record["name"] for record in records)


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        (None, "abcdefghij"),
        ({}, "abcdefghij"),
        ({"flavour": "sour"}, "bdfhj"),
        ({"flavour": "sour", "minLayers": 5}, "fhj"),
        ({"operator": "AND", "conditions": []}, "abcdefghij"),
        ({"operator": "OR", "conditions": []}, ""),
        ({"operator": "NOT", "conditions": []}, "abcdefghij"),
        ({"operator": "OR", "conditions": [{"name": "a"}, {"name": "c"}, {"name": "a"}]}, "ac"),
        ({"operator": "NOT", "conditions": [{"flavour": "sour"}, {"minLayers": 5}]}, "ace"),
        ({"operator": "AND", "conditions": [{"flavour": "sour"}, {"hasKeyword": "nut"}]}, "hj"),
        ({"operator": "AND", "conditions": [{"allInBatchHaveKeyword": "nut"}]}, "j"),
        (
            {
                "operator": "AND",
                "conditions": [
                    {"minLayers": 2},
                    {
                        "operator": "NOT",
                        "conditions": [{"operator": "OR", "conditions": [{"name": "c"}, {"name": "d"}]}],
                    },
                    {"operator": "OR", "conditions": [{"flavour": "sweet"}, {"hasKeyword": "nut"}]},
                ],
            },
            "eghij",
        ),
    ],
)
def test_filters(bakery: Bakery, cakes: dict[str, str], filter: Any, names: str) -> None:
    assert _names(bakery, filter) == names


@pytest.mark.parametrize(
    ("filter", "error"),
    [
        ({"colour": "red"}, "unsupportedFilter"),
        ({"name": 1}, "invalidArguments"),
        ({"name": None}, "invalidArguments"),
        ({"minLayers": -1}, "invalidArguments"),
        ({"operator": "XOR", "conditions": []}, "invalidArguments"),
        ({"operator": "AND"}, "invalidArguments"),
        ({"operator": "AND", "conditions": {}}, "invalidArguments"),
        ({"operator": "AND", "conditions": [None]}, "invalidArguments"),
        ({"operator": "AND", "conditions": [], "name": "a"}, "invalidArguments"),  # not to be passed over
        ({"operator": "OR", "conditions": [{"name": "a"}, {"colour": "red"}]}, "unsupportedFilter"),
        ([], "invalidArguments"),
        ("a", "invalidArguments"),
    ],
)
def test_bad_filters(bakery: Bakery, filter: Any, error: str) -> None:
    assert bakery.error("Cake/query", {"filter": filter}) == error


def test_depth_and_number_of_conditions_are_bounded(bakery: Bakery) -> None:
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {"operator": "NOT", "conditions": [deep]}
    assert bakery.error("Cake/query", {"filter": deep}) == "unsupportedFilter"
    wide = {"operator": "OR", "conditions": [{}] * 2000}
    assert bakery.error("Cake/query", {"filter": wide}) == "unsupportedFilter"


def test_answer(bakery: Bakery, cakes: dict[str, str]) -> None:
    answer = bakery.call("Cake/query", {"filter": {"name": "a"}})
    state = bakery.call("Cake/get", {"ids": []})["state"]
    assert answer == {
        "accountId": "A",
        "queryState": state,
        "canCalculateChanges": True,
        "position": 0,
        "ids": [cakes["a"]],
    }
    assert bakery.call("Cake/query", {"filter": {"smell": "good"}})["canCalculateChanges"] is False


@pytest.mark.parametrize(
    ("window", "names", "position"),
    [
        ({}, "abcdefghij", 0),
        ({"limit": 3}, "abc", 0),
        ({"limit": 0}, "", 0),
        ({"position": 8}, "ij", 8),
        ({"position": 8, "limit": 1}, "i", 8),
        ({"position": 10}, "", 10),
        ({"position": 99, "limit": 2}, "", 99),
        ({"position": -3}, "hij", 7),
        ({"position": -3, "limit": 2}, "hi", 7),
        ({"position": -99, "limit": 2}, "ab", 0),
        ({"anchorOffset": 5, "limit": 1}, "a", 0),
    ],
)
def test_window(bakery: Bakery, cakes: dict[str, str], window: dict[str, Any], names: str, position: int) -> None:
    answer = bakery.call("Cake/query", {"sort": BY_NAME, "calculateTotal": True, **window})
    assert [cakes[name] for name in names] == answer["ids"]
    assert answer["position"] == position and answer["total"] == 10


@pytest.mark.parametrize(
    ("anchor", "offset", "names", "position"),
    [("d", 0, "de", 3), ("d", -2, "bc", 1), ("b", -9, "ab", 0), ("i", 5, "", 13)],
)
def test_anchor(bakery: Bakery, cakes: dict[str, str], anchor: str, offset: int, names: str, position: int) -> None:
    window = {"anchor": cakes[anchor], "anchorOffset": offset, "limit": 2, "position": 7}
    for sort in (BY_NAME, [{"property": "bakedAt"}]):
        answer = bakery.call("Cake/query", {"sort": sort, **window})
        assert [cakes[name] for name in names] == answer["ids"] and answer["position"] == position


def test_anchor_that_is_not_there(bakery: Bakery, cakes: dict[str, str]) -> None:
    arguments = {"filter": {"flavour": "sour"}, "anchor": cakes["a"]}
    assert bakery.error("Cake/query", arguments) == "anchorNotFound"
    assert bakery.error("Cake/query", {"anchor": "nope"}) == "anchorNotFound"


@pytest.mark.parametrize(
    "arguments",
    [
        {"limit": -1},
        {"limit": "3"},
        {"position": 1.5},
        {"anchor": 3},
        {"calculateTotal": 1},
        {"sort": {}},
        {"sort": ["name"]},
    ],
)
def test_wrong_types(bakery: Bakery, arguments: dict[str, Any]) -> None:
    assert bakery.error("Cake/query", arguments) == "invalidArguments"


@pytest.mark.rfc("8621", "4.4.3")
@pytest.mark.parametrize("position", [0, 1, -1])
@pytest.mark.parametrize("is_grouped", [True, False])
def test_collapse(position: int, is_grouped: bool) -> None:
    bakery = Bakery(is_grouped=is_grouped)
    made = [
        bakery.bake(name=f"{n:03}", batch=str(n % 70), bakedAt=f"2026-01-{n % 28 + 1:02}T00:00:00Z") for n in range(300)
    ]
    names = dict(zip(made, range(300), strict=True))
    whole = bakery.ids(sort=[{"property": "bakedAt"}])
    expected = list({names[id] % 70: id for id in reversed(whole)}.values())
    expected = sorted(expected, key=whole.index)
    answer = bakery.call(
        "Cake/query",
        {
            "sort": [{"property": "bakedAt"}],
            "collapseBatches": True,
            "position": position,
            "limit": 5,
            "calculateTotal": True,
        },
    )
    start = position if position >= 0 else 69
    assert answer["ids"] == expected[start : start + 5] and answer["total"] == 70
    anchor = {"anchor": expected[3], "limit": 2, "sort": [{"property": "bakedAt"}], "collapseBatches": True}
    assert bakery.call("Cake/query", anchor)["ids"] == expected[3:5]
    hidden = next(id for id in whole if id not in expected)
    assert bakery.error("Cake/query", anchor | {"anchor": hidden}) == "anchorNotFound"


def test_a_hook_arranges_the_whole_list(bakery: Bakery) -> None:
    a = bakery.bake(name="a")
    b = bakery.bake(name="b")
    on_a = bakery.bake(name="z", baseId=a)
    arguments = {"sort": BY_NAME, "stacked": True, "calculateTotal": True}
    assert bakery.ids(**arguments) == [a, b, on_a]
    assert bakery.ids(**arguments, position=1, limit=1) == [b]
    assert bakery.ids(**arguments, anchor=on_a, anchorOffset=-1) == [b, on_a]
    assert bakery.error("Cake/query", arguments | {"anchor": "nope"}) == "anchorNotFound"
