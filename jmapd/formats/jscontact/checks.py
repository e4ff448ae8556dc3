"""Checks values against the types of schema.py (RFC 9553 1.3, 1.4 and 1.7), linear in their size.

A vendor's or unknown property may hold anything.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from jmapd.formats.jscontact import forms
from jmapd.formats.jscontact.rules import RULES
from jmapd.formats.jscontact.schema import TYPES, Row
from jmapd.wire.ids import is_id

LONGEST_NAME = 255  # of what a problem names, so that 100 problems stay small
MOST_PROBLEMS = 100  # a client can use no more, and a hostile card has as many as it has members
Path = tuple[Any, str] | None  # the path of what it is in, and its name there
Problem = tuple[str, str]
_SAFE = 2**53 - 1


class Found:
    """The problems of one card."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.problems: list[Problem] = []

    def add(self, path: Path, why: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((pointer(path), why))


Check = Callable[[Any, Path, Found], None]


def pointer(path: Path) -> str:
    """The JSON Pointer (RFC 6901 4), without its first "/" as in a PatchObject; it ends where a name is too long."""
    names: list[str] = []
    while path is not None:
        path, name = path
        if len(name) > LONGEST_NAME:
            names = [name[:LONGEST_NAME]]
        else:
            names.append(name)
    return "/".join(name.replace("~", "~0").replace("/", "~1") for name in reversed(names))


def check_object(name: str, value: Any, path: Path, found: Found) -> None:
    """An object of one of the types of schema.TYPES."""
    if not isinstance(value, dict):
        found.add(path, f"must be an object ({name})")
        return
    checks = checks_of(name)
    for member, inner in value.items():
        check = checks.get(member)
        if check is not None:
            check(inner, (path, member), found)
        elif why := forms.property_name(member):
            found.add((path, member), why)
    if value.get("@type", name) != name:
        found.add((path, "@type"), f"must be {name!r}")  # RFC 9553 1.3.4
    for member in _mandatory(name):
        if member not in value:
            found.add((path, member), "must be given")
    for rule in RULES.get(name, ()):
        for where, why in rule(value):
            found.add((path, where) if where else path, why)


@cache
def checks_of(name: str) -> dict[str, Check]:
    """The check of each property of an object type."""
    return {member: _check(row) for member, row in TYPES[name].items()}


@cache
def _mandatory(name: str) -> tuple[str, ...]:
    return tuple(member for member, row in TYPES[name].items() if row.is_mandatory)


def _check(row: Row) -> Check:
    """The check of one property's values."""
    if row.type == "PartialDate|Timestamp":
        return _date
    if row.type.endswith("[]"):
        return _list_of(_plain(row.type[:-2], row))
    if row.type.endswith("]"):
        key, _, member = row.type[:-1].partition("[")
        return _map_of(
            _ID if key == "Id" else _string(row), _TRUE if member == "Boolean" else _plain(member, Row(member))
        )
    return _plain(row.type, row)


def _plain(name: str, row: Row) -> Check:
    """What stands in a property, a list or a map."""
    if name in TYPES:
        return lambda value, path, found: check_object(name, value, path, found)
    if name == "String":
        return _string(row)
    if name == "UnsignedInt":
        return _integer(row.least, row.most)
    return _SCALARS[name]


def _list_of(check: Check) -> Check:
    def check_list(value: Any, path: Path, found: Found) -> None:
        if not isinstance(value, list):
            found.add(path, "must be an array")
            return
        for position, member in enumerate(value):
            check(member, (path, str(position)), found)

    return check_list


def _map_of(check_key: Check, check: Check) -> Check:
    def check_map(value: Any, path: Path, found: Found) -> None:
        if not isinstance(value, dict):
            found.add(path, "must be an object")
            return
        for key, member in value.items():
            inner = (path, key)
            check_key(key, inner, found)
            check(member, inner, found)

    return check_map


def _string(row: Row) -> Check:
    form = forms.FORMS.get(row.form, forms.text)
    strict_form = forms.STRICT_FORMS.get(row.form, forms.text)

    def check_string(value: Any, path: Path, found: Found) -> None:
        if not isinstance(value, str):
            found.add(path, "must be a string")
        elif why := (strict_form if found.strict else form)(value):
            found.add(path, why)

    def check_enumerated(value: Any, path: Path, found: Found) -> None:
        if not isinstance(value, str):
            found.add(path, "must be a string")
        elif value not in row.values:
            is_open = row.is_open and not found.strict
            if why := forms.enumerated(value, row.values, is_open):
                found.add(path, why)

    return check_enumerated if row.values else check_string


def _integer(least: int, most: int) -> Check:
    wanted = f"must be an integer of {least} or more" + (f", at most {most}" if most < _SAFE else "")

    def check_integer(value: Any, path: Path, found: Found) -> None:
        if not (type(value) is int and least <= value <= most):
            found.add(path, wanted)

    return check_integer


def _one(fits: Callable[[Any], bool], wanted: str) -> Check:
    def check_one(value: Any, path: Path, found: Found) -> None:
        if not fits(value):
            found.add(path, wanted)

    return check_one


def _date(value: Any, path: Path, found: Found) -> None:
    """RFC 9553 1.3.4: without @type it is the default type."""
    name = value.get("@type", "PartialDate") if isinstance(value, dict) else "PartialDate"
    if name in ("PartialDate", "Timestamp"):
        check_object(name, value, path, found)
    else:
        found.add((path, "@type"), "must be 'PartialDate' or 'Timestamp'")


def _is_parameter(value: Any) -> bool:
    """A value of a jCard parameter (RFC 7095 3.4), or several; numbers are taken for their digits."""
    members = value if isinstance(value, list) else [value]
    return all(isinstance(each, str | int | float) for each in members)


def _property(value: Any, path: Path, found: Found) -> None:
    """A property of jCard (RFC 7095 3.3): name, parameters, type, values."""
    if not (isinstance(value, list) and len(value) > 3 and isinstance(value[0], str) and isinstance(value[2], str)):
        found.add(path, "must be an array of name, parameters, type and at least one value")
        return
    name = value[0]
    if forms.FORMS["vCard name"](name) or name.lower() in ("begin", "end"):
        found.add((path, "0"), "must be the name of a vCard property")
    _PARAMETERS(value[1], (path, "1"), found)


_ID = _one(is_id, "must be an Id")
_TRUE = _one(lambda value: value is True, "must be true")
_SCALARS: dict[str, Check] = {
    "Id": _ID,
    "Boolean": _one(lambda value: value is True or value is False, "must be true or false"),
    "UTCDateTime": _one(forms.is_moment, "must be a UTCDateTime"),
    "PatchObject": _one(lambda value: isinstance(value, dict), "must be an object (PatchObject)"),
    "JCardParam": _one(_is_parameter, "must be a string, or an array of strings"),
    "JCardProp": _property,
}
_PARAMETERS = checks_of("Card")["vCardParams"]
