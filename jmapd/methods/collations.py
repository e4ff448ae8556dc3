"""Collations for sorting strings: RFC 4790 9 and i;unicode-casemap (RFC 5051)."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from jmapd.wire.casemap import unicode_casemap

DEFAULT = "i;unicode-casemap"  # RFC 8620 5.5: the default must know Unicode and should not know case
_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


def ascii_casemap(text: str) -> str:
    """RFC 4790 9.2. Code points sort as their UTF-8 octets do."""
    return text.translate(_UPPER)


def ascii_numeric(text: str) -> tuple[bool, int, str]:
    """RFC 4790 9.1: the leading digits as a number of any size, infinity when there are none."""
    end = 0
    while end < len(text) and "0" <= text[end] <= "9":
        end += 1
    digits = text[:end].lstrip("0")
    return (end == 0, len(digits), digits)


def octet(text: str) -> str:
    """RFC 4790 9.3."""
    return text


COLLATIONS: Mapping[str, Callable[[str], Hashable]] = {
    "i;ascii-numeric": ascii_numeric,
    "i;ascii-casemap": ascii_casemap,
    "i;unicode-casemap": unicode_casemap,
    "i;octet": octet,
}


def collated(key: Any, collation: str) -> Any:
    """A sort key's strings as the collation compares them; other values as they are."""
    return COLLATIONS[collation](key) if isinstance(key, str) else key
