"""Single values of iCalendar as JSCalendar has them, and back (RFC 5545 3.3; jscalendarbis 1.5)."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from jmapd.formats.vcard import escape, unescape

_UTC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z", re.ASCII).fullmatch
_UTC_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII).fullmatch
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}").fullmatch
_TOKEN = re.compile(r"[A-Za-z0-9-]+").fullmatch
MAILTO = "mailto:"


def read_text(value: str) -> str | None:
    """A text that says something."""
    return unescape(value) if value.strip() else None


def write_text(value: Any) -> str | None:
    """Its TEXT value."""
    return escape(value) if isinstance(value, str) else None


def read_uri(value: str) -> str | None:
    """A URI, which has no escapes."""
    return value.strip() or None


def write_uri(value: Any) -> str | None:
    """A URI that can stand in a line."""
    return value if isinstance(value, str) and value and value == "".join(value.splitlines()).strip() else None


def read_utc(value: str) -> str | None:
    """A DATE-TIME in UTC."""
    found = _UTC(value.strip().upper())
    if found is None:
        return None
    text = "{}-{}-{}T{}:{}:{}Z".format(*found.groups())
    return text if _is_moment(text) else None


def write_utc(value: Any) -> str | None:
    """The inverse of read_utc; a fraction of a second has no form."""
    if not isinstance(value, str) or not _UTC_DATE_TIME(value) or not _is_moment(value):
        return None
    return value.replace("-", "").replace(":", "")


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace(":60Z", ":59Z"))
    except ValueError:
        return False
    return True


def read_email(value: str) -> str | None:
    """The address of a mailto: URI."""
    text = value.strip()
    address = text[len(MAILTO) :] if text.lower().startswith(MAILTO) else ""
    return address if "@" in address else None


def is_id(text: str) -> bool:
    """Id of jscalendarbis 1.5.1."""
    return _ID(text) is not None


def is_token(text: str) -> bool:
    """iana-token or x-name (RFC 5545 3.1)."""
    return _TOKEN(text) is not None


def is_set(value: Any) -> bool:
    """String[Boolean] with something in it."""
    return isinstance(value, dict) and bool(value) and all(each is True for each in value.values())


def to_set(values: Iterable[str]) -> dict[str, bool]:
    """Names as JSCalendar has sets; empty ones left out."""
    return {value: True for each in values if (value := each.strip())}
