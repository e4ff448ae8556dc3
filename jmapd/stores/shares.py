"""Who sees what of an account, and what he is told when that changes (RFC 9670 3): by the configuration, or because
what was shared is destroyed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import Account, Guest, Store, StoreError
from jmapd.stores.read_only import reading
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

SHARED = "_shared"  # internal: one record, whom the account was shared with when that was looked at last
WITH = "with"
ADMINISTRATOR: Record = {"name": "Administrator", "email": None, "principalId": None}
TYPES = ("Calendar", "TaskList", "AddressBook", "Mailbox")

Note = tuple[str, Record]  # (user, ShareNotification but id and created)
Tell = Callable[[Iterable[Note]], None]


class Shared(Protocol):
    """An account that others see, too."""

    id: Id
    guests: Mapping[str, Guest]
    store_names: frozenset[str]

    @property
    def index(self) -> AccountIndex: ...
    def store(self, name: str) -> Store: ...
    def locked(self) -> AbstractContextManager[None]: ...


def rights_of(guest: Guest | None, record: Record) -> Record | None:
    """myRights of a record as a guest has them; None for nobody."""
    if guest is None:
        return None
    rights: Record = (reading(record) if guest.is_read_only else record)["myRights"]
    return rights


def note(account: Id, type: str, record: Record, changed_by: Record, was: Record | None, now: Record | None) -> Record:
    """A ShareNotification."""
    return {
        "changedBy": changed_by,
        "objectType": type,
        "objectAccountId": account,
        "objectId": record["id"],
        "oldRights": was,
        "newRights": now,
        "name": record["name"],
    }


def destroyed(account: Account, type: str, records: Iterable[Record], changed_by: Record) -> list[Note]:
    """For each whom they were shared with (jmap-calendars-27 4.3)."""
    return [
        (user, note(account.id, type, record, changed_by, rights_of(guest, record), None))
        for record in records
        for user, guest in account.guests.items()
    ]


def follow(account: Shared, tell: Tell) -> bool:
    """Tells those of whom the configuration says something else than at the last time; whether there were any."""
    try:
        return _follow(account, tell)
    except (StoreError, OSError) as error:  # no reason to refuse the request: the next one tries again
        log.warning("%s: those who see it are not told of what changed: %s", account.id, error)
        return False


def _follow(account: Shared, tell: Tell) -> bool:
    index = account.index
    known = index.objects.get(SHARED, WITH)
    now = {user: guest.is_read_only for user, guest in account.guests.items()}
    if known is not None and known["users"] == now or known is None and not now:
        return False
    with account.locked():
        known = index.objects.get(SHARED, WITH)
        if known is not None and known["users"] == now:
            return False
        before = now if known is None else known["users"]  # the first time nobody was told anything else
        if before != now:
            tell(_changed(account, before))
        change: Change = [SHARED, "c" if known is None else "u", WITH, {"users": now}]
        index.commit([change])
    return True


def _changed(account: Shared, before: Mapping[str, bool]) -> list[Note]:
    notes: list[Note] = []
    for type in TYPES:
        if type not in account.store_names:
            continue
        for record in account.store(type).scan():
            if type == "Mailbox" and record["role"] != "inbox":
                continue  # it stands for all: there may be thousands
            if (
                type == "TaskList"
                and "Calendar" in account.store_names
                and account.store("Calendar").get([record["id"]])
            ):
                continue  # the same collection
            for user in dict.fromkeys([*before, *account.guests]):
                was = rights_of(Guest("", before[user]) if user in before else None, record)
                now = rights_of(account.guests.get(user), record)
                if was != now:
                    notes.append((user, note(account.id, type, record, ADMINISTRATOR, was, now)))
    return notes
