"""Foo/query (RFC 8620 5.5)."""

from dataclasses import dataclass

from jmapd.methods import filters, sorts
from jmapd.methods.context import Context
from jmapd.methods.properties import ID
from jmapd.methods.spec import DataType, Filter, Property, Sort, store_of
from jmapd.methods.window import CollapsedResults, ListResults, Results, RowResults, cut
from jmapd.stores.base import Table
from jmapd.wire import Arguments


@dataclass(frozen=True)
class Question:
    """What a /query or /queryChanges asks for, checked, and what its results depend on."""

    datatype: DataType
    args: Arguments
    filter: filters.Node
    sort: list[sorts.Comparator]
    collapse: str | None  # the property whose value may occur once only
    is_arranged: bool  # a hook changes the list as a whole
    by_group: bool  # a record's place depends on the others of its group
    reads: frozenset[str] | None  # None: not known, so changes cannot be calculated

    @property
    def is_immutable(self) -> bool:
        """Whether all it reads can never change (RFC 8620 5.6)."""
        rows = self.datatype.properties
        unknown = Property("*") if self.datatype.is_open else ID
        return self.reads is not None and all(rows.get(name, unknown).immutable for name in self.reads)


def question(context: Context, datatype: DataType, args: Arguments) -> Question:
    """The parsed arguments. Raises InvalidArguments, UnsupportedFilter, UnsupportedSort."""
    filter, sort = filters.parse(context, datatype, args["filter"]), sorts.parse(context, datatype, args["sort"])
    used: list[Filter | Sort] = [*filter.filters(), *(each.sort for each in sort)]
    for prepare in {each.prepare for each in filter.filters() if each.prepare is not None}:
        prepare(context)
    may_arrange = datatype.hooks.arrange is not None or datatype.hooks.expand is not None
    is_arranged = may_arrange and (datatype.arranged is None or datatype.arranged(args))
    parts = [row.reads for row in used] + ([datatype.arranged_by] if is_arranged else [])
    return Question(
        datatype,
        args,
        filter,
        sort,
        datatype.collapse[1] if datatype.collapse and args[datatype.collapse[0]] else None,
        is_arranged,
        any(row.by_group for row in used),
        frozenset(name for names in parts for name in names) if all(parts) else None,
    )


def results(context: Context, table: Table, asked: Question) -> Results:
    """The list of results."""
    rows = filters.rows(context, table, asked.filter)
    expand = asked.datatype.hooks.expand
    if asked.is_arranged and expand is not None:
        return ListResults(expand(context, rows, asked.args))
    in_order = sorts.ordered(context, table, rows, asked.sort)
    found: RowResults | CollapsedResults
    if asked.collapse is not None:
        found = CollapsedResults(table, rows, in_order, asked.collapse)
    else:
        is_natural = sorts.is_natural(table, asked.sort)
        is_ascending = bool(asked.sort) and asked.sort[0].is_ascending
        found = RowResults(table, rows, in_order, is_ascending if is_natural else None)
    arrange = asked.datatype.hooks.arrange
    if asked.is_arranged and arrange is not None:
        return ListResults(arrange(context, found.page(0, None), asked.args))
    return found


def foo_query(context: Context, datatype: DataType, args: Arguments) -> Arguments:
    """Ids of the records that match, sorted, and a window of them."""
    asked = question(context, datatype, args)
    store = store_of(context, datatype)
    found = results(context, store.table(), asked)
    position, ids = cut(found, args)
    answer: Arguments = {"accountId": args["accountId"]} if datatype.per_account else {}
    answer |= {
        "queryState": store.state(),
        "canCalculateChanges": asked.reads is not None and "queryChanges" in datatype.methods,
        "position": position,
        "ids": ids,
    }
    if args["calculateTotal"]:
        answer["total"] = found.total()
    return answer
