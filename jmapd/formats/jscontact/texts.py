"""What ContactCard/query searches and sorts by (RFC 9610 3.3): the strings of a card, as they are written in it.

Any JSON is taken: what is not as RFC 9553 has it is passed over.
"""

import re
from collections.abc import Iterator
from typing import Any

from jmapd.wire import Record

TEXT = "text"
NAMES = ("given", "surname", "surname2")  # the kinds of name component that have a filter and a sort of their own
# filter -> the property it looks at and which members of the property's objects (RFC 9610 3.3.1)
MEMBERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nickname": ("nicknames", ("name",)),
    "organization": ("organizations", ("name",)),
    "email": ("emails", ("address", "label")),
    "phone": ("phones", ("number", "label")),
    "onlineService": ("onlineServices", ("service", "uri", "user", "label")),
    "address": ("addresses", ()),
    "note": ("notes", ("note",)),
}
# what else "text" looks at: each of these members
OTHERS: dict[str, tuple[str, ...]] = {
    "titles": ("name",),
    "personalInfo": ("value", "label"),
    "schedulingAddresses": ("uri", "label"),
    "calendars": ("uri", "label"),
    "cryptoKeys": ("label",),
    "directories": ("uri", "label"),
    "links": ("uri", "label"),
    "media": ("label",),
}
FILTERS = (TEXT, "name", *(f"name/{kind}" for kind in NAMES), *MEMBERS)
_DIGITS = re.compile(r"[0-9]+").findall
_LONGEST_NUMBER = 64  # characters; what is longer is no phone number to be found by its digits
_DEEPEST = 8  # of the objects in a localization


def texts(record: Record) -> dict[str, list[str]]:
    """For each filter of RFC 9610 3.3.1 that matches text the strings it is to be tried on."""
    name = record.get("name")
    parts = list(_components(name))
    found = {"name": _whole(name)}
    for kind in NAMES:
        found[f"name/{kind}"] = [value for each, value in parts if each == kind]
    for filter, (property, members) in MEMBERS.items():
        found[filter] = _of(record, property, members) if property in record else []
    for address in _objects(record.get("addresses")):
        found["address"] += _whole(address)
    found["phone"] = [form for text in found["phone"] for form in _phone_forms(text)]
    narrow = [found[filter] for filter in ("name", *MEMBERS)]
    return {TEXT: [text for each in narrow for text in each] + list(_rest(record)), **found}


def sort_keys(record: Record) -> dict[str, str]:
    """The value of the first name component of each kind (RFC 9610 3.3.2), where there is one."""
    out: dict[str, str] = {}
    for kind, value in _components(record.get("name")):
        if kind in NAMES:
            out.setdefault(f"name/{kind}", value)
    return out


def _rest(record: Record) -> Iterator[str]:
    """What only the filter "text" sees."""
    for property, members in OTHERS.items():
        if property in record:
            yield from _of(record, property, members)
    for organization in _objects(record.get("organizations")):
        units = organization.get("units")
        yield from (text for unit in units if (text := _text(unit, "name"))) if isinstance(units, list) else ()
    keywords = record.get("keywords")
    if isinstance(keywords, dict):
        yield from keywords
    for anniversary in _objects(record.get("anniversaries")):
        place = anniversary.get("place")
        yield from _strings(place, ("full",))
        yield from (value for _, value in _components(place))
    speak_to_as = record.get("speakToAs")
    if isinstance(speak_to_as, dict):
        yield from _of(speak_to_as, "pronouns", ("pronouns",))
    for localization in _objects(record.get("localizations")):
        yield from _leaves(localization)
    properties = record.get("vCardProps")  # RFC 9555 2.15.1: [name, parameters, type, value, ...]
    for each in properties if isinstance(properties, list) else ():
        if isinstance(each, list) and len(each) > 3 and each[2] in ("text", "unknown"):
            yield from (value for value in each[3:] if isinstance(value, str) and not _is_data(value))


def _leaves(value: Any) -> Iterator[str]:
    """Every string of a localization that is text: which member is which depends on its path."""
    level = [value]
    for _ in range(_DEEPEST):
        deeper: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                deeper += [inner for name, inner in each.items() if name not in ("@type", "kind")]
            elif isinstance(each, list):
                deeper += each
            elif isinstance(each, str) and not _is_data(each):
                yield each
        level = deeper


def _components(named: Any) -> Iterator[tuple[str, str]]:
    """Kind and value of the components of a Name or an Address, but for separators."""
    components = named.get("components") if isinstance(named, dict) else None
    for component in components if isinstance(components, list) else ():
        value = _text(component, "value")
        kind = _text(component, "kind")
        if value and kind != "separator":
            yield kind, value


def _whole(named: Any) -> list[str]:
    """The texts of a Name or an Address; where "full" does not put its components together, this does, for phrases."""
    values, full = [value for _, value in _components(named)], _strings(named, ("full",))
    return values + (full or [" ".join(values)] * (len(values) > 1))


def _of(record: Record, property: str, members: tuple[str, ...]) -> list[str]:
    return [text for each in _objects(record.get(property)) for text in _strings(each, members)]


def _objects(value: Any) -> list[Record]:
    """The objects of an Id[...] property."""
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []


def _strings(value: Any, members: tuple[str, ...]) -> list[str]:
    return [text for member in members if (text := _text(value, member))]


def _text(value: Any, member: str) -> str:
    found = value.get(member) if isinstance(value, dict) else None
    return found if isinstance(found, str) and not _is_data(found) else ""


def _is_data(text: str) -> bool:
    """Whether it is a data URI, which holds no words."""
    return text[:5].lower() == "data:"


def _phone_forms(text: str) -> Iterator[str]:
    """A number as it is written, and run together from each of its groups on: "+1 555-0123" is found by 5550123."""
    yield text[4:] if text[:4].lower() == "tel:" else text
    groups = _DIGITS(text) if len(text) <= _LONGEST_NUMBER else []
    for start in range(len(groups) - 1):
        yield "".join(groups[start:])
