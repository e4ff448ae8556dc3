"""Foo/get on an invented type."""

import pytest

from jmapd.methods.context import Limits

from .bakery import BAKERY, CORE, SPICE, Bakery

pytestmark = pytest.mark.rfc("8620", "5.1")


def test_all_members_and_defaults(bakery: Bakery) -> None:
    id = bakery.bake(name="Sacher", layers=3)
    answer = bakery.call("Cake/get", {"ids": None})
    assert list(answer) == ["accountId", "state", "list", "notFound"]
    assert answer["list"] == [
        {
            "id": id,
            "name": "Sacher",
            "flavour": "plain",
            "layers": 3,
            "keywords": {},
            "bakedAt": "2026-01-01T00:00:00Z",
            "batch": "",
            "baseId": None,
            "shopIds": {},
            "shape": {"kind": "round", "size": {"height": 1}},
            "price": 300,
        }
    ]
    assert answer["notFound"] == []


def test_only_the_properties_named_and_always_the_id(bakery: Bakery) -> None:
    id = bakery.bake(name="Sacher")
    answer = bakery.call("Cake/get", {"ids": [id], "properties": ["name", "letters:3", "price"]})
    assert answer["list"] == [{"id": id, "name": "Sacher", "letters:3": "Sac", "price": 100}]
    assert bakery.call("Cake/get", {"ids": [id], "properties": []})["list"] == [{"id": id}]


@pytest.mark.parametrize("name", ["colour", "letters:x", "letters:*", "pepper", "", "Name"])
def test_unknown_property(bakery: Bakery, name: str) -> None:
    assert bakery.error("Cake/get", {"ids": [], "properties": [name]}) == "invalidArguments"


@pytest.mark.rfc("8620", "1.8")
def test_a_property_of_an_extension_exists_only_when_asked_for(bakery: Bakery) -> None:
    id = bakery.bake()
    using = (CORE, BAKERY, SPICE)
    assert bakery.call("Cake/get", {"ids": [id]}, using)["list"][0]["pepper"] is False
    assert "pepper" not in bakery.call("Cake/get", {"ids": [id]})["list"][0]


def test_unknown_ids_and_repeated_ids(bakery: Bakery) -> None:
    id = bakery.bake()
    answer = bakery.call("Cake/get", {"ids": [id, "nope", id, "nope"], "properties": []})
    assert answer["list"] == [{"id": id}] and answer["notFound"] == ["nope"]


def test_no_ids(bakery: Bakery) -> None:
    bakery.bake()
    answer = bakery.call("Cake/get", {"ids": []})
    assert answer["list"] == [] and answer["notFound"] == []


@pytest.mark.parametrize(
    "arguments", [{"ids": "C1"}, {"ids": [1]}, {"ids": ["a/b"]}, {"ids": [""]}, {"properties": "name"}, {"ids": {}}]
)
def test_wrong_types(bakery: Bakery, arguments: dict[str, object]) -> None:
    assert bakery.error("Cake/get", arguments) == "invalidArguments"


def test_creation_ids_stand_for_records(bakery: Bakery) -> None:
    responses = bakery.request(
        [
            ["Cake/set", {"accountId": "A", "create": {"k": {"name": "x"}}}, "0"],
            ["Cake/get", {"accountId": "A", "ids": ["#k", "#none"], "properties": ["name"]}, "1"],
        ]
    )
    assert [record["name"] for record in responses[1][1]["list"]] == ["x"]
    assert responses[1][1]["notFound"] == ["#none"]


def test_too_many() -> None:
    bakery = Bakery(Limits(max_objects_in_get=2))
    ids = [bakery.bake() for _ in range(3)]
    assert bakery.error("Cake/get", {"ids": ids}) == "requestTooLarge"
    assert bakery.error("Cake/get", {"ids": None}) == "requestTooLarge"
    assert len(bakery.call("Cake/get", {"ids": ids[:2]})["list"]) == 2


def test_state_changes_with_the_data_and_only_then(bakery: Bakery) -> None:
    before = bakery.call("Cake/get", {"ids": []})["state"]
    assert bakery.call("Cake/get", {"ids": []})["state"] == before
    bakery.bake()
    assert bakery.call("Cake/get", {"ids": []})["state"] != before
