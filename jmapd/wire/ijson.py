"""I-JSON in and out (RFC 7493, RFC 8620 1.5)."""

import json
import re
from collections.abc import Iterable
from typing import Any

import orjson

from jmapd.wire.errors import NotJSON

MAX_DEPTH = 128
_LARGEST = 2**53 - 1
_NONCHARACTER = re.compile(
    "[\ufdd0-\ufdef" + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF)) + "]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HINTS = (b"\xbf\xbe", b"\xbf\xbf", b"\xef\xb7")  # how the noncharacters' UTF-8 ends or begins


def loads(data: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """The value; raises NotJSON with the reason. orjson decides on UTF-8, surrogates and NaN, json sees pairs."""
    try:
        value = orjson.loads(data)
        text = data.decode()
        _check_depth(data, value, max_depth)
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise NotJSON("The JSON is nested too deeply.") from error
    except ValueError as error:
        raise NotJSON(f"The body is not I-JSON: {error}") from error
    if (not text.isascii() or "\\u" in text) and _NONCHARACTER.search(orjson.dumps(value).decode()):
        raise NotJSON("The body is not I-JSON: a string has a Unicode noncharacter.")
    return value


def may_hold(text: str) -> bool:
    """Whether an I-JSON string can be this text (RFC 7493 2.1)."""
    return text.isascii() or not (_NONCHARACTER.search(text) or _SURROGATE.search(text))


def dumps(value: Any) -> bytes:
    """The value as I-JSON; what no I-JSON string may hold becomes U+FFFD."""
    try:
        out = orjson.dumps(value)
    except TypeError:
        return orjson.dumps(_cleaned(value))
    if any(hint in out for hint in _HINTS) and _NONCHARACTER.search(out.decode()):
        return orjson.dumps(_cleaned(value))
    return out


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object has two members named {twice[:80]!r}")  # RFC 7493 2.3
    return out


def _integer(text: str) -> int:
    if len(text) > 17 or not -_LARGEST <= (number := int(text)) <= _LARGEST:
        raise ValueError(f"the integer {text[:40]} is outside -2^53+1 to 2^53-1")  # RFC 7493 2.2
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_int=_integer)


def _check_depth(data: bytes, value: Any, max_depth: int) -> None:
    if data.count(b"[") + data.count(b"{") <= max_depth:
        return
    level = _containers([value])
    for _ in range(max_depth):
        level = _containers(child for parent in level for child in _members(parent))
    if level:
        raise ValueError(f"it is nested more than {max_depth} deep")


def _containers(values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, dict | list)]


def _members(parent: Any) -> Iterable[Any]:
    return parent.values() if isinstance(parent, dict) else parent


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _NONCHARACTER.sub("\ufffd", _SURROGATE.sub("\ufffd", value))
    if isinstance(value, dict):
        return {_cleaned(name): _cleaned(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    return value
