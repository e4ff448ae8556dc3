"""The format of .ics files for stores/vdir.py: iCalendar as CalendarEvents and Tasks (jmap-calendars 5, jmap-tasks 3).

A file has one VCALENDAR and one UID, as a rule: an event with the components that override occurrences is one item.
What is neither event nor task is kept, and not served. The index keeps no data: URIs, but the digest of their octets.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jmapd.formats import data_uri
from jmapd.formats.content_lines import Line, encoded
from jmapd.formats.icalendar import Component, calendars, to_bytes, without
from jmapd.formats.jscalendar.from_icalendar import Converted, Part, converter, parts
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar
from jmapd.formats.jscalendar.validate import PER_USER
from jmapd.formats.media_type import media_type
from jmapd.stores import item_blobs
from jmapd.stores.vdir_format import INHERITED, FallbackUid, Item, Kind, NotHeld
from jmapd.wire import Id, Record

DIGEST = "_digest"  # in a Link of the index: SHA-256 of what its data: URI holds
APART = "\0"  # in a UID of the index: between the event's and the recurrenceId of an instance without its event
CONTENT = "object"
MAX_LATEST = 20_000
# what has no Links in it: most events have nothing else
_PLAIN = frozenset(
    ("@type", "uid", "version", "prodId", "created", "updated", "sequence", "title", "description")
    + ("descriptionContentType", "showWithoutTime", "start", "duration", "timeZone", "endTimeZone", "status", "due")
    + (
        "keywords",
        "categories",
        "color",
        "locale",
        "recurrenceRule",
        "recurrenceId",
        "recurrenceIdTimeZone",
        "priority",
    )
    + ("freeBusyStatus", "privacy", "organizerCalendarAddress", "alerts", "progress", "percentComplete", "relatedTo")
)
_TYPES = {"Event": 0, "Task": 1}
_SERVED = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")


def _calendar_rights(may_write: bool, may_remove: bool) -> Record:
    """jmap-calendars 4."""
    writing = ("mayWriteAll", "mayWriteOwn", "mayUpdatePrivate", "mayRSVP")
    reading = {"mayReadFreeBusy": True, "mayReadItems": True}
    return {**reading, **dict.fromkeys(writing, may_write), "mayShare": False, "mayDelete": may_remove}


def _task_list_rights(may_write: bool, may_remove: bool) -> Record:
    """jmap-tasks 2."""
    writing = ("mayWriteAll", "mayWriteOwn", "mayUpdatePrivate", "mayRSVP")
    return {"mayReadItems": True, **dict.fromkeys(writing, may_write), "mayAdmin": False, "mayDelete": may_remove}


_ALERTS = {"defaultAlertsWithTime": None, "defaultAlertsWithoutTime": None}
_OWN = {"isSubscribed": False, "name": INHERITED, "color": INHERITED, "timeZone": INHERITED, "sortOrder": 0, **_ALERTS}

EVENT = Kind(
    item_type="CalendarEvent",
    prefix="E",
    things="events",
    content=CONTENT,
    book_type="Calendar",
    first_book="Personal",
    books="calendarIds",
    rights=_calendar_rights,
    guest_type="_calendar_guest",
    component="VEVENT",
    more={"color": None, "isVisible": True, "includeInAvailability": "all", "timeZone": None, **_ALERTS},
    own=_OWN | {"isVisible": True, "includeInAvailability": "none"},
    private=PER_USER,
    private_type="_event_guest",
)
TASK = Kind(
    item_type="Task",
    prefix="K",
    things="tasks",
    content=CONTENT,
    book_type="TaskList",
    first_book="Personal",
    books="taskListId",
    rights=_task_list_rights,
    guest_type="_task_list_guest",
    component="VTODO",
    is_single=True,
    more={
        "color": None,
        "role": None,
        "keywordColors": None,
        "categoryColors": None,
        "timeZone": None,
        "workflowStatuses": ["completed", "failed", "in-process", "needs-action", "cancelled", "pending"],
        **_ALERTS,
    },
    own=_OWN,
    private=PER_USER,
    private_type="_task_guest",
)


@dataclass
class ICalendars:
    """See stores/vdir_format.py."""

    suffix: str = ".ics"
    part: str = "calendars"
    of: str = "Calendar"
    file_type: str = "_ics"
    radicale_tag: str = "VCALENDAR"
    radicale_description: str = "C:calendar-description"
    xandikos_type: str = "calendar"
    kinds: tuple[Kind, ...] = (EVENT, TASK)
    # what was in the file with several that was read last: many changes in one call read it again and again
    _latest: dict[str, Item] = field(default_factory=dict, init=False, repr=False, compare=False)

    def read(self, data: bytes, fallback_uid: FallbackUid) -> list[Item]:
        """The events and tasks of a file."""
        found = [(converter(calendar), list(_etags(calendar))) for calendar in calendars(data)]
        if sum(len(here) for _, here in found) == 1:
            return [_item(convert(part), etag, fallback_uid("")) for convert, here in found for part, etag in here]
        items: list[Item] = []
        seen: dict[str, int] = {}  # how often the same was there before
        before, latest = self._latest, dict[str, Item]()
        for convert, part, etag in ((convert, *each) for convert, here in found for each in here):
            again = seen[etag] = seen.get(etag, -1) + 1
            item = before.get(etag) or latest.get(etag)
            if item is None:
                item = _item(convert(part), etag, fallback_uid(f"{etag}{again}"))
            if _has_uid(part):
                latest[etag] = item
            items.append(item)
        self._latest = latest if len(latest) <= MAX_LATEST else {}
        return items

    def uid(self, record: Record) -> str:
        """Of the Item."""
        return _key(record["uid"], record)

    def made(self, record: Record) -> bytes:
        """A file with one new event or task. Raises NotHeld."""
        whole = with_data(record, {})
        return to_bytes([_held(lambda: to_icalendar(whole))])

    def replaced(self, data: bytes, number: int, record: Record, before: Record) -> bytes:
        """The file with one of them patched, where `record` differs from `before`. Raises NotHeld."""
        found, place, part = _found(data, number)
        old = converter(found[place])(part)
        names = old.record.keys() | record.keys()
        same = {name for name in names if name != "uid" and record.get(name) == before.get(name)}
        known = {digest: link["href"] for link, digest, _ in _embedded(old.record)}
        whole = with_data({name: value for name, value in record.items() if name not in same}, known)
        whole |= {name: old.record[name] for name in same if name in old.record}
        found[place] = _held(lambda: patched(found[place], old, whole))
        return to_bytes(found)

    def removed(self, data: bytes, number: int) -> bytes:
        """The file without that one; b"" when nothing is left that anybody could miss."""
        found, place, part = _found(data, number)
        calendar = found[place]
        calendar.replace(part.components, [])
        if not calendar.inside(*_SERVED):
            found = without(found, calendar)
        return to_bytes(found) if any(each.components for each in found) else b""

    def source(self, data: bytes, number: int) -> bytes:
        """That one alone."""
        try:
            found, place, part = _found(data, number)
        except IndexError:
            return b""
        return encoded("".join(_source(found[place], part)), "utf-8")

    def with_uid(self, data: bytes, number: int, uid: str) -> bytes:
        """The file in which that one has a UID."""
        found, place, part = _found(data, number)
        if _has_uid(part):
            return data
        old = converter(found[place])(part)
        found[place] = patched(found[place], old, old.record | {"uid": uid.partition(APART)[0]})
        return to_bytes(found)

    def shown(self, id: Id, record: Record) -> Record:
        """Links with blobIds that lead to the event (jmap-calendars 5.3)."""
        content: Record = record[CONTENT]
        if _PLAIN.issuperset(content):
            return content
        shown: Record = _each_link(content, lambda link: _with_blob_id(id, link))
        return shown

    def media(self, data: bytes, number: int, digest: str) -> tuple[bytes, str] | None:
        """What is embedded in it."""
        try:
            found, place, part = _found(data, number)
        except IndexError:
            return None
        embedded = _embedded(converter(found[place])(part).record)
        return next(((octets, _type_of(link, octets)) for link, each, octets in embedded if each == digest), None)


def _found(data: bytes, number: int) -> tuple[list[Component], int, Part]:
    """(all calendars of a file, place of the one that the item is in, the item). Raises IndexError."""
    found = calendars(data)
    for place, calendar in enumerate(found):
        here = parts(calendar)
        if number < len(here):
            return found, place, here[number]
        number -= len(here)
    raise IndexError(number)


def _etags(calendar: Component) -> Iterator[tuple[Part, str]]:
    """Each with the SHA-256 of what source() answers, in linear time."""
    every = parts(calendar)
    if len(every) == 1:
        yield every[0], hashlib.sha256(encoded("".join(_source(calendar, every[0])), "utf-8")).hexdigest()
        return
    frame = hashlib.sha256(encoded(_frame(calendar), "utf-8"))
    for part in every:
        alone = frame.copy()
        alone.update(encoded(_inside(calendar, part), "utf-8"))
        yield part, alone.hexdigest()


def _source(calendar: Component, part: Part) -> Iterator[str]:
    """The calendar with nothing but this one and the time zones."""
    ours = {id(component) for component in part.components}
    if all(id(item) in ours or item.name not in _SERVED for item in calendar.components):
        yield calendar.text()
    else:
        yield _frame(calendar)
        yield _inside(calendar, part)


def _frame(calendar: Component) -> str:
    rest = (item for item in calendar.items if isinstance(item, Line) or item.name not in _SERVED)
    return calendar.begin + "".join(item.raw if isinstance(item, Line) else item.text() for item in rest)


def _inside(calendar: Component, part: Part) -> str:
    return "".join(component.text() for component in part.components) + calendar.end


def _has_uid(part: Part | Converted) -> bool:
    return any(line.value.strip() for component in part.components for line in component.named("UID"))


def _key(uid: str, record: Record) -> str:
    instance = record.get("recurrenceId")
    return f"{uid}{APART}{instance}" if isinstance(instance, str) else uid


def _item(found: Converted, etag: str, fallback_uid: str) -> Item:
    record = found.record
    uid = record["uid"] if _has_uid(found) else fallback_uid
    record["uid"] = uid
    record.pop("method", None)  # jmap-calendars 5: of scheduling messages only; files of subscriptions have one, too
    for link, digest, octets in list(_embedded(record)):
        link["contentType"] = _type_of(link, octets)
        link.setdefault("size", len(octets))
        link[DIGEST] = digest
        del link["href"]
    is_broken = any(component.is_broken for component in found.components)
    return Item(_key(uid, record), record, etag, is_broken, _TYPES[found.type])


def _embedded(value: Any) -> Iterator[tuple[Record, str, bytes]]:
    """(Link, digest, octets) of those with a data: URI, wherever they stand."""
    for link in _links(value):
        uri = link["href"]
        if uri[:5].lower() == "data:" and (found := data_uri.parse(uri)) is not None:
            yield link, hashlib.sha256(found.octets).hexdigest(), found.octets


def _links(value: Any) -> Iterator[Record]:
    if isinstance(value, dict):
        if isinstance(value.get("href"), str):
            yield value
        for each in value.values():
            yield from _links(each)
    elif isinstance(value, list):
        for each in value:
            yield from _links(each)


def _each_link(value: Any, change: Callable[[Record], Record]) -> Any:
    """The same with other Links; what has none is not copied."""
    if isinstance(value, dict):
        if DIGEST in value or "blobId" in value:
            return change(value)
        changed = {key: new for key, each in value.items() if (new := _each_link(each, change)) is not each}
        return value | changed if changed else value
    if isinstance(value, list):
        items = [_each_link(each, change) for each in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _type_of(link: Record, octets: bytes) -> str:
    given = link.get("contentType")
    if isinstance(given, str) and given:
        return given
    found = data_uri.parse(link.get("href", ""))
    return (found.media_type if found else "") or media_type(octets) or "application/octet-stream"


def _with_blob_id(id: Id, link: Record) -> Record:
    if DIGEST not in link:
        return link
    rest = {key: value for key, value in link.items() if key != DIGEST}
    return rest | {"blobId": item_blobs.embedded(id, link[DIGEST])}


def with_data(record: Record, known: dict[str, str]) -> Record:
    """The object with the data: URIs, by digest, that its Links' blobIds stand for. Raises NotHeld."""

    def href(link: Record) -> Record:
        if "href" in link or "blobId" not in link:
            return link
        uri = known.get(str(link["blobId"]).rpartition("_")[2])
        if uri is None:
            raise NotHeld("links", "there is no such blob in this event")
        return {name: value for name, value in link.items() if name != "blobId"} | {"href": uri}

    whole: Record = _each_link(record, href)
    return whole


def _held(make: Callable[[], Component]) -> Component:
    try:
        return make()
    except ValueError as error:
        raise NotHeld("iCalendar", str(error)) from error
