"""What todoman and Thunderbird write into a VTODO, and what they must find there (RFC 5545 3.6.2, 3.8.2.1)."""

from pathlib import Path

import pytest

from tests.calendars.host import vcalendar
from tests.tasks.host import Tasks, vtodo

pytestmark = pytest.mark.rfc("5545", "3.8.2.1")
DONE = ("COMPLETED:20260102T000000Z", "PERCENT-COMPLETE:100", "STATUS:COMPLETED")
MONDAY = {"start": "2026-01-05T09:00:00", "timeZone": "Europe/Berlin"}


def _lines(path: Path) -> set[str]:
    return set(path.read_text().splitlines())


def test_completed_without_a_status(host: Tasks) -> None:
    """Both programs show it as done."""
    path = host.write("a.ics", vcalendar(vtodo("u1", "SUMMARY:Milk", "COMPLETED:20260102T000000Z")))
    before = _lines(path)
    (task,) = host.tasks()
    assert task["progress"] == "completed"
    assert host.query({"progress": "completed"}) == [task["id"]] and host.query({"progress": "needs-action"}) == []
    host.updated(task["id"], {"priority": 1})
    assert before - {"DTSTAMP:20260101T000000Z"} <= _lines(path) and "STATUS" not in path.read_text()
    host.updated(task["id"], {"progress": None})
    assert "COMPLETED" not in path.read_text() and "progress" not in host.task(task["id"])


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.39")
def test_the_status_counts_where_there_is_one(host: Tasks) -> None:
    host.write("a.ics", vcalendar(vtodo("u1", "COMPLETED:20260102T000000Z", "STATUS:NEEDS-ACTION")))
    assert [each["progress"] for each in host.tasks()] == ["needs-action"]


def test_reopened(host: Tasks) -> None:
    """Thunderbird shows what has 100 per cent as done, whatever its STATUS is."""
    path = host.write("a.ics", vcalendar(vtodo("u1", "SUMMARY:Milk", *DONE)))
    (task,) = host.tasks()
    changed = host.updated(task["id"], {"progress": "needs-action"})
    assert changed is not None and changed["percentComplete"] is None
    assert "STATUS:NEEDS-ACTION" in _lines(path) and not {*DONE} & _lines(path)
    assert "percentComplete" not in host.task(task["id"])
    host.updated(task["id"], {"progress": "completed", "percentComplete": 100})
    host.updated(task["id"], {"progress": "in-process", "percentComplete": 50})
    assert host.task(task["id"])["percentComplete"] == 50


@pytest.mark.rfc("tasks-06", "4.4")
def test_an_occurrence_done_and_reopened(host: Tasks) -> None:
    """Thunderbird completes one occurrence of a task without DTSTART by a component of its own."""
    due, id_line = "DUE:20260106T090000Z", "RECURRENCE-ID:20260106T090000Z"
    series = vtodo("u1", "SUMMARY:Milk", "DUE:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=5")
    path = host.write("a.ics", vcalendar(series, vtodo("u1", "SUMMARY:Milk", due, id_line, *DONE)))
    (task,) = host.tasks()
    done = {"progress": "completed", "percentComplete": 100}
    assert task["recurrenceOverrides"] == {"2026-01-06T09:00:00": done}
    host.updated(f"{task['id']}_20260107T090000", {"progress": "completed"})
    assert path.read_text().count("STATUS:COMPLETED") == path.read_text().count("\nCOMPLETED:") == 2
    for day in ("06", "07"):
        host.updated(f"{task['id']}_202601{day}T090000", {"progress": "needs-action"})
    assert not {"COMPLETED", "PERCENT-COMPLETE"} & {line.partition(":")[0] for line in _lines(path)}


@pytest.mark.rfc("tasks-06", "4")
def test_due_by_its_duration(host: Tasks) -> None:
    """utcDue is calculated from start, timeZone and duration (RFC 5545 3.6.2: either DUE or DURATION)."""
    times = ("DTSTART;TZID=Europe/Berlin:20260105T090000", "DURATION:PT8H")
    host.write("a.ics", vcalendar(vtodo("u1", "SUMMARY:Milk", *times)))
    (task,) = host.tasks()
    assert {name: task[name] for name in MONDAY} == MONDAY and "due" not in task
    assert host.task(task["id"], properties=["utcDue"])["utcDue"] == "2026-01-05T16:00:00Z"
    assert host.query({"after": "2026-01-05T15:00:00"}) == [task["id"]]
    assert host.query({"after": "2026-01-05T16:00:00"}) == []
    host.updated(task["id"], {"due": "2026-01-05T10:00:00"})
    (text,) = host.files().values()
    assert b"\nDUE;" in text and b"\nDURATION:" not in text and host.task(task["id"])["duration"] == "PT8H"
