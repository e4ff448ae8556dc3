"""CalendarEvent/parse (jmap-calendars-27 5.13): blobs seen as iCalendar files."""

from typing import Any

from jmapd.datatypes.jscalendar import shown
from jmapd.formats import data_uri
from jmapd.formats.icalendar import calendars
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.validate import is_property
from jmapd.formats.media_type import media_type
from jmapd.methods import parse
from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context
from jmapd.stores.base import BlobStore, OverQuota, ReadOnly, RecordNotFound, StoredBlob
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidArguments, RequestTooLarge
from jmapd.wire.ids import is_id

PARSE = "urn:ietf:params:jmap:calendars:parse"
MAX_BLOB = 32 << 20  # octets; what is larger is not parsable
MAX_READ = 256 << 20  # octets of all blobs of one request
NULL_PROPERTIES = ("id", "baseEventId", "calendarIds", "isDraft", "isOrigin", "blobId")
MADE = {**dict.fromkeys(NULL_PROPERTIES), "utcStart": shown.utc_start, "utcEnd": shown.utc_end}
ARGUMENTS: Table = {**parse.ARGUMENTS, "properties": ("String[]|null", None)}


def calendar_event_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    assert context.account is not None
    args = check_arguments(ARGUMENTS, arguments, context.strict)
    names = args["properties"]
    wrong = next((each for each in names or () if each not in MADE and not is_property(each)), None)
    if wrong is not None:
        raise InvalidArguments(f"properties: CalendarEvent has no {wrong[:80]!r}")
    blobs, room = context.account.blobs, context.limits.max_objects_in_get

    def read(blob_id: Id) -> Any:
        nonlocal room
        octets = _read(context, blobs.find(blob_id) if is_id(blob_id) else None)
        room -= max(octets.upper().count(b"BEGIN:VEVENT"), 1)
        if room < 0:
            raise RequestTooLarge(f"more than maxObjectsInGet ({context.limits.max_objects_in_get}) events")
        found = [each for calendar in calendars(octets) for each in objects(calendar)]
        return [_shown(context, each.record, names) for each in found if each.type == "Event"] or None

    return parse.foo_parse(context, args["blobIds"], read)


def _read(context: Context, blob: StoredBlob | None) -> bytes:
    """Nothing of what is too large. Raises RecordNotFound."""
    if blob is None:
        raise RecordNotFound
    if blob.size > MAX_BLOB:
        return b""
    context.spent["calendars"] = context.spent.get("calendars", 0) + blob.size
    if context.spent["calendars"] > MAX_READ:
        raise RequestTooLarge(f"the blobs of a request may have {MAX_READ} octets together")
    return b"".join(blob.read())


def _shown(context: Context, event: Record, names: list[str] | None) -> Record:
    assert context.account is not None
    if names is None or "iCalendar" not in names:
        event = shown.without_icalendar({name: value for name, value in event.items() if name != "iCalendar"})
    if names is not None:
        made = {name: make and make(context, event, name) for name, make in MADE.items() if name in names}
        event = {name: event[name] for name in names if name in event} | made
    found: Record = _by_blob(event, context.account.blobs)
    return found


def _by_blob(value: Any, blobs: BlobStore) -> Any:
    """5.3: attachments are told by blobId; they become uploads, so that the event can be created as it is."""
    if isinstance(value, list):
        return [_by_blob(each, blobs) for each in value]
    if not isinstance(value, dict):
        return value
    out = {name: _by_blob(each, blobs) for name, each in value.items()}
    found = data_uri.parse(out["href"]) if data_uri.is_data_uri(out.get("href")) else None
    if found is None:
        return out
    try:
        blob_id, _ = blobs.put([found.octets], len(found.octets))
    except (ReadOnly, OverQuota):
        return out
    type = out.get("contentType") or found.media_type or media_type(found.octets) or "application/octet-stream"
    rest = {name: each for name, each in out.items() if name != "href"}
    return rest | {"blobId": blob_id, "contentType": type, "size": len(found.octets)}
