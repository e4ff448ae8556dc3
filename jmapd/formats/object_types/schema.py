"""What a standard declares of its object types (RFC 9553 1.3, 1.7; jscalendarbis-15 1.4, 1.7)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from jmapd.wire import Record

Fault = tuple[str, str]  # a member, "" for the object itself, and why
Form = Callable[[str], str | None]  # answers None, or what is wrong
SAFE = 2**53 - 1


class Row(NamedTuple):
    """One property of one object type."""

    type: str  # as "Id[EmailAddress]"; of several object types the first is the defaultType (RFC 9553 1.3.3)
    is_mandatory: bool = False
    values: tuple[str, ...] = ()  # enumerated (RFC 9553 1.7.5): of the string, or of the keys of a String[Boolean]
    form: str = ""  # a further demand on a string, or on the keys of a String[...]: its name in Schema.forms
    least: int = 0  # of a number
    most: int = SAFE
    is_open: bool = False  # real clients send enumerated values of their own: "cell", "other"
    is_closed: bool = False  # nor can vendors have other enumerated values


class Rule(NamedTuple):
    """What an object must be as a whole. It is given what may be of wrong types."""

    members: tuple[str, ...]  # which it looks at
    faults: Callable[[Record], Iterator[Fault]]
    is_strict: bool = False  # only by the letter


class Scalar(NamedTuple):
    """A data type that is no object."""

    fits: Callable[[Any], bool]
    wanted: str


@dataclass(frozen=True, eq=False)
class Schema:
    """The object types of one standard."""

    types: Mapping[str, Mapping[str, Row]]
    forms: Mapping[str, Form]
    strict_forms: Mapping[str, Form]
    scalars: Mapping[str, Scalar]
    rules: Mapping[str, tuple[Rule, ...]]
    reserved: frozenset[str] = frozenset()  # names that no object may have
    caseless: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        names = {name for rows in self.types.values() for name in rows} | self.reserved
        object.__setattr__(self, "caseless", {name.lower(): name for name in names})

    def member(self, row: Row | None, token: str, value: Any = None) -> Row | None:
        """The row of what stands in the value of a row under a name or an index; None where anything may stand."""
        if row is None:
            return None
        if row.type in self.types:
            return self.types[row.type].get(token)
        if row.type.endswith("[]"):
            return row._replace(type=row.type[:-2])
        if row.type.endswith("]"):
            return Row(row.type[:-1].partition("[")[2])
        name = self.object_type(row, value)
        return self.types[name].get(token) if name else None

    def object_type(self, row: Row | None, value: Any) -> str | None:
        """The object type of a value of a row: its "@type" where the row has several."""
        names = row.type.strip("()").split("|") if row else []
        name = value.get("@type", names[0]) if len(names) > 1 and isinstance(value, dict) else names[0] if names else ""
        return name if isinstance(name, str) and name in names and name in self.types else None


def not_empty(*members: str) -> Rule:
    """Each of them has something in it."""

    def faults(value: Record) -> Iterator[Fault]:
        yield from ((member, "must not be empty") for member in members if value.get(member) in ({}, []))

    return Rule(members, faults)


def one_of(*members: str) -> Rule:
    """At least one is set; a default of the type does not count."""

    def faults(value: Record) -> Iterator[Fault]:
        if not any(member in value for member in members):
            yield "", f"must have one of {', '.join(members)}"

    return Rule(members, faults)


def none_of(*members: str) -> Rule:
    """Reserved names: by the letter they are invalid (RFC 9553 1.7.3, jscalendarbis-15 1.7.3), else they are kept."""

    def faults(value: Record) -> Iterator[Fault]:
        yield from ((member, "is reserved") for member in members if member in value)

    return Rule(members, faults, is_strict=True)


def needs(member: str, other: str) -> Rule:
    """The first member only beside the other."""

    def faults(value: Record) -> Iterator[Fault]:
        if member in value and other not in value:
            yield member, f"must not be set without {other}"

    return Rule((member, other), faults)


def excludes(member: str, other: str) -> Rule:
    """Not both of them."""

    def faults(value: Record) -> Iterator[Fault]:
        if member in value and other in value:
            yield member, f"must not be set beside {other}"

    return Rule((member, other), faults)
