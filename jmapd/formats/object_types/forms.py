"""What strings must look like in JSContact and JSCalendar alike (RFC 9553 1.7, 1.8; jscalendarbis-15 1.7, 1.8):
property names, URIs, language tags. Each check answers None, or what is wrong.
"""

import re

from jmapd.formats.object_types.schema import Form, Schema

RESERVED = "extra"  # RFC 9553 1.7.3.1, jscalendarbis-15 1.7.3.1
_ALNUM = "[A-Za-z0-9\x80-\U0010ffff]"
_LABEL = f"{_ALNUM}+(?:-+{_ALNUM}+)*"
_VENDOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*:[ \t!\x23-\x2e\x30-\x7d\x80-\U0010ffff]+").fullmatch
_REGISTERED = re.compile("@?[a-z][A-Za-z0-9@]*").fullmatch  # RFC 9553 1.7.2: lower camel case
_TOKEN = re.compile("[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*").fullmatch
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_ANY_CONTROL = re.compile("[\x00-\x1f\x7f]").search


def matches(pattern: str, why: str) -> Form:
    """The form of what a pattern matches wholly."""
    fits = re.compile(pattern, re.ASCII).fullmatch
    return lambda value: None if fits(value) else why


def is_vendor(name: str) -> bool:
    """Whether it is a "v-extension" (RFC 9553 1.8.1)."""
    return _VENDOR(name) is not None


def property_name(schema: Schema, name: str) -> str | None:
    """What is wrong with the name of a property that its object type does not define."""
    if name == RESERVED:
        return "is reserved"
    if is_vendor(name):
        return None
    known = schema.caseless.get(name.lower())
    if known is not None and known != name:
        return f"differs from {known!r} in case only"  # RFC 9553 1.7.1
    if known in schema.reserved:
        return "is reserved"
    # RFC 9553 1.7.4: unknown but well-formed names are kept
    return None if _REGISTERED(name) else "is no property name"


def enumerated(value: str, values: tuple[str, ...], is_open: bool, is_closed: bool = False) -> str | None:
    """What is wrong with a value that is none of these (RFC 9553 1.7.5); `is_open`: any token will do."""
    if is_closed:
        return f"must be one of {', '.join(values)}"
    if is_vendor(value):
        return None
    same = next((each for each in values if each.lower() == value.lower()), None)
    if same:
        return f"differs from {same!r} in case only"  # RFC 9553 1.7.1
    return None if is_open and _TOKEN(value) else f"must be one of {', '.join(values)}, or vendor-specific"


def text(value: str) -> str | None:
    """RFC 9610 5: no control characters; vCard and iCalendar have no place for them."""
    return "has a control character" if _CONTROL(value) else None


def line(value: str) -> str | None:
    """A text of one line that says something."""
    if not value.strip():
        return "must not be empty"
    return "has a control character" if _ANY_CONTROL(value) else None


def uid(value: str) -> str | None:
    """RFC 9553 2.1.9; white space around it is not kept in a file, and it must stay what it is."""
    return line(value) or (None if value == value.strip() else "must not begin or end with white space")


_ATOM = r"[^\s@\"<>(),:;\[\]\\]+"
FORMS: dict[str, Form] = {
    "email": line,
    "geo": matches(r"(?i:geo):-?[0-9.]+,-?[0-9.]+(?:,-?[0-9.]+)?(?:;[^\s;]+)*", "must be a geo URI"),
    "language": matches("[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*", "must be a language tag"),  # RFC 5646 2.1
    "media type": matches(r"[\w.+!#$&^-]+/[\w.+!#$&^-]+(?:\s*;[^\x00-\x1f\x7f]*)?", "must be a media type"),
    "text": line,
    "time zone": matches("[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", "must be the name of a time zone"),
    "uid": uid,
    # a value without a scheme, as "www.example.org", is what people type; a space is what no URI can have
    "uri": matches(r"[^\x00-\x20\x7f<>\"]+", "must be a URI"),
}
STRICT_FORMS: dict[str, Form] = FORMS | {
    "uri": matches(
        r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+", "must be a URI"
    ),
    "email": matches(  # RFC 5322 3.4.1, without comments
        rf"(?:{_ATOM}|\"(?:[^\"\\\r\n]|\\.)*\")@(?:{_ATOM}|\[[^\s\[\]\\]*\])", "must be an addr-spec"
    ),
}
