"""Group commit: what comes for one account while it is being written waits, and goes into the next transaction."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from jmapd.delivery import replies
from jmapd.delivery.deliver import Incoming, Outcome

log = logging.getLogger(__name__)

THREADS = 8  # accounts at a time; one may wait for another program's lock
MOST, MOST_OCTETS = 100, 32 << 20  # of one transaction

Waiting = deque[tuple[Incoming, Future[Outcome]]]


class Batches:
    """For several threads."""

    def __init__(self, deliver: Callable[[str, Sequence[Incoming]], list[Outcome]], threads: int = THREADS) -> None:
        """`deliver`: to the account of that name, as delivery.deliver."""
        self._deliver = deliver
        self._threads = ThreadPoolExecutor(threads, "delivery")
        self._guard = threading.Condition()
        self._waiting: dict[str, Waiting] = {}  # by account; it is there while a thread is at work for it

    def put(self, account: str, message: Incoming) -> Future[Outcome]:
        """Its outcome, when the message is on the disk, or is not. A future that is cancelled is not delivered."""
        future: Future[Outcome] = Future()
        with self._guard:
            if account in self._waiting:
                self._waiting[account].append((message, future))
                return future
            self._waiting[account] = deque([(message, future)])
            self._threads.submit(self._work, account)
        return future

    def close(self) -> None:
        """When all that was put is done; nothing is put any more."""
        with self._guard:
            self._guard.wait_for(lambda: not self._waiting)
        self._threads.shutdown()

    def _work(self, account: str) -> None:
        """One batch; for the next it stands in line with the other accounts."""
        batch = self._next(account)
        try:
            outcomes = self._deliver(account, [message for message, _ in batch]) if batch else []
        except Exception:
            log.exception("%s: not delivered", account)
            outcomes = [Outcome(replies.LOCAL_ERROR)] * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            future.set_result(outcome)
        with self._guard:
            if self._waiting[account]:
                self._threads.submit(self._work, account)
            else:
                del self._waiting[account]
                self._guard.notify_all()

    def _next(self, account: str) -> list[tuple[Incoming, Future[Outcome]]]:
        """What is to be written together now; one at least, whatever its size, unless nobody waits any more."""
        batch: list[tuple[Incoming, Future[Outcome]]] = []
        octets = 0
        with self._guard:
            waiting = self._waiting[account]
            while waiting and len(batch) < MOST and (not batch or octets + len(waiting[0][0].data) <= MOST_OCTETS):
                message, future = waiting.popleft()
                if future.set_running_or_notify_cancel():  # else nobody waits for the answer any more
                    batch.append((message, future))
                    octets += len(message.data)
        return batch
