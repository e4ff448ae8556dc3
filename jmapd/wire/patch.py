"""PatchObject (RFC 8620 5.3)."""

from collections.abc import Mapping
from typing import Any

from jmapd.wire import Record
from jmapd.wire.errors import InvalidPatch
from jmapd.wire.ijson import MAX_DEPTH
from jmapd.wire.pointer import PointerError, tokens


def paths(patch: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """The patch by unescaped paths; raises InvalidPatch when one path is a prefix of another."""
    out: dict[tuple[str, ...], Any] = {}
    for pointer, value in patch.items():
        try:
            path = tuple(tokens("/" + pointer))
        except PointerError as error:
            raise InvalidPatch(str(error)) from error
        if len(path) > MAX_DEPTH:
            raise InvalidPatch(f"no record is so deep that there is anything at {pointer[:80]!r}")
        out[path] = value
    for path in out:
        if any(path[:length] in out for length in range(1, len(path))):
            raise InvalidPatch(f"two patches overlap at {'/'.join(path)[:80]!r}")
    return out


def apply(
    record: Record, patch: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> tuple[Record, set[str]]:
    """The patched record, a new one, and the names of the top-level properties that now differ.

    A property set to null takes its default where `defaults` has one, else it is gone.
    """
    return apply_paths(record, paths(patch), defaults or {})


def apply_paths(
    record: Record, patch: Mapping[tuple[str, ...], Any], defaults: Mapping[str, Any]
) -> tuple[Record, set[str]]:
    """As `apply`, for a patch that `paths` has taken apart."""
    new = dict(record)
    copied: set[tuple[str, ...]] = set()
    for path, value in patch.items():
        parent = _parent(new, path, copied)
        if value is not None:
            parent[path[-1]] = value
        elif len(path) == 1 and path[0] in defaults:
            parent[path[0]] = defaults[path[0]]
        else:
            parent.pop(path[-1], None)
    names = {path[0] for path in patch}
    return new, {name for name in names if name in new and name not in record or new.get(name) != record.get(name)}


def _parent(new: Record, path: tuple[str, ...], copied: set[tuple[str, ...]]) -> Record:
    """The object that holds the path's last part; what leads there is copied once, the old record stays as it is."""
    parent = new
    for length in range(1, len(path)):
        child = parent.get(path[length - 1])
        if not isinstance(child, dict):
            # RFC 8620 5.3: all parts before the last must exist, and never lead into an array
            raise InvalidPatch(f"there is no object at {'/'.join(path[:length])[:80]!r}")
        if path[:length] not in copied:
            copied.add(path[:length])
            child = dict(child)
            parent[path[length - 1]] = child
        parent = child
    return parent


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The PatchObject that makes `new` of `old`, as deep as it can go."""
    found: dict[str, Any] = {}
    for name in [*old, *(name for name in new if name not in old)]:
        before, after = old.get(name), new.get(name)
        if name in old and name in new and before == after and type(before) is type(after):
            continue
        key = name.replace("~", "~0").replace("/", "~1")
        if isinstance(before, dict) and isinstance(after, dict) and _is_patchable(after):
            found |= {f"{key}/{inner}": value for inner, value in difference(before, after).items()}
        else:
            found[key] = after
    return found


def _is_patchable(value: Mapping[str, Any]) -> bool:
    """Whether no member is null: a patch cannot set one to null, for that takes it away."""
    return all(each is not None for each in value.values())
