"""The Session resource (RFC 8620 2)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.rfc("8620", "2")


@pytest.mark.parametrize("path", ["/.well-known/jmap", "/.well-known/jmap/"])
def test_well_known_is_the_session_itself(http: Any, path: str) -> None:
    answer = http.open(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
    assert answer.get_json()["username"] == "alice"


def test_twice_the_same(http: Any) -> None:
    assert http.open("/.well-known/jmap").data == http.open("/.well-known/jmap").data


def test_head(http: Any) -> None:
    whole, head = http.open("/.well-known/jmap"), http.open("/.well-known/jmap", "HEAD")
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(whole.data))


def test_each_user_has_his_own(http: Any) -> None:
    users = Path(http.host.config.paths.users_file)
    line = users.read_text()
    users.write_text(line + line.replace("alice", "bob"))
    assert http.open("/.well-known/jmap").get_json()["username"] == "alice"
    answer = http.open("/.well-known/jmap", headers=http.login("bob"))
    assert answer.get_json()["username"] == "bob"
    assert "alice" not in answer.get_data(as_text=True)


def url(http: Any, **more: Any) -> str:
    answer = http.open("/.well-known/jmap", **more)
    assert answer.status_code == 200
    return str(answer.get_json()["apiUrl"]).removesuffix("/jmap/api/")


FORWARDED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "mail.example.org",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Prefix": "/deep",
}


def test_urls_are_those_of_the_request(http: Any) -> None:
    assert url(http, base_url="http://mail.example.org:8080") == "http://mail.example.org:8080"
    assert url(http, base_url="https://mail.example.org/") == "https://mail.example.org"
    assert url(http, base_url="https://[2001:db8::1]:444/") == "https://[2001:db8::1]:444"


def test_configured_base_url_wins(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"base_url": "https://jmap.example.org/x/", "trusted_proxies": ["192.0.2.1"]})
    assert url(http, headers=FORWARDED) == "https://jmap.example.org/x"


def test_forwarded_headers_of_a_trusted_proxy(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"trusted_proxies": ["192.0.2.0/24", "unix"]})
    assert url(http, headers=FORWARDED) == "https://mail.example.org:8443/deep"
    assert url(http, headers=FORWARDED, address="") == "https://mail.example.org:8443/deep"  # a Unix socket
    assert url(http, headers=FORWARDED | {"X-Forwarded-Port": "443", "X-Forwarded-Prefix": "/"}) == (
        "https://mail.example.org"
    )
    assert url(http, headers=FORWARDED | {"X-Forwarded-Host": "other.example.net, mail.example.org:1"}) == (
        "https://mail.example.org:1/deep"
    )


def test_forwarded_headers_of_anyone_else_are_ignored(http: Any) -> None:
    assert url(http, headers=FORWARDED) == "http://localhost"
    assert url(http, headers=FORWARDED, environ={"REMOTE_ADDR": None}) == "http://localhost"


@pytest.mark.parametrize("host", ["evil/x", 'a"b', "a b", "x@y", "a\tb", "[::1", "a:b", "a:99999999"])
def test_host_that_is_none_is_not_repeated(http: Any, host: str) -> None:
    environ = {"HTTP_HOST": host, "SERVER_NAME": "mail.example.org", "SERVER_PORT": "80"}
    assert url(http, environ=environ) == "http://mail.example.org"


def test_bad_forwarded_values_are_ignored(make_http: Callable[..., Any]) -> None:
    http = make_http(server={"trusted_proxies": ["192.0.2.1"]})
    bad = {"X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a b", "X-Forwarded-Prefix": "//evil.example.net"}
    assert url(http, headers=bad) == "http://localhost"
