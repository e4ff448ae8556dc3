"""khal on the vdirs that jmapd serves at the same time."""

from pathlib import Path

import pytest

from jmapd.config import load
from jmapd.protocol.accounts import Accounts

from .calendars import Client, Khal, files, vevent, vtodo
from .contacts import put
from .events import Source
from .jmap import ACCOUNT
from .sending import running
from .web import Gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("jmap-calendars-27", "5")]
WEEKLY = {"@type": "RecurrenceRule", "frequency": "weekly", "byDay": [{"@type": "NDay", "day": "mo"}], "count": 4}


@pytest.fixture
def jmap(vdirs: Gunicorn) -> Client:
    return Client(vdirs)


def test_khal_shows_what_jmap_wrote(root: Path, jmap: Client, tmp_path: Path) -> None:
    khal = Khal(tmp_path, root, "home", "work")
    jmap.new("work", "one", "Talk, of; things", locations={"l": {"@type": "Location", "name": "Room ä"}})
    jmap.new("home", "day", "Holiday", start="2026-03-04T00:00:00", timeZone=None, duration="P1D", showWithoutTime=True)
    moved = {"2026-03-16T10:00:00": {"start": "2026-03-17T15:00:00"}, "2026-03-09T10:00:00": {"excluded": True}}
    jmap.new("work", "week", "Weekly", recurrenceRule=WEEKLY, recurrenceOverrides=moved)
    assert khal.listed("2026-03-01", "40d") == [
        "2026-03-02 10:00 11:00 work Talk, of; things one",
        "2026-03-02 10:00 11:00 work Weekly week",
        "2026-03-04   home Holiday day",
        "2026-03-17 15:00 16:00 work Weekly week",
        "2026-03-23 10:00 11:00 work Weekly week",
    ]
    assert "Room ä" in khal.run("search", "--format", "{location}", "Talk")


def test_what_khal_makes_and_imports_is_there_at_once(root: Path, jmap: Client, tmp_path: Path) -> None:
    khal, state = Khal(tmp_path, root, "home", "work"), jmap.state()
    khal.run("new", "-a", "work", "--location", "Hall", "--alarms", "10m", "--repeat", "daily", "--until", "2026-03-06",
             "2026-03-02", "09:30", "10:15", "Standup", "::", "By khal")  # fmt: skip
    (event,) = jmap.all().values()
    assert jmap.changed(state) == ({event["id"]}, set(), set())
    assert event["calendarIds"] == {jmap.books()["work"]: True} and event["title"] == "Standup"
    assert (event["start"], event["timeZone"], event["duration"]) == ("2026-03-02T09:30:00", "Europe/Berlin", "PT45M")
    assert event["recurrenceRule"]["frequency"] == "daily" and event["description"] == "By khal"
    assert [place["name"] for place in event["locations"].values()] == ["Hall"]
    assert [alert["trigger"]["offset"] for alert in event["alerts"].values()] == ["-PT10M"]
    assert jmap.found(after="2026-03-05T00:00:00", before="2026-03-06T00:00:00") == [event["id"]]
    path = put(tmp_path / "other.ics", vevent("other", "Imported", "X-OWN;X-P=1:kept"))
    khal.run("import", "--batch", "-a", "home", str(path))
    assert jmap.all()["other"]["title"] == "Imported"


def test_both_change_one_event(root: Path, jmap: Client, tmp_path: Path) -> None:
    """Each keeps what only the other knows."""
    khal = Khal(tmp_path, root, "work")
    put(root / "work" / "a name of its own.ics", vevent("a", "First", "X-OWN;X-P=1:kept", "TRANSP:TRANSPARENT"))
    event = jmap.all()["a"]
    jmap.patch(event["id"], title="By JMAP", start="2026-03-03T09:00:00")
    assert khal.listed("2026-03-01", "7d") == ["2026-03-03 10:00 11:00 work By JMAP a"]
    khal.run("edit", "--show-past", "By JMAP", given="s\nBy khal\nl\nHall\nq\n")
    after = jmap.all()["a"]
    assert after["id"] == event["id"] and after["title"] == "By khal" and after["freeBusyStatus"] == "free"
    ((path, data),) = files(root).items()
    assert path == "work/a name of its own.ics" and b"X-OWN;X-P=1:kept\r\n" in data
    state = jmap.state()
    khal.run("edit", "--show-past", "By khal", given="D\ny\n")
    assert jmap.all() == {} and jmap.changed(state) == (set(), set(), {event["id"]})


def test_colours_and_names_of_calendars(root: Path, jmap: Client, tmp_path: Path) -> None:
    jmap.call("Calendar/set", update={jmap.books()["work"]: {"color": "#ff0000", "name": "Office"}})
    club = jmap.created("Calendar/set", {"name": "club"})["id"]
    jmap.new("club", "c", "Match")
    khal = Khal(tmp_path, root, "home", "work", "club")
    assert khal.listed("2026-03-02", "1d") == ["2026-03-02 10:00 11:00 club Match c"]
    assert (root / "work" / "color").read_text() == "#ff0000" and jmap.books()["club"] == club
    khal.run("printcalendars")


@pytest.mark.rfc("8620", "7.3")
def test_clients_are_told_of_what_khal_does(root: Path, jmap: Client, tmp_path: Path) -> None:
    source = Source(jmap.server, types="CalendarEvent,Task")
    Khal(tmp_path, root, "home").run("new", "2026-03-02", "09:30", "10:15", "Standup")
    event = source.next()
    assert event is not None and event.data["changed"][ACCOUNT] == {"CalendarEvent": jmap.state()}
    put(root / "home" / "t.ics", vtodo("t", "Task"))
    event = source.next()
    assert event is not None and event.data["changed"][ACCOUNT].keys() == {"Task"}
    source.close()


def test_the_sidecar_knows_before_anybody_asks(root: Path, jmap: Client) -> None:
    """Events that come, also in a calendar that comes with them, that change and go."""
    assert isinstance(jmap.server, Gunicorn)
    index = Accounts(load(str(jmap.server.config))).account(ACCOUNT)
    assert index is not None

    def shown() -> list[str]:
        with index.opened():
            return sorted(event["title"] for event in index.store("CalendarEvent").scan())

    jmap.state()
    with running(jmap.server, "jmapd-reindex", "--watch"):
        put(root / "home" / "a.ics", vevent("a", "First"))
        wait_until(lambda: shown() == ["First"], lambda: str(shown()))
        (root / "club").mkdir()
        put(root / "club" / "b.ics", vevent("b", "Second"))
        wait_until(lambda: shown() == ["First", "Second"], lambda: str(shown()))
        put(root / "club" / "b.ics", vevent("b", "Third"))
        wait_until(lambda: shown() == ["First", "Third"], lambda: str(shown()))
        (root / "home" / "a.ics").unlink()
        wait_until(lambda: shown() == ["Third"], lambda: str(shown()))
    index.close()
