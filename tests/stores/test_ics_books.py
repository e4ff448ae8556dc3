"""Calendars and TaskLists on folders (jmap-calendars 4, jmap-tasks 2), in each kind of tree."""

import json
import subprocess
from typing import Any

import pytest

from jmapd.stores import rebuild
from tests.stores.ics_files import NEW, Calendars, calendar, component, vevent, vtodo


def create(calendars: Calendars, type: str, name: str, **more: Any) -> Any:
    return calendars.create(type, **NEW | {"name": name} | more)


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_what_a_vdir_says_of_itself(calendars: Calendars) -> None:
    calendars.write("work/a.ics", vevent("a"))
    for name, text in {"displayname": "Work!", "color": "#00ff00", "description": "All day", "order": "3\n"}.items():
        calendars.write(f"work/{name}", text)
    found = calendars.all("Calendar")["Work!"]
    told = {"color": "#00ff00", "description": "All day", "sortOrder": 3, "isDefault": True, "isSubscribed": True}
    more = {"isVisible": True, "includeInAvailability": "all", "timeZone": None, "shareWith": None}
    assert found == found | told | more
    assert found["myRights"]["mayWriteAll"] and found["myRights"]["mayReadFreeBusy"] and found["myRights"]["mayDelete"]
    tasks = calendars.all("TaskList")["Work!"]
    assert tasks == tasks | told and tasks["myRights"].keys() >= {"mayReadItems", "mayAdmin", "mayDelete"}


@pytest.mark.parametrize(
    ("said", "shown"), [("#00FF00ff", "#00FF00"), ("#0f0", "#0f0"), ("light blue", None), ("", None), ("#12345", None)]
)
def test_colours_of_other_programs(calendars: Calendars, said: str, shown: str | None) -> None:
    calendars.write("work/a.ics", vevent("a"))
    calendars.write("work/color", said)
    assert calendars.all("Calendar")["work"]["color"] == shown
    calendars.update("Calendar", calendars.id("work"), sortOrder=2)
    assert calendars.files()["work/color"] == said


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_a_colour_by_name_is_no_other_programs_business(calendars: Calendars) -> None:
    calendars.write("work/a.ics", vevent("a"))
    calendars.write("work/color", "#00ff00")
    id = calendars.id("work")
    calendars.update("Calendar", id, color="teal")
    assert calendars.all("Calendar")["work"]["color"] == "teal" and "work/color" not in calendars.files()
    calendars.write("work/color", "#0000ff")
    assert calendars.all("Calendar")["work"]["color"] == "#0000ff"
    calendars.update("Calendar", id, color="#ff0000")
    assert calendars.files()["work/color"] == "#ff0000"
    calendars.update("Calendar", id, color=None)
    assert calendars.all("Calendar")["work"]["color"] is None and "work/color" not in calendars.files()


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_what_no_file_holds_survives_a_lost_index(calendars: Calendars) -> None:
    calendars.write("work/a.ics", vevent("a"))
    alerts = {"one": {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}}
    told = {"isVisible": False, "includeInAvailability": "none", "timeZone": "Europe/Berlin"}
    calendars.update("Calendar", calendars.id("work"), defaultAlertsWithTime=alerts, isSubscribed=False, **told)
    calendars.update("TaskList", calendars.id("work"), workflowStatuses=["new", "done"], timeZone="Asia/Tokyo")
    before = calendars.all("Calendar"), calendars.all("TaskList")
    assert before[0]["work"]["defaultAlertsWithTime"] == alerts and not before[0]["work"]["isVisible"]
    assert before[1]["work"]["timeZone"] == "Asia/Tokyo" and before[1]["work"]["isSubscribed"]
    rebuild.renew(calendars.account)
    assert (calendars.all("Calendar"), calendars.all("TaskList")) == before
    assert calendars.files().keys() == {"work/a.ics"}


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_what_a_client_makes_is_what_it_asked_for(calendars: Calendars) -> None:
    calendars.write("work/a.ics", vevent("a"))
    create(calendars, "Calendar", "Home", color="#123456")
    create(calendars, "TaskList", "Shopping")
    assert calendars.kinds() == {"work": ["Calendar", "TaskList"], "Home": ["Calendar"], "Shopping": ["TaskList"]}
    assert calendars.files()["Home/color"] == "#123456"
    calendars.write("Home/b.ics", vtodo("b"))
    assert calendars.kinds()["Home"] == ["Calendar", "TaskList"] and "Shopping" in calendars.all("Task")
    rebuild.renew(calendars.account)
    assert calendars.kinds()["Home"] == ["Calendar", "TaskList"] and calendars.kinds()["Shopping"] == ["TaskList"]


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_a_destroyed_calendar_leaves_its_tasks(calendars: Calendars) -> None:
    for name, text in {"a": vevent("a"), "b": vtodo("b"), "j": calendar(component("VJOURNAL", "j"))}.items():
        calendars.write(f"work/{name}.ics", text)
    mixed = calendar(component("VEVENT", "c"), component("VTODO", "d", "Mixed"))
    calendars.write("work/mixed.ics", mixed)
    id = calendars.id("work")
    calendars.destroy("Calendar", id)
    assert calendars.kinds() == {"work": ["TaskList"]} and calendars.all("CalendarEvent") == {}
    assert calendars.files().keys() == {"work/b.ics", "work/j.ics", "work/mixed.ics"}
    assert calendars.files()["work/mixed.ics"] == calendar(component("VTODO", "d", "Mixed"))
    rebuild.renew(calendars.account)
    assert calendars.kinds() == {"work": ["TaskList"]} and calendars.id("work", "TaskList") == id
    calendars.write("work/e.ics", vevent("e"))
    assert calendars.kinds() == {"work": ["Calendar", "TaskList"]}


@pytest.mark.rfc("tasks-06", "2.4")
def test_a_destroyed_task_list_leaves_the_events(calendars: Calendars) -> None:
    calendars.write("work/a.ics", vevent("a"))
    calendars.write("work/b.ics", vtodo("b"))
    calendars.destroy("TaskList", calendars.id("work"))
    assert calendars.kinds() == {"work": ["Calendar"]} and calendars.files() == {"work/a.ics": vevent("a")}
    calendars.destroy("Calendar", calendars.id("work"))
    assert "work" not in calendars.kinds() and not (calendars.root / "work").exists()
    assert not any(calendars.root.iterdir())


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_an_event_in_another_calendar_too_is_only_taken_out(calendars: Calendars) -> None:
    for folder in ("one", "two"):
        calendars.write(f"{folder}/a.ics", vevent("a"))
    calendars.write("one/b.ics", vtodo("b"))
    calendars.destroy("Calendar", calendars.id("one"))
    (event,) = calendars.all("CalendarEvent").values()
    assert event["calendarIds"] == {calendars.id("two"): True}


def test_in_a_radicale_tree(calendars: Calendars) -> None:
    (calendars.root / ".Radicale.lock").touch()
    both = {"tag": "VCALENDAR", "D:displayname": "One", "ICAL:calendar-color": "#aabbccff", "X:own": "kept"}
    only = {"tag": "VCALENDAR", "D:displayname": "Two", "C:supported-calendar-component-set": "VTODO,VJOURNAL"}
    calendars.write("a1/.Radicale.props", json.dumps(both))
    calendars.write("a2/.Radicale.props", json.dumps(only))
    calendars.write("a3/.Radicale.props", json.dumps({"tag": "VADDRESSBOOK", "D:displayname": "No"}))
    calendars.write("a1/one.ics", vevent("a"))
    assert calendars.kinds() == {"One": ["Calendar", "TaskList"], "Two": ["TaskList"]}
    assert calendars.all("Calendar")["One"]["color"] == "#aabbcc"
    calendars.update("Calendar", calendars.id("One"), color="#000000", description="all", sortOrder=2)
    written = json.loads(calendars.files()["a1/.Radicale.props"])
    assert written == both | {"ICAL:calendar-color": "#000000", "C:calendar-description": "all"}
    assert calendars.all("Calendar")["One"]["sortOrder"] == 2
    create(calendars, "TaskList", "Three")
    props = json.loads(calendars.files()["Three/.Radicale.props"])
    assert props["C:supported-calendar-component-set"] == "VTODO,VJOURNAL" and props["tag"] == "VCALENDAR"
    calendars.write("a1/two.ics", vtodo("b"))
    calendars.destroy("TaskList", calendars.id("One"))
    assert (
        json.loads(calendars.files()["a1/.Radicale.props"])["C:supported-calendar-component-set"] == "VEVENT,VJOURNAL"
    )
    assert calendars.kinds()["One"] == ["Calendar"]
    calendars.write("a2/three.ics", vevent("c"))
    assert calendars.kinds()["Two"] == ["Calendar", "TaskList"]


def test_in_a_xandikos_tree(calendars: Calendars) -> None:
    for type, name in (("calendar", "cal"), ("addressbook", "cards")):
        folder = calendars.root / name
        folder.mkdir()
        subprocess.run(["git", "init", "-q", folder], check=True)
        subprocess.run(["git", "-C", folder, "config", "xandikos.type", type], check=True)
        subprocess.run(["git", "-C", folder, "config", "xandikos.color", "#334455"], check=True)
    calendars.write("cal/a.ics", vevent("a"))
    assert calendars.kinds() == {"cal": ["Calendar", "TaskList"]}
    assert calendars.all("Calendar")["cal"]["color"] == "#334455"
    calendars.update("Calendar", calendars.id("cal"), color="#000000")
    said = subprocess.run(
        ["git", "-C", calendars.root / "cal", "config", "xandikos.color"], check=True, capture_output=True, text=True
    )
    assert said.stdout == "#000000\n" and calendars.all("Calendar")["cal"]["color"] == "#000000"
    create(calendars, "Calendar", "Second")
    calendars.event("b", calendars.id("Second"))
    log = subprocess.run(
        ["git", "-C", calendars.root / "Second", "log", "--format=%an"], check=True, capture_output=True, text=True
    )
    assert log.stdout == "jmapd\n"


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_exactly_one_of_each_type_is_the_default(calendars: Calendars) -> None:
    assert calendars.kinds() == {"Personal": ["Calendar", "TaskList"]}
    calendars.write("work/a.ics", vevent("a"))
    calendars.write("Calendar/b.ics", vevent("b"))
    calendars.update("TaskList", calendars.id("work"), isDefault=True)
    calendars.update("Calendar", calendars.id("Calendar"), isDefault=True)
    assert [name for name, each in calendars.all("TaskList").items() if each["isDefault"]] == ["work"]
    assert [name for name, each in calendars.all("Calendar").items() if each["isDefault"]] == ["Calendar"]


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_the_first_calendar_is_made_with_its_first_event(calendars: Calendars) -> None:
    id = calendars.id("Personal")
    calendars.event("a", id)
    assert calendars.files().keys() == {"Personal/a.ics"} and calendars.id("Personal") == id
