"""What other programs and users leave in calendars that are served: nothing of it stops or harms the rest."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .calendars import Client, calendar_server, files, vevent, vtodo
from .contacts import leftovers, put
from .jmap import answering, no_server_errors, verified
from .plain_user import SystemUser
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("jmap-calendars-27", "5")]
LINES = 100_000


@pytest.fixture
def root(open_folder: Path) -> Path:
    root = open_folder / "calendars"
    for name in ("home", "work"):
        (root / name).mkdir(parents=True)
    return root


@pytest.fixture
def server(open_folder: Path, root: Path, limited_user: SystemUser) -> Iterator[Gunicorn]:
    with calendar_server(open_folder / "jmapd", root, limited_user) as server:
        yield server
        assert leftovers(root) == []


def titles(jmap: Client, type: str = "CalendarEvent") -> list[str]:
    return sorted(each["title"] for each in jmap.call(f"{type}/get", ids=None)["list"])


def test_what_is_no_plain_file(root: Path, server: Gunicorn, open_folder: Path) -> None:
    """Links count where they lead; what cannot be read is told in the log; nobody waits for a FIFO."""
    home, jmap = root / "home", Client(server)
    put(home / "plain.ics", vevent("plain", "Plain"))
    elsewhere = put(open_folder / "elsewhere.txt", vevent("linked", "Linked"))
    (home / "link.ics").symlink_to(elsewhere)
    (home / "nowhere.ics").symlink_to(open_folder / "nothing")
    (home / "loop.ics").symlink_to("loop.ics")
    (home / "folder.ics").mkdir()
    put(home / "folder.ics" / "deep.ics", vevent("deep", "Deep"))
    os.mkfifo(home / "fifo.ics")
    (home / "null.ics").symlink_to("/dev/zero")
    put(home / "locked.ics", vevent("locked", "Locked")).chmod(0)
    (home / "empty.ics").touch()
    put(home / "binary.ics", bytes(range(256)) * 300)
    put(home / "cut.ics", vevent("cut", "Cut").partition("END:VEVENT")[0])
    (root / "round").symlink_to(root)
    before = {path: path.lstat() for path in root.rglob("*")}
    assert titles(jmap) == ["Cut", "Deep", "Linked", "Plain"]
    events = jmap.all()
    for uid in ("plain", "linked"):
        jmap.patch(events[uid]["id"], title=f"{uid} again")
    assert titles(jmap) == ["Cut", "Deep", "linked again", "plain again"]
    assert (home / "link.ics").is_symlink() and "SUMMARY:linked again" in elsewhere.read_text()
    answer = jmap.call("Calendar/set", destroy=[jmap.books()["home"]], onDestroyRemoveEvents=True)
    assert answer["destroyed"] is None and titles(jmap) == ["Cut", "Deep", "linked again", "plain again"]
    after = {path: path.lstat() for path in root.rglob("*")}
    assert after.keys() == before.keys()
    put(home / "locked.ics", vevent("locked", "Opened"))
    assert "Opened" in titles(jmap)
