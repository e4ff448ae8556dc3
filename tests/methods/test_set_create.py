"""Foo/set: creating."""

from typing import Any

import pytest

from .bakery import BAKERY, CORE, SPICE, Bakery

pytestmark = pytest.mark.rfc("8620", "5.3")


def test_answer_has_what_the_client_does_not_know(bakery: Bakery) -> None:
    old = bakery.call("Cake/get", {"ids": []})["state"]
    answer = bakery.call("Cake/set", {"create": {"k": {"name": "Linzer", "layers": 2, "keywords": {"Nut": True}}}})
    made = answer["created"]["k"]
    assert made == {
        "id": made["id"],
        "flavour": "plain",
        "bakedAt": "2026-01-01T00:00:00Z",
        "batch": "",
        "baseId": None,
        "shopIds": {},
        "shape": {"kind": "round", "size": {"height": 1}},
        "keywords": {"nut": True},
        "price": 201,
    }
    assert answer["oldState"] == old != answer["newState"]
    assert [answer[name] for name in ("updated", "destroyed", "notCreated", "notUpdated", "notDestroyed")] == [None] * 5


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, ["name"]),
        ({"name": 1}, ["name"]),
        ({"name": "x", "layers": -1}, ["layers"]),
        ({"name": "x", "layers": True}, ["layers"]),
        ({"name": "x", "layers": None}, ["layers"]),
        ({"name": "x", "colour": "red"}, ["colour"]),
        ({"name": "x", "id": "mine"}, ["id"]),
        ({"name": "x", "price": 100}, ["price"]),
        ({"name": "x", "pepper": True}, ["pepper"]),
        ({"name": "x", "keywords": {"a": 1}}, ["keywords"]),
        ({"name": "x", "keywords": {"a": None}}, ["keywords"]),
        ({"name": "x", "bakedAt": "yesterday"}, ["bakedAt"]),
        ({"name": "x", "baseId": "C99"}, ["baseId"]),
        ({"name": "x", "baseId": "#none"}, ["baseId"]),
        ({"name": "x", "shopIds": {"S9": True}}, ["shopIds"]),
        ({"name": 1, "layers": "two"}, ["layers", "name"]),
    ],
)
def test_invalid_properties_are_all_named(bakery: Bakery, given: dict[str, Any], names: list[str]) -> None:
    answer = bakery.call("Cake/set", {"create": {"k": given}})
    error = answer["notCreated"]["k"]
    assert error["type"] == "invalidProperties" and sorted(error["properties"]) == names
    assert answer["created"] is None and answer["oldState"] == answer["newState"]


@pytest.mark.rfc("8620", "1.8")
def test_property_of_an_extension(bakery: Bakery) -> None:
    answer = bakery.call("Cake/set", {"create": {"k": {"name": "x", "pepper": True}}}, (CORE, BAKERY, SPICE))
    assert answer["created"]["k"]["id"]


def test_one_failure_does_not_stop_the_others(bakery: Bakery) -> None:
    answer = bakery.call("Cake/set", {"create": {"a": {"name": "1"}, "b": {}, "c": {"name": "2"}}})
    assert sorted(answer["created"]) == ["a", "c"] and list(answer["notCreated"]) == ["b"]


def test_references_within_one_call_in_any_order(bakery: Bakery) -> None:
    create = {
        "top": {"name": "top", "baseId": "#middle"},
        "middle": {"name": "middle", "baseId": "#bottom"},
        "bottom": {"name": "bottom"},
    }
    created = bakery.call("Cake/set", {"create": create})["created"]
    ids = {key: created[key]["id"] for key in create}
    records = bakery.call("Cake/get", {"ids": list(ids.values()), "properties": ["baseId"]})["list"]
    assert {record["id"]: record["baseId"] for record in records} == {
        ids["top"]: ids["middle"],
        ids["middle"]: ids["bottom"],
        ids["bottom"]: None,
    }


def test_references_to_failures_and_in_circles_fail(bakery: Bakery) -> None:
    create = {
        "a": {"name": "a", "baseId": "#b"},
        "b": {"name": "b", "baseId": "#a"},
        "c": {"name": 7},
        "d": {"name": "d", "baseId": "#c"},
    }
    answer = bakery.call("Cake/set", {"create": create})
    assert answer["created"] is None and sorted(answer["notCreated"]) == ["a", "b", "c", "d"]
    assert all(error["type"] == "invalidProperties" for error in answer["notCreated"].values())


def test_references_across_types_and_calls_also_as_map_keys(bakery: Bakery) -> None:
    responses = bakery.request(
        [
            ["Shop/set", {"accountId": "A", "create": {"s": {"name": "corner"}}}, "0"],
            ["Cake/set", {"accountId": "A", "create": {"k": {"name": "x", "shopIds": {"#s": True}}}}, "1"],
            ["Cake/get", {"accountId": "A", "ids": ["#k"], "properties": ["shopIds"]}, "2"],
        ]
    )
    shop = responses[0][1]["created"]["s"]["id"]
    assert responses[1][1]["created"]["k"]["shopIds"] == {shop: True}
    assert responses[2][1]["list"][0]["shopIds"] == {shop: True}


def test_a_creation_id_used_twice_means_the_later_record(bakery: Bakery) -> None:
    responses = bakery.request(
        [
            ["Cake/set", {"accountId": "A", "create": {"k": {"name": "first"}}}, "0"],
            ["Cake/set", {"accountId": "A", "create": {"k": {"name": "second"}}}, "1"],
            ["Cake/get", {"accountId": "A", "ids": ["#k"], "properties": ["name"]}, "2"],
        ]
    )
    assert responses[2][1]["list"][0]["name"] == "second"


def test_hook_refuses_a_second_of_the_same_name(bakery: Bakery) -> None:
    id = bakery.bake(name="Sacher")
    error = bakery.call("Cake/set", {"create": {"k": {"name": "Sacher"}}})["notCreated"]["k"]
    assert error["type"] == "alreadyExists" and error["existingId"] == id


def test_a_default_is_not_shared_between_records(bakery: Bakery) -> None:
    first, second = bakery.bake(), bakery.bake()
    bakery.call("Cake/set", {"update": {first: {"keywords/nut": True, "shape/size/height": 9}}})
    record = bakery.call("Cake/get", {"ids": [second]})["list"][0]
    assert record["keywords"] == {} and record["shape"]["size"]["height"] == 1


def test_false_in_a_set_is_left_out_unless_strict(bakery: Bakery) -> None:
    given = {"create": {"k": {"name": "x", "keywords": {"a": True, "b": False}}}}
    assert bakery.call("Cake/set", given)["created"]
    assert bakery.call("Cake/get", {"properties": ["keywords"]})["list"][0]["keywords"] == {"a": True}
    assert Bakery(strict=True).call("Cake/set", given)["notCreated"]["k"]["properties"] == ["keywords"]
