"""What strings of JSContact must look like: property names (RFC 9553 1.7, 1.8), Ids, dates, URIs, language tags.

Each check answers None, or what is wrong.
"""

import re
from collections.abc import Callable
from typing import Any

from jmapd.formats.jscontact.schema import CASELESS, RESERVED, VERSIONS
from jmapd.wire.dates import parse_utc_date

Form = Callable[[str], str | None]
_ALNUM = "[A-Za-z0-9\x80-\U0010ffff]"
_LABEL = f"{_ALNUM}+(?:-+{_ALNUM}+)*"
_VENDOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*:[ \t!\x23-\x2e\x30-\x7d\x80-\U0010ffff]+").fullmatch
_REGISTERED = re.compile("@?[a-z][A-Za-z0-9@]*").fullmatch  # RFC 9553 1.7.2: lower camel case
_TOKEN = re.compile("[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*").fullmatch
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_ANY_CONTROL = re.compile("[\x00-\x1f\x7f]").search
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d*[1-9])?Z", re.ASCII).fullmatch


def _matches(pattern: str, why: str) -> Form:
    fits = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: None if fits(value) else why


def is_vendor(name: str) -> bool:
    """Whether it is a "v-extension" (RFC 9553 1.8.1)."""
    return _VENDOR(name) is not None


def property_name(name: str) -> str | None:
    """What is wrong with the name of a property that its object type does not define."""
    if name == RESERVED:
        return "is reserved"  # RFC 9553 1.7.3
    if is_vendor(name):
        return None
    known = CASELESS.get(name.lower())
    if known is not None and known != name:
        return f"differs from {known!r} in case only"  # RFC 9553 1.7.1
    if known in ("id", "addressBookIds"):
        return "is reserved"
    # RFC 9553 1.7.4: unknown but well-formed names are kept
    return None if _REGISTERED(name) else "is no property name"


def enumerated(value: str, values: tuple[str, ...], is_open: bool) -> str | None:
    """What is wrong with a value that is none of these (RFC 9553 1.7.5); `is_open`: any token will do."""
    if is_vendor(value):
        return None
    same = next((each for each in values if each.lower() == value.lower()), None)
    if same:
        return f"differs from {same!r} in case only"  # RFC 9553 1.7.1
    return None if is_open and _TOKEN(value) else f"must be one of {', '.join(values)}, or vendor-specific"


def text(value: str) -> str | None:
    """RFC 9610 5: no control characters; a vCard has no place for them."""
    return "has a control character" if _CONTROL(value) else None


def _line(value: str) -> str | None:
    if not value.strip():
        return "must not be empty"
    return "has a control character" if _ANY_CONTROL(value) else None


def _uid(value: str) -> str | None:
    """RFC 9553 2.1.9; white space around it is not kept in a vCard, and it must stay what it is."""
    return _line(value) or (None if value == value.strip() else "must not begin or end with white space")


def is_moment(value: Any) -> bool:
    """A UTCDateTime (RFC 9553 1.4.5)."""
    try:
        return isinstance(value, str) and _MOMENT(value) is not None and parse_utc_date(value) is not None
    except ValueError:
        return False


def _version(value: str) -> str | None:
    return None if value in VERSIONS else f"must be one of {', '.join(VERSIONS)}"


# a value without a scheme, as "www.example.org", is what people type; a space is what no URI can have
_URI = _matches(r"[^\x00-\x20\x7f<>\"]+", "must be a URI")
_STRICT_URI = _matches(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", "must be a URI"
)
_LANGUAGE = _matches("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", "must be a language tag")  # RFC 5646 2.1
_ATOM = r"[^\s@\"<>(),:;\[\]\\]+"
_ADDR_SPEC = _matches(  # RFC 5322 3.4.1, without comments
    rf"(?:{_ATOM}|\"(?:[^\"\\\r\n]|\\.)*\")@(?:{_ATOM}|\[[^\s\[\]\\]*\])", "must be an addr-spec"
)
_CALENDAR = _matches("[a-z0-9]+(?:-[a-z0-9]+)*", "must be the name of a calendar system, in lower case")
FORMS: dict[str, Form] = {
    "calendar": lambda value: None if is_vendor(value) else _CALENDAR(value),
    "country": _matches("[A-Za-z]{2}", "must be a country code of two letters"),
    "email": _line,
    "geo": _matches(r"(?i:geo):-?[0-9.]+,-?[0-9.]+(?:,-?[0-9.]+)?(?:;[^\s;]+)*", "must be a geo URI"),
    "language": _LANGUAGE,
    "media type": _matches(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+(?:\s*;[^\x00-\x1f\x7f]*)?", "must be a media type"),
    "script": _matches("[A-Za-z]{4}", "must be a script subtag of four letters"),
    "text": _line,
    "time zone": _matches("[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", "must be the name of a time zone"),
    "uid": _uid,
    "uri": _URI,
    "vCard name": _matches("[A-Za-z0-9_/+-]+", "must be the name of a vCard element"),  # "_", "/", "+" are met in files
    "version": _version,
}
STRICT_FORMS: dict[str, Form] = FORMS | {
    "uri": _STRICT_URI,
    "email": _ADDR_SPEC,
    "vCard name": _matches("[A-Za-z0-9-]+", "must be the name of a vCard element"),  # RFC 6350 3.3
}
