"""Which entry is attempted when, and by how many threads: every account gets its turn, and every server its share."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor

from jmapd.stores.base import UNREACHABLE
from jmapd.stores.maildir import MaildirAccount
from jmapd.submission.attempt import Attempts
from jmapd.wire import Id

log = logging.getLogger(__name__)

THREADS = 32
PAUSE_SECONDS = 30.0  # after an attempt that failed for a reason of our own
BUSY_SECONDS = 1.0  # when another process is at work on the entry
Job = tuple[Id, Id]  # account, entry


class Jobs:
    """`target` answers what an account's mail goes to: each of these is given `per_target` messages at a time."""

    def __init__(self, attempts: Attempts, target: Callable[[str], Hashable], per_target: int) -> None:
        self._attempts, self._target, self._per_target = attempts, target, per_target
        self._pool = ThreadPoolExecutor(THREADS, "submit")
        self._guard = threading.Condition()
        self._waiting: dict[Id, tuple[MaildirAccount, list[Id]]] = {}  # by account, the longest without a turn first
        self._running: dict[Job, Hashable] = {}
        self._later: dict[Job, float] = {}  # not before that time
        self._is_stopped = False

    def offer(self, account: MaildirAccount, now: float) -> float | None:
        """Takes over what is due in an outbox; answers when to offer again, None: when something changes in it."""
        waiting = account.outbox.waiting()
        with self._guard:
            for job in [job for job, until in self._later.items() if until <= now]:
                del self._later[job]
            times = {id: max(at, self._later.get((account.id, id), 0.0)) for at, id in waiting}
            due = [id for id, at in times.items() if at <= now and (account.id, id) not in self._running]
            self._waiting.pop(account.id, None)
            if due:
                self._waiting[account.id] = account, due
        self._start()
        return min((at for at in times.values() if at > now), default=None)

    def _start(self) -> None:
        with self._guard:
            while not self._is_stopped and len(self._running) < THREADS and (found := self._next()) is not None:
                account, id, target = found
                self._running[account.id, id] = target
                self._pool.submit(self._run, account, id)

    def _next(self) -> tuple[MaildirAccount, Id, Hashable] | None:
        counts = Counter(self._running.values())
        for name, (account, ids) in list(self._waiting.items()):
            target = self._target(account.owner)
            if counts[target] >= self._per_target:
                continue
            del self._waiting[name]
            if ids[1:]:
                self._waiting[name] = account, ids[1:]
            return account, ids[0], target
        return None

    def _run(self, account: MaildirAccount, id: Id) -> None:
        pause = PAUSE_SECONDS
        try:
            pause = 0.0 if self._attempts.attempt(account, id) else BUSY_SECONDS
        except UNREACHABLE as error:
            log.warning("%s: %s: %s", account.id, id, error)
        except Exception:
            log.exception("%s: %s", account.id, id)
        with self._guard:
            del self._running[account.id, id]
            if pause:
                self._later[account.id, id] = time.time() + pause
            self._guard.notify_all()
        self._start()

    def wait(self, seconds: float | None = None) -> bool:
        """For all that was offered; False when that takes longer."""
        with self._guard:
            return self._guard.wait_for(lambda: not self._running and not self._waiting, seconds)

    def stop(self, seconds: float) -> bool:
        """Begins nothing any more; False when something is under way still after so long."""
        with self._guard:
            self._is_stopped = True
            self._waiting.clear()
        is_done = self.wait(seconds)
        self._pool.shutdown(wait=is_done)
        return is_done
