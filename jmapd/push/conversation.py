"""What threads do for one WebSocket (RFC 8887): its requests, a few at a time, and pushing on and off, in turn."""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import orjson

from jmapd.push import frames
from jmapd.push.follower import Follower
from jmapd.push.hub import Hub
from jmapd.push.states import States
from jmapd.push.web_socket import WebSocket, push_wanted, tagged
from jmapd.wire import Record
from jmapd.wire.errors import NotRequest

log = logging.getLogger(__name__)

PARALLEL = 4  # requests of one WebSocket that are worked on; the next are not read before there is room for them
_SMALL = 1 << 16  # octets; a message that only turns pushing on or off is smaller
ENABLE, DISABLE = "WebSocketPushEnable", "WebSocketPushDisable"

Answer = Callable[[bytes], Record | None]  # a message to what is answered, None: the user is none any more; never fails
Listening = tuple[frozenset[str] | None, States] | None  # see WebSocket.listening


class Conversation:
    """See push/web_socket.Work. Only what is named so runs in threads of the pool."""

    def __init__(
        self,
        user: str,
        answer: Answer,
        hub: Hub,
        follower: Follower,
        pool: ThreadPoolExecutor,
        on_end: Callable[[], None],
    ) -> None:
        self._user, self._answer, self._on_end = user, answer, on_end
        self._hub, self._follower, self._pool = hub, follower, pool
        self._queue: deque[bytes] = deque()  # what had to wait
        self._running = 0  # requests
        self._is_turning = False  # pushing on or off; what then comes is to be pushed, or not, so it waits
        self._has_joined = self._is_ended = False

    def take(self, web_socket: WebSocket, message: bytes) -> None:
        """Begins it, now or later."""
        self._queue.append(message)
        self.go_on(web_socket)

    def go_on(self, web_socket: WebSocket) -> None:
        """Begins what there is room for."""
        while self._queue and not (self._is_turning or web_socket.is_clogged or self._running >= PARALLEL):
            message = self._queue.popleft()
            kind = _kind(message)
            if kind in (ENABLE, DISABLE):
                self._is_turning = True
                self._pool.submit(self._turn, web_socket, orjson.loads(message)).add_done_callback(_logged)
            else:
                self._running += 1
                self._pool.submit(self._run, web_socket, message).add_done_callback(_logged)
        web_socket.is_full = bool(self._queue)

    def ended(self) -> None:
        """The connection is closed."""
        self._is_ended = True
        if not self._is_turning:
            self._leave()

    def _leave(self) -> None:
        if self._has_joined:
            self._follower.leave(self._user)
        self._on_end()

    def _run(self, web_socket: WebSocket, message: bytes) -> None:
        """By a thread: answers a request."""
        answer = self._answer(message)
        data = frames.close(frames.POLICY) if answer is None else web_socket.framed(answer)

        def done() -> bytes:
            self._running -= 1
            web_socket.is_over |= answer is None
            return b"" if web_socket.is_closing else data

        self._hub.say(web_socket, done)
        self._hub.say(web_socket, web_socket.go_on)

    def _turn(self, web_socket: WebSocket, message: Record) -> None:
        """By a thread: turns pushing on or off."""
        listening: Listening = None
        answer, has_joined = b"", self._has_joined
        try:
            if message["@type"] == ENABLE:
                types, seen = push_wanted(message)
                now = self._follower.latest(self._user) if has_joined else self._follower.join(self._user)
                has_joined = True
                listening = types, now if seen is None else seen
        except ValueError as error:
            answer, listening = web_socket.framed(_refusal(str(error), message)), web_socket.listening
        finally:
            self._hub.do(lambda: self._turned(web_socket, listening, answer, has_joined))

    def _turned(self, web_socket: WebSocket, listening: Listening, answer: bytes, has_joined: bool) -> None:
        """By the hub's thread."""
        self._is_turning, self._has_joined = False, has_joined
        if self._is_ended:
            self._leave()
            return
        if web_socket.is_closing:
            return
        if not answer:
            web_socket.listening = listening
        self._hub.say(web_socket, lambda: answer + web_socket.told(self._follower.latest(self._user)))
        self._hub.say(web_socket, web_socket.go_on)


def _refusal(reason: str, message: Record) -> Record:
    return tagged(NotRequest(reason).problem(), "RequestError", message)


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
