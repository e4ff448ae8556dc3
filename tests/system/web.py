"""gunicorn and nginx as processes of their own, with the files of etc/."""

import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from passlib.hash import sha256_crypt

from .plain_user import OURSELVES, SystemUser

ROOT = Path(__file__).parents[2]
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"alice:secret").decode()}
CORE = "urn:ietf:params:jmap:core"
ECHO = json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"hello": True}, "a"]]}).encode()
HASH = sha256_crypt.using(rounds=1000).hash("secret")


_PORTS = set[int]()  # that were given away: nobody may listen there yet


def free_port() -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _PORTS:
            _PORTS.add(port)
            return port


def program(name: str) -> str:
    """The path of a program; the test is skipped where it is missing."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        pytest.skip(f"{name} is not installed (tests/system/peers.sh installs it)")
    return found


def wait_until(ready: Callable[[], bool], what: Callable[[], str]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ready():
                return
        time.sleep(0.05)
    pytest.fail(what())


class Server:
    """Something that listens on 127.0.0.1, and requests to it."""

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.port, self.tls = port, tls

    def connection(self) -> http.client.HTTPConnection:
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        with contextlib.closing(self.connection()) as connection:
            connection.request(method, path, body, LOGIN if headers is None else headers, **more)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def echo(self) -> int:
        return self.send("POST", "/jmap/api/", ECHO, LOGIN | {"Content-Type": "application/json"})[0]

    def raw(self, octets: bytes, is_patient: bool = True) -> bytes:
        """What comes back for these octets until the server closes, or for a moment when not patient."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20 if is_patient else 1)
        with self.tls.wrap_socket(connection) if self.tls else connection as connection:
            connection.sendall(octets)
            received = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while piece := connection.recv(65536):
                    received += piece
            return received


class Gunicorn(Server):
    """jmapd under gunicorn, for alice, whose password is secret."""

    def __init__(self, folder: Path, options: str = "", user: SystemUser = OURSELVES) -> None:
        super().__init__(free_port())
        self.folder, self.log, self.user = folder, folder / "jmapd.log", user
        self.config, self.maildir = folder / "jmapd.toml", folder / "mail" / "alice"
        for name in ("cur", "new", "tmp"):
            (self.maildir / name).mkdir(parents=True, exist_ok=True)
        (folder / "users").write_text(f"alice:{HASH}\n")
        (folder / "users").chmod(0o640)
        self.config.write_text(
            f"[paths]\nstate_dir = '{folder}/state'\nusers_file = '{folder}/users'\nmail = '{folder}/mail/{{user}}'\n"
            f"[log]\nfile = '{self.log}'\n{options}"
        )
        user.own(folder)
        self.start()

    def start(self) -> None:
        self.output = (self.folder / "gunicorn.log").open("ab")
        self.process = start_gunicorn(self.config, self.port, self.output, self.user)
        try:
            wait_until(self._is_up, lambda: (self.folder / "gunicorn.log").read_text())
        except BaseException:
            self.stop()
            raise

    def _is_up(self) -> bool:
        if self.process.poll() is not None or self.send("GET", "/healthz")[0] != 200:
            return False
        return len(self.workers()) == 2 and all(map(has_booted, self.workers()))

    def workers(self) -> list[int]:
        """Those that live, the oldest first."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return sorted(int(pid) for pid in children.split() if is_alive(int(pid)))

    def kill(self, worker: int) -> None:
        """Until then it counts as one that lives."""
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: not is_alive(worker), lambda: f"{worker} lives on")

    @contextlib.contextmanager
    def only(self, number: int) -> Iterator[None]:
        """Requests are answered by one of the workers; the others sleep."""
        wait_until(lambda: len(self.workers()) == 2, lambda: str(self.workers()))
        others = [pid for at, pid in enumerate(self.workers()) if at != number]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)

    def reindex(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """bin/jmapd-reindex as the server's user."""
        program = [sys.executable, str(ROOT / "bin/jmapd-reindex"), "--config", str(self.config)]
        command, environ = [*self.user.prefix, *program, *arguments], os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(command, env=environ, cwd=self.folder, capture_output=True, text=True, check=False)

    def stop(self) -> None:
        stop(self.process)
        self.output.close()


def is_alive(pid: int) -> bool:
    """Not killed and waiting for its parent to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def has_booted(pid: int) -> bool:
    """A worker that has handlers of its own, SIGABRT's among them; before that SIGTERM would go unnoticed."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGABRT - 1) & 1)


def start_gunicorn(config: Path, port: int, output: Any, user: SystemUser = OURSELVES) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("JMAPD_TEST_PATH")]))
    environ = os.environ | {"JMAPD_CONFIG": str(config), "JMAPD_BIND": f"127.0.0.1:{port}", "PYTHONPATH": path}
    conf = str(ROOT / "etc/gunicorn.conf.py")
    command = [*user.prefix, sys.executable, "-m", "gunicorn", "-c", conf, "jmapd.wsgi:application"]
    return subprocess.Popen(command, env=environ, stdout=output, stderr=subprocess.STDOUT, cwd=config.parent)


class Nginx(Server):
    """Debian's nginx with etc/nginx/jmapd.conf in front of a server; ports and certificate are the test's."""

    def __init__(self, folder: Path, behind: int, locations: str = "") -> None:
        """`locations`: more of the server that speaks TLS."""
        self.folder, plain = folder, free_port()
        certificate(folder)
        super().__init__(free_port(), ssl._create_unverified_context())
        self.conf = site(folder, {"80": plain, "443": self.port, "8008": behind}, locations)
        self.process = subprocess.Popen([program("nginx"), "-e", "stderr", "-c", str(self.conf)])
        wait_until(lambda: self.send("GET", "/healthz")[0] == 200, lambda: "nginx does not start")

    def stop(self) -> None:
        stop(self.process)


def site(folder: Path, ports: dict[str, int], locations: str = "") -> Path:
    """A whole nginx.conf around the file of etc/, whose ports, certificate and IPv6 lines are replaced."""
    text = (ROOT / "etc/nginx/jmapd.conf").read_text()
    lines = [line for line in text.splitlines() if "[::]" not in line]
    text = "\n".join(lines).replace("/etc/letsencrypt/live/mail.example.org/", f"{folder}/")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{ports['80']};")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{ports['443']} ")
    text = text.replace("127.0.0.1:8008", f"127.0.0.1:{ports['8008']}")
    text = text.replace("    location /jmap/ {\n", f"{locations}    location /jmap/ {{\n")
    (folder / "site.conf").write_text(text)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/nginx.pid;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}include {folder}/site.conf;\n}}\n"
    )
    return folder / "nginx.conf"


def certificate(folder: Path) -> None:
    """A certificate of our own, as fullchain.pem and privkey.pem."""
    command = [
        program("openssl"),
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*command, *files], check=True, capture_output=True)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def gunicorn(folder: Path, options: str = "", user: SystemUser = OURSELVES) -> Iterator[Gunicorn]:
    """A running server; its log is shown when the test fails."""
    server = Gunicorn(folder, options, user)
    try:
        yield server
    finally:
        server.stop()
        print((folder / "gunicorn.log").read_text()[-4000:])
        print(server.log.read_text()[-4000:] if server.log.exists() else "")


@contextlib.contextmanager
def sidecar(server: Gunicorn) -> Iterator[subprocess.Popen[bytes]]:
    """While it follows the files."""
    program = [sys.executable, str(ROOT / "bin/jmapd-reindex"), "--config", str(server.config), "--watch"]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(program, env=environ, cwd=server.folder) as process:
        try:
            lock = server.folder / "state" / ".watching"
            wait_until(lock.exists, lambda: "the sidecar does not start")
            yield process
        finally:
            process.kill()
