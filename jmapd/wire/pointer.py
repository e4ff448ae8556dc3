"""JSON Pointer (RFC 6901) with the "*" of result references (RFC 8620 3.7)."""

import re
from typing import Any

_INDEX = re.compile(r"0|[1-9][0-9]{0,15}").fullmatch
_BAD_ESCAPE = re.compile(r"~(?![01])").search


class PointerError(ValueError):
    """Not a JSON Pointer, or it points to nothing."""


def tokens(path: str) -> list[str]:
    """The reference tokens of a pointer, unescaped (RFC 6901 3 and 4)."""
    if not path:
        return []
    if not path.startswith("/"):
        raise PointerError(f"a JSON Pointer begins with '/': {path[:80]!r}")
    if "~" not in path:
        return path[1:].split("/")
    if _BAD_ESCAPE(path):
        raise PointerError(f"'~' must be followed by 0 or 1: {path[:80]!r}")
    # RFC 6901 4: ~1 first, else ~01 would become a slash
    return [token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")]


def resolve(document: Any, path: str) -> Any:
    """The value that `path` points to; raises PointerError when there is none."""
    return _resolve(document, tokens(path), 0)


def _resolve(value: Any, path: list[str], start: int) -> Any:
    for position in range(start, len(path)):
        token = path[position]
        if isinstance(value, dict):
            if token not in value:
                raise PointerError(f"there is no {token[:80]!r}")
            value = value[token]
        elif isinstance(value, list):
            if token == "*":
                return _map(value, path, position + 1)
            if not _INDEX(token) or int(token) >= len(value):
                raise PointerError(f"the array has no element {token[:80]!r}")
            value = value[int(token)]
        else:
            raise PointerError(f"{token[:80]!r} is looked for in a value that is neither object nor array")
    return value


def _map(items: list[Any], path: list[str], start: int) -> list[Any]:
    """RFC 8620 3.7: each item's result in order; results that are arrays are flattened."""
    out: list[Any] = []
    for item in items:
        result = _resolve(item, path, start)
        if isinstance(result, list):
            out.extend(result)
        else:
            out.append(result)
    return out
