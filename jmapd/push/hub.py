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
from typing import Any, Protocol

from jmapd.push.states import States
from jmapd.wire import Record

log = logging.getLogger(__name__)

MAX_WAITING = 256 << 10  # octets that a client has not read yet; while there are more, it is not listened to
STALLED = 60  # seconds in which a client reads nothing of what waits for it: it is dropped
READ = 1 << 16
_SEND = 1 << 20  # octets at a time
_ENDED = select.EPOLLHUP | select.EPOLLERR
LATER = 86_400.0  # seconds


class Talk(Protocol):
    """What is said on one connection; called by the hub's thread only, and never waits."""

    user: str
    interval: int  # seconds of silence after which pinged() is asked; 0: never
    is_over: bool  # whether the connection ends once all is sent
    is_full: bool  # whether it takes no more now of what the other side says
    is_clogged: bool  # set by the hub: something waits to be sent

    def told(self, states: States) -> bytes:
        """What to send now that these are the user's states."""

    def alerted(self, alert: Record) -> bytes:
        """What to send of a CalendarAlert (jmap-calendars-27 6.4)."""

    def pinged(self) -> bytes:
        """What to send after `interval` seconds without a word."""

    def heard(self, data: bytes) -> bytes:
        """What to answer."""

    def drained(self, states: States | None) -> bytes:
        """All is sent that had to wait; what to send of `states`, if there are newer ones since."""

    def leaving(self) -> bytes:
        """What to say when the server ends the connection."""

    def ended(self) -> None:
        """The connection is closed."""


class Connection:
    """A socket and what waits to be sent on it."""

    __slots__ = ("fd", "mask", "missed", "socket", "talk", "timer", "waiting")

    def __init__(self, socket: socket.socket, talk: Talk) -> None:
        self.socket, self.talk, self.fd = socket, talk, socket.fileno()
        self.waiting: bytearray | None = None
        self.missed: States | None = None  # what is to be told once nothing waits
        self.mask = self.timer = 0  # of epoll; the key of Hub._silent that has it


class Hub:
    """Other threads call add(), tell(), say(), do(), end() and close(); all else happens in its own thread."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._bell = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll.register(self._bell, select.EPOLLIN)
        self._work: deque[Callable[[], None]] = deque()
        self._connections: dict[int, Connection] = {}
        self._by_user: dict[str, dict[int, Connection]] = {}
        self._silent: dict[int, OrderedDict[int, float]] = {}  # seconds -> fd -> when they are over, in order
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="push", daemon=True)
        self._thread.start()

    # By any thread

    def add(self, socket: socket.socket, talk: Talk, first: bytes, latest: Callable[[], States]) -> None:
        """Takes the socket; `first` is sent at once, and what `latest` then tells that the talk does not know."""
        self.do(lambda: self._add(Connection(socket, talk), first, latest))

    def tell(self, user: str, states: States) -> None:
        """The user's states are these now."""
        self.do(lambda: self._each(user, self._tell, states))

    def alert(self, user: str, alert: Record) -> None:
        """An alert of the user's fires."""
        self.do(lambda: self._each(user, self._alert, alert))

    def say(self, talk: Talk, make: Callable[[], bytes]) -> None:
        """Sends what `make` gives in the hub's thread on that connection, if it is still there."""
        self.do(lambda: self._say(talk, make))

    def end(self, user: str) -> None:
        """Closes all connections of a user."""
        self.do(lambda: self._end(user))

    def close(self) -> None:
        """Closes all connections; clients come back to another worker."""
        self.do(self._close)
        self._thread.join(5)

    def do(self, work: Callable[[], None]) -> None:
        """Has it done by the hub's thread."""
        self._work.append(work)
        if not self._is_closed:
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
        for fd, events in self._epoll.poll(self._until_due()):
            if fd == self._bell:
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._bell)
            elif (connection := self._connections.get(fd)) is not None:
                self._at(connection, self._attend, events)
        while self._work:
            self._work.popleft()()
        self._see_to_silent()

    def _at(self, connection: Connection, work: Callable[[Connection, Any], None], given: Any) -> None:
        """A fault in what is said on one connection ends that one."""
        try:
            work(connection, given)
        except Exception:
            log.exception("a connection of %s", connection.talk.user)
            self._drop(connection)

    def _attend(self, connection: Connection, events: int) -> None:
        if events & _ENDED:
            self._drop(connection)
            return
        if events & select.EPOLLOUT:
            self._send(connection, b"")
        if events & select.EPOLLIN:
            self._read(connection)
        elif events & select.EPOLLRDHUP:
            self._drop(connection)

    def _add(self, connection: Connection, first: bytes, latest: Callable[[], States]) -> None:
        talk = connection.talk
        self._connections[connection.fd] = connection
        self._by_user.setdefault(talk.user, {})[connection.fd] = connection
        self._epoll.register(connection.fd, 0)
        self._send(connection, first + talk.told(latest()))

    def _each(self, user: str, work: Callable[[Connection, Any], None], given: Any) -> None:
        for connection in list(self._by_user.get(user, {}).values()):
            self._at(connection, work, given)

    def _tell(self, connection: Connection, states: States) -> None:
        if connection.waiting is not None:
            connection.missed = states
        elif data := connection.talk.told(states):
            self._send(connection, data)

    def _alert(self, connection: Connection, alert: Record) -> None:
        if data := connection.talk.alerted(alert):
            self._send(connection, data)

    def _say(self, talk: Talk, make: Callable[[], bytes]) -> None:
        for connection in list(self._by_user.get(talk.user, {}).values()):
            if connection.talk is talk:
                self._at(connection, lambda each, given: self._send(each, given()), make)

    def _end(self, user: str) -> None:
        for connection in list(self._by_user.get(user, {}).values()):
            self._drop(connection)

    def _send(self, connection: Connection, data: bytes) -> None:
        """As much as goes out; the rest waits."""
        had = connection.waiting is not None
        try:
            sent = self._sent(connection, data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        connection.talk.is_clogged = connection.waiting is not None
        if had and connection.waiting is None:
            states, connection.missed = connection.missed, None
            if more := connection.talk.drained(states):
                self._send(connection, more)
                return
        if connection.talk.is_over and connection.waiting is None:
            self._drop(connection)
            return
        self._listen(connection)
        if sent or had != (connection.waiting is not None):
            self._spoke(connection)

    def _sent(self, connection: Connection, data: bytes) -> int:
        """How many octets went out. Raises OSError."""
        if connection.waiting is None:
            if not data:
                return 0
            connection.waiting = bytearray(data)
        else:
            connection.waiting += data
        with memoryview(connection.waiting) as view, view[:_SEND] as part:
            sent = connection.socket.send(part)
        del connection.waiting[:sent]
        if not connection.waiting:
            connection.waiting = None
        return sent

    def _listen(self, connection: Connection) -> None:
        """For what can be done with the connection now."""
        waiting, talk = connection.waiting, connection.talk
        mask = select.EPOLLRDHUP | (select.EPOLLOUT if waiting is not None else 0)
        if not (talk.is_full or talk.is_over or len(waiting or b"") > MAX_WAITING):
            mask |= select.EPOLLIN
        if mask != connection.mask:
            connection.mask = mask
            self._epoll.modify(connection.fd, mask)

    def _read(self, connection: Connection) -> None:
        try:
            data = connection.socket.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._send(connection, connection.talk.heard(data))
        else:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        fd, user = connection.fd, connection.talk.user
        if self._connections.get(fd) is not connection:
            return
        del self._connections[fd]
        with contextlib.suppress(OSError):
            self._epoll.unregister(fd)
        mine = self._by_user.get(user, {})
        mine.pop(fd, None)
        if not mine:
            self._by_user.pop(user, None)
        self._forget_timer(connection)
        with contextlib.suppress(OSError):
            connection.socket.shutdown(socket.SHUT_RDWR)
        connection.socket.close()
        connection.talk.ended()

    def _close(self) -> None:
        self._is_closed = True
        for connection in list(self._connections.values()):
            if connection.waiting is None:
                with contextlib.suppress(OSError):
                    connection.socket.send(connection.talk.leaving())
            self._drop(connection)
        self._epoll.close()
        os.close(self._bell)

    # Silence: who has nothing to read is pinged, who does not read is dropped

    def _spoke(self, connection: Connection) -> None:
        seconds = connection.talk.interval if connection.waiting is None else STALLED
        if seconds != connection.timer:
            self._forget_timer(connection)
            connection.timer = seconds
        if seconds:
            due = self._silent.setdefault(seconds, OrderedDict())
            due[connection.fd] = time.monotonic() + seconds
            due.move_to_end(connection.fd)

    def _forget_timer(self, connection: Connection) -> None:
        if (due := self._silent.get(connection.timer)) is not None:
            due.pop(connection.fd, None)

    def _until_due(self) -> float:
        if self._work:
            return 0
        due = min((next(iter(each.values())) for each in self._silent.values() if each), default=None)
        return LATER if due is None else max(0.0, due - time.monotonic()) + 0.001

    def _see_to_silent(self) -> None:
        now = time.monotonic()
        for seconds, due in list(self._silent.items()):
            while due and next(iter(due.values())) <= now:
                fd = next(iter(due))
                due[fd] = now + seconds
                due.move_to_end(fd)
                self._at(self._connections[fd], self._silence, None)

    def _silence(self, connection: Connection, _: None) -> None:
        if connection.waiting is None:
            self._send(connection, connection.talk.pinged())
        else:
            log.info("a client of %s does not read and is dropped", connection.talk.user)
            self._drop(connection)
