"""One vCard property as the conversion sees it: its parameters are taken one by one, and what is left is kept."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from jmapd.formats.content_lines import Line, Params
from jmapd.wire import Record

_NAME = re.compile(r"[A-Za-z0-9_/+-]+").fullmatch  # as content_lines.py reads them
_GROUP = re.compile(r"[A-Za-z0-9_.-]+").fullmatch
_FRAME = ("BEGIN", "END")
GENERATED = "DERIVED"  # RFC 9554 4.4


class Property:
    """A line with its parameters merged by name; TYPE is apart, as a list of tokens."""

    __slots__ = ("group", "line", "name", "params", "types", "value", "version")

    def __init__(self, line: Line, version: str) -> None:
        self.line = line
        self.name = line.name
        self.group = line.group
        self.value = line.value
        self.version = version
        self.params: dict[str, list[str]] = {}
        self.types: list[str] = []
        for name, values in line.params:
            if name == "TYPE":  # RFC 6350 5.6: also as one quoted list
                for value in values:
                    self.types += value.split(",") if "," in value else [value]
            elif name in self.params:
                self.params[name] += values
            else:
                self.params[name] = list(values)

    def first(self, name: str) -> str:
        """A parameter's value, which stays untaken; "" when it is not there."""
        values = self.params.get(name)
        return values[0].strip() if values else ""

    def take(self, name: str) -> str | None:
        """A parameter's value, which counts as converted."""
        values = self.params.pop(name, None)
        return None if values is None else ",".join(values)

    def take_value_type(self, *types: str) -> str:
        """The VALUE parameter in lower case where it is one of these types: the property's form says it again."""
        found = self.first("VALUE").lower()
        if found in types:
            del self.params["VALUE"]
            return found
        return ""


class Written(NamedTuple):
    """What a JSContact object becomes: the value, escaped, and the parameters that belong to the value."""

    value: str
    params: Params = []  # noqa: RUF012


class Spec(NamedTuple):
    """A line to be written."""

    name: str
    value: str
    params: Params
    group: str = ""


Read = Callable[[Property], Record | None]
Write = Callable[[Record, str], Written | None]


class Codec(NamedTuple):
    """Both directions of a property's value: None where the other side has no form for it."""

    read: Read
    write: Write


class Param(NamedTuple):
    """A parameter and the member it becomes; "author/name" is a member of a member."""

    name: str
    member: str
    read: Callable[[str], Any]
    write: Callable[[Any], str | None]
    legacy: str = ""  # the experimental name that vCard 3.0 software knows


def leftover(prop: Property) -> Record:
    """RFC 9555 2.15.2, RFC 7095 3.4: the parameters that nothing has taken, as of a jCard."""
    found: Record = {}
    if prop.types:
        found["type"] = prop.types[0] if len(prop.types) == 1 else list(prop.types)
    for name, values in prop.params.items():
        if name != "PROP-ID":
            found[name.lower()] = values[0] if len(values) == 1 else list(values)
    return found


def params_of(kept: object) -> tuple[Params, str]:
    """The parameters of a vCardParams object that can stand in a line, and the group."""
    params: Params = []
    group = ""
    if not isinstance(kept, dict):
        return params, group
    for name, value in kept.items():
        values = [_text(each) for each in (value if isinstance(value, list) else [value])]
        if name.lower() == "group":
            group = values[0] if values and _GROUP(values[0]) else ""
        elif values and _NAME(name) and name.upper() not in _FRAME:
            params.append((name.upper(), values))
    return params, group


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
