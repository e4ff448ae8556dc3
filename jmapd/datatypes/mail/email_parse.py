"""Email/parse (RFC 8621 4.9): blobs seen as messages."""

from collections.abc import Callable
from typing import Any

from jmapd.datatypes.mail import email_get
from jmapd.datatypes.mail.email_body import ARGUMENTS, Message
from jmapd.datatypes.mail.email_header import CONVENIENCE, is_header_property
from jmapd.formats.message.body import has_attachment
from jmapd.formats.message.preview import preview
from jmapd.methods import parse
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidArguments

DEFAULT_PROPERTIES = (
    "messageId",
    "inReplyTo",
    "references",
    "sender",
    "from",
    "to",
    "cc",
    "bcc",
    "replyTo",
    "subject",
    "sentAt",
    "hasAttachment",
    "preview",
    "bodyValues",
    "textBody",
    "htmlBody",
    "attachments",
)
# RFC 8621 4.9: null. The thread would be known only after looking through the index; "otherwise, this too is null".
NULL_PROPERTIES = ("id", "threadId", "mailboxIds", "keywords", "receivedAt")
_ARGUMENTS: dict[str, tuple[str, Any]] = {**parse.ARGUMENTS, "properties": ("String[]|null", None), **ARGUMENTS}

Getter = Callable[[Context, Record, str], Any]


def email_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    arguments = check_arguments(_ARGUMENTS, arguments, context.strict)
    names = arguments["properties"]
    getters = [(name, _getter(name)) for name in dict.fromkeys(DEFAULT_PROPERTIES if names is None else names)]
    email_get.check_arguments(context, arguments)

    def read(blob_id: Id) -> Record | None:
        raw = parse.octets(context, blob_id)
        message = context.memo["message"] = Message(blob_id, raw)
        # Nearly any bytes can be read as a message without header fields; what has none is not meant as one.
        if not message.root.headers:
            return None
        record = {"blobId": blob_id, "size": len(raw)}
        return {name: getter(context, record, name) for name, getter in getters}

    return parse.foo_parse(context, arguments["blobIds"], read)


def _getter(name: str) -> Getter:
    getter = _GETTERS.get(name)
    if getter is None:
        if not is_header_property(name):
            raise InvalidArguments(f"properties: {name!r:.80} is no property of an Email.", arguments=["properties"])
        getter = email_get.header
    return getter


def _null(context: Context, record: Record, name: str) -> None:
    return None


def _stored(context: Context, record: Record, name: str) -> Any:
    return record[name]


def _convenience(context: Context, record: Record, name: str) -> Any:
    field, form = CONVENIENCE[name]
    return email_get.header(context, record, f"header:{field}:{form}")


_GETTERS: dict[str, Getter] = {
    **dict.fromkeys(NULL_PROPERTIES, _null),
    **dict.fromkeys(("blobId", "size"), _stored),
    **dict.fromkeys(CONVENIENCE, _convenience),
    "hasAttachment": lambda context, record, name: has_attachment(email_get.message(context, record).root),
    "preview": lambda context, record, name: preview(email_get.message(context, record).root),
    "headers": email_get.all_headers,
    "bodyStructure": email_get.body_structure,
    "bodyValues": email_get.body_values,
    "textBody": email_get.text_body,
    "htmlBody": email_get.html_body,
    "attachments": email_get.attachments,
}
