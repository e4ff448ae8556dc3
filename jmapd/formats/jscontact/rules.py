"""What RFC 9553 asks of an object as a whole, beyond the types of its properties: one row an object type.

A rule answers where (a member, "" for the object itself) and why. It is given what may be of wrong types.
"""

from collections.abc import Iterator
from typing import Any

from jmapd.formats.object_types.schema import Fault, Rule, needs, one_of
from jmapd.wire import Record

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _members(card: Record) -> Iterator[Fault]:
    if "members" in card and card.get("kind") != "group":  # RFC 9553 2.1.6
        yield "members", "must not be set unless kind is 'group'"


def _uid(card: Record) -> Iterator[Fault]:
    if "uid" not in card and card.get("version") == "1.0":  # RFC 9982 3
        yield "uid", "must be given in version 1.0"


def _components(value: Record) -> Iterator[Fault]:
    """RFC 9553 2.2.1.1 and 2.5.1.1: order and separators."""
    components = value.get("components")
    if components is None:
        return
    kinds = _kinds(components)
    if not any(kind != "separator" for kind in kinds):
        yield "components", "must have a component that is no separator"
    if value.get("isOrdered") is not True:
        if "separator" in kinds:
            yield "components", "must not have a separator unless isOrdered is true"
        if "defaultSeparator" in value:
            yield "defaultSeparator", "must not be set unless isOrdered is true"
    elif any(one == other == "separator" for one, other in zip(kinds, kinds[1:], strict=False)):
        yield "components", "must not have two separators in a row"


def _phonetic(value: Record) -> Iterator[Fault]:
    """RFC 9553 1.5.4."""
    components = value.get("components")
    if "phoneticSystem" in value or "phoneticScript" in value or not isinstance(components, list):
        return
    if any(isinstance(each, dict) and "phonetic" in each for each in components):
        yield "components", "must not be phonetic without phoneticSystem or phoneticScript"


def _sort_as(name: Record) -> Iterator[Fault]:
    """RFC 9553 2.2.1.1: each key is the kind of a component."""
    given = name.get("sortAs")
    if isinstance(given, dict) and "components" in name:
        kinds = set(_kinds(name["components"]))
        yield from (("sortAs", f"has no component of the kind {kind[:40]!r}") for kind in given if kind not in kinds)


def _kinds(components: Any) -> list[str]:
    found = [each.get("kind") for each in components if isinstance(each, dict)] if isinstance(components, list) else []
    return [kind for kind in found if isinstance(kind, str)]


def _units(organization: Record) -> Iterator[Fault]:
    if organization.get("units") == []:  # RFC 9553 2.2.3
        yield "units", "must not be empty"


def _resource(media: Record) -> Iterator[Fault]:
    if ("uri" in media) == ("blobId" in media):  # RFC 9610 3
        yield "", "must have either uri or blobId"


def _partial_date(date: Record) -> Iterator[Fault]:
    """RFC 9553 2.8.1: a date, a year, a month of a year, or a day of a month."""
    year, month, day = (date.get(name) for name in ("year", "month", "day"))
    if month is None and year is None and day is None:
        yield "", "must have a year, or a month and a day"
    if month is not None and year is None and day is None:
        yield "month", "must not be set without year or day"
    if day is not None and month is None:
        yield "day", "must not be set without month"
    elif type(day) is int and type(month) is int and 1 <= month <= 12:
        leap = type(year) is not int or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        if day > (29 if month == 2 and leap else _DAYS[month - 1]):
            yield "day", "is not a day of that month"


_COMPONENTS = Rule(("components", "isOrdered", "defaultSeparator"), _components)
_PHONETIC = Rule(("components", "phoneticSystem", "phoneticScript"), _phonetic)
RULES: dict[str, tuple[Rule, ...]] = {
    "Card": (Rule(("members", "kind"), _members), Rule(("uid", "version"), _uid)),
    "Name": (
        one_of("components", "full"),
        needs("sortAs", "components"),
        needs("defaultSeparator", "components"),
        _COMPONENTS,
        _PHONETIC,
        Rule(("sortAs", "components"), _sort_as),
    ),
    "Organization": (one_of("name", "units"), Rule(("units",), _units)),
    "SpeakToAs": (one_of("grammaticalGender", "pronouns"),),
    "OnlineService": (one_of("uri", "user"),),
    "Address": (
        one_of("components", "coordinates", "countryCode", "full", "timeZone"),
        needs("defaultSeparator", "components"),
        _COMPONENTS,
        _PHONETIC,
    ),
    "Media": (Rule(("uri", "blobId"), _resource),),
    "PartialDate": (Rule(("year", "month", "day"), _partial_date),),
    "Author": (one_of("name", "uri"),),
}
