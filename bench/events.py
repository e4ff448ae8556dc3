#!/usr/bin/env python3
"""What many idle event sources cost (RFC 8620 7.3): memory, idle CPU, the API's latency beside them, and how long a
change takes to reach all of them. Starts gunicorn over a small Maildir in a folder of its own.

    python bench/events.py [--listeners 10000] [--users 100]
"""

import argparse
import base64
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from passlib.hash import sha256_crypt

ROOT = Path(__file__).parents[1]
CALLS = 2000
QUIET_SECONDS = 20
CHANGES = 20


class Site:
    """gunicorn and the sidecar with so many users."""

    def __init__(self, folder: Path, users: int) -> None:
        self.folder, self.users = folder, [f"u{number}" for number in range(users)]
        hashed = sha256_crypt.using(rounds=1000).hash("secret")
        (folder / "users").write_text("".join(f"{user}:{hashed}\n" for user in self.users))
        (folder / "users").chmod(0o640)
        for user in self.users:
            for name in ("cur", "new", "tmp"):
                (folder / "mail" / user / name).mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        (folder / "jmapd.toml").write_text(
            f"[paths]\nstate_dir = '{folder}/state'\nusers_file = '{folder}/users'\nmail = '{folder}/mail/{{user}}'\n"
            f"[push]\nmax_connections_per_user = 20000\n[log]\nfile = '{folder}/log'\naccess = false\n"
            f"[index]\nmax_open_accounts = 200\n"
        )
        environ = os.environ | {
            "PYTHONPATH": str(ROOT), "JMAPD_CONFIG": str(folder / "jmapd.toml"), "JMAPD_BIND": f"127.0.0.1:{self.port}",
        }  # fmt: skip
        gunicorn = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            str(ROOT / "etc/gunicorn.conf.py"),
            "jmapd.wsgi:application",
        ]
        reindex = [sys.executable, str(ROOT / "bin/jmapd-reindex"), "--config", str(folder / "jmapd.toml")]
        subprocess.run(reindex, env=environ, check=True, stdout=subprocess.DEVNULL)
        self.sidecar = subprocess.Popen([*reindex, "--watch"], env=environ)
        self.server = subprocess.Popen(gunicorn, env=environ)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)
        time.sleep(2)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        return [self.server.pid, *map(int, children.split())]

    def memory(self) -> float:
        """PSS of all in MiB."""
        total = 0
        for pid in self.workers():
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return total / 1024

    def cpu(self) -> float:
        """Seconds so far of server and sidecar."""
        ticks = 0
        for pid in [*self.workers(), self.sidecar.pid]:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        for process in (self.server, self.sidecar):
            process.send_signal(signal.SIGTERM)
        for process in (self.server, self.sidecar):
            process.wait(30)


def header(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:secret".encode()).decode()


class Listeners:
    """So many event sources of some users."""

    def __init__(self, site: Site, count: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.sockets: list[socket.socket] = []
        for number in range(count):
            user = site.users[number % len(site.users)]
            one = socket.create_connection(("127.0.0.1", site.port))
            one.sendall(
                f"GET /jmap/eventsource/?types=*&closeafter=no&ping=0 HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: {header(user)}\r\n\r\n".encode()
            )
            self.sockets.append(one)
            self.selector.register(one, selectors.EVENT_READ, user)
        waiting = set(self.sockets)
        deadline = time.monotonic() + 120
        while waiting and time.monotonic() < deadline:
            for key, _ in self.selector.select(1):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if b"retry:" in data:
                    waiting.discard(key.fileobj)  # type: ignore[arg-type]
                elif not data:
                    raise SystemExit("a listener was sent away")
        if waiting:
            raise SystemExit(f"{len(waiting)} listeners have no answer")

    def until(self, user: str, count: int) -> list[float]:
        """When each of the user's listeners has a state event."""
        found: list[float] = []
        while len(found) < count:
            for key, _ in self.selector.select(30):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                if b"event: state" in data and key.data == user:
                    found.append(time.monotonic())
        return found

    def close(self) -> None:
        for each in self.sockets:
            each.close()


class Api:
    """One connection of one user."""

    def __init__(self, site: Site, user: str) -> None:
        self.socket, self.user = socket.create_connection(("127.0.0.1", site.port)), user

    def call(self, method: str, arguments: dict[str, Any]) -> Any:
        using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]
        calls = [[method, {"accountId": self.user} | arguments, "0"]]
        body = json.dumps({"using": using, "methodCalls": calls}).encode()
        self.socket.sendall(
            f"POST /jmap/api/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: {header(self.user)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.socket.recv(65536)
        head, _, data = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        while len(data) < length:
            data += self.socket.recv(65536)
        return json.loads(data)["methodResponses"][0]

    def latencies(self) -> list[float]:
        """Milliseconds of Mailbox/get, sorted."""
        found = []
        for _ in range(CALLS):
            started = time.perf_counter()
            self.call("Mailbox/get", {"ids": None})
            found.append((time.perf_counter() - started) * 1000)
        return sorted(found)


def told(latencies: list[float]) -> str:
    return f"median {statistics.median(latencies):.2f} ms, p99 {latencies[int(len(latencies) * 0.99)]:.2f} ms"


def measured(site: Site, count: int) -> None:
    api = Api(site, "u0")
    api.latencies()
    print(f"API alone: {told(api.latencies())}")
    before = site.memory()
    started = time.monotonic()
    listeners = Listeners(site, count)
    print(f"{count} listeners of {len(site.users)} users connected in {time.monotonic() - started:.1f} s")
    time.sleep(3)
    print(f"memory: {before:.1f} MiB before, {site.memory():.1f} MiB with them (PSS of all processes of gunicorn)")
    spent = site.cpu()
    time.sleep(QUIET_SECONDS)
    print(f"idle CPU: {(site.cpu() - spent) / QUIET_SECONDS * 100:.2f} % (server and sidecar)")
    print(f"API beside them: {told(api.latencies())}")
    mine = sum(1 for number in range(count) if number % len(site.users) == 0)
    inbox = api.call("Mailbox/get", {"ids": None})[1]["list"][0]["id"]
    first, last = [], []
    for number in range(CHANGES):
        started = time.monotonic()
        api.call("Mailbox/set", {"update": {inbox: {"sortOrder": number + 10}}})
        moments = listeners.until("u0", mine)
        first.append((moments[0] - started) * 1000)
        last.append((moments[-1] - started) * 1000)
    print(f"JMAP change, request to event: first of {mine} {told(sorted(first))}; last {told(sorted(last))}")
    delivered = []
    for number in range(CHANGES):
        path = site.folder / "mail" / "u0" / "tmp" / str(number)
        path.write_text(f"From: bob@example.org\nSubject: {number}\n\nHello\n")
        time.sleep(0.5)
        started = time.monotonic()
        path.rename(path.parents[1] / "new" / path.name)
        delivered.append((listeners.until("u0", mine)[0] - started) * 1000)
    print(f"delivery into new/ to event: first of {mine} {told(sorted(delivered))}")
    listeners.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listeners", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=100)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    folder = Path(tempfile.mkdtemp(prefix="jmapd-events-"))
    site = Site(folder, given.users)
    try:
        measured(site, given.listeners)
    finally:
        site.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
