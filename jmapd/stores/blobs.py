"""Blobs (RFC 8620 6): uploads kept by their digest, whole messages, and parts of either.

"G" + SHA-256 of the content is an upload or a message in wire form; "G<digest>_1_2" is part 1.2 of such a message.
"""

import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import FileIO
from pathlib import Path

from jmapd.files import locks
from jmapd.formats.message.structure import locate, locate_below, parse
from jmapd.stores import item_blobs
from jmapd.stores.base import OverQuota, RecordNotFound, StoredBlob, StoreUnavailable
from jmapd.stores.blob_content import MessageContent, PartContent, UploadContent
from jmapd.stores.email_store import EmailStore
from jmapd.stores.item_blobs import Items, StoreOf
from jmapd.stores.maildir_intake import email_id
from jmapd.stores.maildir_write import store_error
from jmapd.wire import Id

QUOTA = 4 << 30  # octets of uploads an account may have waiting
EXPIRES = 24 * 3600.0  # RFC 8620 6: an upload is kept for at least an hour
COUNTED = 60.0  # seconds for which a count of what is there is believed
LOCK = "blobs.lock"  # held while an upload takes its name or goes
GUEST = "of."  # begins the folder of another user's uploads
_BLOB_ID = re.compile(r"G([0-9a-f]{64})(?:_([0-9_-]{1,200}))?")


class Blobs:
    """Of one account. put() may be called by any thread at any time, find() and open() inside the account's session."""

    def __init__(
        self,
        folder: Path,
        emails: Callable[[], EmailStore | None],
        quota: int = QUOTA,
        expires: float = EXPIRES,
        items: StoreOf = lambda type: None,
    ) -> None:
        self._folder, self._quota, self._expires = folder, quota, max(expires, 3600.0)
        self._emails, self._items = emails, items  # None: the account has none
        self._lock_file = folder.with_name(LOCK)
        self._guests: dict[Id, Blobs] = {}
        self._counted: tuple[float, int] | None = None  # when, and how much was there then and came since

    def put(self, chunks: Iterable[bytes], limit: int) -> tuple[Id, int]:
        """Keeps an upload while hashing it; (blobId, size). Raises OverQuota; ValueError when longer than `limit`.

        The same content again is as if it had never been there: it is kept as long as a new upload.
        """
        digest, size = hashlib.sha256(), 0
        with _store_errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._folder / f".{secrets.token_hex(12)}.tmp"
            file = FileIO(str(temporary), "xb", opener=_private)
        try:
            with file:
                for chunk in chunks:  # what fails in there is the caller's
                    size += len(chunk)
                    if size > limit:
                        raise ValueError(f"more than {limit} octets")
                    if size > self._quota:
                        raise OverQuota(f"no more than {self._quota} octets of uploads are kept")
                    digest.update(chunk)
                    _write(file, chunk)
                with _store_errors():
                    os.fsync(file.fileno())  # a power cut must not leave other content under the digest's name
            blob_id = f"G{digest.hexdigest()}"
            with _store_errors(), self._lock():
                self._make_room(size)
                temporary.rename(self._folder / blob_id)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return blob_id, size

    def of(self, guest: Id) -> "Blobs":
        """As a user sees them with whom the account is shared: with uploads, and a quota of them, of his own."""
        if guest not in self._guests:
            folder = self._folder / f"{GUEST}{guest}"

            def items(type: str) -> Items | None:
                store = self._items(type)
                return None if store is None else store.of(guest)

            self._guests[guest] = Blobs(folder, self._emails, self._quota, self._expires, items)
            self._guests[guest]._lock_file = self._lock_file
        return self._guests[guest]

    def used(self) -> int:
        """Octets of all uploads."""
        return sum(size for _, size, _ in self._uploads())

    def expire(self, now: float | None = None) -> int:
        """Removes uploads that are old, also those of guests, and what broken ones left; answers how many."""
        now = time.time() if now is None else now
        guests = [path.name.removeprefix(GUEST) for path in self._folder.glob(f"{GUEST}*")]
        count = sum(self.of(guest).expire(now) for guest in guests)
        for path in [path for path, _, mtime in self._uploads() if now - mtime > self._expires]:
            with self._lock():
                try:
                    if now - path.stat().st_mtime > self._expires:  # else it was uploaded again meanwhile
                        path.unlink()
                        count += 1
                except FileNotFoundError:
                    continue
        return count

    def _lock(self) -> AbstractContextManager[None]:
        return locks.exclusive(self._lock_file)

    def _make_room(self, size: int) -> None:
        """RFC 8620 6: uploads go in the order of their age until there is room for a new one."""
        now = time.monotonic()
        if self._counted is not None and now - self._counted[0] < COUNTED:
            counted, used = self._counted[0], self._counted[1] + size
        else:
            counted, used = now, self.used()
        if used > self._quota:
            found = sorted(self._uploads(), key=lambda each: each[2])
            used = sum(octets for _, octets, _ in found)
            for path, octets, _ in found:
                if used <= self._quota:
                    break
                if not path.name.startswith("."):  # it is still on its way
                    path.unlink(missing_ok=True)
                    used -= octets
            counted = now
        self._counted = (counted, used)

    def _uploads(self) -> list[tuple[Path, int, float]]:
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    try:
                        status = entry.stat()
                    except FileNotFoundError:
                        continue
                    if stat.S_ISREG(status.st_mode):
                        found.append((Path(entry.path), status.st_size, status.st_mtime))
        except FileNotFoundError:
            pass
        return found

    def find(self, blob_id: Id) -> StoredBlob | None:
        """What can be told without reading it, or None when there is no such blob in this account."""
        if item_blobs.item(blob_id) is not None:
            return item_blobs.find(self._items, blob_id)
        match = _BLOB_ID.fullmatch(blob_id)
        whole = None if match is None else self._upload(match[1]) or self._message(match[1])
        if match is None or whole is None or match[2] is None:
            return whole
        return PartContent(whole, match[2])

    def email(self, blob_id: Id) -> Id | None:
        """The Email that the blob is of, or is a part of."""
        match = _BLOB_ID.fullmatch(blob_id)
        message = None if match is None else self._message(match[1])
        if match is None or message is None:
            return None
        try:
            is_part = match[2] is None or locate(b"".join(message.read()), match[2]) is not None
        except RecordNotFound:
            return None
        return email_id(match[1]) if is_part else None

    def item(self, blob_id: Id) -> tuple[str, Id] | None:
        """(type, id) of the card, event or task that the blob is, or is in."""
        found = item_blobs.item(blob_id)
        return found if found is not None and self.find(blob_id) is not None else None

    def open(self, blob_id: Id) -> bytes | None:
        """The content, or None when this account has no such blob."""
        found = self.find(blob_id)
        try:
            return None if found is None else b"".join(found.read())
        except RecordNotFound:
            return None

    def contents(self, blob_ids: Iterable[Id]) -> Iterator[tuple[Id, bytes | None]]:
        """As open(), for each; a message is read and parsed once for all its parts, whatever their order."""
        digest, root = "", None
        for blob_id in sorted(blob_ids):
            match = _BLOB_ID.fullmatch(blob_id)
            if match is None or match[2] is None:
                yield blob_id, self.open(blob_id)
                continue
            if match[1] != digest:
                whole = self.open(f"G{match[1]}")
                digest, root = match[1], None if whole is None else parse(whole)
            part = None if root is None else locate_below(root, match[2])
            yield blob_id, None if part is None else part.decoded()

    def _upload(self, digest: str) -> StoredBlob | None:
        path = self._folder / f"G{digest}"
        try:
            return UploadContent(path, path.stat().st_size)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(error.strerror or "an upload cannot be read") from error

    def _message(self, digest: str) -> StoredBlob | None:
        id, emails = email_id(digest), self._emails()
        row = None if emails is None else emails.index.row(id)
        if emails is None or row is None or emails.index.blob_id(row) != f"G{digest}":
            return None
        return MessageContent(emails, id, emails.index.size(row))


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
