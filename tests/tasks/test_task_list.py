"""TaskList/get, changes and set (tasks-06 3)."""

from typing import Any

import pytest

from tests.calendars.host import vcalendar, vevent
from tests.tasks.host import Tasks, vtodo

pytestmark = pytest.mark.rfc("tasks-06", "3")
RIGHTS = {
    "mayReadItems": True,
    "mayWriteAll": True,
    "mayWriteOwn": True,
    "mayUpdatePrivate": True,
    "mayRSVP": True,
    "mayAdmin": False,
    "mayDelete": True,
}
STATUSES = ["completed", "failed", "in-process", "needs-action", "cancelled", "pending"]


def test_defaults(host: Tasks) -> None:
    id = host.list_id("Home")
    found = host.lists()["Home"]
    assert found == {
        "id": id,
        "role": None,
        "name": "Home",
        "description": None,
        "color": None,
        "keywordColors": None,
        "categoryColors": None,
        "sortOrder": 0,
        "isSubscribed": True,
        "timeZone": None,
        "workflowStatuses": STATUSES,
        "defaultAlertsWithTime": None,
        "defaultAlertsWithoutTime": None,
        "shareWith": None,
        "myRights": RIGHTS,
    }


@pytest.mark.rfc("tasks-06", "3.4")
def test_everything_can_be_set(host: Tasks) -> None:
    given: dict[str, Any] = {
        "name": "Work",
        "description": "What I do",
        "color": "#336699",
        "keywordColors": {"urgent": "red"},
        "categoryColors": {"http://example.com/x": "#00ff00"},
        "sortOrder": 3,
        "isSubscribed": False,
        "timeZone": "Europe/Berlin",
        "workflowStatuses": ["open", "done"],
        "defaultAlertsWithTime": {"a1": {"trigger": {"offset": "-PT5M"}}},
        "defaultAlertsWithoutTime": {"a2": {"trigger": {"offset": "PT9H"}}},
    }
    id = host.created("TaskList", given)["id"]
    shown = host.lists()["Work"]
    assert {name: shown[name] for name in given} == given
    assert host.updated(id, {"name": "Job", "keywordColors": None}, "TaskList") is None
    assert host.lists()["Job"]["keywordColors"] is None
    host.destroyed(id, "TaskList")
    assert "Job" not in host.lists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("role", "archive"),
        ("color", "reddish"),
        ("keywordColors", {"a": "#12"}),
        ("categoryColors", {"a": "nothing"}),
        ("sortOrder", 2**31),
        ("timeZone", "Mars/Olympus"),
        ("workflowStatuses", ["a", "a"]),
        ("workflowStatuses", [" "]),
        ("defaultAlertsWithTime", {"a": {"trigger": {"offset": "soon"}}}),
        ("myRights", RIGHTS | {"mayDelete": False}),
    ],
)
def test_refused(host: Tasks, name: str, value: Any) -> None:
    error = host.refused("TaskList", {"name": "Work", name: value})
    assert error["type"] == "invalidProperties" and error["properties"][0].split("/")[0] == name
    assert host.lists().keys() == {"Personal"}


@pytest.mark.rfc("tasks-06", "3.4")
def test_sharing_is_up_to_the_administrator(host: Tasks) -> None:
    error = host.refused("TaskList", {"name": "Work", "shareWith": {"p1": RIGHTS}})
    assert (error["type"], error["properties"]) == ("forbidden", ["shareWith"])


def test_there_is_one_inbox(host: Tasks) -> None:
    home, work = host.list_id("Personal"), host.list_id("Work")
    assert [host.lists()[name]["role"] for name in ("Personal", "Work")] == ["inbox", None]
    state = host.call("TaskList/get", {"ids": []})["state"]
    answer = host.call("TaskList/set", {"update": {work: {"role": "inbox"}}})
    assert answer["notUpdated"] is None and answer["updated"][home] == {"role": None}
    assert [host.lists()[name]["role"] for name in ("Personal", "Work")] == [None, "inbox"]
    assert set(host.call("TaskList/changes", {"sinceState": state})["updated"]) == {home, work}
    error = host.not_updated(work, {"role": None}, "TaskList")
    assert (error["type"], error["properties"]) == ("invalidProperties", ["role"])


def test_there_is_one_trash(host: Tasks) -> None:
    host.list_id()
    trash = host.created("TaskList", {"name": "Bin", "role": "trash"})["id"]
    assert host.lists()["Bin"]["role"] == "trash"
    assert host.refused("TaskList", {"name": "Bin 2", "role": "trash"})["properties"] == ["role"]
    assert host.updated(trash, {"role": None}, "TaskList") is None
    assert host.lists()["Bin"]["role"] is None


@pytest.mark.rfc("tasks-06", "3.4")
def test_a_list_with_tasks_is_destroyed_only_with_them(host: Tasks) -> None:
    id = host.new()
    home = host.list_id()
    answer = host.call("TaskList/set", {"destroy": [home]})
    assert answer["notDestroyed"][home]["type"] == "taskListHasTask"
    answer = host.call("TaskList/set", {"destroy": [home], "onDestroyRemoveTasks": True})
    assert answer["destroyed"] == [home]
    assert host.call("Task/get", {"ids": [id]})["notFound"] == [id] and host.files() == {}


@pytest.mark.rfc("tasks-06", "1.5")
def test_folders_of_other_programs_are_calendars_and_task_lists(host: Tasks) -> None:
    host.write("a.ics", vcalendar(vtodo("u1")))
    host.write("b.ics", vcalendar(vevent("u2")))
    calendars = ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:calendars")
    (calendar,) = host.call("Calendar/get", {"ids": None}, using=calendars)["list"]
    assert calendar["id"] == host.list_id()
    answer = host.call("TaskList/set", {"destroy": [host.list_id()], "onDestroyRemoveTasks": True})
    assert answer["destroyed"] == [calendar["id"]]
    assert host.files().keys() == {"home/b.ics"}
    assert "home" not in host.lists()
