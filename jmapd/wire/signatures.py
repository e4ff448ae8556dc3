"""Checks values against the type signatures the RFCs write, as "Id[Boolean]|null" (RFC 8620 1.1 to 1.4)."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from jmapd.wire.dates import parse_date, parse_utc_date
from jmapd.wire.ids import is_id

Check = Callable[[Any], str | None]
_TOKEN = re.compile(r"[A-Za-z]+|\*|\[\]|[\[\]()|]")
_SAFE = 2**53 - 1

# objects whose members are checked, too: name -> (signature, must be there)
STRUCTURES: dict[str, dict[str, tuple[str, bool]]] = {
    "EmailAddress": {"name": ("String|null", False), "email": ("String", True)},  # RFC 8621 4.1.2.3
    "EmailAddressGroup": {"name": ("String|null", False), "addresses": ("EmailAddress[]", True)},
    "EmailHeader": {"name": ("String", True), "value": ("String", True)},
}


def check(signature: str, value: Any) -> str | None:
    """None when the value fits, else what is wrong with it."""
    return compiled(signature)(value)


@cache
def compiled(signature: str) -> Check:
    """The check for one signature, made once."""
    words = _TOKEN.findall(signature)
    parsed, end = _alternatives(words, 0)
    if end != len(words) or "".join(words) != signature.replace(" ", ""):
        raise ValueError(f"not a type signature: {signature!r}")
    return parsed


@cache
def allows_null(signature: str) -> bool:
    """Whether null is a value of this type."""
    return compiled(signature)(None) is None


def _alternatives(words: list[str], at: int) -> tuple[Check, int]:
    first, at = _suffixed(words, at)
    choices = [first]
    while at < len(words) and words[at] == "|":
        choice, at = _suffixed(words, at + 1)
        choices.append(choice)
    return (choices[0] if len(choices) == 1 else _any_of(choices)), at


def _suffixed(words: list[str], at: int) -> tuple[Check, int]:
    if words[at] == "(":
        parsed, at = _alternatives(words, at + 1)
        at += 1
    else:
        parsed, at = _named(words[at]), at + 1
    while at < len(words) and words[at] in ("[]", "["):
        if words[at] == "[]":
            parsed, at = _list_of(parsed), at + 1
        else:
            member, at = _alternatives(words, at + 1)
            parsed, at = _map_of(parsed, member), at + 1
    return parsed, at


def _named(name: str) -> Check:
    if name in _SCALARS:
        return _SCALARS[name]
    if name in STRUCTURES:
        return _structure(name)
    if name[0].isupper():
        return _object  # FilterCondition, Comparator, PatchObject, any record: its own rules come later
    raise ValueError(f"no type is called {name!r}")


def _any_of(choices: list[Check]) -> Check:
    def check_any(value: Any) -> str | None:
        wrong = None
        for choice in choices:
            found = choice(value)
            if found is None:
                return None
            wrong = wrong or found
        return wrong

    return check_any


def _list_of(item: Check) -> Check:
    def check_list(value: Any) -> str | None:
        if not isinstance(value, list):
            return "must be an array"
        for position, member in enumerate(value):
            wrong = item(member)
            if wrong:
                return f"[{position}] {wrong}"
        return None

    return check_list


def _map_of(key: Check, member: Check) -> Check:
    def check_map(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "must be an object"
        for name, inner in value.items():
            wrong = key(name)
            if wrong:
                return f"key {name[:80]!r} {wrong}"
            wrong = member(inner)
            if wrong:
                return f"[{name[:80]!r}] {wrong}"
        return None

    return check_map


def _structure(name: str) -> Check:
    def check_structure(value: Any) -> str | None:
        if not isinstance(value, dict):
            return f"must be an object ({name})"
        for member, (signature, is_required) in STRUCTURES[name].items():
            if member not in value:
                if is_required:
                    return f"lacks {member!r}"
                continue
            wrong = compiled(signature)(value[member])
            if wrong:
                return f"{member!r} {wrong}"
        return None

    return check_structure


def _string(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be a string"


def _identifier(value: Any) -> str | None:
    return None if is_id(value) else "must be an Id"


def _integer(value: Any) -> str | None:
    fits = type(value) is int and -_SAFE <= value <= _SAFE
    return None if fits else "must be an integer"


def _unsigned(value: Any) -> str | None:
    return None if type(value) is int and 0 <= value <= _SAFE else "must be an integer of 0 or more"


def _number(value: Any) -> str | None:
    return None if type(value) in (int, float) else "must be a number"


def _boolean(value: Any) -> str | None:
    return None if value is True or value is False else "must be true or false"


def _null(value: Any) -> str | None:
    return None if value is None else "must be null"


def _anything(value: Any) -> str | None:
    return None


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "must be an object"


def _date(value: Any) -> str | None:
    return None if _parses(parse_date, value) else "must be a Date"


def _utc_date(value: Any) -> str | None:
    return None if _parses(parse_utc_date, value) else "must be a UTCDate"


def _parses(parse: Callable[[str], Any], value: Any) -> bool:
    try:
        return isinstance(value, str) and parse(value) is not None
    except ValueError:
        return False


_SCALARS: dict[str, Check] = {
    "Id": _identifier,
    "String": _string,
    "Int": _integer,
    "UnsignedInt": _unsigned,
    "Number": _number,
    "Boolean": _boolean,
    "Date": _date,
    "UTCDate": _utc_date,
    "null": _null,
    "*": _anything,
}
