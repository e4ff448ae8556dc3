"""Request bodies: bounded, with or without Content-Length, from clients that may stop half way."""

import contextlib
import time
from collections.abc import Iterator

from jmapd.http.exchange import Environ, HTTPError
from jmapd.wire.errors import LimitExceeded

CHUNK = 256 * 1024
DISCARD_SECONDS = 5.0


def declared_length(environ: Environ) -> int | None:
    """Content-Length; None for a chunked body. Raises HTTPError 400, 411."""
    text = environ.get("CONTENT_LENGTH") or ""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        if not environ.get("wsgi.input_terminated"):
            raise HTTPError(411, "This server needs a Content-Length.")
        return None
    if not text:
        return 0
    # RFC 9110 8.6: digits only; int() would take "+1", "1_0" and other scripts' digits.
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise HTTPError(400, "Content-Length is not a number.")
    return int(text)


def refuse_encoding(environ: Environ) -> None:
    """Raises HTTPError 415 for a body with a Content-Encoding (RFC 9110 8.4)."""
    coding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if coding not in ("", "identity"):
        raise HTTPError(415, "Request bodies with a Content-Encoding are not read.", [("Accept-Encoding", "identity")])


def chunks(environ: Environ, limit: int, name: str, status: int, timeout: float) -> Iterator[bytes]:
    """The body piece by piece. Raises LimitExceeded (named `name`) beyond `limit`, HTTPError when the client fails."""
    left = declared_length(environ)
    if left is not None and left > limit:
        raise too_large(limit, name, status)
    is_counted = left is not None
    total = 0
    with _patience(environ, timeout):
        while left is None or left > 0:
            piece = _read(environ, CHUNK if left is None else min(CHUNK, left))
            if not piece:
                break
            total += len(piece)
            if left is not None:
                left -= len(piece)
            elif total > limit:
                raise too_large(limit, name, status)
            yield piece
    if is_counted and left:
        raise HTTPError(400, "The request body ended before its Content-Length.")


def whole(environ: Environ, limit: int, name: str, timeout: float) -> bytes:
    """The body in one piece."""
    length = declared_length(environ)
    if length is not None and 0 < length <= min(limit, CHUNK):
        with _patience(environ, timeout):
            data = _read(environ, length)  # most requests
        if len(data) == length:
            return data
        raise HTTPError(400, "The request body ended before its Content-Length.")
    return b"".join(chunks(environ, limit, name, 400, timeout))


def discard(environ: Environ, seconds: float = DISCARD_SECONDS) -> None:
    """Takes in what a refused request still sends: closing on it would reset the connection, and lose the answer."""
    if not (environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING")):
        return
    if not environ.get("wsgi.input_terminated"):
        return  # its end is not known
    until = time.monotonic() + seconds
    with contextlib.suppress(Exception), _patience(environ, seconds):
        while environ["wsgi.input"].read(CHUNK) and time.monotonic() < until:
            pass


def too_large(limit: int, name: str, status: int) -> LimitExceeded:
    return LimitExceeded(name, f"The body is longer than {limit} octets.", status)


def _read(environ: Environ, size: int) -> bytes:
    try:
        data: bytes = environ["wsgi.input"].read(size)
    except TimeoutError:
        raise HTTPError(408, "The request body did not come in time.") from None
    except Exception as error:  # servers have exceptions of their own for broken chunks and closed connections
        raise HTTPError(400, f"The request body cannot be read: {type(error).__name__}.") from None
    return data


@contextlib.contextmanager
def _patience(environ: Environ, timeout: float) -> Iterator[None]:
    """A silent client must not keep a thread for ever; gunicorn's own timeout is for workers, not for clients."""
    connection = environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    connection.settimeout(timeout)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            connection.settimeout(None)
