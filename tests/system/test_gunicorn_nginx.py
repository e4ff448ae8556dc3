"""jmapd under gunicorn behind nginx, as it is installed."""

import gzip
import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .web import CORE, ECHO, LOGIN, ROOT, Gunicorn, Nginx, Server, certificate, gunicorn, program, site

pytestmark = pytest.mark.system
JSON = LOGIN | {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path_factory.mktemp("jmapd")) as server:
        yield server


@pytest.fixture(scope="module")
def nginx(behind: Gunicorn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    server = Nginx(tmp_path_factory.mktemp("nginx"), behind.port)
    yield server
    server.stop()


@pytest.fixture(params=["direct", "nginx"])
def server(request: pytest.FixtureRequest, behind: Gunicorn) -> Server:
    return behind if request.param == "direct" else request.getfixturevalue("nginx")


def test_nginx_takes_the_file_as_it_is(tmp_path: Path) -> None:
    certificate(tmp_path)
    conf = site(tmp_path, {"80": 80, "443": 443, "8008": 8008})
    result = subprocess.run(
        [program("nginx"), "-t", "-e", "stderr", "-c", str(conf)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "warn" not in result.stderr


def test_session_has_the_urls_that_clients_use(behind: Gunicorn, nginx: Nginx) -> None:
    for server, origin in ((behind, f"http://127.0.0.1:{behind.port}"), (nginx, f"https://127.0.0.1:{nginx.port}")):
        status, headers, data = server.send("GET", "/.well-known/jmap")
        assert (status, headers["Content-Type"]) == (200, "application/json")
        session = json.loads(data)
        for name in ("apiUrl", "uploadUrl", "downloadUrl", "eventSourceUrl"):
            assert session[name].startswith(f"{origin}/jmap/")


def test_requests_are_answered(server: Server) -> None:
    for _ in range(5):
        assert server.echo() == 200
    assert server.send("GET", "/", headers={})[0] == 200
    assert server.send("GET", "/.well-known/jmap/", headers={})[0] == 401
    assert server.send("HEAD", "/.well-known/jmap")[2] == b""
    assert server.send("HEAD", "/jmap/eventsource/?types=*&closeafter=no&ping=0")[0] == 200


def test_one_connection_serves_many_requests(server: Server) -> None:
    connection = server.connection()
    for method, path, body, status in (
        ("POST", "/jmap/api/", ECHO, 200),
        ("POST", "/jmap/api/", b"{", 400),
        ("GET", "/jmap/nothing", None, 404),
        ("POST", "/jmap/upload/alice/", b"x" * 100_000, 200),
        ("GET", "/.well-known/jmap", None, 200),
    ):
        connection.request(method, path, body, JSON)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_upload_and_download(server: Server) -> None:
    data = b"some words again\n" * 200_000
    status, _, answer = server.send("POST", "/jmap/upload/alice/", data, LOGIN | {"Content-Type": "text/plain"})
    assert status == 200
    blob = json.loads(answer)["blobId"]
    path = f"/jmap/download/alice/{blob}/a%2Fb%20%C3%A9.txt?type=text/plain"
    status, headers, content = server.send("GET", path)
    assert (status, content == data, headers["Content-Type"]) == (200, True, "text/plain")
    assert headers["Content-Disposition"].endswith("filename*=UTF-8''a%2Fb%20%C3%A9.txt")
    status, headers, content = server.send("GET", path, headers=LOGIN | {"Range": "bytes=5-9"})
    assert (status, content) == (206, b"words")
    status, headers, content = server.send("GET", path, headers=LOGIN | {"Accept-Encoding": "gzip"})
    assert (headers["Content-Encoding"], gzip.decompress(content) == data) == ("gzip", True)
    assert server.send("GET", path, headers=LOGIN | {"If-None-Match": f'"{blob}"'})[0] == 304


@pytest.mark.rfc("9112", "7.1")
def test_chunked_upload(server: Server) -> None:
    pieces = (b"x" * 10_000 for _ in range(30))
    status, _, answer = server.send("POST", "/jmap/upload/alice/", pieces, LOGIN, encode_chunked=True)
    assert (status, json.loads(answer)["size"]) == (200, 300_000)


@pytest.mark.rfc("9110", "10.1.1")
def test_expect_100_continue(server: Server) -> None:
    head = f"POST /jmap/upload/alice/ HTTP/1.1\r\nHost: x\r\nAuthorization: {LOGIN['Authorization']}\r\n"
    rest = "Content-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\nabcd"
    received = server.raw((head + rest).encode())
    assert b'"size":4' in received


def test_names_and_types_cannot_add_headers(server: Server) -> None:
    blob = json.loads(server.send("POST", "/jmap/upload/alice/", b"x")[2])["blobId"]
    status, headers, _ = server.send("GET", f"/jmap/download/alice/{blob}/x?type=text/plain%0d%0aX-Evil:%201")
    assert (status, headers["X-Evil"]) == (400, None)
    status, headers, _ = server.send("GET", f"/jmap/download/alice/{blob}/x%0d%0aX-Evil:%201?type=text/plain")
    assert (status, headers["X-Evil"]) == (200, None)


def test_client_cannot_pretend_through_nginx(nginx: Nginx) -> None:
    forged = LOGIN | {"X-Forwarded-Host": "evil.example.net", "X-Forwarded-Prefix": "/x", "X-Forwarded-Proto": "http"}
    session = json.loads(nginx.send("GET", "/.well-known/jmap", headers=forged)[2])
    assert session["apiUrl"] == f"https://127.0.0.1:{nginx.port}/jmap/api/"


@pytest.mark.parametrize("_", range(3))
def test_refusal_of_a_large_body_reaches_the_client(server: Server, _: int) -> None:
    large = b" " * (17 * 1024 * 1024)
    status, _, answer = server.send("POST", "/jmap/api/", large, JSON)
    assert (status, json.loads(answer)["limit"]) == (400, "maxSizeRequest")
    assert server.send("POST", "/jmap/upload/alice/", large, headers={})[0] == 401
    assert server.send("POST", "/jmap/upload/bob/", iter([large]), LOGIN, encode_chunked=True)[0] == 404


def test_connections_that_stop_half_way_hold_up_nobody(nginx: Nginx) -> None:
    waiting = [socket.create_connection(("127.0.0.1", nginx.port), timeout=20) for _ in range(40)]
    speaking = [nginx.tls.wrap_socket(each) for each in waiting[::2]] if nginx.tls else []
    for number, each in enumerate(speaking):
        each.sendall(
            b"POST /jmap/upload/alice/ HTTP/1.1\r\nHost: x\r\n" + b"Content-Length: 99\r\n\r\nx" * (number % 2)
        )
    assert nginx.echo() == 200
    for each in (*waiting, *speaking):
        each.close()


def test_log_has_a_line_for_each_request(behind: Gunicorn) -> None:
    body = json.dumps({"using": [CORE], "methodCalls": [["Core/echo", {"secretword": 1}, "a"]]}).encode()
    behind.send("POST", "/jmap/api/", body, JSON)
    behind.log.rename(behind.log.with_suffix(".1"))  # as logrotate does
    behind.send("POST", "/jmap/api/", body, JSON)
    line = behind.log.read_text().splitlines()[-1]
    assert "jmapd.access: address=127.0.0.1 user=alice POST api status=200" in line
    assert "secretword" not in line


def test_gunicorn_conf_puts_no_socket_into_the_home_directory() -> None:
    text = (ROOT / "etc/gunicorn.conf.py").read_text()
    settings: dict[str, object] = {}
    exec(compile(text, "gunicorn.conf.py", "exec"), settings)
    assert settings["control_socket_disable"] is True
    assert settings["worker_class"] == "gthread"
    assert settings["preload_app"] is True
    assert settings["workers"] == 2
