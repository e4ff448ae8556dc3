"""CalendarEvent/parse (jmap-calendars-27 5.13): blobs seen as iCalendar files."""

from typing import Any

from jmapd.datatypes.jscalendar import shown
from jmapd.formats.icalendar import calendars
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.validate import is_property
from jmapd.methods.context import Context
from jmapd.methods.parse import Files, by_blob, parse_files
from jmapd.stores.base import BlobStore
from jmapd.wire import Arguments, Record

PARSE = "urn:ietf:params:jmap:calendars:parse"
NULL_PROPERTIES = ("id", "baseEventId", "calendarIds", "isDraft", "isOrigin", "blobId")
MADE = {**dict.fromkeys(NULL_PROPERTIES), "utcStart": shown.utc_start, "utcEnd": shown.utc_end}


def calendar_event_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    return parse_files(context, arguments, FILES)


def _shown(context: Context, octets: bytes, names: list[str] | None) -> list[Record] | None:
    found = [each for calendar in calendars(octets) for each in objects(calendar)]
    return [_event(context, each.record, names) for each in found if each.type == "Event"] or None


def _event(context: Context, event: Record, names: list[str] | None) -> Record:
    assert context.account is not None
    if names is None or "iCalendar" not in names:
        event = shown.without_icalendar({name: value for name, value in event.items() if name != "iCalendar"})
    if names is not None:
        made = {name: make and make(context, event, name) for name, make in MADE.items() if name in names}
        event = {name: event[name] for name in names if name in event} | made
    found: Record = _by_blob(event, context.account.blobs)
    return found


def _by_blob(value: Any, blobs: BlobStore) -> Any:
    """5.3: attachments are told by blobId."""
    if isinstance(value, list):
        return [_by_blob(each, blobs) for each in value]
    if not isinstance(value, dict):
        return value
    return by_blob({name: _by_blob(each, blobs) for name, each in value.items()}, blobs, "href", "contentType", "size")


FILES = Files("CalendarEvent", "events", b"BEGIN:VEVENT", lambda name: name in MADE or is_property(name), _shown)
