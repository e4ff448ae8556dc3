"""vdirsyncer between the calendars that jmapd serves and another storage: a second vdir, or Radicale over CalDAV."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .calendars import CalRadicale, Client, calendar_server, files, vevent, vtodo
from .contacts import Vdirsyncer, leftovers, put

pytestmark = [pytest.mark.system, pytest.mark.rfc("jmap-calendars-27", "5")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "calendars"
    (root / "friends").mkdir(parents=True)
    return root


@pytest.fixture
def jmap(root: Path, tmp_path: Path) -> Iterator[Client]:
    with calendar_server(tmp_path, root) as server:
        yield Client(server)
        assert leftovers(root) == []


def test_two_vdirs_become_the_same(root: Path, jmap: Client, tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / "family").mkdir(parents=True)
    for number in range(3):
        put(there / "family" / f"far{number}.ics", vevent(f"far{number}", f"Far {number}", "X-FAR;P=1:kept"))
    put(there / "family" / "todo.ics", vtodo("todo", "Far task"))
    (there / "family" / "displayname").write_text("The family")
    (there / "family" / "color").write_text("#00ff00")
    given = f'type = "filesystem"\npath = "{there}"\nfileext = ".ics"'
    sync = Vdirsyncer(tmp_path / "vdirsyncer", root, given, suffix=".ics")
    near = {uid: jmap.new("friends", uid, f"N {uid}", description="ä" * 100) for uid in ("a", "b")}
    for step in ("discover", "sync", "metasync"):
        sync.run(step)
    assert files(root) == files(there) and len(files(root)) == 6
    assert jmap.books().keys() == {"friends", "The family"} == jmap.books("TaskList").keys()
    events, state = jmap.all(), jmap.state()
    assert events.keys() == {"a", "b", "far0", "far1", "far2"} and jmap.all("Task").keys() == {"todo"}
    far = {uid: events[uid]["id"] for uid in ("far0", "far1", "far2")}
    # Changes on both sides at once, and the name and colour of a calendar.
    jmap.patch(far["far0"], title="Changed by JMAP")
    jmap.destroy(far["far1"])
    jmap.patch(near["a"], calendarIds={jmap.books()["The family"]: True})
    put(there / "family" / "far2.ics", vevent("far2", "Changed there"))
    jmap.call("Calendar/set", update={jmap.books()["The family"]: {"name": "Clan", "color": "#0000ff"}})
    sync.sync()
    sync.run("metasync")
    assert files(root) == files(there)
    assert (there / "family" / "displayname").read_text() == "Clan"
    assert (there / "family" / "color").read_text() == "#0000ff"
    assert b"X-FAR;P=1:kept\r\n" in files(there)["family/far0.ics"]
    titles = {uid: event["title"] for uid, event in jmap.all().items()}
    assert titles == {"a": "N a", "b": "N b", "far0": "Changed by JMAP", "far2": "Changed there"}
    assert jmap.changed(state) == (set(), {far["far0"], far["far2"], near["a"]}, {far["far1"]})
    before = files(root)
    sync.sync()
    assert files(root) == before


def test_with_a_server_in_between(root: Path, jmap: Client, tmp_path: Path) -> None:
    """Events as jmapd writes them pass through CalDAV and come back."""
    (tmp_path / "dav").mkdir()
    radicale = CalRadicale(tmp_path / "dav")
    try:
        url = f"http://127.0.0.1:{radicale.port}/alice/"
        given = f'type = "caldav"\nurl = "{url}"\nusername = "alice"\npassword = "secret"'
        sync = Vdirsyncer(tmp_path / "vdirsyncer", root, given, suffix=".ics")
        rule = {"@type": "RecurrenceRule", "frequency": "daily", "count": 5}
        override = {"2026-03-03T10:00:00": {"title": "Moved", "start": "2026-03-03T12:00:00"}}
        id = jmap.new("friends", "a", "Daily", recurrenceRule=rule, recurrenceOverrides=override)
        radicale.put("friends", "c.ics", vevent("c", "Third", "X-OWN:1"))
        sync.run("discover")
        sync.sync()
        assert len(radicale.items("friends")) == 2 and jmap.all().keys() == {"a", "c"}
        jmap.patch(jmap.all()["c"]["id"], title="The third")
        before = jmap.all()["a"]
        (name,) = (name for name in radicale.items("friends") if "\nUID:a\r\n" in radicale.get("friends", name))
        text = radicale.get("friends", name)
        radicale.put("friends", name, text.replace("SUMMARY:Daily", "SUMMARY:Changed"))
        sync.sync()
        after = jmap.all()["a"]
        assert after["id"] == id and after["title"] == "Changed"
        assert after["recurrenceOverrides"] == before["recurrenceOverrides"] and after["start"] == before["start"]
        texts = [radicale.get("friends", name) for name in radicale.items("friends")]
        assert any("SUMMARY:The third\r\n" in text and "X-OWN:1\r\n" in text for text in texts)
        radicale.verified()
    finally:
        radicale.stop()
