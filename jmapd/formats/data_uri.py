"""The "data:" URL scheme (RFC 2397)."""

import base64
import binascii
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

_URI = re.compile(r"data:([^,]{0,1000}),", re.IGNORECASE | re.ASCII).match
_BASE64 = re.compile(r";\s*base64\s*", re.IGNORECASE).search
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+").match


class Data(NamedTuple):
    """What a data: URI stands for."""

    media_type: str  # type/subtype in lower case, "" where none is given
    octets: bytes


def is_data_uri(text: object) -> bool:
    """Whether it says that it is one."""
    return isinstance(text, str) and text[:5].lower() == "data:"


def parse(uri: str) -> Data | None:
    """None where it is none, or its base64 is damaged. Line breaks, missing padding and "-_" are taken."""
    found = _URI(uri)
    if found is None:
        return None
    head, body = found[1], uri[found.end() :]
    type = _TYPE(head)
    media_type = type[0].lower() if type else ""
    if not body.isascii():
        return None
    octets = unquote_to_bytes(body) if "%" in body else body.encode("ascii")
    if not _BASE64(head):
        return Data(media_type, octets)
    octets = _NOT_BASE64.sub(b"", octets.replace(b"-", b"+").replace(b"_", b"/")).rstrip(b"=")
    try:
        return Data(media_type, base64.b64decode(octets + b"=" * (-len(octets) % 4)))
    except binascii.Error:
        return None


def make(media_type: str, octets: bytes) -> str:
    """In base64."""
    return f"data:{media_type};base64,{base64.b64encode(octets).decode('ascii')}"
