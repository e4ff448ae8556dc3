"""isDefault and onSuccessSetIsDefault (RFC 9610 2.3, jmap-calendars-27 3.3, 4.3): one record at most is the default."""

from collections.abc import Callable, Iterable

from jmapd.methods.context import Context
from jmapd.stores.base import Transaction
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import NotFound

ARGUMENT = {"onSuccessSetIsDefault": ("String|null", None)}  # a "#creationId" is no Id
Found = dict[Id, Record]


def set_default(
    store: str, may_be: Callable[[Record], bool]
) -> Callable[[Context, Transaction, Arguments, Callable[[str], Id]], Found]:
    """Hooks.on_success for a type: what cannot be made the default is passed over."""

    def on_success(context: Context, transaction: Transaction, args: Arguments, id_of: Callable[[str], Id]) -> Found:
        given = args["onSuccessSetIsDefault"]
        try:
            new = transaction.get(id_of(given)) if given is not None else None
        except NotFound:
            new = None
        if new is None or new.get("isDefault") or not may_be(new):
            return {}
        before = [each for each in map(transaction.get, context.store(store).ids()) if each and each["isDefault"]]
        changes = [(each, False) for each in before] + [(new, True)]
        for record, is_default in changes:
            transaction.update(record["id"], record | {"isDefault": is_default}, {"isDefault"})
        return {record["id"]: {"isDefault": is_default} for record, is_default in changes}

    return on_success


def default_changed(store: str) -> Callable[[Context, Transaction, Iterable[Record]], Found]:
    """Hooks.also_changed for a type: another is the default since the one that was is destroyed (RFC 8620 5.3)."""

    def also_changed(context: Context, transaction: Transaction, created: Iterable[Record]) -> Found:
        records = context.store(store)
        before = records.get(records.ids()) | {record["id"]: record for record in created}
        after = {id: record for id in before if (record := transaction.get(id)) is not None}
        was, now = ({id: bool(each.get("isDefault")) for id, each in some.items()} for some in (before, after))
        return {id: {"isDefault": is_default} for id, is_default in now.items() if is_default != was[id]}

    return also_changed
