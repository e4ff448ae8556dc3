"""WebSocket frames that the server sends (RFC 6455 5.2, RFC 7692): each message is compressed by itself, so that any
thread can make it, and an idle connection keeps no compressor."""

import struct
import zlib

TEXT, CLOSE, PING = 0x1, 0x8, 0x9
_FINAL, _COMPRESSED = 0x80, 0x40
WORTH_COMPRESSING = 1024  # octets
_LEVEL = 1
_TAIL = b"\x00\x00\xff\xff"  # RFC 7692 7.2.1: left out

POLICY, UNSUPPORTED, TOO_LARGE, RESTART = 1008, 1003, 1009, 1012  # RFC 6455 7.4.1, and IANA's registry


def text(message: bytes, window: int) -> bytes:
    """A whole message; `window`: bits, where permessage-deflate without context takeover was agreed on, else 0."""
    first = _FINAL | TEXT
    if window and len(message) >= WORTH_COMPRESSING:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window)
        message = (packer.compress(message) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_TAIL)
        first |= _COMPRESSED
    return _frame(first, message)


def ping() -> bytes:
    return _frame(_FINAL | PING, b"")


def close(code: int) -> bytes:
    return _frame(_FINAL | CLOSE, struct.pack(">H", code))


def _frame(first: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return struct.pack(">BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack(">BBH", first, 126, length) + payload
    return struct.pack(">BBQ", first, 127, length) + payload
