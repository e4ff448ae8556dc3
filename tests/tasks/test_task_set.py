"""Task/set (tasks-06 4, 4.11; jmap-calendars-27 5.9)."""

from typing import Any

import pytest

from tests.calendars.host import vcalendar
from tests.tasks.host import Tasks, vtodo

pytestmark = pytest.mark.rfc("tasks-06", "4.11")
DAILY = {"frequency": "daily", "count": 5}
TIMES = {"start": "2026-01-05T09:00:00", "due": "2026-01-05T17:00:00", "timeZone": "Europe/Berlin"}
RICH: dict[str, Any] = {
    "title": "Milk",
    "description": "Two bottles",
    **TIMES,
    "estimatedDuration": "PT30M",
    "percentComplete": 50,
    "progress": "in-process",
    "priority": 1,
    "sortOrder": 7,
    "estimatedWork": 5,
    "impact": "minor",
    "keywords": {"shop": True},
    "relatedTo": {"u9": {"relation": {"depends-on": True}}},
    "checklists": {"c": {"title": "Steps", "checkItems": [{"title": "Go", "isComplete": True}]}},
    "comments": {"c": {"message": "Why?", "created": "2026-01-01T00:00:00Z"}},
    "alerts": {"a": {"trigger": {"offset": "-PT1H", "relativeTo": "end"}, "action": "display"}},
    "localizations": {"de": {"title": "Milch"}},
}


def _plain(value: Any) -> Any:
    """Without what is implied, and what is of iCalendar only."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in ("@type", "iCalendar")}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def test_everything_comes_back(host: Tasks) -> None:
    id = host.new(**RICH)
    shown = host.task(id)
    assert {name: _plain(shown.get(name)) for name in RICH} == RICH
    (text,) = (each.decode() for each in host.files().values())
    assert {"STATUS:IN-PROCESS", "PERCENT-COMPLETE:50", "PRIORITY:1", "SUMMARY:Milk"} <= set(text.splitlines())


@pytest.mark.rfc("tasks-06", "4.2.3")
def test_types_that_are_mandatory(host: Tasks) -> None:
    """JSCalendar 2.0 leaves out "@type" where it is implied; these are of tasks-06, which does not."""
    person = {"uri": "mailto:bob@example.org"}
    given = {"checklists": {"c": {"checkItems": [{"title": "a", "assignee": person}]}}}
    task = host.task(host.new(**given, comments={"c": {"message": "b", "author": person}}))
    checklist, comment = task["checklists"]["c"], task["comments"]["c"]
    (item,) = checklist["checkItems"]
    types = [each["@type"] for each in (checklist, item, item["assignee"], comment, comment["author"])]
    assert types == ["Checklist", "CheckItem", "Person", "Comment", "Person"]


def test_what_the_server_sets(host: Tasks) -> None:
    answer = host.created("Task", {"taskListId": host.list_id(), "title": "Milk", "alerts": None})
    shown = host.task(answer["id"])
    assert shown["@type"] == "Task" and shown["uid"] and shown["created"] <= shown["updated"]
    assert {"id", "uid", "created", "updated", "isOrigin"} <= answer.keys() and "alerts" not in shown


@pytest.mark.rfc("tasks-06", "4")
@pytest.mark.parametrize(
    ("properties", "wrong"),
    [
        ({"@type": "Event"}, "@type"),
        ({"taskListId": None}, "taskListId"),
        ({"taskListId": "nothing"}, "taskListId"),
        ({"progress": "done"}, "progress"),
        ({"percentComplete": 101}, "percentComplete"),
        ({"timeZone": "Europe/Berlin"}, "timeZone"),
        ({"showWithoutTime": True}, "showWithoutTime"),
        ({"recurrenceRule": DAILY}, "recurrenceRule"),
        ({"method": "request"}, "method"),
        ({"workflowStatus": "someday"}, "workflowStatus"),
        ({"workflowStatus": "pending", "progress": "completed"}, "progress"),
        ({"checklists": {"c": {"checkItems": [{"title": 1}]}}}, "checklists/c/checkItems/0/title"),
        ({**TIMES, "utcDue": "2026-01-05T16:00:00Z"}, "utcDue"),
        ({**TIMES, "recurrenceOverrides": {"2026-01-06T09:00:00": {"isDraft": True}}},
         "recurrenceOverrides/2026-01-06T09:00:00/isDraft"),
        ({**TIMES, "recurrenceOverrides": {"2026-01-06T09:00:00": {"due": 1}}},
         "recurrenceOverrides/2026-01-06T09:00:00/due"),
        ({**TIMES, "recurrenceOverrides": {"2026-01-06T09:00:00": {"workflowStatus": "someday"}}},
         "recurrenceOverrides/2026-01-06T09:00:00/workflowStatus"),
    ],
)  # fmt: skip
def test_refused(host: Tasks, properties: dict[str, Any], wrong: str) -> None:
    error = host.refused("Task", host.draft(**properties))
    assert error["type"] == "invalidProperties" and wrong in error["properties"]
    assert host.files() == {}


@pytest.mark.rfc("tasks-06", "4")
def test_workflow_statuses_are_those_of_the_list(host: Tasks) -> None:
    work = host.created("TaskList", {"name": "Work", "workflowStatuses": ["open", "done"]})["id"]
    id = host.new(taskListId=work, workflowStatus="open")
    assert host.not_updated(id, {"workflowStatus": "pending"})["properties"] == ["workflowStatus"]
    assert host.not_updated(id, {"taskListId": host.list_id()})["properties"] == ["workflowStatus"]
    host.updated(id, {"workflowStatus": "done"})
    host.updated(id, {"workflowStatus": None, "taskListId": host.list_id()})
    assert host.task(id)["taskListId"] == host.list_id() and "workflowStatus" not in host.task(id)


@pytest.mark.rfc("tasks-06", "4")
def test_a_draft_from_the_beginning_only(host: Tasks) -> None:
    id = host.new(isDraft=True)
    assert host.task(id)["isDraft"] is True
    host.updated(id, {"isDraft": False})
    assert host.not_updated(id, {"isDraft": True})["properties"] == ["isDraft"]


@pytest.mark.rfc("tasks-06", "4")
def test_times_in_utc_can_be_set(host: Tasks) -> None:
    id = host.new(utcStart="2026-01-05T08:00:00Z", timeZone="Europe/Berlin")
    host.updated(id, {"utcDue": "2026-01-05T16:00:00Z"})
    shown = host.task(id)
    assert {name: shown[name] for name in TIMES} == TIMES
    moved = {"timeZone": "America/New_York", "utcStart": "2026-01-05T09:00:00Z", "utcDue": "2026-01-05T16:00:00Z"}
    host.updated(id, moved)
    shown = host.task(id)
    assert (shown["start"], shown["due"]) == ("2026-01-05T04:00:00", "2026-01-05T11:00:00")


@pytest.mark.rfc("tasks-06", "4")
def test_a_time_in_utc_can_be_taken_away(host: Tasks) -> None:
    """It is null where there is no such time, and can be sent back so."""
    id = host.new(**TIMES)
    host.updated(id, {"utcDue": None})
    shown = host.task(id)
    assert "due" not in shown and shown["start"] == TIMES["start"]
    host.updated(id, {"utcDue": None, "title": "As it was shown"})
    host.updated(id, {"due": "2026-01-05T11:00:00", "utcStart": None})
    shown = host.task(id)
    assert "start" not in shown and shown["due"] == "2026-01-05T11:00:00"


def test_an_update_of_a_file_touches_its_lines_only(host: Tasks) -> None:
    lines = ("SUMMARY:Milk", "X-APPLE-SORT-ORDER:7", "COMPLETED:20260102T000000Z", "STATUS:NEEDS-ACTION", "X-A;B=c:d")
    path = host.write("a.ics", vcalendar(vtodo("u1", *lines)))
    (task,) = host.tasks()
    host.updated(task["id"], {"title": "Bread"})
    before, after = vcalendar(vtodo("u1", *lines)).splitlines(), path.read_text().splitlines()
    assert [line for line in before if line not in after] in (
        ["DTSTAMP:20260101T000000Z", "SUMMARY:Milk"],
        ["SUMMARY:Milk"],
    )
    assert {line.partition(":")[0] for line in after if line not in before} <= {
        "SUMMARY", "LAST-MODIFIED", "DTSTAMP", "SEQUENCE",
    }  # fmt: skip


def test_done(host: Tasks) -> None:
    path = host.write("a.ics", vcalendar(vtodo("u1", "SUMMARY:Milk", "STATUS:NEEDS-ACTION")))
    (task,) = host.tasks()
    host.updated(task["id"], {"progress": "completed", "percentComplete": 100})
    assert {"STATUS:COMPLETED", "PERCENT-COMPLETE:100"} <= set(path.read_text().splitlines())
    assert host.task(task["id"])["progress"] == "completed"
    host.updated(task["id"], {"progress": "needs-action", "percentComplete": None})
    assert not {"STATUS:COMPLETED", "PERCENT-COMPLETE:100"} & set(path.read_text().splitlines())
    assert "\nCOMPLETED" not in path.read_text() and host.task(task["id"])["progress"] == "needs-action"


@pytest.mark.rfc("tasks-06", "4.4")
def test_occurrences_are_overrides(host: Tasks) -> None:
    id = host.new("Milk", **TIMES, recurrenceRule=DAILY)
    host.updated(f"{id}_20260106T090000", {"progress": "completed"})
    host.destroyed(f"{id}_20260107T090000")
    assert _plain(host.task(id)["recurrenceOverrides"]) == {
        "2026-01-06T09:00:00": {"progress": "completed"},
        "2026-01-07T09:00:00": {"excluded": True},
    }
    error = host.not_updated(f"{id}_20260108T090000", {"mayInviteSelf": True})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["mayInviteSelf"])


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_nothing_can_be_sent_to_others(host: Tasks) -> None:
    bob = {"b": {"calendarAddress": "mailto:bob@example.org", "roles": {"assignee": True}}}
    error = host.refused("Task", host.draft(participants=bob), sendSchedulingMessages=True)
    assert error["type"] == "noSupportedScheduleMethods" and host.files() == {}
    id = host.new(participants=bob)
    assert host.task(id)["organizerCalendarAddress"].startswith("mailto:al")


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_a_uid_is_there_once(host: Tasks) -> None:
    id = host.new(uid="u1")
    error = host.refused("Task", host.draft(uid="u1"))
    assert (error["type"], error["existingId"]) in (("alreadyExists", id), ("invalidProperties", id))
    assert host.not_updated(id, {"uid": "u2"})["properties"] == ["uid"]


@pytest.mark.rfc("tasks-06", "4.3")
def test_attachments(host: Tasks) -> None:
    blob_id = host.upload(b"hello", "text/plain")
    id = host.new(links={"k": {"rel": "enclosure", "blobId": blob_id, "contentType": "text/plain"}})
    (link,) = host.task(id)["links"].values()
    assert link["size"] == 5 and host.download(link["blobId"]) == b"hello"
