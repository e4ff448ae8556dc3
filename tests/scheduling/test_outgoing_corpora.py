"""Plays of organizers and attendees (corpora/ics/stalwart-itip): who is sent what for each change of an event."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.icalendar import calendars
from jmapd.formats.itip_changes import messages
from jmapd.formats.jscalendar.from_icalendar import objects

PLAYS = (
    "google_calendar", "rfc5546_event_recurring", "rfc5546_event_single", "rfc6638_recurring", "rfc6638_single",
)  # fmt: skip
METHODS = {"invite": "REQUEST", "update": "REQUEST", "cancel": "CANCEL", "rsvp": "REPLY"}
Sent = list[tuple[str, str, list[str]]]  # method, from, to
# (play, line of the put or delete): what we send instead, and why
A, B, C, D, E = (f"{letter}@example.com" for letter in "abcde")
BIG, ROOM = "conf_big@example.com", "conf@example.com"
ALL = "5.9.2.1: REQUEST goes to all participants, also where RSVP is FALSE"
ORGANIZER = "5.9.2: who is not the origin sends to the organizer alone"
OTHERWISE: dict[tuple[str, int], tuple[Sent, str]] = {
    ("rfc5546_event_recurring", 146): (
        [("CANCEL", A, [C, D]), ("REQUEST", A, [B])],
        "an override in which two are missing; of the other one only STATUS changes",
    ),
    ("rfc5546_event_recurring", 844): ([], "5.9.2.3: destroyed while participationStatus is needs-action"),
    ("rfc5546_event_single", 4): ([("REQUEST", A, [B, C, BIG, D, E])], ALL),
    ("rfc5546_event_single", 166): ([("CANCEL", A, [BIG]), ("REQUEST", A, [B, C, ROOM, D, E])], ALL),
    ("rfc5546_event_single", 253): ([("REPLY", C, [A])], ORGANIZER),
    ("rfc5546_event_single", 390): ([("REPLY", E, [A])], ORGANIZER),
    ("rfc5546_event_single", 497): ([("REPLY", E, [A])], ORGANIZER),
    ("rfc5546_event_single", 605): ([("CANCEL", A, [B]), ("REQUEST", A, [C, ROOM, D, E])], ALL),
    ("rfc5546_event_single", 704): ([("CANCEL", A, [C, ROOM, D, E])], ALL),
}


def steps(path: Path) -> Iterator[tuple[int, str, str]]:
    """(line, command, text) of each."""
    lines = path.read_text().splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("> ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        body = (line for line in lines[start + 1 : end] if not line.startswith("# "))
        yield start + 1, lines[start][2:], "\r\n".join(body).strip() + "\r\n"


def record(text: str) -> dict[str, Any] | None:
    """The event of a file."""
    found = [each for calendar in calendars(text.encode()) for each in objects(calendar)]
    return found[0].record if found else None


def expected(text: str) -> Sent:
    found = re.findall(r"(?m)^from: (\S+)\r\nto: (.*)\r\nsummary: (\w+)", text)
    return sorted((METHODS[kind], sender, sorted(to.strip().split(", "))) for sender, to, kind in found)


def sent(before: Any, after: Any, who: str) -> Sent:
    """What a change causes; recipients of the same method together."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in messages(before, after, frozenset((f"mailto:{who}",))):
        to = {person["calendarAddress"].lower().removeprefix("mailto:") for person in each.to}
        sender = each.sender["calendarAddress"].lower().removeprefix("mailto:")
        found.setdefault((each.method, sender), set()).update(to)
    return sorted((method, sender, sorted(to)) for (method, sender), to in found.items())


@pytest.mark.rfc("5546", "3.2")
@pytest.mark.parametrize("play", PLAYS)
def test_play(corpora: Path, play: str) -> None:
    kept: dict[tuple[str, str], Any] = {}
    change: tuple[int, Any, Any, str] | None = None
    for number, command, text in steps(corpora / "ics" / "stalwart-itip" / f"{play}.txt"):
        verb, *words = command.split()
        if verb in ("put", "delete"):
            before, after = kept.get((words[0], words[1])), record(text) if verb == "put" else None
            kept[words[0], words[1]] = after
            change = number, before, after, words[0]
        elif verb == "get":
            kept[words[0], words[1]] = record(text)
        elif verb == "expect" and change is not None:
            line, before, after, who = change
            wanted = OTHERWISE.get((play, line), (expected(text), ""))[0]
            assert sent(before, after, who) == wanted, line
            change = None
