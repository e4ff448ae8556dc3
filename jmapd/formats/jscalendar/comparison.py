"""Whether two JSCalendar values say the same, and the patch from one to the other (jscalendarbis 1.5.9)."""

from __future__ import annotations

from typing import Any

from jmapd.formats.jscalendar.units import Key

_DEPTH = 8
_MUCH = 16


def plain(value: Any) -> Any:
    """A value as it is compared: without types and without what is empty or null."""
    if isinstance(value, dict):
        found = {name: plain(each) for name, each in value.items() if name != "@type" and each is not None}
        return {name: each for name, each in found.items() if each != {}}
    return [plain(each) for each in value] if isinstance(value, list) else value


def same(one: Any, other: Any) -> bool:
    """Whether both say the same."""
    if isinstance(one, list) and isinstance(other, list) and len(one) != len(other):
        return False
    return bool(one == other or plain(one) == plain(other))


def differences(
    old: Any, new: Any, path: Key = (), depth: int = 0, but: tuple[str, ...] = ("@type",)
) -> list[tuple[Key, Any]]:
    """Paths and values of a patch that makes `new` of `old`; never into an array, None where something is gone."""
    if old == new:
        return []
    if not (isinstance(old, dict) and isinstance(new, dict)) or depth > _DEPTH:
        return [] if same(old, new) else [(path, new)]
    if path and len(old) > _MUCH and len(old) > 2 * len(new):
        return [(path, new)]  # shorter than to say what is gone
    found: list[tuple[Key, Any]] = []
    for name, value in new.items():
        if name in but or value is None:
            continue
        if name in old:
            found += differences(old[name], value, (*path, name), depth + 1, but)
        elif value != {}:
            found.append(((*path, name), value))
    gone = (name for name, value in old.items() if name not in but and new.get(name) is None)
    return found + [((*path, name), None) for name in gone if old[name] is not None and old[name] != {}]
