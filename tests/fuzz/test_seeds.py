"""Every method has valid requests to begin the fuzzing with."""

from pathlib import Path

import pytest

from tests.fuzz.seeds import seeds
from tests.fuzz.world import World

pytestmark = pytest.mark.rfc("8620", "3.3")


def test_every_method_has_a_seed(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert [name for name in world.registry if not seeds(world, name)] == []


def test_seeds_are_answered_without_errors(tmp_path: Path) -> None:
    world = World(tmp_path)
    wrong = []
    for name in sorted(world.registry):
        for number in range(len(seeds(world, name))):
            world.refresh()
            arguments = seeds(world, name)[number]
            answer, *_ = world.ask([name, arguments])  # what follows is an implicit Email/set
            keys = ("type", "notCreated", "notUpdated", "notDestroyed", "notCopied", "notSent")
            failed = [answer.get(key) for key in keys]
            if any(failed):
                wrong.append((name, arguments, failed))
    assert not wrong
