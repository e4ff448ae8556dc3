"""Foo/copy (RFC 8620 5.4)."""

from collections.abc import Mapping
from typing import Any

from jmapd.methods.context import Context
from jmapd.methods.pending import Pending
from jmapd.methods.properties import visible
from jmapd.methods.records import Records, Refused, translated
from jmapd.methods.set import check_size
from jmapd.methods.spec import DataType, store_of
from jmapd.stores.base import Account, Store
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import (
    FromAccountNotFound,
    FromAccountNotSupportedByMethod,
    InvalidArguments,
    InvalidProperties,
    NotFound,
    SetError,
    StateMismatch,
)


def foo_copy(context: Context, datatype: DataType, args: Arguments) -> Arguments:
    """Copies records from another account; the originals are destroyed by a Foo/set that follows, if asked."""
    check_size(context, args)
    source = source_account(context, args)
    origin = _store(context, source, datatype)
    if args["ifFromInState"] not in (None, origin.state()):
        raise StateMismatch("the state of fromAccountId is another one")
    store = store_of(context, datatype)
    old_state = store.state()
    if args["ifInState"] not in (None, old_state):
        raise StateMismatch(f"the state is {old_state}")
    try:
        with translated():
            created, failed, copied, ids = _copied(context, datatype, store, origin, args["create"])
    except SetError as error:  # of all together: it could not be committed, as on a full disk
        created, failed, copied, ids = {}, dict.fromkeys(args["create"], error), [], {}
    context.created_ids.update(ids)
    if datatype.hooks.after_copy and ids:
        datatype.hooks.after_copy(context, list(ids.values()))
    if copied and args["onSuccessDestroyOriginal"]:
        follow: Arguments = {"accountId": source.id, "destroy": copied, "ifInState": args["destroyFromIfInState"]}
        context.follow_ups.append((f"{datatype.name}/set", follow))
    return {
        "fromAccountId": source.id,
        "accountId": args["accountId"],
        "oldState": old_state,
        "newState": store.state(),
        "created": created or None,
        "notCreated": {key: error.wire() for key, error in failed.items()} or None,
    }


def prepare_copy(context: Context, datatype: DataType, args: Arguments) -> None:
    """What can be done before the lock: hooks.prepare_copy for each record. Nothing of the other account is read later
    that could wait for its lock, while another request waits for ours.
    """
    check_size(context, args)
    prepare = datatype.hooks.prepare_copy
    assert prepare is not None
    source = source_account(context, args)
    prepared: dict[str, Any] = context.memo.setdefault("prepared", {})
    records = Records(context, datatype)
    for key, given in args["create"].items():
        try:
            prepared[key] = prepare(
                context, source, _original(records, _store(context, source, datatype), given), given
            )
        except SetError as error:
            prepared[key] = error


def source_account(context: Context, args: Arguments) -> Account:
    """The account to copy from, for Blob/copy too. Raises FromAccountNotFound, InvalidArguments."""
    if args["fromAccountId"] == args["accountId"]:
        raise InvalidArguments("'fromAccountId' and 'accountId' must differ")
    source = context.accounts.get(args["fromAccountId"])
    if source is None:
        raise FromAccountNotFound("there is no such account, or it is not yours to see")
    return source


def _store(context: Context, source: Account, datatype: DataType) -> Store:
    try:
        return store_of(context, datatype, source)
    except KeyError as error:
        raise FromAccountNotSupportedByMethod from error


def _copied(
    context: Context, datatype: DataType, store: Store, origin: Store, create: Mapping[str, Record]
) -> tuple[dict[str, Record], dict[str, SetError], list[Id], dict[str, Id]]:
    created: dict[str, Record] = {}
    failed: dict[str, SetError] = {}
    copied: list[Id] = []
    rows = visible(context, datatype)
    own = [name for name, row in rows.items() if row.stored and not row.server_set]
    with store.transaction() as transaction:
        records = Records(context, datatype, Pending(transaction, store))
        for key, given in create.items():
            try:
                prepared = context.memo.get("prepared", {}).get(key)
                if isinstance(prepared, SetError):
                    raise prepared
                original = _original(records, origin, given)
                names = original.keys() - rows.keys() | set(own) if datatype.is_open else own
                kept = {name: original[name] for name in names if name in original and name != "id"}
                properties = kept | {name: given[name] for name in given if name != "id"}
                record, answer = records.copy(records.given(properties), properties, prepared)
            except SetError as error:
                failed[key] = error
                continue
            except Refused as refused:
                failed[key] = refused.error
                continue
            records.created_ids[key] = record["id"]
            copied.append(original["id"])
            created[key] = {name: value for name, value in answer.items() if name not in rows or rows[name].server_set}
            created[key]["id"] = record["id"]
    return created, failed, list(dict.fromkeys(copied)), records.created_ids


def _original(records: Records, origin: Store, given: Record) -> Record:
    id = given.get("id")
    if not isinstance(id, str):
        raise InvalidProperties(["id"], "'id' must be that of the record to copy")
    id = records.id(id)
    found = origin.get([id])
    if id not in found:
        raise NotFound(f"there is no record {id[:80]!r} in fromAccountId")
    return found[id]
