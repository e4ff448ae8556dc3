"""Between numpy arrays and roaring bitmaps, quickly: large sets are put together in the bitmaps' own portable form."""

import struct
from array import array
from typing import Any

import numpy as np
from pyroaring import BitMap

Array = np.ndarray[Any, Any]
COOKIE = 12346  # of the portable form without run containers
CONTAINER = 1 << 16
MAX_LIST = 4096  # a container with more members is a bitset
DENSE = 16


def numbers_of(rows: BitMap) -> Array:
    """The members in order, as unsigned 32-bit numbers."""
    numbers: Array = np.frombuffer(rows.to_array(), dtype=np.uint32)
    return numbers


def bitmap_of(rows: Array) -> BitMap:
    """The set of the numbers of an array, in any order."""
    if len(rows) > MAX_LIST:
        size = int(rows.max()) + 1
        if size < DENSE * len(rows):
            flags = np.zeros(size, dtype=bool)
            flags[rows] = True
            return bitmap(flags)
    return BitMap(array("I", np.ascontiguousarray(rows, dtype=np.uint32).tobytes()))


def bitmap(flags: Array) -> BitMap:
    """The places at which an array of booleans is true."""
    keys, containers = [], []
    for start in range(0, len(flags), CONTAINER):
        part = flags[start : start + CONTAINER]
        count = int(np.count_nonzero(part))
        if count > MAX_LIST:
            bits = np.packbits(part, bitorder="little").tobytes()
            containers.append(bits.ljust(CONTAINER // 8, b"\0"))
        elif count:
            containers.append(np.flatnonzero(part).astype("<u2").tobytes())
        if count:
            keys += [start // CONTAINER, count - 1]
    if not containers:
        return BitMap()
    offset = 8 + 4 * len(keys)
    offsets = []
    for container in containers:
        offsets.append(offset)
        offset += len(container)
    head = struct.pack(f"<II{len(keys)}H{len(offsets)}I", COOKIE, len(containers), *keys, *offsets)
    return BitMap.deserialize(head + b"".join(containers))
