"""Foo/set: updating with PatchObjects."""

from typing import Any

import pytest

from .bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "5.3")


def _record(bakery: Bakery, id: str) -> dict[str, Any]:
    return dict(bakery.call("Cake/get", {"ids": [id]})["list"][0])


def test_whole_properties_and_paths(bakery: Bakery) -> None:
    id = bakery.bake(name="x", keywords={"a": True, "b": True})
    answer = bakery.call(
        "Cake/set", {"update": {id: {"name": "y", "keywords/a": None, "keywords/c": True, "shape/size/height": 5}}}
    )
    assert list(answer["updated"]) == [id] and answer["updated"][id] is None
    record = _record(bakery, id)
    assert record["name"] == "y" and record["keywords"] == {"b": True, "c": True}
    assert record["shape"] == {"kind": "round", "size": {"height": 5}}


def test_answer_has_what_changed_beyond_the_patch(bakery: Bakery) -> None:
    id = bakery.bake()
    assert bakery.call("Cake/set", {"update": {id: {"layers": 4}}})["updated"] == {id: {"price": 400}}
    answer = bakery.call("Cake/set", {"update": {id: {"keywords/NUT": True}}})
    assert answer["updated"] == {id: {"keywords": {"nut": True}, "price": 401}}


def test_null_sets_the_default(bakery: Bakery) -> None:
    base = bakery.bake()
    id = bakery.bake(layers=7, keywords={"a": True}, baseId=base)
    bakery.call("Cake/set", {"update": {id: {"layers": None, "keywords": None, "baseId": None}}})
    record = _record(bakery, id)
    assert (record["layers"], record["keywords"], record["baseId"]) == (1, {}, None)


def test_null_for_what_must_be_there_and_for_what_is_not(bakery: Bakery) -> None:
    id = bakery.bake(name="x")
    error = bakery.call("Cake/set", {"update": {id: {"name": None}}})["notUpdated"][id]
    assert error["type"] == "invalidProperties" and error["properties"] == ["name"]
    state = bakery.call("Cake/get", {"ids": []})["state"]
    answer = bakery.call("Cake/set", {"update": {id: {"keywords/none": None}}})
    assert answer["updated"] == {id: None} and answer["newState"] == state


@pytest.mark.parametrize(
    "patch",
    [
        {"nothing/there": 1, "name": "z"},
        {"keywords/a/b": True},
        {"shape": {}, "shape/kind": "square"},
        {"shape/size/height": 1, "shape/size": {}},
        {"shape/missing/height": 1},
        {"shape/list/0": 1},
        {"shape/~2": 1},
        {"/name": "y"},
        {"baseId/x": 1},
    ],
)
def test_bad_patches_change_nothing(bakery: Bakery, patch: dict[str, Any]) -> None:
    id = bakery.bake(name="x", shape={"kind": "flat", "size": {"height": 2}, "list": [1]})
    before = _record(bakery, id)
    answer = bakery.call("Cake/set", {"update": {id: patch}})
    assert answer["notUpdated"][id]["type"] in ("invalidPatch", "invalidProperties")
    assert _record(bakery, id) == before


def test_paths_that_are_wrong_are_invalid_patches(bakery: Bakery) -> None:
    id = bakery.bake(shape={"list": [1]})
    for patch in ({"shape/list/0": 1}, {"shape/a/b": 1}, {"shape": {}, "shape/a": 1}):
        assert bakery.call("Cake/set", {"update": {id: patch}})["notUpdated"][id]["type"] == "invalidPatch"


def test_escaped_names(bakery: Bakery) -> None:
    id = bakery.bake()
    bakery.call("Cake/set", {"update": {id: {"keywords/a~1b": True, "keywords/c~0d": True}}})
    assert _record(bakery, id)["keywords"] == {"a/b": True, "c~d": True}


def test_the_whole_record_may_be_sent_back(bakery: Bakery) -> None:
    id = bakery.bake(name="x")
    record = _record(bakery, id)
    assert bakery.call("Cake/set", {"update": {id: record}})["updated"] == {id: None}
    answer = bakery.call("Cake/set", {"update": {id: record | {"layers": 2}}})
    assert answer["updated"] == {id: {"price": 200}}


@pytest.mark.parametrize(
    "patch", [{"id": "C99"}, {"price": 1}, {"flavour": "sour"}, {"batch": "b", "flavour": "plain"}]
)
def test_what_only_the_server_sets_and_what_never_changes(bakery: Bakery, patch: dict[str, Any]) -> None:
    id = bakery.bake(name="x")
    error = bakery.call("Cake/set", {"update": {id: patch}})["notUpdated"][id]
    assert error["type"] == "invalidProperties"
    assert error["properties"] == [next(name for name in ("id", "price", "batch", "flavour") if name in patch)]


def test_unknown_property_wrong_type_unknown_reference(bakery: Bakery) -> None:
    id = bakery.bake()
    for patch in ({"colour": 1}, {"layers": "two"}, {"keywords/x": 3}, {"baseId": "C99"}, {"shopIds/S9": True}):
        error = bakery.call("Cake/set", {"update": {id: patch}})["notUpdated"][id]
        assert error["type"] == "invalidProperties" and len(error["properties"]) == 1, patch


@pytest.mark.parametrize("patch", [{"keywords": {"a": 1}}, {"keywords/a": 1}, {"layers": 1.0}, {"layers": True}])
def test_what_is_equal_and_of_another_type(bakery: Bakery, patch: dict[str, Any]) -> None:
    id = bakery.bake(layers=1, keywords={"a": True})
    error = bakery.call("Cake/set", {"update": {id: patch}})["notUpdated"][id]
    assert (error["type"], error["properties"]) == ("invalidProperties", [next(iter(patch)).partition("/")[0]])


def test_unknown_record_and_one_that_will_be_destroyed(bakery: Bakery) -> None:
    id = bakery.bake()
    answer = bakery.call("Cake/set", {"update": {"nope": {}, id: {"name": "z"}}, "destroy": [id]})
    assert answer["notUpdated"]["nope"]["type"] == "notFound"
    assert answer["notUpdated"][id]["type"] == "willDestroy"
    assert answer["destroyed"] == [id]


def test_references_in_updates(bakery: Bakery) -> None:
    id = bakery.bake(name="old")
    answer = bakery.call(
        "Cake/set",
        {"create": {"k": {"name": "new"}}, "update": {id: {"baseId": "#k"}, "#k": {"layers": 9}}},
    )
    new = answer["created"]["k"]["id"]
    assert sorted(answer["updated"]) == sorted([id, new])
    assert _record(bakery, id)["baseId"] == new and _record(bakery, new)["layers"] == 9


def test_a_reference_as_a_key_in_a_path(bakery: Bakery) -> None:
    id = bakery.bake()
    responses = bakery.request(
        [
            ["Shop/set", {"accountId": "A", "create": {"s": {}}}, "0"],
            ["Cake/set", {"accountId": "A", "update": {id: {"shopIds/#s": True}}}, "1"],
        ]
    )
    assert _record(bakery, id)["shopIds"] == {responses[0][1]["created"]["s"]["id"]: True}


def test_false_removes_from_a_set_unless_strict(bakery: Bakery) -> None:
    id = bakery.bake(keywords={"a": True, "b": True})
    bakery.call("Cake/set", {"update": {id: {"keywords/a": False}}})
    assert _record(bakery, id)["keywords"] == {"b": True}
    strict = Bakery(strict=True)
    id = strict.bake(keywords={"a": True})
    error = strict.call("Cake/set", {"update": {id: {"keywords/a": False}}})["notUpdated"][id]
    assert error["type"] == "invalidProperties" and error["properties"] == ["keywords"]
