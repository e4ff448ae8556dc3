"""CalendarEventNotification (jmap-calendars-27 7); notify.py makes them."""

from jmapd.datatypes.calendars.calendars_capability import CALENDARS
from jmapd.datatypes.jscalendar.notifications import notifications
from jmapd.stores.event_notifications import EVENTS

CALENDAR_EVENT_NOTIFICATION = notifications(
    EVENTS,
    "Event",
    CALENDARS,
    rfc="draft-ietf-jmap-calendars-27 7",
    sections={
        "get": "draft-ietf-jmap-calendars-27 7.1",
        "changes": "draft-ietf-jmap-calendars-27 7.2",
        "set": "draft-ietf-jmap-calendars-27 7.3",
        "query": "draft-ietf-jmap-calendars-27 7.4",
        "queryChanges": "draft-ietf-jmap-calendars-27 7.5",
    },
)
