"""EmailSubmission/set update and destroy: a message is called back or it has left; never both."""

import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores.outbox import Result
from tests.submission.submissions import Sending, envelope

pytestmark = pytest.mark.rfc("8621", "7.5")
TAKEN, LATER, NEVER = ("250 2.0.0 Ok", "unknown"), ("450 4.2.0 Later", "queued"), ("550 5.1.1 No", "no")


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


def cancel(host: Sending, id: str) -> Any:
    """None, or the SetError."""
    answer = host.set(update={id: {"undoStatus": "canceled"}})
    return (answer["notUpdated"] or {}).get(id)


def test_cancel(host: Sending) -> None:
    id = host.submit(envelope=envelope("bob@example.net", HOLDFOR="60"))["id"]
    answer = host.set(update={id: {"undoStatus": "canceled"}})
    status = answer["updated"][id]["deliveryStatus"]["bob@example.net"]
    assert (status["delivered"], status["smtpReply"][:9]) == ("no", "554 5.0.0")
    assert host.get(id, "undoStatus") == "canceled" and host.get(id, "deliveryStatus")["bob@example.net"] == status
    assert sorted(host.files()) == [".lock", f"{id}.json"]
    assert host.entry(id)["canceled"] and host.outbox.due(time.time() + 100) == []


def test_cancel_while_the_worker_is_at_work(host: Sending) -> None:
    id = host.submit()["id"]
    with host.outbox.attempt(id) as entry:
        assert entry is not None
        error = cancel(host, id)
    assert error["type"] == "cannotUnsend" and host.get(id, "undoStatus") == "pending"
    assert cancel(host, id) is None


def test_nobody_sends_what_is_being_called_back(host: Sending) -> None:
    id = host.submit()["id"]
    account = host.worker()
    with account.session(), account.lock(), account.store("EmailSubmission").transaction() as tx:
        record = tx.get(id)
        assert record is not None
        tx.update(id, record | {"undoStatus": "canceled"}, {"undoStatus"})
        with host.outbox.attempt(id) as entry:
            assert entry is None
    account.close()
    with host.outbox.attempt(id) as entry:
        assert entry is None


def test_cancel_after_it_has_left(host: Sending) -> None:
    id = host.submit()["id"]
    host.attempted(id, bob=TAKEN)
    assert host.get(id, "undoStatus") == "final"
    assert cancel(host, id)["type"] == "cannotUnsend"
    assert host.get(id, "undoStatus") == "final" and host.files()


def test_cancel_when_one_of_several_has_it(host: Sending) -> None:
    """It must not have been delivered to any of the recipients."""
    id = host.submit(envelope=envelope("bob@example.net", "carol@example.net"))["id"]
    host.attempted(id, next=time.time() + 60, bob=TAKEN, carol=LATER)
    assert cancel(host, id)["type"] == "cannotUnsend"
    assert host.outbox.due(time.time() + 100) == [id]


def test_cancel_between_two_attempts(host: Sending) -> None:
    id = host.submit()["id"]
    host.attempted(id, next=time.time() + 60, bob=LATER)
    status = host.get(id)
    assert status["undoStatus"] == "pending" and status["deliveryStatus"]["bob@example.net"]["smtpReply"] == LATER[0]
    assert cancel(host, id) is None and host.outbox.next_time() is None


def test_cancel_before_the_record_knows_of_the_attempt(host: Sending) -> None:
    """The worker was killed after it had written its results, and before anything else."""
    id = host.submit()["id"]
    with host.outbox.attempt(id) as entry:
        assert entry is not None
        entry.record_results({"bob@example.net": Result(*TAKEN)}, None)
    assert host.get(id, "undoStatus") == "pending"
    assert cancel(host, id)["type"] == "cannotUnsend"


def test_cancel_twice(host: Sending) -> None:
    id = host.submit()["id"]
    assert cancel(host, id) is None and cancel(host, id) is None
    assert host.get(id, "undoStatus") == "canceled"


@pytest.mark.parametrize("status", ["final", "other", "pending"])
def test_undo_status_knows_one_change_only(host: Sending, status: str) -> None:
    id = host.submit()["id"]
    answer = host.set(update={id: {"undoStatus": status}})
    if status == "pending":
        assert answer["updated"] == {id: None}
    else:
        assert answer["notUpdated"][id]["properties"] == ["undoStatus"]
    assert cancel(host, id) is None
    again = host.set(update={id: {"undoStatus": "pending"}})
    assert again["notUpdated"][id]["properties"] == ["undoStatus"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identityId", "I1"), ("emailId", "M1"), ("threadId", "T1"), ("envelope", None),
        ("sendAt", "2026-01-01T00:00:00Z"),
        ("deliveryStatus", None), ("dsnBlobIds", ["G1"]), ("mdnBlobIds", ["G1"]), ("other", 1), ("messageId", "x"),
    ],
)  # fmt: skip
@pytest.mark.rfc("8621", "7")
def test_nothing_else_may_be_changed(host: Sending, name: str, value: Any) -> None:
    id = host.submit()["id"]
    answer = host.set(update={id: {name: value}})
    assert answer["notUpdated"][id]["properties"] == [name]


def test_the_whole_record_may_be_sent_back(host: Sending) -> None:
    id = host.submit()["id"]
    assert host.set(update={id: host.get(id) | {"undoStatus": "canceled"}})["notUpdated"] is None


def test_destroy_does_not_stop_the_delivery(host: Sending) -> None:
    id = host.submit()["id"]
    octets = host.octets(id)
    assert host.set(destroy=[id])["destroyed"] == [id]
    assert host.call("EmailSubmission/get", {"ids": [id]})["notFound"] == [id]
    assert host.octets(id) == octets and host.outbox.due(time.time()) == [id]
    host.attempted(id, bob=TAKEN)
    assert [name for name in host.files() if id in name] == []


def test_destroy_while_the_worker_is_at_work(host: Sending) -> None:
    id = host.submit()["id"]
    with host.outbox.attempt(id) as entry:
        assert entry is not None
        assert host.set(destroy=[id])["destroyed"] == [id]
        entry.record_results({"bob@example.net": Result(*TAKEN)}, None)
    assert [name for name in host.files() if id in name] == []


@pytest.mark.parametrize("is_canceled", [True, False])
def test_destroy_of_what_is_settled_leaves_nothing(host: Sending, is_canceled: bool) -> None:
    id = host.submit()["id"]
    if is_canceled:
        cancel(host, id)
    else:
        host.attempted(id, bob=NEVER)
    assert host.set(destroy=[id])["destroyed"] == [id]
    assert [name for name in host.files() if id in name] == []


def test_create_and_cancel_in_one_call(host: Sending) -> None:
    answer = host.set(create={"s": host.given()}, update={"#s": {"undoStatus": "canceled"}})
    id = answer["created"]["s"]["id"]
    assert host.get(id, "undoStatus") == "canceled"
    assert host.files() == [f"{id}.json"] and host.entry(id)["done"]


def test_create_and_destroy_in_one_call_sends(host: Sending) -> None:
    answer = host.set(create={"s": host.given()}, destroy=["#s"])
    [id] = answer["destroyed"]
    assert host.outbox.due(time.time()) == [id] and host.entry(id)["record"] is None


@pytest.mark.parametrize("id", ["Snone", "../../x", "#none", ""])
def test_what_is_not_there(host: Sending, id: str) -> None:
    answer = host.set(update={id: {"undoStatus": "canceled"}}, destroy=[id + "x"])
    assert answer["notUpdated"][id]["type"] == "notFound" and answer["notDestroyed"][id + "x"]["type"] == "notFound"
