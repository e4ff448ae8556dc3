"""Reads all records of a type that has many, and says what contradicts something else."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from jmapd.index import IndexDamaged
from jmapd.index.large import Large
from jmapd.index.large_write import OldFacts


def verify_large(large: Large) -> list[str]:
    """One line for each thing that is wrong."""
    wrong = list(_rows(large))
    live = large.live()
    if len(live) != len(large) or {large.id(row) for row in live} != set(large.ids()):
        wrong.append(f"{large.name}: the rows do not fit the records")
    if not large.name.startswith("_"):
        if np.any(np.diff(np.array(large.history.graves.destroyed, dtype=np.int64)) <= 0):
            wrong.append(f"{large.name}: destructions are out of order")
        if not large.history.lives.keys() <= set(large.ids()):
            wrong.append(f"{large.name}: the history does not fit the records")
    return wrong


def _rows(large: Large) -> Iterator[str]:
    stored = large.stored
    keys = [stored.key(row) for row in range(large.base)]
    if any(first >= second for first, second in pairwise(keys)):
        yield f"{large.name}: not in order of id"
    facts = OldFacts(large)
    for row in range(large.base):
        id = stored.id(row)
        try:
            body = {large.type.body: stored.body(row)} if large.type.body else {}
            record = {**stored.head(row), **body}
        except IndexDamaged:
            yield f"{large.name} {id}: its record is damaged"
            continue
        if large.type.facts and large.has_columns and facts.of(row) != large.type.prepared(record, large.stored.window):
            yield f"{large.name} {id}: the columns do not say what its record says"
