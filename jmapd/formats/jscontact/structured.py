"""Structured values: N and ADR with the order of their components (RFC 9555 2.5.5, 2.6.1, 3.3.1), and ORG (2.9.4)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Params
from jmapd.formats.jscontact.prop import Codec, Property, Written
from jmapd.formats.vcard import escape, join_list, join_structured, split, split_list, split_structured, unescape
from jmapd.wire import Record

SEPARATOR = "separator"


class Places(NamedTuple):
    """The components of a structured property: the kind at each place, and what old readers find where."""

    kinds: tuple[str, ...]
    old_size: int  # the components of RFC 6350; the others are of RFC 9554
    doubles: dict[int, tuple[str, ...]]  # place of RFC 6350 -> kinds of RFC 9554 repeated there

    def place(self, kind: Any, is_old: bool) -> int | None:
        """Where a kind is written."""
        if kind not in self.kinds:
            return None
        if is_old:
            return self.kinds.index(kind)
        return len(self.kinds) - 1 - self.kinds[::-1].index(kind)


NAME = Places(  # RFC 9555 Table 1, RFC 9554 2.2
    ("surname", "given", "given2", "title", "credential", "surname2", "generation"),
    5,
    {0: ("surname2",), 4: ("generation",)},
)
ADDRESS = Places(  # RFC 9555 Table 2, RFC 9554 2.1
    ("postOfficeBox", "apartment", "name", "locality", "region", "postcode", "country", "room", "apartment", "floor")
    + ("number", "name", "building", "block", "subdistrict", "district", "landmark", "direction"),
    7,
    {
        1: ("room", "floor", "apartment", "building"),
        2: ("number", "name", "block", "direction", "landmark", "subdistrict", "district"),
    },
)
_FIRST = {kind: place for place, kinds in ADDRESS.doubles.items() for kind in kinds}
Position = tuple[int, int]


def components_of(prop: Property) -> list[list[str]]:
    """The texts of each component; vCard 2.1 has no lists in them."""
    if prop.version == "2.1":
        return [[unescape(part)] for part in split(prop.value, ";")]
    return split_structured(prop.value)


def positions(values: list[list[str]], places: Places) -> list[Position]:
    """The component values that count, from left to right (RFC 9555 3.3.1)."""
    is_new = any(value for component in values[places.old_size : len(places.kinds)] for value in component)
    found: list[Position] = []
    for place, component in enumerate(values[: len(places.kinds)]):
        again: Iterable[str] = ()
        if place in places.doubles and is_new:
            if places is ADDRESS:
                continue  # RFC 9554 2.1: SHOULD ignore the combined value
            # RFC 9554 2.2: SHOULD ignore a value that is in the new component too
            doubled = [places.kinds.index(kind) for kind in places.doubles[place]]
            again = {value for each in doubled if each < len(values) for value in values[each]}
        found += [(place, index) for index, value in enumerate(component) if value and value not in again]
    if is_new and places is ADDRESS:
        # RFC 9555 Figure 15: what is repeated in a component of RFC 6350 counts from there
        found.sort(key=lambda position: (_FIRST.get(places.kinds[position[0]], position[0]), position))
    return found


def read_components(prop: Property, places: Places) -> tuple[Record, list[Position]]:
    """The members `components`, `isOrdered` and `defaultSeparator`, and where each component came from."""
    values = components_of(prop)
    found = positions(values, places)
    ordered = _ordered(prop.first("JSCOMPS"), values, found, places) if "JSCOMPS" in prop.params else None
    if ordered is not None:
        del prop.params["JSCOMPS"]
        return ordered
    components = [{"kind": places.kinds[place], "value": values[place][index]} for place, index in found]
    return ({"components": components} if components else {}), found


def _ordered(
    jscomps: str, values: list[list[str]], found: list[Position], places: Places
) -> tuple[Record, list[Position]] | None:
    """RFC 9555 3.3.1: None when the parameter's value is not valid."""
    first, *entries = split(jscomps, ";")
    record: Record = {"components": [], "isOrdered": True}
    if first:
        if not first.startswith("s,"):
            return None
        record["defaultSeparator"] = unescape(first[2:])
    where: list[Position] = []
    count = 0
    for entry in entries:
        if entry.startswith("s,"):
            record["components"].append({"kind": SEPARATOR, "value": unescape(entry[2:])})
            where.append((-1, -1))
            continue
        position = _position(entry, values, places)
        if position is None:
            return None
        count += 1
        where.append(position)
        record["components"].append({"kind": places.kinds[position[0]], "value": values[position[0]][position[1]]})
    return (record, where) if count == len(found) else None


def _position(entry: str, values: list[list[str]], places: Places) -> Position | None:
    place, _, index = entry.partition(",")
    if not (place.isdecimal() and place.isascii() and len(place) < 4):
        return None
    if index and not (index.isdecimal() and index.isascii() and len(index) < 6):
        return None
    position = int(place), int(index or 0)
    if position[0] >= min(len(values), len(places.kinds)) or position[1] >= len(values[position[0]]):
        return None
    return position if values[position[0]][position[1]] else None


class Layout(NamedTuple):
    """Where the components of an object go: the texts by place, and the position of each (None for separators)."""

    values: list[list[str]]
    positions: list[Position | None]


def layout(record: Record, places: Places, version: str) -> Layout | None:
    """None when there are no components, or one has no place in vCard."""
    components = record.get("components")
    if not isinstance(components, list):
        return None
    separator = str(record.get("defaultSeparator", " ")) if record.get("isOrdered") is True else None
    is_old = version in ("2.1", "3.0") and _fits_old(components, places)
    values: list[list[str]] = [[] for _ in places.kinds[: places.old_size if is_old else None]]
    where: list[Position | None] = []
    for component in components:
        kind, value = (component.get("kind"), component.get("value")) if isinstance(component, dict) else (None, None)
        if kind == SEPARATOR:
            where.append(None)
            continue
        place = places.place(kind, is_old)
        if place is None or not isinstance(value, str) or not value:
            return None
        values[place].append(value)
        where.append((place, len(values[place]) - 1))
    if not is_old:
        for place, kinds in places.doubles.items():
            values[place] += _doubles(components, kinds, separator if places is ADDRESS else None)
    return Layout(values, where)


def _fits_old(components: list[Any], places: Places) -> bool:
    old = set(places.kinds[: places.old_size]) | {SEPARATOR}
    return all(isinstance(component, dict) and component.get("kind") in old for component in components)


def _doubles(components: list[Any], kinds: tuple[str, ...], default: str | None) -> list[str]:
    """What stands in a component of RFC 6350 for its readers; where the order is known, neighbours are joined."""
    found: list[str] = []
    gap: str | None = None
    for component in components:
        if component["kind"] == SEPARATOR:
            gap = component.get("value") if gap is not None else None
        elif component["kind"] in kinds:
            if gap is not None:
                found[-1] += gap + component["value"]
            else:
                found.append(component["value"])
            gap = default
        else:
            gap = None
    return found


def write_components(record: Record, places: Places, version: str) -> Written | None:
    """The structured value, with JSCOMPS when the components are ordered."""
    found = layout(record, places, version)
    if found is None:
        return None
    params: Params = []
    if record.get("isOrdered") is True:
        params.append(("JSCOMPS", [_jscomps(record, record["components"], found)]))
    return Written(join_structured(found.values), params)


def _jscomps(record: Record, components: list[Any], found: Layout) -> str:
    separator = record.get("defaultSeparator")
    entries = [f"s,{escape_entry(separator)}" if isinstance(separator, str) else ""]
    for component, position in zip(components, found.positions, strict=True):
        if position is None:
            entries.append(f"s,{escape_entry(str(component.get('value', '')))}")
        else:
            entries.append(f"{position[0]},{position[1]}" if position[1] else f"{position[0]}")
    return ";".join(entries)


def escape_entry(text: str) -> str:
    """RFC 9555 3.3.1: comma and semicolon as in a value; a line break is left to RFC 6868."""
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


def write_phonetic(record: Record, places: Places, version: str) -> Written | None:
    """RFC 9554 4.6: the phonetic texts at the positions of their components; None when there are none."""
    found = layout(record, places, version)
    components = record.get("components", ())
    if found is None or not any(component.get("phonetic") for component in components):
        return None
    values: list[list[str]] = [[] for _ in found.values]
    for component, position in zip(components, found.positions, strict=True):
        if position is not None:
            values[position[0]].append(component.get("phonetic") or "")
    return Written(join_structured([part if any(part) else [] for part in values]))


def phonetics(prop: Property, where: list[Position]) -> list[str]:
    """The phonetic text for each component position of the related property."""
    values = components_of(prop)
    return [
        values[place][index] if 0 <= place < len(values) and index < len(values[place]) else ""
        for place, index in where
    ]


def read_sort_as(prop: Property, components: list[Record], places: Places) -> Record:
    """SORT-AS (RFC 9555 2.3.21): by the components' places; RFC 9553 2.2.1.1: only for kinds that are there."""
    value = prop.params.get("SORT-AS")
    if value is None:
        return {}
    there = {component["kind"] for component in components}
    parts = split_list(",".join(value))
    found = {kind: part for kind, part in zip(places.kinds, parts, strict=False) if part}
    if not found or not set(found) <= there:
        return {}
    del prop.params["SORT-AS"]
    return {"sortAs": found}


def write_sort_as(record: Record, places: Places) -> Params:
    sort_as = record.get("sortAs")
    if not isinstance(sort_as, dict) or not sort_as:
        return []
    values = [str(sort_as.get(kind, "")) for kind in places.kinds]
    while values and not values[-1]:
        values.pop()
    return [("SORT-AS", [join_list(values)])]


def organization() -> Codec:
    """ORG: the name, the units, and SORT-AS for each."""
    return Codec(_read_organization, _write_organization)


def _read_organization(prop: Property) -> Record | None:
    prop.take_value_type("text")
    parts = [unescape(part) for part in split(prop.value, ";")]
    while parts and not parts[-1]:
        parts.pop()
    if not parts:
        return None
    sort_as = split_list(",".join(prop.params.pop("SORT-AS", [])))
    each: list[Record] = [{"name": part} for part in parts]
    for record, value in zip(each, sort_as, strict=False):
        if value:
            record["sortAs"] = value
    record, units = each[0], each[1:]
    if not record["name"]:  # RFC 9555 2.9.4: units without a name
        del record["name"]
    if units:
        record["units"] = units
    return record


def _write_organization(record: Record, version: str) -> Written | None:
    units = record.get("units") or []
    if not isinstance(units, list) or not all(isinstance(unit, dict) for unit in units):
        return None
    parts = [record.get("name", ""), *(unit.get("name") for unit in units)]
    if not any(parts) or not all(isinstance(part, str) for part in parts):
        return None
    sort_as = [str(each.get("sortAs", "")) for each in (record, *units)]
    while sort_as and not sort_as[-1]:
        sort_as.pop()
    params: Params = [("SORT-AS", [join_list(sort_as)])] if sort_as else []
    return Written(";".join(map(escape, parts)), params)


def address() -> Codec:
    """ADR (RFC 9555 2.6.1). Its phonetic form and its languages are lines of their own."""

    def read(prop: Property) -> Record | None:
        prop.take_value_type("text")
        record, _ = read_components(prop, ADDRESS)
        if label := prop.take("LABEL"):  # RFC 6350 6.3.1 writes line breaks as in a value
            record["full"] = label.replace("\\n", "\n").replace("\\N", "\n")
        return record or None

    def write(record: Record, version: str) -> Written | None:
        found = write_components(record, ADDRESS, version)
        if found is None:
            if record.get("components"):
                return None
            size = ADDRESS.old_size if version in ("2.1", "3.0") else len(ADDRESS.kinds)
            found = Written(";" * (size - 1))
        label = record.get("full")
        params: Params = [("LABEL", [label])] if isinstance(label, str) and label else []
        return Written(found.value, [*found.params, *params])

    return Codec(read, write)
