"""Principals and ShareNotifications (RFC 9670): one index for all users, beside those of the accounts.

Whoever holds an account may enter this one for a moment, never the other way round.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jmapd.formats.calendar_address import mailto, normalised_uri
from jmapd.formats.mail_address import split
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.account import FileAccount, Lock
from jmapd.stores.addresses import ANY, Addresses
from jmapd.stores.maildir_write import store_error
from jmapd.stores.objects import WritableObjects
from jmapd.wire import Id, Record
from jmapd.wire.dates import utc_date

log = logging.getLogger(__name__)

PRINCIPAL, NOTIFICATION = "Principal", "ShareNotification"
GONE = "_principal"  # internal: what was known of one who is no user now; he may come back
NAME = ".principals"  # the folder beside those of the accounts
LOOK_SECONDS = 30.0  # until addresses are asked for again
MAX_NOTIFICATIONS = 200  # of one user: with one more his oldest goes (3)

People = Callable[[], Mapping[str, bool]]  # who there is, by user name: whether he logs in, or is a group


@lru_cache(maxsize=65536)
def principal_id(user: str) -> Id:
    """From the name, so that it survives everything."""
    return "P" + _digits(user, 24)


def notification_prefix(user: str) -> str:
    """Ids tell whose they are, also of what is gone."""
    return "S" + _digits(user, 8)


class PrincipalStore(WritableObjects):
    """All Principals."""

    type = PRINCIPAL
    prefix = "P"


class ShareNotificationStore(WritableObjects):
    """All users' ShareNotifications; `user` says whose."""

    type = NOTIFICATION
    prefix = "S"


class DirectoryPart:
    """The only part of this account; who there is comes from the configuration."""

    store_names = frozenset((PRINCIPAL, NOTIFICATION))
    is_read_only = False

    def __init__(self, root: Path, people: People, options: Mapping[str, Any]) -> None:
        self.root, self._people, self._options = root, people, options
        self._followed: tuple[object, float] = None, 0.0

    def check(self) -> None:
        """Its folder is made when it is not there."""

    def begin(self) -> None:
        """A request begins."""

    def watched(self) -> list[str]:
        """None: what there is comes from the configuration."""
        return []

    def close(self) -> None:
        """Nothing is held."""

    def open(self, index: AccountIndex, lock: Lock, follow: Callable[[], None]) -> Mapping[str, Any]:
        """The stores over an index."""
        self._index, self._lock = index, lock
        self._followed = None, 0.0
        return {PRINCIPAL: PrincipalStore(index), NOTIFICATION: ShareNotificationStore(index)}

    def follow(self) -> bool:
        """Principals come and go with the users; whether any did."""
        people, now = self._people(), time.monotonic()
        seen, at = self._followed
        if seen is people and now - at < LOOK_SECONDS:
            return False
        is_due = bool(self._changes(people))
        if is_due:
            try:
                with self._lock():
                    self._index.commit(self._changes(people))
            except OSError as error:
                log.warning("Principals are not up to date: %s", error)
        self._followed = people, now
        return is_due

    def _changes(self, people: Mapping[str, bool]) -> list[Change]:
        objects, changes = self._index.objects, list[Change]()
        wanted = {principal_id(user): self._wanted(user, is_login) for user, is_login in people.items()}
        for id, record in objects.all(PRINCIPAL).items():
            if id not in wanted:
                changes += [[PRINCIPAL, "d", id], [GONE, "u" if objects.has(GONE, id) else "c", id, record]]
        for id, made in wanted.items():
            before = objects.get(PRINCIPAL, id)
            kept = before or objects.get(GONE, id) or {"name": made["user"], "description": None, "timeZone": None}
            record = kept | made
            if record != before:
                changes.append([PRINCIPAL, "u" if before else "c", id, record])
                changes += [[GONE, "d", id]] if objects.has(GONE, id) else []
        return changes

    def _wanted(self, user: str, is_login: bool) -> Record:
        addresses = [each for each in Addresses(self._options).of(user) if split(each)[0] != ANY]
        kind = "individual" if is_login else "group"
        return {"user": user, "type": kind, "email": next(iter(addresses), None), "addresses": addresses}


class Directory(FileAccount):
    """All Principals, and what users are told of what is shared with them. Entered for moments only."""

    def __init__(self, state_dir: Path, people: People, options: Mapping[str, Any]) -> None:
        folder = state_dir / NAME
        super().__init__(NAME, NAME, "", folder, [DirectoryPart(folder, people, options)], options)

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        """ShareNotifications for users, but id and created. Those of one object become one. Raises StoreError."""
        notes = list(notes)
        if not notes:
            return
        with self.session(), self.lock():
            try:
                for user in dict.fromkeys(user for user, _ in notes):
                    self.index.commit(self._told(user, [record for each, record in notes if each == user]))
            except OSError as error:
                raise store_error(error) from error

    def _told(self, user: str, notes: Iterable[Record]) -> list[Change]:
        store = ShareNotificationStore(self.index)
        old = {id: each for id, each in self.index.objects.all(NOTIFICATION).items() if each["user"] == user}
        records, prefix = dict(old), notification_prefix(user)
        for note in notes:
            same = next((id for id, each in records.items() if _object(each) == _object(note)), None)
            if same is not None:
                note = note | {"oldRights": records.pop(same)["oldRights"]}
            if note["oldRights"] != note["newRights"]:
                at = time.time_ns()
                made = {"user": user, "created": utc_date(at // 10**9), "at": at, **note}
                records[prefix + store.new_id()[9:]] = made
        for id in sorted(records, key=lambda id: records[id]["at"])[:-MAX_NOTIFICATIONS]:
            del records[id]
        come: list[Change] = [[NOTIFICATION, "c", id, each] for id, each in records.items() if id not in old]
        return [*([NOTIFICATION, "d", id] for id in old if id not in records), *come]


def has_address(record: Record, calendar_address: str) -> bool:
    """Whether a calendarAddress is the Principal's."""
    wanted = normalised_uri(calendar_address)
    return any(normalised_uri(mailto(each)) == wanted for each in record["addresses"])


def _object(note: Record) -> tuple[str, Id, Id]:
    return note["objectType"], note["objectAccountId"], note["objectId"]


def _digits(user: str, count: int) -> str:
    return hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:count]
