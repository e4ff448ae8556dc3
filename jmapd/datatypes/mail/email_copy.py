"""Email/copy (RFC 8621 4.7): the message goes along."""

from typing import Any

from jmapd.datatypes.mail import email_report
from jmapd.datatypes.mail.email_import import AHEAD, ANSWERED
from jmapd.datatypes.mail.email_set_update import validate
from jmapd.methods.context import Context
from jmapd.stores import base
from jmapd.stores.new_message import NewMessage, new_message
from jmapd.wire import Id, Record
from jmapd.wire.errors import InvalidProperties, NotFound, OverQuota

SETTABLE = ("id", "mailboxIds", "keywords", "receivedAt")


def prepare(context: Context, source: base.Account, original: Record, given: Record) -> tuple[NewMessage | Id, Any]:
    """Hook: the message, or the id of an upload that holds it, where many take more memory than they may; and what the
    original says of junk.
    """
    return _message(context, source, original, given), email_report.seen_in(context, source, original)


def _message(context: Context, source: base.Account, original: Record, given: Record) -> NewMessage | Id:
    wrong = sorted(given.keys() - set(SETTABLE))
    if wrong:
        raise InvalidProperties(wrong, f"cannot be set in a copy: {', '.join(wrong)[:200]}")
    data = source.blobs.open(original["blobId"])
    if data is None:
        raise NotFound("id: the message is gone from fromAccountId")
    context.memo["copied octets"] = octets = context.memo.get("copied octets", 0) + len(data)
    if octets <= AHEAD:
        return new_message(data, context.options.get("mail.line_ends", "lf"))
    assert context.account is not None
    try:
        return context.account.blobs.put([data], len(data))[0]
    except base.OverQuota as error:
        raise OverQuota(str(error)) from error


def commit(context: Context, tx: base.Transaction, record: Record, prepared: Any) -> Record:
    """Hook: what the response has of the copy."""
    message, seen = prepared
    if isinstance(message, str):
        assert context.account is not None
        data = context.account.blobs.open(message)
        if data is None:
            raise NotFound("id: the message is gone")
        message = new_message(data, context.options.get("mail.line_ends", "lf"))
    validate(context, tx, None, record)
    found = tx.create(record | {"message": message})
    email_report.copied(context, found["id"], record, seen)
    return {name: found[name] for name in ANSWERED}
