"""Checks values against declared types (RFC 9553 1.3, 1.4 and 1.7; jscalendarbis-15 1.4, 1.5 and 1.7).

Linear in their size. A vendor's or unknown property may hold anything.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from jmapd.formats.object_types import forms
from jmapd.formats.object_types.schema import SAFE, Row, Scalar, Schema
from jmapd.wire.ids import is_id

LONGEST_NAME = 255  # of what a problem names, so that 100 problems stay small
MOST_PROBLEMS = 100  # a client can use no more, and a hostile object has as many as it has members
Path = tuple[Any, str] | None  # the path of what it is in, and its name there
Problem = tuple[str, str]


class Found:
    """The problems of one object."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.problems: list[Problem] = []

    def add(self, path: Path, why: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append((pointer(path), why))


Check = Callable[[Any, Path, Found], None]
Rows = Mapping[str, Row]


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


class Checks:
    """The checks of all object types of a schema."""

    def __init__(self, schema: Schema, **more: Check) -> None:
        """`more`: the checks of data types that are neither objects nor scalars."""
        self.schema = schema
        scalars = {name: _one(*scalar) for name, scalar in (_SCALARS | dict(schema.scalars)).items()}
        self._plain = scalars | more
        self.row = cache(self._row)
        self.inside = cache(self._inside)
        self.of = {name: {member: self.row(row) for member, row in rows.items()} for name, rows in schema.types.items()}
        self._mandatory = {
            name: tuple(member for member, row in rows.items() if row.is_mandatory)
            for name, rows in schema.types.items()
        }

    def object(self, name: str, value: Any, path: Path, found: Found) -> None:
        """An object of one of the types."""
        if not isinstance(value, dict):
            found.add(path, f"must be an object ({name})")
            return
        checks = self.of[name]
        for member, inner in value.items():
            check = checks.get(member)
            if check is not None:
                check(inner, (path, member), found)
            elif why := forms.property_name(self.schema, member):
                found.add((path, member), why)
        if value.get("@type", name) != name:
            found.add((path, "@type"), f"must be {name!r}")  # RFC 9553 1.3.4
        for member in self._mandatory[name]:
            if member not in value:
                found.add((path, member), "must be given")
        self.rules(name, value, path, found)

    def rules(self, name: str, value: Any, path: Path, found: Found, touched: Iterable[str] | None = None) -> None:
        """What an object must be as a whole; only what is about one of the touched members."""
        names = None if touched is None else set(touched)
        for rule in self.schema.rules.get(name, ()):
            is_about = names is None or not names.isdisjoint(rule.members)
            if is_about and (found.strict or not rule.is_strict):
                for where, why in rule.faults(value):
                    found.add((path, where) if where else path, why)

    def _row(self, row: Row) -> Check:
        """The check of one property's values."""
        if row.type.endswith("[]"):
            return _list_of(self.inside(row)[1])
        if row.type.endswith("]"):
            return _map_of(*self.inside(row))
        return self._one(row.type, row)

    def _inside(self, row: Row) -> tuple[Check, Check]:
        """The checks of the keys, or indexes, and of the members of a map or list."""
        if row.type.endswith("[]"):
            return _ANY, self._one(row.type[:-2], row)
        key, _, member = row.type[:-1].partition("[")
        check = _TRUE if member == "Boolean" else self._one(member, Row(member))
        return (_ID if key == "Id" else self._key(key, row)), check

    def _key(self, name: str, row: Row) -> Check:
        return self._plain[name] if name in self._plain else self._string(row)

    def _one(self, name: str, row: Row) -> Check:
        """What stands in a property, a list or a map."""
        if "|" in name:
            return self._any_of(Row(name))
        if name in self.schema.types:
            return lambda value, path, found: self.object(name, value, path, found)
        if name == "String":
            return self._string(row)
        if name in ("Int", "UnsignedInt"):
            return _integer(row.least, row.most)
        return self._plain[name]

    def _any_of(self, row: Row) -> Check:
        """RFC 9553 1.3.4: without @type it is of the default type. A type that is not known may come later."""
        names = row.type.strip("()").split("|")
        known = [name for name in names if name in self.schema.types]
        lower = {name.lower() for name in known}

        def check(value: Any, path: Path, found: Found) -> None:
            name = self.schema.object_type(row, value)
            if name is not None:
                self.object(name, value, path, found)
            elif len(known) == len(names) or not isinstance(value["@type"], str):
                found.add((path, "@type"), f"must be {' or '.join(repr(each) for each in known)}")
            elif value["@type"].lower() in lower:
                found.add((path, "@type"), "differs from a known type in case only")  # RFC 9553 1.7.1

        return check

    def _string(self, row: Row) -> Check:
        form = self.schema.forms.get(row.form, forms.text)
        strict_form = self.schema.strict_forms.get(row.form, forms.text)

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
                if why := forms.enumerated(value, row.values, is_open, row.is_closed):
                    found.add(path, why)

        return check_enumerated if row.values else check_string


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


def _integer(least: int, most: int) -> Check:
    wanted = f"must be an integer of {least} or more" + (f", at most {most}" if most < SAFE else "")

    def check_integer(value: Any, path: Path, found: Found) -> None:
        if not (type(value) is int and least <= value <= most):
            found.add(path, wanted)

    return check_integer


def _one(fits: Callable[[Any], bool], wanted: str) -> Check:
    def check_one(value: Any, path: Path, found: Found) -> None:
        if not fits(value):
            found.add(path, wanted)

    return check_one


_ANY = _one(lambda value: True, "")
_ID = _one(is_id, "must be an Id")
_TRUE = _one(lambda value: value is True, "must be true")
_SCALARS = {
    "*": Scalar(lambda value: True, ""),
    "Id": Scalar(is_id, "must be an Id"),
    "Boolean": Scalar(lambda value: value is True or value is False, "must be true or false"),
    "PatchObject": Scalar(lambda value: isinstance(value, dict), "must be an object (PatchObject)"),
}
