"""Calendars and tasks of a running server: requests of a client, and what other programs do to the files below them."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from .contacts import peer
from .dav import Dav, Radicale, Xandikos
from .jmap import Jmap, no_server_errors, verified
from .plain_user import OURSELVES, SystemUser
from .web import CORE, Gunicorn, gunicorn, program

CALENDARS = "urn:ietf:params:jmap:calendars"
TASKS = "urn:ietf:params:jmap:tasks"
DAY = {"@type": "Event", "start": "2026-03-02T10:00:00", "timeZone": "Europe/Berlin", "duration": "PT1H"}


class Client(Jmap):
    """As Jmap, with the methods of calendars and tasks."""

    using = (CORE, CALENDARS, TASKS)

    def books(self, type: str = "Calendar") -> dict[str, str]:
        """{name: id}"""
        return {book["name"]: book["id"] for book in self.call(f"{type}/get", ids=None)["list"]}

    def all(self, type: str = "CalendarEvent") -> dict[str, Any]:
        """{uid: CalendarEvent or Task}"""
        found = self.call(f"{type}/get", ids=None)["list"]
        assert len({each["uid"] for each in found}) == len(found)
        return {each["uid"]: each for each in found}

    def state(self, type: str = "CalendarEvent") -> str:
        return str(self.call(f"{type}/get", ids=[])["state"])

    def changed(self, since: str, type: str = "CalendarEvent") -> tuple[set[str], set[str], set[str]]:
        """The ids that were created, updated, destroyed."""
        answer = self.call(f"{type}/changes", sinceState=since)
        assert not answer["hasMoreChanges"]
        return set(answer["created"]), set(answer["updated"]), set(answer["destroyed"])

    def new(self, calendar: str, uid: str, title: str, **more: Any) -> str:
        """Creates an event in the calendar of that name; its id."""
        record = {**DAY, "calendarIds": {self.books()[calendar]: True}, "uid": uid, "title": title, **more}
        return str(self.created("CalendarEvent/set", record)["id"])

    def new_task(self, name: str, uid: str, title: str, **more: Any) -> str:
        """Creates a task in the list of that name; its id."""
        record = {"@type": "Task", "taskListId": self.books("TaskList")[name], "uid": uid, "title": title, **more}
        return str(self.created("Task/set", record)["id"])

    def patch(self, id: str, type: str = "CalendarEvent", **patch: Any) -> None:
        """Must not be refused."""
        answer = self.call(f"{type}/set", update={id: patch})
        assert id in (answer["updated"] or {}), answer

    def destroy(self, *ids: str, type: str = "CalendarEvent") -> None:
        """Must not be refused."""
        answer = self.call(f"{type}/set", destroy=list(ids))
        assert sorted(answer["destroyed"] or []) == sorted(ids), answer

    def found(self, **condition: Any) -> list[str]:
        """The ids of events."""
        return list(self.call("CalendarEvent/query", filter=condition)["ids"])


@contextmanager
def calendar_server(folder: Path, root: Path, user: SystemUser = OURSELVES) -> Iterator[Gunicorn]:
    """Serves the collections below `root` as alice's; in the end index and files agree."""
    with gunicorn(folder, f"[accounts]\ncalendars = {{ alice = '{root}' }}\n", user) as server:
        yield server
        verified(server)
        no_server_errors(server)


def component(kind: str, uid: str, title: str, *lines: str) -> str:
    """A file with one event or task, as another program may have written it."""
    body = [f"BEGIN:{kind}", f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"SUMMARY:{title}", *lines, f"END:{kind}"]
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *body, "END:VCALENDAR"]
    return "".join(f"{line}\r\n" for line in whole)


def vevent(uid: str, title: str, *lines: str) -> str:
    start = [] if any(line.startswith("DTSTART") for line in lines) else ["DTSTART:20260302T090000Z", "DURATION:PT1H"]
    return component("VEVENT", uid, title, *start, *lines)


def vtodo(uid: str, title: str, *lines: str) -> str:
    return component("VTODO", uid, title, *lines)


def emptied(root: Path) -> Path:
    """With two calendars and nothing in them, whatever a test before has left there."""
    root.mkdir(exist_ok=True)
    for path in root.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in ("home", "work"):
        (root / name).mkdir()
    return root


def files(root: Path) -> dict[str, bytes]:
    """All events and tasks on disk, by path."""
    found = [path.relative_to(root) for path in sorted(root.rglob("*.ics"))]
    return {str(path): (root / path).read_bytes() for path in found if not any(part[0] == "." for part in path.parts)}


KHAL = """
[calendars]
{calendars}
[locale]
local_timezone = Europe/Berlin
default_timezone = Europe/Berlin
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[default]
default_calendar = {first}
[sqlite]
path = {folder}/khal.db
"""
SHOWN = "{start-date-long} {start-time} {end-time} {calendar} {title} {uid}"


class Khal:
    """khal over calendars, each a folder below `root`; its own files are in `folder`."""

    def __init__(self, folder: Path, root: Path, *calendars: str) -> None:
        self.program, self.conf = program("khal"), folder / "khal.conf"
        named = "".join(f"[[{name}]]\npath = {root}/{name}\n" for name in calendars)
        self.conf.write_text(KHAL.format(calendars=named, first=calendars[0], folder=folder))

    def run(self, *arguments: str, given: str = "") -> str:
        """Must do it without a complaint; what it says."""
        return peer([self.program, "-c", str(self.conf), *arguments], given)

    def listed(self, *arguments: str) -> list[str]:
        """A line for each occurrence of the range."""
        said = self.run("list", "--day-format", "", "--format", SHOWN, *arguments)
        return [line.strip() for line in said.splitlines() if line.strip() and line.strip() != "No events"]


class Todoman:
    """todoman over lists, each a folder below `root`; its own files are in `folder`."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.program, self.conf = program("todoman"), folder / "todoman.py"
        self.conf.write_text(
            f'path = "{root}/*"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\nhumanize = False\n'
            f'cache_path = "{folder}/todoman.sqlite3"\n'
        )

    def run(self, *arguments: str) -> str:
        """Must do it without a complaint; what it says."""
        return peer([self.program, "--color", "never", "--config", str(self.conf), *arguments])

    def number(self, title: str) -> str:
        """By which it knows the task."""
        said = self.run("list", "--status", "ANY")
        return next(found[1] for line in said.splitlines() if title in line and (found := re.match(r"\D*(\d+)", line)))


RANGE = (
    "<C:calendar-query xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><prop><C:calendar-data/></prop><C:filter>"
    "<C:comp-filter name='VCALENDAR'><C:comp-filter name='VEVENT'><C:time-range start='{}' end='{}'/></C:comp-filter>"
    "</C:comp-filter></C:filter></C:calendar-query>"
)
SYNC = (
    "<sync-collection xmlns='DAV:'><sync-token>{}</sync-token><sync-level>1</sync-level><prop><getetag/></prop>"
    "</sync-collection>"
)
ICAL = "{http://apple.com/ns/ical/}calendar-color"
COLOUR = "<propfind xmlns='DAV:'><prop><calendar-color xmlns='http://apple.com/ns/ical/'/></prop></propfind>"
RECOLOUR = (
    "<propertyupdate xmlns='DAV:'><set><prop><calendar-color xmlns='http://apple.com/ns/ical/'>{}</calendar-color>"
    "</prop></set></propertyupdate>"
)


class CalDav(Dav):
    """Calendars over CalDAV (RFC 4791) instead of address books."""

    suffix = ".ics"
    collection = (
        "<C:mkcalendar xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><set><prop>"
        "<displayname>{name}</displayname></prop></set></C:mkcalendar>"
    )

    def titles_between(self, calendar: str, start: str, end: str) -> list[str]:
        """Of the events with an occurrence there."""
        data = self.must("REPORT", f"{self.home}{calendar}/", RANGE.format(start, end))
        return sorted(re.findall("SUMMARY:(.*?)\\r?\\n", "".join(ElementTree.fromstring(data).itertext())))

    def synced(self, calendar: str, token: str = "") -> tuple[str, list[str]]:
        """(the new token, the names of what changed or went since that one)."""
        found = ElementTree.fromstring(self.must("REPORT", f"{self.home}{calendar}/", SYNC.format(token)))
        names = (unquote(href.text or "").rpartition("/")[2] for href in found.iter("{DAV:}href"))
        return found.findtext("{DAV:}sync-token") or "", sorted(name for name in names if name.endswith(self.suffix))

    def recolour(self, calendar: str, colour: str) -> None:
        self.must("PROPPATCH", f"{self.home}{calendar}/", RECOLOUR.format(colour))

    def colour(self, calendar: str) -> str:
        """As the server says."""
        found = ElementTree.fromstring(self.must("PROPFIND", f"{self.home}{calendar}/", COLOUR, depth=0))
        return next((each.text or "" for each in found.iter(ICAL)), "")


class CalRadicale(CalDav, Radicale):
    """Below `storage`/collection-root/alice."""


class CalXandikos(CalDav, Xandikos):
    """Below `storage`/alice; each calendar a git work tree."""

    home = "/alice/calendars/"


DAVS: tuple[type[CalDav], ...] = (CalRadicale, CalXandikos)
