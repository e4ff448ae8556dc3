"""CalendarEvent/query (jmap-calendars-27 5.11): filters and sorts looked up in the index, and single occurrences."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol, cast, overload

import numpy as np
from pyroaring import BitMap

from jmapd.datatypes.jscalendar.kind import MAX_DAYS, Kind
from jmapd.datatypes.jscalendar.people import is_owner_of
from jmapd.datatypes.jscalendar.shown import UTC_ZONE, check_zone, seen_people
from jmapd.datatypes.jscalendar.synthetic import occurrence, parsed, synthetic
from jmapd.formats.jscalendar import zones
from jmapd.formats.jscalendar.texts import texts
from jmapd.index.search_terms import fold, terms
from jmapd.index.spans import NO_RECURRENCE, recurrence_number, recurrence_text
from jmapd.methods import sorts
from jmapd.methods.context import Context
from jmapd.methods.spec import Array, DataType, Filter, Sort
from jmapd.stores.base import Table
from jmapd.stores.large import Occurrences
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import CannotCalculateOccurrences, ExpandDurationTooLarge, InvalidArguments

ARGUMENTS: dict[str, tuple[str, Any]] = {"expandRecurrences": ("Boolean", False), "timeZone": ("String", UTC_ZONE)}
# filter -> the properties it looks into; all may be overridden (5.11.1)
TEXTS: Mapping[str, tuple[str, ...]] = {
    "text": ("*",),
    "title": ("title", "recurrenceOverrides"),
    "description": ("description", "recurrenceOverrides"),
    "location": ("locations", "recurrenceOverrides"),
    "owner": ("participants", "recurrenceOverrides"),
    "attendee": ("participants", "recurrenceOverrides"),
}
TIMES = ("start", "duration", "due", "timeZone", "recurrenceRule", "recurrenceOverrides")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "start": ("start", "timeZone"),
    "uid": ("uid",),
    "recurrenceId": ("recurrenceId",),
    "created": ("created",),
    "updated": ("updated",),
}


class Events(Protocol):
    """What the store finds without reading an event. Row numbers are those of its table()."""

    def with_text(self, name: str, text: str) -> BitMap: ...
    def with_key(self, name: str, value: str) -> BitMap: ...
    def overlapping(self, after: str | None, before: str | None, zone: str) -> BitMap: ...
    def occurrences(self, after: str, before: str, zone: str, among: BitMap) -> Occurrences: ...
    def sort_column(self, name: str, rows: Array) -> Array: ...
    def table(self) -> Table: ...


def with_text(kind: Kind, name: str) -> Filter:
    """A filter on texts; what the user does not see of an event is not looked into (5.7)."""

    def rows(context: Context, value: Any) -> BitMap:
        events = _events(context, kind)
        found = events.with_text(name, value)
        assert context.account is not None
        if not is_owner_of(context, context.account):
            found = found - events.with_key("privacy", "private")
        if "participants" not in TEXTS[name] and name != "text":
            return found
        hidden, wanted = found & events.with_key("hides", "attendees"), {name: terms(value, is_open=True)}
        return found - BitMap(
            row for row in hidden if not _has_texts(seen_people(context, events.table().record(row)), wanted)
        )

    return Filter("String", rows=rows, reads=TEXTS[name])


def with_key(kind: Kind, key: str, type: str, *reads: str) -> Filter:
    return Filter(type, rows=lambda context, value: _events(context, kind).with_key(key, value), reads=reads)


def with_time(kind: Kind, is_after: bool) -> Filter:
    def rows(context: Context, value: Any) -> BitMap:
        after, before = (value, None) if is_after else (None, value)
        zone = _zone(context)
        return _events(context, kind).overlapping(after and local(after, zone), before and local(before, zone), zone)

    return Filter("String", rows=rows, reads=TIMES)


def column(kind: Kind, name: str, reads: tuple[str, ...]) -> Sort:
    return Sort(keys=lambda context, rows, _: _events(context, kind).sort_column(name, rows), reads=reads)


def with_any_book(kind: Kind) -> Filter:
    """inCalendars, as some clients have it."""

    def rows(context: Context, value: Any) -> BitMap:
        return BitMap().union(*(_events(context, kind).with_key("book", id) for id in value))

    return Filter("Id[]", rows=rows, reads=(kind.books,))


def is_expanding(args: Arguments) -> bool:
    """Whether the list is one of occurrences, whose changes are not calculated."""
    return bool(args["expandRecurrences"])


def expanded(kind: Kind, context: Context, among: BitMap, args: Arguments) -> Sequence[Id]:
    """Hook expand: the occurrences of these events that match, in order.

    Raises InvalidArguments, ExpandDurationTooLarge, CannotCalculateOccurrences.
    """
    condition, zone = _condition(args["filter"]), _zone(context)
    after, before = local(condition["after"], zone), local(condition["before"], zone)
    if datetime.fromisoformat(before) - datetime.fromisoformat(after) > timedelta(days=MAX_DAYS):
        raise ExpandDurationTooLarge(f"after and before may be {MAX_DAYS} days apart")
    events = _events(context, kind)
    table, found = events.table(), events.occurrences(after, before, zone, among)
    if found.unknown:
        told = ", ".join(table.ids(found.unknown)[:10])
        raise CannotCalculateOccurrences(f"the recurrences of these are not known: {told}")
    places = _matching(context, kind, condition, table, found)
    places = _sorted(context, kind, context.datatypes[kind.name], args["sort"], found, places)
    return _Ids(table, found.rows[places], found.recurrences[places])


class _Ids(Sequence[Id]):
    """The ids of occurrences, of which only those are made that are asked for."""

    def __init__(self, table: Table, rows: Array, recurrences: Array) -> None:
        self._table, self._rows, self._recurrences = table, rows, recurrences

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Id: ...
    @overload
    def __getitem__(self, at: slice) -> list[Id]: ...
    def __getitem__(self, at: int | slice) -> Id | list[Id]:
        chosen = at if isinstance(at, slice) else slice(at, at + 1 or None)
        rows = self._rows[chosen].tolist()
        distinct = list(dict.fromkeys(rows))
        named = dict(zip(distinct, self._table.ids(distinct), strict=True))
        recurrences = self._recurrences[chosen].tolist()
        found = [named[row] + _suffix(number) for row, number in zip(rows, recurrences, strict=True)]
        return found if isinstance(at, slice) else found[0]

    def __contains__(self, id: object) -> bool:
        return isinstance(id, str) and len(self._places(id)) > 0

    def index(self, id: Id, start: int = 0, stop: int = 0) -> int:
        return int(self._places(id)[0])

    def _places(self, id: Id) -> Array:
        base, recurrence = parsed(id) or (id, None)
        try:
            row, number = self._table.row(base), recurrence_number(recurrence)
        except ValueError:
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero((self._rows == (-1 if row is None else row)) & (self._recurrences == number))


@lru_cache(maxsize=16384)
def _suffix(recurrence: int) -> str:
    """What follows the id of the event: many occurrences begin at the same time of a day."""
    text = recurrence_text(recurrence)
    return "" if text is None else synthetic("", text)


def _condition(filter: Any) -> Record:
    """Raises InvalidArguments."""
    if not isinstance(filter, dict) or "operator" in filter or not {"after", "before"} <= filter.keys():
        raise InvalidArguments("'filter': to expand recurrences it must be a FilterCondition with after and before")
    return filter


def _matching(context: Context, kind: Kind, condition: Record, table: Table, found: Occurrences) -> Array:
    """All conditions must match the same occurrence (5.11.1): looked at where overrides change what is searched."""
    places = np.arange(len(found.rows))
    wanted = {name: terms(condition[name], is_open=True) for name in TEXTS if name in condition}
    if not wanted:
        return places
    varying = _events(context, kind).with_key("varies", "text")

    def is_match(place: int) -> bool:
        row, recurrence = int(found.rows[place]), int(found.recurrences[place])
        if row not in varying or recurrence == NO_RECURRENCE:
            return True
        record = occurrence(kind, table.record(row), recurrence_text(recurrence) or "")
        return record is not None and _has_texts(seen_people(context, record), wanted)

    return places[[is_match(place) for place in places.tolist()]] if len(places) else places


def _has_texts(record: Record, wanted: Mapping[str, Iterable[Any]]) -> bool:
    found = texts(record)
    folded = {name: [fold(text) for text in found[name]] for name in wanted}
    return all(any(term.occurs(text) for text in folded[name]) for name, each in wanted.items() for term in each)


def _sorted(context: Context, kind: Kind, datatype: DataType, sort: Any, found: Occurrences, places: Array) -> Array:
    """As they come, by start; else by what is asked for."""
    comparators = sorts.parse(context, datatype, sort)
    if not comparators or not len(places):
        return places
    of = {"start": found.starts, "recurrenceId": found.recurrences}
    keys = []
    for each in comparators:
        name = each.name
        values = of[name] if name in of else _events(context, kind).sort_column(name, found.rows)
        values = values[places]
        keys.append(values if each.is_ascending else -values if values.dtype.kind == "f" else ~values)
    return places[np.lexsort(keys[::-1])]


def _events(context: Context, kind: Kind) -> Events:
    return cast(Events, context.store(kind.name))


def _zone(context: Context) -> str:
    zone = str(context.arguments["timeZone"])
    check_zone(zone)
    return zone


def local(text: str, zone: str) -> str:
    """A LocalDateTime, without fractions; some clients send a UTCDate, or a day alone. Raises InvalidArguments."""
    try:
        found = datetime.fromisoformat(text).replace(microsecond=0)
        return zones.local(found, zone) if found.tzinfo else found.isoformat()
    except (ValueError, OverflowError) as error:
        raise InvalidArguments(f"'filter': not a LocalDateTime: {text[:40]!r}") from error
