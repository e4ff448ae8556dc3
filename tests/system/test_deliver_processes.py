"""bin/jmapd-deliver as processes: sockets, its end, and kills in the middle of mail (RFC 2033 4.2)."""

import contextlib
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from .jmap import Jmap, verified
from .sending import ENVIRON, _listens, letter, running, script
from .web import Gunicorn, free_port, gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("2033", "4.2")]
SECTIONS = "[identities]\ndomain = 'example.org'\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path, SECTIONS) as server:
        yield server


class Writer(threading.Thread):
    """Sends letters until the server is gone, and notes which were taken."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__()
        self.port, self.name, self.taken = port, name, list[str]()
        self.started_with = threading.Event()

    def run(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.LMTP("127.0.0.1", self.port) as lmtp:
            for number in range(10_000):
                subject = f"{self.name} {number}"
                lmtp.sendmail("bob@remote.example", ["alice@example.org"], letter(subject).as_bytes())
                self.taken.append(subject)
                if number == 10:
                    self.started_with.set()


def started(server: Gunicorn, *options: str) -> "subprocess.Popen[bytes]":
    command = [*script("jmapd-deliver"), "--config", str(server.config), *options]
    return subprocess.Popen(command, env=ENVIRON, cwd=server.folder)


def listening(port: int) -> None:
    wait_until(lambda: _listens(port), lambda: f"nobody listens at {port}")


def children(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.parametrize("processes", [1, 2])
def test_killed_in_the_middle(server: Gunicorn, processes: int) -> None:
    """All that was answered is there, whole, and in the index; nothing half is."""
    port = free_port()
    with started(server, "--lmtp", f"127.0.0.1:{port}", "--processes", str(processes)) as process:
        listening(port)
        writers = [Writer(port, f"w{number}") for number in range(6)]
        for writer in writers:
            writer.start()
        assert all(writer.started_with.wait(30) for writer in writers)
        for each in [process.pid, *children(process.pid)]:
            os.kill(each, signal.SIGKILL)
        for writer in writers:
            writer.join(30)
        process.wait()
    taken = {subject for writer in writers for subject in writer.taken}
    found = [path.read_bytes() for path in (server.maildir / "new").iterdir()]
    assert len(taken) >= 60 and len(found) >= len(taken)
    assert all(data.startswith(b"Return-Path: <bob@remote.example>\n") and b"A line." in data for data in found)
    there = {email["subject"] for email in Jmap(server).by_subject().values()}
    assert taken <= there
    verified(server)


def test_it_ends_when_it_is_told_to(server: Gunicorn) -> None:
    """What was answered is there, and who is not answered may send it again."""
    port = free_port()
    with running(server, "jmapd-deliver", "--lmtp", f"127.0.0.1:{port}", "--processes", "2"):
        listening(port)
        writer = Writer(port, "w")
        writer.start()
        assert writer.started_with.wait(30)
    writer.join(30)
    assert set(writer.taken) <= Jmap(server).by_subject().keys()


def test_a_process_that_dies_is_replaced_and_none_stays_alone(server: Gunicorn) -> None:
    port = free_port()
    with started(server, "--lmtp", f"127.0.0.1:{port}", "--processes", "2") as process:
        wait_until(lambda: len(children(process.pid)) == 2, lambda: "no children")
        listening(port)
        first, second = children(process.pid)
        os.kill(first, signal.SIGKILL)
        wait_until(
            lambda: len(children(process.pid)) == 2 and first not in children(process.pid), lambda: "it is not replaced"
        )
        left = children(process.pid)
        process.kill()
        process.wait()
    wait_until(lambda: not any(Path(f"/proc/{each}/fd/0").exists() for each in left), lambda: f"{left} are there still")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def deliver_by(path: str) -> None:
    with smtplib.LMTP(path) as lmtp:
        assert lmtp.sendmail("bob@remote.example", ["alice"], letter("By socket").as_bytes()) == {}


def test_a_unix_socket(server: Gunicorn, tmp_path: Path) -> None:
    """One that a killed server has left is taken over; one in use is not."""
    path = tmp_path / "lmtp"
    with started(server, "--lmtp", f"unix:{path}") as killed:
        wait_until(path.exists, lambda: "no socket")
        wait_until(lambda: not _connect(path), lambda: "nobody listens")
        assert path.stat().st_mode & 0o777 == 0o660
        other = started(server, "--lmtp", f"unix:{path}")
        assert other.wait(20) == 2
        killed.kill()
        killed.wait()
    with running(server, "jmapd-deliver", "--lmtp", f"unix:{path}"):
        wait_until(lambda: not _connect(path), lambda: "nobody listens")
        deliver_by(str(path))
    assert not path.exists() and "By socket" in Jmap(server).by_subject()


def _connect(path: Path) -> int:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path))


def test_a_socket_that_systemd_passes(server: Gunicorn, tmp_path: Path) -> None:
    path = tmp_path / "passed"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        passing = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3);"
            "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
            "os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
        )
        command = [sys.executable, "-c", passing, str(listener.fileno()), *script("jmapd-deliver")[1:]]
        command += ["--config", str(server.config), "--lmtp", "systemd"]
        process = subprocess.Popen(command, env=ENVIRON, cwd=server.folder, pass_fds=(listener.fileno(),))
        try:
            deliver_by(str(path))
        finally:
            process.terminate()
            assert process.wait(20) == 0
    assert "By socket" in Jmap(server).by_subject()
