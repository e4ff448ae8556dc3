"""PushSubscriptions (RFC 8620 7.2): a file for each user, written by the server and by the worker that pushes.

URL and keys are secrets of a device: they are in no journal, and what is replaced is overwritten (7.2: securely erase).
"""

import contextlib
import os
import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from jmapd.files import atomic, locks
from jmapd.stores.base import OverQuota, RecordNotFound, TooFrequent
from jmapd.wire import Id, Record, State

FOLDER = ".push"  # in the state folder
_SUFFIX = ".json"
# of a record, beside the properties of RFC 8620:
CODE, VERIFIED, CREDENTIAL, VAPID_KEY = "code", "isVerified", "credential", "vapidKey"
RATE, RATE_SECONDS = 3, 3600  # 8.6: so many times as many as a user may have are made within that time
# what was pushed last: states of all types, and of each account those of Email and CalendarAlert
TOLD, EMAILS, ALERTED = "told", "emails", "alerted"


class SubscriptionFile:
    """All of one user, whatever credentials made them."""

    def __init__(self, state_dir: Path, account_id: Id, user: str) -> None:
        self.path, self._user = state_dir / FOLDER / f"{account_id}{_SUFFIX}", user

    def read(self) -> dict[Id, Record]:
        """By id."""
        found: dict[Id, Record] = _content(self.path).get("subscriptions", {})
        return found

    def made(self) -> list[int]:
        """When each of those was created, in seconds since 1970, that counts for the rate."""
        now = int(time.time())
        return [each for each in _content(self.path).get("made", []) if now - RATE_SECONDS < each <= now]

    @contextmanager
    def changing(self) -> Iterator[dict[Id, Record]]:
        """Under a lock: what the block leaves in the mapping is what is there afterwards. Raises OSError."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        with locks.exclusive(self.path.with_suffix(".lock")):
            before = self.read()
            now = orjson.loads(orjson.dumps(before))
            yield now
            if now != before:
                self._write(now, self.made() + [int(time.time())] * len(now.keys() - before.keys()))

    def _write(self, now: Mapping[Id, Record], made: list[int]) -> None:
        try:
            old = os.open(self.path, os.O_WRONLY)
        except FileNotFoundError:
            old = -1
        try:
            if now or made:
                atomic.write(self.path, orjson.dumps({"user": self._user, "made": made, "subscriptions": now}))
            else:
                self.path.unlink(missing_ok=True)
            if old >= 0:
                os.pwrite(old, bytes(os.fstat(old).st_size), 0)
                os.fsync(old)
        finally:
            if old >= 0:
                os.close(old)


def every_file(state_dir: Path) -> Iterator[tuple[str, SubscriptionFile]]:
    """The users who have some."""
    for path in sorted((state_dir / FOLDER).glob(f"*{_SUFFIX}")):
        try:
            user = _content(path)["user"]
        except (OSError, KeyError):
            continue
        yield user, SubscriptionFile(state_dir, path.stem, user)


def _content(path: Path) -> dict[str, Any]:
    """Nothing where it is not there, or damaged. Raises OSError."""
    for _ in range(3):
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return {}
        with contextlib.suppress(orjson.JSONDecodeError):  # it was overwritten while we read: a newer one is there
            found: dict[str, Any] = orjson.loads(data)
            return found
    return {}


class PushSubscriptionStore:
    """Those that one user made with one set of credentials (7.2: only they see and change them)."""

    def __init__(self, file: SubscriptionFile, credential: str, key: str, limit: int, so_far: Record) -> None:
        """`key`: by which push services know us; `so_far`: what one that is verified now need not be told."""
        self._file, self._credential, self._key, self._limit, self._so_far = file, credential, key, limit, so_far

    def state(self) -> State:
        """7.2.1: they have none."""
        return ""

    def ids(self) -> Iterable[Id]:
        return list(self._mine(self._file.read()))

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        mine = self._mine(self._file.read())
        return {id: {"id": id, **mine[id]} for id in ids if id in mine}

    def _mine(self, every: Mapping[Id, Record]) -> dict[Id, Record]:
        return {id: each for id, each in every.items() if each[CREDENTIAL] == self._credential}

    @contextmanager
    def transaction(self) -> Iterator["SubscriptionTransaction"]:
        """Visible together at the end."""
        with self._file.changing() as every:
            most = RATE * self._limit - len(self._file.made())
            yield SubscriptionTransaction(every, self._credential, self._key, self._limit, most, self._so_far)


class SubscriptionTransaction:
    """See stores/base.Transaction."""

    def __init__(
        self,
        every: dict[Id, Record],
        credential: str,
        key: str,
        limit: int,
        most: int,
        so_far: Record,
    ) -> None:
        """`limit`: that there may be; `most`: that may be created."""
        self._every, self._credential, self._key, self._limit, self._most = every, credential, key, limit, most
        self._so_far = so_far

    def get(self, id: Id) -> Record | None:
        found = self._every.get(id)
        return {"id": id, **found} if found is not None and found[CREDENTIAL] == self._credential else None

    def create(self, record: Record) -> Record:
        if len(self._every) >= self._limit:
            raise OverQuota(f"a user may have at most {self._limit} push subscriptions")
        if self._most <= 0:
            raise TooFrequent(f"a user may make at most {RATE * self._limit} push subscriptions an hour")
        self._most -= 1
        id = "P" + secrets.token_hex(12)
        self._every[id] = _kept(record) | {
            CODE: secrets.token_hex(16),
            VERIFIED: False,
            CREDENTIAL: self._credential,
            VAPID_KEY: self._key,
        }
        return {"id": id}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        if self.get(id) is None:
            raise RecordNotFound(id)
        found = self._every[id]
        found |= _kept(record)
        if record.get("verificationCode") is not None and not found[VERIFIED]:
            found |= {VERIFIED: True, **self._so_far}
        return None

    def destroy(self, id: Id) -> None:
        if self.get(id) is None:
            raise RecordNotFound(id)
        del self._every[id]


def _kept(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "id"}
