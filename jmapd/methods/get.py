"""Foo/get (RFC 8620 5.1)."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from jmapd.methods.context import Context
from jmapd.methods.properties import ID, find, visible
from jmapd.methods.spec import MISSING, DataType, Property, store_of
from jmapd.stores.base import RecordNotFound, Store
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidArguments, RequestTooLarge
from jmapd.wire.ids import are_ids, is_id, is_reference


def foo_get(context: Context, datatype: DataType, args: Arguments) -> Arguments:
    """Records by id, or all of them, with the properties asked for."""
    rows = _requested(context, datatype, args["properties"])
    if datatype.hooks.prepare_get:
        datatype.hooks.prepare_get(context, args)
    store = store_of(context, datatype)
    ids = _ids(context, store, args["ids"])
    for prepare in {row.prepare for row in rows.values() if row.prepare is not None}:
        prepare(context, ids)
    shape = datatype.hooks.shape_get and datatype.hooks.shape_get(context, args)
    is_whole = datatype.is_open and args["properties"] is None
    project = whole(context, datatype) if is_whole else projection(context, rows)
    names = None if is_whole or shape or any(row.computed for row in rows.values()) else list(rows)
    state, found = store.state(), store.get(ids, names)
    answer: list[Record] = []
    missing: list[Id] = []
    for id in ids:
        record = found.get(id)
        try:
            if record is None:
                missing.append(id)
            else:
                answer.append(project(shape(record) if shape else record))
        except RecordNotFound:  # its file vanished since
            missing.append(id)
    head = {"accountId": args["accountId"], "state": state} if datatype.per_account else {}
    return {**head, "list": answer, "notFound": missing if args["ids"] is not None else []}


def projection(context: Context, rows: dict[str, Property]) -> Callable[[Record], Record]:
    """A function that makes of a stored record what the client asked for, one record after the other."""
    computed = [(name, row.computed) for name, row in rows.items() if row.computed is not None]
    stored = [name for name, row in rows.items() if row.computed is None]
    fallback = {name: rows[name].default for name in stored if rows[name].default is not MISSING}
    optional = {name for name in stored if rows[name].optional}

    def project(record: Record) -> Record:
        try:
            out = {name: record[name] for name in stored}
        except KeyError:
            kept = [name for name in stored if name in record or name not in optional]
            out = {name: record[name] if name in record else fallback.get(name) for name in kept}
        for name, compute in computed:
            out[name] = compute(context, record, name)
        return out

    return project


def whole(context: Context, datatype: DataType) -> Callable[[Record], Record]:
    """The same of all that a record of an open type has."""
    rows = visible(context, datatype)
    hidden = [name for name, row in rows.items() if row.stored and not row.by_default]
    shown = {name: row for name, row in rows.items() if row.by_default and not row.optional}
    defaults = {name: row.default for name, row in shown.items() if row.stored and row.default is not MISSING}
    computed = [(name, row.computed) for name, row in shown.items() if row.computed is not None]
    if not hidden and not defaults and not computed:
        return dict

    def project(record: Record) -> Record:
        out = {**defaults, **record}
        for name in hidden:
            out.pop(name, None)
        for name, compute in computed:
            out[name] = compute(context, record, name)
        return out

    return project


def _requested(context: Context, datatype: DataType, names: list[str] | None) -> dict[str, Property]:
    if names is None:
        rows = {name: row for name, row in visible(context, datatype).items() if row.by_default}
        return {"id": ID} | rows
    out = {"id": datatype.properties.get("id", ID)}  # RFC 8620 5.1: always returned
    for name in names:
        row = find(context, datatype, name)
        if row is None:
            raise InvalidArguments(f"{datatype.name} has no property {name[:80]!r}")
        out[name] = row
    return out


def _ids(context: Context, store: Store, ids: list[str] | None) -> list[Id]:
    """Each id once; "#creationId" is taken, too, where a record was created under it."""
    largest = context.limits.max_objects_in_get
    given = islice(store.ids(), largest + 1) if ids is None else _resolved(context, ids)
    every = list(dict.fromkeys(given))
    if len(every) > largest:
        raise RequestTooLarge(f"more than maxObjectsInGet ({largest}) records")
    return every


def _resolved(context: Context, ids: list[str]) -> Iterable[Id]:
    return ids if are_ids(ids) else _one_by_one(context, ids)


def _one_by_one(context: Context, ids: list[str]) -> Iterator[Id]:
    for id in ids:
        if is_reference(id) and not context.strict:
            yield context.created_ids.get(id[1:], id)
        elif is_id(id):
            yield id
        else:
            raise InvalidArguments(f"'ids': {id[:80]!r} is not an Id")
