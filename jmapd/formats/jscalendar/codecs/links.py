"""ATTACH, IMAGE, LINK and URL as Link objects (jscalendar-icalendar 2.3.3, 2.3.22, 2.3.24, 2.3.46, 3.4)."""

import re
from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.values import is_id, is_set, to_set, write_uri
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Writing, jsid, uuid5
from jmapd.wire import Record

RELS = {"ATTACH": "enclosure", "IMAGE": "icon", "URL": "describedby", "LINK": ""}
_TITLES = {"ATTACH": "FILENAME", "IMAGE": "FILENAME", "URL": "LABEL", "LINK": "LABEL"}
_DATA = re.compile(r"data:([^;,]*+);base64,([A-Za-z0-9+/]*+={0,2})\Z", re.IGNORECASE).match
_SIZE = re.compile(r"[0-9]{1,15}\Z").match


def identity(prop: Property, reading: Reading, head: str, otherwise: str = "") -> str:
    """The key in a map of ids: JSID, else made of the value (2.1.3)."""
    wanted = prop.first("JSID")
    if is_id(wanted):
        prop.take("JSID")
    else:
        wanted = otherwise or uuid5(prop.value)
    return reading.free(head, wanted)


def _read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    for line in lines:
        prop = Property(line)
        record = _link(prop)
        if record is None:
            reading.leave(line)
            continue
        key = ("links", identity(prop, reading, "links"))
        reading.put(key, record, line)
        is_told = line.name in ("ATTACH", "IMAGE", "LINK") and record.get("rel", "") != RELS[line.name]
        is_told = is_told == (line.name != "LINK")  # by its rel alone it would be written as another
        reading.told((*key, "href"), prop, line.name.lower() if is_told else "")


def _link(prop: Property) -> Record | None:
    kind = prop.first("VALUE").upper()
    value = prop.value.strip()
    is_binary = kind == "BINARY" or prop.first("ENCODING").upper() in ("BASE64", "B")
    if not value or (kind not in ("", "URI") and not is_binary) or (is_binary and prop.name in ("LINK", "URL")):
        return None
    media_type = prop.take("FMTTYPE")
    prop.take("VALUE")
    record: Record = {"@type": "Link", "href": value}
    if is_binary:
        prop.take("ENCODING")
        record["href"] = f"data:{media_type or ''};base64,{value}"
    if media_type:
        record["contentType"] = media_type
    if rel := prop.take("LINKREL") or RELS[prop.name]:
        record["rel"] = rel
    if _SIZE(prop.first("SIZE")):
        record["size"] = int(prop.take("SIZE") or 0)
    if title := prop.take(_TITLES[prop.name]) or prop.take("LABEL"):
        record["title"] = title
    if display := to_set(each.lower() for each in prop.take_all("DISPLAY")):
        record["display"] = display
    return record


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    href = write_uri(value.get("href")) if isinstance(value, dict) else None
    if href is None:
        return ()
    told = (*key, "href")
    name = _name(key, value, writing)
    params = [*_value_params(name, value), *_members(name, value)]
    data = _DATA(href) if name in ("ATTACH", "IMAGE") else None
    if data and data[1] == value.get("contentType", ""):
        href = data[2]
        params = [("VALUE", ["BINARY"]), ("ENCODING", ["BASE64"]), *params[name == "IMAGE" :]]
    return (make_line(name, href, writing.params(told, *params, *jsid(key[1], uuid5(href)))),)


def _name(key: Key, value: Record, writing: Writing) -> str:
    """3.4: by what the link is for, unless it was told that it was another property."""
    told = str(writing.told((*key, "href")).get("name", "")).upper()
    rel = value.get("rel")
    if told in ("ATTACH", "IMAGE") or (told == "LINK" and not rel):
        return told
    if rel == "describedby" and writing.line_before("LINK") is None:
        first = writing.once("first link", _first_described_by)
        return "URL" if writing.line_before("URL") or (first == key[1] and not writing.has("URL")) else "LINK"
    return {"enclosure": "ATTACH", "icon": "IMAGE"}.get(str(rel), "LINK")


def _first_described_by(writing: Writing) -> str | None:
    links = writing.record["links"].items()
    return next((name for name, link in links if isinstance(link, dict) and link.get("rel") == "describedby"), None)


def _value_params(name: str, value: Record) -> Params:
    """IMAGE and LINK have no default type (RFC 7986 5.10, RFC 9253 8.2)."""
    found: Params = [("VALUE", ["URI"])] if name in ("IMAGE", "LINK") else []
    rel = value.get("rel")
    if isinstance(rel, str) and rel and rel != RELS[name]:
        found.append(("LINKREL", [rel]))
    return found


def _members(name: str, value: Record) -> Params:
    found: Params = []
    for param, member in (("FMTTYPE", "contentType"), (_TITLES[name], "title")):
        text = value.get(member)
        if isinstance(text, str) and text:
            found.append((param, [text]))
    size = value.get("size")
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        found.append(("SIZE", [str(size)]))
    display = value.get("display")
    if isinstance(display, dict) and is_set(display) and all(each == each.lower() for each in display):
        found.append(("DISPLAY", [each.upper() for each in display]))
    return found


LINKS = Codec(
    ("links",),
    ("ATTACH", "IMAGE", "LINK", "URL"),
    _read,
    _write,
    maps=("links",),
    section="2.3.3, 2.3.22, 2.3.24, 2.3.46",
    note="a LINK to a UID or into XML goes to iCalendar",
)
