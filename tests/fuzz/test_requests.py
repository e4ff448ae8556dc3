"""Mutated requests of all methods: well-formed answers only, nothing logged, no trace of what was refused."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.wire import ijson
from tests.fuzz.mutate import Mutator
from tests.fuzz.seeds import seeds
from tests.fuzz.wellformed import problems, request_problem
from tests.fuzz.world import World

pytestmark = [pytest.mark.rfc("8620", "3.6"), pytest.mark.rfc("8620", "5.3")]
SECONDS = float(os.environ.get("JMAPD_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("JMAPD_FUZZ_SEED", "1"))
ROUNDS = 4  # of an ordinary run: requests for each method, and four times as many for those that write
DONE = ("created", "updated", "destroyed", "copied")


def send(world: World, calls: list[Any], body: bytes) -> bool:
    """One request, and all that is to be said of its answer; whether nothing was done."""
    states, disk = world.states(), world.disk()
    answer = world.post(body)
    found = [] if answer.status_code == 200 else [request_problem(answer)]
    responses: list[Any] = []
    if answer.status_code == 200:
        whole = ijson.loads(answer.data)
        responses = whole["methodResponses"]
        sent = ijson.loads(body)
        found += problems(world.registry, sent["methodCalls"], whole)
    is_quiet = not any(response[1].get(key) for response in responses for key in DONE)
    if is_quiet and (now := world.states()) != states:
        found.append(f"states {states} became {now}, and nothing was done")
    if is_quiet and world.disk() != disk:
        found.append(f"on disk: {sorted(world.disk().items() ^ disk.items())}")
    found += world.logged.taken()
    wrong = [each for each in found if each]
    assert not wrong, "\n".join([*wrong, f"request: {body[:3000]!r}", f"answer: {answer.data[:3000]!r}"])
    return is_quiet


def one(world: World, mutator: Mutator, name: str) -> bool:
    """A request with a call of that method, and perhaps others; as send."""
    names = [name] + mutator.chance.sample(sorted(world.registry), mutator.chance.choice([0, 0, 0, 1, 2]))
    calls = [[each, mutator.chance.choice(seeds(world, each)), str(number)] for number, each in enumerate(names)]
    for call in calls[: mutator.chance.choice([1, 1, 3])]:
        call[1] = mutator.changed(call[1])
    return send(world, calls, mutator.request(calls))


@pytest.mark.parametrize("strict", [False, True], ids=["tolerant", "strict"])
def test_mutated_requests(tmp_path: Path, strict: bool) -> None:
    world = World(tmp_path, protocol={"strict": strict})
    # what writes has most to go wrong
    names = [name for name, method in sorted(world.registry.items()) for _ in range(4 if method.writes else 1)]
    until = time.monotonic() + SECONDS / 2
    number = 0
    while number < (1 if SECONDS else ROUNDS) * len(names) or time.monotonic() < until:
        if not one(world, Mutator(SEED * 1_000_000 + number, world), names[number % len(names)]):
            world.refresh()
        number += 1
