"""Listeners that come and go while things change: in the end each knows the server's state (RFC 8620 7.3)."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest

from .events import Source
from .jmap import ACCOUNT, Jmap
from .web import Gunicorn, gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "7.3")]
SECONDS = 10.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path) as server:
        yield server


class Listener(threading.Thread):
    """Keeps the newest state of each type, over disconnects, with what the event source tells it and nothing else."""

    def __init__(self, server: Gunicorn, seed: int) -> None:
        super().__init__(daemon=True)
        self.server, self.random, self.is_over = server, random.Random(seed), False
        self.known: dict[str, str] = {}
        self.source = Source(server)

    def run(self) -> None:
        while not self.is_over:
            self.listen(self.random.uniform(0.1, 1.0))
            last = self.source.last_id
            self.source.close()
            while True:
                try:
                    self.source = Source(self.server, last_id=last)
                    break
                except OSError:  # the server is being reloaded
                    time.sleep(0.1)

    def listen(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                event = self.source.next(left)
            except Empty:
                return
            if event is None:
                return
            self.known |= event.data["changed"].get(ACCOUNT, {})


def change(server: Gunicorn, jmap: Jmap, number: int, chance: random.Random) -> None:
    kind = chance.choice(["deliver", "mailbox", "kill", "flag", "compact"])
    if kind == "deliver":
        path = server.maildir / "tmp" / str(number)
        path.write_text(f"From: bob@example.org\nSubject: {number}\n\nHello\n")
        path.rename(server.maildir / "new" / str(number))
    elif kind == "flag":
        for path in list((server.maildir / "new").iterdir())[:1]:
            path.rename(server.maildir / "cur" / f"{path.name}:2,S")
    elif kind == "compact":
        server.reindex("--compact")
    elif kind == "kill" and number % 3 == 0:
        server.kill(server.workers()[0])
        wait_until(lambda: len(server.workers()) == 2, lambda: "no new worker")
    else:
        jmap.call("Mailbox/set", create={"a": {"name": f"M{number}"}})


def test_nothing_is_missed(server: Gunicorn) -> None:
    chance, jmap = random.Random(7), Jmap(server)
    before = {kind: jmap.call(f"{kind}/get", ids=[])["state"] for kind in ("Email", "Mailbox", "Thread")}
    listeners = [Listener(server, seed) for seed in range(6)]
    for each in listeners:
        each.start()
    started, number = time.monotonic(), 0
    while time.monotonic() - started < SECONDS:
        number += 1
        try:
            change(server, jmap, number, chance)
        except OSError:
            continue  # that request's worker was killed
        time.sleep(chance.uniform(0, 0.4))
    for each in listeners:
        each.is_over = True
    for each in listeners:
        each.join(30)
    wanted = {kind: jmap.call(f"{kind}/get", ids=[])["state"] for kind in ("Email", "Mailbox", "Thread")}
    assert wanted["Email"] != before["Email"] and wanted["Mailbox"] != before["Mailbox"]
    for each in listeners:
        for _ in range(20):
            if {kind: each.known.get(kind) for kind in wanted} != wanted:
                each.listen(0.2)
        assert {kind: each.known.get(kind) for kind in wanted} == wanted
        each.source.close()


def test_a_reload_sends_clients_to_the_new_workers(server: Gunicorn) -> None:
    sources, jmap = [Source(server) for _ in range(6)], Jmap(server)
    old = server.workers()
    server.process.send_signal(signal.SIGHUP)
    assert [source.next() for source in sources] == [None] * 6
    wait_until(lambda: not set(old) & set(server.workers()), lambda: "old workers stay")
    again = [Source(server, last_id=source.last_id) for source in sources]
    jmap.call("Mailbox/set", create={"a": {"name": "A"}})
    assert all(source.next() is not None for source in again)
