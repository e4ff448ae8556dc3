"""Radicale and xandikos over the collections that jmapd serves at the same time, and khal and todoman there as well."""

import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .calendars import DAVS, CalDav, Client, Khal, Todoman, calendar_server, files, vevent, vtodo
from .contacts import Vdirsyncer, leftovers, put
from .dav import Dav, Radicale, Xandikos, kept_whole
from .jmap import answering
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("jmap-calendars-27", "5")]


@pytest.fixture(scope="module", params=DAVS)
def dav(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale | Xandikos]:
    """One for all tests; each leaves nothing in it."""
    with kept_whole(request.param(tmp_path_factory.mktemp("dav"))) as dav:
        yield dav


@pytest.fixture(scope="module")
def server(dav: Radicale | Xandikos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with calendar_server(tmp_path_factory.mktemp("jmapd"), dav.root) as server:
        yield server
        assert leftovers(dav.root) == []


@pytest.fixture
def jmap(server: Gunicorn) -> Client:
    return Client(server)


def test_each_sees_at_once_what_the_other_does(dav: Dav, jmap: Client) -> None:
    state = jmap.state()
    dav.put("friends", "a.ics", vevent("a", "Dinner", "X-OWN;P=1:kept"))
    dinner = jmap.all()["a"]
    assert jmap.changed(state) == ({dinner["id"]}, set(), set())
    etags = dav.items("friends")
    jmap.patch(dinner["id"], title="Lunch")
    text = dav.get("friends", "a.ics")
    assert "SUMMARY:Lunch\r\n" in text and "X-OWN;P=1:kept\r\n" in text
    assert dav.items("friends")["a.ics"] != etags["a.ics"]
    state = jmap.state()
    dav.put("friends", "a.ics", text.replace("Lunch", "Tea"))
    assert jmap.all()["a"]["title"] == "Tea" and jmap.changed(state) == (set(), {dinner["id"]}, set())
    jmap.new("Friends", "b", "Walk", description="one, two; ä\nthree")
    (name,) = dav.items("friends").keys() - {"a.ics"}
    text = dav.get("friends", name)
    assert "one\\, two\\; ä\\nthree\r\n" in text and "TZID=Europe/Berlin" in text and "BEGIN:VTIMEZONE" in text
    dav.put("friends", "t.ics", vtodo("t", "Bring wine"))
    task = jmap.all("Task")["t"]
    jmap.patch(task["id"], "Task", progress="completed")
    assert "STATUS:COMPLETED" in dav.get("friends", "t.ics")
    dav.delete("friends", name)
    assert jmap.all().keys() == {"a"}
    jmap.destroy(dinner["id"])
    jmap.destroy(task["id"], type="Task")
    assert dav.items("friends") == {} and dav.ask("GET", f"{dav.home}friends/a.ics")[0] == 404


def test_calendars_of_either(dav: Dav, jmap: Client) -> None:
    dav.make("family", "Family")
    assert {"Friends", "Family"} <= jmap.books().keys() & jmap.books("TaskList").keys()
    dav.rename("family", "Clan")
    assert "Clan" in jmap.books() and "Family" not in jmap.books()
    club = jmap.created("Calendar/set", {"name": "Club", "color": "#ff0000"})["id"]
    (path,) = (path for path, name in dav.names().items() if name == "Club")
    dav.put(path, "c.ics", vevent("c", "Match"))
    assert jmap.all()["c"]["calendarIds"] == {club: True}
    jmap.call("Calendar/set", update={club: {"name": "Society"}})
    assert dav.names()[path] == "Society"
    jmap.patch(jmap.all()["c"]["id"], calendarIds={jmap.books()["Clan"]: True, club: True})
    assert len(dav.items("family")) == len(dav.items(path)) == 1
    answer = jmap.call("Calendar/set", destroy=[club], onDestroyRemoveEvents=True)
    assert answer["destroyed"] == [club]
    assert path not in dav.names() and len(dav.items("family")) == 1
    dav.put("family", "t.ics", vtodo("t", "Task"))
    clan = jmap.books()["Clan"]
    assert jmap.call("Calendar/set", destroy=[clan], onDestroyRemoveEvents=True)["destroyed"] == [clan]
    assert dav.items("family").keys() == {"t.ics"} and jmap.books("TaskList")["Clan"] == clan
    dav.delete("family")
    assert jmap.all() == {} == jmap.all("Task") and "Clan" not in jmap.books("TaskList")


def test_reports_of_what_jmap_changes(dav: CalDav, jmap: Client) -> None:
    """A CalDAV client asks for a range of time (RFC 4791 7.8), and for what is new (RFC 6578)."""
    rule = {"@type": "RecurrenceRule", "frequency": "weekly", "count": 3}
    jmap.new("Friends", "r", "Choir", recurrenceRule=rule)
    jmap.new("Friends", "s", "Summer", start="2026-07-01T10:00:00")
    assert dav.titles_between("friends", "20260302T000000Z", "20260303T000000Z") == ["Choir"]
    token, _ = dav.synced("friends")
    event = jmap.all()["r"]
    jmap.patch(event["id"], title="Orchestra", start="2026-03-03T20:00:00")
    found, (name,) = dav.synced("friends", token)
    assert found != token and "SUMMARY:Orchestra\r\n" in dav.get("friends", name)
    assert dav.titles_between("friends", "20260302T000000Z", "20260303T000000Z") == []
    assert dav.titles_between("friends", "20260303T000000Z", "20260304T000000Z") == ["Orchestra"]
    if isinstance(dav, Radicale):  # xandikos looks at the first occurrence only
        assert dav.titles_between("friends", "20260309T000000Z", "20260310T000000Z") == []
        assert dav.titles_between("friends", "20260310T000000Z", "20260311T000000Z") == ["Orchestra"]
    jmap.destroy(*(each["id"] for each in jmap.all().values()))
    assert name in dav.synced("friends", found)[1] and dav.items("friends") == {}


def test_colours_and_what_only_the_other_knows(dav: CalDav, jmap: Client) -> None:
    dav.make("club", "Club")
    dav.recolour("club", "#00ff00ff")
    (club,) = (each for each in jmap.call("Calendar/get", ids=None)["list"] if each["name"] == "Club")
    assert club["color"] == "#00ff00"
    jmap.call("Calendar/set", update={club["id"]: {"name": "Society"}})
    assert dav.colour("club") == "#00ff00ff" and dav.names()["club"] == "Society"
    jmap.call("Calendar/set", update={club["id"]: {"color": "#0000ff"}})
    assert dav.colour("club")[:7] == "#0000ff" and dav.names()["club"] == "Society"
    assert jmap.call("Calendar/set", destroy=[club["id"]])["destroyed"] == [club["id"]]


ROUNDS = 8
# With which khal, todoman and vdirsyncer end, before they write, when a file that they have listed is gone.
GONE = re.compile(r"FileNotFoundError|No such file|NotFoundError|Unknown error occurred for friends/friends: \S+\.ics")


def test_five_programs_on_one_folder(dav: Radicale | Xandikos, server: Gunicorn, tmp_path: Path) -> None:
    """What each has made and changed is there for all, whole; no one is told of a failure."""
    khal, todoman = Khal(tmp_path, dav.root, "friends"), Todoman(tmp_path, dav.root)
    there = tmp_path / "there"
    (there / "friends").mkdir(parents=True)
    given = f'type = "filesystem"\npath = "{there}"\nfileext = ".ics"'
    sync = Vdirsyncer(tmp_path / "vdirsyncer", dav.root, given, suffix=".ics")
    sync.run("discover")
    with ThreadPoolExecutor() as pool:
        work = [
            pool.submit(by_dav, dav),
            pool.submit(by_jmap, Client(server), "j"),
            pool.submit(by_jmap, Client(server), "k"),
            pool.submit(by_khal, khal, tmp_path),
            pool.submit(by_todoman, todoman),
            pool.submit(by_vdirsyncer, sync, there),
        ]
    for each in work:
        each.result()
    sync.sync()
    kept = [number for number in range(ROUNDS) if number % 3]
    wanted = {f"{who}{number}": f"{who} again {number}" for who in "djk" for number in kept}
    wanted |= {f"h{number}": f"h first {number}" for number in range(3)} | {"v0": "v first 0", "v1": "v first 1"}
    for worker in (0, 1):
        with answering(worker, server):
            events, tasks = Client(server).all(), Client(server).all("Task")
            assert {uid: event["title"] for uid, event in events.items()} == wanted
            assert sorted(task["title"] for task in tasks.values()) == ["t first 0", "t first 1", "t first 2"]
    assert len(files(dav.root)) == len(wanted) + 3
    if isinstance(dav, Xandikos):
        commit(dav.root / "friends")
    shown = [dav.get("friends", name) for name in dav.items("friends")]
    titles = re.findall("SUMMARY:(.*?)\r?\n", "".join(shown))
    assert sorted(titles) == sorted([*wanted.values(), "t first 0", "t first 1", "t first 2"])
    assert {path.read_bytes() for path in there.rglob("*.ics")} == set(files(dav.root).values())


def commit(folder: Path) -> None:
    """xandikos shows what is committed; khal, todoman and vdirsyncer do not do that."""
    who = ["-c", "safe.directory=*", "-c", "user.name=alice", "-c", "user.email=alice@example.org"]
    for step in (["add", "-A"], ["commit", "-q", "-m", "by hand"]):
        subprocess.run(["git", *who, "-C", str(folder), *step], check=True)


def by_dav(dav: Dav) -> None:
    for number in range(ROUNDS):
        name, uid = f"{number}.ics", f"d{number}"
        dav.put("friends", name, vevent(uid, f"d first {number}", "DESCRIPTION:" + "x" * 2000))
        dav.put("friends", name, vevent(uid, f"d again {number}", "DESCRIPTION:" + "y" * 2000))
        if number % 3 == 0:
            dav.delete("friends", name)


def by_jmap(jmap: Client, who: str) -> None:
    for number in range(ROUNDS):
        id = jmap.new("Friends", f"{who}{number}", f"{who} first {number}")
        jmap.patch(id, title=f"{who} again {number}")
        if number % 3 == 0:
            jmap.destroy(id)


def patiently(run: Callable[..., object], *arguments: str) -> None:
    for _ in range(20):
        try:
            run(*arguments)
            return
        except AssertionError as error:
            if not GONE.search(str(error)):
                raise
    raise AssertionError(arguments)


def by_khal(khal: Khal, folder: Path) -> None:
    for number in range(3):
        path = put(folder / f"h{number}.import", vevent(f"h{number}", f"h first {number}"))
        patiently(khal.run, "import", "--batch", "-a", "friends", str(path))


def by_todoman(todoman: Todoman) -> None:
    for number in range(3):
        patiently(todoman.run, "new", "--list", "friends", f"t first {number}")


def by_vdirsyncer(sync: Vdirsyncer, there: Path) -> None:
    for number in range(2):
        put(there / "friends" / f"v{number}.ics", vevent(f"v{number}", f"v first {number}"))
        patiently(sync.run, "sync")
