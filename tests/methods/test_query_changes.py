"""Foo/queryChanges on an invented type: single cases. test_machine.py has the property that it must always keep."""

from typing import Any

import pytest

from jmapd.stores.memory import MemoryAccount, MemoryStore
from jmapd.wire.delta import Delta

from .bakery import Bakery, CakeStore

pytestmark = pytest.mark.rfc("8620", "5.6")
BY_DATE = [{"property": "bakedAt"}]


def _state(bakery: Bakery, **query: Any) -> str:
    return str(bakery.call("Cake/query", query)["queryState"])


def _date(day: int) -> str:
    return f"2026-01-{day:02}T00:00:00Z"


def test_added_and_removed(bakery: Bakery) -> None:
    a, b = bakery.bake(bakedAt=_date(1)), bakery.bake(bakedAt=_date(2))
    since = _state(bakery)
    c = bakery.bake(bakedAt=_date(3))
    bakery.call("Cake/set", {"destroy": [a]})
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, "sort": BY_DATE, "calculateTotal": True})
    assert answer == {
        "accountId": "A",
        "oldQueryState": since,
        "newQueryState": _state(bakery),
        "total": 2,
        "removed": [a],
        "added": [{"id": c, "index": 1}],
    }
    assert bakery.ids(sort=BY_DATE) == [b, c]


def test_nothing_changed(bakery: Bakery) -> None:
    bakery.bake()
    since = _state(bakery)
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, "maxChanges": 0})
    assert answer["removed"] == answer["added"] == [] and "total" not in answer


def test_an_update_of_what_the_query_reads(bakery: Bakery) -> None:
    a, b = bakery.bake(keywords={"nut": True}), bakery.bake()
    query = {"filter": {"hasKeyword": "nut"}}
    since = _state(bakery, **query)
    bakery.call("Cake/set", {"update": {a: {"keywords": {}}, b: {"keywords/nut": True}}})
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, **query})
    assert a in answer["removed"] and answer["added"] == [{"id": b, "index": 0}]


def test_an_update_that_cannot_matter_is_left_out(bakery: Bakery) -> None:
    a = bakery.bake()
    since = _state(bakery)
    bakery.call("Cake/set", {"update": {a: {"layers": 5}}})
    answer = bakery.call(
        "Cake/queryChanges", {"sinceQueryState": since, "filter": {"flavour": "plain"}, "sort": BY_DATE}
    )
    assert answer["removed"] == answer["added"] == []


def test_up_to_id_leaves_out_what_stands_behind(bakery: Bakery) -> None:
    made = [bakery.bake(bakedAt=_date(day)) for day in (2, 4, 6)]
    since = _state(bakery)
    early, late = bakery.bake(bakedAt=_date(3)), bakery.bake(bakedAt=_date(5))
    query = {"sinceQueryState": since, "sort": BY_DATE}
    answer = bakery.call("Cake/queryChanges", {**query, "upToId": made[1]})
    assert answer["added"] == [{"id": early, "index": 1}] and answer["removed"] == []
    everything = [{"id": early, "index": 1}, {"id": late, "index": 3}]
    assert bakery.call("Cake/queryChanges", {**query, "upToId": "nope"})["added"] == everything
    mutable = {**query, "sort": [*BY_DATE, {"property": "layers"}], "upToId": made[1]}
    assert bakery.call("Cake/queryChanges", mutable)["added"] == everything


def test_too_many_changes(bakery: Bakery) -> None:
    since = _state(bakery)
    ids = [bakery.bake() for _ in range(3)]
    assert bakery.error("Cake/queryChanges", {"sinceQueryState": since, "maxChanges": 2}) == "tooManyChanges"
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, "maxChanges": 3})
    assert sorted(item["id"] for item in answer["added"]) == ids


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"sinceQueryState": "other"}, "cannotCalculateChanges"),
        ({"sinceQueryState": "e1.0", "filter": {"smell": "good"}}, "cannotCalculateChanges"),
        ({}, "invalidArguments"),
        ({"sinceQueryState": "e1.0", "maxChanges": -1}, "invalidArguments"),
        ({"sinceQueryState": "e1.0", "filter": {"colour": "red"}}, "unsupportedFilter"),
        ({"sinceQueryState": "e1.0", "sort": [{"property": "colour"}]}, "unsupportedSort"),
    ],
)
def test_errors(bakery: Bakery, arguments: dict[str, Any], error: str) -> None:
    assert bakery.error("Cake/queryChanges", arguments) == error


@pytest.mark.rfc("8621", "4.5")
@pytest.mark.parametrize("is_grouped", [True, False])
def test_collapsed_the_next_of_the_group_shows_when_the_first_is_gone(is_grouped: bool) -> None:
    bakery = Bakery(is_grouped=is_grouped)
    hidden, shown = bakery.bake(batch="x", bakedAt=_date(1)), bakery.bake(batch="x", bakedAt=_date(2))
    other = bakery.bake(batch="y", bakedAt=_date(3))
    query = {"collapseBatches": True}
    assert bakery.ids(**query) == [other, shown]
    since = _state(bakery, **query)
    bakery.call("Cake/set", {"destroy": [shown]})
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, **query})
    assert shown in answer["removed"] and {"id": hidden, "index": 1} in answer["added"]


def test_arranged_lists_are_given_whole(bakery: Bakery) -> None:
    a = bakery.bake(name="a")
    b = bakery.bake(name="b", baseId=a)
    query = {"stacked": True, "sort": [{"property": "name"}]}
    since = _state(bakery, **query)
    c = bakery.bake(name="c", baseId=None)
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, **query})
    assert [item["id"] for item in answer["added"]] == bakery.ids(**query) == [a, c, b]
    assert sorted(answer["removed"]) == [a, b]


class CountingStore(CakeStore):
    """Says which properties were updated, as Mailbox does of its counts."""

    def changes(self, since: str, limit: int | None = None) -> Delta | None:
        delta = super().changes(since, limit)
        if delta is not None:
            delta.updated_properties = ["layers"]
        return delta


@pytest.mark.rfc("8621", "2.4")
@pytest.mark.parametrize(
    ("query", "is_touched"),
    [
        ({"filter": {"hasKeyword": "nut"}}, False),
        ({"filter": {"minLayers": 1}}, True),
        ({"sort": [{"property": "layers"}]}, True),
        ({"sort": [{"property": "name"}]}, False),
        ({"stacked": True, "sort": [{"property": "name"}]}, False),
    ],
)
def test_updates_of_other_properties_do_not_count(query: dict[str, Any], is_touched: bool) -> None:
    bakery = Bakery()
    bakery.accounts["A"] = MemoryAccount("A", {"Cake": CountingStore(), "Shop": MemoryStore("S")})
    id = bakery.bake(keywords={"nut": True})
    since = _state(bakery, **query)
    bakery.call("Cake/set", {"update": {id: {"layers": 2}}})
    answer = bakery.call("Cake/queryChanges", {"sinceQueryState": since, **query})
    assert answer["removed"] == ([id] if is_touched else [])
