"""jmapd-import-calendar: what is taken in and how, what is there already, what is left out and why."""

import subprocess
import sys
from pathlib import Path

import pytest

from jmapd.cli.import_calendar import main
from jmapd.formats.icalendar import calendars
from jmapd.protocol.accounts import Accounts
from tests.calendars.host import Calendars, vcalendar, vevent
from tests.cli.import_host import ImportHost, last

BIN = Path(__file__).parents[2] / "bin" / "jmapd-import-calendar"
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\n"


class Importing(ImportHost, Calendars):
    """The program, and what it shows."""

    program = staticmethod(main)


@pytest.fixture
def host(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


def zone(name: str) -> str:
    lines = ("BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:STANDARD")
    rule = "\r\n".join(lines)
    return f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\n{rule}\r\nEND:VTIMEZONE\r\n"


def task(uid: str, *lines: str) -> str:
    return vevent(uid, *lines).replace("VEVENT", "VTODO")


@pytest.mark.rfc("5545", "3.4")
def test_an_export_becomes_a_file_for_each_uid(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    """With the time zones that it needs, in order, octet for octet (RFC 4791 4.1)."""
    inside = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;VALUE=DATE-TIME;TZID=b:20260105T080000\r\nEND:VALARM"
    one = vevent("one", "RRULE:FREQ=DAILY", 'X-ODD;a="b:c":\\x', inside, "SUMMARY:Lunch\r\n  time")
    other = vevent("two", "DTEND;TZID=a:20260105T100000")
    override = vevent("one", "RECURRENCE-ID:20260106T090000Z", start="20260106T100000Z")
    todo = task("three", "DUE;TZID=gone:20260107T090000")
    lines = "METHOD:PUBLISH\r\nX-WR-CALNAME:All of it\r\n"
    whole = vcalendar(lines, zone("a"), zone("b"), one, other, todo, override)
    state = host.call("CalendarEvent/get", {"ids": []})["state"]
    assert host.run("--calendar", "home", host.given("all.ics", whole)) == 0
    assert last(capsys) == ["home: 3 taken in, 0 there already, 0 left out"]
    assert host.files() == {
        "home/one.ics": f"{HEAD}{zone('b')}{one}{override}END:VCALENDAR\r\n".encode(),
        "home/two.ics": f"{HEAD}{zone('a')}{other}END:VCALENDAR\r\n".encode(),
        "home/three.ics": f"{HEAD}{todo}END:VCALENDAR\r\n".encode(),
    }
    created = host.call("CalendarEvent/changes", {"sinceState": state})["created"]
    found = {event["uid"]: event for event in host.events(created)}
    assert found.keys() == {"one", "two"} and list(found["one"]["recurrenceOverrides"]) == ["2026-01-06T09:00:00"]
    assert found["one"]["calendarIds"] == {host.named()["home"]["id"]: True}
    assert host.verified()
    assert host.run("--calendar", "home", host.given("all.ics", whole)) == 0
    assert last(capsys)[-1] == "home: 0 taken in, 3 there already, 0 left out"


@pytest.mark.rfc("5545", "3.8.4.7")
def test_one_without_a_uid_gets_one_once(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    bare = vevent("x", "SUMMARY:Lunch", "BEGIN:VALARM\r\nACTION:AUDIO\r\nTRIGGER:PT0S\r\nEND:VALARM").replace(
        "UID:x\r\n", ""
    )
    empty = vevent("", "SUMMARY:Dinner")
    path = host.given("a.ics", vcalendar(bare, empty, bare))
    assert host.run("--calendar", "home", path) == 0
    assert last(capsys)[-1] == "home: 2 taken in (2 without a UID got one), 1 there already, 0 left out"
    for data in host.files().values():
        (component,) = calendars(data)[0].components
        (uid,) = component.named("UID")
        assert uid.value.startswith("urn:uuid:")
        assert component.text().replace(uid.raw, "") in (bare, empty.replace("UID:\r\n", ""))
        assert data.index(b"\nUID") < len(data) - len(bare) + 60
    files = host.files()
    assert host.run("--calendar", "home", path) == 0
    assert last(capsys)[-1] == "home: 0 taken in, 3 there already, 0 left out" and host.files() == files


def test_another_with_the_same_uid_is_left_out(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "SUMMARY:Lunch")))
    files = host.files()
    path = host.given(
        "b.ics", vcalendar(vevent("u1", "SUMMARY:Late\\, lunch"), vevent("u2"), vevent("u2", "SUMMARY:\x1b[3m"))
    )
    assert host.run("--calendar", "home", path) == 1
    assert last(capsys) == [
        f"{path}, no. 1 (Late, lunch): left out: another event or task has the UID u1 already",
        f"{path}, no. 3 ([3m): left out: another event or task has the UID u2 already",
        "home: 1 taken in, 0 there already, 2 left out",
    ]
    assert {name: data for name, data in host.files().items() if name in files} == files


@pytest.mark.rfc("5545", "3.6")
def test_what_is_no_event_and_no_task_is_told(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    journal = vevent("j", "SUMMARY:Dear diary").replace("VEVENT", "VJOURNAL")
    cut = vcalendar(vevent("cut", "SUMMARY:Cy", "no line")).removesuffix("END:VEVENT\r\nEND:VCALENDAR\r\n")
    given = (
        ("note.txt", "hello\n"),
        ("zone.ics", vcalendar(zone("a"))),
        ("j.ics", vcalendar(journal)),
        ("cut.ics", cut),
    )
    paths = [host.given(*each) for each in given]
    assert host.run("--calendar", "home", str(host.folder / "none.ics"), *paths) == 1
    assert last(capsys) == [
        f"{host.folder}/none.ics: left out: No such file or directory",
        f"{paths[0]}: left out: no event and no task in it",
        f"{paths[1]}: left out: no event and no task in it",
        f"{paths[2]} (Dear diary): left out: VJOURNAL: neither event nor task",
        f"{paths[3]} (Cy): taken in as it is, though some of it cannot be read",
        "home: 1 taken in, 0 there already, 4 left out",
    ]
    assert list(host.files()) == ["home/cut.ics"] and host.event(host.query()[0])["title"] == "Cy"


@pytest.mark.rfc("tasks-06", "2")
def test_a_calendar_with_tasks_is_a_task_list_too(host: Importing) -> None:
    made = host.calendar("home")
    assert host.run("--calendar", "home", host.given("a.ics", vcalendar(task("t1", "SUMMARY:Sweep")))) == 0
    assert host.query() == []
    account = Accounts(host.config).account("alice")
    assert account is not None
    with account.session():
        (id,) = account.store("Task").ids()
        record = account.store("Task").get([id])[id]
        assert record["taskListId"] == made and record["title"] == "Sweep" and made in account.store("TaskList").ids()


def test_which_calendar(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = host.calendar("one"), host.calendar("two")
    host.call("Calendar/set", {"onSuccessSetIsDefault": two})
    assert host.run(host.given("a.ics", vcalendar(vevent("u1")))) == 0
    assert last(capsys) == ["two: 1 taken in, 0 there already, 0 left out"]
    assert host.run("--calendar", one, host.given("b.ics", vcalendar(vevent("u2")))) == 0
    assert host.run("--calendar", "new", host.given("c.ics", vcalendar(vevent("u3")))) == 0
    assert set(host.files()) == {"two/u1.ics", "one/u2.ics", "new/u3.ics"}
    assert host.run("--calendar", "a\nb", host.given("d.ics", vcalendar(vevent("u4")))) == 2
    assert host.run("--calendar", "new", host.given("d.ics", vcalendar(vevent("u4"))), user="nobody") == 2
    assert "no name for a calendar\n" in capsys.readouterr().err and len(host.files()) == 3


def test_many_in_one_file(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    """More than a batch; the time zones of a file are looked up once."""
    every = [vevent(f"u{number}", f"DTEND;TZID=z{number % 50}:20260105T100000") for number in range(450)]
    path = host.given("all.ics", vcalendar(*(zone(f"z{number}") for number in range(50)), *every))
    assert host.run("--calendar", "home", path) == 0
    assert last(capsys)[-1] == "home: 450 taken in, 0 there already, 0 left out"
    files = host.files()
    assert len(files) == 450 and all(data.count(b"BEGIN:VTIMEZONE") == 1 for data in files.values())
    assert host.verified()


def test_the_program(host: Importing) -> None:
    path = host.given("a.ics", vcalendar(vevent("u1")))
    arguments = ["--config", str(host.folder / "jmapd.toml"), "--user", "alice", "--calendar", "home", path]
    done = subprocess.run([sys.executable, str(BIN), *arguments], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "home: 1 taken in, 0 there already, 0 left out\n")
