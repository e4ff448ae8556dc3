"""Sessions with SMTP servers, kept open for a moment between messages; one that cannot be reached is left in peace."""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from jmapd.submission.letter import Letter
from jmapd.submission.replies import Reply, Unreachable
from jmapd.submission.settings import Server, server_of
from jmapd.submission.smtp import Connection

IDLE_SECONDS = 5.0
PAUSE_SECONDS = 30.0


class Connections:
    """For all threads. `send` never raises: what goes wrong is an answer."""

    def __init__(self, options: Mapping[str, Any], pause: float = PAUSE_SECONDS) -> None:
        self._options, self._pause = options, pause
        self._guard = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []
        self._down: dict[Server, tuple[float, Reply]] = {}

    def server(self, owner: str) -> Server | None:
        """Where the mail of an account goes; None when that cannot be told now."""
        try:
            return server_of(self._options, owner)
        except Unreachable:
            return None

    def send(self, owner: str, letter: Letter) -> dict[str, Reply]:
        """What is said of each recipient."""
        try:
            connection = self._taken(server_of(self._options, owner))
        except Unreachable as failure:
            return dict.fromkeys((each["email"] for each in letter.recipients), failure.reply)
        replies = connection.send(letter)
        # Nothing is said to the server here, not even QUIT: first the caller writes down what it answered.
        with self._guard:
            self._idle.append((time.monotonic(), connection))
        return replies

    def _taken(self, server: Server) -> Connection:
        """One that is open, or a new one. Raises Unreachable."""
        while (connection := self._waiting(server)) is not None:
            if connection.reset():
                return connection
            connection.close()
        with self._guard:
            until, reply = self._down.get(server, (0.0, None))
        if reply is not None and time.monotonic() < until:
            raise Unreachable(reply.code, reply.text)
        try:
            connection = Connection(server)
        except Unreachable as failure:
            with self._guard:
                self._down[server] = (time.monotonic() + self._pause, failure.reply)
            raise
        with self._guard:
            self._down.pop(server, None)
        return connection

    def _waiting(self, server: Server) -> Connection | None:
        with self._guard:
            found = next((pair for pair in reversed(self._idle) if pair[1].server == server), None)
            if found is not None:
                self._idle.remove(found)
            return None if found is None else found[1]

    def tidy(self, seconds: float = IDLE_SECONDS) -> bool:
        """Closes what nobody needed for so long; whether something is open still."""
        with self._guard:
            oldest = time.monotonic() - seconds
            old = [connection for since, connection in self._idle if since <= oldest]
            self._idle = [pair for pair in self._idle if pair[0] > oldest]
        _close(old)
        return bool(self._idle)


def _close(connections: Iterable[Connection]) -> None:
    for connection in connections:
        connection.close()
