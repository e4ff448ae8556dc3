"""Foo/set (RFC 8620 5.3)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jmapd.methods.context import Context
from jmapd.methods.order import creation_order
from jmapd.methods.pending import Pending
from jmapd.methods.properties import visible
from jmapd.methods.records import Records, Refused, Update, translated
from jmapd.methods.spec import DataType, Outcome, store_of
from jmapd.stores.base import Store
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import Forbidden, NotFound, RequestTooLarge, SetError, Singleton, StateMismatch, WillDestroy

Step = tuple[str, str]  # ("create", creation id), ("update", id), ("destroy", id)
_ROUNDS = 64  # how often what was refused is tried again while others of the call succeed


def foo_set(context: Context, datatype: DataType, args: Arguments) -> Arguments:
    """Creates, updates and destroys; each record by itself, all visible at once."""
    check_size(context, args)
    if datatype.hooks.prepare_set:
        datatype.hooks.prepare_set(context, args)
    store = store_of(context, datatype)
    old_state = store.state()
    if args.get("ifInState") not in (None, old_state):
        raise StateMismatch(f"the state is {old_state}")
    run = _Run(context, datatype, args)
    run.all(store)
    # RFC 8620 3.3, only now: nothing that failed may leave an id behind
    context.created_ids.update(run.records.created_ids)
    if datatype.hooks.after_set:
        outcome = Outcome(run.whole, list(run.updated), run.destroyed)
        context.follow_ups.extend(datatype.hooks.after_set(context, args, outcome))
    states = {"oldState": old_state, "newState": store.state()}
    head = {"accountId": args["accountId"]} | states if datatype.per_account else {}
    return {
        **head,
        "created": run.created or None,
        "updated": run.updated or None,
        "destroyed": run.destroyed or None,
        "notCreated": run.errors("create"),
        "notUpdated": run.errors("update"),
        "notDestroyed": run.errors("destroy"),
    }


def check_size(context: Context, args: Arguments) -> None:
    """Raises RequestTooLarge for more objects than maxObjectsInSet."""
    count = sum(len(args.get(name) or ()) for name in ("create", "update", "destroy"))
    largest = context.limits.max_objects_in_set
    if count > largest:
        raise RequestTooLarge(f"{count} objects; maxObjectsInSet is {largest}")


def prepare_set(context: Context, datatype: DataType, args: Arguments) -> None:
    """What can be done before the lock: hooks.prepare_create for each record (parse it, write its blobs)."""
    prepare = datatype.hooks.prepare_create
    assert prepare is not None
    check_size(context, args)
    if datatype.hooks.prepare_set:
        datatype.hooks.prepare_set(context, args)
    prepared: dict[str, Record | SetError] = context.memo.setdefault("prepared", {})
    records = Records(context, datatype)
    for key, given in (args["create"] or {}).items():
        try:
            prepared[key] = prepare(context, records.given(given))
        except SetError as error:
            prepared[key] = error
        except Refused as refused:
            prepared[key] = refused.error


@dataclass
class _Run:
    """The steps of one call, and what became of them."""

    context: Context
    datatype: DataType
    args: Arguments
    created: dict[str, Record] = field(default_factory=dict)
    whole: dict[str, Record] = field(default_factory=dict)  # creation id -> the whole record, for after_set
    updated: dict[Id, Record | None] = field(default_factory=dict)
    destroyed: list[Id] = field(default_factory=list)
    failed: dict[Step, SetError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.create: dict[str, Record] = self.args["create"] or {}
        self.update: dict[str, Record] = self.args["update"] or {}
        self.destroy: list[str] = list(dict.fromkeys(self.args["destroy"] or ()))
        self.records = Records(self.context, self.datatype, awaited=frozenset(self.create))

    def errors(self, kind: str) -> dict[str, Any] | None:
        """notCreated, notUpdated or notDestroyed; null when all went well."""
        return {key: error.wire() for (what, key), error in self.failed.items() if what == kind} or None

    def all(self, store: Store) -> None:
        """Every step, in one transaction; nothing is written when there is none."""
        order = creation_order(self.create, visible(self.context, self.datatype)) if self.create else []
        steps: list[Step] = [("create", key) for key in order]
        steps += [("update", key) for key in self.update]
        steps += [("destroy", key) for key in self.destroy]
        on_success, also_changed = self.datatype.hooks.on_success, self.datatype.hooks.also_changed
        if not steps and on_success is None:
            return
        try:
            with translated(), store.transaction() as transaction:
                self.records.pending = Pending(transaction, store)
                self._tried(steps)
                if on_success is not None and not self.failed:
                    self._changed_too(on_success(self.context, self.records.pending, self.args, self.records.id))
                if also_changed is not None:
                    self._changed_too(also_changed(self.context, self.records.pending, self.whole.values()))
        except SetError as error:  # of all together: it could not be committed, as on a full disk
            self.failed = dict.fromkeys(steps, error) | self.failed
            for done in (self.created, self.whole, self.updated, self.destroyed, self.records.created_ids):
                done.clear()

    def _changed_too(self, found: dict[Id, Record]) -> None:
        """RFC 8620 5.3: what changed beside what was asked for stands in `created` or `updated`."""
        keys = {id: key for key, id in self.records.created_ids.items()}
        for id, changed in found.items():
            if id in keys:
                self.created[keys[id]] |= changed
            else:
                self.updated[id] = (self.updated.get(id) or {}) | changed

    def _tried(self, steps: list[Step]) -> None:
        for _ in range(_ROUNDS):
            # RFC 8620 5.3: only the final state must be valid, so a step may have to wait for another
            waiting = [step for step in steps if self._waits(step)]
            if waiting and len(waiting) == len(steps):
                waiting = self._together(waiting)
                if len(waiting) == len(steps):
                    break
            if not waiting:
                break
            steps = waiting

    def _waits(self, step: Step) -> bool:
        """Tries one step; True when it may pass later."""
        kind, key = step
        if kind in self.datatype.refuses:
            self.failed[step] = Forbidden(self.datatype.refuses[kind])
            return False
        attempt: Callable[[str], None] = {"create": self._create, "update": self._update, "destroy": self._destroy}[
            kind
        ]
        try:
            attempt(key)
        except SetError as error:
            self.failed[step] = error
            return False
        except Refused as refused:
            self.failed[step] = refused.error
            return True
        self.failed.pop(step, None)
        return False

    def _create(self, key: str) -> None:
        if self.datatype.singleton:
            raise Singleton
        prepared = self.context.memo.get("prepared", {}).get(key)
        if isinstance(prepared, SetError):
            raise prepared
        records, given = self.records, self.create[key]
        record, answer = records.create(given) if prepared is None else records.commit(prepared, given)
        records.created_ids[key] = record["id"]
        self.created[key], self.whole[key] = answer, record

    def _update(self, key: str) -> None:
        if key in self.destroy or self._id(key) in self.destroy:
            raise WillDestroy
        id, answer = self.records.update(key, self.update[key])
        self.updated[id] = answer

    def _destroy(self, key: str) -> None:
        if self.datatype.singleton:
            raise Singleton
        self.destroyed.append(self.records.destroy(key))

    def _id(self, key: str) -> Id | None:
        try:
            return self.records.id(key)
        except NotFound:
            return None

    def _together(self, waiting: list[Step]) -> list[Step]:
        """Updates that are refused one by one but valid when all are made, as two names that change places."""
        changes: dict[Step, Update] = {}
        for step in waiting:
            if step[0] == "update":
                try:
                    changes[step] = self.records.change(step[1], self.update[step[1]])
                except (SetError, Refused):
                    continue
        while changes:
            wrong = self.records.check(list(changes.values()))
            if not wrong:
                break
            changes = {step: each for step, each in changes.items() if each not in wrong}
        for step, each in changes.items():
            try:
                self.updated[each.id] = self.records.write(each)
                self.failed.pop(step, None)
            except SetError as error:
                self.failed[step] = error
        return [step for step in waiting if step not in changes]
