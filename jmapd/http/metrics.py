"""Figures for Prometheus (text format 0.0.4), summed over the workers through one small file.

Each worker adds to a row of its own, which a later worker takes over, so that the sums never fall.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np

ENDPOINTS = (
    "session",
    "api",
    "upload",
    "download",
    "eventsource",
    "websocket",
    "ticket",
    "front",
    "health",
    "metrics",
    "other",
)
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)
ROWS = 64
HELP = {
    "jmapd_requests_total": ("counter", "Requests answered."),
    "jmapd_request_seconds": ("histogram", "Time taken by requests."),
    "jmapd_sent_bytes_total": ("counter", "Octets of answers' bodies."),
    "jmapd_logins_failed_total": ("counter", "Answers 401 to requests that had credentials."),
    "jmapd_logins_refused_total": ("counter", "Answers 429 after too many failed logins."),
    "jmapd_method_calls_total": ("counter", "JMAP method calls."),
}


def series(methods: Iterable[str]) -> list[str]:
    """All the names that are counted, in the order of a row."""
    names = []
    for endpoint in ENDPOINTS:
        names += [f'jmapd_requests_total{{endpoint="{endpoint}",status="{n}xx"}}' for n in range(1, 6)]
    for endpoint in ENDPOINTS:
        bounds = [*map(str, BOUNDS), "+Inf"]
        names += [f'jmapd_request_seconds_bucket{{endpoint="{endpoint}",le="{bound}"}}' for bound in bounds]
        names += [f'jmapd_request_seconds_{end}{{endpoint="{endpoint}"}}' for end in ("sum", "count")]
    names += ["jmapd_sent_bytes_total", "jmapd_logins_failed_total", "jmapd_logins_refused_total"]
    return names + [f'jmapd_method_calls_total{{method="{method}"}}' for method in sorted(methods)]


class Metrics:
    """Counters in `folder`/.metrics.<digest of the names>. Raises OSError when the file cannot be made."""

    def __init__(self, folder: Path, methods: Iterable[str]) -> None:
        self.names = series(methods)
        self._places = {name: number for number, name in enumerate(self.names)}
        self._path = folder / f".metrics.{hashlib.sha256(chr(10).join(self.names).encode()).hexdigest()[:12]}"
        self._lock = threading.Lock()
        self._owner = 0  # the process that the row belongs to
        self._file = -1
        for old in folder.glob(".metrics.*"):
            if old != self._path:
                old.unlink(missing_ok=True)
        with self._path.open("ab") as file:
            file.truncate(ROWS * len(self.names) * 8)

    def request(
        self, endpoint: str, status: int, seconds: float, sent: int, calls: tuple[str, ...], is_login_failed: bool
    ) -> None:
        """Counts one request."""
        with self._lock:
            row = self._row()
            row[self._places[f'jmapd_requests_total{{endpoint="{endpoint}",status="{status // 100}xx"}}']] += 1
            first = self._places[f'jmapd_request_seconds_bucket{{endpoint="{endpoint}",le="{BOUNDS[0]}"}}']
            buckets = len(BOUNDS) + 1
            slower = sum(seconds > bound for bound in BOUNDS)
            row[first + slower : first + buckets] += 1
            row[first + buckets] += seconds
            row[first + buckets + 1] += 1
            row[self._places["jmapd_sent_bytes_total"]] += sent
            row[self._places["jmapd_logins_failed_total"]] += is_login_failed and status == 401
            row[self._places["jmapd_logins_refused_total"]] += is_login_failed and status == 429
            for call in calls:
                place = self._places.get(f'jmapd_method_calls_total{{method="{call}"}}')
                if place is not None:
                    row[place] += 1

    def text(self) -> str:
        """All series that are not zero, in the exposition format."""
        sums = np.fromfile(self._path, dtype="<f8", count=ROWS * len(self.names)).reshape(ROWS, -1).sum(axis=0)
        lines: list[str] = []
        family = ""
        for name, value in zip(self.names, sums.tolist(), strict=True):
            owner = next(known for known in HELP if name.startswith(known))
            if owner != family:
                family = owner
                lines += [f"# HELP {family} {HELP[family][1]}", f"# TYPE {family} {HELP[family][0]}"]
            if value:
                lines.append(f"{name} {value:.9g}" if value % 1 else f"{name} {value:.0f}")
        return "\n".join(lines) + "\n"

    def _row(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """This process's row: the first that no living process holds."""
        if self._owner != os.getpid():
            # A parent's descriptor goes on holding the parent's row only; POSIX locks are a process's own.
            self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
            width = len(self.names) * 8
            number = ROWS - 1  # shared when there are more processes than rows: some counts are then lost
            for number in range(ROWS):
                try:
                    fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, width, number * width)
                    break
                except OSError:
                    continue
            mapped = np.memmap(self._path, dtype="<f8", mode="r+", shape=(ROWS, len(self.names)))
            self._cells: np.ndarray[tuple[int], np.dtype[np.float64]] = mapped[number]
            self._owner = os.getpid()
        return self._cells
