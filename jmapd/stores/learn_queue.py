"""What users call junk, or not, waiting to be learned: `<state_dir>/<account>/learn/` (docs/STORAGE.md).

Methods append to `queue`, the worker moves it into `waiting.json`. Neither waits for the other for long.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from jmapd.files import atomic, locks
from jmapd.wire import Id

log = logging.getLogger(__name__)

JUNK, HAM = "junk", "ham"
QUEUE_SIZE = 4 << 20  # octets; where no worker runs, nothing more is noted then
REMEMBERED = 10_000  # messages of which is known what was learned of them


@dataclass
class Job:
    """One message to be learned; times are seconds since 1970."""

    kind: str
    since: float
    attempts: int = 0
    next: float = 0.0


@dataclass
class Jobs:
    """All there is to do, in the order in which it was said; and what of each message was learned last."""

    waiting: dict[Id, Job] = field(default_factory=dict)
    learned: dict[Id, str] = field(default_factory=dict)

    def say(self, id: Id, kind: str | None, since: float, wait: float) -> None:
        """The last word on a message counts; what was learned before is not learned again."""
        there = self.waiting.get(id)
        if kind is None or self.learned.get(id) == kind:
            self.waiting.pop(id, None)
        elif there is None or there.kind != kind:
            self.waiting.pop(id, None)
            self.waiting[id] = Job(kind, since, next=since + wait)

    def done(self, id: Id) -> None:
        """It was learned."""
        self.learned.pop(id, None)
        self.learned[id] = self.waiting.pop(id).kind
        while len(self.learned) > REMEMBERED:
            del self.learned[next(iter(self.learned))]

    def next_time(self) -> float | None:
        """When the first is due."""
        return min((job.next for job in self.waiting.values()), default=None)


class LearnQueue:
    """Of one account. put() may be called by any process, jobs() has its content for one at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._queue, self._taken = folder / "queue", folder / "queue.taken"
        self._waiting, self._learned = folder / "waiting.json", folder / "learned.json"

    def put(self, said: Mapping[Id, str | None]) -> None:
        """Notes JUNK or HAM; None: what was said before no longer holds. Logs what cannot be written: mail goes on."""
        now = round(time.time(), 3)
        lines = b"".join(orjson.dumps([id, kind, now]) + b"\n" for id, kind in said.items())
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with locks.exclusive(self.folder / "lock"):
                self._append(lines)
        except OSError as error:
            log.warning("%s: %s", self.folder, error.strerror)

    def _append(self, lines: bytes) -> None:
        fd = os.open(self._queue, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = os.fstat(fd).st_size
            if size + len(lines) > QUEUE_SIZE:
                log.warning("%s is full: nothing is learned until jmapd-submit has emptied it", self._queue)
                return
            try:
                atomic.write_all(fd, lines)
            except OSError:
                os.ftruncate(fd, size)
                raise
        finally:
            os.close(fd)

    def has_any(self) -> bool:
        """Whether jobs() may find something."""
        return any(path.exists() for path in (self._queue, self._taken, self._waiting))

    @contextmanager
    def jobs(self, wait: float) -> Iterator[Jobs | None]:
        """All jobs, kept as they are left; what is new is due after `wait` seconds. None: another process has them."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locks.exclusive_or_none(self.folder / "work.lock") as is_free:
            if not is_free:
                yield None
                return
            jobs = self._load()
            while self._take():
                for id, kind, since in self._said():
                    jobs.say(id, kind, since, wait)
                self._save(jobs)
                self._taken.unlink()
            try:
                yield jobs
            finally:
                self._save(jobs)

    def _take(self) -> bool:
        """Puts the queue aside; what a killed worker had put aside comes first."""
        if self._taken.exists():
            return True
        with locks.exclusive(self.folder / "lock"), suppress(FileNotFoundError):
            self._queue.rename(self._taken)
            return True
        return False

    def _said(self) -> Iterator[tuple[Id, str | None, float]]:
        for line in self._taken.read_bytes().splitlines():
            try:
                id, kind, since = orjson.loads(line)
                yield str(id), kind if kind in (JUNK, HAM) else None, float(since)
            except (ValueError, TypeError):
                log.warning("%s: a damaged line is left out", self._taken)

    def _load(self) -> Jobs:
        jobs = Jobs(learned={str(id): str(kind) for id, kind in _read(self._learned).items()})
        try:
            jobs.waiting = {str(id): Job(**job) for id, job in _read(self._waiting).items()}
        except TypeError:
            log.warning("%s is damaged: what was waiting is not learned", self._waiting)
        return jobs

    def _save(self, jobs: Jobs) -> None:
        """What was learned first: it is not learned again then."""
        if jobs.learned != _read(self._learned):
            atomic.write(self._learned, orjson.dumps(jobs.learned), 0o600)
        waiting = {id: asdict(job) for id, job in jobs.waiting.items()}
        if not waiting:
            self._waiting.unlink(missing_ok=True)
        elif waiting != _read(self._waiting):
            atomic.write(self._waiting, orjson.dumps(waiting), 0o600)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        log.warning("%s is damaged, and begun anew", path)
        return {}
    return found
