"""bin/jmapd-submit killed at any point (RFC 8621 7, RFC 5321 6.1): none is lost, none that is noted is sent twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.submission.sending_host import BOB, CAROL, MESSAGE, SendingHost

from .sink import DROP, END, Sink, sink
from .web import ROOT, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7")]
ENVIRON = os.environ | {"PYTHONPATH": str(ROOT)}
KILLED_IN = """
import os, sys
from importlib import import_module
path, name, is_after = sys.argv[1:4]
module, _, owner = path.partition(":")
owner = getattr(import_module(module), owner) if owner else import_module(module)
real = getattr(owner, name)
def deadly(*arguments, **more):
    if is_after == "after":
        real(*arguments, **more)
    os.kill(os.getpid(), 9)
setattr(owner, name, deadly)
from jmapd.cli.submit import main
sys.exit(main(sys.argv[4:]))
"""


@pytest.fixture
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture
def host(tmp_path: Path, peer: Sink) -> SendingHost:
    return SendingHost(tmp_path, peer)


def start(host: SendingHost, *before: str) -> "subprocess.Popen[bytes]":
    """One that stays, or the program `before`."""
    program = before or (str(ROOT / "bin/jmapd-submit"),)
    command = [sys.executable, *program, "--config", str(host.config_file()), *(["--once"] if before else [])]
    with (host.root.parents[1] / "submit.log").open("ab") as log:
        return subprocess.Popen(command, env=ENVIRON, stdout=log, stderr=log)


def heeds_sigterm(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it has got so far that it would end in its own way."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def once(host: SendingHost, *before: str) -> int:
    return start(host, *(before or (str(ROOT / "bin/jmapd-submit"),))).wait(60)


def killed_in(host: SendingHost, path: str, name: str, when: str) -> None:
    assert once(host, "-c", KILLED_IN, path, name, when) == -signal.SIGKILL


# what is called, what of it the server has after the restart, how many bounces alice has
POINTS = [
    ("jmapd.submission.smtp:Connection", "send", "before", 1, 1),
    # the window that SMTP cannot close: the server's answer is not on the disk yet
    ("jmapd.stores.outbox:Entry", "record_results", "before", 2, 1),
    ("jmapd.stores.outbox:Entry", "record_results", "after", 1, 1),
    ("jmapd.stores.submissions:SubmissionStore", "settle_results", "after", 1, 1),
    ("jmapd.submission.attempt", "receive", "before", 1, 1),
    # the bounce is in INBOX, and nothing says so
    ("jmapd.submission.attempt", "receive", "after", 1, 2),
    ("jmapd.stores.submissions:SubmissionStore", "settle", "before", 1, 1),
]


@pytest.mark.parametrize("path, name, when, sent, told", POINTS, ids=[" ".join(map(str, each[:3])) for each in POINTS])
def test_killed_at(host: SendingHost, peer: Sink, path: str, name: str, when: str, sent: int, told: int) -> None:
    """The record is what the server said, whenever that was."""
    peer.say("RCPT", "550 5.1.1 No such user", text=CAROL)
    id = host.submit(BOB, CAROL)
    killed_in(host, path, name, when)
    assert once(host) == 0
    assert len(peer.taken) == sent and not host.waiting()
    assert host.status(id) == {BOB: ("250 2.1.5 Ok", "unknown"), CAROL: ("550 5.1.1 No such user", "no")}
    record = host.record(id)
    assert record["undoStatus"] == "final" and len(record["dsnBlobIds"]) == told
    subjects = [each["subject"] for each in host.call("Email/get", {"ids": None})["list"]]
    assert subjects.count("Mail could not be delivered") == told
    assert {path.suffix for path in host.outbox.iterdir() if path.name[0] == "S"} == {".json"}


class Deadly:
    """Kills the worker as soon as the server hears a word, before or after it answers."""

    def __init__(self, peer: Sink, verb: str) -> None:
        self.verb, self.real = verb, peer.answer_to
        self.kill: Callable[[], None] | None = None
        peer.answer_to = self.answer  # type: ignore[method-assign]

    def answer(self, verb: str, line: str, usual: str) -> tuple[str, bool]:
        if verb == self.verb and self.kill is not None:
            kill, self.kill = self.kill, None
            kill()
            return DROP, True
        return self.real(verb, line, usual)


@pytest.mark.rfc("5321", "4.2.5")
@pytest.mark.parametrize("verb", ["MAIL", "DATA", END])
def test_killed_while_the_server_thinks(host: SendingHost, peer: Sink, verb: str) -> None:
    """Nothing was answered, so nothing was taken."""
    id = host.submit(BOB)
    deadly = Deadly(peer, verb)
    process = start(host)
    deadly.kill = process.kill
    assert process.wait(20) == -signal.SIGKILL
    assert peer.taken == [] and host.record(id)["undoStatus"] == "pending" and len(host.waiting()) == 1
    process = start(host)
    wait_until(lambda: host.record(id)["undoStatus"] == "final", lambda: str(host.record(id)))
    process.terminate()
    assert process.wait(20) == 0 and len(peer.taken) == 1


def test_killed_again_and_again(host: SendingHost, peer: Sink) -> None:
    """What was written down by the time of a kill is never sent again; all is sent."""
    pick, count = random.Random(4), 40
    for number in range(count):
        host.submit(f"r{number}@remote.example", message=MESSAGE.replace(b"Hello.", b"Hello %d." % number))
    slowly(peer)
    recorded: dict[str, int] = {}  # how often what is known to be sent had been taken
    kills = 0
    while len(recorded) < count and kills < 40:
        process, seen = start(host), len(peer.taken)
        wait_until(lambda seen=seen: len(peer.taken) > seen, lambda: "nothing is sent")  # type: ignore[misc]
        time.sleep(pick.random() / 50)
        process.kill()
        process.wait()
        kills += 1
        taken = Counter(each.recipients[0] for each in peer.taken)
        for email in known(host.outbox):
            recorded.setdefault(email, taken[email])
            assert taken[email] == recorded[email], f"{email} was sent again"
    assert len(recorded) == count and kills > 1
    assert once(host) == 0
    assert host.waiting() == []
    final = Counter(each.recipients[0] for each in peer.taken)
    assert final == recorded
    assert sum(final.values()) - count <= 4 * kills  # the window: at most what was under way at a kill
    states = host.call("EmailSubmission/get", {"ids": None, "properties": ["undoStatus"]})["list"]
    assert [each["undoStatus"] for each in states] == ["final"] * count


def slowly(peer: Sink, seconds: float = 0.05) -> None:
    """So that a kill finds some that are under way, and some that have not begun."""
    real = peer.answer_to

    def answer(verb: str, line: str, usual: str) -> tuple[str, bool]:
        time.sleep(seconds if verb == END else 0)
        return real(verb, line, usual)

    peer.answer_to = answer  # type: ignore[method-assign]


def known(outbox: Path) -> list[str]:
    """Recipients that an entry says have it."""
    entries = [json.loads(path.read_bytes()) for path in outbox.glob("S*.json")]
    return [email for each in entries for email, result in each["results"].items() if result["delivered"] == "unknown"]


def test_two_at_once(host: SendingHost, peer: Sink) -> None:
    """Two programs, and one more by cron: each message goes out once."""
    count = 20
    for number in range(count):
        host.submit(f"r{number}@remote.example", message=MESSAGE.replace(b"Hello.", b"Hello %d." % number))
    both = [start(host), start(host)]
    assert once(host) == 0
    wait_until(lambda: not host.waiting(), lambda: str(host.waiting()))
    wait_until(lambda: all(map(heeds_sigterm, both)), lambda: "they do not start")
    for process in both:
        process.terminate()
    assert [process.wait(20) for process in both] == [0, 0]
    assert Counter(each.recipients[0] for each in peer.taken) == {
        f"r{number}@remote.example": 1 for number in range(count)
    }


def test_told_to_end_while_a_server_thinks(host: SendingHost, peer: Sink) -> None:
    """--once and the one that stays wait for the answer, and write it down."""
    slowly(peer, 0.3)
    for program in ((), (str(ROOT / "bin/jmapd-submit"),)):
        id, count = host.submit(BOB), len(peer.taken)
        seen = len([line for line in peer.commands if line == "DATA"])
        process = start(host, *program)
        wait_until(lambda seen=seen: peer.commands.count("DATA") > seen, lambda: str(peer.commands))  # type: ignore[misc]
        process.terminate()
        assert process.wait(20) == 0
        assert len(peer.taken) == count + 1 and host.record(id)["undoStatus"] == "final"


def test_stays_and_sends_what_comes(host: SendingHost, peer: Sink) -> None:
    """Also for accounts that had no outbox when it began; and it comes back for what is held."""
    process = start(host)
    log = host.root.parents[1] / "submit.log"
    try:
        first = host.submit(BOB)
        peer.wait(1)
        held = {"email": "alice@example.org", "parameters": {"HOLDFOR": "2"}}
        second = host.submit(BOB, sender=held)
        canceled = host.submit(CAROL, sender=held)
        host.cancel(canceled)
        assert host.record(second)["undoStatus"] == "pending" and len(peer.taken) == 1
        peer.wait(2)
        for id in (first, second):
            wait_until(lambda id=id: host.record(id)["undoStatus"] == "final", lambda: log.read_text())  # type: ignore[misc]
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert peer.to(CAROL) == [] and "Traceback" not in log.read_text()
    assert f"jmapd-submit: alice: {first}: 1 sent, 0 refused, 0 to be tried again\n" in log.read_text()
