"""One object that must be refused: by which error, for which properties, and without a trace."""

from typing import Any

from tests.fuzz.world import World

LONG = "x" * 100_000
CONTROLS = ["a\r\nBcc: eve@example.org", "a\nb", "nul\0", "\x1b[31m", "\x7f"]


def refused(world: World, method: str, arguments: dict[str, Any], key: str = "notCreated") -> dict[str, Any]:
    """The SetError of the only object of a call; nothing has changed, in any account and on disk."""
    before = world.states(), world.disk()
    [answer] = world.ask([method, {"accountId": "alice"} | arguments])
    assert key in answer, answer
    [error] = answer[key].values()
    assert (world.states(), world.disk()) == before
    assert world.logged.taken() == []
    assert isinstance(error["description"], str)
    return dict(error)


def is_invalid(error: dict[str, Any], *properties: str) -> None:
    """Fails unless it is invalidProperties of just these, and says of which."""
    assert error["type"] == "invalidProperties", error
    assert sorted(error["properties"]) == sorted(properties), error
    assert all(name.partition("/")[0] in error["description"] for name in properties), error
