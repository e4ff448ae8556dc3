"""VALARM as Alert (jscalendar-icalendar 2.2.2, 2.3.1, 2.3.2, 2.3.44, 3.1; RFC 9074)."""

from collections.abc import Sequence
from typing import Any

from jmapd.formats.content_lines import Line, Params, make_line
from jmapd.formats.icalendar import Component
from jmapd.formats.jscalendar.codecs.relations import RELATED
from jmapd.formats.jscalendar.codecs.subcomponents import first_text, name_of, written_with_id
from jmapd.formats.jscalendar.codecs.values import is_id, read_utc, write_utc
from jmapd.formats.jscalendar.components import read_component
from jmapd.formats.jscalendar.durations import from_icalendar, is_duration, to_icalendar
from jmapd.formats.jscalendar.units import Codec, Item, Key, Property, Reading, Table, Writing, row, uuid5
from jmapd.formats.vcard import escape
from jmapd.wire import Record

_ACTIONS = {"DISPLAY": "display", "EMAIL": "email"}
_WRITTEN_ACTIONS = {action: value for value, action in _ACTIONS.items()}
_REMINDER = "Reminder"  # RFC 5545 3.6.6: DISPLAY and EMAIL must have a text
_OTHER_UIDS = ("X-WR-ALARMUID", "X-EVOLUTION-ALARM-UID")


def _action(value: str) -> str | None:
    return _ACTIONS.get(value.strip().upper())


def _written_action(value: Any) -> str | None:
    return _WRITTEN_ACTIONS.get(value) if isinstance(value, str) else None


def _read_trigger(reading: Reading, lines: list[Line], _: list[Component]) -> None:
    for line in lines:
        prop = Property(line)
        trigger = None if "trigger" in reading.record else _trigger(prop)
        if trigger is None:
            reading.leave(line)
            continue
        reading.put(("trigger",), trigger, line)
        reading.told(("trigger",), prop)


def _trigger(prop: Property) -> Record | None:
    """2.3.44. Programs forget to say VALUE=DATE-TIME."""
    if when := read_utc(prop.value):
        prop.take("VALUE")
        prop.take("RELATED")
        return {"@type": "AbsoluteTrigger", "when": when}
    offset = from_icalendar(prop.value, is_signed=True)
    if offset is None:
        return None
    prop.take("VALUE")
    trigger: Record = {"@type": "OffsetTrigger", "offset": offset}
    if prop.first("RELATED").upper() in ("START", "END"):
        trigger["relativeTo"] = (prop.take("RELATED") or "").strip().lower()
    return trigger


def _write_trigger(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    if not isinstance(value, dict):
        return ()
    if value.get("@type", "OffsetTrigger") == "AbsoluteTrigger":
        when = write_utc(value.get("when"))
        return () if when is None else (make_line("TRIGGER", when, writing.params(key, ("VALUE", ["DATE-TIME"]))),)
    offset, relative = value.get("offset"), value.get("relativeTo")
    is_known = value.get("@type", "OffsetTrigger") == "OffsetTrigger" and relative in (None, "start", "end")
    if not is_known or not isinstance(offset, str) or not is_duration(offset, is_signed=True):
        return ()
    related: Params = [("RELATED", [str(relative).upper()])] if relative else []
    return (make_line("TRIGGER", to_icalendar(offset).removeprefix("+"), writing.params(key, *related)),)


ALERT = Table(
    "VALARM",
    "Alert",
    (
        row("ACTION", "action", _action, _written_action, "2.3.2"),
        Codec(("trigger",), ("TRIGGER",), _read_trigger, _write_trigger, section="2.3.44"),
        row("ACKNOWLEDGED", "acknowledged", read_utc, write_utc, "2.3.1"),
        RELATED,
    ),
)


def _named(component: Component) -> str:
    """The key; of an alarm without any UID one that stays when alarms before it go."""
    if is_id(other := first_text(component, *_OTHER_UIDS)):
        return name_of(component, other)
    lines = sorted(f"{line.name}:{line.value.strip().upper()}" for line in component.named("TRIGGER", "ACTION"))
    return name_of(component, uuid5("\n".join(lines)))


def _read(reading: Reading, _: list[Line], components: list[Component]) -> None:
    uids: dict[str, str] = {}
    for component in components:
        record = read_component(component, ALERT, reading.setting).record
        # Apple has ACTION:NONE in events that have no alarm; an Alert must have a trigger (jscalendarbis 3.5.1).
        if "trigger" not in record or first_text(component, "ACTION").upper() == "NONE":
            reading.leave(component)
            continue
        key = ("alerts", reading.free("alerts", _named(component)))
        reading.put(key, record, component)
        if uid := first_text(component, "UID"):
            uids.setdefault(uid, key[1])
    for record in reading.record.get("alerts", {}).values():
        if isinstance(related := record.get("relatedTo"), dict):
            record["relatedTo"] = {uids.get(uid, uid): relation for uid, relation in related.items()}


def _write(key: Key, value: Any, writing: Writing) -> Sequence[Item]:
    if not isinstance(value, dict) or not _has_place(value.get("trigger"), writing):
        return ()
    alerts = writing.record["alerts"]
    before = writing.component_before("VALARM")
    related = value.get("relatedTo")
    if isinstance(related, dict):  # 3.1: the value of RELATED-TO is a UID
        value = value | {"relatedTo": {_uid(alerts.get(name), name): each for name, each in related.items()}}
    is_related = key[1] in writing.once("related alerts", _related)
    component = written_with_id(before, _with_action(value, before), ALERT, writing.setting, key[1], _named, is_related)
    if before is None:
        _complete(component, writing.record)
    return (component,)


def _related(writing: Writing) -> set[str]:
    """The alerts that others refer to."""
    alerts = (each for each in writing.record["alerts"].values() if isinstance(each, dict))
    return {name for each in alerts if isinstance(related := each.get("relatedTo"), dict) for name in related}


def _has_place(trigger: Any, writing: Writing) -> bool:
    """There is no VALARM without TRIGGER (RFC 5545 3.6.6), so for one of an unknown type there is JSPROP."""
    return bool(_write_trigger(("trigger",), trigger, writing))


def _with_action(value: Record, before: Component | None) -> Record:
    """ACTION must be there (RFC 5545 3.6.6); what is none of JSCalendar's is in iCalendar."""
    kept = value.get("iCalendar")
    properties = kept.get("properties") if isinstance(kept, dict) else None
    names = [each[0] for each in properties if isinstance(each, list) and each] if isinstance(properties, list) else []
    is_there = "action" in names or (kept is None and before is not None and before.first("ACTION") is not None)
    return value if is_there or "action" in value else value | {"action": "display"}


def _complete(component: Component, event: Record) -> None:
    """The texts that RFC 5545 3.6.6 asks for."""
    action = first_text(component, "ACTION").upper()
    title = event.get("title")
    text = escape(title if isinstance(title, str) and title.strip() else _REMINDER)
    for name in {"DISPLAY": ("DESCRIPTION",), "EMAIL": ("DESCRIPTION", "SUMMARY")}.get(action, ()):
        if component.first(name) is None:
            component.items.append(make_line(name, text))


def _uid(alert: Any, identity: str) -> str:
    """The UID by which another alarm refers to an alert, which is its key when it has none of its own."""
    kept = alert.get("iCalendar") if isinstance(alert, dict) else None
    properties = kept.get("properties") if isinstance(kept, dict) else None
    for each in properties if isinstance(properties, list) else ():
        if isinstance(each, list) and len(each) == 4 and each[0] == "uid" and isinstance(each[3], str):
            return each[3]
    return identity


ALERTS = Codec(
    ("alerts",),
    (),
    _read,
    _write,
    inside=("VALARM",),
    maps=("alerts",),
    section="2.2.2",
    note="a VALARM without TRIGGER, or with ACTION:NONE, goes to iCalendar",
)
