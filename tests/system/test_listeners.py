"""Very many listeners at once, and clocks that jump (RFC 8620 7.3): nothing else suffers."""

import resource
import select
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from .events import Source
from .jmap import ACCOUNT, Jmap, no_server_errors
from .web import LOGIN, Gunicorn, gunicorn, wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "7.3")]
COUNT = 1000
# libfaketime 0.9.10 refuses clock_nanosleep() with the monotonic clock, which Python's sleep() is made of
SLEEP = "import select, time\ntime.sleep = lambda seconds: select.select([], [], [], seconds) and None\n"
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


@pytest.fixture
def many_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def opened(server: Gunicorn) -> list[socket.socket]:
    """A thousand event sources, asked for within a second."""
    request = "GET /jmap/eventsource/?types=Mailbox&closeafter=no&ping=0 HTTP/1.1\r\nHost: localhost\r\n"
    head = f"{request}Authorization: {LOGIN['Authorization']}\r\n\r\n".encode()
    started, sockets = time.monotonic(), []
    for _ in range(COUNT):
        sockets.append(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        sockets[-1].sendall(head)
    assert time.monotonic() - started < 5
    return sockets


def heard(sockets: list[socket.socket], what: bytes) -> None:
    """Waits until each has heard that."""
    waiting, text = {each.fileno(): each for each in sockets}, dict.fromkeys((each.fileno() for each in sockets), b"")
    poll = select.epoll()
    for fd in waiting:
        poll.register(fd, select.EPOLLIN)
    deadline = time.monotonic() + 30
    while waiting:
        assert time.monotonic() < deadline, f"{len(waiting)} have not heard {what!r}"
        for fd, _ in poll.poll(1):
            data = waiting[fd].recv(65536)
            assert data, text[fd]
            text[fd] += data
            if what in text[fd]:
                poll.unregister(fd)
                del waiting[fd]
    poll.close()


def open_files(server: Gunicorn) -> int:
    return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in server.workers())


def test_a_thousand_connections_in_a_second(tmp_path: Path, many_files: None) -> None:
    with gunicorn(tmp_path, f"[push]\nmax_connections_per_user = {COUNT}\n") as server:
        jmap, before, took, is_over = Jmap(server), open_files(server), list[float](), threading.Event()

        def ask() -> None:
            while not is_over.is_set():
                started = time.monotonic()
                assert server.echo() == 200
                took.append(time.monotonic() - started)
                time.sleep(0.02)

        asking = threading.Thread(target=ask)
        asking.start()
        sockets = opened(server)
        heard(sockets, b"\nid: ")
        is_over.set()
        asking.join()
        assert took and max(took) < 5
        assert open_files(server) >= before + COUNT
        state = jmap.call("Mailbox/set", create={"a": {"name": "A"}})["newState"]
        heard(sockets, state.encode())
        for each in sockets:
            each.close()
        wait_until(lambda: open_files(server) < before + 50, lambda: f"{open_files(server)} files are open")
        no_server_errors(server)


@pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed (tests/system/peers.sh installs it)")
def test_the_clock_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events, deliveries and tickets go on when the clock jumps a day ahead, and back by a year."""
    file = tmp_path / "clock"

    def set_clock(days: float) -> None:
        aside = tmp_path / "clock.new"
        aside.write_text(f"{days * 86_400:+.0f}")
        aside.rename(file)

    set_clock(0)
    with monkeypatch.context() as environment:
        environment.setenv("FAKETIME_TIMESTAMP_FILE", str(file))
        for name in ("FAKETIME_NO_CACHE", "DONT_FAKE_MONOTONIC"):
            environment.setenv(name, "1")
        environment.setenv("LD_PRELOAD", str(FAKETIME))
        (tmp_path / "sitecustomize.py").write_text(SLEEP)
        environment.setenv("JMAPD_TEST_PATH", str(tmp_path))
        server = Gunicorn(tmp_path)
    try:
        jmap, source = Jmap(server), Source(server, types="Mailbox,EmailDelivery", ping=5)
        for number, days in enumerate((1, -365, 0)):
            set_clock(days)
            date = server.send("GET", "/.well-known/jmap")[1]["Date"]
            told = datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
            assert abs(told - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=5)
            state = jmap.call("Mailbox/set", create={"a": {"name": f"M{number}"}})["newState"]
            while (event := source.next()) is not None and event.name == "ping":
                pass
            assert event is not None and event.data["changed"] == {ACCOUNT: {"Mailbox": state}}
            path = server.maildir / "tmp" / f"{number}"
            path.write_text(f"Message-ID: <{number}@example.org>\nSubject: {number}\n\nHello\n")
            path.rename(server.maildir / "new" / path.name)
            while (event := source.next()) is not None and event.name == "ping":
                pass
            assert event is not None and "EmailDelivery" in event.data["changed"][ACCOUNT]
            again = Source(server, types="Mailbox", last_id=source.last_id)
            assert again.quiet(0.2)
        no_server_errors(server)
    finally:
        server.stop()
