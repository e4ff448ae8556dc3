"""Localizations of a Card (RFC 9553 1.4.3, 2.7.1): the Card in another language, and the patch that leads to it."""

import re
from typing import Any

from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.patch import paths

_INDEX = re.compile("0|[1-9][0-9]{0,8}").fullmatch


def applied(record: Record, patch: Record) -> Record:
    """The patched Card, a new one; other than in JMAP a path may lead into an array. Raises InvalidPatch."""
    if not isinstance(patch, dict):
        raise InvalidPatch("a patch is an object")
    new = dict(record)
    copied: set[tuple[str, ...]] = set()
    for path, value in paths(patch).items():
        apply(new, path, value, copied)
    return new


def apply(card: Record, path: tuple[str, ...], value: Any, copied: set[tuple[str, ...]]) -> None:
    """One patch on a Card that may be changed; what is in it is copied first, once (`copied`). Raises InvalidPatch."""
    parent: Any = card
    for length in range(1, len(path)):
        name = _member(parent, path[length - 1])
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
        parent[_member(parent, path[-1])] = value
    elif value is None:
        parent.pop(path[-1], None)
    else:
        parent[path[-1]] = value


def _member(parent: Any, token: str) -> Any:
    """The name or the index of what is there."""
    if isinstance(parent, list):
        if not _INDEX(token) or int(token) >= len(parent):
            raise InvalidPatch(f"the array has no element {token[:80]!r}")
        return int(token)
    if token not in parent:
        raise InvalidPatch(f"there is no {token[:80]!r}")
    return token


def in_language(record: Record, language: str) -> Record | None:
    """The Card in a language, without its localizations; None when the patch is not valid for it."""
    main = {name: value for name, value in record.items() if name != "localizations"}
    try:
        return applied(main, record["localizations"][language])
    except InvalidPatch:
        return None


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
