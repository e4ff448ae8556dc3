"""JSPROP (jscalendar-icalendar 4.1.2): the JSCalendar properties of a component that no other line says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.jscalendar import durations
from jmapd.formats.jscalendar.comparison import differences
from jmapd.formats.jscalendar.units import Key, pointer
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record
from jmapd.wire.pointer import PointerError, tokens

JSPROP = "JSPROP"
ICALENDAR = "iCalendar"
NOT_TOLD = ("@type", ICALENDAR, "recurrenceOverrides", "version")  # that is in other lines, or in none
_DEPTH = 32
_MOST = 1000
_DEFAULTS: dict[str, Any] = {"showWithoutTime": False, "descriptionContentType": "text/plain"}  # need no line


def with_jsprops(record: Record, lines: Iterable[Line]) -> Record:
    """The record with what the JSPROP lines add; never instead of what is there."""
    patch: dict[Key, Any] = {}
    for line in islice(lines, _MOST):
        where = next((values[0] for name, values in line.params if name == "JSPTR" and values), "")
        try:
            path = tuple(tokens(f"/{where}"))
            value = json.loads(unescape(line.value))
        except (ValueError, RecursionError, PointerError):
            continue
        if where and value is not None and path[0] not in NOT_TOLD and _is_shallow(value, _DEPTH):
            patch.setdefault(path, value)
    copied: dict[Key, Record] = {(): dict(record)}
    for path in sorted(patch):
        parent = _parent(copied, path)
        if parent is not None and path[-1] not in parent:
            parent[path[-1]] = patch[path]
    return copied[()]


def _parent(copied: dict[Key, Record], path: Key) -> Record | None:
    """The object that holds the last part of a path, a copy of its own; None when the path leads nowhere."""
    parent = copied[()]
    for size in range(1, min(len(path), _DEPTH)):
        there = copied.get(path[:size])
        if there is None:
            child = parent.get(path[size - 1])
            if not isinstance(child, dict):
                return None
            there = copied[path[:size]] = dict(child)
            parent[path[size - 1]] = there
        parent = there
    return parent if len(path) <= _DEPTH else None


def _is_shallow(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or (depth > 0 and all(_is_shallow(each, depth - 1) for each in value))


def missing(base: Record, wanted: Record) -> list[tuple[Key, Any]]:
    """What lines do not say, or say otherwise, of what is wanted."""
    own, asked = (
        {name: value for name, value in record.items() if name not in NOT_TOLD and _DEFAULTS.get(name) != value}
        for record in (base, wanted)
    )
    found = differences(own, asked, but=("@type", ICALENDAR))
    return [(path, value) for path, value in found if not (_is_implied(path, value) or _lasts(own, path, value))]


def _is_implied(path: Key, value: Any) -> bool:
    """Whether it means as much as nothing; of what others define nobody knows."""
    is_empty = (value == {} and ":" not in path[-1]) or (value == "" and path[-1] in ("name", "description"))
    return is_empty or value is None or (path[-2:] == ("recurrenceRule", "interval") and value == 1)


def _lasts(base: Record, path: Key, value: Any) -> bool:
    """Whether it is a duration that is there in other words."""
    there = at(base, path)
    try:
        return isinstance(there, str) and isinstance(value, str) and durations.parse(there) == durations.parse(value)
    except ValueError:
        return False


def jsprop(path: Key, value: Any) -> Line:
    """The line of one property."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return make_line(JSPROP, escape(text), [("JSPTR", [pointer(*path)])])


def at(record: Record, path: Key) -> Any:
    """What is at a path; None when there is nothing."""
    value: Any = record
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
