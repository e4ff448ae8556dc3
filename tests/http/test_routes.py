"""Paths, methods, logins, CORS, compression, logging."""

import gzip
import logging
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import CORE, ECHO

ORIGIN = "https://webmail.example.org"


@pytest.mark.parametrize("path", ["/nothing", "/jmap/", "/jmap/upload/", "/jmap/download/x", "/jmap/api/x", "/\xff"])
def test_no_such_path(http: Any, path: str) -> None:
    answer = http.open(path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing here.",
    }


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/.well-known/jmap", "POST", "GET, HEAD, OPTIONS"),
        ("/jmap/api/", "GET", "POST, OPTIONS"),
        ("/jmap/api/", "HEAD", "POST, OPTIONS"),
        ("/jmap/upload/alice/", "PUT", "POST, OPTIONS"),
        ("/jmap/download/alice/G1/x", "DELETE", "GET, HEAD, OPTIONS"),
        ("/", "TRACE", "GET, HEAD, OPTIONS"),
    ],
)
def test_wrong_method(http: Any, path: str, method: str, allow: str) -> None:
    answer = http.open(path, method)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allow


PRIVATE = [
    ("/.well-known/jmap", "GET"),
    ("/jmap/api/", "POST"),
    ("/jmap/upload/alice/", "POST"),
    ("/jmap/download/alice/G1/x", "GET"),
    ("/jmap/eventsource/?types=*&closeafter=no&ping=0", "GET"),
]


@pytest.mark.rfc("7617", "2")
@pytest.mark.parametrize(("path", "method"), PRIVATE)
def test_a_login_is_needed(http: Any, path: str, method: str) -> None:
    for headers in ({}, http.login(password="wrong"), {"Authorization": "Bearer x"}):
        answer = http.open(path, method, headers=headers, anonymous=True)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="jmapd", charset="UTF-8"'
        assert answer.mimetype == "application/problem+json"
    assert http.open("/healthz", anonymous=True).status_code == 200


def test_guessing_is_refused_for_that_address_alone(make_http: Callable[..., Any]) -> None:
    http = make_http(auth={"failures_per_address": 3})
    wrong = http.login(password="wrong")
    assert [http.open("/.well-known/jmap", headers=wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
    answer = http.open("/.well-known/jmap")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert http.open("/.well-known/jmap", address="192.0.2.2").status_code == 200


def test_address_is_the_clients_behind_a_trusted_proxy_only(make_http: Callable[..., Any]) -> None:
    http = make_http(auth={"failures_per_address": 1}, server={"trusted_proxies": ["192.0.2.1", "192.0.2.3"]})
    wrong = http.login(password="wrong")

    def status(forwarded: str, address: str = "192.0.2.1") -> int:
        headers = wrong | {"X-Forwarded-For": forwarded}
        return int(http.open("/.well-known/jmap", headers=headers, address=address).status_code)

    assert status("198.51.100.1") == 401
    assert status("198.51.100.1") == 429
    assert status("203.0.113.9, 198.51.100.1") == 429  # what a client claims before it does not count
    assert status("198.51.100.1, 192.0.2.3") == 429  # two trusted proxies
    assert status("198.51.100.2") == 401
    assert status("198.51.100.3", address="198.51.100.77") == 401
    assert status("198.51.100.4", address="198.51.100.77") == 429  # not trusted: the header means nothing


@pytest.mark.parametrize(("path", "method"), PRIVATE)
def test_preflight_needs_no_login(make_http: Callable[..., Any], path: str, method: str) -> None:
    http = make_http(server={"cors_origins": [ORIGIN]})
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization",
    }
    answer = http.open(path, "OPTIONS", headers=asked, anonymous=True)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert method in answer.headers["Access-Control-Allow-Methods"]
    for name in ("Authorization", "Content-Type", "Last-Event-ID"):
        assert name in answer.headers["Access-Control-Allow-Headers"]
    assert "Origin" in answer.headers["Vary"]


def test_cors_headers_are_on_every_answer(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"cors_origins": [ORIGIN]})
    wanted = {"Origin": ORIGIN}
    answers = [
        http.open("/.well-known/jmap", headers=wanted),
        http.open("/.well-known/jmap", headers=wanted, anonymous=True),
        http.open("/nothing", headers=wanted),
        http.open("/jmap/api/", "PUT", headers=wanted),
        http.api(b"x", headers=wanted),
    ]
    assert [answer.status_code for answer in answers] == [200, 401, 404, 405, 400]
    for answer in answers:
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_other_origins_get_no_cors_headers(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"cors_origins": [ORIGIN]})
    for origin in ("https://evil.example.net", "null", ORIGIN + ".evil.example.net", ORIGIN.replace("https", "http")):
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        for answer in (http.open("/", headers=asked), http.open("/", "OPTIONS", headers=asked)):
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
            assert "Origin" in answer.headers["Vary"]


def test_any_origin_and_none(make_http: Callable[..., Any], http: Any) -> None:
    assert "Vary" not in http.open("/", headers={"Origin": ORIGIN}).headers
    http.host.config.server.cors_origins.append("*")
    http.host.start()
    http = type(http)(http.host)
    assert http.open("/", headers={"Origin": "null"}).headers["Access-Control-Allow-Origin"] == "null"


LONG = ECHO | {"methodCalls": [["Core/echo", {"text": "word " * 2000}, "a"]]}


def test_gzip_where_it_pays(http: Any) -> None:
    plain, packed = http.api(LONG), http.api(LONG, headers={"Accept-Encoding": "deflate, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 5
    assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in http.api(headers={"Accept-Encoding": "gzip"}).headers
    session = http.open("/.well-known/jmap", headers={"Accept-Encoding": "gzip"})
    if session.headers.get("Content-Encoding") == "gzip":
        assert gzip.decompress(session.data) == http.open("/.well-known/jmap").data


@pytest.mark.rfc("9110", "12.5.3")
@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br", "*;q=0", "gzip;q=x", ""])
def test_gzip_only_for_those_who_take_it(http: Any, accepted: str) -> None:
    assert "Content-Encoding" not in http.api(LONG, headers={"Accept-Encoding": accepted}).headers


def test_gzip_can_be_switched_off(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"gzip": False})
    assert "Content-Encoding" not in http.api(LONG, headers={"Accept-Encoding": "gzip"}).headers


def test_one_log_line_a_request_without_content(http: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "jmapd.access")
    http.api({"using": [CORE], "methodCalls": [["Core/echo", {"secretword": 1}, "a"], ["No\nsuch", {}, "b"]]})
    http.open("/jmap/download/alice/G1/private-name.txt")
    http.open("/.well-known/jmap", headers=http.login(password="wrong"))
    lines = [record.getMessage() for record in caplog.records if record.name == "jmapd.access"]
    assert len(lines) == 3
    assert "user=alice POST api status=200" in lines[0]
    assert lines[0].endswith(" calls=Core/echo,?")
    assert "bytes=" in lines[0]
    assert "ms=" in lines[0]
    assert "user=alice GET download status=404" in lines[1]
    assert "user=- GET session status=401" in lines[2]
    for word in ("secretword", "private-name", "wrong"):
        assert word not in "".join(lines)


@pytest.mark.rfc("8620", "7.3")
def test_an_event_source_opens(http: Any) -> None:
    answer = http.open("/jmap/eventsource/?types=%2A&closeafter=no&ping=30", buffered=False)
    assert answer.status_code == 200 and answer.mimetype == "text/event-stream"
    assert b"retry: " in next(answer.response)
    answer.close()
