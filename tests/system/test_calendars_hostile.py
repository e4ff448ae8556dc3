"""What other programs and users leave in calendars that are served: nothing of it stops or harms the rest."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .calendars import Client, calendar_server, emptied, files, vevent, vtodo
from .contacts import leftovers, put
from .jmap import answering
from .plain_user import SystemUser, open_folder
from .web import Gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("jmap-calendars-27", "5")]
LINES, MANY = 100_000, 1_000


@pytest.fixture(scope="module")
def server(limited_user: SystemUser) -> Iterator[Gunicorn]:
    with open_folder(limited_user) as folder:
        with calendar_server(folder / "jmapd", folder / "calendars", limited_user) as server:
            yield server
        assert leftovers(folder) == []


@pytest.fixture
def root(server: Gunicorn) -> Path:
    return emptied(server.folder.parent / "calendars")


def titles(jmap: Client, type: str = "CalendarEvent") -> list[str]:
    return sorted(each["title"] for each in jmap.call(f"{type}/get", ids=None)["list"])


def test_what_is_no_plain_file(root: Path, server: Gunicorn) -> None:
    """Links count where they lead, and nothing is written there; nobody waits for a FIFO."""
    home, jmap = root / "home", Client(server)
    put(home / "plain.ics", vevent("plain", "Plain"))
    elsewhere = put(root.parent / "elsewhere.txt", vevent("linked", "Linked"))
    (home / "link.ics").symlink_to(elsewhere)
    (home / "nowhere.ics").symlink_to(root.parent / "nothing")
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
    before = set(root.rglob("*"))
    assert titles(jmap) == ["Cut", "Deep", "Linked", "Plain"]
    events = jmap.all()
    for uid in ("plain", "linked"):
        jmap.patch(events[uid]["id"], title=f"{uid} again")
    assert titles(jmap) == ["Cut", "Deep", "linked again", "plain again"]
    assert not (home / "link.ics").is_symlink() and b"SUMMARY:Linked\r\n" in elsewhere.read_bytes()
    id = jmap.books()["home"]
    jmap.call("Calendar/set", destroy=[id], onDestroyRemoveEvents=True)
    assert titles(jmap) == ["Deep"] and "home" not in jmap.books()
    assert before - set(root.rglob("*")) == {home / f"{name}.ics" for name in ("plain", "link", "cut")}
    (home / "locked.ics").chmod(0o644)
    wait_until(lambda: titles(jmap) == ["Deep", "Locked"], lambda: str(titles(jmap)))
    assert jmap.books()["home"] == id


def test_two_files_with_one_uid(root: Path, server: Gunicorn) -> None:
    """The same twice is one event; what differs is shown beside it, and a change of one is a change of its file."""
    jmap = Client(server)
    put(root / "home" / "a.ics", vevent("same", "Same"))
    put(root / "work" / "b.ics", vevent("same", "Same"))
    (event,) = jmap.call("CalendarEvent/get", ids=None)["list"]
    assert event["calendarIds"] == {jmap.books()["home"]: True, jmap.books()["work"]: True}
    jmap.patch(event["id"], title="Changed")
    assert [b"SUMMARY:Changed\r\n" in data for data in files(root).values()] == [True, True]
    put(root / "home" / "c.ics", vevent("same", "Other"))
    put(root / "home" / "d.ics", vevent("same", "Third"))
    found = {each["title"]: each for each in jmap.call("CalendarEvent/get", ids=None)["list"]}
    assert found.keys() == {"Changed", "Other", "Third"} and found["Changed"]["id"] == event["id"]
    before = files(root)
    jmap.patch(found["Other"]["id"], title="Another")
    after = files(root)
    assert [path for path in before if before[path] != after[path]] == ["home/c.ics"]
    jmap.destroy(found["Third"]["id"])
    assert files(root).keys() == {"home/a.ics", "work/b.ics", "home/c.ics"}
    (root / "home" / "a.ics").unlink()
    (root / "work" / "b.ics").unlink()
    (last,) = jmap.call("CalendarEvent/get", ids=None)["list"]
    assert last["title"] == "Another" and last["id"] == found["Other"]["id"]


def test_other_uids_names_and_places(root: Path, server: Gunicorn) -> None:
    """A renamed or moved file is the same event; another UID makes it another."""
    jmap, home, work = Client(server), root / "home", root / "work"
    path = put(home / "a.ics", vevent("one", "One"))
    put(home / "t.ics", vtodo("t", "Task"))
    event, task, state = jmap.all()["one"], jmap.all("Task")["t"], jmap.state()
    path = path.rename(home / "with spaces, \u00e4 and more.ICS")
    assert jmap.all()["one"] == event and jmap.state() == state
    path = path.rename(work / "b.ics")
    (home / "t.ics").rename(work / "t.ics")
    moved = jmap.all()["one"]
    assert moved["id"] == event["id"] and moved["calendarIds"] == {jmap.books()["work"]: True}
    assert jmap.all("Task")["t"]["taskListId"] == jmap.books("TaskList")["work"]
    state = jmap.state()
    put(path, vevent("two", "One"))
    after = jmap.all()
    assert after.keys() == {"two"} and after["two"]["id"] != event["id"]
    assert jmap.changed(state) == ({after["two"]["id"]}, set(), {event["id"]})
    put(path, vevent("one", "One").replace("VEVENT", "VTODO").replace("DURATION:PT1H\r\n", ""))
    assert jmap.all() == {} and jmap.all("Task").keys() == {"one", "t"}
    path.write_bytes(vtodo("one", "In place").encode())
    assert jmap.all("Task")["one"]["title"] == "In place"
    path.rename(path.with_suffix(".ics~"))
    assert jmap.all("Task") == {"t": jmap.all("Task")["t"]} and jmap.all("Task")["t"]["title"] == task["title"]


def test_a_folder_goes_and_comes_while_it_is_served(root: Path, server: Gunicorn) -> None:
    """Requests meanwhile never fail, and what is there again is what it was."""
    jmap, stop, problems = Client(server), threading.Event(), list[str]()
    put(root / "home" / "a.ics", vevent("a", "A"))
    put(root / "work" / "b.ics", vevent("b", "B"))
    before, books = jmap.all(), jmap.books()

    def ask() -> None:
        while not stop.is_set():
            status, text = jmap.ask(("Calendar/get", {"ids": None}), ("CalendarEvent/query", {}), ("Task/query", {}))
            if status != 200 or '"error"' in text:
                problems.append(text)

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for each in asking:
        each.start()
    try:
        for number in range(12):
            (root / "work").rename(root.parent / "away")
            if number % 3 == 0:
                (root / "work").write_text("in its place")
                assert jmap.all() == {"a": before["a"]} and jmap.books().keys() == {"home"}
                (root / "work").unlink()
            (root.parent / "away").rename(root / "work")
            if number % 3 == 1:
                (root / "work" / "b.ics").unlink()
                (root / "work").rmdir()
                (root / "work").mkdir()
                put(root / "work" / "b.ics", vevent("b", "B"))
            assert {uid: each["title"] for uid, each in jmap.all().items()} == {"a": "A", "b": "B"}
    finally:
        stop.set()
        for each in asking:
            each.join()
    assert problems == []
    for worker in (0, 1):
        with answering(worker, server):
            after = jmap.all()
            assert {uid: each["id"] for uid, each in after.items()} == {uid: each["id"] for uid, each in before.items()}
            assert jmap.books().keys() == books.keys() and jmap.books()["home"] == books["home"]


def test_a_folder_that_is_locked_while_it_is_served(root: Path, server: Gunicorn) -> None:
    """What is known of it stays; it is not written, and nothing in it is said to be gone."""
    jmap, home = Client(server), root / "home"
    put(home / "a.ics", vevent("a", "A"))
    put(root / "work" / "b.ics", vevent("b", "B"))
    events, books = jmap.all(), jmap.books()
    states = jmap.state(), jmap.state("Task")
    for mode, types in ((0, {"forbidden", "serverUnavailable"}), (0o555, {"forbidden"})):
        home.chmod(mode)
        assert {uid: each["id"] for uid, each in jmap.all().items()} == {
            uid: each["id"] for uid, each in events.items()
        }
        assert jmap.books() == books
        (shown,) = jmap.call("Calendar/get", ids=[books["home"]])["list"]
        assert not shown["myRights"]["mayWriteAll"]
        name, answer = jmap.request(
            ("CalendarEvent/set", {"update": {events[uid]["id"]: {"title": "New"} for uid in ("a", "b")}})
        )[0]
        assert name == "CalendarEvent/set" and answer["updated"].keys() == {events["b"]["id"]}, answer
        assert answer["notUpdated"][events["a"]["id"]]["type"] in types
        jmap.patch(events["b"]["id"], title="B")
        home.chmod(0o755)
        assert files(root).keys() == {"home/a.ics", "work/b.ics"}
    assert jmap.call("Calendar/get", ids=[books["home"]])["list"][0]["myRights"]["mayWriteAll"]
    assert jmap.changed(states[0])[2] == set() and jmap.all().keys() == {"a", "b"}
    jmap.patch(events["a"]["id"], title="New")


def test_very_many_lines(root: Path, server: Gunicorn) -> None:
    """One event of 100,000 lines, and a file with 1,000 events: read, patched, destroyed."""
    jmap = Client(server)
    put(root / "work" / "long.ics", vevent("long", "Long", *(f"X-LINE;N={number}:kept" for number in range(LINES))))
    many = "".join(
        vevent(f"m{number}", f"M {number}").partition("EN\r\n")[2].removesuffix("END:VCALENDAR\r\n")
        for number in range(MANY)
    )
    put(root / "home" / "many.ics", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{many}END:VCALENDAR\r\n")
    while jmap.call("CalendarEvent/query", calculateTotal=True, limit=1)["total"] < MANY + 1:
        pass  # a request reads files for a while only
    found = jmap.found(uid="long")
    jmap.patch(found[0], title="Still long")
    data = (root / "work" / "long.ics").read_bytes()
    assert b"SUMMARY:Still long\r\n" in data and data.count(b":kept\r\n") == LINES
    (one,) = jmap.found(uid="m500")
    before = (root / "home" / "many.ics").read_bytes()
    jmap.patch(one, title="Five hundred")
    after = (root / "home" / "many.ics").read_bytes()
    assert after.count(b"\r\n") >= before.count(b"\r\n") and b"SUMMARY:Five hundred\r\n" in after
    assert after.count(b"BEGIN:VEVENT") == MANY
    jmap.destroy(one, found[0])
    assert (root / "home" / "many.ics").read_bytes().count(b"BEGIN:VEVENT") == MANY - 1
    assert not (root / "work" / "long.ics").exists()
