"""A host with calendars that other programs may change, too."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conftest import CORE, MAIL
from tests.items_host import ItemsHost

CALENDARS = "urn:ietf:params:jmap:calendars"
PARSE = "urn:ietf:params:jmap:calendars:parse"
USING = (CORE, MAIL, CALENDARS)
WEEKLY = {"@type": "RecurrenceRule", "frequency": "weekly"}


def vevent(uid: str, *lines: str, start: str = "20260105T090000Z") -> str:
    """An event as another program would write it."""
    body = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", *lines, "END:VEVENT"]
    return "".join(line + "\r\n" for line in body)


def vcalendar(*components: str) -> str:
    """A file of such components."""
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n" + "".join(components) + "END:VCALENDAR\r\n"


def person(address: str, *roles: str, **more: Any) -> dict[str, Any]:
    """A Participant."""
    found = dict.fromkeys(roles or ("attendee",), True)
    return {"@type": "Participant", "calendarAddress": f"mailto:{address}", "roles": found} | more


class Calendars(ItemsHost):
    """As ItemsHost, with calendars."""

    using, part, suffix, first, item = USING, "calendars", ".ics", "home", "CalendarEvent"

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: dict[str, Any]) -> None:
        identities = {"domain": "example.org", "addresses": {"alice": ["ally@example.org"]}}
        super().__init__(folder, shared, **{"identities": identities, **sections})

    def named(self) -> dict[str, dict[str, Any]]:
        """The Calendars by name."""
        return self.by_name("Calendar")

    def calendar(self, name: str = "home") -> str:
        """The id of that Calendar, made when it is not there."""
        return self.id_of("Calendar", name)

    def events(self, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        return self.got("CalendarEvent", ids, **arguments)

    def event(self, id: str, **arguments: Any) -> dict[str, Any]:
        (found,) = self.events([id], **arguments)
        return found

    def draft(self, title: str = "Lunch", **more: Any) -> dict[str, Any]:
        """An event in "home" that is not there yet."""
        times = {"start": "2026-01-05T09:00:00", "timeZone": "Europe/Berlin", "duration": "PT1H"}
        return {"@type": "Event", "calendarIds": {self.calendar(): True}, "title": title, **times, **more}

    def new(self, title: str = "Lunch", **more: Any) -> str:
        """Creates an event in "home"; its id."""
        return str(self.created("CalendarEvent", self.draft(title, **more))["id"])

    def occurrences(self, after: str, before: str, **arguments: Any) -> list[str]:
        """The ids of all occurrences in a time."""
        filter = {"after": after, "before": before} | arguments.pop("filter", {})
        return self.query(filter, expandRecurrences=True, **arguments)
