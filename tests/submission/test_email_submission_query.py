"""EmailSubmission/get, changes, query and queryChanges (RFC 8621 7.1 to 7.4)."""

import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.wire.dates import utc_date
from tests.submission.submissions import Sending, envelope


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


@pytest.fixture
def three(host: Sending) -> list[str]:
    """At once, in 100 and in 200 seconds; the second of another Identity; the third canceled."""
    sales = host.identity("sales@example.org")
    ids = [
        host.submit()["id"],
        host.submit(identityId=sales, envelope=envelope(HOLDFOR="100"))["id"],
        host.submit(envelope=envelope(HOLDFOR="200"))["id"],
    ]
    host.set(update={ids[2]: {"undoStatus": "canceled"}})
    return ids


def query(host: Sending, filter: Any = None, *sort: str, **more: Any) -> Any:
    arguments = {"filter": filter, "sort": [{"property": each} for each in sort] or None, "calculateTotal": True}
    return host.call("EmailSubmission/query", arguments | more)


@pytest.mark.rfc("8621", "7.1")
def test_get(host: Sending, three: list[str]) -> None:
    answer = host.call("EmailSubmission/get", {"ids": None})
    assert sorted(each["id"] for each in answer["list"]) == sorted(three)
    assert set(answer["list"][0]) == {
        "id", "identityId", "emailId", "threadId", "envelope", "sendAt", "undoStatus", "deliveryStatus", "dsnBlobIds",
        "mdnBlobIds",
    }  # fmt: skip
    answer = host.call("EmailSubmission/get", {"ids": [three[0], "Snone"], "properties": ["sendAt"]})
    assert set(answer["list"][0]) == {"id", "sendAt"} and answer["notFound"] == ["Snone"]
    assert host.error("EmailSubmission/get", {"ids": None, "properties": ["messageId"]})["type"] == "invalidArguments"


@pytest.mark.rfc("8621", "7.3")
def test_filters(host: Sending, three: list[str]) -> None:
    records = [host.get(id) for id in three]
    at = records[1]["sendAt"]
    conditions: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [0, 1, 2]),
        ({"identityIds": [records[1]["identityId"], "Inone"]}, [1]),
        ({"identityIds": []}, []),
        ({"emailIds": [records[0]["emailId"], records[2]["emailId"]]}, [0, 2]),
        ({"threadIds": [records[1]["threadId"], "Tnone"]}, [1]),
        ({"undoStatus": "pending"}, [0, 1]),
        ({"undoStatus": "canceled"}, [2]),
        ({"undoStatus": "final"}, []),
        ({"before": at}, [0]),
        ({"after": at}, [1, 2]),
        ({"after": at, "undoStatus": "pending"}, [1]),
        ({"before": utc_date(int(time.time()) + 1000)}, [0, 1, 2]),
        ({"operator": "NOT", "conditions": [{"after": at}]}, [0]),
    ]  # fmt: skip
    for condition, expected in conditions:
        answer = query(host, condition)
        assert sorted(answer["ids"]) == sorted(three[each] for each in expected), condition
        assert answer["total"] == len(expected)
    for wrong in ({"identityIds": "x"}, {"undoStatus": None}, {"before": "2026-01-01"}):
        assert host.error("EmailSubmission/query", {"filter": wrong})["type"] == "invalidArguments"
    assert host.error("EmailSubmission/query", {"filter": {"sendAt": "x"}})["type"] == "unsupportedFilter"


@pytest.mark.rfc("8621", "7.3")
def test_sorts(host: Sending, three: list[str]) -> None:
    records = [host.get(id) for id in three]
    for name in ("emailId", "threadId"):
        expected = [each["id"] for each in sorted(records, key=lambda each: (each[name], each["id"]))]
        assert query(host, None, name)["ids"] == expected
    for name in ("sentAt", "sendAt"):
        assert query(host, None, name)["ids"] == three
        down = query(host, None, sort=[{"property": name, "isAscending": False}])
        assert down["ids"] == three[::-1] and down["canCalculateChanges"]
    assert host.error("EmailSubmission/query", {"sort": [{"property": "identityId"}]})["type"] == "unsupportedSort"


@pytest.mark.rfc("8621", "7.3")
def test_a_page(host: Sending, three: list[str]) -> None:
    assert query(host, None, "sentAt", position=1, limit=1)["ids"] == three[1:2]
    assert query(host, None, "sentAt", anchor=three[2], anchorOffset=-1)["ids"] == three[1:]


@pytest.mark.rfc("8621", "7.2")
def test_changes(host: Sending) -> None:
    def state() -> str:
        return str(host.call("EmailSubmission/get", {"ids": []})["state"])

    def changes(since: str) -> tuple[list[str], ...]:
        answer = host.call("EmailSubmission/changes", {"sinceState": since})
        assert answer["newState"] == state()
        return answer["created"], answer["updated"], answer["destroyed"]

    states = [state()]
    id = host.submit()["id"]
    states.append(state())
    host.attempted(id, bob=("250 2.0.0 Ok", "unknown"))
    states.append(state())
    other = host.submit()["id"]
    host.set(update={other: {"undoStatus": "canceled"}})
    states.append(state())
    host.set(destroy=[id])
    states.append(state())
    assert len(set(states)) == 5
    assert [changes(each) for each in states] == [
        ([other], [], []),
        ([other], [], [id]),
        ([other], [], [id]),
        ([], [], [id]),
        ([], [], []),
    ]
    assert host.error("EmailSubmission/changes", {"sinceState": "x"})["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("8621", "7.4")
def test_query_changes(host: Sending, three: list[str]) -> None:
    asked = {"filter": {"undoStatus": "pending"}, "sort": [{"property": "sentAt"}]}
    before = host.call("EmailSubmission/query", asked)
    assert before["ids"] == three[:2]
    host.set(update={three[0]: {"undoStatus": "canceled"}})
    new = host.submit(envelope=envelope(HOLDFOR="50"))["id"]
    answer = host.call("EmailSubmission/queryChanges", asked | {"sinceQueryState": before["queryState"]})
    assert answer["removed"].count(three[0]) == 1
    assert {"id": new, "index": 0} in answer["added"]
    assert answer["newQueryState"] == host.call("EmailSubmission/query", asked)["queryState"]
