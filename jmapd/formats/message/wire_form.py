"""The wire form of a stored message: CRLF line ends (RFC 5322 2.1). Sizes, digests and blobs are those of this form."""

import hashlib
from collections.abc import Iterable, Iterator


def wire_form(raw: bytes) -> bytes:
    """Each LF without a CR before it gets one; all else stays."""
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n")
    return raw.replace(b"\n", b"\r\n")


def wire_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The wire form of what comes in pieces."""
    is_after_cr = False
    for chunk in filter(None, chunks):
        found = wire_form(chunk)
        yield found[1:] if is_after_cr and found.startswith(b"\r\n") and chunk.startswith(b"\n") else found
        is_after_cr = chunk.endswith(b"\r")


def wire_size(raw: bytes) -> int:
    """Length of the wire form, without making it."""
    return len(raw) + raw.count(b"\n") - (raw.count(b"\r\n") if b"\r" in raw else 0)


def wire_digest(raw: bytes) -> str:
    """SHA-256 of the wire form in hex."""
    return hashlib.sha256(wire_form(raw)).hexdigest()
