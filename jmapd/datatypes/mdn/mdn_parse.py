"""MDN/parse (RFC 9007 2.2)."""

from itertools import islice
from typing import Any, cast

from jmapd.datatypes.mdn.mdn_properties import shown
from jmapd.formats.message import mdn
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING
from jmapd.stores.email_store import EmailStore
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidArguments, RequestTooLarge
from jmapd.wire.ids import is_id, is_reference

MAX_ASKING = 5000  # messages that asked for an MDN and are looked at, the newest first
_ARGUMENTS: dict[str, tuple[str, Any]] = {"accountId": ("Id", MISSING), "blobIds": ("String[]", MISSING)}


def mdn_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    assert context.account is not None
    arguments = check_arguments(_ARGUMENTS, arguments, context.strict)
    blob_ids = list(dict.fromkeys(_id(context, each) for each in arguments["blobIds"]))
    if len(blob_ids) > context.limits.max_objects_in_get:
        raise RequestTooLarge(f"at most {context.limits.max_objects_in_get} blobs can be parsed in one call")
    found: dict[Id, mdn.Notification] = {}
    not_parsable: list[Id] = []
    not_found: list[Id] = []
    for blob_id in blob_ids:
        raw = context.account.blobs.open(blob_id)
        notification = None if raw is None else mdn.parse(raw)
        if raw is None:
            not_found.append(blob_id)
        elif notification is None:
            not_parsable.append(blob_id)
        else:
            found[blob_id] = notification
    originals = _originals(context, {each.original_message_id for each in found.values()})
    parsed: dict[Id, Record] = {
        blob_id: shown(each, originals.get(each.original_message_id)) for blob_id, each in found.items()
    }
    return {
        "accountId": context.account.id,
        "parsed": parsed or None,
        "notParsable": not_parsable or None,
        "notFound": not_found or None,
    }


def _id(context: Context, given: str) -> Id:
    """RFC 9404 4.1: or a "#" reference to what Blob/upload made."""
    if not is_id(given) and not is_reference(given):
        raise InvalidArguments(f"'blobIds': {given[:80]!r} is not an Id")
    return context.created_ids.get(given[1:], given) if is_reference(given) else given


def _originals(context: Context, wanted: set[str | None]) -> dict[str | None, Id]:
    """By message id, the Emails that asked for an MDN; none for an id that several have."""
    wanted.discard(None)
    if not wanted:
        return {}
    mail = cast(EmailStore, context.store("Email")).index
    rows = mail.header("disposition-notification-to") & mail.live()
    found: dict[str | None, list[Id]] = {}
    for row in islice(reversed(rows), MAX_ASKING):
        record = mail.email(row)
        for id in record["messageId"] or ():
            if f"<{id}>" in wanted:
                found.setdefault(f"<{id}>", []).append(record["id"])
    return {id: emails[0] for id, emails in found.items() if len(emails) == 1}
