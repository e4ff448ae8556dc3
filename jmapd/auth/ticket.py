"""Short-lived tickets for browsers, whose EventSource and WebSocket cannot send an Authorization header."""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path

SECONDS = 60
KEY = ".ticket-key"  # in the state folder
_MAX_LENGTH = 1024


class Tickets:
    """A ticket says who and until when; a new password or the end of a user end his tickets, too."""

    def __init__(self, state_dir: Path, users: Callable[[], Mapping[str, str]]) -> None:
        """`users`: name to password hash. Raises OSError."""
        self._users, self._key = users, _key(state_dir / KEY)

    def issue(self, user: str) -> str:
        """For an authenticated user."""
        told = f"{int(time.time()) + SECONDS}:{user}".encode()
        return _encoded(told + self._mark(told, user))

    def check(self, ticket: str) -> str | None:
        """The user, or None."""
        data = _decoded(ticket)
        told, mark = data[:-32], data[-32:]
        until, _, user = told.decode("utf-8", "replace").partition(":")
        if user not in self._users() or not hmac.compare_digest(mark, self._mark(told, user)):
            return None
        return user if 0 <= int(until) - int(time.time()) <= SECONDS else None  # the clock may have been set back

    def _mark(self, told: bytes, user: str) -> bytes:
        return hmac.digest(self._key, told + b"\0" + self._users().get(user, "").encode(), hashlib.sha256)


def _key(path: Path) -> bytes:
    """The same for all workers, made at the first start."""
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(made, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes:
    if len(text) > _MAX_LENGTH:
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
