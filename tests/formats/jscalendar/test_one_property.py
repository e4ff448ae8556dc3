"""Each property by itself, over real calendars: the record is what was asked for, all other lines stay as they are."""

import copy
import random
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest

from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import converter, parts
from jmapd.formats.jscalendar.to_icalendar import patched
from tests.formats.jscalendar.mutations import MUTATIONS, Mutation, meant, others

SAMPLE = 50  # files for each mutation, of those with a line of that kind, in an order by its name
LARGE = 20_000
RECORDS = 2  # of each file
DAMAGED = ("zday.ics", "malloc.ics")  # control characters in parameters, which no line may have


@pytest.fixture(scope="module")
def files(corpora: Path) -> dict[Path, bytes]:
    """Those of one record for each UID."""
    paths = sorted((corpora / "ics").rglob("*.ics"))
    return {path: path.read_bytes() for path in paths if path.stat().st_size < LARGE and path.name not in DAMAGED}


@pytest.mark.rfc("jscalendar-icalendar-25", "1.4")
@pytest.mark.parametrize("name", MUTATIONS)
def test_one_property(files: dict[Path, bytes], name: str) -> None:
    mutation = MUTATIONS[name]
    found = [path for path, data in files.items() if mutation.has in data]
    chosen = random.Random(name).sample(found, min(SAMPLE, len(found)))
    wrong = [each for path in chosen for each in _wrong(path, files[path], mutation)]
    assert wrong == []


def _wrong(path: Path, data: bytes, mutation: Mutation) -> Iterator[str]:
    for number in range(RECORDS):
        made = calendars(data)[:1]
        every = parts(made[0]) if made else []
        if number >= len(every) or sum(part.uid == every[number].uid for part in every) > 1:
            return
        old = converter(made[0])(every[number])
        new = copy.deepcopy(old.record)
        if not mutation.change(new):
            continue
        new |= {"sequence": 7, "updated": "2026-11-23T12:00:00Z"}
        wanted, had, before = meant(new), len(made[0].components), list(others(made[0], mutation.lines))
        patched(made[0], old, new)
        again = calendars(to_bytes(made))[0]
        if meant(converter(again)(parts(again)[number]).record) != wanted:
            yield f"{path.name} {number}: says something else"
        if len(again.components) == had and (found := list(others(again, mutation.lines))) != before:
            yield f"{path.name} {number}: {next(each for each in zip_longest(before, found) if len({*each}) > 1)}"
