"""Faults of our own while a message is sent: a full disk, mail that is away, entries half written (RFC 8621 7)."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from jmapd.config import flat, from_dict
from jmapd.protocol.accounts import Accounts
from jmapd.submission.attempt import Attempts
from jmapd.submission.connections import Connections
from tests.submission.sending_host import BOB, CAROL, SendingHost, at
from tests.system.sink import END, Sink

pytestmark = pytest.mark.rfc("8621", "7")
MINUTE, DAY = 60, 86_400


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can be written: as on a full disk, the name can be made, and nothing put into it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_full_disk(host: SendingHost, peer: Sink) -> None:
    """What could not be noted is not sent: else it would be sent again and again."""
    id = host.submit(BOB)
    with full_disk():
        host.work()
        host.work()
    assert peer.taken == [] and not any("MAIL" in line for line in peer.commands)
    host.work()
    assert len(peer.taken) == 1 and host.record(id)["undoStatus"] == "final"


def test_mail_is_away(host: SendingHost, peer: Sink) -> None:
    """The answers are kept, and told when the Maildir is mounted again: the record, and the bounce."""
    peer.say("RCPT", "550 5.1.1 No such user", text=CAROL)
    id = host.submit(BOB, CAROL)
    host.root.rename(host.root.with_name("away"))
    host.work()
    assert len(peer.taken) == 1
    host.work()
    host.root.with_name("away").rename(host.root)
    host.work()
    assert len(peer.taken) == 1 and len([line for line in peer.commands if CAROL in line]) == 1
    assert host.record(id)["undoStatus"] == "final" and len(host.bounces()) == 1 and not host.waiting()


def test_bounce_cannot_be_stored(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The account is full: the report waits, the message does not go out again."""
    peer.say(END, "554 5.7.1 Spam")
    id, config = host.submit(BOB), host.config
    host.config = replace(config, quota=from_dict({"quota": {"rules": ["*:messages=1"]}}).quota)
    host.work()
    host.config = config
    assert host.bounces() == [] and len(host.waiting()) == 1
    assert host.status(id) == {BOB: ("554 5.7.1 Spam", "no")}
    at(monkeypatch, MINUTE)
    host.work()
    assert len(host.bounces()) == 1 and not host.waiting() and peer.commands.count("DATA") == 1
    assert len(host.record(id)["dsnBlobIds"]) == 1


def test_bounce_that_can_never_be_stored(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up a day after the message would have been; the status stays."""
    peer.say(END, "554 5.7.1 Spam")
    id, config = host.submit(BOB), host.config
    host.config = replace(config, quota=from_dict({"quota": {"rules": ["*:messages=1"]}}).quota)
    host.work()
    at(monkeypatch, 5 * DAY)
    host.work()
    assert len(host.waiting()) == 1
    at(monkeypatch, 6 * DAY + MINUTE)
    host.work()
    assert not host.waiting() and host.bounces() == []
    assert host.status(id) == {BOB: ("554 5.7.1 Spam", "no")} and host.record(id)["undoStatus"] == "final"


def test_entry_that_its_writer_could_not_finish(host: SendingHost, peer: Sink) -> None:
    """Killed after the record was in the journal: it counts, and is sent."""
    id = host.submit(BOB)
    (host.outbox / f"{id}.json").rename(host.outbox / f"{id}.json.new")
    (host.outbox / "Snever.json.new").write_bytes((host.outbox / f"{id}.json.new").read_bytes())
    (host.outbox / "Snever.eml").write_bytes(b"Subject: x\r\n\r\n")
    host.work()
    assert len(peer.taken) == 1 and host.record(id)["undoStatus"] == "final"
    assert list(host.outbox.glob("*.new")) == [] and not (host.outbox / "Snever.eml").exists()


@pytest.mark.parametrize(
    "content", [b"{", b"[1]", b'{"version": 1, "id": "ID"}', b'{"version": 1, "id": "ID", "done": 0}']
)
def test_entry_that_cannot_be_read(host: SendingHost, peer: Sink, content: bytes) -> None:
    """The others go."""
    bad, good = host.submit(BOB), host.submit(CAROL)
    (host.outbox / f"{bad}.json").write_bytes(content.replace(b"ID", bad.encode()))
    host.work()
    assert [each.recipients for each in peer.taken] == [[CAROL]] and host.record(good)["undoStatus"] == "final"


def test_a_list_of_what_is_due_that_is_old(host: SendingHost, peer: Sink) -> None:
    """Another worker has tried in between: the pause that follows counts for all."""
    peer.say("RCPT", "450 4.7.1 Wait", times=1)
    id, options = host.submit(BOB), flat(host.config)
    host.work()
    account = Accounts(host.config).mail_account("alice")
    assert account is not None and Attempts(options, Connections(options)).attempt(account, id)
    account.close()
    assert peer.taken == [] and len([line for line in peer.commands if line.startswith("RCPT")]) == 1


@pytest.mark.parametrize("part", ["learn.Learner.run", "reports.follow", "jobs.Jobs.offer", "worker.submissions"])
def test_a_fault_that_nobody_has_thought_of(
    host: SendingHost, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    """It is logged, and stops neither the other accounts nor the program."""

    def fail(*_: object) -> None:
        raise KeyError("nothing")

    host.submit(BOB)
    monkeypatch.setattr(f"jmapd.submission.{part}", fail)
    host.work()
    assert "alice: " in caplog.text and "KeyError" in caplog.text
