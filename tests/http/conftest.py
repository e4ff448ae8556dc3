"""A server whose HTTP side is tested, and small ways to talk to it."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

CORE = "urn:ietf:params:jmap:core"
ECHO = {"using": [CORE], "methodCalls": [["Core/echo", {"hello": True}, "a"]]}


class Http:
    """Requests of alice to an application, each with what a test changes in it."""

    def __init__(self, host: Any) -> None:
        self.host, self.client = host, Client(host.app)

    def login(self, user: str = "alice", password: str = "secret") -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}

    def open(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        address: str = "192.0.2.1",
        anonymous: bool = False,
        environ: dict[str, Any] | None = None,
        **more: Any,
    ) -> TestResponse:
        given = ({} if anonymous else self.login()) | (headers or {})
        base = {"REMOTE_ADDR": address} | (environ or {})
        return self.client.open(path, method=method, headers=given, environ_overrides=base, **more)

    def api(self, body: Any = ECHO, **more: Any) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.open("/jmap/api/", "POST", data=data, **({"content_type": "application/json"} | more))

    def upload(self, data: bytes, kind: str = "application/octet-stream", **more: Any) -> TestResponse:
        return self.open("/jmap/upload/alice/", "POST", data=data, content_type=kind, **more)

    def blob(self, data: bytes) -> str:
        """The id of an upload."""
        return str(self.upload(data).get_json()["blobId"])


@pytest.fixture
def make_http(make_mailhost: Callable[..., Any]) -> Callable[..., Http]:
    """A server with sections of the configuration given."""
    return lambda **sections: Http(make_mailhost(**sections))


@pytest.fixture
def http(make_http: Callable[..., Http]) -> Http:
    return make_http()
