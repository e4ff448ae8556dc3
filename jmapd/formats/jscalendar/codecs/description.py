"""DESCRIPTION and STYLED-DESCRIPTION (jscalendar-icalendar 2.3.13, 2.3.41, 3.2)."""

from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.html_text import html_text
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Writing
from jmapd.formats.vcard import escape, unescape

PLAIN, STYLED = "DESCRIPTION", "STYLED-DESCRIPTION"
_KEY: Key = ("description",)
_TYPE: Key = ("descriptionContentType",)
_TEXT = "text/"


def is_derived(prop: Property) -> bool:
    """RFC 9073 5.3."""
    return prop.first("DERIVED").upper() == "TRUE"


def _read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    derived: list[Line] = []
    for line in sorted(lines, key=lambda line: line.name != STYLED):
        prop = Property(line)
        if is_derived(prop) and line.name == PLAIN:
            derived.append(line)
        elif "description" in reading.record or not (_read_styled if line.name == STYLED else _read_plain)(
            reading, prop
        ):
            reading.leave(line)
    for line in derived:
        if "descriptionContentType" in reading.record and len(reading.sources[_KEY]) == 1:
            reading.made(_KEY, line)
        else:
            reading.leave(line)


def _read_plain(reading: Reading, prop: Property) -> bool:
    reading.put(_KEY, prop.text, prop.line)
    reading.made(_TYPE, prop.line)
    if prop.params:
        reading.told(_KEY, prop)
    return True


def _read_styled(reading: Reading, prop: Property) -> bool:
    """2.3.41: text, in a type of text, and not derived."""
    media_type = prop.first("FMTTYPE")
    is_text = prop.first("VALUE").upper() in ("", "TEXT") and media_type.lower().startswith(
        ("", _TEXT)[bool(media_type)]
    )
    if is_derived(prop) or not is_text:
        return False
    reading.put(_KEY, prop.text, prop.line)
    reading.made(_TYPE, prop.line)
    prop.take("VALUE")
    if media_type:
        prop.take("FMTTYPE")
        reading.put(_TYPE, media_type)
    reading.told(_KEY, prop, "" if media_type else STYLED.lower())
    return True


_READERS = {PLAIN: _read_plain, STYLED: _read_styled}


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    if key != _KEY or not isinstance(value, str):
        return ()
    media_type = writing.record.get("descriptionContentType")
    is_styled = isinstance(media_type, str) and media_type.lower().startswith(_TEXT)
    if not is_styled or str(media_type).lower() == "text/plain":
        if media_type is not None or str(writing.told(_KEY).get("name", "")).upper() != STYLED:
            return (make_line(PLAIN, escape(value), writing.params(_KEY)),)
        return (make_line(STYLED, escape(value), writing.params(_KEY)),)
    kinds: Params = [("VALUE", ["TEXT"]), ("FMTTYPE", [str(media_type)])]
    return (make_line(STYLED, escape(value), writing.params(_KEY, *kinds)), *_derived(value, str(media_type), writing))


def _derived(text: str, media_type: str, writing: Writing) -> Sequence[Item]:
    """The text for those who do not know STYLED-DESCRIPTION."""
    before = writing.line_before(STYLED)
    there = writing.line_before(PLAIN)
    if there is not None and before is not None and unescape(before.value) == text:
        return (there,)
    if writing.has(PLAIN) or not media_type.lower().startswith("text/html"):
        return ()
    return (make_line(PLAIN, escape(html_text(text).strip()), [("DERIVED", ["TRUE"])]),)


DESCRIPTION = Codec(
    ("description", "descriptionContentType"),
    (PLAIN, STYLED),
    _read,
    _write,
    section="2.3.13, 2.3.41",
    note="a second description and what is no text goes to iCalendar",
)
