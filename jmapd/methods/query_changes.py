"""Foo/queryChanges (RFC 8620 5.6), by the ids that changed: no earlier list of results is kept."""

import numpy as np
from pyroaring import BitMap

from jmapd.methods.context import Context
from jmapd.methods.properties import ID
from jmapd.methods.query import Question, question, results
from jmapd.methods.spec import Array, DataType, store_of
from jmapd.methods.window import CollapsedResults, Results, RowResults, place
from jmapd.stores.base import Table
from jmapd.wire import Arguments, Id, State
from jmapd.wire.delta import Delta
from jmapd.wire.errors import CannotCalculateChanges, TooManyChanges


def foo_query_changes(context: Context, datatype: DataType, args: Arguments) -> Arguments:
    """What to take out of and put into an old list of ids so that it becomes the new one.

    Every record whose place may have changed is removed, and added again where it is now (RFC 8620 5.6 allows to
    remove more than necessary); whatever did not change keeps its order among the rest.
    """
    asked = question(context, datatype, args)
    since, limit = args["sinceQueryState"], args["maxChanges"]
    store = store_of(context, datatype)
    delta = store.changes(since) if asked.reads is not None else None
    if delta is None:
        raise CannotCalculateChanges("the query depends on more than is recorded, or the state is too old")
    if asked.is_immutable or not _touches(asked, delta):
        delta.updated = []
    removed: list[Id] = []
    added: list[Arguments] = []
    found: Results | None = None
    if delta.created or delta.updated or delta.destroyed or args["calculateTotal"]:
        table = store.table()
        found = results(context, table, asked)
        removed, added = _difference(asked, table, found, delta, since)
    if limit is not None and len(removed) + len(added) > limit:
        raise TooManyChanges(f"{len(removed)} removed, {len(added)} added")
    answer: Arguments = {"accountId": args["accountId"]} if datatype.per_account else {}
    answer |= {"oldQueryState": since, "newQueryState": store.state(), "removed": removed, "added": added}
    if args["calculateTotal"] and found is not None:
        answer["total"] = found.total()
    return answer


def _touches(asked: Question, delta: Delta) -> bool:
    """Whether the updates can have changed what the results depend on."""
    if delta.updated_properties is None:
        return True
    reads = set(asked.reads or ()) | ({asked.collapse} if asked.collapse else set())
    return bool(reads & set(delta.updated_properties))


def _difference(
    asked: Question, table: Table, found: Results, delta: Delta, since: State
) -> tuple[list[Id], list[Arguments]]:
    if not (delta.created or delta.updated or delta.destroyed):
        return [], []
    created = set(delta.created)
    if asked.is_arranged or not isinstance(found, RowResults | CollapsedResults):
        # one record may move others anywhere: all of them are removed, and added again
        every = [id for id in table.ids(table.live()) if id not in created]
        ids = found.page(0, None)
        return [*delta.destroyed, *every], [{"id": id, "index": index} for index, id in enumerate(ids)]
    changed = _affected(asked, table, delta, since)
    now = found.array()
    indexes = np.flatnonzero(np.isin(now, np.asarray(changed.to_array(), dtype=np.int64)))
    last = _last_known(asked, table, now)
    removed = changed
    if last is not None:  # what stands after upToId the client does not hold, now or then
        removed = changed - BitMap(now[indexes[indexes > last]].tolist())
        indexes = indexes[indexes <= last]
    added = table.ids(now[indexes].tolist())
    return (
        [*delta.destroyed, *(id for id in table.ids(removed) if id not in created)],
        [{"id": id, "index": index} for id, index in zip(added, indexes.tolist(), strict=True)],
    )


def _affected(asked: Question, table: Table, delta: Delta, since: State) -> BitMap:
    """Rows that may have come, or moved; with groups, all rows of each group that lost, got or changed a member."""
    rows = BitMap(row for id in (*delta.created, *delta.updated) if (row := table.row(id)) is not None)
    if not (asked.collapse or asked.by_group):
        return rows
    datatype = asked.datatype
    assert datatype.collapse is not None
    name = datatype.collapse[1]
    look_up = getattr(table, "changed_groups", None)
    known: BitMap | None = look_up(since, name) if look_up is not None else None
    if known is not None:
        return rows | known
    live = table.live()
    if delta.destroyed or not datatype.properties.get(name, ID).immutable:
        return live  # the groups that lost a member are not known
    members = np.asarray(live.to_array(), dtype=np.int64)
    groups = table.groups(members, name)
    touched = np.unique(table.groups(np.asarray(rows.to_array(), dtype=np.int64), name))
    return BitMap(members[np.isin(groups, touched)].tolist())


def _last_known(asked: Question, table: Table, now: Array) -> int | None:
    """The index of upToId, where it may be used: all that is read is immutable (RFC 8620 5.6)."""
    id = asked.args["upToId"]
    row = table.row(id) if id is not None and asked.is_immutable else None
    return None if row is None else place(now, row)
