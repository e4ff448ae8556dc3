"""Calendars in an .ics file (RFC 5545 3.1, 3.4, 3.6; vCalendar 1.0): lines kept as they are, changed one by one.

A file is a list of VCALENDAR components with what surrounds them; written back without a change it is the same, octet
for octet. Never fails: what fits nowhere is a broken line, and components deeper than any standard's are lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jmapd.formats import framed
from jmapd.formats.content_lines import (
    BOM,
    Line,
    decoded,
    encoded,
    fold,
    is_name,
    lines,
    make_line,
    newline_of,
    unfolded,
)

CALENDAR = "VCALENDAR"
MOST_DEEP = 16

to_bytes, without = framed.to_bytes, framed.without

_TOP = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"))
_OBSERVANCES = frozenset(("STANDARD", "DAYLIGHT"))
# A component that begins inside one of these shows that an END is missing.
_NOT_INSIDE = dict.fromkeys(_TOP, _TOP) | dict.fromkeys(_OBSERVANCES, _OBSERVANCES) | {"VALARM": frozenset(("VALARM",))}


@dataclass(slots=True, eq=False)
class Component:
    """One component: what is between BEGIN and END in order, and for a VCALENDAR the text around it in its file."""

    name: str = ""  # upper case
    items: list[Line | Component] = field(default_factory=list)
    begin: str = ""  # the line as it stands; "" when missing
    end: str = ""
    before: str = ""  # what is in the file between the calendar before, or its start, and BEGIN
    after: str = ""  # only the last calendar of a file has something here
    newline: str = "\r\n"
    encoding: str = "utf-8"

    @property
    def lines(self) -> list[Line]:
        """The lines of its own."""
        return [item for item in self.items if isinstance(item, Line)]

    @property
    def components(self) -> list[Component]:
        """The components directly inside."""
        return [item for item in self.items if isinstance(item, Component)]

    @property
    def is_broken(self) -> bool:
        """Whether something could not be read: a line, or BEGIN or END is missing, here or inside."""
        return not (self.begin and self.end) or any(item.is_broken for item in self.items)

    def named(self, *names: str) -> list[Line]:
        """The lines of these properties, in order."""
        return [item for item in self.items if isinstance(item, Line) and item.name in names]

    def first(self, name: str) -> Line | None:
        """The first line of a property."""
        return next((item for item in self.items if item.name == name and isinstance(item, Line)), None)

    def inside(self, *names: str) -> list[Component]:
        """The components of these names directly inside, in order."""
        return [item for item in self.items if isinstance(item, Component) and item.name in names]

    def replace(self, old: Sequence[Line | Component], new: Sequence[Line | Component]) -> None:
        """Puts new items in the places of old ones; what is more comes after the last of them, else at the end."""
        self.replace_all([(old, new)])

    def replace_all(self, changes: Iterable[tuple[Sequence[Line | Component], Sequence[Line | Component]]]) -> None:
        """Many replacements in linear time; raises ValueError when an item to replace is not of this component."""
        there = {id(item) for item in self.items}
        pairs = {(id(one), id(two)) for one, two in pairwise(self.items)}
        self.items = framed.replaced(self.items, changes, "component")
        for item in self.items:
            if id(item) not in there:
                _settle(item, self.newline)
        self._separate(pairs)

    def insert(self, new: Sequence[Line | Component], after: Line | Component | None = None) -> None:
        """Puts items after one of the component's, or at the end."""
        self.replace([after] if after else [], [after, *new] if after else new)

    def _separate(self, pairs: set[tuple[int, int]]) -> None:
        """Items that were no neighbours must not be read as one: the last of a cut file, a soft break, a fold."""
        mark = self.newline[-1]
        if self.begin and self.items and not self.begin.endswith(mark):
            self.begin += self.newline
        for one, two in pairwise(self.items):
            if (id(one), id(two)) in pairs:
                continue
            last, first = _ended(one, self.newline), _first(two)
            if isinstance(first, Line) and first.raw[:1] in (" ", "\t"):
                first.raw = first.raw.lstrip(" \t")
            if last and last.raw[-8:].rstrip().endswith("=") and sum(1 for _ in lines(last.raw + _text(two))) == 1:
                last.raw += self.newline
        if self.end and self.items:
            _ended(self.items[-1], self.newline)

    def text(self) -> str:
        """As it stands in the file, without what surrounds it."""
        return f"{self.begin}{''.join(map(_text, self.items))}{self.end}"

    def alone(self) -> bytes:
        """The calendar as a file of its own, in UTF-8."""
        return encoded(self.text(), "utf-8")


def _text(item: Line | Component) -> str:
    return item.raw if isinstance(item, Line) else item.text()


def _ended(item: Line | Component, newline: str) -> Line | None:
    """Gives an item the end that it needs when something comes after it; the item if it is a line."""
    if isinstance(item, Line):
        item.raw += "" if item.raw.endswith(newline[-1]) else newline
        return item
    item.begin += "" if item.begin.endswith(newline[-1]) else newline
    if item.items:
        _ended(item.items[-1], newline)
    if not item.end.endswith(newline[-1]):
        item.end = f"{item.end or f'END:{item.name}'}{newline}"
    return None


def _first(item: Line | Component) -> Line | Component:
    while isinstance(item, Component) and not item.begin and item.items:
        item = item.items[0]
    return item


def _settle(item: Line | Component, newline: str) -> None:
    """Gives what was made the line ends of the file that it goes into."""
    if isinstance(item, Line):
        if item.is_made:
            item.raw = fold(unfolded(item), newline)
        return
    if item.newline == newline:
        return
    item.newline = newline
    item.begin, item.end = (f"{text.rstrip()}{newline}" if text else "" for text in (item.begin, item.end))
    for each in item.items:
        _settle(each, newline)


def new_component(name: str, items: Iterable[Line | Component] = ()) -> Component:
    """A component that is in no file yet."""
    return Component(name, list(items), f"BEGIN:{name}\r\n", f"END:{name}\r\n")


def calendars(data: bytes) -> list[Component]:
    """All calendars of a file. What has no END ends where a component begins that cannot be inside it."""
    text, encoding = decoded(data)
    return _Reader(text, encoding).read()


class _Reader:
    """The state of reading one file."""

    def __init__(self, text: str, encoding: str) -> None:
        self._text, self._encoding = text, encoding
        self._newline = newline_of(text)
        self._found: list[Component] = []
        self._outside: list[Line] = []
        self._stack: list[Component] = []

    def read(self) -> list[Component]:
        stack = self._stack
        for line in lines(self._text, self._encoding):
            name = line.name
            if name == "BEGIN":
                self._begin(line, line.value.strip().upper())
            elif name == "END":
                self._end(line, line.value.strip().upper())
            elif stack:
                stack[-1].items.append(line)
            else:
                self._outside.append(line)
        if self._found:
            self._found[-1].after = "".join(line.raw for line in self._outside)
        return self._found

    def _begin(self, line: Line, name: str) -> None:
        stack = self._stack
        if name == CALENDAR:
            stack.clear()
            bom = BOM if line.raw.startswith(BOM) else ""
            before = bom + "".join(each.raw for each in self._outside)
            self._outside = []
            begin = line.raw.removeprefix(bom)
            calendar = Component(name, [], begin, "", before, "", newline_of(begin), self._encoding)
            self._found.append(calendar)
            stack.append(calendar)
            return
        if not stack and name in _TOP:  # a file that lost its BEGIN:VCALENDAR
            self._adopt()
        if not stack or len(stack) >= MOST_DEEP or not is_name(name):
            line.is_broken = True
            (stack[-1].items if stack else self._outside).append(line)
            return
        for depth, each in enumerate(stack):
            if each.name in _NOT_INSIDE.get(name, ()):
                del stack[depth:]
                break
        component = Component(name, [], line.raw, "", newline=self._newline)
        stack[-1].items.append(component)
        stack.append(component)

    def _adopt(self) -> None:
        if self._found:  # after its END: still the same calendar's, whose END is then a broken line
            calendar = self._found[-1]
            if calendar.end:
                ended = Line(calendar.end, is_broken=True)
                calendar.items.append(ended)
                calendar.end = ""
            calendar.items += self._outside
        else:
            calendar = Component(CALENDAR, list(self._outside), newline=self._newline, encoding=self._encoding)
            self._found.append(calendar)
        self._outside = []
        self._stack.append(calendar)

    def _end(self, line: Line, name: str) -> None:
        stack = self._stack
        for depth in range(len(stack) - 1, -1, -1):
            if stack[depth].name == name:
                stack[depth].end = line.raw
                del stack[depth:]
                return
        line.is_broken = True
        (stack[-1].items if stack else self._outside).append(line)


def walk(component: Component) -> Iterator[Component]:
    """A component and all inside it, outer before inner."""
    yield component
    for item in component.items:
        if isinstance(item, Component):
            yield from walk(item)


def line(name: str, value: str, *params: tuple[str, list[str]]) -> Line:
    """A new line; the value is already escaped."""
    return make_line(name, value, list(params))
