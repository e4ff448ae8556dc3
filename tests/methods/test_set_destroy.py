"""Foo/set: destroying, and the call as a whole."""

from typing import Any

import pytest

from jmapd.methods.context import Limits

from .bakery import Bakery

pytestmark = pytest.mark.rfc("8620", "5.3")


def test_destroy(bakery: Bakery) -> None:
    id = bakery.bake()
    answer = bakery.call("Cake/set", {"destroy": [id, "nope", id]})
    assert answer["destroyed"] == [id] and answer["notDestroyed"]["nope"]["type"] == "notFound"
    assert bakery.call("Cake/get", {"ids": [id]})["notFound"] == [id]


def test_created_and_destroyed_in_one_call(bakery: Bakery) -> None:
    answer = bakery.call("Cake/set", {"create": {"k": {"name": "x"}}, "destroy": ["#k"]})
    assert answer["destroyed"] == [answer["created"]["k"]["id"]]
    assert bakery.call("Cake/get")["list"] == []


def test_order_within_destroy_does_not_matter(bakery: Bakery) -> None:
    base = bakery.bake()
    middle = bakery.bake(baseId=base)
    top = bakery.bake(baseId=middle)
    refused = bakery.call("Cake/set", {"destroy": [base]})
    assert refused["notDestroyed"][base]["type"] == "forbidden" and refused["destroyed"] is None
    answer = bakery.call("Cake/set", {"destroy": [base, middle, top]})
    assert sorted(answer["destroyed"]) == sorted([base, middle, top]) and answer["notDestroyed"] is None


def test_names_may_change_places(bakery: Bakery) -> None:
    a, b, c = (bakery.bake(name=name) for name in "abc")
    answer = bakery.call("Cake/set", {"update": {a: {"name": "b"}, b: {"name": "c"}, c: {"name": "a"}}})
    assert sorted(answer["updated"]) == sorted([a, b, c]) and answer["notUpdated"] is None
    assert [record["name"] for record in bakery.call("Cake/get", {"ids": [a, b, c]})["list"]] == ["b", "c", "a"]


def test_of_two_that_want_one_name_the_first_gets_it(bakery: Bakery) -> None:
    a, b = bakery.bake(name="a"), bakery.bake(name="b")
    answer = bakery.call("Cake/set", {"update": {a: {"name": "z"}, b: {"name": "z"}}})
    assert list(answer["updated"]) == [a] and list(answer["notUpdated"]) == [b]


def test_a_name_given_up_in_the_same_call_is_free(bakery: Bakery) -> None:
    a, b = bakery.bake(name="a"), bakery.bake(name="b")
    answer = bakery.call(
        "Cake/set", {"create": {"k": {"name": "a"}, "l": {"name": "b"}}, "update": {a: {"name": "z"}}, "destroy": [b]}
    )
    assert sorted(answer["created"]) == ["k", "l"] and answer["notCreated"] is None


def test_if_in_state(bakery: Bakery) -> None:
    id = bakery.bake()
    state = bakery.call("Cake/get", {"ids": []})["state"]
    assert bakery.error("Cake/set", {"ifInState": "other", "destroy": [id]}) == "stateMismatch"
    assert bakery.call("Cake/get", {"ids": [id]})["notFound"] == []
    assert bakery.call("Cake/set", {"ifInState": state, "destroy": [id]})["destroyed"] == [id]


def test_limit_counts_all_three() -> None:
    bakery = Bakery(Limits(max_objects_in_set=3))
    ids = [bakery.bake() for _ in range(2)]
    arguments: dict[str, Any] = {"create": {"a": {"name": "a"}, "b": {"name": "b"}}, "destroy": ids}
    assert bakery.error("Cake/set", arguments) == "requestTooLarge"
    assert len(bakery.call("Cake/get")["list"]) == 2
    arguments["destroy"] = ids[:1]
    assert bakery.call("Cake/set", arguments)["destroyed"] == ids[:1]


def test_nothing_to_do(bakery: Bakery) -> None:
    answer = bakery.call("Cake/set", {})
    assert answer["oldState"] == answer["newState"]
    members = ["created", "updated", "destroyed", "notCreated", "notUpdated", "notDestroyed"]
    assert [answer[name] for name in members] == [None] * 6


@pytest.mark.parametrize("arguments", [{"create": []}, {"update": {"a": 1}}, {"destroy": {}}, {"ifInState": 3}])
def test_wrong_types(bakery: Bakery, arguments: dict[str, Any]) -> None:
    assert bakery.error("Cake/set", arguments) == "invalidArguments"


def test_calls_that_follow_answer_under_the_same_id(bakery: Bakery) -> None:
    responses = bakery.request(
        [
            ["Cake/set", {"accountId": "A", "create": {"k": {"name": "x"}}, "onSuccessEat": True}, "s"],
            ["Core/echo", {}, "e"],
        ]
    )
    assert [(name, id) for name, _, id in responses] == [("Cake/set", "s"), ("Cake/set", "s"), ("Core/echo", "e")]
    assert responses[1][1]["destroyed"] == [responses[0][1]["created"]["k"]["id"]]


def test_an_account_that_is_read_only(bakery: Bakery) -> None:
    assert bakery.error("Cake/set", {"accountId": "R"}) == "accountReadOnly"
    assert bakery.call("Cake/get", {"accountId": "R"})["list"] == []
