"""References to creation ids (RFC 8620 5.3): which record is created first, and real ids in their place."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from jmapd.methods.spec import Property
from jmapd.wire import Id, Record
from jmapd.wire.ids import is_reference

Lookup = Callable[[str], Id]  # creation id -> id; raises when there is none


def creation_order(create: Mapping[str, Record], rows: Mapping[str, Property]) -> list[str]:
    """The creation ids so that each comes after those it refers to; what refers in a circle comes last."""
    return in_order({key: _needed(record, rows) for key, record in create.items()})


def in_order(references: Mapping[str, Collection[str]]) -> list[str]:
    """As creation_order(), of creation ids with those each refers to."""
    needs = {key: set(others) & references.keys() for key, others in references.items()}
    out: dict[str, None] = {}
    while needs:
        ready = [key for key, others in needs.items() if not others - out.keys()]
        if not ready:
            return [*out, *needs]
        for key in ready:
            del needs[key]
        out |= dict.fromkeys(ready)
    return list(out)


def _needed(record: Record, rows: Mapping[str, Property]) -> set[str]:
    return {
        text[1:]
        for name, value in record.items()
        if name in rows and rows[name].ref
        for text in _strings(value)
        if is_reference(text)
    }


def _strings(value: Any) -> Iterator[Any]:
    """The ids of a property that refers to records: "Id", "Id[]" or "Id[Boolean]"."""
    if isinstance(value, list | dict):
        yield from value
    else:
        yield value


def referred(value: Any) -> list[Id]:
    """The ids a property's value refers to."""
    return [text for text in _strings(value) if isinstance(text, str)]


def resolved(value: Any, look_up: Lookup) -> Any:
    """The value with each "#creationId" replaced by the id."""
    if is_reference(value):
        return look_up(value[1:])
    if isinstance(value, list):
        return [look_up(item[1:]) if is_reference(item) else item for item in value]
    if isinstance(value, dict):
        return {look_up(key[1:]) if is_reference(key) else key: member for key, member in value.items()}
    return value
