"""The Id data type (RFC 8620 1.2) and references to creation ids (RFC 8620 5.3)."""

import re
from typing import Any

_ID = re.compile(r"[A-Za-z0-9_-]{1,255}").fullmatch
_IDS = re.compile(r"(?:[A-Za-z0-9_-]{1,255}\n)*").fullmatch


def is_id(value: Any) -> bool:
    """1 to 255 characters of the URL-safe base64 alphabet, without padding."""
    return isinstance(value, str) and _ID(value) is not None


def are_ids(values: list[str]) -> bool:
    """Whether all of many strings are Ids, in one look."""
    return not values or _IDS("\n".join(values) + "\n") is not None


def is_reference(value: Any) -> bool:
    """`#creationId`; a "#" cannot stand in an Id, so the two never clash."""
    return isinstance(value, str) and value.startswith("#")
