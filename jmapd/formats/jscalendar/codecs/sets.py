"""Sets of words: CATEGORIES, CONCEPT and LOCATION-TYPE (jscalendar-icalendar 2.3.6, 2.3.9, 2.3.26)."""

from collections.abc import Callable, Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.values import is_set
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Writing
from jmapd.formats.vcard import join_list, split_list

Split = Callable[[str], list[str]]


def words(value: str) -> list[str]:
    """The texts of a list, without those that say nothing."""
    return [word for each in split_list(value) if (word := each.strip())]


def uris(value: str) -> list[str]:
    """RFC 9253 8.1: one URI a line."""
    return [uri] if (uri := value.strip()) else []


def _reader(head: str, split: Split) -> Callable[[Reading, list[Line], list[Component]], None]:
    def read(reading: Reading, lines: list[Line], _: list[Component]) -> None:
        params: dict[str, list[str]] = {}
        for line in lines:
            prop = Property(line)
            found = split(line.value)
            if not found or "ENCODING" in prop.params:
                reading.leave(line)
                continue
            params = prop.params | params
            reading.record.setdefault(head, {}).update(dict.fromkeys(found, True))
            reading.made((head,), line)
            prop.params = dict(params)
            reading.told((head,), prop)

    return read


def _writer(name: str, split: Split, is_list: bool) -> Callable[[Key, Any, Writing], Sequence[Item]]:
    def write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
        """Lines of words that all stay are not touched; new words go to the last line."""
        if not is_set(value):
            return ()
        left = dict(value)
        rows: list[tuple[Line | None, list[str], Params]] = []
        for line in writing.before:
            if isinstance(line, Line) and line.name == name:
                kept = [word for word in split(line.value) if left.pop(word, False)]
                if kept:
                    is_whole = len(kept) == len(split(line.value))
                    rows.append((line if is_whole else None, kept, line.params))
        if not is_list:
            rows += [(None, [word], writing.params(key)) for word in left]
        elif left and rows:
            rows[-1] = (None, [*rows[-1][1], *left], rows[-1][2])
        elif left:
            rows.append((None, list(left), writing.params(key)))
        return [line or make_line(name, join_list(kept) if is_list else kept[0], params) for line, kept, params in rows]

    return write


def set_of(head: str, name: str, section: str, split: Split = words) -> Codec:
    """A set whose members are values of lines."""
    note = "parameters of lines that are joined are told once" if split is words else ""
    return Codec(
        (head,), (name,), _reader(head, split), _writer(name, split, split is words), section=section, note=note
    )


KEYWORDS = set_of("keywords", "CATEGORIES", "2.3.6")
CATEGORIES = set_of("categories", "CONCEPT", "2.3.9", uris)
LOCATION_TYPES = set_of("locationTypes", "LOCATION-TYPE", "2.3.26")
