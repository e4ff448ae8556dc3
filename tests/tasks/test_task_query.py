"""Task/query and queryChanges (tasks-06 4.13, 4.14; jmap-calendars-27 5.11)."""

from typing import Any

import pytest

from tests.calendars.host import vcalendar
from tests.tasks.host import Tasks, vtodo

pytestmark = pytest.mark.rfc("tasks-06", "4.13")
DAILY = {"frequency": "daily", "count": 5}
PEOPLE = {
    "a": {"calendarAddress": "mailto:alice@example.org", "name": "Ally", "roles": {"owner": True, "chair": True}},
    "b": {"calendarAddress": "mailto:bob@example.org", "name": "Bob", "roles": {"assignee": True}},
}


def _due(day: int) -> dict[str, Any]:
    return {"due": f"2026-01-{day:02}T17:00:00", "timeZone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, "abc"),
        ({"text": "bottles"}, "a"),
        ({"title": "milk"}, "a"),
        ({"description": "milk"}, ""),
        ({"location": "shop"}, "b"),
        ({"owner": "ally"}, "c"),
        ({"attendee": "bob"}, "c"),
        ({"uid": "u-b"}, "b"),
        ({"after": "2026-01-06T00:00:00"}, "b"),
        ({"before": "2026-01-06T00:00:00"}, "a"),
        ({"after": "2026-01-05T16:30:00", "timeZone": None}, "b"),
        ({"progress": "completed"}, "a"),
        ({"progress": "needs-action"}, "bc"),
        ({"progress": "in-process"}, ""),
        ({"workflowStatus": "pending"}, "c"),
        ({"operator": "NOT", "conditions": [{"title": "milk"}, {"title": "call"}]}, "b"),
    ],
)
def test_filters(host: Tasks, filter: dict[str, Any], found: str) -> None:
    ids = {
        "a": host.new("Milk", uid="u-a", description="Two bottles", progress="completed", **_due(5)),
        "b": host.new("Bread", uid="u-b", locations={"l": {"name": "The shop"}}, **_due(7)),
        "c": host.new("Call", uid="u-c", participants=PEOPLE, workflowStatus="pending"),
    }
    filter = {name: value for name, value in filter.items() if name != "timeZone"}
    assert sorted(host.query(filter)) == sorted(ids[each] for each in found)


@pytest.mark.rfc("jscalendarbis-15", "4.2.5")
@pytest.mark.parametrize(
    ("ally", "bob", "progress"),
    [
        ("completed", "completed", "completed"),
        ("completed", None, "needs-action"),
        ("completed", "failed", "failed"),
        (None, "in-process", "in-process"),
    ],
)
def test_the_progress_of_participants(host: Tasks, ally: str | None, bob: str | None, progress: str) -> None:
    """It is the task's, where that has none."""

    def person(id: str, progress: str | None) -> dict[str, Any]:
        return PEOPLE[id] | ({"participationStatus": "accepted", "progress": progress} if progress else {})

    id = host.new(participants={"a": person("a", ally), "b": person("b", bob)})
    statuses = ("completed", "failed", "in-process", "needs-action")
    assert {each: host.query({"progress": each}) for each in statuses} == {
        each: [id] if each == progress else [] for each in statuses
    }


def test_in_a_list(host: Tasks) -> None:
    work = host.list_id("Work")
    host.new("Milk")
    id = host.new("Report", taskListId=work)
    assert host.query({"inTaskList": work}) == [id]


def test_unknown_filters_and_sorts(host: Tasks) -> None:
    assert host.error("Task/query", {"filter": {"inCalendar": "x"}})["type"] == "unsupportedFilter"
    assert host.error("Task/query", {"sort": [{"property": "colour"}]})["type"] == "unsupportedSort"
    assert (
        host.error("Task/query", {"filter": {"before": "2026-01-01T00:00:00"}, "timeZone": "Mars"})["type"]
        == "invalidArguments"
    )


@pytest.mark.parametrize(
    ("property", "order"),
    [("due", "ab"), ("start", "ab"), ("priority", "ba"), ("percentComplete", "ab"), ("sortOrder", "ba"), ("uid", "ab")],
)
def test_sorts(host: Tasks, property: str, order: str) -> None:
    ids = {
        "a": host.new(
            "A", uid="u1", start="2026-01-01T09:00:00", priority=5, percentComplete=1, sortOrder=9, **_due(5)
        ),
        "b": host.new(
            "B", uid="u2", start="2026-01-02T09:00:00", priority=1, percentComplete=2, sortOrder=1, **_due(6)
        ),
    }
    for is_ascending in (True, False):
        sort = [{"property": property, "isAscending": is_ascending}]
        wanted = [ids[each] for each in (order if is_ascending else reversed(order))]
        assert host.query(sort=sort) == wanted


@pytest.mark.rfc("tasks-06", "4.4")
def test_occurrences(host: Tasks) -> None:
    overrides = {"2026-01-06T17:00:00": {"title": "Bread"}, "2026-01-07T17:00:00": {"excluded": True}}
    id = host.new("Milk", **_due(5), recurrenceRule=DAILY, recurrenceOverrides=overrides)
    once = host.new("Milk", **_due(6))
    host.new("Milk")
    window = {"after": "2026-01-05T00:00:00", "before": "2026-01-09T00:00:00"}
    days = {day: f"{id}_202601{day:02}T170000" for day in (5, 6, 8)}
    found = host.query(window, expandRecurrences=True)
    assert found == [days[5], *sorted((days[6], once)), days[8]]
    found = host.query(window | {"title": "bread"}, expandRecurrences=True)
    assert found == [days[6]]
    assert [each["due"] for each in host.tasks([days[5], days[8]])] == ["2026-01-05T17:00:00", "2026-01-08T17:00:00"]


@pytest.mark.rfc("jmap-calendars-27", "5.11")
@pytest.mark.parametrize(
    ("filter", "error"),
    [
        ({"after": "2026-01-05T00:00:00"}, "invalidArguments"),
        ({"operator": "AND", "conditions": []}, "invalidArguments"),
        ({"after": "2026-01-01T00:00:00", "before": "2028-01-01T00:00:00"}, "expandDurationTooLarge"),
    ],
)
def test_not_to_be_expanded(host: Tasks, filter: dict[str, Any], error: str) -> None:
    assert host.error("Task/query", {"filter": filter, "expandRecurrences": True})["type"] == error


@pytest.mark.rfc("tasks-06", "4.14")
def test_query_changes(host: Tasks) -> None:
    filter, sort = {"progress": "needs-action"}, [{"property": "due"}]
    done, later = host.new("A", **_due(5)), host.new("B", **_due(7))
    first = host.call("Task/query", {"filter": filter, "sort": sort})
    assert first["ids"] == [done, later] and first["canCalculateChanges"]
    host.updated(done, {"progress": "completed"})
    new = host.new("C", **_due(6))
    answer = host.call("Task/queryChanges", {"filter": filter, "sort": sort, "sinceQueryState": first["queryState"]})
    assert done in answer["removed"] and answer["added"] == [{"id": new, "index": 0}]


def test_what_other_programs_do_is_found(host: Tasks) -> None:
    host.write("a.ics", vcalendar(vtodo("u1", "SUMMARY:Milk", "STATUS:COMPLETED", "DUE;VALUE=DATE:20260105")))
    (task,) = host.tasks()
    assert host.query({"progress": "completed", "before": "2026-01-06T00:00:00", "title": "milk"}) == [task["id"]]
