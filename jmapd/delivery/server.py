"""The LMTP server as a program: its socket, its processes, and how it ends."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

from jmapd.delivery.lmtp import Peer, Recipients

log = logging.getLogger(__name__)

Make = Callable[[], Recipients]

SYSTEMD = "systemd"
UNIX = "unix:"
_FIRST_PASSED = 3  # sd_listen_fds(3)
_BACKLOG = 128
_SOCKET_MODE = 0o660  # who may deliver to anybody: our group
_AGAIN_SECONDS = 1.0  # after which a process that died is started again
_LAST_SECONDS = 20.0  # for what is being delivered when we are to end


def listen(where: str) -> socket.socket:
    """ADDRESS:PORT, unix:PATH, or systemd for the socket it passes. Raises ValueError, OSError."""
    if where == SYSTEMD:
        if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS") != "1":
            raise ValueError("systemd has not passed one socket")
        return socket.socket(fileno=_FIRST_PASSED)
    if where.startswith(UNIX):
        return _listen_unix(Path(where.removeprefix(UNIX)))
    host, colon, port = where.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{where}: must be ADDRESS:PORT, {UNIX}PATH or {SYSTEMD}")
    host = host.removeprefix("[").removesuffix("]")
    return socket.create_server(
        (host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=_BACKLOG
    )


def _listen_unix(path: Path) -> socket.socket:
    """What a server that is no more has left is removed."""
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                raise OSError(f"{path}: another server listens there")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(str(path))
        path.chmod(_SOCKET_MODE)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def serve(listener: socket.socket, make: Make, max_size: int, processes: int) -> None:
    """Until SIGTERM or SIGINT; `make` is called in each process."""
    if processes == 1:
        asyncio.run(_serve(listener, make(), max_size))
    else:
        Family(listener, make, max_size).run(processes)


class Family:
    """Several processes that take connections from one socket."""

    def __init__(self, listener: socket.socket, make: Make, max_size: int) -> None:
        self._listener, self._make, self._max_size = listener, make, max_size
        self._children: set[int] = set()
        self._is_ending = False
        self._alive = os.pipe()  # which the children see closed when we are no more

    def run(self, processes: int) -> None:
        """A child that dies is started again."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        while self._children or not self._is_ending:
            while len(self._children) < processes and not self._is_ending:
                self._children.add(self._child())
            if self._is_ending:  # the signal came while one was being made
                self._end()
            child, status = os.wait()
            self._children.discard(child)
            if not self._is_ending:
                log.error("a process ended (%s) and is started again", status)
                time.sleep(_AGAIN_SECONDS)

    def _end(self, *_: object) -> None:
        self._is_ending = True
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    def _child(self) -> int:
        signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # until the child has handlers of its own
        if pid := os.fork():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
            return pid
        status = 1
        try:
            os.close(self._alive[1])
            asyncio.run(_serve(self._listener, self._make(), self._max_size, self._alive[0]))
            status = 0
        except BaseException:
            log.exception("a process of the server")
        finally:
            os._exit(status)


async def _serve(listener: socket.socket, recipients: Recipients, max_size: int, alive: int | None = None) -> None:
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    if alive is not None:
        loop.add_reader(alive, end.set)
    hostname = socket.gethostname()
    server = await loop.create_server(lambda: Peer(recipients, max_size, hostname), sock=listener)
    await end.wait()
    if alive is not None:
        loop.remove_reader(alive)
    server.close()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(recipients.close(), _LAST_SECONDS)
