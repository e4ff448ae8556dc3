"""Reads message files and makes the rows and texts that the index keeps of them; in several processes for many."""

import errno
import logging
import multiprocessing
import os
import signal
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Any

from jmapd.formats.message.summary import summarise
from jmapd.formats.message.wire_form import wire_digest
from jmapd.wire import Id

log = logging.getLogger(__name__)

MAX_MESSAGE = 1 << 30  # octets; a larger file in cur/ is no message
CHUNK = 50  # messages a process is given at a time: bounds what is in memory and in pipes

Key = tuple[Id, str]  # (mailbox id, "cur/name")


@dataclass(slots=True)
class Parsed:
    """One message: its id, an EmailRow without files and keywords, and its texts for searching.

    Of a message that the index has already (a file that was moved or copied) the row holds receivedAt only.
    """

    id: Id
    row: dict[str, Any]
    texts: dict[str, str]


Result = Parsed | OSError


def email_id(digest: str) -> Id:
    """The Email id of the message with that SHA-256 of its wire form."""
    return "M" + digest[:24]


def read_file(path: str) -> tuple[bytes, int]:
    """(content, mtime in seconds). Raises OSError, also for what is no ordinary file."""
    with open_file(path) as file:
        return file.readall(), max(int(os.fstat(file.fileno()).st_mtime), 0)


def open_file(path: str) -> FileIO:
    """For reading. Raises OSError, also for what is no ordinary file."""
    file = FileIO(opened(path))
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_MESSAGE:
        return file
    file.close()
    raise OSError(f"{path}: no message")


def opened(path: str) -> int:
    """A descriptor. A symbolic link counts only where it leads to a file of the one who made it, or root made it.

    Else a user could read through this process, which may read everybody's mail, what he may not read himself.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        return os.open(path, flags | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
    owner = os.lstat(path).st_uid  # noqa: PTH116
    descriptor = os.open(path, flags)
    if owner in (0, os.fstat(descriptor).st_uid):
        return descriptor
    os.close(descriptor)
    raise PermissionError(errno.EACCES, "a link to a file of another user", path)


def parse_file(path: str, is_known: Callable[[Id], bool] | None = None) -> Parsed:
    """One message. Raises OSError."""
    raw, mtime = read_file(path)
    if is_known is not None:
        id = email_id(wire_digest(raw))
        if is_known(id):
            return Parsed(id, {"receivedAt": mtime}, {})
    return parsed(raw, mtime)


def parsed(raw: bytes, received: int) -> Parsed:
    """What the index keeps of these bytes; `received`: seconds since 1970."""
    summary = summarise(raw)
    row = {
        "receivedAt": received,
        "size": summary.size,
        "blobId": "G" + summary.digest,
        "record": summary.record,
        "thread_keys": summary.thread_keys,
        "header_names": summary.header_names,
        "sort": summary.sort,
    }
    return Parsed(email_id(summary.digest), row, summary.texts)


def parse_one(path: str, is_known: Callable[[Id], bool] | None = None) -> Result:
    """As parse_file(); a failure is answered, not raised. One bad message must not stop the rest."""
    try:
        return parse_file(path, is_known)
    except OSError as error:
        return error
    except Exception:
        log.exception("%s cannot be parsed", path)
        return OSError(f"{path}: cannot be parsed")


def _parse_chunk(paths: list[str]) -> list[Result]:
    return [parse_one(path) for path in paths]


class Intake:
    """Parses files here, one after another; only hashes what the index has already."""

    def __init__(self, is_known: Callable[[Id], bool] | None = None) -> None:
        self._is_known = is_known

    def parse(self, items: Sequence[tuple[Key, str]]) -> Iterator[tuple[Key, Result]]:
        """(key, result) for each (key, path), in this order."""
        for key, path in items:
            yield key, parse_one(path, self._is_known)


class PoolIntake(Intake):
    """Parses files on all cores; no more than a few chunks are under way at a time."""

    def __init__(self, executor: ProcessPoolExecutor, workers: int) -> None:
        super().__init__()
        self._executor, self._ahead = executor, workers * 3

    def parse(self, items: Sequence[tuple[Key, str]]) -> Iterator[tuple[Key, Result]]:
        """As Intake.parse()."""
        if len(items) < 2 * CHUNK:
            yield from super().parse(items)
            return
        chunks = (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
        under_way: deque[tuple[Sequence[tuple[Key, str]], Future[list[Result]]]] = deque()
        for chunk in chunks:
            under_way.append((chunk, self._submit([path for _, path in chunk])))
            if len(under_way) >= self._ahead:
                yield from self._finish(*under_way.popleft())
        while under_way:
            yield from self._finish(*under_way.popleft())

    def _submit(self, paths: list[str]) -> Future[list[Result]]:
        try:
            return self._executor.submit(_parse_chunk, paths)
        except BrokenExecutor as error:
            failed: Future[list[Result]] = Future()
            failed.set_exception(error)
            return failed

    def _finish(self, chunk: Iterable[tuple[Key, str]], future: Future[list[Result]]) -> Iterator[tuple[Key, Result]]:
        try:
            results = future.result()
        except BrokenExecutor:  # a worker was killed, for its memory perhaps; what it had to do is done here
            yield from super().parse(list(chunk))
            return
        for (key, _), result in zip(chunk, results, strict=True):
            yield key, result


@contextmanager
def pool_intake() -> Iterator[PoolIntake]:
    """Processes for parsing. Only for a program without threads of its own, as the sidecar: they are forked."""
    workers = len(os.sched_getaffinity(0))
    context = multiprocessing.get_context("fork")
    executor = ProcessPoolExecutor(workers, context, _begin_worker, (os.getpid(),))
    try:
        yield PoolIntake(executor, workers)
    finally:
        executor.shutdown(cancel_futures=True)


def _begin_worker(parent: int) -> None:
    """Control-C is the parent's to handle; a parent that was killed takes its workers along."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
