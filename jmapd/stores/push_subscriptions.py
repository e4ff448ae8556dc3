"""PushSubscriptions (RFC 8620 7.2): a file for each user, written by the server and by the worker that pushes.

URL and keys are secrets of a device: they are in no journal, and what is replaced is overwritten (7.2: securely erase).
"""

import contextlib
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from jmapd.files import atomic, locks
from jmapd.stores.base import OverQuota, RecordNotFound
from jmapd.wire import Id, Record, State

FOLDER = ".push"  # in the state folder
_SUFFIX = ".json"
# of a record, beside the properties of RFC 8620:
CODE, VERIFIED, CREDENTIAL, VAPID_KEY = "code", "isVerified", "credential", "vapidKey"
TOLD, EMAILS = "told", "emails"  # what was pushed last: states, and of each account the newest Email


class SubscriptionFile:
    """All of one user, whatever credentials made them."""

    def __init__(self, state_dir: Path, account_id: Id, user: str) -> None:
        self.path, self._user = state_dir / FOLDER / f"{account_id}{_SUFFIX}", user

    def read(self) -> dict[Id, Record]:
        """By id."""
        for _ in range(3):
            try:
                data = self.path.read_bytes()
            except FileNotFoundError:
                return {}
            with contextlib.suppress(orjson.JSONDecodeError):  # it was overwritten while we read: a newer one is there
                found: dict[Id, Record] = orjson.loads(data)["subscriptions"]
                return found
        return {}

    @contextmanager
    def changing(self) -> Iterator[dict[Id, Record]]:
        """Under a lock: what the block leaves in the mapping is what is there afterwards. Raises OSError."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        with locks.exclusive(self.path.with_suffix(".lock")):
            before = self.read()
            now = orjson.loads(orjson.dumps(before))
            yield now
            if now != before:
                self._write(now)

    def _write(self, now: Mapping[Id, Record]) -> None:
        try:
            old = os.open(self.path, os.O_WRONLY)
        except FileNotFoundError:
            old = -1
        try:
            if now:
                atomic.write(self.path, orjson.dumps({"user": self._user, "subscriptions": now}))
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
            user = orjson.loads(path.read_bytes())["user"]
        except (OSError, orjson.JSONDecodeError, KeyError):
            continue
        yield user, SubscriptionFile(state_dir, path.stem, user)


class PushSubscriptionStore:
    """Those that one user made with one set of credentials (7.2: only they see and change them)."""

    def __init__(self, file: SubscriptionFile, credential: str, limit: int) -> None:
        self._file, self._credential, self._limit = file, credential, limit

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
            yield SubscriptionTransaction(every, self._credential, self._limit)


class SubscriptionTransaction:
    """See stores/base.Transaction."""

    def __init__(self, every: dict[Id, Record], credential: str, limit: int) -> None:
        self._every, self._credential, self._limit = every, credential, limit

    def get(self, id: Id) -> Record | None:
        found = self._every.get(id)
        return {"id": id, **found} if found is not None and found[CREDENTIAL] == self._credential else None

    def create(self, record: Record) -> Record:
        if len(self._every) >= self._limit:
            raise OverQuota(f"a user may have at most {self._limit} push subscriptions")
        id = "P" + secrets.token_hex(12)
        self._every[id] = _kept(record) | {
            CODE: secrets.token_hex(16),
            VERIFIED: False,
            CREDENTIAL: self._credential,
        }
        return {"id": id}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        if self.get(id) is None:
            raise RecordNotFound(id)
        self._every[id] |= _kept(record)
        if record.get("verificationCode") is not None:
            self._every[id][VERIFIED] = True
        return None

    def destroy(self, id: Id) -> None:
        if self.get(id) is None:
            raise RecordNotFound(id)
        del self._every[id]


def _kept(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "id"}
