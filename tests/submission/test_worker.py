"""What the worker does with submissions (RFC 8621 7, RFC 5321 4.5.4.1): sent, tried again, given up."""

from pathlib import Path

import pytest

from tests.submission.sending_host import BOB, CAROL, SendingHost, at
from tests.system.sink import DROP, END, GREETING, Sink, sink

pytestmark = pytest.mark.rfc("8621", "7")
MINUTE, HOUR = 60, 3600


def test_sent(host: SendingHost, peer: Sink) -> None:
    id = host.submit(BOB, CAROL)
    assert host.record(id)["undoStatus"] == "pending"
    host.work()
    (taken,) = peer.taken
    assert (taken.sender, taken.recipients) == ("alice@example.org", [BOB, CAROL])
    assert taken.data.endswith(b"\r\n\r\nHello.\r\n")
    # relaying is no proof of delivery
    said = ("250 2.1.5 Ok", "unknown")
    assert host.status(id) == {BOB: said, CAROL: said}
    assert host.record(id)["undoStatus"] == "final" and not host.waiting()
    host.work()
    assert len(peer.taken) == 1


@pytest.mark.rfc("5321", "4.5.4.1")
def test_greylisting(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal for now is tried again, later each time, only for those who do not have it."""
    peer.say("RCPT", "450 4.7.1 Come back", text=CAROL, times=2)
    id = host.submit(BOB, CAROL)
    host.work()
    assert host.status(id) == {BOB: ("250 2.1.5 Ok", "unknown"), CAROL: ("450 4.7.1 Come back", "queued")}
    assert host.record(id)["undoStatus"] == "final"  # one has it
    host.work()
    assert len(peer.taken) == 1
    at(monkeypatch, MINUTE)
    host.work()
    assert peer.to(CAROL) == []
    at(monkeypatch, MINUTE)
    host.work()
    assert peer.to(CAROL) == []  # two minutes after the second attempt, not one
    at(monkeypatch, MINUTE)
    host.work()
    assert [each.recipients for each in peer.taken] == [[BOB], [CAROL]]
    assert host.status(id)[CAROL] == ("250 2.1.5 Ok", "unknown") and not host.waiting()


@pytest.mark.rfc("5321", "4.5.4.1")
def test_given_up(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """After give_up_hours: the last answer stays, delivered becomes "no"."""
    peer.say("RCPT", "450 4.2.2 Mailbox full")
    id = host.submit(BOB)
    host.work()
    assert host.status(id) == {BOB: ("450 4.2.2 Mailbox full", "queued")}
    at(monkeypatch, 119 * HOUR)
    host.work()
    assert host.status(id) == {BOB: ("450 4.2.2 Mailbox full", "queued")}
    at(monkeypatch, 2 * HOUR)
    host.work()
    assert host.status(id) == {BOB: ("450 4.2.2 Mailbox full", "no")}
    assert len(host.bounces()) == 1 and not host.waiting()


@pytest.mark.rfc("5321", "4.2.5")
@pytest.mark.parametrize("verb", [GREETING, "EHLO", "MAIL", "RCPT", "DATA", END])
@pytest.mark.parametrize("answer", [DROP, "421 4.3.2 Going down"])
def test_connection_lost(
    host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch, verb: str, answer: str
) -> None:
    """Without a 250 to the message it counts as not taken, and is sent again."""
    peer.say(verb, answer, times=1)
    id = host.submit(BOB)
    host.work()
    ((said, delivered),) = host.status(id).values()
    assert delivered == "queued" and said.startswith("4") and said.split()[1].count(".") == 2
    assert host.record(id)["undoStatus"] == "pending"
    at(monkeypatch, MINUTE)
    host.work()
    assert len(peer.taken) == 1 and host.status(id)[BOB][1] == "unknown"


def test_server_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sink() as peer:
        port = peer.port
    host = SendingHost(tmp_path, host="127.0.0.1", port=port)
    id = host.submit(BOB)
    host.work()
    said, delivered = host.status(id)[BOB]
    assert said.startswith("451 4.4.1 ") and delivered == "queued"
    assert not host.cancel(id)["notUpdated"]  # nobody has it
    at(monkeypatch, MINUTE)
    with sink(port) as peer:
        host.work()
        assert peer.taken == [] and peer.sessions == 0
    assert host.record(id)["undoStatus"] == "canceled" and not host.waiting()


def test_held_until_its_time(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = {"email": "alice@example.org", "parameters": {"HOLDFOR": "600"}}
    first, second = (host.submit(BOB, sender=sender) for _ in range(2))
    host.work()
    host.cancel(first)
    at(monkeypatch, 590)
    host.work()
    assert peer.taken == []
    at(monkeypatch, 20)
    host.work()
    assert len(peer.taken) == 1 and not any("HOLD" in line for line in peer.commands)
    assert (host.record(first)["undoStatus"], host.record(second)["undoStatus"]) == ("canceled", "final")


@pytest.mark.rfc("8621", "7.5")
def test_destroyed_record_does_not_stop_it(host: SendingHost, peer: Sink) -> None:
    id = host.submit(BOB)
    assert host.call("EmailSubmission/set", {"destroy": [id]})["destroyed"] == [id]
    host.work()
    assert len(peer.taken) == 1 and list(host.outbox.glob("*.json")) == []


def test_many_recipients(host: SendingHost, peer: Sink) -> None:
    """No more at a time than every server takes (RFC 5321 4.5.3.1.8)."""
    id = host.submit(*(f"r{number}@remote.example" for number in range(250)))
    host.work()
    assert [len(each.recipients) for each in peer.taken] == [100, 100, 50]
    assert {each for _, each in host.status(id).values()} == {"unknown"} and peer.sessions == 1


def test_records_go_after_keep_days(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    id = host.submit(BOB)
    host.work()
    at(monkeypatch, 29 * 24 * HOUR)
    host.work()
    assert host.record(id)["undoStatus"] == "final"
    at(monkeypatch, 2 * 24 * HOUR)
    host.work()
    assert host.call("EmailSubmission/get", {"ids": None})["list"] == []
    assert list(host.outbox.glob("*.json")) == []
