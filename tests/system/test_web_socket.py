"""JMAP over WebSockets, through nginx, with an independent client (RFC 8887)."""

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from .jmap import ACCOUNT, MAIL, Jmap
from .web import CORE, LOGIN, Gunicorn, Nginx, Server, gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8887", "4")]
OPTIONS = "[limits]\nmax_size_request = 100000\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with gunicorn(tmp_path_factory.mktemp("jmapd"), OPTIONS) as server:
        yield server


@pytest.fixture(scope="module", params=["alone", "nginx"])
def front(
    request: pytest.FixtureRequest, server: Gunicorn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    if request.param == "alone":
        yield server
        return
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), server.port)
    yield nginx
    nginx.stop()


@contextmanager
def opened(server: Server, query: str = "", login: dict[str, str] = LOGIN, **more: Any) -> Iterator[ClientConnection]:
    url = f"{'wss' if server.tls else 'ws'}://127.0.0.1:{server.port}/jmap/ws/{query}"
    tls: dict[str, ssl.SSLContext] = {"ssl": server.tls} if server.tls else {}
    with connect(
        url, additional_headers=login, subprotocols=more.pop("subprotocols", ["jmap"]), **tls, **more
    ) as client:
        yield client


def say(client: ClientConnection, **message: Any) -> None:
    client.send(json.dumps(message))


def hear(client: ClientConnection) -> Any:
    return json.loads(client.recv(timeout=20))


def echo(client: ClientConnection, id: str | None = None, **arguments: Any) -> Any:
    more = {} if id is None else {"id": id}
    say(client, **{"@type": "Request", "using": [CORE], "methodCalls": [["Core/echo", arguments, "c"]], **more})
    return hear(client)


def changed(jmap: Jmap) -> str:
    """The state of Mailbox after a new one."""
    state: str = jmap.call("Mailbox/set", create={"a": {"name": f"M{time.time_ns()}"}})["newState"]
    return state


def test_requests_and_responses(front: Server) -> None:
    with opened(front) as client:
        assert client.subprotocol == "jmap"
        answer = echo(client, "R1", hello=True)
        assert answer["@type"] == "Response" and answer["requestId"] == "R1"
        assert answer["methodResponses"] == [["Core/echo", {"hello": True}, "c"]]
        assert "requestId" not in echo(client)
        long = "ä" * 10_000  # compressed, and in several frames
        client.send(iter([json.dumps({"@type": "Request", "using": [CORE], "methodCalls": []})[:-2], "]}"]))
        assert hear(client)["methodResponses"] == []
        assert echo(client, "R2", long=long)["methodResponses"][0][1] == {"long": long}


@pytest.mark.rfc("8887", "4.3.4")
def test_request_errors(front: Server) -> None:
    with opened(front) as client:
        client.send("The quick brown fox")
        error = hear(client)
        assert error["@type"] == "RequestError" and error["type"] == "urn:ietf:params:jmap:error:notJSON"
        say(client, **{"@type": "Request", "id": "R", "using": ["urn:x"], "methodCalls": []})
        error = hear(client)
        assert error["requestId"] == "R" and error["type"].endswith(":unknownCapability")
        say(client, **{"@type": "Other", "id": "R"})
        assert hear(client)["type"].endswith(":notRequest")
        say(client, **{"@type": "WebSocketPushEnable", "dataTypes": 1})
        assert hear(client)["type"].endswith(":notRequest")
        assert echo(client, "still")["requestId"] == "still"


@pytest.mark.rfc("8887", "4.3.5")
def test_push(front: Server, server: Gunicorn) -> None:
    jmap = Jmap(server)
    with opened(front) as client, opened(front) as other:
        say(client, **{"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
        say(other, **{"@type": "WebSocketPushEnable", "dataTypes": None})
        assert echo(client)["@type"] == echo(other)["@type"] == "Response"
        state = changed(jmap)
        told = hear(client)
        assert told["@type"] == "StateChange" and told["changed"] == {ACCOUNT: {"Mailbox": state}}
        assert hear(other)["changed"][ACCOUNT]["Mailbox"] == state
        say(other, **{"@type": "WebSocketPushDisable"})
        assert echo(other)["@type"] == "Response"
        state = changed(jmap)
        assert hear(client)["changed"] == {ACCOUNT: {"Mailbox": state}}
        with pytest.raises(TimeoutError):
            other.recv(timeout=0.7)
    state = changed(jmap)
    with opened(front) as again:
        say(again, **{"@type": "WebSocketPushEnable", "dataTypes": None, "pushState": told["pushState"]})
        assert hear(again)["changed"] == {ACCOUNT: {"Mailbox": state}}


def test_refused(server: Gunicorn) -> None:
    for more, status in (
        ({"login": {}}, 401),
        ({"subprotocols": None}, 400),
        ({"origin": "https://evil.example"}, 403),
        ({"query": "?ticket=x", "login": {}}, 401),
    ):
        with pytest.raises(InvalidStatus) as refused, opened(server, **more):  # type: ignore[arg-type]
            pass
        assert refused.value.response.status_code == status
    assert server.send("GET", "/jmap/ws/")[0] == 426


@pytest.mark.rfc("8887", "4.3.1")
@pytest.mark.parametrize(("message", "code"), [(b"binary", 1003), ("x" * 100_001, 1009), ("x" * 8_000_000, 1009)])
def test_what_ends_it(server: Gunicorn, message: Any, code: int) -> None:
    with opened(server) as client:
        client.send(message)
        if code == 1009:
            error = hear(client)
            assert error["@type"] == "RequestError" and error["limit"] == "maxSizeRequest"
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=20)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == code


def test_a_ticket_for_browsers(server: Gunicorn) -> None:
    session = json.loads(server.send("GET", "/.well-known/jmap")[2])
    assert session["capabilities"]["urn:ietf:params:jmap:websocket"] == {
        "url": f"ws://127.0.0.1:{server.port}/jmap/ws/",
        "supportsPush": True,
    }
    path = session["capabilities"]["urn:jmapd:ticket"]["url"].removeprefix(f"http://127.0.0.1:{server.port}")
    ticket = json.loads(server.send("POST", path)[2])["ticket"]
    with opened(server, f"?ticket={ticket}", {}) as client:
        say(
            client,
            **{
                "@type": "Request",
                "using": [CORE, MAIL],
                "methodCalls": [["Mailbox/get", {"accountId": ACCOUNT}, "c"]],
            },
        )
        assert hear(client)["methodResponses"][0][0] == "Mailbox/get"
