"""The parsed forms of header fields (RFC 8621 4.1.2) and which field may be fetched in which (4.1.2.1 to 4.1.2.7).

Each form takes the raw octets after the colon, as Part.header gives them, and gives a JSON value.
"""

import re
from collections.abc import Callable
from typing import Any

from jmapd.formats.message import addresses, date_time, encoded_words
from jmapd.formats.message.cfws import comment_end, unfold

MAX_PARSED = 1024 * 1024  # octets of one header field

_ID = re.compile(r"<([^<>]*+)>")
_BREAKS = re.compile(r"\s++")

_ADDRESS_FIELDS = frozenset(("from", "sender", "reply-to", "to", "cc", "bcc"))
_RESENT_ADDRESS_FIELDS = frozenset(f"resent-{name}" for name in _ADDRESS_FIELDS)
_LIST_FIELDS = frozenset(f"list-{name}" for name in ("help", "unsubscribe", "subscribe", "post", "owner", "archive"))
_ALLOWED = {
    "asText": frozenset(("subject", "comments", "keywords", "list-id")),
    "asAddresses": _ADDRESS_FIELDS | _RESENT_ADDRESS_FIELDS,
    "asGroupedAddresses": _ADDRESS_FIELDS | _RESENT_ADDRESS_FIELDS,
    "asMessageIds": frozenset(("message-id", "in-reply-to", "references", "resent-message-id")),
    "asDate": frozenset(("date", "resent-date")),
    "asURLs": _LIST_FIELDS,
}
# The fields that RFC 5322 or RFC 2369 define; List-Id is of RFC 2919.
_DEFINED = frozenset(("return-path", "received")).union(*_ALLOWED.values()) - {"list-id"}


def _decoded(value: bytes) -> str:
    """Only the beginning of a value without measure is parsed; the raw form has all of it."""
    text = value[:MAX_PARSED].decode("utf-8", "replace")
    return text.replace("\0", "") if "\0" in text else text


def as_raw(value: bytes) -> str:
    """4.1.2.1, of the wire form: folds have CRLF. Octets that are no UTF-8 become U+FFFD, NULs are dropped."""
    if b"\n" in value:
        value = value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return value.decode("utf-8", "replace").replace("\0", "")


def as_text(value: bytes) -> str:
    """4.1.2.2: unfolded, without leading spaces, encoded words decoded, in NFC."""
    return encoded_words.decode(unfold(_decoded(value)).lstrip(" "))


def as_grouped_addresses(value: bytes) -> list[dict[str, Any]]:
    """4.1.2.4."""
    groups = addresses.parse(unfold(_decoded(value)))
    return [{"name": name, "addresses": [_address(mailbox) for mailbox in members]} for name, members in groups]


def as_addresses(value: bytes) -> list[dict[str, Any]]:
    """4.1.2.3: as the grouped form, without the groups."""
    groups = addresses.parse(unfold(_decoded(value)))
    return [_address(mailbox) for _, members in groups for mailbox in members]


def _address(mailbox: addresses.Mailbox) -> dict[str, str | None]:
    return {"name": mailbox[0], "email": mailbox[1]}


def as_message_ids(value: bytes) -> list[str] | None:
    """4.1.2.5: the ids in angle brackets; phrases (RFC 5322 4.5.4) are passed over; null if there is no id."""
    text = unfold(_decoded(value))
    if "(" in text:
        text = _without_comments(text)
    ids = [_BREAKS.sub("", found) for found in _ID.findall(text)]
    return [found for found in ids if found] or None


def _without_comments(text: str) -> str:
    """Comments gone, but not what looks like one within angle brackets."""
    kept: list[str] = []
    position, may_end = 0, True
    for edge in re.finditer(r"<[^<>]*+>|\(", text):
        if edge.start() < position or (edge[0] == "(" and not may_end):
            continue
        if edge[0] != "(":
            kept.append(text[position : edge.end()])
            position = edge.end()
            continue
        end = comment_end(text, edge.start())
        may_end = end >= 0
        if may_end:
            kept.append(text[position : edge.start()])
            position = end
    kept.append(text[position:])
    return "".join(kept)


def as_date(value: bytes) -> str | None:
    """4.1.2.6."""
    moment = date_time.parse(_decoded(value))
    return None if moment is None else date_time.to_date(moment)


def as_urls(value: bytes) -> list[str] | None:
    """4.1.2.7 by the rules of RFC 2369 2: the list ends at the first item that is no URL in angle brackets."""
    text = unfold(_decoded(value))
    urls: list[str] = []
    position = _skip_cfws(text, 0)
    while position < len(text) and text[position] == "<":
        end = text.find(">", position)
        if end < 0:
            break
        url = _BREAKS.sub("", text[position + 1 : end])
        if url:
            urls.append(url)
        position = _skip_cfws(text, end + 1)
        if text[position : position + 1] != ",":
            break
        position = _skip_cfws(text, position + 1)
    return urls or None


def _skip_cfws(text: str, position: int) -> int:
    while position < len(text):
        if text[position] == "(":
            end = comment_end(text, position)
            if end < 0:
                return len(text)
            position = end
        elif text[position].isspace():
            position += 1
        else:
            break
    return position


FORMS: dict[str, Callable[[bytes], Any]] = {
    "asRaw": as_raw,
    "asText": as_text,
    "asAddresses": as_addresses,
    "asGroupedAddresses": as_grouped_addresses,
    "asMessageIds": as_message_ids,
    "asDate": as_date,
    "asURLs": as_urls,
}


def is_allowed(name: str, form: str) -> bool:
    """May the header field be fetched or set in this form? Any field that no RFC named there defines may in all."""
    name = name.lower()
    return form == "asRaw" or name in _ALLOWED[form] or name not in _DEFINED
