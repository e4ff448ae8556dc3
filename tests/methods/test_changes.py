"""Foo/changes on an invented type."""

from typing import Any

import pytest

from .bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "5.2")


def _state(bakery: Bakery) -> str:
    return str(bakery.call("Cake/get", {"ids": []})["state"])


def test_created_updated_destroyed(bakery: Bakery) -> None:
    a, b, c = (bakery.bake() for _ in "abc")
    since = _state(bakery)
    d = bakery.bake()
    bakery.call("Cake/set", {"update": {a: {"layers": 2}, d: {"layers": 3}}, "destroy": [b]})
    bakery.call("Cake/set", {"destroy": [bakery.bake()]})
    answer = bakery.call("Cake/changes", {"sinceState": since})
    assert answer == {
        "accountId": "A",
        "oldState": since,
        "newState": _state(bakery),
        "hasMoreChanges": False,
        "created": [d],
        "updated": [a],
        "destroyed": [b],
    }
    assert c not in str(answer)


def test_nothing_new(bakery: Bakery) -> None:
    bakery.bake()
    since = _state(bakery)
    answer = bakery.call("Cake/changes", {"sinceState": since, "maxChanges": 1})
    assert answer["newState"] == since and not answer["hasMoreChanges"]
    assert answer["created"] == answer["updated"] == answer["destroyed"] == []


def test_pages_of_one_call_that_changed_many(bakery: Bakery) -> None:
    since = first = _state(bakery)
    bakery.call("Cake/set", {"create": {f"k{n}": {"name": str(n)} for n in range(5)}})
    seen: list[str] = []
    for expected in (2, 2, 1):
        answer = bakery.call("Cake/changes", {"sinceState": since, "maxChanges": 2})
        assert len(answer["created"]) == expected and answer["oldState"] == since
        seen, since = seen + answer["created"], answer["newState"]
    assert not answer["hasMoreChanges"] and since == _state(bakery) != first
    assert sorted(seen) == sorted(bakery.cakes.ids())


@pytest.mark.parametrize("state", ["", "x", "e1.99", "e2.0", "e1.-1"])
def test_states_that_are_not_ours(bakery: Bakery, state: str) -> None:
    assert bakery.error("Cake/changes", {"sinceState": state}) == "cannotCalculateChanges"


@pytest.mark.parametrize(
    "arguments",
    [{}, {"sinceState": None}, {"sinceState": "e1.0", "maxChanges": 0}, {"sinceState": "e1.0", "maxChanges": -1}],
)
def test_wrong_arguments(bakery: Bakery, arguments: dict[str, Any]) -> None:
    assert bakery.error("Cake/changes", arguments) == "invalidArguments"
