"""A host with calendars that other programs may change, too."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conftest import CORE, MAIL
from tests.sharing import Sharing

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


class Calendars(Sharing):
    """As Sharing, with calendars: each user's below calendars/<user>."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: dict[str, Any]) -> None:
        self.calendars = folder / "calendars"
        for user in ("alice", "bob", "carol", "team"):
            (self.calendars / user).mkdir(parents=True)
        paths = {"calendars": str(self.calendars / "{user}")} | sections.pop("paths", {})
        identities = {"domain": "example.org", "addresses": {"alice": ["ally@example.org"]}}
        sections = {"identities": identities} | sections
        super().__init__(folder, {} if shared is None else shared, paths=paths, **sections)

    def request(self, calls: list[Any], using: tuple[str, ...] = USING, **more: Any) -> list[Any]:
        return super().request(calls, using, **more)

    def call(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] = USING) -> Any:
        return super().call(method, arguments, using)

    def error(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] = USING) -> Any:
        return super().error(method, arguments, using)

    # -- files

    def write(self, name: str, text: str | bytes, calendar: str = "home", user: str = "alice") -> Path:
        """A file as other programs put it there: a temporary one, renamed."""
        folder = self.calendars / user / calendar
        folder.mkdir(exist_ok=True)
        draft = folder / f".{name}.tmp"
        draft.write_bytes(text.encode() if isinstance(text, str) else text)
        return draft.replace(folder / name)

    def files(self, user: str = "alice") -> dict[str, bytes]:
        """All events and tasks on disk."""
        root = self.calendars / user
        return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.ics"))}

    # -- calls

    def named(self) -> dict[str, dict[str, Any]]:
        """The Calendars by name."""
        return {each["name"]: each for each in self.call("Calendar/get", {"ids": None})["list"]}

    def calendar(self, name: str = "home") -> str:
        """The id of that Calendar, made when it is not there."""
        found = self.named().get(name)
        return str(found["id"] if found else self.created("Calendar", {"name": name})["id"])

    def events(self, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        wanted = None if ids is None else list(ids)
        return list(self.call("CalendarEvent/get", {"ids": wanted, **arguments})["list"])

    def event(self, id: str, **arguments: Any) -> dict[str, Any]:
        (found,) = self.events([id], **arguments)
        return found

    def created(self, type: str, record: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """What the response says of a record that could be created."""
        answer = self.call(f"{type}/set", {"create": {"new": record}, **arguments})
        assert answer["notCreated"] is None, answer
        return dict(answer["created"]["new"])

    def refused(self, type: str, record: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """The SetError of a record that could not."""
        answer = self.call(f"{type}/set", {"create": {"new": record}, **arguments})
        assert answer["created"] is None, answer
        return dict(answer["notCreated"]["new"])

    def draft(self, title: str = "Lunch", **more: Any) -> dict[str, Any]:
        """An event in "home" that is not there yet."""
        times = {"start": "2026-01-05T09:00:00", "timeZone": "Europe/Berlin", "duration": "PT1H"}
        return {"@type": "Event", "calendarIds": {self.calendar(): True}, "title": title, **times, **more}

    def new(self, title: str = "Lunch", **more: Any) -> str:
        """Creates an event in "home"; its id."""
        return str(self.created("CalendarEvent", self.draft(title, **more))["id"])

    def updated(self, id: str, patch: dict[str, Any], type: str = "CalendarEvent") -> dict[str, Any] | None:
        answer = self.call(f"{type}/set", {"update": {id: patch}})
        assert answer["notUpdated"] is None, answer
        changed: dict[str, Any] | None = answer["updated"][id]
        return changed

    def not_updated(self, id: str, patch: dict[str, Any], type: str = "CalendarEvent") -> dict[str, Any]:
        answer = self.call(f"{type}/set", {"update": {id: patch}})
        assert answer["updated"] is None, answer
        return dict(answer["notUpdated"][id])

    def destroyed(self, id: str, type: str = "CalendarEvent") -> None:
        answer = self.call(f"{type}/set", {"destroy": [id]})
        assert answer["destroyed"] == [id], answer

    def query(self, filter: dict[str, Any] | None = None, **arguments: Any) -> list[str]:
        return list(self.call("CalendarEvent/query", {"filter": filter, **arguments})["ids"])

    def occurrences(self, after: str, before: str, **arguments: Any) -> list[str]:
        """The ids of all occurrences in a time."""
        filter = {"after": after, "before": before} | arguments.pop("filter", {})
        return self.query(filter, expandRecurrences=True, **arguments)

    def upload(self, octets: bytes, type: str = "image/png") -> str:
        answer = self.client.post(
            f"/jmap/upload/{self.account}/", data=octets, auth=self.authorization, headers={"Content-Type": type}
        )
        assert answer.status_code in (200, 201)
        return str(answer.get_json()["blobId"])

    def download(self, blob_id: str) -> bytes | int:
        """The octets, or the status when there are none."""
        answer = self.client.get(f"/jmap/download/{self.account}/{blob_id}/x", auth=self.authorization)
        return answer.data if answer.status_code == 200 else answer.status_code
