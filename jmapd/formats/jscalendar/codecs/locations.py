"""LOCATION, GEO and VLOCATION as Location objects (jscalendar-icalendar 2.2.4, 2.3.21, 2.3.25, 3.5; RFC 9073 7.2)."""

import re
from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.description import is_derived
from jmapd.formats.jscalendar.codecs.links import LINKS, identity
from jmapd.formats.jscalendar.codecs.sets import LOCATION_TYPES
from jmapd.formats.jscalendar.codecs.subcomponents import first_text, name_of, written_with_id
from jmapd.formats.jscalendar.codecs.values import read_text, read_uri, write_text, write_uri
from jmapd.formats.jscalendar.components import read_component
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Table, Writing, jsid, row, uuid5
from jmapd.formats.vcard import escape, unescape
from jmapd.wire import Record

_FLOAT = r"([+-]?)([0-9]{1,15}(?:\.[0-9]{1,15})?)"
_GEO = re.compile(rf"\s*{_FLOAT}\s*;\s*{_FLOAT}\s*\Z", re.ASCII).match
_GEO_URI = re.compile(r"geo:(-?[0-9]+(?:\.[0-9]+)?),(-?[0-9]+(?:\.[0-9]+)?)\Z", re.ASCII).match
_PLAIN = ("@type", "name", "coordinates")


def geo_uri(value: str) -> str | None:
    """RFC 5870 from two FLOATs (2.3.21): no plus signs."""
    found = _GEO(value)
    return f"geo:{found[1].strip('+')}{found[2]},{found[3].strip('+')}{found[4]}" if found else None


def geo_value(uri: Any) -> str | None:
    """The inverse; None when the URI says more."""
    found = _GEO_URI(uri) if isinstance(uri, str) else None
    return f"{found[1]};{found[2]}" if found else None


def _read_coordinates(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    for line in sorted(lines, key=lambda line: line.name != "COORDINATES"):
        prop = Property(line)
        is_geo = line.name == "GEO"
        value = geo_uri(line.value) if is_geo else read_uri(line.value)
        if value is None or "coordinates" in reading.record or is_derived(prop):
            reading.leave(line)
            continue
        reading.put(("coordinates",), value, line)
        prop.take("VALUE")
        reading.told(("coordinates",), prop, "geo" if is_geo else "")


def _write_coordinates(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    is_geo = str(writing.told(key).get("name", "")).upper() == "GEO"
    if is_geo and (pair := geo_value(value)):
        return (make_line("GEO", pair, writing.params(key)),)
    uri = write_uri(value)
    return () if uri is None else (make_line("COORDINATES", uri, writing.params(key, ("VALUE", ["URI"]))),)


_COORDINATES = Codec(
    ("coordinates",), ("COORDINATES", "GEO"), _read_coordinates, _write_coordinates, section="2.3.11, 2.3.21"
)
LOCATION = Table(
    "VLOCATION",
    "Location",
    (row("NAME", "name", read_text, write_text, "2.3.28"), LOCATION_TYPES, _COORDINATES, LINKS),
)


def _read(reading: Reading, lines: list[Line], components: list[Component]) -> None:
    derived: list[Line] = []
    own: list[Line] = []
    for line in sorted(lines, key=lambda line: line.name != "LOCATION"):
        prop = Property(line)
        if is_derived(prop):
            derived.append(line)
        elif not line.value.strip() or any(each.name == line.name for each in own):
            reading.leave(line)
        elif line.name == "LOCATION":
            own.append(line)
            _read_location(reading, prop)
        elif not _read_geo(reading, prop, own):
            reading.leave(line)
        else:
            own.append(line)
    names: dict[str, Key] = {}
    for component in components:
        key = _read_component(reading, component)
        names.setdefault(first_text(component, "NAME"), key)
    if len(components) > 1 and own and own[0].name == "LOCATION":
        main = next(key for key in reading.sources if key[0] == "locations" and own[0] in reading.sources[key])
        reading.put(("mainLocationId",), main[1], own[0])
    _read_derived(reading, derived, names, len(components) > 1 and not own)


def _read_location(reading: Reading, prop: Property) -> None:
    key = ("locations", identity(prop, reading, "locations"))
    reading.put(key, {"@type": "Location", "name": prop.text}, prop.line)
    reading.told((*key, "name"), prop)


def _read_geo(reading: Reading, prop: Property, own: list[Line]) -> bool:
    """GEO and LOCATION become the same Location (2.3.21)."""
    value = geo_uri(prop.value)
    if value is None:
        return False
    if own:
        key = next(key for key, items in reading.sources.items() if any(item is own[0] for item in items))
        prop.take("JSID")
        reading.record["locations"][key[1]]["coordinates"] = value
        reading.made(key, prop.line)
    else:
        key = ("locations", identity(prop, reading, "locations"))
        reading.put(key, {"@type": "Location", "coordinates": value}, prop.line)
    reading.told((*key, "coordinates"), prop, "geo")
    return True


def _read_component(reading: Reading, component: Component) -> Key:
    inside = read_component(component, LOCATION, reading.setting)
    record = inside.record
    record.setdefault("iCalendar", {"@type": "ICalComponent", "name": "vlocation"})  # 3.5: by this it is one again
    key = ("locations", reading.free("locations", _named(component)))
    reading.put(key, record, component)
    return key


def _named(component: Component) -> str:
    return name_of(component, uuid5(first_text(component, "NAME")))


def _read_derived(reading: Reading, lines: list[Line], names: dict[str, Key], has_several: bool) -> None:
    """Lines for those who do not know VLOCATION belong to the location that they repeat."""
    key = next((names[text] for line in lines if (text := unescape(line.value).strip()) in names), None)
    for line in lines:
        if key is None:
            reading.leave(line)
            continue
        reading.made(key, line)
        if line.name == "LOCATION" and has_several and "mainLocationId" not in reading.record:
            reading.put(("mainLocationId",), key[1], line)


def _is_plain(record: Record, key: Key, writing: Writing) -> bool:
    """Whether LOCATION and GEO alone can say it, and nothing asks for VLOCATION."""
    if "iCalendar" in record or any(name not in _PLAIN for name in record):
        return False
    is_geo = str(writing.told((*key, "coordinates")).get("name", "")).upper() == "GEO"
    return "coordinates" not in record or (is_geo and geo_value(record["coordinates"]) is not None)


def _plain_one(writing: Writing) -> str | None:
    """The location that is written as LOCATION: the main one, else the first that can be."""
    found = writing.record.get("locations")
    locations = (
        {name: each for name, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}
    )
    main = writing.record.get("mainLocationId")
    if isinstance(main, str) and main in locations:
        return main if _is_plain(locations[main], ("locations", main), writing) else None
    plain = (name for name, each in locations.items() if _is_plain(each, ("locations", name), writing))
    return next(plain, None)


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    if key[0] == "mainLocationId":
        return _main_lines(value, writing)
    if not isinstance(value, dict):
        return ()
    taken = writing.has("LOCATION") or ("name" not in value and writing.has("GEO"))
    if writing.once("plain location", _plain_one) == key[1] and not taken:
        return _plain_lines(key, value, writing)
    before = writing.component_before("VLOCATION")
    component = written_with_id(before, value, LOCATION, writing.setting, key[1], _named)
    is_only = len(writing.record["locations"]) == 1 and "mainLocationId" not in writing.record
    is_repeated = is_only and (before is None or writing.line_before("LOCATION") is not None)
    return (*(_derived_lines(value, writing) if is_repeated else ()), component)


def _plain_lines(key: Key, value: Record, writing: Writing) -> list[Item]:
    found: list[Item] = []
    identified: Params = []
    name, pair = value.get("name"), geo_value(value.get("coordinates"))
    if isinstance(name, str) and name.strip():
        text = escape(name)
        identified = jsid(key[1], uuid5(text))
        found.append(make_line("LOCATION", text, writing.params((*key, "name"), *identified)))
    if pair:
        identified = identified if found else jsid(key[1], uuid5(pair))
        found.append(make_line("GEO", pair, writing.params((*key, "coordinates"), *identified)))
    return found


def _derived_lines(value: Record, writing: Writing) -> list[Item]:
    """3.5: LOCATION and GEO besides, marked as derived."""
    name = value.get("name")
    if writing.has("LOCATION") or not isinstance(name, str) or not name.strip():
        return []
    found: list[Item] = [make_line("LOCATION", escape(name), [("DERIVED", ["TRUE"])])]
    if (pair := geo_value(value.get("coordinates"))) and not writing.has("GEO"):
        found.append(make_line("GEO", pair, [("DERIVED", ["TRUE"])]))
    return found


def _main_lines(main: Any, writing: Writing) -> Sequence[Item]:
    """Of a main location that is a VLOCATION the name is repeated (2.3.25)."""
    locations = writing.record.get("locations")
    location = locations.get(main) if isinstance(locations, dict) and isinstance(main, str) else None
    if not isinstance(location, dict) or _is_plain(location, ("locations", main), writing):
        return ()
    return _derived_lines(location, writing)


LOCATIONS = Codec(
    ("locations", "mainLocationId"),
    ("LOCATION", "GEO"),
    _read,
    _write,
    inside=("VLOCATION",),
    maps=("locations",),
    section="2.2.4, 2.3.21, 2.3.25",
    note="LOCATION without a text, and a second one, goes to iCalendar",
)
