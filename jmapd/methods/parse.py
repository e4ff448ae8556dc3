"""Foo/parse (RFC 8621 4.9, RFC 9007 2.2): what blobs hold, shown and not stored; the same for every data type."""

from collections.abc import Callable
from typing import Any

from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING
from jmapd.stores.base import RecordNotFound
from jmapd.wire import Arguments, Id
from jmapd.wire.errors import InvalidArguments, RequestTooLarge
from jmapd.wire.ids import is_id, is_reference

ARGUMENTS: dict[str, tuple[str, Any]] = {"accountId": ("Id", MISSING), "blobIds": ("String[]", MISSING)}


def foo_parse(context: Context, blob_ids: list[str], read: Callable[[Id], Any]) -> Arguments:
    """The answer. `read`: what a blob holds, None for what cannot be parsed; raises RecordNotFound."""
    assert context.account is not None
    ids = dict.fromkeys(_id(context, each) for each in blob_ids)
    if len(ids) > context.limits.max_objects_in_get:
        raise RequestTooLarge(f"at most {context.limits.max_objects_in_get} blobs can be parsed in one call")
    parsed: dict[Id, Any] = {}
    not_parsable: list[Id] = []
    not_found: list[Id] = []
    for blob_id in ids:
        try:
            found = read(blob_id)
        except RecordNotFound:
            not_found.append(blob_id)
            continue
        if found is None:
            not_parsable.append(blob_id)
        else:
            parsed[blob_id] = found
    return {
        "accountId": context.account.id,
        "parsed": parsed or None,
        "notParsable": not_parsable or None,
        "notFound": not_found or None,
    }


def octets(context: Context, blob_id: Id) -> bytes:
    """All of a blob. Raises RecordNotFound."""
    assert context.account is not None
    raw = context.account.blobs.open(blob_id)
    if raw is None:
        raise RecordNotFound(blob_id)
    return raw


def _id(context: Context, given: str) -> Id:
    """RFC 9404 4.1: a "#" reference to what Blob/upload made is one, too; one to nothing is not found."""
    if not is_id(given) and not is_reference(given):
        raise InvalidArguments(f"'blobIds': {given[:80]!r} is not an Id")
    return context.created_ids.get(given[1:], given) if is_reference(given) else given
