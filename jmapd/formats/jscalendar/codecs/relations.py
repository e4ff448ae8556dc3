"""RELATED-TO (jscalendar-icalendar 2.3.35), where the value is the key."""

from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.values import is_set, is_token, to_set
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Writing
from jmapd.formats.vcard import escape


def _read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    for line in lines:
        prop = Property(line)
        uid = prop.text.strip()
        if not uid:
            reading.leave(line)
            continue
        relation = to_set(each.lower() for each in prop.take_all("RELTYPE"))
        key = ("relatedTo", uid)
        there = reading.record.get("relatedTo", {}).get(uid, {})
        relation = there.get("relation", {}) | relation
        reading.put(key, {"@type": "Relation"} | ({"relation": relation} if relation else {}), line)
        reading.told(key, prop)


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    if not isinstance(value, dict) or not key[1].strip():
        return ()
    relation = value.get("relation")
    names = list(relation) if isinstance(relation, dict) and is_set(relation) else []
    params: Params = []
    if all(is_token(each) and each == each.lower() for each in names):
        params = [("RELTYPE", [each.upper()]) for each in names]
    params = writing.params(key, *params)
    if len(params) > 1 and params[0][0] == params[1][0]:  # RFC 5545 3.2.15: one type a line
        others = [param for param in params if param[0] != "RELTYPE"]
        return [make_line("RELATED-TO", escape(key[1]), [param, *others]) for param in params if param not in others]
    return (make_line("RELATED-TO", escape(key[1]), params),)


RELATED = Codec(("relatedTo",), ("RELATED-TO",), _read, _write, maps=("relatedTo",), section="2.3.35")
