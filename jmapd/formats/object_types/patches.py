"""PatchObjects within an object (RFC 9553 1.4.3, jscalendarbis-15 1.5.9).

Other than in JMAP a path may lead into an array.
"""

import re
from typing import Any

from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.patch import paths
from jmapd.wire.pointer import PointerError, resolve

_INDEX = re.compile("0|[1-9][0-9]{0,8}").fullmatch


def applied(record: Record, patch: Record) -> Record:
    """The patched object, a new one. Raises InvalidPatch."""
    if not isinstance(patch, dict):
        raise InvalidPatch("a patch is an object")
    new = dict(record)
    copied: set[tuple[str, ...]] = set()
    for path, value in paths(patch).items():
        apply(new, path, value, copied)
    return new


def apply(record: Record, path: tuple[str, ...], value: Any, copied: set[tuple[str, ...]]) -> None:
    """One patch on an object, in place; what is in it is copied first, once (`copied`). Raises InvalidPatch."""
    parent: Any = record
    for length in range(1, len(path)):
        name = member(parent, path[length - 1])
        child = parent[name]
        if not isinstance(child, dict | list):
            raise InvalidPatch(f"there is nothing at {'/'.join(path[:length])[:80]!r} that could be patched")
        if path[:length] not in copied:
            copied.add(path[:length])
            child = child.copy()
            parent[name] = child
        parent = child
    if isinstance(parent, list):
        if value is None:
            raise InvalidPatch("a patch does not remove elements of an array")
        parent[member(parent, path[-1])] = value
    elif value is None:
        parent.pop(path[-1], None)
    else:
        parent[path[-1]] = value


def member(parent: Any, token: str) -> Any:
    """The name or the index of what is there."""
    if isinstance(parent, list):
        if not _INDEX(token) or int(token) >= len(parent):
            raise InvalidPatch(f"the array has no element {token[:80]!r}")
        return int(token)
    if token not in parent:
        raise InvalidPatch(f"there is no {token[:80]!r}")
    return token


def escaped(*tokens: str) -> str:
    """A path of a PatchObject (RFC 6901 3, without the leading slash)."""
    return "/".join(token.replace("~", "~0").replace("/", "~1") for token in tokens)


def differences(old: Any, new: Any, path: tuple[str, ...] = (), depth: int = 0) -> list[tuple[tuple[str, ...], Any]]:
    """Paths and values of a patch that makes `new` of `old`; never into an array, None where something is gone."""
    if old == new:
        return []
    if not (isinstance(old, dict) and isinstance(new, dict)) or depth > 8:
        return [(path, new)]
    found: list[tuple[tuple[str, ...], Any]] = []
    for name in new:
        if name not in old:
            found.append(((*path, name), new[name]))
        else:
            found += differences(old[name], new[name], (*path, name), depth + 1)
    return found + [((*path, name), None) for name in old if name not in new]


def in_place(patch: Any, new: Record, old: Record) -> Any:
    """A patch but for what had its place in the old object and has none in the new one."""
    if not isinstance(patch, dict):
        return patch
    return {key: value for key, value in patch.items() if has_place(new, key) or not has_place(old, key)}


def has_place(record: Record, key: str) -> bool:
    """Whether there is what a patch of that path would be put into."""
    parent, _, last = f"/{key}".rpartition("/")
    try:
        found = resolve(record, parent)
        return isinstance(found, dict) or (isinstance(found, list) and resolve(found, f"/{last}") is not None)
    except PointerError:
        return False


def size(value: Any, most: int) -> int:
    """How many values there are in a value; stops counting beyond `most`."""
    count, waiting = 0, [value]
    while waiting and count <= most:
        each = waiting.pop()
        count += 1
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return count
