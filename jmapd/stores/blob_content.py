"""The content of a blob (RFC 8620 6), read no further than asked for: of a file, a message, or a part of either."""

from collections.abc import Iterable, Iterator
from io import FileIO
from pathlib import Path

from jmapd.formats.message.structure import locate
from jmapd.formats.message.wire_form import wire_chunks, wire_form
from jmapd.stores.base import RecordNotFound, StoredBlob, StoreUnavailable
from jmapd.stores.email_store import EmailStore
from jmapd.wire import Id

CHUNK = 1 << 20  # octets that are read at a time


class UploadContent:
    """A file of ours, which never changes."""

    weight, is_sequential = 0, False

    def __init__(self, path: Path, size: int) -> None:
        self._path, self.size = path, size

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        try:
            with FileIO(str(self._path)) as file:
                file.seek(start)
                left = (self.size if stop is None else min(stop, self.size)) - start
                while left > 0 and (chunk := file.read(min(left, CHUNK))):
                    left -= len(chunk)
                    yield chunk
        except FileNotFoundError as error:
            raise RecordNotFound("the upload has expired") from error
        except OSError as error:
            raise StoreUnavailable(error.strerror or "an upload cannot be read") from error


class MessageContent:
    """A message in wire form."""

    weight, is_sequential = 0, True

    def __init__(self, emails: EmailStore, id: Id, size: int) -> None:
        self._emails, self._id, self.size = emails, id, size

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if self.size <= CHUNK:
            raw = self._emails.message(self._id)
            if raw is None:
                raise RecordNotFound("the message is gone")
            yield from _cut([wire_form(raw)], start, stop)
            return
        file = self._emails.opened(self._id)
        if file is None:
            raise RecordNotFound("the message is gone")
        with file:
            yield from _cut(wire_chunks(iter(lambda: file.read(CHUNK), b"")), start, stop)


class PartContent:
    """A part of a message, or of an upload that is one; decoded when it is first wanted, and held."""

    is_sequential = False

    def __init__(self, whole: StoredBlob, address: str) -> None:
        self._whole, self._address = whole, address
        self._content: bytes | None = None
        self.weight = whole.size

    @property
    def size(self) -> int:
        return len(self._decoded())

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        yield from _cut([self._decoded()], start, stop)

    def _decoded(self) -> bytes:
        if self._content is None:
            part = locate(b"".join(self._whole.read()), self._address)
            if part is None:
                raise RecordNotFound("there is no such part")
            self._content = part.decoded()
        return self._content


class HeldContent:
    """Bytes in memory."""

    weight, is_sequential = 0, False

    def __init__(self, content: bytes) -> None:
        self._content, self.size = content, len(content)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        yield from _cut([self._content], start, stop)


def _cut(chunks: Iterable[bytes], start: int, stop: int | None) -> Iterator[bytes]:
    """What lies in the range."""
    at = 0
    for chunk in chunks:
        end = at + len(chunk)
        if end > start:
            low, high = max(start - at, 0), len(chunk) if stop is None else min(stop - at, len(chunk))
            if low < high:
                yield chunk if low == 0 and high == len(chunk) else chunk[low:high]
        at = end
        if stop is not None and at >= stop:
            return
