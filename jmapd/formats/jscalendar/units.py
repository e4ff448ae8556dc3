"""The terms of the conversion table (jscalendar-icalendar 2, 3): codecs, and what they read into and write from.

A unit is a property of a JSCalendar object, or one member of a map of ids: what is written as a whole.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Line, Params, is_name, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.vcard import unescape
from jmapd.wire import Record

Key = tuple[str, ...]
Item = Line | Component

NAMESPACE = uuid.UUID("7f1e1965-ae73-4454-b088-232c90730ce2")  # 2.1.3


@dataclass(slots=True)
class Setting:
    """What the values of a component hang on beside their own lines."""

    calendar: Component | None = None  # where its VTIMEZONEs are
    is_task: bool = False
    zone: str | None = None  # of the event; None when it is floating
    tzid: str = ""  # of the event, when it names no zone that could be found: its times are served as floating
    is_date: bool = False  # whether its times are written as DATE
    is_utc: bool = False  # whether they are written as UTC
    tzids: dict[str, str] = field(default_factory=dict)  # the TZID of each zone that the calendar has already
    zones: dict[str, str | None] = field(default_factory=dict)  # the zone of each TZID, as far as it was asked for


class Property:
    """A line with its parameters by name: what is taken counts as converted."""

    __slots__ = ("line", "name", "params", "value")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.name = line.name
        self.value = line.value
        self.params: dict[str, list[str]] = {}
        for name, values in line.params:
            if name.isascii() and (name.isalpha() or is_name(name)):  # another stays in the line
                self.params.setdefault(name, []).extend(values)

    @property
    def text(self) -> str:
        """The value as TEXT (RFC 5545 3.3.11)."""
        return unescape(self.value)

    def first(self, name: str) -> str:
        """A parameter's value, which stays untaken; "" when it is not there."""
        values = self.params.get(name)
        return values[0].strip() if values else ""

    def take(self, name: str) -> str | None:
        """A parameter's value, or its values with commas between."""
        values = self.params.pop(name, None)
        return None if values is None else ",".join(values)

    def take_all(self, name: str) -> list[str]:
        """All values of a parameter."""
        return self.params.pop(name, [])


class Reading:
    """What one component becomes, with the items that each unit was made of."""

    __slots__ = ("_numbers", "base", "component", "converted", "record", "rest", "setting", "sources")

    def __init__(self, component: Component, setting: Setting) -> None:
        self.component = component
        self.setting = setting
        self.record: Record = {}
        self.base: Record = self.record  # without what the JSPROP lines add
        self.sources: dict[Key, list[Item]] = {}
        self.converted: Record = {}
        self.rest: list[Item] = []
        self._numbers: dict[Key, int] = {}

    def put(self, key: Key, value: Any, *items: Item) -> None:
        """Sets a unit, or a member inside of one, and remembers what it was made of."""
        record = self.record
        for name in key[:-1]:
            record = record.setdefault(name, {})
        record[key[-1]] = value
        self.made(key, *items)

    def made(self, key: Key, *items: Item) -> None:
        """Items that belong to a unit besides."""
        self.sources.setdefault(key, []).extend(items)

    def told(self, key: Key, prop: Property, name: str = "") -> None:
        """Keeps in iCalendar/convertedProperties the parameters that nothing has taken; and a name where it matters."""
        if not (prop.params or name):
            return
        told: Record = {"@type": "ICalProperty", "name": name or prop.name.lower()}
        if value_type := prop.take("VALUE"):
            told["valueType"] = value_type.lower()
        if prop.params:
            told["parameters"] = {
                name.lower(): values[0] if len(values) == 1 else list(values) for name, values in prop.params.items()
            }
        self.converted[pointer(*key)] = told

    def leave(self, *items: Item) -> None:
        """To iCalendar/properties and iCalendar/components."""
        self.rest += items

    def free(self, head: str, wanted: str) -> str:
        """An id that the map at `head` has not yet."""
        there = self.record.get(head, ())
        identity, number = wanted, self._numbers.get((head, wanted), 1)
        while identity in there:
            number += 1
            identity = f"{wanted}-{number}"
        if number > 1:
            self._numbers[head, wanted] = number
        return identity


_OF_VALUE = ("VALUE", "ENCODING", "JSID")  # these are made anew with the value


class Writing(NamedTuple):
    """What the items of a unit hang on."""

    record: Record  # the whole wanted object
    before: Sequence[Item]  # of this unit
    setting: Setting
    names: Collection[str]  # of the lines that stay as they are
    table: Table
    memo: dict[str, Any]  # of one object, whichever unit is written

    def once(self, name: str, make: Callable[[Writing], Any]) -> Any:
        """What is the same for all units of the object, worked out a single time."""
        if name not in self.memo:
            self.memo[name] = make(self)
        return self.memo[name]

    def has(self, name: str) -> bool:
        """Whether there is a line of this name that stays as it is."""
        return name in self.names

    def told(self, key: Key) -> Record:
        """The ICalProperty of convertedProperties; {} when there is none."""
        inside = self.record.get("iCalendar")
        found = inside.get("convertedProperties") if isinstance(inside, dict) else None
        told = found.get(pointer(*key)) if isinstance(found, dict) else None
        return told if isinstance(told, dict) else {}

    def params(self, key: Key, *given: tuple[str, list[str]]) -> Params:
        """The given parameters, and besides those that were told of the property."""
        told = self.told(key)
        kind = told.get("valueType")
        has_type = isinstance(kind, str) and kind.replace("-", "").isalnum()
        fixed: Params = [("VALUE", [str(kind).upper()])] if has_type else []
        fixed += [param for param in params_of(told.get("parameters")) if param[0] not in _OF_VALUE]
        names = {name for name, _ in given}
        return [*given, *(param for param in fixed if param[0] not in names)]

    def line_before(self, *names: str) -> Line | None:
        """The first line of the unit so far."""
        return next((item for item in self.before if isinstance(item, Line) and item.name in names), None)

    def component_before(self, name: str) -> Component | None:
        """The first component of the unit so far."""
        return next((item for item in self.before if isinstance(item, Component) and item.name == name), None)


Read = Callable[[Reading, list[Line], list[Component]], None]
Write = Callable[[Key, Any, Writing], Sequence[Item]]


class Codec(NamedTuple):
    """Both directions of one family of properties and components."""

    heads: tuple[str, ...]  # the JSCalendar properties
    names: tuple[str, ...]  # the iCalendar properties
    read: Read
    write: Write
    inside: tuple[str, ...] = ()  # the components inside
    maps: tuple[str, ...] = ()  # heads whose members are units of their own
    section: str = ""
    note: str = ""  # why not lossless


class Table:
    """All codecs of one component, in the order in which they read and in which new lines are written."""

    __slots__ = ("by_head", "by_inside", "by_name", "codecs", "component", "maps", "order", "type")

    def __init__(self, component: str, type_name: str, codecs: Iterable[Codec]) -> None:
        self.component = component
        self.type = type_name
        self.codecs = tuple(codecs)
        self.order = {head: n for n, codec in enumerate(self.codecs) for head in codec.heads}
        self.by_name = {name: n for n, codec in enumerate(self.codecs) for name in codec.names}
        self.by_inside = {name: n for n, codec in enumerate(self.codecs) for name in codec.inside}
        self.by_head = {head: codec for codec in self.codecs for head in codec.heads}
        self.maps = frozenset(head for codec in self.codecs for head in codec.maps)


ReadText = Callable[[str], Any]
WriteText = Callable[[Any], str | None]


def row(name: str, head: str, read: ReadText, write: WriteText, section: str = "", value_type: str = "") -> Codec:
    """A property that becomes one JSCalendar property by its value alone; a second one is left."""

    def read_lines(reading: Reading, lines: list[Line], _: list[Component]) -> None:
        for line in lines:
            value = None if head in reading.record else read(line.value)
            if value is None:
                reading.leave(line)
                continue
            reading.record[head] = value
            reading.sources[head,] = [line]
            if line.params:
                prop = Property(line)
                if value_type and prop.first("VALUE").upper() == value_type:
                    del prop.params["VALUE"]
                reading.told((head,), prop)

    def write_line(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
        text = write(value)
        if text is None:
            return ()
        fixed: Params = [("VALUE", [value_type])] if value_type else []
        return (make_line(name, text, writing.params(key, *fixed)),)

    return Codec((head,), (name,), read_lines, write_line, section=section)


def pointer(*names: str) -> str:
    """A path of a PatchObject (RFC 6901 3, without the leading slash)."""
    return "/".join(name.replace("~", "~0").replace("/", "~1") for name in names)


def params_of(kept: Any) -> Params:
    """Parameters as jCal has them (RFC 7265 3.5), as far as they can stand in a line."""
    if not isinstance(kept, dict):
        return []
    found: Params = []
    for name, value in kept.items():
        values = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
        if values and name.upper() not in ("BEGIN", "END") and name.replace("-", "").isalnum() and name.isascii():
            found.append((name.upper(), values))
    return found


def uuid5(value: str) -> str:
    """The key of what has no id of its own (2.1.3)."""
    return str(uuid.uuid5(NAMESPACE, value.encode("utf-8", "replace").decode()))


def jsid(identity: str, otherwise: str) -> Params:
    """The JSID parameter, where the id is not what reading would make (2.1.3)."""
    return [] if identity == otherwise else [("JSID", [identity])]
