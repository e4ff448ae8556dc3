"""Create, update and destroy one record (RFC 8620 5.3), shared by /set, /copy and /import.

The only place where a StoreError becomes a SetError.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from jmapd.methods.context import Context
from jmapd.methods.order import referred, resolved
from jmapd.methods.pending import Pending
from jmapd.methods.properties import ID, find, visible
from jmapd.methods.spec import MISSING, DataType, Property
from jmapd.stores import base
from jmapd.wire import Id, Record, patch
from jmapd.wire.errors import (
    AlreadyExists,
    CannotUnsend,
    Forbidden,
    InvalidProperties,
    NotFound,
    OverQuota,
    RateLimit,
    SetError,
)
from jmapd.wire.signatures import compiled

SETS = ("Id[Boolean]", "String[Boolean]", "Id[Boolean]|null", "String[Boolean]|null")  # the only value is true


class Refused(Exception):
    """Refused for what other records are now; it may pass once they have changed in the same call."""

    def __init__(self, error: SetError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Update:
    """A patch that was checked: what is to be written and what is to be answered."""

    id: Id
    old: Record
    new: Record
    changed: set[str]
    meant: Record  # as the client has it when nothing more is said
    renamed: set[str]  # properties with keys that were given otherwise


@dataclass
class Records:
    """One call's writing of records of one type in one account."""

    context: Context
    datatype: DataType
    pending: Pending | None = None  # None: nothing can be written yet, as in prepare
    created_ids: dict[str, Id] = field(default_factory=dict)  # of this call, on top of the request's
    awaited: frozenset[str] = frozenset()  # creation ids this call may still create

    def look_up(self, creation_id: str) -> Id:
        """The id of a record created under that creation id; raises KeyError."""
        found = self.created_ids.get(creation_id) or self.context.created_ids.get(creation_id)
        if found is None:
            raise KeyError(creation_id)
        return found

    def id(self, given: str) -> Id:
        """An id, or the one that a "#creationId" stands for; raises NotFound."""
        try:
            return self.look_up(given[1:]) if given.startswith("#") else given
        except KeyError as error:
            raise NotFound(f"no record was created as {given[:80]!r}") from error

    # -- create

    def given(self, properties: Record) -> Record:
        """A whole new record out of what the client gave: checked, references resolved, defaults filled in."""
        rows = {name: self._row(name) for name in properties}
        wrong = [name for name, row in rows.items() if row is None or row.server_set]
        if wrong:
            raise InvalidProperties(wrong, f"unknown, or set by the server only: {', '.join(wrong)[:200]}")
        record = {name: self._value(name, row, properties[name])[0] for name, row in rows.items() if row is not None}
        self._check_types(record, rows)
        self._fill(record)
        self._check_references(record, record)
        return record

    def create(self, properties: Record) -> tuple[Record, Record]:
        """The whole new record, and what of it the client does not know. Raises SetError, Refused."""
        return self.commit(self.given(properties), properties)

    def commit(self, record: Record, properties: Record) -> tuple[Record, Record]:
        """As `create`, for a record out of `given` (or prepare_create)."""
        hooks, pending = self.datatype.hooks, self._pending()
        with translated():
            if hooks.commit_create:
                answer = hooks.commit_create(self.context, pending, record)
                return record | answer, answer
        record = self.add(record)
        return record, self._unknown_to_client(record, properties)

    def copy(self, record: Record, properties: Record, prepared: Any) -> tuple[Record, Record]:
        """As `commit`, for /copy; `prepared`: what prepare_copy answered."""
        commit = self.datatype.hooks.commit_copy
        if commit is None:
            return self.commit(record, properties)
        with translated():
            answer = commit(self.context, self._pending(), record, prepared)
        return record | answer, answer

    def add(self, record: Record) -> Record:
        """A record that needs no commit_create, as /import makes it; with what the server set."""
        unique = self.datatype.unique
        with translated():
            self._validate(None, record)
            try:
                return record | self._pending().create(record)
            except base.RecordExists as error:
                if unique is None:
                    raise
                # RFC 8620 5.3 has no alreadyExists; what it has in 5.4 is told nevertheless
                wrong = InvalidProperties([unique], f"{unique}: another {self.datatype.name} has it")
                wrong.more["existingId"] = error.existing_id
                raise wrong from error

    def _fill(self, record: Record) -> None:
        """Defaults; raises InvalidProperties for what must be given."""
        seen = visible(self.context, self.datatype)
        missing = [
            name
            for name, row in seen.items()
            if row.default is MISSING
            and row.stored
            and not (row.server_set or row.optional or name in record or name == "id")
        ]
        if missing:
            raise InvalidProperties(missing, f"must be given: {', '.join(missing)}")
        for name, row in self.datatype.properties.items():
            if name not in record and row.stored and row.default is not MISSING and row.dynamic is None:
                record[name] = copy(row.default)

    def _unknown_to_client(self, record: Record, properties: Record) -> Record:
        """RFC 8620 5.3: what the server set, defaults, and what is kept otherwise than it was given."""
        out: Record = {"id": record["id"]}
        for name, row in visible(self.context, self.datatype).items():
            if row.computed is not None:
                if row.server_set and row.by_default:
                    out[name] = row.computed(self.context, record, name)
            elif name in record and (name not in properties or properties[name] != record[name]):
                out[name] = record[name]
        if self.datatype.is_open:
            out |= {name: value for name, value in record.items() if name not in out and properties.get(name) != value}
        return out

    # -- update

    def update(self, given_id: str, given: Mapping[str, Any]) -> tuple[Id, Record | None]:
        """The id, and what changed beyond what was asked, None for nothing. Raises SetError, Refused."""
        change = self.change(given_id, given)
        if change.changed:
            with translated():
                self._validate(change.old, change.new)
        return change.id, self.write(change)

    def change(self, given_id: str, given: Mapping[str, Any]) -> Update:
        """The patch applied and checked but for the hook's rules."""
        id = self.id(given_id)
        old = self._pending().get(id)
        if old is None:
            raise NotFound(f"there is no {self.datatype.name} {id[:80]!r}")
        paths = patch.paths(given)
        rows = {path[0]: self._row(path[0]) for path in paths}
        wrong = [name for name, row in rows.items() if row is None]
        if wrong:
            raise InvalidProperties(wrong, f"unknown: {', '.join(wrong)[:200]}")
        before = dict(old)
        for name, row in rows.items():
            if row is not None and row.computed is not None:
                with translated():
                    before[name] = row.computed(self.context, old, name)
        known: dict[str, Property] = {name: row for name, row in rows.items() if row is not None}
        if not self.context.strict:  # an optional map without members is kept as none, but the client has set it
            before |= {
                path[0]: {} for path in paths if len(path) == 2 and known[path[0]].optional and path[0] not in old
            }
        paths, renamed = self._paths(paths, known)
        defaults = {name: row.default for name, row in known.items() if row.default is not MISSING}
        new, changed = patch.apply_paths(before, paths, defaults)
        # RFC 8620 5.3: what only the server sets may be sent back, but not be changed
        wrong = sorted(name for name in changed if known[name].server_set or known[name].immutable)
        if wrong:
            raise InvalidProperties(wrong, f"cannot be changed: {', '.join(wrong)}")
        # what is equal may still be wrong: 1 is equal to true
        self._check_types({name: new.get(name) for name in known if name in new or name in changed}, rows)
        self._check_references(new, changed)
        for name, row in known.items():
            # what else changes may make it mean another thing, as a utcEnd beside a new utcStart
            if row.computed is not None and name not in changed and (row.immutable or row.server_set or not changed):
                new.pop(name, None)
        meant = new
        if changed and self.datatype.hooks.prepare_update:
            with translated():
                new = self.datatype.hooks.prepare_update(self.context, old, new)
            changed = {name for name in new.keys() | old.keys() if new.get(name) != old.get(name)}
        return Update(id, old, new, changed, meant, renamed)

    def write(self, change: Update) -> Record | None:
        """Writes a checked change; what changed beyond what was asked, None for nothing."""
        if not change.changed:
            return None
        with translated():
            stored = self._pending().update(change.id, change.new, change.changed) or {}
        kept = {name: change.new.get(name) for name in change.changed} | stored
        meant, renamed = change.meant, change.renamed
        answer = {name: value for name, value in kept.items() if name in renamed or value != meant.get(name)}
        for name, row in visible(self.context, self.datatype).items():
            if row.computed is not None and row.server_set and row.by_default and not row.immutable:
                value = row.computed(self.context, change.new | stored, name)
                if value != row.computed(self.context, change.old, name):
                    answer[name] = value
        return answer or None

    def check(self, changes: Iterable[Update]) -> list[Update]:
        """Of changes that only make sense together, those that the hook's rules refuse when all are made."""
        wrong = []
        self._pending().suppose({each.id: each.new for each in changes})
        for each in changes:
            try:
                self._validate(each.old, each.new)
            except Refused:
                wrong.append(each)
        self._pending().suppose({})
        return wrong

    # -- destroy

    def destroy(self, given_id: str) -> Id:
        """The id of what is gone. Raises SetError, Refused."""
        id, pending = self.id(given_id), self._pending()
        record = pending.get(id)
        if record is None:
            raise NotFound(f"there is no {self.datatype.name} {id[:80]!r}")
        with translated():
            if self.datatype.hooks.before_destroy:
                with _deferred():
                    self.datatype.hooks.before_destroy(self.context, pending, record)
            pending.destroy(id)
        return id

    # -- parts of the above

    def _pending(self) -> Pending:
        assert self.pending is not None
        return self.pending

    def _row(self, name: str) -> Property | None:
        return find(self.context, self.datatype, name)

    def _validate(self, old: Record | None, new: Record) -> None:
        if self.datatype.hooks.validate:
            with _deferred():
                self.datatype.hooks.validate(self.context, self._pending(), old, new)

    def _value(self, name: str, row: Property, value: Any) -> tuple[Any, bool]:
        """A property's value as it is kept, and whether that differs from what was meant."""
        if row.ref:
            value = self._resolved(name, value)
        if not isinstance(value, dict):
            return value, False
        if row.type in SETS and not self.context.strict:
            value = {key: member for key, member in value.items() if member is not False}
        if row.key is None:
            return value, False
        kept = {row.key(key): member for key, member in value.items()}
        return kept, kept != value

    def _paths(
        self, paths: Mapping[tuple[str, ...], Any], rows: Mapping[str, Property]
    ) -> tuple[dict[tuple[str, ...], Any], set[str]]:
        """The patch with ids for references and normalised keys; `false` in a set removes (clients do that)."""
        out: dict[tuple[str, ...], Any] = {}
        normalised: set[str] = set()
        for path, value in paths.items():
            name, row = path[0], rows[path[0]]
            if len(path) == 1:
                value, is_other = self._value(name, row, value)
            else:
                key = self._resolved(name, path[1]) if row.ref else path[1]
                key, is_other = (row.key(key), row.key(key) != key) if row.key else (key, False)
                path = (name, key, *path[2:])
                if value is False and row.type in SETS and not self.context.strict:
                    value = None
            if is_other:
                normalised.add(name)
            out[path] = value
        return out, normalised

    def _resolved(self, name: str, value: Any) -> Any:
        try:
            return resolved(value, self.look_up)
        except KeyError as error:
            wrong = InvalidProperties([name], f"{name}: no record was created as {'#' + error.args[0][:80]!r}")
            raise Refused(wrong) if error.args[0] in self.awaited else wrong from error

    def _check_types(self, record: Record, rows: Mapping[str, Property | None]) -> None:
        wrong: dict[str, str] = {}
        for name, value in record.items():
            row = rows[name] or ID
            found = compiled(row.type)(value)
            if found is None and row.type in SETS and value and not all(member is True for member in value.values()):
                found = "must have no value but true"
            if found:
                wrong[name] = found
        if wrong:
            raise InvalidProperties(list(wrong), "; ".join(f"{name!r} {found}" for name, found in wrong.items()))

    def _check_references(self, record: Record, names: Iterable[str]) -> None:
        """RFC 8620 5.3: foreign keys must point to records that are there."""
        wrong = []
        for name in names:
            row = self._row(name)
            if row is None or row.ref is None or record.get(name) is None:
                continue
            ids = referred(record[name])
            if not all(self._exists(row.ref, id) for id in ids):
                wrong.append(name)
        if wrong:
            raise Refused(InvalidProperties(wrong, f"refers to records that do not exist: {', '.join(wrong)}"))

    def _exists(self, type: str, id: Id) -> bool:
        if type == self.datatype.name and self.pending is not None:
            return self.pending.get(id) is not None
        known: set[Id] = self.context.memo.setdefault(("ids", type), set())
        if id not in known:
            try:
                store = self.context.store(type)
            except KeyError:
                return False
            known.update(store.get([id], ("id",)))
        return id in known


@contextmanager
def _deferred() -> Iterator[None]:
    try:
        yield
    except SetError as error:
        raise Refused(error) from error


@contextmanager
def translated() -> Iterator[None]:
    """StoreErrors about one record as the SetErrors they are on the wire; the others end the call."""
    try:
        yield
    except base.RecordNotFound as error:
        raise NotFound(str(error) or None) from error
    except base.RecordExists as error:
        raise AlreadyExists(error.existing_id, "the account has it already") from error
    except base.NotStorable as error:
        raise InvalidProperties(error.properties, str(error)) from error
    except base.TooFrequent as error:
        raise RateLimit(str(error)) from error
    except base.AlreadySent as error:
        raise CannotUnsend(str(error)) from error
    except base.OverQuota as error:
        raise OverQuota(str(error) or None) from error
    except base.ReadOnly as error:
        raise Forbidden(str(error) or "the files are read-only") from error
