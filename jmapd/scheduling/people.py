"""Who of an event's participants somebody is, and the same person under another id in another copy of the event."""

from collections.abc import Callable
from typing import Any

from jmapd.formats.itip import address_of, normal, participants_of
from jmapd.wire import Id, Record

IsMine = Callable[[object], bool]  # of a calendar address


def is_same(one: object, other: object) -> bool:
    """Whether two calendar addresses are."""
    return isinstance(one, str) and isinstance(other, str) and normal(one) == normal(other)


def own(event: Record, is_mine: IsMine) -> dict[Id, Record]:
    """The user as a participant."""
    return {id: each for id, each in participants_of(event).items() if is_mine(each.get("calendarAddress"))}


def with_ids_of(known: Record, event: Record) -> Record:
    """The event with the ids that `known` has for the same people: an organizer and an attendee may differ in them."""
    before = {address: id for id, each in participants_of(known).items() if (address := address_of(each))}
    there = participants_of(event)
    renamed = {id: before.get(address_of(each) or "", id) for id, each in there.items()}
    if len(set(renamed.values())) < len(renamed) or all(id == new for id, new in renamed.items()):
        return event
    out = event | {"participants": {renamed[id]: each for id, each in there.items()}}
    overrides = event.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        out["recurrenceOverrides"] = {
            date: {_renamed(pointer, renamed): value for pointer, value in patch.items()}
            for date, patch in overrides.items()
        }
    return out


def _renamed(pointer: str, renamed: dict[Id, Id]) -> str:
    parts: list[Any] = pointer.split("/")
    if parts[0] == "participants" and len(parts) > 1:
        parts[1] = renamed.get(parts[1], parts[1])
    return "/".join(parts)
