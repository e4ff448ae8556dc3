"""HTTP Basic authentication (RFC 7617), with verified credentials remembered under a keyed hash."""

import base64
import binascii
import hashlib
import logging
import secrets
import threading
import time
import unicodedata
from collections.abc import Callable

from jmapd.auth.throttle import Throttle
from jmapd.auth.users_file import UsersFile
from jmapd.config import is_user_name

log = logging.getLogger("jmapd.auth")

CHALLENGE = 'Basic realm="jmapd", charset="UTF-8"'
MAX_HEADER = 4096
MAX_REMEMBERED = 4096
VERIFIERS = 2  # at a time: each takes a core and, with argon2, 19 MiB


class Throttled(Exception):
    """Too many failures: try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Basic:
    """Checks the Authorization header of requests."""

    def __init__(
        self,
        users: UsersFile,
        throttle: Throttle,
        cache_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.users, self.throttle, self.cache_seconds, self.clock = users, throttle, cache_seconds, clock
        self._key = secrets.token_bytes(32)
        self._remembered: dict[bytes, tuple[str, str, float]] = {}  # keyed hash -> user, stored hash, until
        self._turns = threading.BoundedSemaphore(VERIFIERS)

    def check(self, header: str, address: str) -> str | None:
        """The user; None: no credentials or wrong ones. Raises Throttled."""
        if not header or len(header) > MAX_HEADER:
            return None
        digest = hashlib.blake2b(header.encode("utf-8", "surrogateescape"), digest_size=16, key=self._key).digest()
        user = self._recall(digest)
        if user is not None:
            return user
        credentials = parse(header)
        if credentials is None:
            return None
        return self._verify(digest, *credentials, address)

    def _recall(self, digest: bytes) -> str | None:
        entry = self._remembered.get(digest)
        if entry is None:
            return None
        user, stored, until = entry
        # A changed or removed password counts at once, not when the entry expires.
        if until < self.clock() or self.users.users().get(user) != stored:
            self._remembered.pop(digest, None)
            return None
        return user

    def _verify(self, digest: bytes, user: str, password: str, address: str) -> str | None:
        with self._turns:
            known = self._recall(digest)  # another thread may have verified the same meanwhile
            if known is not None:
                return known
            wait = self.throttle.attempt(address, user)
            if wait > 0:
                log.warning("login refused: address=%s user=%s: too many failures", address or "-", shown(user))
                raise Throttled(wait)
            stored = self.users.verify(user, password)
        if stored is None:
            log.warning("login failed: address=%s user=%s", address or "-", shown(user))
            return None
        self.throttle.success(address, user)
        self._remember(digest, user, stored)
        return user

    def _remember(self, digest: bytes, user: str, stored: str) -> None:
        if self.cache_seconds <= 0:
            return
        while len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)), None)
        self._remembered[digest] = (user, stored, self.clock() + self.cache_seconds)


def parse(header: str) -> tuple[str, str] | None:
    """User name and password of a Basic Authorization header, or None."""
    scheme, _, token = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        octets = base64.b64decode(token.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")  # RFC 7617 2: what clients sent before charset="UTF-8" was there
    name, colon, password = text.partition(":")
    name = unicodedata.normalize("NFC", name)
    if not colon or not is_user_name(name):
        return None
    return name, password


def shown(text: str) -> str:
    """A name from outside as it may stand in a log line: one word, bounded."""
    return "".join(c if c.isprintable() and not c.isspace() else "?" for c in text[:64]) or "-"
