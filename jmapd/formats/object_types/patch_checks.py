"""Whether a PatchObject fits an object (RFC 9553 1.4.3, jscalendarbis-15 1.5.9), linear in the size of the patch."""

from typing import Any

from jmapd.formats.object_types import forms
from jmapd.formats.object_types.checks import Checks, Found, Path
from jmapd.formats.object_types.patches import escaped, member
from jmapd.formats.object_types.schema import Row
from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.pointer import PointerError, tokens

DEEPEST = 128  # wire/ijson.py lets no deeper object in
Paths = dict[tuple[str, ...], str]
Changed = dict[tuple[str, ...], tuple[str, Record, Record]]  # its type, the object as it was, what is set in it


def paths_of(patch: Record, at: Path, found: Found) -> Paths:
    """The paths of a patch and the keys that they were; what is wrong with them is told."""
    paths: Paths = {}
    for key in patch:
        try:
            path = tuple(tokens("/" + key))
            if len(path) > DEEPEST:
                raise PointerError("leads too deep")
            paths[path] = key
        except PointerError as error:
            found.add((at, key), str(error))
    for path, key in list(paths.items()):
        if any(path[:length] in paths for length in range(1, len(path))):
            found.add((at, key), "overlaps another patch")
            del paths[path]
    return paths


def check_patch(checks: Checks, name: str, base: Record, patch: Record, paths: Paths, at: Path, found: Found) -> None:
    """What is wrong with the values at these paths, and with the objects that they change as wholes."""
    changed: Changed = {(): (name, base, {})}
    good: Paths = {}
    for path, key in paths.items():
        try:
            row, parent = _parent(checks, name, base, path)
            if isinstance(parent, list):
                member(parent, path[-1])
                if patch[key] is None:
                    raise InvalidPatch("a patch does not remove elements of an array")
        except InvalidPatch as error:
            found.add((at, key), str(error))
            continue
        good[path] = key
        type_ = checks.schema.object_type(row, parent)
        if type_ is not None:
            changed.setdefault(path[:-1], (type_, parent, {}))[2][path[-1]] = patch[key]
            _check_property(checks, type_, path[-1], patch[key], (at, key), found)
        elif row is not None and row.type.endswith("]") and patch[key] is not None:
            check_key, check = checks.inside(row)
            check_key(path[-1], (at, key), found)
            check(patch[key], (at, key), found)
    _check_wholes(checks, changed, patch, good, at, found)


def _check_wholes(checks: Checks, changed: Changed, patch: Record, good: Paths, at: Path, found: Found) -> None:
    """What is wrong with the changed objects as wholes."""
    for above, (type_, parent, touched) in changed.items():
        new: Record = {each: parent[each] for each in checks.schema.types[type_] if each in parent}
        if not above:
            touched = _maps(checks, type_, new | touched, patch, good) | touched
        new = {each: value for each, value in (new | touched).items() if value is not None}
        faults = Found(found.strict)
        checks.rules(type_, new, None, faults, touched)
        for where, why in faults.problems:
            whole = "/".join(filter(None, (escaped(*above), where)))
            if (whole, why) not in found.problems:  # the object itself has been told of
                found.add((at, whole), why)


def _maps(checks: Checks, name: str, record: Record, patch: Record, paths: Paths) -> Record:
    """The maps that are patched inside: no more of them than what is patched, or named by another member."""
    out: Record = {}
    named = {value for value in record.values() if isinstance(value, str)}
    for path, key in paths.items():
        old = record.get(path[0])
        if len(path) not in (2, 3) or not isinstance(old, dict):
            continue
        members = out.setdefault(path[0], {each: old[each] for each in named & old.keys()})
        if len(path) == 2:
            members[path[1]] = patch[key]
            continue
        inner = members.get(path[1], old.get(path[1]))
        row = checks.schema.member(checks.schema.member(Row(name), path[0]), path[1])
        if isinstance(inner, dict) and row is not None and row.type in checks.schema.types:
            new = {each: inner[each] for each in checks.schema.types[row.type] if each in inner} | {path[2]: patch[key]}
            members[path[1]] = {each: value for each, value in new.items() if value is not None}
    return out


def _parent(checks: Checks, name: str, base: Record, path: tuple[str, ...]) -> tuple[Row | None, Any]:
    """The object or array that a path leads into, and the row of it. Raises InvalidPatch."""
    row: Row | None = Row(name)
    value: Any = base
    for token in path[:-1]:
        row = checks.schema.member(row, token, value)
        value = value[member(value, token)]
        if not isinstance(value, dict | list):
            raise InvalidPatch("there is nothing that could be patched")
    return row, value


def _check_property(checks: Checks, name: str, token: str, value: Any, at: Path, found: Found) -> None:
    row = checks.schema.types[name].get(token)
    if value is None:
        if row is not None and row.is_mandatory:
            found.add(at, "must not be removed")
    elif row is not None:
        checks.of[name][token](value, at, found)
    elif why := forms.property_name(checks.schema, token):
        found.add(at, why)
