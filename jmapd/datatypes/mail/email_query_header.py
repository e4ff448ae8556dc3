"""The "header" condition of Email/query (RFC 8621 4.4.1): the index says who has the field, the value is looked at."""

from typing import Any

from pyroaring import BitMap

from jmapd.formats.message.header_forms import as_text
from jmapd.formats.message.structure import parse
from jmapd.formats.message.summary import INDEXED_HEADERS
from jmapd.index.search_terms import MAX_TEXT, fold
from jmapd.methods.context import Context
from jmapd.wire import Record
from jmapd.wire.errors import InvalidArguments, UnsupportedFilter

MAX_OPENED = 5000  # messages that one call opens
_ADDRESSES = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "sender": "sender", "reply-to": "replyTo"}
_MESSAGE_IDS = {"message-id": "messageId", "in-reply-to": "inReplyTo", "references": "references"}


def header_candidates(context: Context, value: list[str]) -> BitMap:
    """The messages that have a field of that name."""
    if not 1 <= len(value) <= 2:
        raise InvalidArguments("'filter': 'header' must be a field name, or a field name and a text")
    if len(value[-1]) > MAX_TEXT:
        raise UnsupportedFilter(f"'header': a search text has at most {MAX_TEXT} characters")
    store: Any = context.store("Email")
    found: BitMap = store.index.header(value[0].lower())
    return found


def names_only(value: list[str]) -> bool:
    """Whether there is no text to look for."""
    return len(value) == 1 or not value[1]


def header_matches(context: Context, record: Record, value: list[str]) -> bool:
    """Whether the text is somewhere in a value of that field, encoded words decoded, case and accents ignored."""
    name, text = value[0].lower(), fold(value[1])
    known = _indexed(record, name)
    return any(text in fold(each) for each in (_read(context, record, name) if known is None else known))


def _indexed(record: Record, name: str) -> list[str] | None:
    """The field's text as far as the index has it; None: it has not."""
    if name == "subject":
        return [record["subject"] or ""]
    if name in _ADDRESSES:
        addresses = record[_ADDRESSES[name]]
        if not addresses:  # there is a text all the same, as "undisclosed-recipients:;"
            return None
        return [", ".join(f"{each['name']} <{each['email']}>" if each["name"] else each["email"] for each in addresses)]
    if name in _MESSAGE_IDS:
        ids = record[_MESSAGE_IDS[name]]
        return [" ".join(f"<{id}>" for id in ids)] if ids else None
    if name in INDEXED_HEADERS:
        return [as_text(each.encode()) for each in record["headers"].get(name, ())]
    return None


def _read(context: Context, record: Record, name: str) -> list[str]:
    opened = context.memo["header filter"] = context.memo.get("header filter", 0) + 1
    if opened > MAX_OPENED:
        raise UnsupportedFilter(f"more than {MAX_OPENED} messages to open; another condition would help")
    store: Any = context.store("Email")
    row = store.index.row(record["id"])
    raw: bytes | None = store.read(row)  # not message(): that may change the row numbers this query works with
    return [] if raw is None else [as_text(each) for each in parse(_header_block(raw)).header_all(name)]


def _header_block(raw: bytes) -> bytes:
    ends = [at for at in (raw.find(b"\n\n"), raw.find(b"\n\r\n")) if at >= 0]
    return raw[: min(ends) + 2] if ends else raw
