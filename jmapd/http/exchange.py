"""One request and its answer, and problem documents (RFC 7807)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson

from jmapd.wire.errors import RequestError

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], Any]

JSON = ("Content-Type", "application/json")
PROBLEM = ("Content-Type", "application/problem+json")
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@dataclass(slots=True)
class Exchange:
    """A request as the handlers see it, and what is learned of it for the log."""

    environ: Environ
    method: str
    path: str
    query: str
    address: str = ""
    base_url: str = ""
    user: str = ""
    is_by_ticket: bool = False
    endpoint: str = "other"
    calls: tuple[str, ...] = ()  # names of the method calls

    def header(self, name: str) -> str:
        """The request's header by its WSGI name without HTTP_, as ACCEPT_ENCODING; "" when absent."""
        value: str = self.environ.get("HTTP_" + name, "")
        return value


@dataclass(slots=True)
class Answer:
    """What goes back. Content-Length, CORS and HEAD are seen to in routes.py."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    length: int | None = None  # where the body is left out
    stream: "Callable[[Environ, StartResponse, Headers], Iterable[bytes]] | None" = None  # sends the body as it comes


class HTTPError(RequestError):
    """A refusal with no problem type of its own: "about:blank" with the status' phrase as title (RFC 7807 4.2)."""

    def __init__(self, status: int, detail: str, headers: Headers | None = None) -> None:
        super().__init__("about:blank", detail, status, title=HTTPStatus(status).phrase)
        self.headers = headers or []


def json_answer(value: Any, status: int = 200, headers: Headers | None = None) -> Answer:
    return Answer(status, orjson.dumps(value), [JSON, *(headers or [])])


def problem(error: RequestError) -> Answer:
    """The problem document of a refused request."""
    headers: Headers = [PROBLEM, ("Cache-Control", "no-store")]
    headers += getattr(error, "headers", [])
    if error.status == 429 and not any(name == "Retry-After" for name, _ in headers):
        headers.append(("Retry-After", "1"))
    return Answer(error.status, orjson.dumps(error.problem()), headers)
