"""ParticipantIdentity records (jmap-calendars-27 3): one for each address of the owner, and what users made besides."""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from jmapd.formats.calendar_address import mailto, normalised_uri
from jmapd.formats.mail_address import split
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.addresses import ANY, Addresses
from jmapd.stores.base import RecordExists, RecordNotFound, Transaction
from jmapd.stores.objects import ObjectTransaction, WritableObjects
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

TYPE = "ParticipantIdentity"
GONE = "_participant"  # internal: what a user had said of an address that is none of his now; it may come back


class ParticipantIdentityStore(WritableObjects):
    """The ParticipantIdentities of one account. A record has `given` where a user made it; one at most `isDefault`."""

    type = TYPE
    prefix = "A"
    max_records = 1000

    def __init__(self, index: AccountIndex, owner: str, options: Mapping[str, Any]) -> None:
        super().__init__(index)
        self._owner, self._addresses = owner, Addresses(options)
        self._followed: object = None

    def may_use(self, address: str) -> bool:
        """Whether that mail address is the owner's."""
        return split(address)[0] != ANY and self._addresses.may_use(self._owner, address)

    def ids(self) -> Iterable[Id]:
        """The default first, then the owner's addresses, the best first."""
        records = self._index.objects.all(self.type)
        own = [id for id in map(_id_of, self._own()) if id in records]
        return list(dict.fromkeys([*filter(None, [self.default_id()]), *own, *records]))

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        default = self.default_id()
        return {
            id: {name: each for name, each in record.items() if name != "given"} | {"isDefault": id == default}
            for id, record in super().get(ids, properties).items()
        }

    def is_given(self, id: Id) -> bool:
        """Whether a user made it, so that he may destroy it, too."""
        return bool((self._index.objects.get(self.type, id) or {}).get("given"))

    def default_id(self) -> Id | None:
        """What a user chose, else the best of the owner's addresses."""
        return self.default_of(self._index.objects.all(self.type))

    def default_of(self, records: Mapping[Id, Record]) -> Id | None:
        """As default_id(), of records as they will be."""
        chosen = next((id for id, record in records.items() if record.get("isDefault")), None)
        own = (id for id in map(_id_of, self._own()) if id in records)
        return chosen or next(own, None) or min(records, default=None)

    def touched(self, changes: list[Change]) -> list[Change]:
        """These, and what becomes or no longer is the default by them: clients are told of it."""
        before = dict(self._index.objects.all(self.type))
        after = dict(before)
        for type, operation, id, *record in changes:
            if type == self.type:
                after.pop(id, None)
                after |= {id: record[0]} if operation != "d" else {}
        old, new, told = self.default_of(before), self.default_of(after), {change[2] for change in changes}
        flipped = [id for id in (old, new) if old != new and id in after and id not in told]
        return changes + [[self.type, "u", id, after[id]] for id in flipped]

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        return IdentityTransaction(self, self._index)

    def follow(self, locked: Callable[[], AbstractContextManager[None]]) -> bool:
        """At the beginning of each session: they come and go with the owner's addresses; whether any did.

        Many processes see the change: whoever holds the lock first makes it.
        """
        addresses = self._own()
        if self._followed == (addresses, self.state()):
            return False
        is_due = bool(self._changes(addresses))
        if is_due:
            try:
                with locked():
                    self._index.commit(self.touched(self._changes(addresses)))
            except OSError as error:  # no reason to refuse the rest of the request
                log.warning("%s: ParticipantIdentities are not up to date: %s", self._owner, error)
        self._followed = addresses, self.state()
        return is_due

    def _own(self) -> list[str]:
        return [each for each in self._addresses.of(self._owner) if split(each)[0] != ANY]

    def _changes(self, addresses: Iterable[str]) -> list[Change]:
        objects, changes = self._index.objects, list[Change]()
        wanted = {_id_of(address): {"name": "", "calendarAddress": mailto(address)} for address in addresses}
        for id, record in list(objects.all(self.type).items()):
            if id not in wanted and not record.get("given"):
                changes.append([self.type, "d", id])
                if record["name"] or record.get("isDefault"):
                    changes.append([GONE, "u" if objects.get(GONE, id) else "c", id, record])
        for id, record in wanted.items():
            if objects.get(self.type, id) is None:
                kept = objects.get(GONE, id)
                changes.append([self.type, "c", id, kept or record])
                changes += [[GONE, "d", id]] if kept else []
        return changes


class IdentityTransaction(ObjectTransaction):
    """Keeps that one at most is the default, and that no two stand for the same address."""

    def __init__(self, store: ParticipantIdentityStore, index: AccountIndex) -> None:
        super().__init__(store, index)
        self._identities = store

    def changes(self) -> list[Change]:
        """What the journal is told."""
        return self._identities.touched(super().changes())

    def get(self, id: Id) -> Record | None:
        """The record as this transaction has left it."""
        record = super().get(id)
        if record is None:
            return None
        shown = {name: each for name, each in record.items() if name != "given"}
        return shown | {"isDefault": id == self._identities.default_of(self._all())}

    def create(self, record: Record) -> Record:
        """Raises RecordExists, OverQuota."""
        self._check_address(record["calendarAddress"], None)
        kept = {name: record[name] for name in ("name", "calendarAddress")}
        made = super().create(kept | {"given": True})
        return made | {"isDefault": made["id"] == self._identities.default_of(self._all())}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Raises RecordNotFound, RecordExists."""
        if self.get(id) is None:
            raise RecordNotFound(id)
        if "calendarAddress" in changed:
            self._check_address(record["calendarAddress"], id)
        kept = {name: record[name] for name in ("name", "calendarAddress")}
        before = self._stored(id)
        if "isDefault" in changed:
            kept |= {"isDefault": True} if record["isDefault"] else {}
        elif before.get("isDefault"):
            kept |= {"isDefault": True}
        return super().update(id, kept | ({"given": True} if before.get("given") else {}), changed)

    def _stored(self, id: Id) -> Record:
        return self._changed.get(id) or self._index.objects.get(TYPE, id) or {}

    def _all(self) -> dict[Id, Record]:
        known = {**self._index.objects.all(TYPE), **self._changed}
        return {id: record for id, record in known.items() if record is not None}

    def _check_address(self, address: str, own_id: Id | None) -> None:
        wanted = normalised_uri(address)
        for id, record in self._all().items():
            if id != own_id and normalised_uri(record["calendarAddress"]) == wanted:
                raise RecordExists(id)


def _id_of(address: str) -> Id:
    """From the address, so that it survives everything."""
    return "A" + hashlib.sha256(normalised_uri(mailto(address)).encode("utf-8", "replace")).hexdigest()[:24]
