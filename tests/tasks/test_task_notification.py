"""TaskNotification (tasks-06 5)."""

from typing import Any

import pytest

from tests.tasks.host import Tasks

pytestmark = pytest.mark.rfc("tasks-06", "5.1")
PRINCIPALS = ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:principals")


@pytest.fixture
def team(make_host: Any) -> Tasks:
    """bob has tasks, in which alice writes."""
    host: Tasks = make_host({"bob": ["alice"]})
    host.log_in("bob").use("bob")
    host.list_id()
    return host


def _told(host: Tasks) -> list[dict[str, Any]]:
    found = host.call("TaskNotification/get", {"ids": None})["list"]
    return sorted(found, key=lambda each: [*("created", "updated", "destroyed")].index(each["type"]))


def test_what_others_do_is_told(team: Tasks) -> None:
    id = team.new("Milk")
    team.log_in("alice")
    made = team.new("Bread")
    team.updated(id, {"title": "Cream"})
    team.destroyed(id)
    assert _told(team) == []  # she did it herself
    team.log_in("bob")
    created, updated, destroyed = _told(team)
    assert (created["taskId"], updated["taskId"], destroyed["taskId"]) == (made, id, id)
    assert created["task"]["title"] == "Bread" and "taskPatch" not in created and created["isDraft"] is False
    assert updated["task"]["title"] == "Milk" and updated["taskPatch"]["title"] == "Cream"
    assert destroyed["task"]["title"] == "Cream" and destroyed["comment"] is None
    alice = team.call("Principal/get", {"ids": None}, using=PRINCIPALS)["list"][0]["id"]
    person = {"@type": "Person", "name": "alice", "uri": "mailto:alice@example.org", "principalId": alice}
    assert destroyed["changedBy"] == person  # as 4.2.3 has it
    assert not {"id", "taskListId", "isOrigin"} & created["task"].keys()


@pytest.mark.rfc("tasks-06", "5.5")
def test_query(team: Tasks) -> None:
    team.log_in("alice")
    ids = [team.new("Bread"), team.new("Milk")]
    team.updated(ids[0], {"title": "Toast"})
    team.log_in("bob")

    def query(**filter: Any) -> list[str]:
        found = team.call("TaskNotification/query", {"filter": filter, "sort": [{"property": "created"}]})
        assert found["canCalculateChanges"]
        return list(found["ids"])

    assert len(query()) == len(query(before="2100-01-01T00:00:00Z", after="2000-01-01T00:00:00Z", taskIds=ids)) == 3
    assert len(query(type="updated")) == len(query(taskIds=[ids[1]])) == 1
    assert query(taskIds=[]) == query(before="2000-01-01T00:00:00Z") == []
    assert team.error("TaskNotification/query", {"filter": {"calendarEventIds": []}})["type"] == "unsupportedFilter"


@pytest.mark.rfc("tasks-06", "5.4")
def test_only_to_be_destroyed(team: Tasks) -> None:
    team.log_in("alice")
    team.new("Bread")
    team.log_in("bob")
    (told,) = _told(team)
    state = team.call("TaskNotification/get", {"ids": []})["state"]
    assert team.refused("TaskNotification", {"type": "created"})["type"] == "forbidden"
    assert team.not_updated(told["id"], {"comment": "x"}, "TaskNotification")["type"] == "forbidden"
    team.destroyed(told["id"], "TaskNotification")
    assert _told(team) == []
    assert team.call("TaskNotification/changes", {"sinceState": state})["destroyed"] == [told["id"]]


def test_of_tasks_only(team: Tasks) -> None:
    """What becomes of a CalendarEvent is told as CalendarEventNotification."""
    team.log_in("alice")
    team.new("Bread")
    team.log_in("bob")
    calendars = ("urn:ietf:params:jmap:core", "urn:ietf:params:jmap:calendars")
    assert team.call("CalendarEventNotification/get", {"ids": None}, using=calendars)["list"] == []
    assert len(_told(team)) == 1


def test_nothing_of_what_is_each_users_own(team: Tasks) -> None:
    id = team.new("Milk")
    team.log_in("alice")
    team.updated(id, {"keywords": {"x": True}})
    team.log_in("bob")
    assert _told(team) == []
