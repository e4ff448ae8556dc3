"""A world for the tests of a module: what is refused leaves it as it was."""

from typing import Any

import pytest

from tests.fuzz.world import World


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: Any) -> World:
    """alice's server."""
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture
def world(one_world: World) -> World:
    """It, with what an earlier test may have destroyed."""
    one_world.refresh()
    return one_world
