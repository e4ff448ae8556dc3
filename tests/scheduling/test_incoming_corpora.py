"""Plays of organizers and attendees (corpora/ics/stalwart-itip): each message is delivered, each copy compared."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jmapd.cli.reindex import Sidecar
from jmapd.formats.icalendar import calendars
from jmapd.formats.jscalendar.from_icalendar import objects
from tests.conftest import HASH, MailHost
from tests.scheduling.inbox import imip

PLAYS = ("google_calendar", "rfc5546_event_recurring", "rfc5546_event_single", "rfc6638_recurring", "rfc6638_single")

EVERYBODY = ("cancelled", "overrides", "people", "times", "title")
# (play, line): what of it we have otherwise, and why
OTHERWISE = {
    ("rfc5546_event_recurring", 565): (("people",), "CANCEL has no list of participants: the event keeps its own"),
    ("rfc5546_event_single", 687): (("people",), "as above"),
    ("rfc5546_event_recurring", 813): (EVERYBODY, "the series is not added for who is invited to one occurrence only"),
    ("rfc5546_event_single", 338): (EVERYBODY, "who forwards an invitation is not its organizer (RFC 6047 2.2.1)"),
    ("rfc5546_event_single", 470): (("people",), "an answer counts with the organizer only"),
    ("rfc5546_event_single", 553): (("people",), "as above"),
}


class Step(NamedTuple):
    """A line of a play, and what follows it."""

    number: int
    verb: str
    who: str
    uid: str
    text: str


def steps(path: Path) -> Iterator[Step]:
    lines = path.read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("> ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        verb, who, uid, *_ = [*lines[start][2:].split(), "", ""]
        body = [line for line in lines[start + 1 : end] if not line.startswith("# ")]
        yield Step(start + 1, verb, who, uid, "\r\n".join(body).strip() + "\r\n")


class Play(MailHost):
    """A host with an account for each one who acts."""

    def __init__(self, folder: Path, people: list[str]) -> None:
        self.users = {address: f"user{number}" for number, address in enumerate(people)}
        given = {"addresses": {user: [address] for address, user in self.users.items()}, "domain": "host.example"}
        self.calendars, self._stamps = folder / "calendars", 0
        paths = {"calendars": str(self.calendars / "{user}")}
        super().__init__(folder, paths=paths, identities=given, calendars={"invitations": "all"})
        (folder / "users").write_text("".join(f"{user}:{HASH}\n" for user in self.users.values()))
        for user in self.users.values():
            (self.calendars / user / "home").mkdir(parents=True)
            for part in ("cur", "new", "tmp"):
                (folder / "mail" / user / part).mkdir(parents=True)
        self.mail = folder / "mail"
        Sidecar(self.config, []).bring_up()

    def path(self, address: str, uid: str) -> Path | None:
        """The file in which somebody has the event."""
        found = (self.calendars / self.users[address]).rglob("*.ics")
        return next((path for path in found if f"UID:{uid}" in path.read_text()), None)

    def put(self, address: str, uid: str, text: str) -> None:
        """As another program does."""
        path = (
            self.path(address, uid)
            or self.calendars / self.users[address] / "home" / f"{re.sub('[^a-z0-9]', '', uid)}.ics"
        )
        draft = path.with_name(".draft.tmp")
        draft.write_text(text, newline="")
        draft.replace(path)

    def send(self, text: str) -> None:
        """Each message of an `expect`, to all for whom it is."""
        for each in re.split(r"(?m)^={5,}\r?\n", text):
            head, _, body = each.partition("BEGIN:VCALENDAR")
            fields = dict(re.findall(r"(?m)^(from|to): (.*?)\r?$", head))
            if not body:
                continue
            self._stamps += 1
            whole = re.sub(r"DTSTAMP:\d+(?=\r)", f"DTSTAMP:20260101T0000{self._stamps:02}Z", f"BEGIN:VCALENDAR{body}")
            for to in fields["to"].split(", "):
                if to in self.users:
                    self.root = self.mail / self.users[to]
                    self.deliver(imip(whole, sender=fields["from"], to=to), received=int(time.time()))
        Sidecar(self.config, []).bring_up()


def facts(text: str) -> dict[str, Any]:
    """What both copies must agree in."""
    (calendar,) = calendars(text.encode())
    found = objects(calendar)
    record = found[0].record
    overrides = record.get("recurrenceOverrides") or {}
    return {
        "times": [(each.record.get("start"), each.record.get("timeZone")) for each in found],
        "title": record.get("title"),
        "cancelled": record.get("status") == "cancelled",
        "overrides": {
            date: patch.get("excluded", patch.get("status") == "cancelled") for date, patch in overrides.items()
        },
        "people": {
            each["calendarAddress"].lower(): each.get("participationStatus", "needs-action")
            for each in record.get("participants", {}).values()
            if "participationStatus" in each or "expectReply" in each
        },
    }


@pytest.mark.rfc("5546", "4")
@pytest.mark.rfc("6047", "4")
@pytest.mark.parametrize("name", PLAYS)
def test_play(corpora: Path, tmp_path: Path, name: str) -> None:
    script = list(steps(corpora / "ics" / "stalwart-itip" / f"{name}.txt"))
    people = {each.who for each in script if "@" in each.who}
    people |= {
        to for each in script for line in re.findall(r"(?m)^to: (.*?)\r?$", each.text) for to in line.split(", ")
    }
    play, waiting, differences = Play(tmp_path, sorted(people)), "", []
    for step in script:
        if step.verb == "put":
            play.put(step.who, step.uid, step.text)
        elif step.verb == "delete":
            path = play.path(step.who, step.uid)
            if path is not None:
                path.unlink()
        elif step.verb == "expect":
            waiting = step.text
        elif step.verb == "send":
            play.send(waiting)
            waiting = ""
        elif step.verb == "get":
            path = play.path(step.who, step.uid)
            has = facts(path.read_text()) if path else {}
            wanted = facts(step.text) if "BEGIN:VCALENDAR" in step.text else {}
            allowed, _ = OTHERWISE.get((name, step.number), ((), ""))
            differing = {key for key in EVERYBODY if has.get(key) != wanted.get(key)}
            if differing != set(allowed):
                differences.append((step.number, step.who, differing, has, wanted))
    assert not differences, "\n".join(map(str, differences))
