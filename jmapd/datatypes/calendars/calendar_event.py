"""CalendarEvent (jmap-calendars-27 5): a JSCalendar Event with id, calendarIds and what else JMAP adds. Its properties
are checked by formats/jscalendar; which names there are is open (jscalendarbis-15 1.7.4).
"""

from collections.abc import Mapping
from functools import partial
from typing import Protocol, cast

from jmapd.datatypes.calendars.calendar_event_kind import KIND
from jmapd.datatypes.calendars.calendar_event_parse import PARSE, calendar_event_parse
from jmapd.datatypes.calendars.calendars_capability import CALENDARS
from jmapd.datatypes.jscalendar import query, shown
from jmapd.datatypes.jscalendar.hooks import ARGUMENTS, hooks
from jmapd.datatypes.jscalendar.people import is_origin
from jmapd.datatypes.jscalendar.view import View
from jmapd.formats.jscalendar.validate import is_property
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Method, Property, Sort
from jmapd.wire import Id, Record


class Events(Protocol):
    """What the store tells beside the records."""

    def whole(self, id: Id) -> Id | None:
        """The blobId of the event's own part of its file; None in another's account."""


def _blob_id(context: Context, record: Record, name: str) -> Id | None:
    return cast(Events, context.store(KIND.name)).whole(record.get(KIND.base) or record["id"])


PROPERTIES: Mapping[str, Property] = {
    "id": Property("Id", server_set=True, immutable=True),
    "baseEventId": Property("Id|null", server_set=True, immutable=True),
    "calendarIds": Property("Id[Boolean]", ref="Calendar"),
    "isDraft": Property("Boolean", default=False),
    "isOrigin": Property("Boolean", server_set=True, stored=False, computed=is_origin),
    "utcStart": Property("UTCDate", stored=False, computed=shown.utc_start, by_default=False),
    "utcEnd": Property("UTCDate", stored=False, computed=shown.utc_end, by_default=False),
    "uid": Property("String", immutable=True, optional=True),  # the id is made of it
    "iCalendar": Property("*", by_default=False, optional=True),
    # the iCalendar object as a blob: ours, so it is there only with what is about iCalendar, too
    "blobId": Property("Id|null", server_set=True, stored=False, computed=_blob_id, by_default=False, capability=PARSE),
    "*": Property("*", optional=True, dynamic=is_property),
}
FILTERS: Mapping[str, Filter] = {
    "inCalendar": query.with_key(KIND, "book", "Id", KIND.books),
    "inCalendars": query.with_any_book(KIND),
    "after": query.with_time(KIND, is_after=True),
    "before": query.with_time(KIND, is_after=False),
    **{name: query.with_text(KIND, name) for name in query.TEXTS},
    "uid": query.with_key(KIND, "uid", "String", "uid"),
}
SORTS: Mapping[str, Sort] = {name: query.column(KIND, name, reads) for name, reads in query.COLUMNS.items()}

CALENDAR_EVENT = DataType(
    KIND.name,
    CALENDARS,
    store=KIND.name,
    methods=("get", "changes", "set", "copy", "query", "queryChanges"),
    rfc="draft-ietf-jmap-calendars-27 5",
    sections={
        "get": "draft-ietf-jmap-calendars-27 5.7",
        "changes": "draft-ietf-jmap-calendars-27 5.8",
        "set": "draft-ietf-jmap-calendars-27 5.9",
        "copy": "draft-ietf-jmap-calendars-27 5.10",
        "query": "draft-ietf-jmap-calendars-27 5.11",
        "queryChanges": "draft-ietf-jmap-calendars-27 5.12",
    },
    properties=PROPERTIES,
    filters=FILTERS,
    sorts=SORTS,
    arguments=ARGUMENTS,
    hooks=hooks(KIND),
    extra_methods={
        "CalendarEvent/parse": Method(
            "CalendarEvent/parse",
            PARSE,
            calendar_event_parse,
            writes=False,
            rfc="draft-ietf-jmap-calendars-27 5.13",
            store=KIND.name,
        )
    },
    is_open=True,
    unique="uid",
    view=partial(View, kind=KIND),
    arranged=query.is_expanding,
)
