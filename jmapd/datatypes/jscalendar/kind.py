"""What differs between CalendarEvent (jmap-calendars-27 5) and Task (tasks-06), as data."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from jmapd.methods.context import Context
from jmapd.stores.event_notifications import About
from jmapd.wire import Id, Record

MAX_PARTICIPANTS = 1000
MAX_DAYS = 400  # that a client may have expanded at once
MAX_DURATION = f"P{MAX_DAYS}D"

Change = tuple[Record | None, Record | None]  # (before, after); None: there is no such record


@dataclass(frozen=True)
class Kind:
    """One of the two."""

    name: str  # "CalendarEvent"
    object_type: str  # "Event"
    books: str  # "calendarIds": the property that says where it is
    book_type: str  # "Calendar"
    base: str  # "baseEventId"
    utc_end: str  # "utcEnd"
    end: str  # "duration": what utc_end is kept as
    own: frozenset[str]  # what JMAP adds to the JSCalendar object
    about: About  # what the others who see the account are told of
    check_scheduling: Callable[[Context, Change], None] | None = (
        None  # whether what must be sent can be; raises SetError
    )
    schedule: Callable[[Context, Change], None] | None = None  # sends it, after all is written
    check: Callable[[Context, Record | None, Record], None] | None = None  # what else a new or changed one must be

    def ids(self, record: Record) -> list[Id]:
        """The Calendars or the TaskList it is in."""
        found: Any = record.get(self.books)
        if isinstance(found, str):
            return [found]
        return list(found) if isinstance(found, dict) else []


def every_id(kind: Kind, records: Iterable[Record | None]) -> list[Id]:
    """Each once."""
    return list(dict.fromkeys(id for record in records if record is not None for id in kind.ids(record)))
