"""An export taken in beside a running server, killed again and again: in the end each event is there once and whole."""

import json
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from .jmap import Jmap, no_server_errors, verified
from .web import CORE, ROOT, Gunicorn, gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("5545", "3.4")]
EVENTS, TASKS = 1500, 100
ZONE = "".join(
    f"{line}\r\n"
    for line in (
        "BEGIN:VTIMEZONE", "TZID:Europe/Vienna", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE",
    )
)  # fmt: skip


class Client(Jmap):
    using = (CORE, "urn:ietf:params:jmap:calendars")

    def uids(self, calendar: str) -> list[str]:
        """Of all events in it."""
        ids = self.call("CalendarEvent/query", filter={"inCalendar": calendar})["ids"]
        pages = (ids[at : at + 400] for at in range(0, len(ids), 400))
        found = (self.call("CalendarEvent/get", ids=page, properties=["uid"])["list"] for page in pages)
        return sorted(event["uid"] for page in found for event in page)


def component(number: int) -> str:
    """An event; one of ten recurs and has an override, which stands elsewhere in the export."""
    rule = "RRULE:FREQ=WEEKLY\r\n" if number % 10 == 0 else ""
    start = f"DTSTART;TZID=Europe/Vienna:2026{number % 12 + 1:02}{number % 28 + 1:02}T090000\r\n"
    text = "SUMMARY:Besprechung über die Tagesordnung der Wochen und alles\\, was  \r\n  sonst noch anliegt\r\n"
    return f"BEGIN:VEVENT\r\nUID:e{number}\r\nDTSTAMP:20260101T000000Z\r\n{start}{rule}{text}END:VEVENT\r\n"


def export() -> str:
    events = "".join(component(number) for number in range(EVENTS))
    at = "RECURRENCE-ID;TZID=Europe/Vienna:2026{:02}{:02}T090000\r\nDTSTART:20260801T120000Z\r\n"
    overrides = "".join(
        f"BEGIN:VEVENT\r\nUID:e{number}\r\n{at.format(number % 12 + 1, number % 28 + 1)}END:VEVENT\r\n"
        for number in range(0, EVENTS, 10)
    )
    tasks = "".join(f"BEGIN:VTODO\r\nUID:t{number}\r\nSUMMARY:Sweep\r\nEND:VTODO\r\n" for number in range(TASKS))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\n{ZONE}{events}{overrides}{tasks}END:VCALENDAR\r\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    root = tmp_path / "calendars"
    (root / "home").mkdir(parents=True)
    (root / "home" / "mine.ics").write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{component(10**6)}END:VCALENDAR\r\n")
    with gunicorn(tmp_path, f"[accounts]\ncalendars = {{ alice = '{root}' }}\n") as server:
        yield server
        verified(server)
        no_server_errors(server)


def start(server: Gunicorn, path: Path) -> subprocess.Popen[str]:
    arguments = ["--config", str(server.config), "--user", "alice", "--calendar", "home", str(path)]
    program = [sys.executable, str(ROOT / "bin" / "jmapd-import-calendar"), *arguments]
    return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)


class Writer(threading.Thread):
    """A client that makes events in the same calendar meanwhile."""

    def __init__(self, jmap: Client, calendar: str) -> None:
        super().__init__()
        self.jmap, self.calendar, self.made = jmap, calendar, list[str]()
        self.stopped, self.failure = threading.Event(), ""

    def run(self) -> None:
        while not self.stopped.wait(0.02) and not self.failure:
            uid = f"mine-{len(self.made)}"
            event: dict[str, Any] = {"@type": "Event", "uid": uid, "start": "2026-03-02T09:00:00", "title": "Lunch"}
            event["calendarIds"] = {self.calendar: True}
            status, text = self.jmap.ask(("CalendarEvent/set", {"create": {"a": event}}))
            answer = json.loads(text)["methodResponses"][0][1] if status == 200 else {}
            if answer.get("created"):
                self.made.append(uid)
            elif answer.get("type") != "serverUnavailable":
                self.failure = text


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".ics"}


def has(folder: Path, wanted: int) -> bool:
    return len(list(folder.glob("e*.ics"))) >= wanted


def test_killed_and_run_again_beside_a_server(server: Gunicorn, tmp_path: Path) -> None:
    dice, folder = random.Random(5), tmp_path / "calendars" / "home"
    jmap, path = Client(server), tmp_path / "export.ics"
    path.write_text(export(), newline="")
    (home,) = (each["id"] for each in jmap.call("Calendar/get", ids=None)["list"] if each["name"] == "home")
    writer = Writer(jmap, home)
    writer.start()
    try:
        for least in (1, 250, 600, 1000):
            process = start(server, path)
            wanted = least + dice.randrange(150)
            wait_until(partial(has, folder, wanted), partial(str, wanted))
            process.kill()
            process.communicate()
        process = start(server, path)
        output, _ = process.communicate(timeout=120)
    finally:
        writer.stopped.set()
        writer.join()
    assert not writer.failure and process.returncode == 0, (writer.failure, output)
    expected = [*(f"e{number}" for number in range(EVENTS)), "e1000000", *writer.made]
    assert writer.made and jmap.uids(home) == sorted(expected)
    files = files_of(folder)
    assert len(files) == len(expected) + TASKS
    for number in range(EVENTS):
        data = files[f"e{number}.ics"].decode()
        assert component(number) in data and data.count("BEGIN:VEVENT") == 1 + (number % 10 == 0)
    again, _ = start(server, path).communicate(timeout=120)
    assert again == f"home: 0 taken in, {EVENTS + TASKS:,} there already, 0 left out\n" and files_of(folder) == files
