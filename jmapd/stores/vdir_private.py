"""What each guest has of an event for himself (jmap-calendars 5.4): kept in the index, never in the owner's file.

He sees the defaults of these properties until he sets them, also in overrides, and the later of two "updated".
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from jmapd.formats.jscalendar.instances import is_occurrence
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import RecordNotFound
from jmapd.stores.maildir_write import store_error
from jmapd.stores.vdir_format import Format, Kind
from jmapd.stores.vdir_known import KnownFiles
from jmapd.stores.vdir_transaction import VdirTransaction
from jmapd.wire import Id, Record

OVERRIDES = "recurrenceOverrides"
UPDATED = "updated"


def private_of(index: AccountIndex, kind: Kind, id: Id, guest: Id) -> Record:
    """{"own": properties, "overrides": {recurrence id: patch}, "updated": date}, each where there is something."""
    found: Record = (index.objects.get(kind.private_type, id) or {}).get(guest, {})
    return found


def seen_by(kind: Kind, record: Record, private: Record) -> Record:
    """The owner's record, in which what is private is the guest's."""
    seen: Record = {name: value for name, value in record.items() if name not in kind.private}
    seen |= private.get("own", {})
    overrides, own = _overrides(record), private.get("overrides", {})
    own = {key: patch for key, patch in own.items() if key in overrides or is_occurrence(record, key)}
    if overrides or own:
        seen[OVERRIDES] = {
            key: patch if (patch := overrides.get(key, {})).get("excluded") else _public(kind, patch) | own.get(key, {})
            for key in sorted(overrides.keys() | own.keys())
        }
    later = private.get(UPDATED)
    if later and later > record.get(UPDATED, ""):
        seen[UPDATED] = later
    return seen


def parted(kind: Kind, owners: Record, given: Record) -> tuple[Record, Record]:
    """(what the owner's record is to be, what is the guest's) when he has changed it to `given`."""
    private: Record = {"own": {name: given[name] for name in kind.private if name in given}}
    common = {name: value for name, value in given.items() if name not in kind.private}
    common |= {name: owners[name] for name in kind.private if name in owners}
    before, now = _overrides(owners), _overrides(given)
    kept: dict[str, Any] = {}
    for key, patch in now.items():
        mine = _private(kind, patch)
        if mine:
            private.setdefault("overrides", {})[key] = mine
        if _public(kind, patch) or not mine or key in before or not is_occurrence(common | {OVERRIDES: {}}, key):
            kept[key] = _public(kind, patch) | _private(kind, before.get(key, {}))
    if kept or OVERRIDES in owners:
        common[OVERRIDES] = kept
    else:
        common.pop(OVERRIDES, None)
    return common, {name: value for name, value in private.items() if value}


def _overrides(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = record.get(OVERRIDES) or {}
    return found


def _private(kind: Kind, patch: Record) -> Record:
    return {path: value for path, value in patch.items() if path.partition("/")[0] in kind.private}


def _public(kind: Kind, patch: Record) -> Record:
    return {path: value for path, value in patch.items() if path.partition("/")[0] not in kind.private}


class PrivateTransaction(VdirTransaction):
    """As the owner's, but for what is each guest's own."""

    def __init__(
        self, index: AccountIndex, root: Path, format: Format, known: KnownFiles, number: int, guest: Id
    ) -> None:
        super().__init__(index, root, format, known, number)
        self._guest = guest
        self._private: dict[Id, Record] = {}

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        is_first = kind is None and not self._pending
        super().__exit__(kind, *rest)
        if is_first:
            try:
                self._index.commit(self._more())
            except OSError as error:
                raise store_error(error) from error

    def shown(self, id: Id, record: Record) -> Record:
        """As the guest sees it."""
        private = self._private.get(id)
        if private is None:
            private = private_of(self._index, self._kind, id, self._guest)
        return seen_by(self._kind, super().shown(id, record), private)

    def create(self, record: Record) -> Record:
        """See VdirTransaction."""
        common, private = parted(self._kind, {}, record)
        made = super().create(common)
        self._private[made["id"]] = private
        return self._answer(made["id"], record) | {"id": made["id"]}

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """See VdirTransaction. What is only for the guest leaves the file as it is, with its "updated"."""
        before = self._record(id)
        if before is None:
            raise RecordNotFound(id)
        owners = super().shown(id, before)
        common, private = parted(self._kind, owners, record)
        names = {name for name in owners.keys() | common.keys() if common.get(name) != owners.get(name)}
        if names - {UPDATED}:
            super().update(id, common, names)
        elif UPDATED in record:
            private[UPDATED] = record[UPDATED]
        self._private[id] = private
        return self._answer(id, record) or None

    def _more(self) -> list[Change]:
        """All who see the item are told of it: there is one history for all."""
        changes, type = super()._more(), self._kind.private_type
        for id, private in self._private.items():
            record = self._record(id)
            if record is None or private == private_of(self._index, self._kind, id, self._guest):
                continue
            before = self._index.objects.get(type, id) or {}
            after = {guest: each for guest, each in (before | {self._guest: private}).items() if each}
            if after:
                changes.append([type, "u" if before else "c", id, after])
            elif before:
                changes.append([type, "d", id])
            if self._index.objects.get(self._kind.item_type, id) == record:
                changes.append([self._kind.item_type, "u", id, record])
        return changes
