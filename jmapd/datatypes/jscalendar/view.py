"""A store of events as the user sees it: single occurrences by synthetic id (jmap-calendars-27 5.5), nothing of what is
secret, and little of what is private, in another's account (5.7, 5.9).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyroaring import BitMap

from jmapd.datatypes.jscalendar import synthetic
from jmapd.datatypes.jscalendar.kind import Change, Kind
from jmapd.datatypes.jscalendar.people import is_owner_of
from jmapd.datatypes.jscalendar.shown import ICALENDAR, hides, without_hidden, without_icalendar
from jmapd.datatypes.jscalendar.stamps import differing, stamped
from jmapd.formats.jscalendar import instances
from jmapd.formats.jscalendar.validate import PRIVATE_SHOWN
from jmapd.methods.context import Context
from jmapd.stores.base import Account, RecordNotFound, Rows, Store, Table, Transaction
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

# in Context.memo: what the call changed, id -> (before, after), and what it made, uid -> ids
DONE, MADE = "done", "made"
_WITH_PEOPLE = ("participants", "recurrenceOverrides")


def privacy(record: Record) -> str:
    """public, private or secret; what is not known counts as private (JSCalendar 3.4.3)."""
    found = record.get("privacy")
    return "public" if found in (None, "public") else "secret" if found == "secret" else "private"


class View:
    """See above; all that the user may see is as the store has it."""

    def __init__(self, context: Context, account: Account, store: Store, kind: Kind) -> None:
        self._context, self._account, self._store, self.kind = context, account, store, kind
        self.is_owner = is_owner_of(context, account)
        self._closed: frozenset[Id] = frozenset() if self.is_owner else _closed(account, kind)

    def state(self) -> State:
        return self._store.state()

    @property
    def _sees_all(self) -> bool:
        return self.is_owner and not self._closed

    def is_hidden(self, record: Record) -> bool:
        """Whether for this user it is as if it was not there."""
        if not self.is_owner and privacy(record) == "secret":
            return True
        return bool(self._closed) and self._closed.issuperset(self.kind.ids(record))

    def shown(self, record: Record) -> Record:
        """What this user may read of it."""
        if self.is_owner:
            return record
        if privacy(record) != "public":
            return only_private(self.kind, record)
        return without_hidden(self._context, record, self._account) if record.get("hideAttendees") is True else record

    def ids(self) -> Iterable[Id]:
        if self._sees_all:
            return self._store.ids()
        table = self.table()
        return table.ids(table.live())

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        wanted = list(ids)
        parsed = {id: each for id in wanted if "_" in id and (each := synthetic.parsed(id)) is not None}
        if not parsed and self._sees_all:
            return self._store.get(wanted, properties)
        records = self._store.get(dict.fromkeys(parsed[id][0] if id in parsed else id for id in wanted))
        seen = {id: record for id, record in records.items() if not self.is_hidden(record)}
        dates: dict[Id, list[str]] = {}
        for base, date in parsed.values():
            dates.setdefault(base, []).append(date)
        found = {id: seen[id] for id in wanted if id not in parsed and id in seen}
        for base, wanted_dates in dates.items():
            if base in seen:
                found |= synthetic.occurrences(self.kind, seen[base], wanted_dates)
        return found if self.is_owner else {id: self.shown(record) for id, record in found.items()}

    def scan(self, properties: Collection[str] | None = None) -> Iterator[Record]:
        return (self.shown(record) for record in self._store.scan(properties) if not self.is_hidden(record))

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        """What is hidden now is gone for the user, if he ever saw it."""
        delta = self._store.changes(since, limit)
        if delta is None or self._sees_all:
            return delta
        found = self._store.get([*delta.created, *delta.updated])
        hidden = {id for id, record in found.items() if self.is_hidden(record)}
        gone = [id for id in delta.updated if id in hidden]
        delta.created = [id for id in delta.created if id not in hidden]
        delta.updated = [id for id in delta.updated if id not in hidden]
        delta.destroyed = [*delta.destroyed, *gone]
        return delta

    def table(self) -> Table:
        table = self._store.table()
        return table if self._sees_all else _Table(table, self._hidden_rows(table))

    def _hidden_rows(self, table: Table) -> BitMap:
        find = getattr(self._store, "with_key", None)
        if find is not None and not self._closed:
            rows: BitMap = find("privacy", "secret")
            return rows
        return BitMap(row for row in table.live() if self.is_hidden(table.record(row)))

    @contextmanager
    def transaction(self) -> Iterator["ViewTransaction"]:
        with self._store.transaction() as transaction:
            yield ViewTransaction(self._context, self, transaction)


class ViewTransaction:
    """Changes of occurrences become changes of their events."""

    def __init__(self, context: Context, view: View, transaction: Transaction) -> None:
        self._context, self._view, self._kind, self._tx = context, view, view.kind, transaction
        self._done: dict[Id, Change] = {}
        self._made: dict[Any, list[Id]] = {}
        context.memo |= {DONE: self._done, MADE: self._made}

    def get(self, id: Id) -> Record | None:
        """The record as this transaction has left it, or None."""
        parsed = synthetic.parsed(id)
        record = self._tx.get(id if parsed is None else parsed[0])
        if record is None or self._view.is_hidden(record):
            return None
        return record if parsed is None else synthetic.occurrence(self._kind, record, parsed[1])

    def create(self, record: Record) -> Record:
        """As Transaction.create."""
        if self._kind.check_scheduling:
            self._kind.check_scheduling(self._context, (None, record))
        answer = self._tx.create(_without_drafts_false(record))
        self._done[answer["id"]] = (None, record | answer)
        self._made.setdefault(record.get("uid"), []).append(answer["id"])
        return told(answer, record)

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """As Transaction.update."""
        parsed = synthetic.parsed(id)
        if parsed is None:
            return self._write(id, record, changed)
        base = self._base(parsed[0])
        new = synthetic.with_occurrence(self._kind, base, parsed[1], record)
        self._write(parsed[0], new, differing(base, new))
        kept = self.get(id) or {}
        return self._told({name: kept.get(name) for name in kept.keys() | record.keys()}, record, changed)

    def destroy(self, id: Id) -> None:
        """As Transaction.destroy; of an occurrence: it is excluded."""
        parsed = synthetic.parsed(id)
        if parsed is None:
            before = self._base(id)
            if self._kind.check_scheduling:
                self._kind.check_scheduling(self._context, (before, None))
            self._tx.destroy(id)
            self._done[id] = (self._done.get(id, (before, None))[0], None)
            return
        base = self._base(parsed[0])
        new = stamped(self._context, self._kind, base, instances.excluded(base, parsed[1]))
        self._write(parsed[0], new, differing(base, new))

    def _base(self, id: Id) -> Record:
        record = self._tx.get(id)
        if record is None:
            raise RecordNotFound(id)
        return record

    def _write(self, id: Id, new: Record, changed: Collection[str]) -> Record | None:
        before = self._base(id)
        if self._kind.check_scheduling:
            self._kind.check_scheduling(self._context, (before, new))
        answer = self._tx.update(id, _without_drafts_false(new), changed) or {}
        self._done[id] = (self._done.get(id, (before, None))[0], new | answer)
        return self._told(answer, new, changed)

    def _told(self, answer: Record, record: Record, changed: Collection[str]) -> Record:
        """Nothing of participants that the user does not see (5.1.3), nor of iCalendar where he says nothing of it."""
        out = told(answer, record)
        if ICALENDAR not in changed:
            out.pop(ICALENDAR, None)
        if hides(self._context, record | answer):
            out.pop(ICALENDAR, None)
            seen = without_hidden(self._context, record | answer)
            out |= {name: seen[name] for name in _WITH_PEOPLE if name in seen and (name in out or name in changed)}
        return out


def _without_drafts_false(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "isDraft" or value}


def told(answer: Record, given: Record) -> Record:
    """What a client is told of what is kept otherwise: nothing of iCalendar (5.7), no null for what says nothing."""
    shown, known = without_icalendar(answer), without_icalendar(given)
    return {
        name: value
        for name, value in shown.items()
        if value != known.get(name)
        and (value is not None or known[name] not in ({}, [], False))
        and (name != ICALENDAR or ICALENDAR in given)
    }


class _Table:
    """A table without some of its rows."""

    def __init__(self, table: Table, hidden: BitMap) -> None:
        self._table, self._hidden, self.natural_sort = table, hidden, table.natural_sort

    def live(self) -> BitMap:
        return self._table.live() - self._hidden

    def row(self, id: Id) -> int | None:
        row = self._table.row(id)
        return None if row is None or row in self._hidden else row

    def ids(self, rows: Iterable[int]) -> list[Id]:
        return self._table.ids(rows)

    def record(self, row: int) -> Record:
        return self._table.record(row)

    def natural(self, rows: BitMap, is_ascending: bool) -> Rows:
        return self._table.natural(rows, is_ascending)

    def groups(self, rows: Rows, collapse: str) -> np.ndarray[Any, Any]:
        return self._table.groups(rows, collapse)


def only_private(kind: Kind, record: Record) -> Record:
    """Times and metadata (JSCalendar 3.4.3), and what JMAP adds."""
    kept = {"id", kind.base, kind.books, "isDraft", *PRIVATE_SHOWN}
    out = {name: value for name, value in record.items() if name in kept}
    overrides: Mapping[str, Any] | None = out.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        shown = {"excluded", *PRIVATE_SHOWN}
        out["recurrenceOverrides"] = {
            date: {pointer: value for pointer, value in patch.items() if pointer.partition("/")[0] in shown}
            for date, patch in overrides.items()
            if isinstance(patch, dict)
        }
    return out


def _closed(account: Account, kind: Kind) -> frozenset[Id]:
    """Calendars in which this user may read nothing (4, mayReadItems)."""
    if kind.book_type not in account.store_names:
        return frozenset()
    books = account.store(kind.book_type).scan()
    return frozenset(each["id"] for each in books if not (each.get("myRights") or {}).get("mayReadItems", True))
