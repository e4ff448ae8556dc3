"""What /query searches (jmap-calendars-27 5.11.1): the strings of an event or task and of its overrides.

Any JSON is taken: what is not as jscalendarbis-15 has it is passed over.
"""

from collections.abc import Iterator
from typing import Any

from jmapd.formats.object_types.patches import apply
from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.pointer import PointerError, tokens

TEXT = "text"
FILTERS = (TEXT, "title", "description", "location", "owner", "attendee")
# what else "text" looks at: each of these members of the property's objects
OTHERS: dict[str, tuple[str, ...]] = {
    "virtualLocations": ("name", "description", "uri"),
    "links": ("title",),
    "comments": ("message",),
    "checklists": ("title",),
}
_KEYS = ("keywords", "categories")
_MAPS = ("locations", "participants", *OTHERS, *_KEYS)
_TEXTUAL = ("title", "description", *_MAPS)
_DEEPEST = 8  # of the objects in a localization
_MOST_OVERRIDES = 5000


def texts(record: Record) -> dict[str, list[str]]:
    """For each filter of jmap-calendars-27 5.11.1 that matches text the strings it is to be tried on, each once."""
    found: dict[str, dict[str, None]] = {name: {} for name in FILTERS}
    _collect(record, found)
    overrides = record.get("recurrenceOverrides")
    for patch in list(overrides.values())[:_MOST_OVERRIDES] if isinstance(overrides, dict) else ():
        if isinstance(patch, dict):
            _collect(_changed(record, patch), found)
    for localization in _objects(record.get("localizations")):
        found[TEXT].update(dict.fromkeys(_leaves(localization)))
    return {name: list(each) for name, each in found.items()}


def _collect(record: Record, found: dict[str, dict[str, None]]) -> None:
    for name in ("title", "description"):
        _add(found, name, _strings(record, (name,)))
    for location in _objects(record.get("locations")):
        _add(found, "location", _strings(location, ("name", "description")))
    for participant in _objects(record.get("participants")):
        _add(found, TEXT, _strings(participant, ("description",)))
        names = list(_names(participant))
        roles = participant.get("roles")
        roles = set(roles) if isinstance(roles, dict) else set()
        _add(found, "owner" if "owner" in roles else TEXT, names)
        if _is_attendee(participant, roles):
            _add(found, "attendee", names)
    for property, members in OTHERS.items():
        for each in _objects(record.get(property)):
            _add(found, TEXT, _strings(each, members))
            items = each.get("checkItems")
            for item in items if isinstance(items, list) else ():
                _add(found, TEXT, _strings(item, ("title",)))
    for property in _KEYS:
        if isinstance(record.get(property), dict):
            _add(found, TEXT, record[property])


def _add(found: dict[str, dict[str, None]], name: str, strings: Any) -> None:
    new = dict.fromkeys(strings)
    found[name].update(new)
    found[TEXT].update(new)


def _names(participant: Record) -> Iterator[str]:
    """Its name and addresses; those of files have the address only as URI."""
    yield from _strings(participant, ("name", "email"))
    address = participant.get("calendarAddress")
    if isinstance(address, str):
        yield address[7:] if address[:7].lower() == "mailto:" else address


def _is_attendee(participant: Record, roles: set[str]) -> bool:
    """jscalendarbis-15 A.2.3: without that role, who has a calendarAddress is one, but for a mere owner."""
    return "attendee" in roles or ("calendarAddress" in participant and roles != {"owner"})


def _changed(record: Record, patch: Record) -> Record:
    """What of the searched properties a patch changes, with the objects that it is in."""
    part: Record = {}
    copied: set[tuple[str, ...]] = set()
    for key, value in patch.items():
        head = key.partition("/")[0]
        if head not in _TEXTUAL:
            continue
        try:
            path = tuple(tokens("/" + key))
            whole = record.get(head)
            if len(path) > 1 and isinstance(whole, dict):
                inner = part.setdefault(head, {})
                if path[1] in whole and isinstance(inner, dict):
                    inner.setdefault(path[1], whole[path[1]])
            apply(part, path, value, copied)
        except (PointerError, InvalidPatch):
            continue
    return part


def _leaves(value: Any) -> Iterator[str]:
    """Every string of a localization that is text: which member is which depends on its path."""
    level = [value]
    for _ in range(_DEEPEST):
        deeper: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                deeper += [inner for name, inner in each.items() if name != "@type"]
            elif isinstance(each, list):
                deeper += each
            elif isinstance(each, str) and not _is_data(each):
                yield each
        level = deeper


def _objects(value: Any) -> list[Record]:
    """The objects of an Id[...] property."""
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []


def _strings(value: Any, members: tuple[str, ...]) -> list[str]:
    found = [value.get(member) for member in members] if isinstance(value, dict) else []
    return [text for text in found if isinstance(text, str) and text and not _is_data(text)]


def _is_data(text: str) -> bool:
    """Whether it is a data URI, which holds no words."""
    return text[:5].lower() == "data:"
