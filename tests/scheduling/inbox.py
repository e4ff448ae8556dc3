"""A host whose users get scheduling messages by mail."""

import json
import time
from pathlib import Path
from typing import Any

from jmapd.cli.reindex import Sidecar
from tests.calendars.host import CALENDARS, Calendars, vcalendar, vevent

__all__ = ["CALENDARS", "Inboxes", "attendee", "imip", "message"]

ORGANIZER = "ORGANIZER;CN=Dave:mailto:dave@example.com"
DAVE, ERIN = "dave@example.com", "erin@example.com"
UID = "meeting-1@example.com"


def attendee(address: str, status: str = "NEEDS-ACTION", more: str = "") -> str:
    """An ATTENDEE line."""
    return f"ATTENDEE;PARTSTAT={status};RSVP=TRUE{more}:mailto:{address}"


def message(
    method: str, *lines: str, uid: str = UID, stamp: str = "20260101T000000Z", sequence: int = 0, **more: Any
) -> str:
    """An iCalendar object with one event."""
    event = vevent(uid, f"SEQUENCE:{sequence}", *lines, **more).replace("DTSTAMP:20260101T000000Z", f"DTSTAMP:{stamp}")
    return vcalendar(event).replace("VERSION", f"METHOD:{method}\r\nVERSION", 1)


def imip(body: str, sender: str = f"Dave <{DAVE}>", to: str = "alice@example.org", type: str = "text/calendar") -> str:
    """The mail around it (RFC 6047 4)."""
    method = next((line[7:] for line in body.splitlines() if line.startswith("METHOD:")), "")
    head = [
        f"From: {sender}", f"To: {to}", "Subject: Meeting", "MIME-Version: 1.0",
        "Date: Mon, 05 Jan 2026 09:00:00 +0000",
        'Content-Type: multipart/alternative; boundary="="', "", "--=", "Content-Type: text/plain", "", "Come!", "--=",
        f"Content-Type: {type}; method={method}; charset=utf-8", "Content-Transfer-Encoding: 8bit", "",
    ]  # fmt: skip
    return "\r\n".join([*head, body, "--=--", ""])


class Inboxes(Calendars):
    """alice, bob and carol; the sidecar looked at their empty Maildirs before, so all that is delivered is new."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: dict[str, Any]) -> None:
        sections = {"calendars": {"invitations": "all"}} | sections
        super().__init__(folder, shared, **sections)
        self.folder_of_states, self._posted = folder / "state", set[str]()
        self.look()

    def look(self, *names: str) -> None:
        """As bin/jmapd-reindex, with new processes."""
        assert Sidecar(self.config, list(names)).bring_up() == 0

    def arrive(self, mail: str, user: str = "alice", folder: str = "INBOX") -> None:
        """A mail is delivered, and the sidecar looks."""
        self.root, before = self.roots[user], self.root
        self.deliver(mail, folder, flags="", received=int(time.time()), new=True)
        self.root = before
        self.look(user)

    def post(self) -> list[str]:
        """What waits in the outboxes arrives with those who are here; all recipients."""
        found = []
        for path in sorted((self.folder_of_states).rglob("outbox/*.eml")):
            if path.name not in self._posted:
                self._posted.add(path.name)
                entry = json.loads(path.with_suffix(".json").read_text())
                found += [each["email"] for each in entry["rcptTo"]]
                for user in {each["email"].partition("@")[0] for each in entry["rcptTo"]} & self.roots.keys():
                    self.arrive(path.read_text(), user)
        return sorted(found)

    def all_events(self) -> list[dict[str, Any]]:
        return self.events(None)

    def one(self) -> dict[str, Any]:
        """The only event."""
        (event,) = self.events(None)
        return event

    def status(self, address: str = "alice@example.org", event: dict[str, Any] | None = None) -> str | None:
        """What a participant has answered."""
        people = (event or self.one())["participants"].values()
        (found,) = [each for each in people if each.get("calendarAddress", "").lower() == f"mailto:{address}"]
        return found.get("participationStatus")

    def notifications(self) -> list[dict[str, Any]]:
        """The oldest first."""
        found = self.call("CalendarEventNotification/get", {"ids": None})["list"]
        return sorted(found, key=lambda each: each["created"])
