"""Workers killed while they write events and tasks: none is lost, halved or twice, and what was answered stays."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .calendars import DAY, Client, calendar_server, component, files
from .jmap import answering, verified
from .killing import Writer, at_work
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "5.3")]
FIRST = 6  # of each writer at the beginning
LONG = "x" * 20_000
GONE = ""
KINDS = {"CalendarEvent": "VEVENT", "Task": "VTODO"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "calendars"
    (root / "one").mkdir(parents=True)
    for who, kind in enumerate(KINDS.values()):
        for number in range(FIRST):
            uid = f"w{who}-{number}"
            text = component(kind, uid, "First", "DTSTART:20260302T090000Z", f"DESCRIPTION:{LONG}", "X-OWN;P=1:kept")
            (root / "one" / f"file {uid}.ics").write_text(text, newline="")
    return root


@pytest.fixture
def server(root: Path, tmp_path: Path) -> Iterator[Gunicorn]:
    with calendar_server(tmp_path, root) as server:
        yield server


class Changing(Writer):
    """Changes, destroys and creates its records, and notes what was promised."""

    def __init__(self, jmap: Client, who: int, type: str) -> None:
        super().__init__(jmap, who, type)
        self.book = jmap.books()["one"]
        self.ids = {uid: each["id"] for uid, each in jmap.all(type).items()}
        self.possible = {uid: ["First"] for uid in self.ids}

    def change(self) -> None:
        number = next(self.count)
        uid = self.pick.choice(sorted(self.ids))
        new = f"title {number}"
        given: dict[str, Any] = {"update": {self.ids[uid]: {"title": new, "description": f"{number} {LONG}"}}}
        if self.pick.random() < 0.3:
            new, given = GONE, {"destroy": [self.ids[uid]]}
        self.possible[uid].append(new)
        if self.ask(given) is not None:
            self.possible[uid] = [new]
        if new is GONE or len(self.possible[uid]) > 1:
            del self.ids[uid]  # what was not answered is left as it may be
        self.create(f"w{self.who}-new{number}")

    def create(self, uid: str) -> None:
        where: dict[str, Any] = {"calendarIds": {self.book: True}} if self.type == "CalendarEvent" else {}
        where |= {"taskListId": self.book} if self.type == "Task" else {}
        record = {**DAY, "@type": "Event" if "calendarIds" in where else "Task", "uid": uid, "title": "made"} | where
        record = record if "calendarIds" in where else {key: each for key, each in record.items() if key != "duration"}
        self.possible[uid] = [GONE, "made"]
        answer = self.ask({"create": {"new": record | {"description": LONG}}})
        if answer is not None:
            self.ids[uid] = answer["created"]["new"]["id"]
            self.possible[uid] = ["made"]


def test_killed_workers_lose_nothing(server: Gunicorn, root: Path) -> None:
    jmap = Client(server)
    since = {type: jmap.state(type) for type in KINDS}
    before = {type: {each["id"] for each in jmap.all(type).values()} for type in KINDS}
    writers = [Changing(jmap, who, type) for who, type in enumerate(KINDS)]
    at_work(server, writers, kills=8, broken=3)
    for worker, writer in itertools.product((0, 1), writers):
        with answering(worker, server):
            found = jmap.all(writer.type)
            titles = {uid: each["title"] for uid, each in found.items()}
            assert titles.keys() <= writer.possible.keys()
            for uid, states in writer.possible.items():
                assert titles.get(uid, GONE) in states, (uid, states)
            assert all(each["description"].endswith(LONG) for each in found.values())
            ids = {each["id"] for each in found.values()}
            created, _, destroyed = jmap.changed(since[writer.type], writer.type)
            assert created == ids - before[writer.type] and before[writer.type] - destroyed <= ids
    for path, data in files(root).items():
        assert data.startswith(b"BEGIN:VCALENDAR\r\n") and data.endswith(b"END:VCALENDAR\r\n"), path
        assert b"-new" in data or b"X-OWN;P=1:kept\r\n" in data, path
    verified(server)
