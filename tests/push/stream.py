"""Event sources and WebSockets of an app in this process, over connections that it takes as from gunicorn."""

import contextlib
import json
import socket
import time
from collections.abc import Callable
from typing import Any, ClassVar

from werkzeug.test import EnvironBuilder
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

from jmapd.http.detached import AlreadyAnswered
from tests.conftest import MailHost

PATIENCE = 10.0
PATH = "/jmap/eventsource/?types=*&closeafter=no&ping=0"


def wait_until(ready: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Connected:
    """What a request with this path and these headers leads to."""

    opened: ClassVar[list["Connected"]] = []

    def __init__(self, host: MailHost, path: str, headers: dict[str, str], buffer: int = 0) -> None:
        self.host, (self.socket, there) = host, socket.socketpair()
        Connected.opened.append(self)
        self.socket.settimeout(PATIENCE)
        if buffer:
            there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        environ = EnvironBuilder(path=path, headers=list(headers.items()), auth=host.authorization).get_environ()
        environ["gunicorn.socket"] = there
        self.status, self.refused = 0, b""

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            self.status, self.headers = int(status.split()[0]), dict(headers)

        with contextlib.suppress(AlreadyAnswered):
            self.refused = b"".join(host.app(environ, start))
        there.close()

    def close(self) -> None:
        self.socket.close()


class Events(Connected):
    """An event source."""

    def __init__(self, host: MailHost, path: str = PATH, last_id: str = "", buffer: int = 0) -> None:
        super().__init__(host, path, {"Last-Event-ID": last_id} if last_id else {}, buffer)
        self.text, self.id = "", last_id

    def next(self, seconds: float = PATIENCE) -> Any:
        """The next event's (name, data); None at the end. Raises TimeoutError."""
        self.socket.settimeout(seconds)
        while True:
            while "\n\n" not in self.text:
                data = self.socket.recv(65536)
                if not data:
                    return None
                self.text += data.decode()
            block, _, self.text = self.text.replace("\r\n", "\n").partition("\n\n")
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            self.id = lines.get("id", self.id)
            if "event" in lines:
                return lines["event"], json.loads(lines["data"])

    def changed(self) -> Any:
        """What the next StateChange says."""
        name, data = self.next()
        assert name == "state", data
        return data["changed"]

    def is_quiet(self, seconds: float = 0.3) -> bool:
        with contextlib.suppress(TimeoutError):
            return self.next(seconds) is None
        return True


class Web(Connected):
    """A WebSocket."""

    def __init__(self, host: MailHost, deflates: bool = False, buffer: int = 0) -> None:
        self.wire = WSConnection(ConnectionType.CLIENT)
        extensions = [PerMessageDeflate()] if deflates else []
        asked = self.wire.send(Request(host="localhost", target="/", subprotocols=["jmap"], extensions=extensions))
        lines = asked.decode().split("\r\n")[1:]
        super().__init__(host, "/jmap/ws/", dict(line.split(": ", 1) for line in lines if line), buffer)
        if not self.refused:
            assert isinstance(self.event(), AcceptConnection)

    def event(self, seconds: float = PATIENCE) -> Any:
        """The next one of the other side's; None when the connection has ended."""
        self.socket.settimeout(seconds)
        while (event := next(iter(self.wire.events()), None)) is None:
            data = self.socket.recv(65536)
            if not data:
                return None
            self.wire.receive_data(data)
        return event

    def say(self, type: str = "Request", **more: Any) -> None:
        self.send(json.dumps({"@type": type, **more}))

    def send(self, text: str) -> None:
        self.socket.settimeout(PATIENCE)
        self.socket.sendall(self.wire.send(TextMessage(data=text)))

    def echo(self, id: str, **arguments: Any) -> None:
        core = "urn:ietf:params:jmap:core"
        self.say(id=id, using=[core], methodCalls=[["Core/echo", arguments, "c"]])

    def hear(self) -> Any:
        """The next message."""
        text = ""
        while True:
            event = self.event()
            if isinstance(event, Ping):
                continue
            assert isinstance(event, TextMessage), event
            text += event.data
            if event.message_finished:
                return json.loads(text)

    def closed(self, seconds: float = PATIENCE) -> int | None:
        """The code with which it was closed."""
        while (event := self.event(seconds)) is not None:
            if isinstance(event, CloseConnection):
                return int(event.code)
        return None
