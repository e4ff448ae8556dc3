"""What an attendee's REPLY makes of the organizer's event (RFC 5546 3.2.3, jmap-calendars-27 5.2)."""

from jmapd.formats.itip import normal, participant_of, participants_of
from jmapd.formats.jscalendar import instances
from jmapd.formats.jscalendar.units import uuid5
from jmapd.scheduling.invitations import OPEN, recurrence_id
from jmapd.scheduling.people import is_same
from jmapd.wire import Id, Record

_SAID = ("participationStatus", "delegatedTo", "delegatedFrom")
_STAMPS = ("scheduleSequence", "scheduleUpdated")


class Refused(Exception):
    """Why a message is not followed."""


def answered(event: Record, reply: Record, address: str) -> Record:
    """The event with the answer of who has that address. Raises Refused."""
    said = (participant_of(reply, address) or ("", None))[1]
    if said is None or said.get("participationStatus", OPEN) == OPEN:
        raise Refused("it has no answer")
    if "recurrenceId" not in reply or event.get("recurrenceId") is not None:
        return _with_answer(event, event, reply, said, address)
    date = recurrence_id(event, reply)
    occurrence = instances.instance(event, date)
    if occurrence is None:
        raise Refused("there is no such occurrence")
    changed = _with_answer(occurrence, event, reply, said, address)
    return instances.overridden(event, date, instances.override_of(event, date, changed))


def _with_answer(target: Record, event: Record, reply: Record, said: Record, address: str) -> Record:
    """`target`: the event, or one occurrence of it."""
    id, before = _participant(target, said, address)
    stamp = reply.get("sequence", 0), reply.get("updated", "")
    known, of_all = _stamp(before), _stamp(participants_of(event).get(id, {}))
    is_own = target is event or known != of_all  # else only the series was answered: another key (RFC 5546 2.1.5)
    if is_own and stamp < known:
        raise Refused("a later answer is known")
    now = {name: said[name] for name in _SAID if name in said}
    now |= {name: value for name, value in zip(_STAMPS, stamp, strict=True) if value != ""}
    kept = {name: value for name, value in before.items() if name != "delegatedTo"}
    return target | {"participants": target["participants"] | {id: kept | now}}


def _stamp(participant: Record) -> tuple[int, str]:
    sequence, updated = (participant.get(name) for name in _STAMPS)
    return sequence if isinstance(sequence, int) else 0, updated if isinstance(updated, str) else ""


def _participant(target: Record, said: Record, address: str) -> tuple[Id, Record]:
    """Who answers. A delegate is added when who was invited has named him (3.2.2.3); others are not (3.2.3)."""
    people = participants_of(target)
    if (found := participant_of(target, address)) is not None:
        return found
    for each in people.values():
        is_from = any(is_same(each.get("calendarAddress"), one) for one in said.get("delegatedFrom") or ())
        if is_from and any(is_same(address, one) for one in each.get("delegatedTo") or ()):
            id = uuid5(normal(address))
            if id in people:
                break
            names = ("@type", "name", "calendarAddress", "kind")
            return id, {name: said[name] for name in names if name in said} | {"roles": each.get("roles", {})}
    raise Refused("its sender was not invited")
