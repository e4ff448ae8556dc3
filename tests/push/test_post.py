"""Requests to URLs that clients gave: public addresses only, no redirects, bounded time (RFC 8620 8.6, RFC 8030 5)."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.push import post
from jmapd.push.post import NotAllowed, Posted, Poster

pytestmark = pytest.mark.rfc("8620", "8.6")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a certificate for localhost."""
    place = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    files = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    outs = ["-keyout", str(place / "key.pem"), "-out", str(place / "cert.pem")]
    subprocess.run([*command, *files, *outs], check=True, capture_output=True)
    return place


class Endpoint:
    """Takes connections, and does with each what the test says."""

    def __init__(self, work: Callable[[socket.socket], None]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.work, self.count = self.listener.getsockname()[1], work, 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.count += 1
            with connection:
                try:
                    self.work(connection)
                except OSError:
                    continue

    def url(self, path: str = "/") -> str:
        return f"https://localhost:{self.port}{path}"


@pytest.fixture
def serve(folder: Path) -> Iterator[Callable[..., Endpoint]]:
    """An endpoint that answers with these octets, or does something else before TLS."""
    made: list[Endpoint] = []

    def start(answer: bytes = b"", pause: float = 0, work: Callable[[socket.socket], None] | None = None) -> Endpoint:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")

        def answering(connection: socket.socket) -> None:
            with tls.wrap_socket(connection, server_side=True) as secure:
                head = b""
                while b"\r\n\r\nbody" not in head:
                    head += secure.recv(4096)
                for octet in answer if pause else ():
                    secure.sendall(bytes([octet]))
                    time.sleep(pause)
                secure.sendall(answer)

        made.append(Endpoint(work or answering))
        return made[-1]

    yield start
    for each in made:
        each.listener.close()


def poster(folder: Path, *allowed: str) -> Poster:
    return Poster(allowed, str(folder / "cert.pem"))


def posted(poster: Poster, url: str) -> Posted:
    return poster.post(url, {"TTL": "1"}, b"body")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(folder: Path, serve: Any, status: int) -> None:
    there = serve(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {there.url()}\r\nContent-Length: 0\r\n\r\n"
    here = serve(answer.encode())
    assert posted(poster(folder, "127.0.0.0/8", "::1/128"), here.url()).status == status
    assert (here.count, there.count) == (1, 0)


ADDRESSES = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%lo", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "::127.0.0.1",
    "2001:db8::1", "fec0::1", "5f00::1", "::ffff:0:10.0.0.1", "192.0.0.8",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_that_leads_inside(folder: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with pytest.raises(NotAllowed):
        posted(poster(folder), "https://push.example.net/")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost", "[::1]", "[::ffff:7f00:1]"])
def test_an_address_in_the_url(folder: Path, serve: Any, host: str) -> None:
    there = serve(b"")
    with pytest.raises(NotAllowed):
        posted(poster(folder), f"https://{host}:{there.port}/")
    assert there.count == 0


@pytest.mark.parametrize("where", ["handshake", "answer"])
def test_one_that_trickles(folder: Path, serve: Any, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "WHOLE_SECONDS", 0.5)

    def trickle(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"\x16\x03\x03\x20\x00")  # a record of 8 KB, an octet at a time
        for _ in range(100):
            connection.sendall(b"\x02")
            time.sleep(0.05)

    there = serve(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20, 0.05) if where == "answer" else serve(work=trickle)
    started = time.monotonic()
    assert posted(poster(folder, "127.0.0.0/8", "::1/128"), there.url()).status == 0
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 " + b"x" * 100_000]
)
def test_what_is_no_answer(folder: Path, serve: Any, answer: bytes) -> None:
    assert posted(poster(folder, "127.0.0.0/8", "::1/128"), serve(answer).url()).status == 0


def test_an_unknown_certificate(serve: Any) -> None:
    answer = posted(Poster(["127.0.0.0/8", "::1/128"], ""), serve(b"").url())
    assert answer.status == 0 and "ertificate" in answer.reason
