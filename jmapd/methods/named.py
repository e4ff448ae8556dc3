"""Rules of records that people name and order: collections (RFC 9610 2, jmap-calendars-27 4, tasks-06 3)."""

import unicodedata

from jmapd.wire import Record
from jmapd.wire.errors import InvalidProperties

MAX_NAME = 255  # octets of UTF-8
MAX_DESCRIPTION = 1 << 16
_NOT_IN_NAMES = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of characters, separators of lines and paragraphs


def check_named(old: Record | None, new: Record) -> None:
    """name, description and sortOrder. Raises InvalidProperties."""
    if old is None or old["name"] != new["name"]:
        _check_name(new["name"])
    if not 0 <= new["sortOrder"] < 1 << 31:
        raise InvalidProperties(["sortOrder"], "sortOrder must be below 2^31")
    if _octets(new["description"] or "") > MAX_DESCRIPTION:
        raise InvalidProperties(["description"], f"description must have at most {MAX_DESCRIPTION} octets")


def _check_name(name: str) -> None:
    wrong = ""
    if not name.strip():
        wrong = "must have a character that can be seen"
    elif _octets(name) > MAX_NAME:
        wrong = f"must have at most {MAX_NAME} octets"
    elif any(unicodedata.category(character) in _NOT_IN_NAMES for character in name):
        wrong = "must not have control characters"
    if wrong:
        raise InvalidProperties(["name"], f"name {wrong}")


def _octets(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
