"""CalendarEvent/copy and Task/copy (jmap-calendars-27 5.10, tasks-06 4.12): attachments go along."""

from typing import Any, NamedTuple

from jmapd.datatypes.jscalendar.checked import made, validate
from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.datatypes.jscalendar.links import embedded
from jmapd.datatypes.jscalendar.people import is_origin
from jmapd.methods.context import Context
from jmapd.stores.base import Account, Transaction
from jmapd.wire import Record


class Prepared(NamedTuple):
    """The event as it is in the other account, and what of its attachments the client leaves as it is."""

    original: Record
    attached: Record


def prepare(kind: Kind, context: Context, source: Account, original: Record, given: Record) -> Prepared:
    """Hook. Raises SetError."""
    kept = {name: value for name, value in original.items() if name not in kind.own and name not in given}
    whole = embedded(context, source, None, kept)
    return Prepared(original, {name: value for name, value in whole.items() if value != kept[name]})


def commit(kind: Kind, context: Context, tx: Transaction, record: Record, prepared: Any) -> Record:
    """Hook: what the server set. Raises SetError."""
    original, attached = prepared
    assert context.account is not None
    new = made(context, kind, context.account, original | attached, record | attached)
    validate(kind, context, tx, None, new)
    told = {name: value for name, value in new.items() if name not in attached and record.get(name) != value}
    return told | tx.create(new) | {"isOrigin": is_origin(context, new)}
