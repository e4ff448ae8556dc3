"""What of CalendarEvent (jmap-calendars-27 5) differs from Task."""

from jmapd.datatypes.calendars import scheduling
from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.stores.event_notifications import EVENTS

KIND = Kind(
    name="CalendarEvent",
    object_type="Event",
    books="calendarIds",
    book_type="Calendar",
    base="baseEventId",
    utc_end="utcEnd",
    end="duration",
    own=frozenset(("id", "baseEventId", "calendarIds", "isDraft", "isOrigin", "utcStart", "utcEnd", "blobId")),
    about=EVENTS,
    check_scheduling=scheduling.check,
    schedule=scheduling.schedule,
)
