"""isSubscribed of those who see an account that is not theirs (RFC 8621 2): each has his own, false until he says else.

The owner's, which Dovecot may have in `subscriptions`, stays as it is.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores import subscriptions
from jmapd.stores.mailbox_transaction import Emails, MailboxTransaction, Whole
from jmapd.wire import Id, Record

GUEST = "_guest"  # internal records: by a guest's account id, the Mailboxes that he is subscribed to


def subscribed(index: AccountIndex, guest: Id) -> Mapping[Id, bool]:
    """The Mailboxes that he is subscribed to, or was while they were there."""
    found: Mapping[Id, bool] = (index.objects.get(GUEST, guest) or {"subscribed": {}})["subscribed"]
    return found


class GuestTransaction(MailboxTransaction):
    """As the owner's, but isSubscribed is the guest's."""

    def __init__(
        self, index: AccountIndex, root: Path, options: Mapping[str, Any], whole: Whole, emails: Emails, guest: Id
    ) -> None:
        super().__init__(index, root, options, whole, emails)
        self._guest = guest
        self._before = subscribed(index, guest).keys()
        self._subscribed = set(self._before)

    def get(self, id: Id) -> Record | None:
        """The Mailbox as this transaction has left it; its counts as they were before."""
        record = super().get(id)
        return record and record | {"isSubscribed": id in self._subscribed}

    def create(self, record: Record) -> Record:
        """For the owner it is as if another program had made it."""
        made = super().create(record | {"isSubscribed": not subscriptions.exists(self._root)})
        self._wish(made["id"], record["isSubscribed"])
        return made | {"isSubscribed": record["isSubscribed"]}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers the name when it is kept otherwise than it was given."""
        of_owner = self._tree.boxes.get(id, record)["isSubscribed"]
        more = super().update(id, record | {"isSubscribed": of_owner}, changed)
        self._wish(id, record["isSubscribed"])
        return more

    def _wish(self, id: Id, is_wanted: bool) -> None:
        (self._subscribed.add if is_wanted else self._subscribed.discard)(id)

    def _changes(self, found: Iterable[Change]) -> list[Change]:
        """All who see the Mailbox are told of it: there is one history for all."""
        now, boxes = self._subscribed & self._tree.boxes.keys(), self._index.objects.all("Mailbox")
        if now == self._before:
            return []
        operation = "c" if self._index.objects.get(GUEST, self._guest) is None else "u"
        told = {change[2] for change in found if change[0] == "Mailbox"}
        others = [id for id in sorted(now ^ self._before) if id in boxes and id not in told]
        record = {"subscribed": dict.fromkeys(sorted(now), True)}
        return [[GUEST, operation, self._guest, record], *(["Mailbox", "u", id, boxes[id]] for id in others)]
