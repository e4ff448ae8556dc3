"""Foo/copy on an invented type."""

from typing import Any

import pytest

from .bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "5.4")
TO_B = {"fromAccountId": "A", "accountId": "B"}


def test_copy_takes_the_original_but_what_is_given(bakery: Bakery) -> None:
    id = bakery.bake(name="Sacher", layers=3, flavour="chocolate")
    answer = bakery.call("Cake/copy", {**TO_B, "create": {"k": {"id": id, "layers": 5}}})
    new = answer["created"]["k"]["id"]
    assert answer["created"]["k"] == {"id": new, "price": 500}
    assert answer["oldState"] != answer["newState"] and answer["notCreated"] is None
    record = bakery.call("Cake/get", {"accountId": "B", "ids": [new]})["list"][0]
    assert (record["name"], record["layers"], record["flavour"]) == ("Sacher", 5, "chocolate")
    assert bakery.call("Cake/get", {"ids": [id]})["notFound"] == []


def test_original_is_destroyed_by_a_call_that_follows(bakery: Bakery) -> None:
    id = bakery.bake(name="x")
    arguments = {**TO_B, "create": {"k": {"id": id}, "l": {"id": "nope"}}, "onSuccessDestroyOriginal": True}
    copy, follow = bakery.request([["Cake/copy", arguments, "0"]])
    assert copy[1]["notCreated"]["l"]["type"] == "notFound"
    assert follow[0] == "Cake/set" and follow[2] == "0"
    assert follow[1]["accountId"] == "A" and follow[1]["destroyed"] == [id]


def test_original_stays_when_its_state_is_another(bakery: Bakery) -> None:
    id = bakery.bake(name="x")
    arguments = {
        **TO_B,
        "create": {"k": {"id": id}},
        "onSuccessDestroyOriginal": True,
        "destroyFromIfInState": "other",
    }
    _, follow = bakery.request([["Cake/copy", arguments, "0"]])
    assert follow[0] == "error" and follow[1]["type"] == "stateMismatch"
    assert bakery.call("Cake/get", {"ids": [id]})["notFound"] == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"fromAccountId": "B"}, "invalidArguments"),
        ({"fromAccountId": "X"}, "fromAccountNotFound"),
        ({"fromAccountId": "N"}, "fromAccountNotSupportedByMethod"),
        ({"accountId": "X"}, "accountNotFound"),
        ({"accountId": "N"}, "accountNotSupportedByMethod"),
        ({"accountId": "R"}, "accountReadOnly"),
        ({"ifInState": "x"}, "stateMismatch"),
        ({"ifFromInState": "x"}, "stateMismatch"),
        ({"create": None}, "invalidArguments"),
    ],
)
def test_errors(bakery: Bakery, arguments: dict[str, Any], error: str) -> None:
    assert bakery.error("Cake/copy", {**TO_B, "create": {}} | arguments) == error


def test_errors_of_one_record(bakery: Bakery) -> None:
    id = bakery.bake(name="x", baseId=bakery.bake(name="base"))
    failed = bakery.call("Cake/copy", {**TO_B, "create": {"a": {}, "b": {"id": id}, "c": {"id": id, "layers": -1}}})
    kinds = {key: error["type"] for key, error in failed["notCreated"].items()}
    assert kinds == dict.fromkeys("abc", "invalidProperties") and failed["created"] is None
    assert failed["notCreated"]["b"]["properties"] == ["baseId"]  # it is not in the other account
