"""A host on which alice sends invitations, and the mails that wait in its outbox."""

import email
import json
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from jmapd.formats.icalendar import Component, calendars
from tests.calendars.host import Calendars, person

WEEKLY = {"@type": "RecurrenceRule", "frequency": "weekly"}
ALICE = person("alice@example.org", "owner", "chair", participationStatus="accepted")


@dataclass
class Mail:
    """One mail of the outbox."""

    envelope: dict[str, Any]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def sender(self) -> str:
        return str(self.envelope["mailFrom"]["email"])

    @property
    def to(self) -> list[str]:
        return sorted(each["email"] for each in self.envelope["rcptTo"])

    @property
    def parts(self) -> list[EmailMessage]:
        found = self.message.get_payload()
        assert isinstance(found, list)
        return found  # type: ignore[return-value]

    @property
    def text(self) -> str:
        return str(self.parts[0].get_content())

    @property
    def calendar(self) -> Component:
        octets = self.parts[1].get_payload(decode=True)
        assert isinstance(octets, bytes)
        (found,) = calendars(octets)
        return found

    @property
    def method(self) -> str:
        line = self.calendar.first("METHOD")
        assert line is not None
        return line.value

    @property
    def events(self) -> list[Component]:
        return self.calendar.inside("VEVENT")

    def value(self, name: str, event: int = 0) -> str | None:
        """Of a property of one of its events."""
        line = self.events[event].first(name)
        return None if line is None else line.value

    def values(self, name: str, event: int = 0) -> list[str]:
        return sorted(line.value for line in self.events[event].named(name))

    def params(self, address: str, event: int = 0) -> dict[str, str]:
        """Of an ATTENDEE."""
        lines = self.events[event].named("ATTENDEE")
        (line,) = [each for each in lines if each.value == f"mailto:{address}"]
        return {name: ",".join(values) for name, values in line.params}


class Scheduling(Calendars):
    """As Calendars; `sent` has what each call has put into the outbox."""

    def __init__(self, folder: Path, shared: dict[str, list[str]] | None = None, **sections: Any) -> None:
        super().__init__(folder, shared, **sections)
        self.state = folder / "state"
        self._seen: set[str] = set()

    def sent(self) -> list[Mail]:
        """The mails that are new since the last time, by method and recipients."""
        found = []
        for path in self.state.rglob("outbox/*.eml"):
            if path.name not in self._seen:
                self._seen.add(path.name)
                found.append(Mail(json.loads(path.with_suffix(".json").read_text()), path.read_bytes()))
        return sorted(found, key=lambda mail: (mail.method, mail.to, mail.value("RECURRENCE-ID") or ""))

    def one(self) -> Mail:
        """The only one."""
        (found,) = self.sent()
        return found

    def set(self, **arguments: Any) -> dict[str, Any]:
        """CalendarEvent/set that sends messages."""
        return dict(self.call("CalendarEvent/set", {"sendSchedulingMessages": True, **arguments}))

    def invite(self, *addresses: str, **more: Any) -> str:
        """The id of a new event of alice's to which these are invited."""
        return str(self.made(self.meeting(*addresses, **more))["id"])

    def meeting(self, *addresses: str, **more: Any) -> dict[str, Any]:
        people = {"alice": ALICE} | {each.partition("@")[0]: person(each, expectReply=True) for each in addresses}
        return self.draft(**{"participants": people} | more)

    def made(self, record: dict[str, Any]) -> dict[str, Any]:
        answer = self.set(create={"new": record})
        assert answer["notCreated"] is None, answer
        return dict(answer["created"]["new"])

    def changed(self, id: str, **patch: Any) -> list[Mail]:
        """The mails that a patch causes; "/" in its pointers stands as "__"."""
        return self.patched(id, {name.replace("__", "/"): value for name, value in patch.items()})

    def patched(self, id: str, patch: dict[str, Any]) -> list[Mail]:
        self.sent()
        answer = self.set(update={id: patch})
        assert answer["notUpdated"] is None, answer
        return self.sent()

    def gone(self, id: str) -> list[Mail]:
        """The mails that destroying it causes."""
        self.sent()
        answer = self.set(destroy=[id])
        assert answer["destroyed"] == [id], answer
        return self.sent()

    def invited(self, status: str = "needs-action", organizer: str = "carol@example.net", **more: Any) -> str:
        """The id of an event of somebody else's in alice's calendar, of which nothing was sent."""
        people = {"org": person(organizer, "owner"), "me": person("alice@example.org", participationStatus=status)}
        draft = self.draft(participants=people, organizerCalendarAddress=f"mailto:{organizer}", sequence=4, **more)
        return str(self.created("CalendarEvent", draft)["id"])
