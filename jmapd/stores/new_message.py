"""A message that is about to be stored: its bytes as they will be on disk, and what the index keeps of it."""

from dataclasses import dataclass
from typing import Any

from jmapd.stores.maildir_intake import parsed
from jmapd.wire import Id


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`row` is an EmailRow without files and keywords; `size` and the ids are those of the wire form."""

    raw: bytes
    id: Id
    row: dict[str, Any]
    texts: dict[str, str]

    @property
    def blob_id(self) -> Id:
        blob_id: Id = self.row["blobId"]
        return blob_id

    @property
    def size(self) -> int:
        size: int = self.row["size"]
        return size

    @property
    def has_header(self) -> bool:
        """Whether there is any header field; what has none is hardly meant as a message."""
        return bool(self.row["header_names"])


def new_message(data: bytes, line_ends: str = "lf") -> NewMessage:
    """Of a message in wire form or any other. No lock is needed.

    One that is wholly CRLF is stored with LF, which is what other programs expect in a file, unless `line_ends` is
    "crlf"; any other stays as it came.
    """
    raw = data
    if line_ends == "lf" and data.count(b"\n") == data.count(b"\r\n") and b"\r\r\n" not in data:
        raw = data.replace(b"\r\n", b"\n")
    found = parsed(raw, 0)
    return NewMessage(raw, found.id, found.row, found.texts)
