"""vCardProps (RFC 9555 2.15.1): properties without a JSContact form, as jCard has them (RFC 7095 3.3)."""

import re
from typing import Any

from jmapd.formats.content_lines import Line
from jmapd.formats.jscontact.prop import Property, Spec, leftover, params_of
from jmapd.formats.vcard import escape, join_list, join_structured, split_structured, unescape

_NAME = re.compile(r"[A-Za-z0-9_/+-]+").fullmatch
_STRUCTURED = ("gender", "clientpidmap")  # RFC 7095 3.3.1.3
_TEXT = (
    *_STRUCTURED,
    "xml",
    "fn",
    "n",
    "note",
    "title",
    "role",
    "org",
    "nickname",
    "categories",
    "label",
    "birthplace",
)
_NEVER = ("begin", "end", "version", "jsprop")


def to_jcard(line: Line, version: str) -> list[Any]:
    """The property as array: with type "unknown" its value is the text of the file."""
    prop = Property(line, version)
    name = line.name.lower()
    kind = prop.first("VALUE").lower()
    if kind:
        del prop.params["VALUE"]
    params = leftover(prop)
    if prop_id := prop.first("PROP-ID"):
        params["prop-id"] = prop_id
    if line.group:
        params["group"] = line.group
    if kind == "text" or (not kind and name in _TEXT):
        value: Any = unescape(line.value)
        if name in _STRUCTURED:
            parts = [part[0] if len(part) == 1 else part for part in split_structured(line.value)]
            value = parts if len(parts) > 1 else parts[0]
        if _text_value(value) == line.value:
            return [name, params, "text", value]
        return [name, params | ({"value": kind} if kind else {}), "unknown", line.value]
    return [name, params, kind or "unknown", line.value]


def from_jcard(value: Any) -> Spec | None:
    """The line of a member of vCardProps; None when it is none or has no business there."""
    if not isinstance(value, list) or len(value) < 4 or not isinstance(value[0], str) or not isinstance(value[2], str):
        return None
    name, kind = value[0], value[2].lower()
    if not _NAME(name) or name.lower() in _NEVER or not _NAME(kind):
        return None
    params, group = params_of(value[1])
    if kind == "unknown":
        text = ",".join(str(each) for each in value[3:])
    elif kind == "text":
        text = ",".join(_text_value(each) for each in value[3:])
        if name.lower() not in _TEXT:
            params.append(("VALUE", ["text"]))
    else:
        text = ",".join(_plain_value(each) for each in value[3:])
        params.append(("VALUE", [kind]))
    return Spec(name.upper(), text, params, group)


def is_ignored(value: Any) -> bool:
    """What frames a vCard is not for the Card to say (RFC 9555 2.4.1, 2.11.10)."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], str) and value[0].lower() in _NEVER


def _text_value(value: Any) -> str:
    if not isinstance(value, list):
        return escape(_plain_value(value))
    if any(isinstance(part, list) for part in value):
        return join_structured(
            [_plain_value(each) for each in part] if isinstance(part, list) else [_plain_value(part)] for part in value
        )
    return ";".join(join_list([_plain_value(part)]) for part in value)


def _plain_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
