"""Ids of single occurrences of a recurring event (jmap-calendars-27 5.5, 5.11): made by the server, kept nowhere."""

import re
from typing import Any

from jmapd.datatypes.jscalendar.kind import Kind
from jmapd.formats.jscalendar import instances
from jmapd.formats.jscalendar.validate import normalised
from jmapd.formats.object_types.schema import SAFE
from jmapd.wire import Id, Record

_SYNTHETIC = re.compile(r"([A-Za-z0-9-]+)_(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)", re.ASCII).fullmatch


def synthetic(base: Id, recurrence_id: str) -> Id:
    """The id of an occurrence."""
    return f"{base}_{recurrence_id[:19].replace('-', '').replace(':', '')}"


def parsed(id: Id) -> tuple[Id, str] | None:
    """(id of the event, recurrence id); None for the id of an event itself."""
    found = _SYNTHETIC(id)
    if found is None:
        return None
    base, year, month, day, hour, minute, second = found.groups()
    return base, f"{year}-{month}-{day}T{hour}:{minute}:{second}"


def base_of(id: Id) -> Id:
    found = parsed(id)
    return id if found is None else found[0]


def occurrence(kind: Kind, base: Record, recurrence_id: str) -> Record | None:
    """One occurrence as a record; None where the event has none there."""
    found = instances.instance(base, recurrence_id)
    if found is None:
        return None
    return found | {"id": synthetic(base["id"], recurrence_id), kind.base: base["id"]}


def occurrences(kind: Kind, base: Record, recurrence_ids: list[str]) -> dict[Id, Record]:
    """Several, by their ids; those that there are."""
    found = instances.instances(base, recurrence_ids)
    ids = {date: synthetic(base["id"], date) for date in found}
    return {ids[date]: record | {"id": ids[date], kind.base: base["id"]} for date, record in found.items()}


def with_occurrence(kind: Kind, base: Record, recurrence_id: str, wanted: Record) -> Record:
    """The event in which an occurrence is as wanted; when it changed and who organizes it is the event's own."""
    out, before = _acknowledged(base, wanted, recurrence_id), instances.instance(base, recurrence_id) or base
    out = out | {name: wanted[name] for name in ("updated",) if name in wanted}
    if wanted.get("sequence") != before.get("sequence"):
        out = out | {"sequence": max(wanted.get("sequence") or 0, min((base.get("sequence") or 0) + 1, SAFE))}
    if "organizerCalendarAddress" not in base and "organizerCalendarAddress" in wanted:
        out = out | {"organizerCalendarAddress": wanted["organizerCalendarAddress"]}
    same = {name: out[name] for name in ("updated", "sequence") if name in out}
    # both as a client means them: there must be no difference where there is none
    event, instance = (
        normalised({name: value for name, value in each.items() if name not in kind.own})
        for each in (out, wanted | same)
    )
    patch = instances.override_of(event, recurrence_id, instance)
    return instances.overridden(out, recurrence_id, patch)


def _acknowledged(base: Record, wanted: Record, recurrence_id: str) -> Record:
    """6.2, 6.3: that an alert was seen, or is to come again, makes no new override; it is kept in the event itself."""
    patch: Any = (base.get("recurrenceOverrides") or {}).get(recurrence_id) or {}
    before, now = (normalised(each).get("alerts") or {} for each in (base, wanted))
    if before == now or "alerts" in patch or not isinstance(before, dict) or not isinstance(now, dict):
        return base
    own = {pointer.split("/")[1] for pointer in patch if pointer.startswith("alerts/")}
    alerts = dict(base.get("alerts") or {})
    for id in (before.keys() | now.keys()) - own:
        was, seen = before.get(id), now.get(id)
        if was is None and (_is_snooze(seen) or isinstance(seen, dict) and "acknowledged" in seen):
            alerts[id] = wanted["alerts"][id]
        elif seen is None and _is_snooze(was):
            del alerts[id]
        elif isinstance(was, dict) and isinstance(seen, dict) and was | _UNSEEN == seen | _UNSEEN:
            alerts[id] = {name: value for name, value in alerts[id].items() if name != "acknowledged"}
            alerts[id] |= {name: seen[name] for name in _UNSEEN if name in seen}
    rest = {name: value for name, value in base.items() if name != "alerts"}
    return base | {"alerts": alerts} if alerts else rest


_UNSEEN: Record = {"acknowledged": None}


def _is_snooze(alert: Any) -> bool:
    related = alert.get("relatedTo") if isinstance(alert, dict) else None
    relations = [each.get("relation") for each in related.values() if isinstance(each, dict)] if related else []
    return any(isinstance(each, dict) and each.get("snooze") is True for each in relations)
