"""Principal/set (RFC 9670 2.3)."""

from typing import Any

import pytest

from tests.principals.host import People

pytestmark = pytest.mark.rfc("9670", "2.3")


def test_a_user_describes_himself(host: People) -> None:
    me = host.principal("alice")
    given = {"name": "Alice A.", "description": "Room 4\nsecond floor", "timeZone": "Europe/Berlin"}
    assert host.updated(me, given, "Principal") is None
    host.start()
    assert host.people()["alice"].items() >= given.items()
    host.updated(me, {"description": None, "timeZone": None}, "Principal")
    assert host.people()["alice"]["timeZone"] is None


@pytest.mark.rfc("9670", "6.1")
def test_what_a_user_calls_himself_is_logged(host: People, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "jmapd")
    host.updated(host.principal("alice"), {"name": "Bob", "description": "x"}, "Principal")
    assert "alice: calls himself 'Bob' now, no more 'alice'" in caplog.messages


@pytest.mark.parametrize("property", ["name", "description", "timeZone"])
def test_nobody_describes_others(host: People, property: str) -> None:
    for other in ("bob", "team"):
        error = host.not_updated(host.principal(other), {property: "Europe/Berlin"}, "Principal")
        assert error["type"] == "forbidden" and error["description"]
    host.be("bob")
    assert host.people()["bob"]["name"] == "bob"


def test_who_is_not_known_is_not_found(host: People) -> None:
    carol = host.be("carol").principal("carol")
    host.be("alice")
    assert host.not_updated(carol, {"name": "x"}, "Principal")["type"] == "notFound"


@pytest.mark.parametrize(("property", "value"), [("type", "group"), ("email", "root@example.org"), ("email", None)])
def test_what_is_the_administrators_is_forbidden(host: People, property: str, value: Any) -> None:
    error = host.not_updated(host.principal("alice"), {property: value}, "Principal")
    assert (error["type"], error["properties"]) == ("forbidden", [property])


@pytest.mark.parametrize("given", [{}, {"name": "x", "type": "individual"}, {"type": 1}, {"capabilities": {}}])
def test_nobody_makes_one(host: People, given: dict[str, Any]) -> None:
    assert host.refused("Principal", given)["type"] == "forbidden"


def test_nobody_destroys_one(host: People) -> None:
    me = host.principal("alice")
    assert host.call("Principal/set", {"destroy": [me]})["notDestroyed"][me]["type"] == "forbidden"
    assert "alice" in host.people()


@pytest.mark.parametrize(
    ("property", "value"),
    [
        ("name", ""),
        ("name", " "),
        ("name", "a\nb"),
        ("name", "x" * 256),
        ("name", 1),
        ("description", "\0"),
        ("description", "x" * 65537),
        ("timeZone", "Mars/Base"),
        ("capabilities", {}),
        ("accounts", {"x": {}}),
        ("nothing", 1),
    ],
)
def test_what_is_wrong(host: People, property: str, value: Any) -> None:
    error = host.not_updated(host.principal("alice"), {property: value}, "Principal")
    assert (error["type"], error["properties"]) == ("invalidProperties", [property])
