"""Makes CalendarEventNotifications (jmap-calendars-27 7)."""

from jmapd.datatypes.jscalendar.notify import notify
from jmapd.stores.event_notifications import EventChange

__all__ = ["EventChange", "notify"]
