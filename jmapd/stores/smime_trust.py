"""The trust store of [smime] trust_store: a PEM or DER file, or a folder of such; read again when it has changed."""

import logging
import threading
import time
from functools import cache
from pathlib import Path

from jmapd.formats.smime.trust import Trust, trust_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0  # how often the files are looked at
MAX_FILE = 16 * 1024 * 1024
ENDINGS = frozenset((".pem", ".crt", ".cer", ".crl"))

Seen = tuple[tuple[str, int, int, int], ...]


class TrustStore:
    """Of one path; shared by all accounts."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._trust = Trust(())
        self._seen: Seen | None = None
        self._look_at = 0.0
        self._is_reported = False
        self._lock = threading.Lock()

    def current(self) -> Trust:
        """The anchors as of a few seconds ago. Files that cannot be read leave what was known before."""
        with self._lock:  # nobody goes on with what is half known
            now = time.monotonic()
            if now >= self._look_at:
                self._look_at = now + LOOK_SECONDS
                self._read_changed()
            return self._trust

    def _read_changed(self) -> None:
        try:
            seen = _look(self._path)
            if seen != self._seen:
                self._trust, self._seen = read_trust(self._path), seen
            self._is_reported = False
        except OSError as error:
            if not self._is_reported:
                log.warning("smime.trust_store: %s: %s", self._path, error.strerror or error)
            self._is_reported = True


@cache
def trust_store(path: str) -> TrustStore:
    """The one of this process; "" is an empty one."""
    return TrustStore(path)


def read_trust(path: str) -> Trust:
    """Raises OSError."""
    return trust_of(file.read_bytes() for file in _files(path))


def _files(path: str) -> list[Path]:
    if not path:
        return []
    place = Path(path)
    if not place.is_dir():
        return [place]
    return sorted(
        each
        for each in place.iterdir()
        if each.suffix.lower() in ENDINGS and each.is_file() and each.stat().st_size <= MAX_FILE
    )


def _look(path: str) -> Seen:
    found = [(str(each), each.stat()) for each in _files(path)]
    return tuple((name, status.st_mtime_ns, status.st_size, status.st_ino) for name, status in found)
