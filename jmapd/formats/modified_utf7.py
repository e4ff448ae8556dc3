"""Mailbox names in modified UTF-7 (RFC 3501 5.1.3), as Maildir++ folders have them."""

import re
from base64 import b64decode, b64encode

_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_TO_SHIFT = re.compile(r"[^\x20-\x7e]+")


def encode(name: str) -> str:
    """Printable ASCII stands for itself, but "&" is "&-"; all else is Base64 of UTF-16."""
    return _TO_SHIFT.sub(_shift, name.replace("&", "&-"))


def _shift(found: re.Match[str]) -> str:
    octets = found[0].encode("utf-16-be", "surrogatepass")
    return "&" + b64encode(octets).decode("ascii").rstrip("=").replace("/", ",") + "-"


def decode(name: str) -> str:
    """Raises ValueError if the name is not valid modified UTF-7."""
    plain = _SHIFTED.sub("", name)
    if "&" in plain or not plain.isascii() or not plain.isprintable():
        raise ValueError(f"no modified UTF-7: {name!r}")
    return _SHIFTED.sub(_unshift, name)


def _unshift(found: re.Match[str]) -> str:
    coded = found[1].replace(",", "/")
    if not coded:
        return "&"
    octets = b64decode(coded + "=" * (-len(coded) % 4), validate=True)
    if len(coded) % 4 == 1 or len(octets) % 2:
        raise ValueError(f"no modified UTF-7: {found[0]!r}")
    return octets.decode("utf-16-be")
