"""WSGI servers that keep their connections get a plain body, and no WebSocket (PEP 3333)."""

import base64
import http.client
import json
import socketserver
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.conftest import PASSWORD, MailHost
from tests.push.stream import PATH, Connected, wait_until

pytestmark = pytest.mark.rfc("8620", "7.3")
LOGIN = {"Authorization": "Basic " + base64.b64encode(f"alice:{PASSWORD}".encode()).decode()}


class Threading(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


class QuietToo(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        pass


@pytest.fixture(params=["wsgiref", "werkzeug"])
def served(request: pytest.FixtureRequest, make_mailhost: Any) -> Iterator[tuple[MailHost, int]]:
    host: MailHost = make_mailhost(server={"base_url": "http://localhost"})
    if request.param == "wsgiref":
        server: Any = wsgiref.simple_server.make_server("127.0.0.1", 0, host.app, Threading, Quiet)
    else:
        server = make_server("127.0.0.1", 0, host.app, threaded=True, request_handler=QuietToo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield host, server.server_port
    host.app.site.events.close()
    server.shutdown()
    server.server_close()
    thread.join()


def test_events(served: tuple[MailHost, int]) -> None:
    host, port = served
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", PATH.replace("closeafter=no", "closeafter=state"), headers=LOGIN)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.readline().startswith(b"retry: ") and answer.readline().startswith(b"id: ")
    state = host.call("Mailbox/set", {"create": {"a": {"name": "A"}}})["newState"]
    assert state.encode() in answer.read()  # to its end
    connection.close()
    wait_until(lambda: not host.app.site.events._open)


@pytest.mark.rfc("8887", "4.2")
def test_no_web_socket(served: tuple[MailHost, int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served[1], timeout=10)
    connection.request("GET", "/jmap/ws/", headers=LOGIN | {"Upgrade": "websocket"})
    answer = connection.getresponse()
    assert answer.status == 501 and "gunicorn" in json.loads(answer.read())["detail"]
    connection.close()
    assert not Connected.opened and not served[0].app.site.events._open
