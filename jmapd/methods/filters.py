"""Filters of /query (RFC 8620 5.5): a tree of conditions becomes a set of rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter
from jmapd.stores.base import Table
from jmapd.wire.errors import InvalidArguments, UnsupportedFilter
from jmapd.wire.signatures import compiled

MAX_DEPTH = 32
MAX_NODES = 1000


@dataclass(frozen=True)
class Node:
    """A FilterOperator with its conditions, or a FilterCondition ("IF") with its tests."""

    operator: str
    conditions: tuple["Node", ...] = ()
    tests: tuple[tuple[Filter, Any], ...] = ()

    def filters(self) -> Iterator[Filter]:
        """Every row of the type's table that is used."""
        for test, _ in self.tests:
            yield test
        for condition in self.conditions:
            yield from condition.filters()


def parse(context: Context, datatype: DataType, given: Any) -> Node:
    """The whole tree checked before anything is looked up. Raises InvalidArguments, UnsupportedFilter."""
    budget = [MAX_NODES]
    return Node("AND") if given is None else _parse(context, datatype, given, MAX_DEPTH, budget)


def _parse(context: Context, datatype: DataType, given: Any, depth: int, budget: list[int]) -> Node:
    budget[0] -= 1
    if depth == 0 or budget[0] < 0:
        raise UnsupportedFilter(f"more than {MAX_DEPTH} levels or {MAX_NODES} conditions")
    if not isinstance(given, dict):
        raise InvalidArguments("'filter': a condition must be an object")
    if "operator" not in given:
        return Node("IF", tests=tuple(_test(context, datatype, name, value) for name, value in given.items()))
    operator, conditions = given["operator"], given.get("conditions")
    if operator not in ("AND", "OR", "NOT"):
        raise InvalidArguments("'filter': operator must be AND, OR or NOT")
    if not isinstance(conditions, list):
        raise InvalidArguments("'filter': conditions must be an array")
    if context.strict and len(given) > 2 or not given.keys().isdisjoint(datatype.filters):
        raise InvalidArguments("'filter': a FilterOperator has only operator and conditions")
    return Node(operator, tuple(_parse(context, datatype, each, depth - 1, budget) for each in conditions))


def _test(context: Context, datatype: DataType, name: str, value: Any) -> tuple[Filter, Any]:
    row = datatype.filters.get(name)
    if row is None or (row.capability is not None and row.capability not in context.using):
        raise UnsupportedFilter(f"{datatype.name} has no filter {name[:80]!r}")
    wrong = compiled(row.type)(value)
    if wrong:
        raise InvalidArguments(f"'filter': {name!r} {wrong}")
    return row, value


def rows(context: Context, table: Table, node: Node) -> BitMap:
    """The rows that match; a set of its own or one that nobody changes."""
    return _rows(context, table, node, table.live())


def _rows(context: Context, table: Table, node: Node, within: BitMap) -> BitMap:
    """Those of `within` that match. Sets are looked up first, records read only where they leave a doubt."""
    if node.operator == "IF":
        return _tested(context, table, node, within)
    if node.operator == "AND":
        for condition in sorted(node.conditions, key=_reads_records):
            within = _rows(context, table, condition, within)
        return within
    # RFC 8620 5.5: NOT is "none of the conditions", so it is what OR leaves
    found = BitMap()
    for condition in node.conditions:
        found = found | _rows(context, table, condition, within - found)
    return within - found if node.operator == "NOT" else found


def _reads_records(node: Node) -> bool:
    return any(each.match is not None for each in node.filters())


def _tested(context: Context, table: Table, node: Node, within: BitMap) -> BitMap:
    matchers = []
    for test, value in node.tests:
        if test.rows is not None:
            within = within & test.rows(context, value)
        if test.match is not None and not (test.is_exact and test.is_exact(value)):
            matchers.append((test.match, value))
    if not matchers:
        return within
    return BitMap(
        row
        for row in within
        if (record := table.record(row)) is not None and all(match(context, record, value) for match, value in matchers)
    )
