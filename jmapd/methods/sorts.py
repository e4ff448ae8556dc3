"""Sorting of /query results (RFC 8620 5.5): comparators, collations, and an order that stays the same between calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.methods.collations import COLLATIONS, DEFAULT, collated
from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING, Array, DataType, Sort
from jmapd.stores.base import Rows, Table
from jmapd.wire import Arguments
from jmapd.wire.errors import InvalidArguments, UnsupportedSort
from jmapd.wire.signatures import allows_null, compiled

_MEMBERS: Mapping[str, tuple[str, Any]] = {
    "property": ("String", MISSING),
    "isAscending": ("Boolean|null", None),
    "collation": ("String|null", None),
}


@dataclass(frozen=True)
class Comparator:
    """One Comparator, checked."""

    name: str
    sort: Sort
    is_ascending: bool
    collation: str | None  # None: the type's own order, which is the default collation's for strings
    arguments: Arguments


def parse(context: Context, datatype: DataType, given: Sequence[Any] | None) -> list[Comparator]:
    """The comparators, checked. Raises InvalidArguments, UnsupportedSort."""
    return [_parse(context, datatype, each) for each in given or ()]


def _parse(context: Context, datatype: DataType, given: Any) -> Comparator:
    name, is_ascending, collation = (_member(given, member, *row) for member, row in _MEMBERS.items())
    sort = datatype.sorts.get(name)
    if sort is None:
        raise UnsupportedSort(f"{datatype.name} cannot be sorted by {name[:80]!r}")
    if sort.collated and collation is not None and collation not in COLLATIONS:
        raise UnsupportedSort(f"no collation is called {collation[:80]!r}")
    arguments = {
        member: _member(given, member, signature, None if allows_null(signature) else MISSING)
        for member, signature in sort.arguments.items()
    }
    if context.strict and set(given) - set(_MEMBERS) - set(arguments):
        raise InvalidArguments("'sort': a Comparator has a member that this property knows nothing of")
    return Comparator(name, sort, is_ascending is not False, collation if sort.collated else None, arguments)


def _member(given: Any, name: str, signature: str, default: Any) -> Any:
    value = given.get(name, default)
    if value is MISSING:
        raise InvalidArguments(f"'sort': a Comparator lacks {name!r}")
    wrong = compiled(signature)(value)
    if wrong:
        raise InvalidArguments(f"'sort': {name!r} {wrong}")
    return value


def is_natural(table: Table, comparators: list[Comparator]) -> bool:
    """Whether the table's own order is what is asked for; without any comparator it is, newest first."""
    if table.natural_sort is None:
        return False
    return not comparators or len(comparators) == 1 and comparators[0].name == table.natural_sort


def ordered(context: Context, table: Table, rows: BitMap, comparators: list[Comparator]) -> Rows:
    """The rows in order. Equal ones stand in the natural order or by id: neither changes between calls."""
    if is_natural(table, comparators):
        return table.natural(rows, bool(comparators) and comparators[0].is_ascending)
    base = _base(table, rows)
    if not comparators or not len(base):
        return base
    keys = [_keys(context, table, base, each) for each in comparators]
    order = np.argsort(keys[0], kind="stable") if len(keys) == 1 else np.lexsort(keys[::-1])
    return np.asarray(base[order])


def _base(table: Table, rows: BitMap) -> Array:
    if table.natural_sort is not None:
        return np.asarray(table.natural(rows, False)[:], dtype=np.int64)
    numbers = list(rows)
    ids = table.ids(numbers)
    by_id = sorted(range(len(numbers)), key=ids.__getitem__)
    return np.array([numbers[position] for position in by_id], dtype=np.int64)


def _keys(context: Context, table: Table, rows: Array, comparator: Comparator) -> Array:
    sort = comparator.sort
    by_record = sort.key is not None and (sort.keys is None or comparator.collation not in (None, DEFAULT))
    if by_record or sort.keys is None:
        found = _ranks(context, table, rows, comparator)
    else:
        found = np.asarray(sort.keys(context, rows, comparator.arguments))
    if comparator.is_ascending:
        return found
    # unsigned numbers and booleans have no negative; the largest unsigned ones wrap, ~ keeps their order
    return ~found if found.dtype.kind in "bui" else -found


def _ranks(context: Context, table: Table, rows: Array, comparator: Comparator) -> Array:
    """Numbers that order as the sort's keys do; null before everything else."""
    key = comparator.sort.key
    assert key is not None
    collation = comparator.collation or DEFAULT
    values = [key(context, table.record(int(row)), comparator.arguments) for row in rows]
    if comparator.sort.collated:
        values = [collated(value, collation) for value in values]
    distinct = sorted({value for value in values if value is not None})
    rank: dict[Any, int] = {value: number for number, value in enumerate(distinct, 1)}
    return np.array([0 if value is None else rank[value] for value in values], dtype=np.int64)
