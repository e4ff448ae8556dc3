"""What the Session says of tasks (tasks-06 1.6)."""

from typing import Any

import pytest

from tests.tasks.host import EXTENSIONS, TASKS, Tasks

SHARED = {"team": ["alice", "bob:read"]}


def _told(host: Tasks, urn: str) -> dict[str, Any]:
    accounts = host.session()["accounts"]
    return {id: each["accountCapabilities"][urn] for id, each in accounts.items() if urn in each["accountCapabilities"]}


@pytest.mark.rfc("tasks-06", "1.6.1")
def test_tasks(make_host: Any) -> None:
    host = make_host(SHARED)
    assert host.session()["capabilities"][TASKS] == {}
    assert _told(host, TASKS)["alice"] == {
        "minDateTime": "0001-01-01T00:00:00",
        "maxDateTime": "9999-12-31T23:59:59",
        "mayCreateTaskList": True,
    }
    host.log_in("bob")
    assert {id: each["mayCreateTaskList"] for id, each in _told(host, TASKS).items()} == {"bob": True, "team": False}


@pytest.mark.rfc("tasks-06", "1.6.2")
def test_extensions(make_host: Any) -> None:
    host = make_host(SHARED)
    session = host.session()
    assert {session["primaryAccounts"][urn] for urn in EXTENSIONS} == {"alice"}
    assert [session["capabilities"][urn] for urn in EXTENSIONS] == [{}] * 4
    assert [_told(host, urn)["team"] for urn in EXTENSIONS] == [
        {"maxExpandedQueryDuration": "P400D"},
        {"maxParticipantsPerTask": 1000},
        {},
        {},
    ]


@pytest.mark.rfc("tasks-06", "1.6.6")
def test_custom_time_zones_are_none(host: Tasks) -> None:
    assert f"{TASKS}:customtimezones" not in host.session()["capabilities"]


@pytest.mark.rfc("tasks-06", "1.5")
def test_the_capability_is_needed(host: Tasks) -> None:
    assert host.error("Task/get", {"ids": None}, using=("urn:ietf:params:jmap:core",))["type"] == "unknownMethod"


@pytest.mark.rfc("tasks-06", "2.1")
def test_principals(host: Tasks) -> None:
    using = ("urn:ietf:params:jmap:core", TASKS, "urn:ietf:params:jmap:principals")
    found = host.call("Principal/get", {"ids": None}, using=using)["list"]
    alice = next(each for each in found if each["name"].lower().startswith("al"))
    told = alice["capabilities"][TASKS]
    assert told["accountId"] == "alice" and told["mayShareWith"] is False
    assert told["sendTo"]["imip"].startswith("mailto:") and told["sendTo"]["imip"].endswith("@example.org")
