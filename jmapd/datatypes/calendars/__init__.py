"""urn:ietf:params:jmap:calendars (draft-ietf-jmap-calendars-27)."""

from jmapd.datatypes.calendars.calendar import CALENDAR
from jmapd.datatypes.calendars.calendar_event import CALENDAR_EVENT
from jmapd.datatypes.calendars.calendar_event_notification import CALENDAR_EVENT_NOTIFICATION
from jmapd.datatypes.calendars.participant_identity import PARTICIPANT_IDENTITY
from jmapd.datatypes.calendars.principal_get_availability import PRINCIPAL_AVAILABILITY

DATATYPES = (CALENDAR, CALENDAR_EVENT, CALENDAR_EVENT_NOTIFICATION, PARTICIPANT_IDENTITY, PRINCIPAL_AVAILABILITY)
