"""jmapd under gunicorn when clients, processes or files misbehave."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from .web import LOGIN, ROOT, Gunicorn, free_port, gunicorn, start_gunicorn, wait_until

pytestmark = pytest.mark.system
HEAD = f"Host: mail.example.org\r\nAuthorization: {LOGIN['Authorization']}\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path_factory.mktemp("jmapd"), "[server]\nread_timeout = 1\n") as running:
        yield running


def post(path: str, rest: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\n{rest}".encode()


@pytest.mark.rfc("9112", "6.3")
@pytest.mark.parametrize(
    "rest",
    [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "Content-Length: +4\r\n\r\n{}{}",
        "Content-Length: 4, 4\r\n\r\n{}{}",
        "Content-Length: -1\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nBad Header: x\r\n\r\n{}",
        "Content-Length: 2\r\n X: folded\r\n\r\n{}",
    ],
)
def test_ambiguous_bodies_are_refused_and_hide_no_second_request(server: Gunicorn, rest: str) -> None:
    received = server.raw(post("/jmap/api/", rest), is_patient=False)
    assert received.split(b" ")[1][:1] in (b"4", b"5")
    assert received.count(b"HTTP/1.1 200") == 0
    assert server.echo() == 200


def test_header_with_underscore_is_not_the_one_with_a_hyphen(server: Gunicorn) -> None:
    octets = f"GET /.well-known/jmap HTTP/1.1\r\n{HEAD}X_Forwarded_Host: evil.example.net\r\nConnection: close\r\n\r\n"
    received = server.raw(octets.encode())
    assert b"evil" not in received
    assert b"mail.example.org" in received


def test_silent_client_is_sent_away(server: Gunicorn) -> None:
    received = server.raw(post("/jmap/upload/alice/", "Content-Length: 1000\r\n\r\nabc"))
    assert received.startswith(b"HTTP/1.1 408")
    assert server.echo() == 200


def test_uploads_that_are_broken_off_leave_nothing(server: Gunicorn) -> None:
    for rest in ("Content-Length: 1000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nffffff\r\n"):
        for _ in range(10):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                connection.sendall(post("/jmap/upload/alice/", rest) + b"broken off" * 1000)
    wait_until(lambda: server.log.read_text().count("upload status=400") >= 20, lambda: server.log.read_text())
    kept = [path for path in (server.folder / "state").rglob("*") if path.is_file()]
    assert not [path for path in kept if b"broken off" in path.read_bytes()]
    assert server.echo() == 200


def test_killed_worker_is_replaced(server: Gunicorn) -> None:
    before = server.workers()
    assert len(before) == 2
    server.kill(before[0])
    wait_until(lambda: len(set(server.workers()) - set(before)) == 1, lambda: str(server.workers()))
    for _ in range(6):
        assert server.echo() == 200


def test_control_c_is_for_the_master_alone(server: Gunicorn) -> None:
    """A worker that is told twice to quit, by the terminal and by the master, may hang in its own shutdown."""

    def ignores(pid: int) -> bool:
        ignored = int(Path(f"/proc/{pid}/status").read_text().partition("SigIgn:")[2].split()[0], 16)
        return bool(ignored >> (signal.SIGINT - 1) & 1)

    wait_until(lambda: len(server.workers()) == 2 and all(map(ignores, server.workers())), lambda: "SIGINT counts")
    before = server.workers()
    for pid in before:
        os.kill(pid, signal.SIGINT)
    assert [server.echo() for _ in range(6)] == [200] * 6
    assert server.workers() == before


def test_control_c_while_requests_come(tmp_path: Path) -> None:
    with gunicorn(tmp_path) as server, ThreadPoolExecutor() as pool:
        for _ in range(3):
            is_over = threading.Event()
            clients = [pool.submit(ask_until, is_over, server) for _ in range(3)]
            wait_until(lambda: "POST api" in server.log.read_text(), lambda: server.log.read_text())
            try:
                server.process.send_signal(signal.SIGINT)
                assert server.process.wait(20) == 0
            finally:
                is_over.set()
            assert sum(client.result() for client in clients) > 0
            server.stop()
            server.log.unlink()
            server.start()


def test_to_quit_is_the_same_for_workers_as_to_terminate() -> None:
    """gunicorn's own SIGQUIT handler takes a lock that the interrupted thread may hold."""
    settings: dict[str, Any] = {}
    exec(compile((ROOT / "etc/gunicorn.conf.py").read_text(), "gunicorn.conf.py", "exec"), settings)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        settings["post_worker_init"](SimpleNamespace(handle_exit=signal.default_int_handler))
        assert signal.getsignal(signal.SIGQUIT) is signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ask_until(is_over: threading.Event, server: Gunicorn) -> int:
    """The number of answers; there is none while no server is there."""
    count = 0
    while not is_over.is_set():
        with contextlib.suppress(OSError, http.client.HTTPException):
            count += server.echo() == 200
    return count


def test_workers_count_failed_logins_together(tmp_path: Path) -> None:
    options = "[auth]\nfailures_per_address = 7\n[server]\ntrusted_proxies = ['127.0.0.1']\n"
    with gunicorn(tmp_path, options) as server:
        wrong = {"Authorization": "Basic YWxpY2U6d3Jvbmc=", "X-Forwarded-For": "192.0.2.1"}
        got = [server.send("GET", "/.well-known/jmap", headers=wrong)[0] for _ in range(30)]
        assert sorted(got) == [401] * 7 + [429] * 23
        right = LOGIN | {"X-Forwarded-For": "192.0.2.1"}
        assert server.send("GET", "/.well-known/jmap", headers=right)[0] == 429
        right["X-Forwarded-For"] = "192.0.2.2"
        assert server.send("GET", "/.well-known/jmap", headers=right)[0] == 200
        assert "login failed: address=192.0.2.1 user=alice" in server.log.read_text()


def test_users_and_passwords_count_at_once(tmp_path: Path) -> None:
    with gunicorn(tmp_path) as server:
        assert server.echo() == 200
        users = tmp_path / "users"
        text = users.read_text()
        (tmp_path / "new").write_text(text.replace("alice", "bob"))
        (tmp_path / "new").replace(users)
        assert {server.send("GET", "/.well-known/jmap")[0] for _ in range(6)} == {401}


def test_metrics_are_those_of_all_workers(tmp_path: Path) -> None:
    with gunicorn(tmp_path, "[metrics]\nenabled = true\n") as server:
        for _ in range(20):
            assert server.echo() == 200
        for _ in range(4):
            text = server.send("GET", "/metrics", headers={})[2].decode()
            assert 'jmapd_method_calls_total{method="Core/echo"} 20' in text.splitlines()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        ("[paths]\nusers_file = '/nowhere/users'\nstate_dir = '{folder}/state'\n", "paths.users_file: /nowhere/users"),
        ("[paths]\nstate_dir = '/proc/nothing'\n", "paths.state_dir: /proc/nothing"),
        ("[paths]\nstate = 5\n", "paths.state: no such option"),
        ("[log]\nfile = '/nowhere/jmapd.log'\n", "log.file: /nowhere/jmapd.log"),
    ],
)
def test_what_is_wrong_is_said_at_the_start(tmp_path: Path, content: str | None, words: str) -> None:
    if content is not None:
        (tmp_path / "jmapd.toml").write_text(content.replace("{folder}", str(tmp_path)))
    process = start_gunicorn(tmp_path / "jmapd.toml", free_port(), subprocess.PIPE)
    output = process.communicate(timeout=30)[0].decode()
    assert process.returncode != 0
    assert words in output
    assert "Traceback" not in output


def test_parallel_requests_of_one_user(server: Gunicorn) -> None:
    body = json.dumps({"using": ["urn:ietf:params:jmap:core"], "methodCalls": [["Core/echo", {"a": "b" * 5000}, "0"]]})
    connections = [server.connection() for _ in range(8)]
    for connection in connections:
        connection.request("POST", "/jmap/api/", body, LOGIN | {"Content-Type": "application/json"})
    assert [connection.getresponse().status for connection in connections] == [200] * 8
    for connection in connections:
        connection.close()
