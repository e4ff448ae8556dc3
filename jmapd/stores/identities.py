"""Identity records (RFC 8621 6): one for each address of the account's owner, and what users made besides."""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from jmapd.formats.mail_address import normalised
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.addresses import Addresses
from jmapd.stores.objects import WritableObjects
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

GONE = "_identity"  # internal: what a user had said of an address that is none of his now; it may come back
_BLANK: Record = {"name": "", "replyTo": None, "bcc": None, "textSignature": "", "htmlSignature": "", "mayDelete": True}


class IdentityStore(WritableObjects):
    """The Identities of one account."""

    type = "Identity"
    prefix = "I"
    max_records = 1000

    def __init__(self, index: AccountIndex, owner: str, options: Mapping[str, Any]) -> None:
        super().__init__(index)
        self._owner, self._addresses = owner, Addresses(options)
        self._followed: object = None

    def may_use(self, address: str) -> bool:
        """Whether mail may be sent from that address."""
        return self._addresses.may_use(self._owner, address)

    def ids(self) -> Iterable[Id]:
        """The best address first: many clients take the first Identity as the default."""
        records = self._index.objects.all(self.type)
        first = [id for id in map(default_id, self._addresses.of(self._owner)) if id in records]
        return list(dict.fromkeys([*first, *records]))

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        return {id: _BLANK | record for id, record in super().get(ids, properties).items()}

    def follow(self, locked: Callable[[], AbstractContextManager[None]]) -> bool:
        """At the beginning of each session: default Identities come and go with the owner's addresses; whether any did.

        Many processes see the change: whoever holds the lock first makes it.
        """
        addresses = self._addresses.of(self._owner)
        if self._followed == (addresses, self.state()):
            return False
        is_due = bool(self._changes(addresses))
        if is_due:
            try:
                with locked():
                    self._index.commit(self._changes(addresses))
            except OSError as error:  # no reason to refuse the rest of the request
                log.warning("%s: Identities are not up to date: %s", self._owner, error)
        self._followed = addresses, self.state()
        return is_due

    def _changes(self, addresses: Iterable[str]) -> list[Change]:
        objects, changes = self._index.objects, list[Change]()
        wanted = {default_id(address): _BLANK | {"email": address, "mayDelete": False} for address in addresses}
        for id, record in list(objects.all(self.type).items()):
            if id not in wanted and not record.get("mayDelete", True):
                changes.append([self.type, "d", id])
                if record != _BLANK | {"email": record["email"], "mayDelete": False}:
                    changes.append([GONE, "u" if objects.get(GONE, id) else "c", id, record])
        for id, record in wanted.items():
            if objects.get(self.type, id) is None:
                kept = objects.get(GONE, id)
                changes.append([self.type, "c", id, kept or record])
                changes += [[GONE, "d", id]] if kept else []
        return changes


def default_id(address: str) -> Id:
    """From the address, so that it survives everything."""
    return "I" + hashlib.sha256(normalised(address).encode("utf-8", "replace")).hexdigest()[:24]
