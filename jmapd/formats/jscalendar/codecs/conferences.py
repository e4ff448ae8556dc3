"""CONFERENCE as VirtualLocation (jscalendar-icalendar 2.3.10, 3.7)."""

from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.links import identity
from jmapd.formats.jscalendar.codecs.values import is_set, to_set, write_uri
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Writing, jsid, uuid5
from jmapd.wire import Record


def _read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    for line in lines:
        prop = Property(line)
        uri = line.value.strip()
        if not uri or prop.first("VALUE").upper() not in ("", "URI"):
            reading.leave(line)
            continue
        prop.take("VALUE")
        record: Record = {"@type": "VirtualLocation", "uri": uri}
        if name := prop.take("LABEL"):
            record["name"] = name
        if features := to_set(each.lower() for each in prop.take_all("FEATURE")):
            record["features"] = features
        key = ("virtualLocations", identity(prop, reading, "virtualLocations"))
        reading.put(key, record, line)
        reading.told((*key, "uri"), prop)


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    uri = write_uri(value.get("uri")) if isinstance(value, dict) else None
    if uri is None:
        return ()
    params: Params = [("VALUE", ["URI"])]
    features = value.get("features")
    if isinstance(features, dict) and is_set(features) and all(each == each.lower() for each in features):
        params.append(("FEATURE", [each.upper() for each in features]))
    if isinstance(name := value.get("name"), str) and name:
        params.append(("LABEL", [name]))
    return (make_line("CONFERENCE", uri, writing.params((*key, "uri"), *params, *jsid(key[1], uuid5(uri)))),)


VIRTUAL_LOCATIONS = Codec(
    ("virtualLocations",), ("CONFERENCE",), _read, _write, maps=("virtualLocations",), section="2.3.10"
)
