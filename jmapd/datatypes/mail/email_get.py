"""What Email/get makes of a message beyond its index record (RFC 8621 4.1.3, 4.1.4, 4.2).

What the index has is answered from there; other properties open the file, once per message and call.
"""

from typing import Any

from jmapd.datatypes.mail.email_body import BodyOptions, Message, body_options
from jmapd.datatypes.mail.email_header import HeaderProperty, header_property, headers
from jmapd.formats.message.summary import INDEXED_HEADERS
from jmapd.methods.context import Context
from jmapd.stores.base import RecordNotFound
from jmapd.wire import Arguments, Record


def check_arguments(context: Context, arguments: Arguments) -> None:
    """Hook: an invalid body property refuses the call even when there is no record to show it of."""
    context.memo["body"] = body_options(arguments)


def options(context: Context) -> BodyOptions:
    """The call's body arguments, made ready once."""
    found: BodyOptions | None = context.memo.get("body")
    if found is None:
        found = context.memo["body"] = body_options(context.arguments)
    return found


def message(context: Context, record: Record) -> Message:
    """The parsed message; the call keeps the last one only, so that thousands of large ones need no more room than one.

    Raises RecordNotFound when its file is gone or cannot be read. Email/get has no other place than "notFound" for one
    record (RFC 8620 5.1), and an empty body made up for it would stay in the client's cache, as these properties are
    immutable. Properties that the index has are still answered.
    """
    found: Message | None = context.memo.get("message")
    if found is not None and found.blob_id == record["blobId"]:
        return found
    store: Any = context.store("Email")
    raw = store.message(record["id"])
    if raw is None:
        raise RecordNotFound(record["id"])
    found = context.memo["message"] = Message(record["blobId"], raw)
    return found


def header(context: Context, record: Record, name: str) -> Any:
    """Row "header:*"."""
    asked = header_property(name)
    assert asked is not None  # the row's `dynamic` let only such names through
    if asked.convenience in record:
        return record[asked.convenience]
    if asked.field in INDEXED_HEADERS and (indexed := record.get("headers")) is not None:
        values = [value.encode() for value in indexed.get(asked.field, ())]
    elif _is_absent(context, record, asked):
        values = []
    else:
        values = message(context, record).root.header_all(asked.field)
    return asked.value(values)


def all_headers(context: Context, record: Record, name: str) -> list[Record]:
    """Row "headers"."""
    return headers(message(context, record).root.headers)


def body_structure(context: Context, record: Record, name: str) -> Record:
    """Row "bodyStructure"."""
    found = message(context, record)
    return options(context).structure(found, found.root)


def body_values(context: Context, record: Record, name: str) -> Record:
    """Row "bodyValues": without any of the fetch arguments it is empty and the file stays closed."""
    asked = options(context)
    if not (asked.fetch_text or asked.fetch_html or asked.fetch_all):
        return {}
    values, spent = asked.body_values(message(context, record), context.memo.get("spent", 0))
    context.memo["spent"] = spent
    return values


def text_body(context: Context, record: Record, name: str) -> list[Record]:
    """Row "textBody"."""
    found = message(context, record)
    return options(context).parts(found, found.lists()[0])


def html_body(context: Context, record: Record, name: str) -> list[Record]:
    """Row "htmlBody"."""
    found = message(context, record)
    return options(context).parts(found, found.lists()[1])


def attachments(context: Context, record: Record, name: str) -> list[Record]:
    """Row "attachments"."""
    found = message(context, record)
    return options(context).parts(found, found.lists()[2])


def _is_absent(context: Context, record: Record, asked: HeaderProperty) -> bool:
    """Whether the index knows that the message has no such field, so that its file can stay closed."""
    if "message" in context.memo and context.memo["message"].blob_id == record["blobId"]:
        return False
    store: Any = context.store("Email")
    row = store.index.row(record["id"])
    return row is not None and row not in store.index.header(asked.field)
