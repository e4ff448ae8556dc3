"""Whether an Event or a Task is valid (jscalendarbis-15 1.7), and the whole object that a client means."""

from typing import Any
from uuid import uuid4

from jmapd.formats.jscalendar.checks import CHECKS, SCHEMA
from jmapd.formats.jscalendar.instances import is_forbidden
from jmapd.formats.jscalendar.meant import KEEPS, modern, type_of
from jmapd.formats.jscalendar.schema import OF_THE_BASE, PER_USER, PRIVATE_SHOWN, TYPES, VERSIONS
from jmapd.formats.object_types import forms, patches
from jmapd.formats.object_types.checks import Found, Path, Problem
from jmapd.formats.object_types.patch_checks import check_patch, paths_of
from jmapd.wire import Record

__all__ = ["PER_USER", "PRIVATE_SHOWN", "Problem", "is_property", "new_uid", "normalised", "problems"]


def new_uid() -> str:
    """jscalendarbis-15 3.1.1."""
    return str(uuid4())


def is_property(name: str) -> bool:
    """Whether an Event or a Task may have a property of that name (jscalendarbis-15 1.7.2, 1.7.4, 1.8.1)."""
    return any(name in TYPES[each] for each in ("Event", "Task")) or forms.property_name(SCHEMA, name) is None


def problems(record: Record, old: Record | None = None, strict: bool = False) -> list[Problem]:
    """Where the object is wrong (a JSON Pointer without its first "/") and why.

    `old`: what the object was before; the faults that it had then, as those of files may, are not the change's.
    """
    found = Found(strict)
    name = type_of(record)
    CHECKS.object(name, record, None, found)
    base = {member: value for member, value in record.items() if member not in _PATCHED}
    for member, check in _PATCHED.items():
        given = record.get(member)
        for key, patch in given.items() if isinstance(given, dict) else ():
            if isinstance(patch, dict):
                check(name, base, patch, ((None, member), key), found)
    if old is None:
        return found.problems
    if found.problems:
        before = set(problems(old, strict=strict))
        found.problems = [each for each in found.problems if each not in before]
    for member in ("@type", "uid", "recurrenceId"):  # the id is made of them (jmap-calendars-27 1.4.1, 5)
        if old.get(member) != record.get(member):
            found.add((None, member), "cannot be changed")
    return found.problems


def _check_override(name: str, base: Record, patch: Record, at: Path, found: Found) -> None:
    """jscalendarbis-15 3.3.4; jmap-calendars-27 5 and 5.1."""
    if "excluded" in patch:
        if patch["excluded"] is not True or len(patch) > 1:
            found.add((at, "excluded"), "must be true, and nothing else be set")
        return
    paths = paths_of(patch, at, found)
    for path, key in list(paths.items()):
        if path[0] in OF_THE_BASE:
            found.add((at, key), "must not be set in recurrenceOverrides")
        if path[0] in OF_THE_BASE or is_forbidden(path):  # a pointer that must be ignored
            del paths[path]
    check_patch(CHECKS, name, base, patch, paths, at, found)


def _check_localization(name: str, base: Record, patch: Record, at: Path, found: Found) -> None:
    """RFC 8984 4.6.1."""
    paths = paths_of(patch, at, found)
    for path, key in list(paths.items()):
        if path[0] in ("localizations", "recurrenceOverrides"):
            found.add((at, key), f"must not be about {path[0]}")
            del paths[path]
    check_patch(CHECKS, name, base, patch, paths, at, found)


_PATCHED = {"recurrenceOverrides": _check_override, "localizations": _check_localization}


def normalised(record: Record, old: Record | None = None, strict: bool = False) -> Record:
    """The whole object that a client means: what must be there filled in; nulls, what is empty and "@type" where it is
    implied left out; what RFC 8984 wrote otherwise as jscalendarbis-15 has it.

    `old`: what the object was before; what did not change since stays as it is. `strict`: is only filled in.
    """
    name = type_of(record)
    given = {member: value for member, value in record.items() if value is not None}
    out: Record = given if strict else KEEPS.object(name)(modern(given, old or {}), old)
    out = {"@type": name, "version": VERSIONS[0], **out}
    if not strict and out["version"] in VERSIONS:
        out["version"] = VERSIONS[0]  # which it is now
    if "uid" not in out:
        out["uid"] = new_uid()
    if old and not strict:
        _drop_homeless(out, old)
    return out


def _drop_homeless(record: Record, old: Record) -> None:
    """A client that knows nothing of mainLocationId or overrides changes what they are about."""
    main, locations = record.get("mainLocationId"), record.get("locations")
    if main is not None and main == old.get("mainLocationId"):
        location = locations.get(main) if isinstance(locations, dict) else None
        if not isinstance(location, dict) or "name" not in location:
            del record["mainLocationId"]
    for member in _PATCHED:
        given: Any = record.get(member)
        if isinstance(given, dict) and given == old.get(member):
            kept = {key: patches.in_place(patch, record, old) for key, patch in given.items()}
            if kept != given:
                record[member] = kept
