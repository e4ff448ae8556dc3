"""Sets of rows made from arrays (index.md)."""

import numpy as np
import pytest
from pyroaring import BitMap

from jmapd.index.bitmaps import bitmap, bitmap_of, numbers_of

SIZES = [0, 1, 7, 4096, 4097, 65535, 65536, 65537, 200_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.0625, 0.5, 1.0])
def test_flags_and_numbers_give_the_set_that_adding_gives(size: int, share: float) -> None:
    flags = np.random.default_rng(size).random(size) < share
    rows = np.flatnonzero(flags)
    expected = BitMap(rows.tolist())
    assert bitmap(flags) == expected
    assert bitmap_of(rows) == expected
    assert bitmap_of(rows[::-1]) == expected
    assert numbers_of(expected).tolist() == rows.tolist()


def test_a_made_set_can_be_changed_and_written() -> None:
    rows = bitmap(np.ones(100_000, dtype=bool))
    rows.discard(70_000)
    rows.add(200_000)
    assert len(rows) == 100_000
    assert BitMap.deserialize(rows.serialize()) == rows
