"""iCalendar properties and components without JSCalendar form, as jCal has them (RFC 7265 3.3 to 3.6)."""

from __future__ import annotations

import re
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import MOST_DEEP, Component, new_component
from jmapd.formats.jscalendar.units import Item, Property, params_of
from jmapd.formats.vcard import escape, join_list, split_list, unescape

UNKNOWN = "unknown"  # RFC 7265 5: the value is the text of the file

_NAME = re.compile(r"[A-Za-z0-9-]+").fullmatch
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}").fullmatch
_TEXT, _TEXTS = "text", ("categories", "resources", "location-type")
_TYPES: dict[str, str] = (
    dict.fromkeys(
        [
            "action",
            "calscale",
            "class",
            "comment",
            "contact",
            "description",
            "kind",
            "location",
            "name",
            "participant-type",
            "prodid",
            "resource-type",
            "status",
            "summary",
            "transp",
            "tzid",
            "tzname",
            "uid",
            "version",
            "method",
            "color",
            "jsid",
        ],
        _TEXT,
    )
    | dict.fromkeys(_TEXTS, _TEXT)
    | dict.fromkeys(("attach", "tzurl", "url", "source"), "uri")
    | dict.fromkeys(("attendee", "organizer", "calendar-address"), "cal-address")
    | dict.fromkeys(("percent-complete", "priority", "repeat", "sequence"), "integer")
    | dict.fromkeys(
        [
            "acknowledged",
            "completed",
            "created",
            "dtend",
            "dtstamp",
            "dtstart",
            "due",
            "exdate",
            "last-modified",
            "rdate",
            "recurrence-id",
        ],
        "date-time",
    )
    | dict.fromkeys(("duration", "estimated-duration", "trigger"), "duration")
)
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})").fullmatch
_DATE_TIME = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})(Z?)").fullmatch
_NEVER = ("begin", "end", "jsprop")


def to_jcal(item: Item) -> list[Any]:
    """A property or component as array."""
    if isinstance(item, Component):
        lines = [to_jcal(line) for line in item.lines if line.name and not line.is_broken]
        return [item.name.lower(), lines, [to_jcal(each) for each in item.components]]
    name = item.name.lower()
    if not item.params:
        params: dict[str, Any] = {}
        kind = ""
    else:
        prop = Property(item)
        kind = (prop.take("VALUE") or "").lower()
        params = {key.lower(): each[0] if len(each) == 1 else each for key, each in prop.params.items()}
    known = kind or _TYPES.get(name, UNKNOWN)
    values = _values(name, known, item.value)
    if values is None:
        return [name, params | ({"value": kind} if kind else {}), UNKNOWN, item.value]
    return [name, params, known, *values]


def _values(name: str, kind: str, value: str) -> list[Any] | None:
    """None where the text could not be had back."""
    if kind == _TEXT:
        texts = split_list(value) if name in _TEXTS else [unescape(value)]
        return list(texts) if join_list(texts) == value else None
    if kind == "integer":
        return [int(value)] if _INTEGER(value) else None
    if kind == "date":
        found = _DATE(value)
        return ["-".join(found.groups())] if found else None
    if kind == "date-time":
        found = _DATE_TIME(value)
        return ["{}-{}-{}T{}:{}:{}{}".format(*found.groups())] if found else None
    if kind == "boolean":
        return [value == "TRUE"] if value in ("TRUE", "FALSE") else None
    if kind in ("binary", "cal-address", "duration", "float", "period", "recur", "time", "utc-offset"):
        return [value] if kind in ("binary", "cal-address", "duration") else None
    return [value]


def from_jcal(value: Any) -> Line | None:
    """The line of a member of iCalendar/properties; None when it is none or has no business there."""
    if not isinstance(value, list) or len(value) < 4 or not isinstance(value[0], str) or not isinstance(value[2], str):
        return None
    name, kind = value[0].lower(), value[2].lower()
    if not _NAME(name) or name in _NEVER or not _NAME(kind) or not isinstance(value[1], dict):
        return None
    params: Params = params_of(value[1])
    texts = [text for each in value[3:] if (text := _text(kind, each)) is not None]
    if len(texts) != len(value) - 3:
        return None
    if kind not in (UNKNOWN, _TYPES.get(name)):
        params.insert(0, ("VALUE", [kind.upper()]))
    try:
        return make_line(name, ",".join(texts), params)
    except ValueError:
        return None


def _text(kind: str, value: Any) -> str | None:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):  # a structured value, RFC 7265 3.4.1.3
        parts = [_text(kind, each) for each in value if not isinstance(each, list)]
        return ";".join(part for part in parts if part is not None)
    if not isinstance(value, str):
        return None
    if kind == _TEXT:
        return escape(value)
    if kind in ("date", "date-time"):
        return value.replace("-", "").replace(":", "")
    return value


def component_from_jcal(value: Any, depth: int = 0) -> Component | None:
    """The component of a member of iCalendar/components."""
    if not isinstance(value, list) or len(value) != 3 or depth >= MOST_DEEP - 3:
        return None
    name, lines, inside = value
    if not isinstance(name, str) or not _NAME(name) or not isinstance(lines, list) or not isinstance(inside, list):
        return None
    items: list[Item] = [line for each in lines if (line := from_jcal(each)) is not None]
    items += [found for each in inside if (found := component_from_jcal(each, depth + 1)) is not None]
    return new_component(name.upper(), items)
