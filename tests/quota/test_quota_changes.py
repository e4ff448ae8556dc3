"""Quota/changes: states say what was shown, so nothing has to be kept."""

from typing import Any

import pytest

from tests.quota.conftest import USING

pytestmark = pytest.mark.rfc("9425", "4.3")


def test_nothing_changed(limited: Any) -> None:
    host = limited("*:messages=5")
    state = host.state()
    answer = host.changes(state)
    assert answer == {
        "accountId": "alice",
        "oldState": state,
        "newState": state,
        "hasMoreChanges": False,
        "created": [],
        "updated": [],
        "destroyed": [],
        "updatedProperties": None,
    }


def test_used_only(limited: Any) -> None:
    host = limited("*:messages=5:storage=1M")
    state = host.state()
    host.message(100)
    answer = host.changes(state)
    assert sorted(answer["updated"]) == ["count", "octets"] and answer["updatedProperties"] == ["used"]
    assert answer["newState"] == host.state() != state
    assert host.changes(answer["newState"])["updated"] == []


def test_the_example_of_5_2(limited: Any) -> None:
    host = limited("*:messages=5")
    state = host.state()
    host.message(100)
    reference = {"resultOf": "c0", "name": "Quota/changes"}
    calls = [
        ["Quota/changes", {"accountId": "alice", "sinceState": state, "maxChanges": 20}],
        [
            "Quota/get",
            {
                "accountId": "alice",
                "#ids": {**reference, "path": "/updated"},
                "#properties": {**reference, "path": "/updatedProperties"},
            },
        ],
    ]
    responses = host.request(calls, USING)
    assert responses[1][1]["list"] == [{"id": "count", "used": 1}]


def test_only_one_of_two(limited: Any) -> None:
    host = limited("*:messages=5:storage=1M")
    first = host.message(100)
    state = host.state()
    host.set(destroy=[first])
    host.message(200)
    answer = host.changes(state)
    assert answer["updated"] == ["octets"] and answer["updatedProperties"] == ["used"]


def test_a_changed_limit(limited: Any) -> None:
    """After a restart, too; more than used has changed."""
    host = limited("*:messages=5:storage=1M")
    state = host.state()
    host.restart("*:messages=6:storage=1M")
    host.message(100)
    answer = host.changes(state)
    assert sorted(answer["updated"]) == ["count", "octets"] and answer["updatedProperties"] is None


def test_created_and_destroyed(limited: Any) -> None:
    host = limited("*:messages=5")
    state = host.state()
    host.restart("*:storage=1M")
    answer = host.changes(state)
    assert (answer["created"], answer["updated"], answer["destroyed"]) == (["octets"], [], ["count"])
    assert answer["updatedProperties"] is None


def test_one_more_quota_is_more_than_used(limited: Any) -> None:
    host = limited("*:messages=5")
    state = host.state()
    host.message(100)
    host.restart("*:storage=1M:messages=5")
    answer = host.changes(state)
    assert (answer["created"], answer["updated"], answer["updatedProperties"]) == (["octets"], ["count"], None)


def test_pages(limited: Any) -> None:
    host = limited("*:messages=5")
    known, state = set(host.quotas()), host.state()
    host.restart("*:storage=1M")
    pages = 0
    while True:
        answer = host.changes(state, maxChanges=1)
        assert len(answer["created"] + answer["updated"] + answer["destroyed"]) <= 1
        known = (known | set(answer["created"])) - set(answer["destroyed"])
        state, pages = answer["newState"], pages + 1
        if not answer["hasMoreChanges"]:
            break
    assert known == {"octets"} and state == host.state() and pages == 2


@pytest.mark.parametrize(
    "state", ["", "0", "q.count", "q.count-1-1", "q.count-0000000g-1", "q.count-00000000-01", "Q", "q.", "q" * 5000]
)
def test_states_that_were_never_given(limited: Any, state: str) -> None:
    host = limited("*:messages=5")
    assert host.error("Quota/changes", {"sinceState": state}, USING)["type"] == "cannotCalculateChanges"


def test_state_of_a_client_that_saw_none(limited: Any) -> None:
    host = limited()
    state = host.state()
    host.restart("*:messages=5")
    assert host.changes(state)["created"] == ["count"]
