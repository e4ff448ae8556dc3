"""Books as guests of an account see them: some properties are each one's own (RFC 9610 2, jmap-calendars 4.3)."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import RecordNotFound
from jmapd.stores.vdir_book_transaction import BookTransaction, Whole
from jmapd.stores.vdir_format import INHERITED, Format, Kind
from jmapd.stores.vdir_known import KnownFiles
from jmapd.wire import Id, Record

SUBSCRIBED = "isSubscribed"

Own = dict[Id, Record]  # by book: what the guest has set


def own_of(index: AccountIndex, kind: Kind, guest: Id) -> Own:
    """What the guest has set of books that are there, or were."""
    record = index.objects.get(kind.guest_type, guest) or {"subscribed": {}}
    found: Own = {id: dict(own) for id, own in record.get("own", {}).items()}
    for id in record["subscribed"]:
        found.setdefault(id, {})[SUBSCRIBED] = True
    return found


def seen_by(kind: Kind, book: Record, own: Mapping[str, Any]) -> Record:
    """The owner's book with what the guest has for himself."""
    defaults = {name: value for name, value in kind.own.items() if value is not INHERITED}
    return {**book, **defaults, **own}


class GuestBookTransaction(BookTransaction):
    """As the owner's, but for what is each one's own."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        format: Format,
        known: KnownFiles,
        number: int,
        whole: Whole,
        guest: Id,
    ) -> None:
        super().__init__(index, root, format, known, number, whole)
        self._guest = guest
        self._before = own_of(index, self._kind, guest)
        self._own = {id: dict(own) for id, own in self._before.items()}

    def get(self, id: Id) -> Record | None:
        """The book as this transaction has left it."""
        record = super().get(id)
        return record and seen_by(self._kind, record, self._own.get(id, {}))

    def create(self, record: Record) -> Record:
        """For the owner it is as if another program had made it: with the defaults, and under that name."""
        names = self._kind.own.keys() - {"name", "color"}
        made = super().create({name: value for name, value in record.items() if name not in names})
        self._wish(made["id"], {SUBSCRIBED: True} | record, names)
        return self._answer(made["id"], record) | {"id": made["id"]}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Answers what is kept otherwise than it was given."""
        owners, names = super().get(id), set(changed) & self._kind.own.keys()
        if owners is None:
            raise RecordNotFound(id)
        if set(changed) - names:
            super().update(id, record | {name: owners[name] for name in self._kind.own}, set(changed) - names)
        self._wish(id, record, names)
        self._is_changed = True
        kept = self._answer(id, record)
        return {name: value for name, value in kept.items() if name in changed} or None

    def _wish(self, id: Id, record: Record, names: Iterable[str]) -> None:
        own = self._own.setdefault(id, {})
        own |= {name: record[name] for name in names if name in record}

    def _more(self, found: Iterable[Change]) -> list[Change]:
        """All who see the book are told of it: there is one history for all."""
        now = {id: own for id, each in self._own.items() if id in self._collections and (own := self._kept(each))}
        if now == self._before:
            return []
        type = self._kind.guest_type
        operation = "c" if self._index.objects.get(type, self._guest) is None else "u"
        books = self._index.objects.all(self._kind.book_type)
        told = {change[2] for change in found if change[0] == self._kind.book_type}
        others = [
            id
            for id in sorted(now.keys() | self._before.keys())
            if now.get(id) != self._before.get(id) and id in books and id not in told and id in self._collections
        ]
        touched = [[self._kind.book_type, "u", id, books[id]] for id in others]
        return [[type, operation, self._guest, _record(now)], *touched]

    def _kept(self, own: Record) -> Record:
        """Without what is as it would be anyhow."""
        nothing = object()
        return {name: value for name, value in own.items() if value != self._kind.own.get(name, nothing)}


def _record(own: Own) -> Record:
    subscribed = sorted(id for id, each in own.items() if each.get(SUBSCRIBED))
    rest = {id: {name: value for name, value in each.items() if name != SUBSCRIBED} for id, each in own.items()}
    record: Record = {"subscribed": dict.fromkeys(subscribed, True)}
    if any(rest.values()):
        record["own"] = {id: each for id, each in sorted(rest.items()) if each}
    return record
