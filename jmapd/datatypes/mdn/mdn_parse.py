"""MDN/parse (RFC 9007 2.2)."""

from itertools import islice
from typing import cast

from jmapd.datatypes.mdn.mdn_properties import shown
from jmapd.formats.message import mdn
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.methods.parse import ARGUMENTS, foo_parse, octets
from jmapd.stores.email_store import EmailStore
from jmapd.wire import Arguments, Id

MAX_ASKING = 5000  # messages that asked for an MDN and are looked at, the newest first


def mdn_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    arguments = check_arguments(ARGUMENTS, arguments, context.strict)
    answer = foo_parse(context, arguments["blobIds"], lambda blob_id: mdn.parse(octets(context, blob_id)))
    found: dict[Id, mdn.Notification] = answer["parsed"] or {}
    originals = _originals(context, {each.original_message_id for each in found.values()})
    parsed = {blob_id: shown(each, originals.get(each.original_message_id)) for blob_id, each in found.items()}
    return answer | {"parsed": parsed or None}


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
