"""Limits guessing of passwords: leaky buckets in one small file that all workers share.

Each attempt fills a bucket of its address and one of its user, a success takes that back. An address from which a user
has logged in before has a bucket of its own for that user, so nobody else's failures lock him out there.
"""

import fcntl
import hashlib
import ipaddress
import logging
import os
import secrets
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger(__name__)

HEADER = struct.Struct("<8s24s")
MAGIC = b"JMAPDTH1"
SLOT = struct.Struct("<Qddd")  # key, level, when the level was that, known until
WAYS = 8  # slots a key may lie in
SETS = 1024
SIZE = HEADER.size + SETS * WAYS * SLOT.size
KNOWN_SECONDS = 30 * 86400.0


class Throttle:
    """Buckets in the file at `path`, which is made when it is not there. Raises OSError."""

    def __init__(self, path: Path, per_address: int, per_user: int, seconds_per_failure: float) -> None:
        self.path = path
        self.per_address, self.per_user = float(per_address), float(per_user)
        self.leak = 1.0 / seconds_per_failure
        with self._file() as file:
            os.pread(file, 1, 0)

    def attempt(self, address: str, user: str) -> float:
        """Counts one attempt; seconds to wait when it may not be made, else 0."""
        try:
            with self._file() as file:
                return self._attempt(_Table(file), address, user, time.time())
        except OSError as error:
            log.error("%s: %s; logins are not limited", self.path, error.strerror)
            return 0.0

    def success(self, address: str, user: str) -> None:
        """The attempt was no failure: takes it back, and remembers the user at this address."""
        try:
            with self._file() as file:
                table, now = _Table(file), time.time()
                for bucket in self._buckets(table, address, user, now):
                    table.add(bucket, -1.0, now)
                table.known(("pair", network(address), user), now)
        except OSError as error:
            log.error("%s: %s; logins are not limited", self.path, error.strerror)

    def _attempt(self, table: "_Table", address: str, user: str, now: float) -> float:
        buckets = self._buckets(table, address, user, now)
        wait = 0.0
        for bucket, (capacity, leak) in buckets.items():
            level = table.level(bucket, leak, now)
            if level + 1.0 > capacity + 1e-9:
                wait = max(wait, (level + 1.0 - capacity) / leak)
        if wait <= 0.0:
            for bucket in buckets:
                table.add(bucket, 1.0, now)
        return wait

    def _buckets(
        self, table: "_Table", address: str, user: str, now: float
    ) -> dict[tuple[str, ...], tuple[float, float]]:
        """The buckets that count for this attempt: capacity and leak of each. Their levels are brought up to now."""
        place = network(address)
        pair = ("pair", place, user)
        found: dict[tuple[str, ...], tuple[float, float]]
        if table.is_known(pair, now):
            found = {pair: (self.per_address, self.leak)}
        else:
            # The user's bucket empties in the same time as an address's.
            found = {
                ("address", place): (self.per_address, self.leak),
                ("user", user): (self.per_user, self.leak * self.per_user / self.per_address),
            }
        for bucket, (_, leak) in found.items():
            table.level(bucket, leak, now)
        return found

    @contextmanager
    def _file(self) -> Iterator[int]:
        """The open file, locked among threads and processes; made anew when it is missing or not ours."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if os.fstat(file).st_size != SIZE or os.pread(file, len(MAGIC), 0) != MAGIC:
                os.ftruncate(file, 0)
                os.ftruncate(file, SIZE)
                os.pwrite(file, HEADER.pack(MAGIC, secrets.token_bytes(24)), 0)
            yield file
        finally:
            os.close(file)


class _Table:
    """The slots of the open, locked file. A key lies in one of the eight slots of its set."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.secret = HEADER.unpack(os.pread(file, HEADER.size, 0))[1]

    def level(self, bucket: tuple[str, ...], leak: float, now: float) -> float:
        """The bucket's level now; kept, so that add() goes on from it."""
        offset, (key, level, at, known) = self._find(bucket)
        # A clock set back must not keep a bucket full.
        level = max(0.0, level - max(0.0, now - at) * leak)
        if offset >= 0:
            self._write(offset, key, level, now, known)
        return level

    def add(self, bucket: tuple[str, ...], amount: float, now: float) -> None:
        offset, (key, level, _, known) = self._find(bucket)
        if offset < 0:
            if amount <= 0.0:
                return
            offset = self._room(key, now)
        self._write(offset, key, max(0.0, level + amount), now, known)

    def known(self, bucket: tuple[str, ...], now: float) -> None:
        offset, (key, level, _, _) = self._find(bucket)
        self._write(offset if offset >= 0 else self._room(key, now), key, level, now, now + KNOWN_SECONDS)

    def is_known(self, bucket: tuple[str, ...], now: float) -> bool:
        return bool(self._find(bucket)[1][3] > now)

    def _find(self, bucket: tuple[str, ...]) -> tuple[int, tuple[int, float, float, float]]:
        """The slot's offset (-1: not there) and content."""
        name = "\0".join(bucket).encode("utf-8", "surrogateescape")
        digest = hashlib.blake2b(name, digest_size=8, key=self.secret).digest()
        key = int.from_bytes(digest, "little") or 1
        for offset, slot in self._set(key):
            if slot[0] == key:
                return offset, slot
        return -1, (key, 0.0, 0.0, 0.0)

    def _set(self, key: int) -> Iterator[tuple[int, tuple[int, float, float, float]]]:
        start = HEADER.size + key % SETS * WAYS * SLOT.size
        data = os.pread(self.file, WAYS * SLOT.size, start)
        for number in range(WAYS):
            yield start + number * SLOT.size, SLOT.unpack_from(data, number * SLOT.size)

    def _room(self, key: int, now: float) -> int:
        """The slot to give up: a free one, else the emptiest bucket, those of known users last."""
        return min(self._set(key), key=lambda found: (found[1][0] != 0, found[1][3] > now, found[1][1]))[0]

    def _write(self, offset: int, key: int, level: float, at: float, known: float) -> None:
        os.pwrite(self.file, SLOT.pack(key, level, at, known), offset)


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)
