"""Group commit: who waits for one account is written together, and others do not wait for him (RFC 2033 4.2)."""

import logging
import threading
from collections.abc import Iterator, Sequence

import pytest

from jmapd.delivery import batch
from jmapd.delivery.batch import Batches
from jmapd.delivery.deliver import Incoming, Outcome

pytestmark = pytest.mark.rfc("2033", "4.2")


class Desk:
    """Notes what comes together; the first of alice waits until it is let go."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, list[bytes]]] = []
        self.begun, self.may_go = threading.Event(), threading.Event()

    def __call__(self, account: str, messages: Sequence[Incoming]) -> list[Outcome]:
        self.seen.append((account, [message.data for message in messages]))
        if account == "alice" and len(self.seen) == 1:
            self.begun.set()
            assert self.may_go.wait(10)
        if any(message.data == b"bad" for message in messages):
            raise RuntimeError("a fault of ours")
        return [Outcome(f"250 {message.data.decode()}") for message in messages]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def batches(desk: Desk) -> Iterator[Batches]:
    batches = Batches(desk)
    yield batches
    desk.may_go.set()
    batches.close()


def mail(data: bytes) -> Incoming:
    return Incoming(data, "", "r@example.org")


def test_what_waits_goes_together(desk: Desk, batches: Batches) -> None:
    futures = [batches.put("alice", mail(b"0"))]
    assert desk.begun.wait(10)
    futures += [batches.put("alice", mail(b"%d" % number)) for number in range(1, 6)]
    assert batches.put("bob", mail(b"b")).result(10).reply == "250 b"  # who need not wait
    desk.may_go.set()
    assert [future.result(10).reply for future in futures] == [f"250 {number}" for number in range(6)]
    assert [each for each in desk.seen if each[0] == "alice"] == [
        ("alice", [b"0"]),
        ("alice", [b"1", b"2", b"3", b"4", b"5"]),
    ]


def test_bounds(desk: Desk, batches: Batches, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST", 3)
    monkeypatch.setattr(batch, "MOST_OCTETS", 10)
    futures = [batches.put("alice", mail(b"0"))]
    assert desk.begun.wait(10)
    large = [b"x" * 11, b"y" * 6, b"z" * 6]
    futures += [batches.put("alice", mail(data)) for data in [b"1", b"2", b"3", b"4", *large]]
    desk.may_go.set()
    for future in futures:
        future.result(10)
    assert [seen for _, seen in desk.seen] == [[b"0"], [b"1", b"2", b"3"], [b"4"], [large[0]], [large[1]], [large[2]]]


def test_a_fault_is_answered(desk: Desk, batches: Batches, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        assert batches.put("bob", mail(b"bad")).result(10).reply.startswith("451 4.3.0 ")
    assert batches.put("bob", mail(b"good")).result(10).reply == "250 good"


def test_nobody_waits_any_more(desk: Desk, batches: Batches) -> None:
    first = batches.put("alice", mail(b"0"))
    assert desk.begun.wait(10)
    given_up, last = batches.put("alice", mail(b"1")), batches.put("alice", mail(b"2"))
    assert given_up.cancel()
    desk.may_go.set()
    assert last.result(10).reply == "250 2" and first.result(10).reply == "250 0"
    assert [seen for _, seen in desk.seen] == [[b"0"], [b"2"]]


def test_all_of_a_batch_gave_up(desk: Desk, batches: Batches) -> None:
    first = batches.put("alice", mail(b"0"))
    assert desk.begun.wait(10)
    assert batches.put("alice", mail(b"1")).cancel()
    desk.may_go.set()
    assert first.result(10).reply == "250 0"
    assert batches.put("alice", mail(b"2")).result(10).reply == "250 2"
