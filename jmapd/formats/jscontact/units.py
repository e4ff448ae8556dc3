"""A Card taken apart into units: what becomes vCard lines together and is compared on its own.

`plain` is the form two Cards are compared in: without defaults and without what has no meaning.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from jmapd.formats.jscontact.jcard import is_ignored
from jmapd.formats.jscontact.localized import in_language
from jmapd.formats.jscontact.structured import ADDRESS, NAME
from jmapd.formats.jscontact.table import BY_PATH, DEFAULT_KIND, SINGLE
from jmapd.wire import Record

Key = tuple[str, ...]
_MAPS = (*(path for path in BY_PATH if "/" not in path), "relatedTo", "members")
_SINGLE_NAMES = tuple(dict.fromkeys(row.path for row in SINGLE))
_SETS = ("contexts", "features", "relation")
_ORDER = {kind: place for places in (ADDRESS, NAME) for place, kind in reversed([*enumerate(places.kinds)])}
_DEPTH = 12


class Unit(NamedTuple):
    """The value of one unit and what it is in other languages."""

    value: Any
    languages: dict[str, Any]


def plain(value: Any, path: Key = ()) -> Any:
    """A value in its form for comparison; `path` is where it stands in the Card."""
    if len(path) > _DEPTH or (path and ":" in path[-1] and path[0] not in ("members", "relatedTo")):
        return value
    if isinstance(value, list):
        if path[-1:] == ("vCardProps",):
            return sorted((_plain_property(each) for each in value if not is_ignored(each)), key=_json)
        return [plain(each, (*path, "*")) for each in value]
    if not isinstance(value, dict):
        return value
    if path[-1:] == ("vCardParams",):
        return _plain_params(value)
    return _plain_object(value, path)


def _plain_object(value: Record, path: Key) -> Record:
    found: Record = {}
    for name, member in value.items():
        if _is_default(name, member, path):
            continue
        found[name] = plain(member, (*path, name)) if isinstance(member, dict | list) else member
        if name in ("vCardParams", "vCardProps") and not found[name]:
            del found[name]
    if isinstance(found.get("vCardName"), str):
        found["vCardName"] = found["vCardName"].lower()
    if "components" in found and "isOrdered" not in found and isinstance(found["components"], list):
        found["components"].sort(key=_kind_order)  # RFC 9553 2.2.1.1: such components follow no order
    return found


def _kind_order(component: Any) -> int:
    return _ORDER.get(str(component.get("kind")), 99) if isinstance(component, dict) else 99


def _is_default(name: str, member: Any, path: Key) -> bool:
    if name == "@type":
        return bool(member != "Timestamp")
    if member is None or (name == "isOrdered" and member is False):
        return True
    if member in ({}, []) and (name in _SETS or not path or name in ("components", "units")):
        return True
    return bool(name == "kind" and len(path) == 2 and DEFAULT_KIND.get(path[0]) == member)


def _plain_params(params: Record) -> Record:
    found: Record = {}
    for name, value in params.items():
        values = [str(each) for each in (value if isinstance(value, list) else [value])]
        if values:
            found[name.lower()] = values[0] if len(values) == 1 else values
    return found


def _plain_property(value: Any) -> Any:
    if isinstance(value, list) and len(value) > 1 and isinstance(value[1], dict):
        name = value[0].lower() if isinstance(value[0], str) else value[0]
        return [name, _plain_params(value[1]), *value[2:]]
    return value


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _values(record: Record) -> Iterator[tuple[Key, Any]]:
    for name in _SINGLE_NAMES:
        if record.get(name) is not None:
            yield (name,), record[name]
    if isinstance(record.get("name"), dict):
        yield ("name",), record["name"]
    speak = record.get("speakToAs")
    if isinstance(speak, dict):
        if isinstance(speak.get("grammaticalGender"), str):
            yield ("speakToAs", "grammaticalGender"), speak["grammaticalGender"]
        yield from _members(speak, "pronouns", ("speakToAs",))
    for path in _MAPS:
        yield from _members(record, path, ())
    if isinstance(record.get("keywords"), dict) and record["keywords"]:
        yield ("keywords",), record["keywords"]
    if isinstance(record.get("vCardProps"), list):
        count: dict[str, int] = {}
        for value in record["vCardProps"]:
            yield property_key(value, count), value


def _members(record: Record, name: str, path: Key) -> Iterator[tuple[Key, Any]]:
    many = record.get(name)
    if isinstance(many, dict):
        for identifier, value in many.items():
            yield (*path, name, identifier), value


def property_key(value: Any, count: dict[str, int]) -> Key:
    """The unit of a member of vCardProps."""
    text = _json(_plain_property(value))
    count[text] = count.get(text, 0) + 1
    return "vCardProps", text, str(count[text])


def split(record: Record) -> dict[Key, Unit]:
    """All units of a Card, in the order in which they are written."""
    found = {key: Unit(value, {}) for key, value in _values(record)}
    localizations = record.get("localizations")
    if not isinstance(localizations, dict):
        return found
    for language in localizations:
        other = in_language(record, language) or {}
        other.pop("vCardProps", None)  # lines of their own in every language
        for key, value in _values(other):
            there = found.get(key)
            if there and value is not there.value and plain(value, key) != plain(there.value, key):
                there.languages[language] = value
    return found


def same(one: Unit | None, other: Unit | None, key: Key) -> bool:
    if one is None or other is None:
        return one is other
    return plain(one.value, key) == plain(other.value, key) and {
        language: plain(value, key) for language, value in one.languages.items()
    } == {language: plain(value, key) for language, value in other.languages.items()}


def alike(one: Record, other: Record) -> bool:
    """Whether two Cards mean the same, also in every language."""
    first, second = (
        {name: value for name, value in each.items() if name not in ("@type", "localizations")} for each in (one, other)
    )
    if first != second and plain(first) != plain(second):
        return False
    languages, others = one.get("localizations") or {}, other.get("localizations") or {}
    if languages == others:
        return True
    if not isinstance(languages, dict) or not isinstance(others, dict) or languages.keys() != others.keys():
        return False
    return all(is_same_in(language, one, other) for language in languages)


def is_same_in(language: str, one: Record, other: Record) -> bool:
    """Whether two Cards mean the same in a language; those with an invalid patch never do, unless it is the same."""
    if one["localizations"][language] == other["localizations"][language]:
        return True
    first, second = in_language(one, language), in_language(other, language)
    return first is not None and second is not None and bool(plain(first) == plain(second))
