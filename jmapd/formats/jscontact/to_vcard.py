"""A JSContact Card as vCard (RFC 9555 3): a new one, or a changed one in which only the lines of the change differ.

What is written is read back; what would not be the same is added as JSPROP (3.2.1), so that nothing is lost.
"""

import json
from collections.abc import Iterable
from typing import Any

from jmapd.formats.content_lines import Line, make_line
from jmapd.formats.jscontact.from_vcard import JSPROP, VERSION, Converted, from_vcard
from jmapd.formats.jscontact.lines import Style, specs_of
from jmapd.formats.jscontact.models import line_of, modelled
from jmapd.formats.jscontact.prop import Property, Spec, params_of
from jmapd.formats.jscontact.table import BY_PATH, MEMBERS
from jmapd.formats.jscontact.units import Key, Unit, alike, is_same_in, plain, same, split
from jmapd.formats.object_types.patches import differences, escaped
from jmapd.formats.vcard import Card, escape, join_list, new_card, split_list
from jmapd.wire import Record
from jmapd.wire.pointer import PointerError, tokens

_NAME: Key = ("name",)
_OURS = ("id", "addressBookIds", "@type")
_WITHOUT_GROUP = ("members", "relatedTo")  # and what is there once


def to_vcard(record: Record, version: str = "4.0") -> Card:
    """A new card."""
    card = new_card(version)
    wanted = _without_ids(record)
    units = split(wanted)
    if _NAME not in units:
        units = {_NAME: Unit({}, {})} | units
    writer = _Writer(card, Converted({}, {}, {}), units, set(units))
    card.insert([line_of(spec) for key, unit in units.items() for spec in writer.specs(key, unit)])
    _complete(card, wanted, from_vcard(card))
    return card


def patched(card: Card, old: Converted, new: Record) -> Card:
    """The card itself, changed: lines of units that are the same in both Cards stay as they are."""
    wanted = _without_ids(new)
    before, after = split(old.record), split(wanted)
    if _NAME in before:  # RFC 6350 6.2.1: FN is mandatory
        after.setdefault(_NAME, Unit({}, {}))
    _replace_units(card, old, after, [key for key in {**before, **after} if not _same(before, after, key)])
    found = from_vcard(card)
    if not alike(found.base, wanted):
        # what is read otherwise now though nothing of it was changed, as an id that hung on another line
        was, now = split(old.base), split(found.base)
        keys = [
            key
            for key in {**was, **now}
            if not _same(now, after, key) and (not _same(was, now, key) or (key in before and key not in after))
        ]
        if keys:
            _replace_units(card, found, after, keys)
            found = from_vcard(card)
        _complete(card, wanted, found)
    elif found.record is not found.base:
        _complete(card, wanted, found)
    return card


def _same(one: dict[Key, Unit], other: dict[Key, Unit], key: Key) -> bool:
    return same(one.get(key), other.get(key), key)


def _without_ids(record: Record) -> Record:
    return {"version": VERSION} | {name: value for name, value in record.items() if name not in _OURS}


def _replace_units(card: Card, old: Converted, after: dict[Key, Unit], changed: list[Key]) -> None:
    together = _together(old, changed)
    writer = _Writer(card, old, after, {key for keys in together for key in keys})
    changes: list[tuple[list[Line], list[Line]]] = []
    added: list[Line] = []
    for keys in together:
        lines = list({id(line): line for key in keys for line in old.sources.get(key, ())}.values())
        if keys == [("keywords",)] and lines:
            changes += _keywords(lines, after.get(keys[0]))
            continue
        specs = [spec for key in keys if key in after for spec in writer.specs(key, after[key])]
        if lines:
            is_ungrouped = keys[0][0] in _WITHOUT_GROUP or len(keys[0]) == 1
            changes += modelled(lines, specs, card.version, is_ungrouped)
        else:
            added += map(line_of, specs)
    card.replace_all(changes)
    if added:
        _add(card, added)


def _together(old: Converted, changed: list[Key]) -> list[list[Key]]:
    """The changed units, each with those that share a line with it (a NICKNAME of several names)."""
    owners: dict[int, list[Key]] = {}
    for key, lines in old.sources.items():
        for line in lines:
            owners.setdefault(id(line), []).append(key)
    found: list[list[Key]] = []
    seen: set[Key] = set()
    for key in changed:
        if key in seen:
            continue
        keys = list(dict.fromkeys([*(each for line in old.sources.get(key, ()) for each in owners[id(line)]), key]))
        seen.update(keys)
        found.append(keys)
    return found


def _add(card: Card, added: list[Line]) -> None:
    """New lines after the last of their name; a line of a group follows the one before it."""
    last = {line.name: line for line in card.lines}
    after: dict[int, tuple[list[Line], list[Line]]] = {}
    place: Line | None = None
    end: list[Line] = []
    for number, line in enumerate(added):
        if not (line.group and number and added[number - 1].group == line.group):
            place = last.get(line.name)
        if place is None:
            end.append(line)
        else:
            after.setdefault(id(place), ([place], [place]))[1].append(line)
    card.replace_all([*after.values(), ([], end)])


class _Writer:
    """Groups for new lines in a card."""

    def __init__(self, card: Card, old: Converted, units: dict[Key, Unit], changed: set[Key]) -> None:
        self._version = card.version or "3.0"
        self._old = old
        self._changed = changed
        self._groups = {line.group.lower() for line in card.lines if line.group}
        self._groups |= {group.lower() for unit in units.values() if (group := _group(unit.value))}
        self._has_apple_members = any(line.name == MEMBERS[1] for line in card.lines)
        self._number = 0
        self._organizations: dict[str, str] = {}
        self._referred = {
            unit.value.get("organizationId")
            for key, unit in units.items()
            if key[0] == "titles"
            and key in changed
            and isinstance(unit.value, dict)
            and isinstance(unit.value.get("organizationId"), str)
        }

    def specs(self, key: Key, unit: Unit) -> list[Spec]:
        lines = self._old.sources.get(key, [])
        names = {line.name for line in lines}
        if key[0] == "members" and self._has_apple_members:
            names.add(MEMBERS[1])
        group = next((line.group for line in lines if line.group), "")
        return specs_of(key, unit, Style(self._version, names, group, self._free, self._group_of))

    def _free(self) -> str:
        while True:
            self._number += 1
            if (group := f"item{self._number}") not in self._groups:
                self._groups.add(group)
                return group

    def _group_of(self, organization: str) -> str:
        """RFC 9555 2.9.6: the group that ties titles to an organization."""
        key = "organizations", organization
        lines = self._old.sources.get(key, [])
        if group := next((line.group for line in lines if line.group), ""):
            return group
        if organization not in self._referred or key not in self._changed:
            return ""  # its line is not to be touched
        if organization not in self._organizations:
            self._organizations[organization] = self._free()
        return self._organizations[organization]


def _group(value: Any) -> str:
    """The group that an object or a member of vCardProps asks for."""
    params = value.get("vCardParams") if isinstance(value, dict) else None
    if isinstance(value, list) and len(value) > 1:
        params = value[1]
    return params_of(params)[1]


def _keywords(lines: list[Line], unit: Unit | None) -> list[tuple[list[Line], list[Line]]]:
    """CATEGORIES may be several lines: each keeps those of its words that are still there, the last takes new ones."""
    words = [word for word, chosen in unit.value.items() if chosen is True and word] if unit else []
    wanted = set(words)
    kept: list[tuple[Line, list[str]]] = []
    there: set[str] = set()
    for line in lines:
        left = [word for word in map(str.strip, split_list(line.value)) if word in wanted]
        kept.append((line, left))
        there.update(left)
    last = next((number for number in range(len(kept) - 1, -1, -1) if kept[number][1]), 0)
    kept[last] = kept[last][0], kept[last][1] + [word for word in words if word not in there]
    changes: list[tuple[list[Line], list[Line]]] = []
    for line, left in kept:
        if left != [word.strip() for word in split_list(line.value)]:
            new = make_line(line.name, join_list(left), line.params, line.group)
            changes.append(([line], [new] if left else []))
    return changes


def _complete(card: Card, wanted: Record, found: Converted) -> None:
    """The JSPROP lines (RFC 9555 3.2.1) that make the card, which is read as `found`, say what is wanted."""
    if alike(found.record, wanted):
        return
    there = {(_pointer(line), line.value): line for line in card.lines if line.name == JSPROP}
    lines = []
    patch = _patch(found.base, wanted)
    card.replace_all(_with_ids(found, patch))
    for pointer, value in patch.items():
        text = escape(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
        lines.append(there.get((pointer, text)) or make_line(JSPROP, text, [("JSPTR", [pointer])]))
    card.replace([line for line in card.lines if line.name == JSPROP], lines)


def _with_ids(found: Converted, patch: Record) -> Iterable[tuple[list[Line], list[Line]]]:
    """PROP-ID for the lines of objects that the patch leads into: it must hold when another program rewrites them."""
    for key in dict.fromkeys(each for pointer in patch for each in _keys(pointer, patch[pointer])):
        lines = found.sources.get(key, [])
        if lines and not any(name == "PROP-ID" for line in lines for name, _ in line.params):
            line = lines[0]
            params = [*line.params, ("PROP-ID", [key[-1]])]
            yield [line], [make_line(line.name, line.value, params, line.group)]


def _keys(pointer: str, value: Any) -> Iterable[Key]:
    """The objects in maps by Id that a path of a patch, or one in a language, leads into."""
    try:
        first, *rest = tokens(f"/{pointer}")
    except PointerError:  # a localization that is not valid
        return
    if first == "localizations":
        patches = value.values() if not rest and isinstance(value, dict) else [value]
        names = [rest[1]] if len(rest) > 1 else [name for each in patches if isinstance(each, dict) for name in each]
        for name in names:
            yield from _keys(name, None)
    size = 2 if first == "speakToAs" else 1
    if len(rest) >= size and "/".join((first, *rest[: size - 1])) in BY_PATH:
        yield (first, *rest[:size])


def _pointer(line: Line) -> str:
    return Property(line, "").first("JSPTR").removeprefix("/")


def _patch(base: Record, wanted: Record) -> Record:
    """The PatchObject from what the lines say to what is wanted."""
    main = {name: value for name, value in wanted.items() if name != "localizations"}
    own = {name: value for name, value in base.items() if name != "localizations"}
    patch: Record = {}
    for path, value in differences(plain(own), plain(main)):
        patch[escaped(*path)] = None if value is None else _at(main, path)
    for path, value in _localizations(base, wanted):
        patch[escaped(*path)] = value
    return patch


def _at(record: Record, path: Key) -> Any:
    value: Any = record
    for name in path:
        value = value[name]
    return value


def _localizations(base: Record, wanted: Record) -> Iterable[tuple[Key, Any]]:
    """What the lines do not say of each language: single patches where these are enough, else all of them."""
    own, others = base.get("localizations") or {}, wanted.get("localizations") or {}
    if not own or not isinstance(others, dict):
        if own or others:
            yield ("localizations",), others or None
        return
    said = {**wanted, "localizations": own}
    for language, patch in others.items():
        if language in own and is_same_in(language, said, wanted):
            continue
        more = {name: value for name, value in patch.items() if name not in own.get(language, ())}
        whole = {**wanted, "localizations": {language: own.get(language, {}) | more}}
        if language in own and is_same_in(language, whole, wanted):
            for name, value in more.items():
                yield ("localizations", language, name), value
        else:
            yield ("localizations", language), patch
    for language in own:
        if language not in others:
            yield ("localizations", language), None
