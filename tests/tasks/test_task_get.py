"""Task/get and changes (tasks-06 4, 4.9; jmap-calendars-27 5.7)."""

from typing import Any

import pytest

from tests.calendars.host import vcalendar
from tests.tasks.host import Tasks, vtodo

pytestmark = pytest.mark.rfc("tasks-06", "4.9")
DAILY = {"frequency": "daily", "count": 5}
TIMES = {"start": "2026-01-05T09:00:00", "due": "2026-01-05T17:00:00", "timeZone": "Europe/Berlin"}


def test_a_task_of_another_program(host: Tasks) -> None:
    lines = ("SUMMARY:Milk", "DUE:20260105T090000Z", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:30", "PRIORITY:5")
    host.write("a.ics", vcalendar(vtodo("u1", *lines, "CATEGORIES:shop", "RELATED-TO:u2")))
    (task,) = host.tasks()
    assert task["id"].startswith("K") and task["taskListId"] == host.list_id()
    wanted = {
        "@type": "Task",
        "uid": "u1",
        "title": "Milk",
        "due": "2026-01-05T09:00:00",
        "timeZone": "Etc/UTC",
        "progress": "in-process",
        "percentComplete": 30,
        "priority": 5,
        "keywords": {"shop": True},
        "isDraft": False,
        "isOrigin": True,
    }
    assert {name: task.get(name) for name in wanted} == wanted and task["relatedTo"].keys() == {"u2"}
    assert not {"utcStart", "utcDue", "baseTaskId", "iCalendar"} & task.keys()


def test_properties_can_be_named(host: Tasks) -> None:
    id = host.new("Milk", **TIMES)
    assert host.task(id, properties=["title", "nothing"]) == {"id": id, "title": "Milk"}
    assert host.error("Task/get", {"ids": [id], "properties": ["Title"]})["type"] == "invalidArguments"


@pytest.mark.rfc("tasks-06", "4")
def test_times_in_utc(host: Tasks) -> None:
    utc = ["utcStart", "utcDue"]
    id = host.new(**TIMES)
    assert host.task(id, properties=utc) == {
        "id": id,
        "utcStart": "2026-01-05T08:00:00Z",
        "utcDue": "2026-01-05T16:00:00Z",
    }
    floating = host.new(due="2026-01-05T17:00:00")
    found = host.task(floating, properties=utc, timeZone="Asia/Tokyo")
    assert found == {"id": floating, "utcStart": None, "utcDue": "2026-01-05T08:00:00Z"}
    assert host.task(host.new(), properties=["utcDue"])["utcDue"] is None


@pytest.mark.rfc("tasks-06", "4.4")
def test_an_occurrence(host: Tasks) -> None:
    overrides = {"2026-01-06T09:00:00": {"title": "Bread", "progress": "completed"}}
    id = host.new("Milk", **TIMES, recurrenceRule=DAILY, recurrenceOverrides=overrides)
    found = host.task(f"{id}_20260106T090000", properties=None)
    wanted = {
        "baseTaskId": id,
        "title": "Bread",
        "progress": "completed",
        "start": "2026-01-06T09:00:00",
        "due": "2026-01-06T17:00:00",
        "recurrenceId": "2026-01-06T09:00:00",
        "recurrenceIdTimeZone": "Europe/Berlin",
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert "recurrenceRule" not in found and "recurrenceOverrides" not in found
    gone = [f"{id}_20260110T090000", f"{id}_20260105T100000"]
    assert host.call("Task/get", {"ids": gone})["notFound"] == gone


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_some_overrides(host: Tasks) -> None:
    overrides = {f"2026-01-0{day}T09:00:00": {"title": f"Day {day}"} for day in (6, 7, 8)}
    id = host.new("Milk", **TIMES, recurrenceRule=DAILY, recurrenceOverrides=overrides)
    window = {"recurrenceOverridesAfter": "2026-01-07T08:00:00Z", "recurrenceOverridesBefore": "2026-01-08T08:00:00Z"}
    assert host.task(id, **window)["recurrenceOverrides"].keys() == {"2026-01-07T09:00:00"}


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_fewer_participants(host: Tasks) -> None:
    people = {
        "a": {"calendarAddress": "mailto:alice@example.org", "roles": {"assignee": True}},
        "b": {"calendarAddress": "mailto:bob@example.org", "roles": {"assignee": True}},
    }
    id = host.new(participants=people)
    assert host.task(id)["participants"].keys() == {"a", "b"}
    assert host.task(id, reduceParticipants=True)["participants"].keys() == {"a"}


@pytest.mark.rfc("tasks-06", "4.5.3")
def test_hidden_attendees(make_host: Any) -> None:
    """Owners, who are those with the role chair (3), are seen by all."""
    host = make_host({"team": ["alice", "bob"]})
    people = {
        "a": {"calendarAddress": "mailto:alice@example.org", "roles": {"chair": True}},
        "c": {"calendarAddress": "mailto:carol@example.org", "roles": {"assignee": True}},
    }
    id = host.use("team").new(participants=people, hideAttendees=True)
    found = host.log_in("bob").task(id)["participants"]
    assert "a" in found and "c" not in found


@pytest.mark.rfc("tasks-06", "4.10")
def test_changes(host: Tasks) -> None:
    kept, gone = host.new("A"), host.new("B")
    state = host.call("Task/get", {"ids": []})["state"]
    host.updated(kept, {"title": "C"})
    host.destroyed(gone)
    new = host.new("D")
    answer = host.call("Task/changes", {"sinceState": state})
    assert (answer["created"], answer["updated"], answer["destroyed"]) == ([new], [kept], [gone])


@pytest.mark.rfc("tasks-06", "4.5")
def test_no_method(host: Tasks) -> None:
    """Files of subscriptions have one; it stays there."""
    text = vcalendar(vtodo("u1", "SUMMARY:Milk")).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:PUBLISH")
    path = host.write("a.ics", text)
    (task,) = host.tasks()
    assert "method" not in task
    host.updated(task["id"], {"title": "Bread"})
    assert "METHOD:PUBLISH" in path.read_text().splitlines()
