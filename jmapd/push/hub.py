"""Many idle connections in one thread: what is pushed goes out at once, and who does not read is dropped.

A connection here is a socket that the WSGI server has given up (http/detached.py), so listeners take no thread of it.
"""

import contextlib
import logging
import os
import select
import socket
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from jmapd.push.states import States
from jmapd.wire import Record

log = logging.getLogger(__name__)

MAX_WAITING = 256 << 10  # octets that a client has not read yet; more: it is dropped
READ = 1 << 16
_EVENTS = select.EPOLLIN | select.EPOLLRDHUP
_ENDED = select.EPOLLHUP | select.EPOLLERR
LATER = 86_400.0  # seconds


class Talk(Protocol):
    """What is said on one connection; called by the hub's thread only, and never waits."""

    user: str
    interval: int  # seconds of silence after which pinged() is asked; 0: never
    is_over: bool  # whether the connection ends once all is sent

    def told(self, states: States) -> bytes:
        """What to send now that these are the user's states."""

    def alerted(self, alert: Record) -> bytes:
        """What to send of a CalendarAlert (jmap-calendars-27 6.4)."""

    def pinged(self) -> bytes:
        """What to send after `interval` seconds without a word."""

    def heard(self, data: bytes) -> bytes:
        """What to answer."""

    def leaving(self) -> bytes:
        """What to say when the server ends the connection."""

    def ended(self) -> None:
        """The connection is closed."""


class Connection:
    """A socket and what waits to be sent on it."""

    __slots__ = ("socket", "talk", "waiting")

    def __init__(self, socket: socket.socket, talk: Talk) -> None:
        self.socket, self.talk = socket, talk
        self.waiting: bytearray | None = None


class Hub:
    """Other threads call add(), tell(), say(), end() and close(); all else happens in its own thread."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._work: deque[Callable[[], None]] = deque()
        self._connections: dict[int, Connection] = {}
        self._by_user: dict[str, dict[int, Connection]] = {}
        self._silent: dict[int, OrderedDict[int, float]] = {}  # interval -> fd -> when it is to be pinged, in order
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)
        self._thread.start()

    # By any thread

    def add(self, socket: socket.socket, talk: Talk, first: bytes, latest: Callable[[], States]) -> None:
        """Takes the socket; `first` is sent at once, and what `latest` then tells that the talk does not know."""
        self._do(lambda: self._add(Connection(socket, talk), first, latest))

    def tell(self, user: str, states: States) -> None:
        """The user's states are these now."""
        self._do(lambda: self._to_all(user, lambda talk: talk.told(states)))

    def alert(self, user: str, alert: Record) -> None:
        """An alert of the user's fires."""
        self._do(lambda: self._to_all(user, lambda talk: talk.alerted(alert)))

    def say(self, talk: Talk, make: Callable[[], bytes]) -> None:
        """Sends what `make` gives in the hub's thread on that connection, if it is still there."""
        self._do(lambda: self._say(talk, make))

    def end(self, user: str) -> None:
        """Closes all connections of a user."""
        self._do(lambda: self._end(user))

    def close(self) -> None:
        """Closes all connections; clients come back to another worker."""
        self._do(self._close)
        self._thread.join(5)

    def _do(self, work: Callable[[], None]) -> None:
        self._work.append(work)
        with contextlib.suppress(BlockingIOError, OSError):
            os.eventfd_write(self._bell, 1)

    # By its own

    def _run(self) -> None:
        while not self._is_closed:
            try:
                self._turn()
            except Exception:  # one connection's fault must not end the others
                log.exception("push")

    def _turn(self) -> None:
        for fd, events in self._epoll.poll(self._until_ping()):
            if fd == self._bell:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._bell)
                continue
            connection = self._connections.get(fd)
            if connection is None:
                continue
            if events & _ENDED:
                self._drop(connection)
                continue
            if events & select.EPOLLOUT:
                self._send(connection, b"")
            if events & (select.EPOLLIN | select.EPOLLRDHUP) and fd in self._connections:
                self._read(connection)
        while self._work:
            self._work.popleft()()
        self._ping()

    def _add(self, connection: Connection, first: bytes, latest: Callable[[], States]) -> None:
        fd, talk = connection.socket.fileno(), connection.talk
        self._connections[fd] = connection
        self._by_user.setdefault(talk.user, {})[fd] = connection
        self._epoll.register(fd, _EVENTS)
        self._send(connection, first + talk.told(latest()))

    def _to_all(self, user: str, make: Callable[[Talk], bytes]) -> None:
        for connection in list(self._by_user.get(user, {}).values()):
            data = make(connection.talk)
            if data:
                self._send(connection, data)

    def _say(self, talk: Talk, make: Callable[[], bytes]) -> None:
        for connection in list(self._by_user.get(talk.user, {}).values()):
            if connection.talk is talk:
                self._send(connection, make())

    def _end(self, user: str) -> None:
        for connection in list(self._by_user.get(user, {}).values()):
            self._drop(connection)

    def _send(self, connection: Connection, data: bytes) -> None:
        """As much as goes out; the rest waits."""
        if connection.waiting:
            connection.waiting += data
            data = bytes(connection.waiting)
        try:
            sent = connection.socket.send(data) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        had, rest = bool(connection.waiting), data[sent:]
        if len(rest) > MAX_WAITING:
            log.info("a client of %s does not read and is dropped", connection.talk.user)
            self._drop(connection)
            return
        connection.waiting = bytearray(rest) if rest else None
        if had != bool(rest):
            self._epoll.modify(connection.socket.fileno(), _EVENTS | (select.EPOLLOUT if rest else 0))
        if connection.talk.is_over and not rest:
            self._drop(connection)
        elif sent:
            self._spoke(connection)

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return
        answer = connection.talk.heard(data)
        if answer or connection.talk.is_over:
            self._send(connection, answer)

    def _drop(self, connection: Connection) -> None:
        fd, user = connection.socket.fileno(), connection.talk.user
        if fd < 0 or self._connections.pop(fd, None) is None:
            return
        with contextlib.suppress(OSError):
            self._epoll.unregister(fd)
        mine = self._by_user.get(user, {})
        mine.pop(fd, None)
        if not mine:
            self._by_user.pop(user, None)
        for waiting in self._silent.values():
            waiting.pop(fd, None)
        with contextlib.suppress(OSError):
            connection.socket.shutdown(socket.SHUT_RDWR)
        connection.socket.close()
        connection.talk.ended()

    def _close(self) -> None:
        self._is_closed = True
        for connection in list(self._connections.values()):
            with contextlib.suppress(OSError):
                connection.socket.send(connection.talk.leaving())
            self._drop(connection)
        self._epoll.close()
        os.close(self._bell)

    # Pings

    def _spoke(self, connection: Connection) -> None:
        interval = connection.talk.interval
        if interval:
            waiting, fd = self._silent.setdefault(interval, OrderedDict()), connection.socket.fileno()
            waiting[fd] = time.monotonic() + interval
            waiting.move_to_end(fd)

    def _until_ping(self) -> float:
        if self._work:
            return 0
        due = min((next(iter(each.values())) for each in self._silent.values() if each), default=None)
        return LATER if due is None else max(0.0, due - time.monotonic()) + 0.001

    def _ping(self) -> None:
        now = time.monotonic()
        for waiting in list(self._silent.values()):
            while waiting and next(iter(waiting.values())) <= now:
                fd = next(iter(waiting))
                connection = self._connections[fd]
                waiting[fd] = now + connection.talk.interval
                waiting.move_to_end(fd)
                self._send(connection, connection.talk.pinged())
