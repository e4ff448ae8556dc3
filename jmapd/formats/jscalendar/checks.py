"""The checks of JSCalendar: its schema, and iCalendar data as jCal (jscalendar-icalendar-25 5.1.1; RFC 7265 3)."""

from typing import Any

from jmapd.formats.jscalendar.forms import FORMS, SCALARS, STRICT_FORMS
from jmapd.formats.jscalendar.rules import RULES
from jmapd.formats.jscalendar.schema import TYPES
from jmapd.formats.object_types.checks import Checks, Found, Path
from jmapd.formats.object_types.schema import Schema

_NOT_PROPERTIES = ("begin", "end")
_NOT_INSIDE = ("vcalendar", "vevent", "vtodo")  # they would be read as events and tasks of their own


def _property(value: Any, path: Path, found: Found) -> None:
    """Name, parameters, type, values."""
    if not (isinstance(value, list) and len(value) > 3 and isinstance(value[0], str) and isinstance(value[2], str)):
        found.add(path, "must be an array of name, parameters, type and at least one value")
        return
    name, kind = value[0], value[2]
    if FORMS["iCalendar name"](name) or FORMS["iCalendar name"](kind) or name.lower() in _NOT_PROPERTIES:
        found.add(path, "must have the names of an iCalendar property and of its type")
    CHECKS.of["ICalProperty"]["parameters"](value[1], (path, "1"), found)


def _component(value: Any, path: Path, found: Found) -> None:
    """Name, properties, components; ijson.py lets no deep nesting in."""
    if not (isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)):
        found.add(path, "must be an array of name, properties and components")
        return
    if FORMS["iCalendar name"](value[0]) or value[0].lower() in _NOT_INSIDE:
        found.add((path, "0"), "must be the name of an iCalendar component that may be inside of it")
    CHECKS.of["ICalComponent"]["properties"](value[1], (path, "1"), found)
    CHECKS.of["ICalComponent"]["components"](value[2], (path, "2"), found)


SCHEMA = Schema(TYPES, FORMS, STRICT_FORMS, SCALARS, RULES)
CHECKS = Checks(SCHEMA, JCalProperty=_property, JCalComponent=_component)
