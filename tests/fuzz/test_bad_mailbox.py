"""Bad input of Mailbox/set (RFC 8621 2.5): the RFC's SetError with its properties, and no trace."""

from typing import Any

import pytest

from tests.fuzz.refusals import CONTROLS, LONG, is_invalid, refused
from tests.fuzz.world import World

pytestmark = [pytest.mark.rfc("8620", "5.3"), pytest.mark.rfc("8621", "2.5")]
NAMES: list[Any] = ["", " ", 5, None, ["a"], {"a": 1}, "x" * 256, "é" * 128, LONG, "a\u2028b", "\x85", *CONTROLS]


@pytest.mark.parametrize("name", NAMES, ids=lambda each: str(each)[:30])
def test_names(world: World, name: Any) -> None:
    is_invalid(refused(world, "Mailbox/set", {"create": {"k": {"name": name}}}), "name")
    box = world.ids["Mailbox"][-1]
    is_invalid(refused(world, "Mailbox/set", {"update": {box: {"name": name}}}, "notUpdated"), "name")


GIVEN: list[tuple[dict[str, Any], str]] = [
    ({"colour": "red"}, "colour"),
    ({"id": "x"}, "id"),
    ({"totalEmails": 5}, "totalEmails"),
    ({"myRights": {}}, "myRights"),
    ({"parentId": "nothing"}, "parentId"),
    ({"parentId": "#nothing"}, "parentId"),
    ({"parentId": 5}, "parentId"),
    ({"parentId": LONG}, "parentId"),
    ({"parentId": "../.."}, "parentId"),
    ({"role": "king"}, "role"),
    ({"role": "Trash"}, "role"),
    ({"role": "inbox"}, "role"),
    ({"role": 5}, "role"),
    ({"sortOrder": -1}, "sortOrder"),
    ({"sortOrder": 2**31}, "sortOrder"),
    ({"sortOrder": 2**53 - 1}, "sortOrder"),
    ({"sortOrder": 1.5}, "sortOrder"),
    ({"sortOrder": "1"}, "sortOrder"),
    ({"isSubscribed": 1}, "isSubscribed"),
    ({"isSubscribed": None}, "isSubscribed"),
    ({LONG: 1}, LONG),
]


@pytest.mark.parametrize(("given", "name"), GIVEN, ids=lambda each: str(each)[:40])
def test_other_properties(world: World, given: dict[str, Any], name: str) -> None:
    error = refused(world, "Mailbox/set", {"create": {"k": {"name": "Fine"} | given}})
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])
    if given == {"isSubscribed": None}:  # in a patch: the default
        return
    error = refused(world, "Mailbox/set", {"update": {world.ids["Mailbox"][-1]: given}}, "notUpdated")
    assert (error["type"], error["properties"]) == ("invalidProperties", [name])


@pytest.mark.parametrize("patch", [{"name/x": "y"}, {"myRights/mayDelete/x": 1}, {"~2": 1}, {"name": "a", "name/b": 1}])
def test_patches_that_point_nowhere(world: World, patch: dict[str, Any]) -> None:
    error = refused(world, "Mailbox/set", {"update": {world.ids["Mailbox"][-1]: patch}}, "notUpdated")
    assert error["type"] == "invalidPatch"


def test_ids_of_other_accounts(world: World) -> None:
    [boxes] = world.ask(["Mailbox/get", {"accountId": "team"}])
    id = boxes["list"][0]["id"]
    is_invalid(refused(world, "Mailbox/set", {"create": {"k": {"name": "Fine", "parentId": id}}}), "parentId")
    assert refused(world, "Mailbox/set", {"update": {id: {"name": "x"}}}, "notUpdated")["type"] == "notFound"
    assert refused(world, "Mailbox/set", {"destroy": [id]}, "notDestroyed")["type"] == "notFound"


def test_a_circle(world: World) -> None:
    box = world.ids["Mailbox"][-1]
    is_invalid(refused(world, "Mailbox/set", {"update": {box: {"parentId": box}}}, "notUpdated"), "parentId")
    create = {"a": {"name": "a", "parentId": "#b"}, "b": {"name": "b", "parentId": "#a"}}
    before = world.disk()
    [answer] = world.ask(["Mailbox/set", {"accountId": "alice", "create": create}])
    assert [error["properties"] for error in answer["notCreated"].values()] == [["parentId"]] * 2
    assert world.disk() == before


def test_where_nothing_may_be_written(world: World) -> None:
    before = world.disk()
    for method in ("Mailbox/set", "Email/set"):
        [answer] = world.ask([method, {"accountId": "library", "create": {"k": {"name": "x"}}}])
        assert answer["type"] == "accountReadOnly"
        [answer] = world.ask([method, {"accountId": "bob", "create": {"k": {"name": "x"}}}])
        assert answer["type"] == "accountNotFound"
    assert world.disk() == before
