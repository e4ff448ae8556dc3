"""The header fields that delivery puts on top of a message and reads there (RFC 5321 4.4, 6.3)."""

import re

LONGEST_HEADER = 1 << 20  # octets that are looked at
_END = re.compile(rb"\r?\n\r?\n")
_RETURN_PATH = re.compile(rb"^return-path[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_DELIVERED_TO = re.compile(rb"^delivered-to[ \t]*:([^\n]*)$", re.IGNORECASE | re.MULTILINE)
_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_FROM_LINE = re.compile(rb"From (?![ \t]*:)[^\n]*\n")  # of an mbox; some programs put it before a message
_UNSAFE = re.compile(rb"[\x00-\x1f\x7f<>]")


def for_delivery(data: bytes, mail_from: str, recipient: str) -> bytes:
    """The message as it is stored: Return-Path, the only one then, and Delivered-To on top (RFC 5321 4.4)."""
    if found := _FROM_LINE.match(data):
        data = data[found.end() :]
    size = len(_header(data))
    header = _RETURN_PATH.sub(b"", data[:size])
    end = b"\r\n" if data[: data.find(b"\n") + 1].endswith(b"\r\n") else b"\n"
    top = b"Return-Path: <%b>%bDelivered-To: %b%b" % (_safe(mail_from), end, _safe(recipient), end)
    if data and not _FIELD.match(data) and not data.startswith((b"\r\n", b"\n")):
        top += end  # what begins without a header field is all body
    return b"".join((top, header, data[size:]))


def delivered_to(data: bytes) -> list[str]:
    """Whom the message was delivered to before, in lower case."""
    return [each.strip().decode("utf-8", "surrogateescape").lower() for each in _DELIVERED_TO.findall(_header(data))]


def hops(data: bytes) -> int:
    """How many servers it has passed (RFC 5321 6.3)."""
    return len(_RECEIVED.findall(_header(data)))


def _header(data: bytes) -> bytes:
    """With the empty line after it."""
    found = _END.search(data, 0, LONGEST_HEADER)
    return data[: found.end() if found else LONGEST_HEADER]


def _safe(address: str) -> bytes:
    """Nothing in it can end the field."""
    return _UNSAFE.sub(b"", address.encode("utf-8", "surrogateescape"))
