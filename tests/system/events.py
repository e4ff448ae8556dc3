"""A client of the event source (RFC 8620 7.3; server-sent events)."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from queue import Empty, Queue
from typing import Any

from .web import LOGIN, Server

PATIENCE = 20.0


@dataclass
class Event:
    """One that was dispatched, and when."""

    name: str
    data: Any
    id: str | None
    at: float


class Source:
    """An open event source; events come in a thread."""

    def __init__(
        self, server: Server, types: str = "*", closeafter: str = "no", ping: int = 0, last_id: str = "", **login: str
    ) -> None:
        kind = http.client.HTTPSConnection if server.tls else http.client.HTTPConnection
        extra: dict[str, ssl.SSLContext] = {"context": server.tls} if server.tls else {}
        self.connection = kind("127.0.0.1", server.port, timeout=PATIENCE, **extra)  # type: ignore[arg-type]
        headers = (login or LOGIN) | ({"Last-Event-ID": last_id} if last_id else {})
        path = f"/jmap/eventsource/?types={types}&closeafter={closeafter}&ping={ping}"
        self.connection.request("GET", path, headers=headers)
        self.socket = self.connection.sock
        self.answer = self.connection.getresponse()
        self.events: Queue[Event | None] = Queue()
        self.last_id, self.retry = last_id, 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        name, data, id = "", "", None
        try:
            while line := self.answer.readline():
                text = line.decode().rstrip("\n")
                field, _, value = text.partition(": ")
                if not text:
                    self.last_id = self.last_id if id is None else id
                    if data:
                        self.events.put(Event(name, json.loads(data), id, time.monotonic()))
                    name, data, id = "", "", None
                elif field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif field == "id":
                    id = value
                elif field == "retry":
                    self.retry = int(value)
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.answer.close()
        self.connection.close()
        self.events.put(None)

    def next(self, seconds: float = PATIENCE) -> Event | None:
        """The next event; None at the end of the stream."""
        return self.events.get(timeout=seconds)

    def quiet(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            self.events.get(timeout=seconds)
        except Empty:
            return True
        return False

    def close(self) -> None:
        """As a client that goes away."""
        with contextlib.suppress(OSError):  # it has ended already
            self.socket.shutdown(socket.SHUT_RDWR)
