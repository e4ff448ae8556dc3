"""How many requests of one user may run at a time in this worker (RFC 8620 2, maxConcurrentRequests and -Upload)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jmapd.wire.errors import LimitExceeded


class Gate:
    """Counts the requests of each user that are inside."""

    def __init__(self, name: str, limit: int) -> None:
        self.name, self.limit = name, limit
        self._inside: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def enter(self, user: str) -> Iterator[None]:
        """Raises LimitExceeded when the user has too many inside."""
        with self._lock:
            count = self._inside.get(user, 0)
            if count >= self.limit:
                raise LimitExceeded(self.name, f"{self.limit} requests of this user are being worked on already.", 429)
            self._inside[user] = count + 1
        try:
            yield
        finally:
            with self._lock:
                count = self._inside[user] - 1
                if count:
                    self._inside[user] = count
                else:
                    del self._inside[user]
