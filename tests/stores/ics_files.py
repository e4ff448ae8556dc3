"""Folders of .ics files that other programs change too, and the account over them; what the tests here share."""

from pathlib import Path
from typing import Any

from jmapd.stores.icalendars import ICalendars
from jmapd.stores.vdir import BookStore, ItemStore
from jmapd.wire import Id, Record
from tests.stores.item_files import ItemFiles

NEW = {"description": None, "sortOrder": 0, "isSubscribed": True, "color": None}


def component(kind: str, uid: str, title: str = "Meeting", *lines: str) -> str:
    """A VEVENT (VTODO, VJOURNAL) as another program writes it."""
    told = [f"UID:{uid}"] if uid else []
    start = [] if any(line.startswith("DTSTART") for line in lines) else ["DTSTART:20260105T090000Z"]
    body = [f"BEGIN:{kind}", *told, "DTSTAMP:20260101T000000Z", *start, f"SUMMARY:{title}", *lines, f"END:{kind}"]
    return "".join(f"{line}\r\n" for line in body)


def calendar(*components: str) -> str:
    """A file."""
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"
    return head + "".join(components) + "END:VCALENDAR\r\n"


def vevent(uid: str, title: str = "Meeting", *lines: str) -> str:
    return calendar(component("VEVENT", uid, title, *lines))


def vtodo(uid: str, title: str = "Shopping", *lines: str) -> str:
    return calendar(component("VTODO", uid, title, *lines))


class Calendars(ItemFiles):
    """alice's calendars: what other programs do to the files, and what the account shows."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "calendars", ICalendars)

    def store(self, type: str, guest: Id | None = None) -> Any:
        """In a session."""
        store = self.account.store(type)
        assert isinstance(store, BookStore | ItemStore)
        return store if guest is None else store.of(guest)

    def all(self, type: str, guest: Id | None = None) -> dict[str, Record]:
        """{name or title: record}"""
        with self.account.session():
            found = list(self.store(type, guest).scan())
        return {record.get("name") or record.get("title", ""): record for record in found}

    def kinds(self) -> dict[str, list[str]]:
        """{name: which types it is of}"""
        found: dict[str, list[str]] = {}
        for type in ("Calendar", "TaskList"):
            for name in self.all(type):
                found.setdefault(name, []).append(type)
        return found

    def id(self, name: str, type: str = "Calendar") -> Id:
        found: Id = self.all(type)[name]["id"]
        return found

    def state(self, type: str) -> str:
        with self.account.session():
            return self.account.store(type).state()

    def create(self, type: str, guest: Id | None = None, **record: Any) -> Record:
        """What the transaction answers."""
        with self.account.session(), self.account.lock(), self.store(type, guest).transaction() as tx:
            made: Record = tx.create(record)
            return made

    def update(self, type: str, id: Id, guest: Id | None = None, **changed: Any) -> Record | None:
        """What the transaction answers; None removes a property of an event or task."""
        with self.account.session(), self.account.lock(), self.store(type, guest).transaction() as tx:
            after = tx.get(id) | changed
            if type in ("CalendarEvent", "Task"):
                after = {name: value for name, value in after.items() if value is not None}
            answer: Record | None = tx.update(id, after, set(changed))
            return answer

    def destroy(self, type: str, id: Id, guest: Id | None = None) -> None:
        with self.account.session(), self.account.lock(), self.store(type, guest).transaction() as tx:
            tx.destroy(id)

    def event(self, uid: str, *calendars: Id, guest: Id | None = None, **more: Any) -> Record:
        """Creates one."""
        record = {"@type": "Event", "uid": uid, "title": "Meeting", "start": "2026-01-05T09:00:00", **more}
        return self.create("CalendarEvent", guest, calendarIds=dict.fromkeys(calendars, True), **record)
