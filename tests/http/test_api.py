"""The API resource: what is refused before a method runs (RFC 8620 3.1, 3.6.1)."""

import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from jmapd.protocol import dispatch

from .conftest import CORE, ECHO

URN = "urn:ietf:params:jmap:error:"
pytestmark = pytest.mark.rfc("8620", "3.6.1")


def refused(answer: Any, kind: str, status: int = 400, limit: str | None = None) -> None:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    document = answer.get_json()
    assert (document["type"], document["status"], document.get("limit")) == (kind, status, limit)
    assert document["detail"]


@pytest.mark.rfc("8620", "3.1")
@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", "Application/JSON ;charset=UTF-8", "application/json;x"],
)
def test_echo(http: Any, kind: str) -> None:
    answer = http.api(content_type=kind)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert [list(call) for call in answer.get_json()["methodResponses"]] == ECHO["methodCalls"]


def test_path_without_its_last_slash(http: Any) -> None:
    assert http.open("/jmap/api", "POST", json=ECHO).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/jsonx", "application/problem+json", "", "multipart/form-data"]
)
def test_other_content_types(http: Any, kind: str) -> None:
    refused(http.api(b"{}", content_type=kind), URN + "notJSON", 415)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[1e999]", b"\xef\xbb\xbf{}"])
def test_not_json(http: Any, data: bytes) -> None:
    refused(http.api(data), URN + "notJSON")


@pytest.mark.parametrize("data", [b"[]", b"null", b'"x"', b'{"foo":"bar"}', b'{"using":[],"methodCalls":[["x"]]}'])
def test_not_a_request(http: Any, data: bytes) -> None:
    refused(http.api(data), URN + "notRequest")


def test_unknown_capability(http: Any) -> None:
    refused(http.api(ECHO | {"using": [CORE, "https://example.org/other"]}), URN + "unknownCapability")


def test_too_many_calls(make_http: Callable[..., Any]) -> None:
    http = make_http(limits={"max_calls_in_request": 2})
    assert http.api(ECHO | {"methodCalls": ECHO["methodCalls"] * 2}).status_code == 200
    refused(http.api(ECHO | {"methodCalls": ECHO["methodCalls"] * 3}), URN + "limit", limit="maxCallsInRequest")


def test_too_large(make_http: Callable[..., Any]) -> None:
    http = make_http(limits={"max_size_request": 2000})
    refused(http.api(b" " * 2001), URN + "limit", limit="maxSizeRequest")
    refused(http.api(b" " * 2000), URN + "notJSON")
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    refused(
        http.api(b" ", environ=chunked | {"wsgi.input": BytesIO(b" " * 2001)}), URN + "limit", limit="maxSizeRequest"
    )


def test_chunked_body(http: Any) -> None:
    body = BytesIO(b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[]}')
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True, "CONTENT_LENGTH": None}
    assert http.api(b" ", environ=chunked | {"wsgi.input": body}).status_code == 200
    answer = http.api(b" ", environ=chunked | {"wsgi.input": body, "wsgi.input_terminated": False})
    refused(answer, "about:blank", 411)


@pytest.mark.parametrize("length", ["-1", "+5", "1_0", "0x10", "5, 5", "٥", "9" * 40])
def test_content_length_that_is_none(http: Any, length: str) -> None:
    refused(http.api(b"{}", environ={"CONTENT_LENGTH": length}), "about:blank", 400)


def test_body_that_ends_early(http: Any) -> None:
    refused(http.api(b"{}", environ={"CONTENT_LENGTH": "50"}), "about:blank", 400)
    refused(http.api(b"{}", environ={"CONTENT_LENGTH": str(2**20)}), "about:blank", 400)


class Broken:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, size: int) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"), [(OSError("gone"), 400), (TimeoutError(), 408), (ValueError("chunk"), 400)]
)
def test_client_that_goes_away(http: Any, error: Exception, status: int) -> None:
    refused(http.api(b"{}", environ={"wsgi.input": Broken(error)}), "about:blank", status)


def test_compressed_body(http: Any) -> None:
    refused(http.api(b"{}", headers={"Content-Encoding": "gzip"}), "about:blank", 415)


def test_too_many_at_a_time(make_http: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    http = make_http(limits={"max_concurrent_requests": 1})
    inside, go_on, answers = threading.Event(), threading.Event(), []
    real = dispatch.run

    def slow(*arguments: Any) -> Any:
        inside.set()
        go_on.wait(20)
        return real(*arguments)

    monkeypatch.setattr(dispatch, "run", slow)
    first = threading.Thread(target=lambda: answers.append(http.api()))
    first.start()
    assert inside.wait(20)
    second = http.api()
    go_on.set()
    first.join()
    refused(second, URN + "limit", 429, "maxConcurrentRequests")
    assert second.headers["Retry-After"]
    assert answers[0].status_code == 200
    assert http.api().status_code == 200


def test_failure_inside_is_a_problem_document(http: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(dispatch, "run", lambda *arguments: 1 / 0)
    answer = http.api()
    refused(answer, "about:blank", 500)
    assert "ZeroDivision" not in answer.get_data(as_text=True)
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.setattr(dispatch, "run", lambda *arguments: (_ for _ in ()).throw(OSError(5, "I/O error")))
    refused(http.api(), "about:blank", 503)
