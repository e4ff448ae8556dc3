"""Time zone identifiers and VTIMEZONE (RFC 5545 3.6.5; jscalendarbis 1.5.8; jscalendar-icalendar-25 2.1.4)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module

from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.observances import matching
from jmapd.formats.jscalendar.vtimezone import vtimezone
from jmapd.formats.jscalendar.zones import is_zone, local, local_moment, moment, names, utc, version, zone

__all__ = ["iana", "is_zone", "local", "local_moment", "moment", "utc", "version", "vtimezone", "zone"]

_FIXED = re.compile(r"\(?(?:UTC|GMT)?[ ]?([+-])0?(\d{1,2})(?:[:.]?00)?\)?", re.ASCII | re.IGNORECASE).fullmatch
_SHOWN = re.compile(r"\((?:UTC|GMT)[^)]*\) *([^(]*?) *(?:\([^)]*\))?", re.ASCII | re.IGNORECASE).fullmatch
_HINTS = ("X-LIC-LOCATION", "TZURL", "TZID-ALIAS-OF")
_MOST_PARTS = 12


@lru_cache(maxsize=1)
def _windows_names() -> Mapping[str, str]:
    """Windows' names to those of the database. Loaded when they are asked for: it takes as long as all of jmapd."""
    try:
        found: Mapping[str, str] = import_module("icalendar.timezone.windows_to_olson").WINDOWS_TO_OLSON
    except ImportError:
        return {}
    return found


def iana(tzid: str, calendar: Component | None = None) -> str | None:
    """The IANA name for a TZID, by its own letters, those of Windows, or the rules of the calendar's VTIMEZONE."""
    if is_zone(tzid):
        return tzid
    if found := _by_name(tzid):
        return found
    definition = _definition(tzid, calendar) if calendar else None
    if definition is None or calendar is None:
        return None
    for line in definition.named(*_HINTS):
        if found := _by_name(line.value):
            return found
    return matching(definition, calendar, tuple(dict.fromkeys(_windows_names().values())))


def _definition(tzid: str, calendar: Component) -> Component | None:
    wanted = tzid.strip().strip('"')
    for component in calendar.inside("VTIMEZONE"):
        line = component.first("TZID")
        if line is not None and line.value.strip().strip('"').replace("\\", "") == wanted.replace("\\", ""):
            return component
    return None


@lru_cache(maxsize=1024)
def _by_name(text: str) -> str | None:
    """By case, by the end of a path as other programs put before their ids, by Windows' names, by a fixed offset."""
    text = text[:300].strip().strip('"').replace("\\", "")
    parts = text.split("/")[-_MOST_PARTS:]
    for start in range(len(parts)):
        name = "/".join(parts[start:]).lower().replace(" ", "_")
        for each in (name, name.replace("_", "/", 1), name.replace("-", "/", 1)):  # RFC 5545 has a "US-Eastern"
            if found := names().get(each):
                return found
    return _windows(text) or _fixed(text)


def _windows(text: str) -> str | None:
    """A name of Windows, or as it shows one: "(UTC+01:00) Berlin, Rome", "(UTC-05:00) Eastern Time (US & Canada)"."""
    shown = _SHOWN(text)
    words = [part.strip() for part in (shown[1] if shown else text).split(",")]
    known = _windows_names()
    found = known.get(text) or known.get(words[0].replace(" Time", " Standard Time"))
    if found is not None:
        return found if is_zone(found) else None
    is_list = shown is not None or len(words) > 1
    cities = {word.lower().replace(" ", "_") for word in words} if is_list else set()
    return next((name for key, name in names().items() if "/" in key and key.rpartition("/")[2] in cities), None)


def _fixed(text: str) -> str | None:
    fixed = _FIXED(text)
    if fixed is None or int(fixed[2]) > 12:
        return None
    hours = int(fixed[2])
    # "Etc/GMT-1" is one hour before UTC: the database counts the other way round
    return f"Etc/GMT{'-' if fixed[1] == '+' else '+'}{hours}" if hours else "Etc/UTC"
