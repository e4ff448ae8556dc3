"""All listeners of one worker: the hub with their connections and the follower of their accounts, made at first use."""

import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from jmapd.push.conversation import Answer, Conversation
from jmapd.push.event_source import Listener, Wanted, opening
from jmapd.push.follower import Credential, Follower, Views
from jmapd.push.hub import Hub
from jmapd.push.states import states_of
from jmapd.push.web_socket import Headers, WebSocket

_THREADS = 16  # that answer requests of WebSockets: more than one user has at a time (maxConcurrentRequests)


class Seat(NamedTuple):
    """Kept for a connection until one of the two is called."""

    take: Callable[[socket.socket, bytes], None]  # with the connection and what is to be sent first
    give_up: Callable[[], None]


class TooManyConnections(Exception):
    """The user, or this worker, has as many connections as are allowed."""


@dataclass(frozen=True)
class _Parts:
    hub: Hub
    follower: Follower
    requests: ThreadPoolExecutor


@dataclass
class Events:
    """`stores`: the types that are pushed -> the store that has each. Nothing runs before somebody listens."""

    state_dir: Path
    stores: Mapping[str, str]
    views: Views
    credential: Credential
    max_connections: int = 20_000
    max_connections_per_user: int = 100
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _made: _Parts | None = None
    _open: dict[str, int] = field(default_factory=dict)  # connections of each user

    def _parts(self) -> _Parts:
        """A worker that is forked later has none of its parent's threads: they are made where they are used."""
        with self._guard:
            if self._made is None:
                hub = Hub()
                follower = Follower(self.state_dir, self.stores, self.views, hub, self.credential)
                self._made = _Parts(hub, follower, ThreadPoolExecutor(_THREADS, "ws"))
            return self._made

    def close(self) -> None:
        """Ends all connections: the worker stops, and clients come back to another."""
        with self._guard:
            parts, self._made = self._made, None
        if parts is not None:
            parts.hub.close()
            parts.follower.close()
            parts.requests.shutdown(wait=False, cancel_futures=True)

    def event_source(self, user: str, wanted: Wanted, last_event_id: str) -> Seat:
        """Of an event source. Raises TooManyConnections, StoreUnavailable."""
        parts = self._parts()
        self._enter(user)
        try:
            now = parts.follower.join(user)
        except BaseException:
            self._leave(user)
            raise

        def ended() -> None:
            parts.follower.leave(user)
            self._leave(user)

        listener = Listener(user, wanted, states_of(last_event_id) if last_event_id else now, ended)

        def take(connection: socket.socket, head: bytes) -> None:
            parts.hub.add(
                connection, listener, head + opening(listener.seen), lambda: parts.follower.latest(user) or now
            )

        return Seat(take, ended)

    def web_socket(self, user: str, headers: Headers, max_size: int, answer: Answer) -> Seat:
        """Of a WebSocket. Raises TooManyConnections, NoHandshake."""
        parts = self._parts()
        work = Conversation(user, answer, parts.hub, parts.follower, parts.requests, lambda: self._leave(user))
        web_socket = WebSocket(user, headers, max_size, work)
        self._enter(user)

        def take(connection: socket.socket, head: bytes) -> None:
            parts.hub.add(connection, web_socket, head + web_socket.opening, dict)

        return Seat(take, lambda: self._leave(user))

    def _enter(self, user: str) -> None:
        with self._guard:
            mine = self._open.get(user, 0)
            if mine >= self.max_connections_per_user or sum(self._open.values()) >= self.max_connections:
                raise TooManyConnections
            self._open[user] = mine + 1

    def _leave(self, user: str) -> None:
        with self._guard:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]
