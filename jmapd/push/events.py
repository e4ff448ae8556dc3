"""All listeners of one worker: the hub with their connections and the follower of their accounts, made at first use."""

import logging
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from jmapd.push import frames
from jmapd.push.event_source import Listener, Wanted, opening
from jmapd.push.follower import Follower, Views
from jmapd.push.hub import Hub
from jmapd.push.states import States, states_of
from jmapd.push.web_socket import Headers, WebSocket, push_wanted
from jmapd.wire import Record

log = logging.getLogger(__name__)

_THREADS = 4  # that answer requests of WebSockets
_SMALL = 1 << 16  # octets; a message that only turns pushing on or off is smaller
_FLOOD = 64  # requests of one WebSocket that may wait
ENABLE, DISABLE = "WebSocketPushEnable", "WebSocketPushDisable"

Answer = Callable[[bytes], Record]  # a message to what is answered; never fails


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
    control: ThreadPoolExecutor  # one thread: what a client asks in turn is done in turn


@dataclass
class Events:
    """`stores`: the types that are pushed -> the store that has each. Nothing runs before somebody listens."""

    state_dir: Path
    stores: Mapping[str, str]
    views: Views
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
                follower = Follower(self.state_dir, self.stores, self.views, hub.tell, hub.alert, hub.end)
                requests, control = ThreadPoolExecutor(_THREADS, "ws"), ThreadPoolExecutor(1, "ws-control")
                self._made = _Parts(hub, follower, requests, control)
            return self._made

    def close(self) -> None:
        """Ends all connections: the worker stops, and clients come back to another."""
        with self._guard:
            parts, self._made = self._made, None
        if parts is not None:
            parts.hub.close()

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

        seen = states_of(last_event_id) if last_event_id else None
        listener = Listener(user, wanted, now if seen is None else seen, ended)

        def take(connection: socket.socket, head: bytes) -> None:
            parts.hub.add(
                connection, listener, head + opening(listener.seen), lambda: parts.follower.latest(user) or now
            )

        return Seat(take, ended)

    def web_socket(self, user: str, headers: Headers, max_size: int, answer: Answer) -> Seat:
        """Of a WebSocket. Raises TooManyConnections, NoHandshake."""
        parts = self._parts()
        talk = _Conversation(self, parts, user, answer)
        web_socket = WebSocket(user, headers, max_size, talk.submit, talk.ended)
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


class _Conversation:
    """What threads do for one WebSocket."""

    def __init__(self, events: Events, parts: _Parts, user: str, answer: Answer) -> None:
        self._events, self._parts, self._user, self._answer = events, parts, user, answer
        self._waiting = 0  # requests that are not answered; the hub's thread counts
        self._turning = 0  # pushing on or off
        self._held: list[bytes] = []  # requests that came after that: what they change is to be pushed, or not
        self._has_joined = False  # seen to by the control thread

    def submit(self, web_socket: WebSocket, message: bytes) -> None:
        """By the hub's thread: hands the message to one that may wait."""
        kind = _kind(message)
        if kind in (ENABLE, DISABLE):
            self._turning += 1
            self._parts.control.submit(self._control, web_socket, orjson.loads(message)).add_done_callback(_logged)
            return
        self._waiting += 1
        if self._waiting > _FLOOD:
            web_socket.is_over = True
            self._parts.hub.say(web_socket, lambda: frames.close(frames.POLICY))
            return
        if self._turning:
            self._held.append(message)
        else:
            self._parts.requests.submit(self._run, web_socket, message).add_done_callback(_logged)

    def _run(self, web_socket: WebSocket, message: bytes) -> None:
        data = web_socket.framed(self._answer(message))

        def done() -> bytes:
            self._waiting -= 1
            return data

        self._parts.hub.say(web_socket, done)

    def _control(self, web_socket: WebSocket, message: Record) -> None:
        turn: Callable[[], bytes] = bytes
        try:
            turn = self._turned(web_socket, message)
        finally:
            self._parts.hub.say(web_socket, lambda: turn() + self._released(web_socket))

    def _turned(self, web_socket: WebSocket, message: Record) -> Callable[[], bytes]:
        """What the hub's thread is to do."""
        if message["@type"] == DISABLE:
            return lambda: self._listen(web_socket, None, {})
        try:
            types, seen = push_wanted(message)
        except ValueError as error:
            problem = {"@type": "RequestError", "requestId": None, "type": "urn:ietf:params:jmap:error:notRequest"}
            data = web_socket.framed(problem | {"status": 400, "detail": str(error)})
            return lambda: data
        follower, user = self._parts.follower, self._user
        now = follower.latest(user) if self._has_joined else follower.join(user)
        self._has_joined = True
        known = (types, now if seen is None else seen)
        return lambda: self._listen(web_socket, known, follower.latest(user) or now)

    def _released(self, web_socket: WebSocket) -> bytes:
        """By the hub's thread: what was held goes on."""
        self._turning -= 1
        if not self._turning:
            held, self._held = self._held, []
            for message in held:
                self._parts.requests.submit(self._run, web_socket, message).add_done_callback(_logged)
        return b""

    @staticmethod
    def _listen(web_socket: WebSocket, listening: tuple[frozenset[str] | None, States] | None, now: States) -> bytes:
        web_socket.listening = listening
        return web_socket.told(now)

    def ended(self) -> None:
        """By the hub's thread."""
        self._parts.control.submit(self._leave).add_done_callback(_logged)

    def _leave(self) -> None:
        if self._has_joined:
            self._parts.follower.leave(self._user)
        self._events._leave(self._user)


def _kind(message: bytes) -> Any:
    if len(message) > _SMALL:
        return None
    try:
        value = orjson.loads(message)
    except ValueError:
        return None
    return value.get("@type") if isinstance(value, dict) else None


def _logged(done: "Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("a WebSocket: %s", error, exc_info=error)
