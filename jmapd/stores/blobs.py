"""Blobs (RFC 8620 6): uploads kept by their digest, whole messages, and parts of either.

"G" + SHA-256 of the content is an upload or a message in wire form; "G<digest>_1_2" is part 1.2 of such a message.
"""

import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from jmapd.formats.message.structure import locate
from jmapd.formats.message.wire_form import wire_form
from jmapd.stores.base import OverQuota, StoreUnavailable
from jmapd.stores.email_store import EmailStore
from jmapd.stores.maildir_intake import email_id
from jmapd.stores.maildir_write import store_error
from jmapd.wire import Id

QUOTA = 4 << 30  # octets of uploads an account may have waiting
EXPIRES = 24 * 3600.0  # RFC 8620 6.1: an upload is kept for at least an hour
_BLOB_ID = re.compile(r"G([0-9a-f]{64})(?:_([0-9_-]{1,200}))?")


class Blobs:
    """Of one account. put() may be called by any thread at any time, open() inside the account's session."""

    def __init__(
        self, folder: Path, emails: Callable[[], EmailStore], quota: int = QUOTA, expires: float = EXPIRES
    ) -> None:
        self._folder, self._emails, self._quota, self._expires = folder, emails, quota, max(expires, 3600.0)

    def put(self, chunks: Iterable[bytes], limit: int) -> tuple[Id, int]:
        """Keeps an upload while hashing it; (blobId, size). Raises OverQuota; ValueError when longer than `limit`."""
        digest, size = hashlib.sha256(), 0
        with _store_errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            room = self._quota - self.used()
            temporary = self._folder / f".{secrets.token_hex(12)}.tmp"
            file = FileIO(str(temporary), "xb", opener=_private)
        try:
            with file:
                for chunk in chunks:  # what fails in there is the caller's
                    size += len(chunk)
                    if size > limit:
                        raise ValueError(f"more than {limit} octets")
                    if size > room:
                        raise OverQuota("too many uploads are waiting to be used")
                    digest.update(chunk)
                    _write(file, chunk)
                with _store_errors():
                    os.fsync(file.fileno())  # a power cut must not leave other content under the digest's name
            with _store_errors():
                temporary.rename(self._folder / f"G{digest.hexdigest()}")
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return f"G{digest.hexdigest()}", size

    def used(self) -> int:
        """Octets of all uploads."""
        return sum(size for _, size, _ in self._uploads())

    def expire(self, now: float | None = None) -> int:
        """Removes uploads that are old, and what broken ones left; answers how many."""
        now = time.time() if now is None else now
        old = [path for path, _, mtime in self._uploads() if now - mtime > self._expires]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _uploads(self) -> list[tuple[Path, int, float]]:
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    try:
                        status = entry.stat()
                    except FileNotFoundError:
                        continue
                    found.append((Path(entry.path), status.st_size, status.st_mtime))
        except FileNotFoundError:
            pass
        return found

    def open(self, blob_id: Id) -> bytes | None:
        """The content, or None when this account has no such blob."""
        match = _BLOB_ID.fullmatch(blob_id)
        if match is None:
            return None
        whole = self._upload(match[1])
        if whole is None:
            whole = self._message(match[1])
        if whole is None or match[2] is None:
            return whole
        part = locate(whole, match[2])
        return None if part is None else part.decoded()

    def _upload(self, digest: str) -> bytes | None:
        try:
            return (self._folder / f"G{digest}").read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(error.strerror or "an upload cannot be read") from error

    def _message(self, digest: str) -> bytes | None:
        id = email_id(digest)
        emails = self._emails()
        row = emails.index.row(id)
        if row is None or emails.index.blob_id(row) != f"G{digest}":
            return None
        raw = emails.message(id)
        return None if raw is None else wire_form(raw)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(file: FileIO, chunk: bytes) -> None:
    view = memoryview(chunk)
    with _store_errors():
        while view:
            view = view[file.write(view) or 0 :]


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise store_error(error) from error
