"""Clients, programs that write files, and kills, all at once on the same calendars: nothing is lost.

Each event and task is in the hands of one at a time, but all are in the same folders. JMAPD_STRESS_SECONDS makes it
longer, JMAPD_STRESS_SEED does the same again as far as it can.
"""

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from .calendars import DAY, Client, calendar_server, emptied, files, vevent, vtodo
from .jmap import answering
from .web import Gunicorn, sidecar, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "5.3")]
FOLDERS = ("home", "work")
TYPES = ("CalendarEvent", "Task")
ENOUGH = 40  # events and tasks
Place = tuple[str, str]  # (folder, title); the folder of what is gone is ""
GONE: Place = ("", "")


@dataclass(eq=False)
class Item:
    """What is known of an event or task: one place, or several when a request was not answered."""

    uid: str
    type: str
    possible: set[Place]
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def place(self) -> Place:
        (place,) = self.possible
        return place


class Ledger:
    """All that was ever there."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.count = itertools.count(1)
        self.faults: list[str] = []

    def title(self) -> str:
        return f"title {next(self.count)}"

    def made(self, pick: random.Random) -> Item:
        """A new one, locked: it is not there yet."""
        item = Item(f"uid{next(self.count)}", pick.choice(TYPES), {GONE})
        item.lock.acquire()
        self.items.append(item)
        return item

    @contextlib.contextmanager
    def one(self, pick: random.Random) -> Iterator[Item]:
        """One of which it is sure where it is, or a new one."""
        alive = [item for item in self.items if len(item.possible) == 1 and item.place != GONE]
        free = (
            [item for item in alive if item.lock.acquire(blocking=False)] if len(alive) > pick.randrange(ENOUGH) else []
        )
        chosen = pick.choice(free) if free else self.made(pick)
        for item in free:
            if item is not chosen:
                item.lock.release()
        try:
            yield chosen
        finally:
            chosen.lock.release()


class Requests:
    """A client; keeps some states with what was there."""

    def __init__(self, server: Gunicorn, ledger: Ledger, pick: random.Random) -> None:
        self.jmap, self.ledger, self.pick, self.answers = Client(server), ledger, pick, 0
        self.folders = {type: self.jmap.books(book) for type, book in zip(TYPES, ("Calendar", "TaskList"), strict=True)}
        self.seen: list[tuple[str, str, dict[str, Any]]] = []  # (type, state, what was there by id)

    def step(self) -> None:
        if self.pick.random() < 0.1:
            self.look(self.pick.choice(TYPES))
        with self.ledger.one(self.pick) as item:
            before, after = item.place, (self.pick.choice(FOLDERS), self.ledger.title())
            if before != GONE and item.type == "Task":  # one that is moved when a worker is killed may be there twice
                after = before[0], after[1]
            if before != GONE and self.pick.random() < 0.1:
                after = GONE
            item.possible = {before, after}
            if self.write(item, before, after):
                item.possible = {after}

    def look(self, type: str) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            found = self.jmap.call(f"{type}/get", ids=None)
            self.seen.append((type, found["state"], {each["id"]: each for each in found["list"]}))

    def write(self, item: Item, before: Place, after: Place) -> bool:
        """Whether it was answered."""
        folder = self.folders[item.type].get(after[0], "")
        where: dict[str, Any] = {"calendarIds": {folder: True}} if item.type == TYPES[0] else {"taskListId": folder}
        if before == GONE:
            record = {**DAY, "@type": "Event"} if item.type == TYPES[0] else {"@type": "Task"}
            return self.ask(item.type, create={"new": record | where | {"uid": item.uid, "title": after[1]}})
        id = self.id(item)
        if id is None:
            return False
        if after == GONE:
            return self.ask(item.type, destroy=[id])
        return self.ask(item.type, update={id: {"title": after[1]} | (where if before[0] != after[0] else {})})

    def id(self, item: Item) -> str | None:
        text = self.sent((f"{item.type}/query", {"filter": {"uid": item.uid}}))
        found = json.loads(text)["methodResponses"][0][1]["ids"] if text else []
        if text and len(found) != 1:
            self.ledger.faults.append(f"{item} is found as {found}")
        return found[0] if len(found) == 1 else None

    def ask(self, type: str, **given: Any) -> bool:
        text = self.sent((f"{type}/set", given))
        if text and ('"error"' in text or re.search('"not(Created|Updated|Destroyed)": *{', text)):
            if "serverUnavailable" not in text:
                self.ledger.faults.append(f"{given}: {text}")
            return False
        self.answers += text != ""
        return text != ""

    def sent(self, *calls: tuple[str, dict[str, Any]]) -> str:
        """Empty when a worker was killed."""
        try:
            _, text = self.jmap.ask(*calls)
            return text
        except (OSError, http.client.HTTPException):
            return ""


class Files:
    """What writes files: khal and todoman, vdirsyncer and Radicale, and editors."""

    def __init__(self, root: Path, ledger: Ledger, pick: random.Random) -> None:
        self.root, self.ledger, self.pick = root, ledger, pick

    def step(self) -> None:
        with self.ledger.one(self.pick) as item:
            before, after = item.place, (self.pick.choice(FOLDERS), self.ledger.title())
            if before == GONE:
                text = (vevent if item.type == TYPES[0] else vtodo)(item.uid, after[1])
                self.put(self.root / after[0] / f"{item.uid}.ics", text.encode())
            else:
                after = self.change(self.file(item), before, after)
            item.possible = {after}
        time.sleep(0.02)

    def file(self, item: Item) -> Path:
        mark = f"UID:{item.uid}\r\n".encode()
        for path in (self.root / item.place[0]).glob("*.ics"):
            with contextlib.suppress(FileNotFoundError):  # another's, that has another name by now
                if mark in path.read_bytes():
                    return path
        raise AssertionError(f"there is no file of {item}")

    def change(self, path: Path, before: Place, after: Place) -> Place:
        """Where it is then."""
        data = re.sub(b"(?<=SUMMARY:)title [0-9]+", after[1].encode(), path.read_bytes())
        kind = self.pick.randrange(5)
        if kind == 0:
            path.unlink()
            return GONE
        if kind == 1:
            path.rename(self.root / after[0] / f"{next(self.ledger.count)}.ics")
            return after[0], before[1]
        if kind == 2:
            path.write_bytes(data)
        elif kind == 3:
            self.put(path, data, path.stat().st_mtime_ns)
        else:
            self.put(path, data)
        return before[0], after[1]

    def put(self, path: Path, data: bytes, mtime: int | None = None) -> None:
        draft = path.with_name(f".{path.name}.draft")
        draft.write_bytes(data)
        if mtime is not None:
            os.utime(draft, ns=(mtime, mtime))
        draft.rename(path)


def at_once(steps: list[Callable[[], None]], ledger: Ledger, server: Gunicorn, seconds: float) -> None:
    """Until the time is over; now and then a worker is killed."""
    end = time.monotonic() + seconds

    def work(step: Callable[[], None]) -> None:
        try:
            while time.monotonic() < end and not ledger.faults:
                step()
        except Exception as error:
            ledger.faults.append(repr(error))

    threads = [threading.Thread(target=work, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    while time.monotonic() < end - 1:
        time.sleep(0.8)
        with contextlib.suppress(ProcessLookupError, IndexError):
            server.kill(server.workers()[0])
    for thread in threads:
        thread.join()
    wait_until(lambda: len(server.workers()) == 2, lambda: str(server.workers()))


def places(jmap: Client, type: str) -> dict[str, Place]:
    """{uid: where it is}"""
    names = {id: name for name, id in jmap.books("Calendar" if type == TYPES[0] else "TaskList").items()}
    found = jmap.all(type).values()
    return {
        each["uid"]: (names[next(iter(each.get("calendarIds", {each.get("taskListId"): True})))], each["title"])
        for each in found
    }


def test_nothing_is_lost(tmp_path: Path) -> None:
    seconds = float(os.environ.get("JMAPD_STRESS_SECONDS", "2"))
    seed = int(os.environ.get("JMAPD_STRESS_SEED", time.time_ns()))
    print(f"JMAPD_STRESS_SEED={seed}")
    root, ledger = emptied(tmp_path / "calendars"), Ledger()
    with calendar_server(tmp_path, root) as server, sidecar(server):
        clients = [Requests(server, ledger, random.Random(seed + number)) for number in range(2)]
        writers = [Files(root, ledger, random.Random(-seed - number)) for number in range(2)]
        at_once([*(each.step for each in clients), *(each.step for each in writers)], ledger, server, seconds)
        assert ledger.faults == [] and sum(each.answers for each in clients) > seconds
        jmap = clients[0].jmap
        for worker, type in itertools.product((0, 1), TYPES):
            with answering(worker, server):
                found = places(jmap, type)
                for item in (each for each in ledger.items if each.type == type):
                    assert found.pop(item.uid, GONE) in item.possible, item
                assert found == {}
        for type, state, then in itertools.chain(*(each.seen[-4:] for each in clients)):
            now = {each["id"]: each for each in jmap.all(type).values()}
            created, updated, destroyed = jmap.changed(state, type)
            assert now.keys() == (then.keys() | created) - destroyed
            assert {id: then[id] for id in now.keys() - created - updated} == {
                id: now[id] for id in now.keys() - created - updated
            }
        assert all(data.endswith(b"END:VCALENDAR\r\n") for data in files(root).values())
