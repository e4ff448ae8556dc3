"""What the server sets when an event changes: updated, created, sequence (jmap-calendars-27 5.9)."""

import time
from collections.abc import Iterator
from typing import Any

from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.datatypes.jscalendar.people import is_origin
from jmapd.formats.jscalendar import instances
from jmapd.formats.jscalendar.validate import PER_USER, normalised
from jmapd.formats.object_types.schema import SAFE
from jmapd.methods.context import Context
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date, utc_date

_NOT_COUNTED = frozenset(("id", "isDraft", "updated", *PER_USER))
# what says no more than nothing at all; clients send it with each change
_DEFAULTS = {"descriptionContentType": "text/plain"}


def now() -> str:
    return utc_date(int(time.time()))


def stamped_new(context: Context, record: Record) -> Record:
    """A new event: `created` always, `updated` where the server is the origin."""
    moment = now()
    out = record | {"created": record.get("created") or moment}
    if not is_origin(context, record):
        return out
    if _seconds(out["created"]) > _seconds(moment):
        out["created"] = moment
    return out | {"updated": moment}


def stamped(context: Context, kind: Kind, old: Record, new: Record) -> Record:
    """A changed event; nothing where another server is the origin."""
    if not is_origin(context, new):
        return new
    out = new | {"updated": now()}
    before, given = _number(old.get("sequence")), _number(new.get("sequence"))
    if given <= before and is_revised(kind, old, new):
        out["sequence"] = min(before + 1, SAFE)
    return out


def is_revised(kind: Kind, old: Record, new: Record) -> bool:
    """Whether something other than where it is, isDraft, updated and per-user properties differs."""
    names = revised(old, new) - (_NOT_COUNTED | {kind.books, kind.base})
    if names == {"recurrenceOverrides"}:
        pairs = changed_occurrences(old, new)
        return any(not (was and now) or not revised(was, now) <= _NOT_COUNTED for was, now in pairs)
    return bool(names)


def changed_occurrences(old: Record, new: Record) -> Iterator[tuple[Record | None, Record | None]]:
    """Of each occurrence whose override differs: what it was and what the override makes of it; None: there is none."""
    old, overrides = normalised(old), normalised(new).get("recurrenceOverrides") or {}
    before = old.get("recurrenceOverrides") or {}
    for date in before.keys() | overrides.keys():
        if before.get(date) != overrides.get(date):
            only = {date: overrides[date]} if date in overrides else {}
            yield instances.instance(old, date), instances.instance(old | {"recurrenceOverrides": only}, date)


def differing(old: Record, new: Record) -> set[str]:
    """The properties that do."""
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def revised(old: Record, new: Record) -> set[str]:
    """The properties that say something else."""
    return {name for name in differing(old, new) if _said(old, name) != _said(new, name)}


def _said(record: Record, name: str) -> Any:
    value = record.get(name)
    return None if value is False or value == _DEFAULTS.get(name) else value


def _number(value: object) -> int:
    return value if type(value) is int and value > 0 else 0


def _seconds(date: object) -> int:
    """0 for what is no date: that is told elsewhere."""
    try:
        return parse_utc_date(str(date))
    except ValueError:
        return 0
