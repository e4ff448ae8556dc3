"""One component as a JSCalendar object, by a table, and back: read, written new, and patched line by line.

What is written is read back; what would not be the same is added as JSPROP (jscalendar-icalendar 4.1.2).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.icalendar import Component, new_component
from jmapd.formats.jscalendar.carried import carried
from jmapd.formats.jscalendar.comparison import same
from jmapd.formats.jscalendar.jcal import component_from_jcal, from_jcal, to_jcal
from jmapd.formats.jscalendar.jsprop import ICALENDAR, JSPROP, NOT_TOLD, at, jsprop, missing, with_jsprops
from jmapd.formats.jscalendar.units import Item, Key, Reading, Setting, Table, Writing
from jmapd.wire import Record
from jmapd.wire.pointer import PointerError, tokens

_FRAMES = ("", "BEGIN", "END", "JSID", JSPROP)
_FALSE = ("showWithoutTime",)  # false is not written
_ONCE = frozenset(  # one more, or one that could not be read, gives way to what is to be there (RFC 5545 3.6.1)
    (
        "CLASS",
        "COLOR",
        "CREATED",
        "DESCRIPTION",
        "DTEND",
        "DTSTAMP",
        "DTSTART",
        "DUE",
        "DURATION",
        "GEO",
        "LAST-MODIFIED",
        "LOCATION",
        "PERCENT-COMPLETE",
        "PRIORITY",
        "RRULE",
        "SEQUENCE",
        "STATUS",
        "SUMMARY",
        "TRANSP",
        "UID",
    )
)
_MANDATORY = (  # lines that stay even when they say otherwise: other programs could do nothing without them
    *("uid", "start", "due", "duration", "updated", "recurrenceId", "recurrenceRule", "trigger"),
    *("organizerCalendarAddress", "participants"),
)

Change = tuple[list[Item], list[Item]]


def read_component(component: Component, table: Table, setting: Setting) -> Reading:
    """Never fails: what has no JSCalendar form is in `iCalendar`; lines that are broken are left out."""
    reading = Reading(component, setting)
    reading.record["@type"] = table.type
    lines: dict[int, list[Line]] = {}
    inside: dict[int, list[Component]] = {}
    special: list[Line] = []
    by_name, by_inside = table.by_name, table.by_inside
    for item in component.items:
        name = item.name
        if isinstance(item, Line):
            place = by_name.get(name)
            if place is not None:
                lines.setdefault(place, []).append(item)
            elif name == JSPROP:
                special.append(item)
            elif name not in _FRAMES:
                reading.rest.append(item)
        elif name in by_inside:
            inside.setdefault(by_inside[name], []).append(item)
        elif name:
            reading.rest.append(item)
    for place in sorted({*lines, *inside}):
        table.codecs[place].read(reading, lines.get(place, []), inside.get(place, []))
    _keep(reading, table)
    if special:
        reading.base = reading.record
        reading.record = with_jsprops(reading.record, special)
    return reading


def _keep(reading: Reading, table: Table) -> None:
    """iCalendar (5.1.1), when there is anything in it."""
    if not (reading.rest or reading.converted):
        return
    kept: Record = {"@type": "ICalComponent", "name": table.component.lower()}
    if reading.converted:
        kept["convertedProperties"] = reading.converted
    if properties := [to_jcal(item) for item in reading.rest if isinstance(item, Line)]:
        kept["properties"] = properties
    if components := [to_jcal(item) for item in reading.rest if isinstance(item, Component)]:
        kept["components"] = components
    reading.record[ICALENDAR] = kept


def units(record: Record, table: Table) -> dict[Key, Any]:
    """The units of an object, but for what is in iCalendar."""
    found: dict[Key, Any] = {}
    for head, value in record.items():
        if value is None or head in NOT_TOLD:
            continue
        if head in table.maps and isinstance(value, dict):
            for name, member in value.items():
                if member is not None:
                    found[head, name] = member
        elif not (head in _FALSE and value is False):
            found[head,] = value
    return found


def written_component(before: Component | None, wanted: Record, table: Table, setting: Setting) -> Component:
    """The component of an object: a new one, or a copy of the old one in which only the changed lines differ."""
    if before is None:
        component = new_component(table.component)
        patch_component(component, Reading(component, setting), wanted, table)
        return component
    reading = read_component(before, table, setting)
    component = Component(before.name, list(before.items), before.begin, before.end, newline=before.newline)
    return component if patch_component(component, reading, wanted, table) else before


def patch_component(component: Component, reading: Reading, wanted: Record, table: Table) -> bool:
    """Makes the component say what is wanted; whether anything had to change."""
    wanted = carried(reading.record, wanted)
    before, after = units(reading.record, table), units(wanted, table)
    changed = [key for key in {**before, **after} if not same(before.get(key), after.get(key))]
    changed += _retold(reading.record, wanted, table, changed)
    changes = _kept_changes(reading, wanted)
    if not changed and not changes:
        return False
    added = _written(component, reading, wanted, changed, table, changes)
    component.replace_all([change for change in changes if change[0]])
    insert(component, [*added, *(item for old, new in changes if not old for item in new)])
    _complete(component, read_component(component, table, reading.setting), wanted, table)
    return True


def _retold(old: Record, wanted: Record, table: Table, changed: list[Key]) -> list[Key]:
    """Units of which only iCalendar/convertedProperties says something else."""
    was, now = (_converted(record) for record in (old, wanted))
    there = set(changed)
    found: dict[Key, None] = {}
    for each in {**was, **now} if was != now else ():
        if was.get(each) == now.get(each):
            continue
        try:
            path = tuple(tokens(f"/{each}"))
        except PointerError:
            continue
        key = path[:2] if path[0] in table.maps else path[:1]
        if path[0] in table.by_head and key not in there:
            found[key] = None
    return list(found)


def _converted(record: Record) -> Record:
    kept = record.get(ICALENDAR)
    found = kept.get("convertedProperties") if isinstance(kept, dict) else None
    return found if isinstance(found, dict) else {}


def _kept_changes(reading: Reading, wanted: Record) -> list[Change]:
    """The changes that what is in iCalendar/properties and /components asks for."""
    old, new = reading.record.get(ICALENDAR), wanted.get(ICALENDAR)
    if old == new or (not isinstance(new, dict) and new is not None):
        return []
    there: dict[str, list[Item]] = {}
    for item in reading.rest:
        there.setdefault(json.dumps(to_jcal(item), sort_keys=True), []).append(item)
    added: list[Item] = []
    for member, make in (("properties", from_jcal), ("components", component_from_jcal)):
        asked = (new or {}).get(member)
        for value in asked if isinstance(asked, list) else ():
            same_items = there.get(json.dumps(value, sort_keys=True))
            if same_items:
                same_items.pop(0)
                continue
            made: Item | None = make(value)
            if made is not None:
                added.append(made)
    changes: list[Change] = [([item], []) for items in there.values() for item in items]
    return changes + ([([], added)] if added else [])


def _written(
    component: Component,
    reading: Reading,
    wanted: Record,
    changed: Sequence[Key],
    table: Table,
    changes: list[Change],
) -> list[Item]:
    """Adds the replacements that make changed units say what is wanted; answers what is new and has no place yet."""
    after = units(wanted, table)
    added: list[tuple[int, Item]] = []
    groups = _together(reading, changed)
    moved = {id(item) for keys in groups for key in keys for item in reading.sources.get(key, ())}
    moved |= {id(item) for old, _ in changes for item in old}
    names = {item.name for item in component.items if id(item) not in moved}
    end = len(table.codecs)
    memo: dict[str, Any] = {}
    left: dict[str, list[Item]] = {}
    for item in reading.rest:
        if item.name in _ONCE:
            left.setdefault(item.name, []).append(item)
    for keys in groups:
        items = list({id(item): item for key in keys for item in reading.sources.get(key, ())}.values())
        new: list[Item] = []
        for key in sorted(keys, key=lambda key: table.order.get(key[0], end)):
            codec = table.by_head.get(key[0])
            if codec is None or key not in after:
                continue
            own = reading.sources.get(key, [])
            new += codec.write(key, after[key], Writing(wanted, own, reading.setting, names, table, memo))
        new = _once(new)
        names |= {item.name for item in new}
        if not items:
            items = [item for name in dict.fromkeys(item.name for item in new) for item in left.get(name, ())]
        gone = {item.name for item in items} - {item.name for item in new}
        changes += [([item], []) for name in gone for item in left.get(name, ())]
        if items:
            changes += _in_place(items, new)
        else:
            added += [(table.order.get(keys[0][0], end), item) for item in new]
    return [item for _, item in sorted(added, key=lambda pair: pair[0])]


def _once(items: list[Item]) -> list[Item]:
    """Without lines that say the same again, as two units that share a line may ask for."""
    return list({_says(item) if isinstance(item, Line) else id(item): item for item in reversed(items)}.values())[::-1]


def _says(line: Line) -> tuple[str, ...]:
    return line.name, line.value, *sorted(map(str, line.params))


def _in_place(old: list[Item], new: list[Item]) -> list[Change]:
    """The new items in the places of old ones, of their names where they can; one that says the same is the old one."""
    there: dict[object, Item] = {_says(item): item for item in reversed(old) if isinstance(item, Line)}
    there |= {id(item): item for item in old}
    left: dict[int, Item] = {}
    free: dict[str, list[Item]] = {}
    for item in new:
        own = there.get(_says(item) if isinstance(item, Line) else id(item))
        found = item if own is None else own
        left[id(found)] = found
        if own is None:
            free.setdefault(item.name, []).append(item)
    names = {item.name for item in old}
    spare: list[Item] = [
        item for name, items in free.items() if name not in names for item in items if isinstance(item, Line)
    ]
    for items in (spare, *free.values()):
        items.reverse()
    placed: list[Change] = []
    for each in old:
        own = left.pop(id(each), None)
        others = free.get(each.name) or (spare if isinstance(each, Line) else [])
        if own is None and others:
            own = left.pop(id(others.pop()))
        placed.append(([each], [] if own is None else [own]))
    placed[-1][1].extend(left.values())
    return placed


def insert(component: Component, items: Sequence[Item]) -> None:
    """New lines go before the components inside (RFC 5545 3.6), new components to the end."""
    lines = [item for item in items if isinstance(item, Line)]
    if lines:
        first = next((n for n, item in enumerate(component.items) if isinstance(item, Component)), None)
        if first:
            component.insert(lines, component.items[first - 1])
        elif first == 0:
            component.replace([component.items[0]], [*lines, component.items[0]])
        else:
            component.insert(lines)
    if others := [item for item in items if isinstance(item, Component)]:
        component.insert(others)


def _together(reading: Reading, changed: Iterable[Key]) -> list[list[Key]]:
    """The changed units, each with those that share an item with it."""
    owners: dict[int, list[Key]] = {}
    for key, items in reading.sources.items():
        for item in items:
            owners.setdefault(id(item), []).append(key)
    found: list[list[Key]] = []
    seen: set[Key] = set()
    for key in changed:
        if key in seen:
            continue
        keys: dict[Key, None] = {}
        pending = [key]
        while pending:
            each = pending.pop()
            if each not in keys:
                keys[each] = None
                pending += [other for item in reading.sources.get(each, ()) for other in owners[id(item)]]
        seen.update(keys)
        found.append(list(keys))
    return found


def _complete(component: Component, found: Reading, wanted: Record, table: Table) -> None:
    """The JSPROP lines that make the component, which is read as `found`, say what is wanted."""
    left = missing(found.base, wanted)
    gone = _against(found, left, table)
    if gone:
        component.replace_all([([item], []) for item in gone])
        found = read_component(component, table, found.setting)
        left = missing(found.base, wanted)
    old = component.named(JSPROP)
    there = {(line.value, str(line.params)): line for line in old}
    lines: list[Line] = []
    for path, value in left:
        if at(found.base, path) is None:
            _with_id(component, found, path, table)
            line = jsprop(path, value)
            lines.append(there.get((line.value, str(line.params)), line))
    if old:
        component.replace(old, lines)
    elif lines:
        insert(component, lines)


def _against(found: Reading, left: list[tuple[Key, Any]], table: Table) -> list[Item]:
    """Lines that say otherwise than is wanted: JSPROP may add to them, but not change what they say."""
    kept = {id(item) for key, items in found.sources.items() if key[0] in _MANDATORY for item in items}
    keys = {path[:2] if path[0] in table.maps else path[:1] for path, _ in left if at(found.base, path) is not None}
    items = {id(item): item for key in keys for item in found.sources.get(key, ())}
    return [item for number, item in items.items() if number not in kept and isinstance(item, Line)]


def _with_id(component: Component, found: Reading, path: Key, table: Table) -> None:
    """JSID for the line of an object that a pointer leads into (4.1.2): it must hold when it is rewritten."""
    if len(path) < 3 or path[0] not in table.maps:
        return
    line = next((item for item in found.sources.get(path[:2], ()) if isinstance(item, Line)), None)
    if line is None or any(name == "JSID" for name, _ in line.params):
        return
    new = make_line(line.name, line.value, [*line.params, ("JSID", [path[1]])])
    component.replace([line], [new])
    for items in found.sources.values():
        items[:] = [new if item is line else item for item in items]
