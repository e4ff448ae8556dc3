"""Which iTIP messages a change of an event causes (jmap-calendars-27 5.9.2; RFC 5546 2.1.4, 3.2.2, 3.2.3, 3.2.5)."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from jmapd.formats.itip import (
    CANCEL,
    NEEDS_ACTION,
    REPLY,
    REQUEST,
    Message,
    address_of,
    normal,
    organizer_of,
    overrides_of,
    participant_of,
    participants_of,
    path_of,
    recurs,
    shared,
    status_of,
    telling,
)
from jmapd.formats.jscalendar import instances
from jmapd.wire import Record

Views = dict[str | None, Record]  # the events that a participant knows of, by recurrence id; None: all of it

_ABOUT = (  # what a CANCEL or REPLY tells besides who is concerned
    "@type", "uid", "title", "start", "timeZone", "duration", "showWithoutTime", "recurrenceId", "recurrenceIdTimeZone",
    "sequence", "organizerCalendarAddress",
)  # fmt: skip
_NOT_TOLD = ("updated", "created", "sequence")
_STATUS = ("participationStatus", "progress", "percentComplete")
MOST_WORK = 50_000  # views that differ, by overrides
_UNSENT = ("client", "none")  # RFC 6638 7.1, RFC 8984 4.4.6: others send, or nobody does


class TooMuch(ValueError):
    """Too many participants of too many occurrences, each with messages of his own."""


class Place(NamedTuple):
    """Where an address takes part: in the event, and the occurrences in which that is otherwise."""

    in_event: bool
    dates: frozenset[str]


_NOWHERE = Place(False, frozenset())


def messages(before: Record | None, after: Record | None, mine: Collection[str]) -> list[Message]:
    """In the order in which they are to be sent. `mine`: the normalised addresses of whoever's calendar it is in.

    Raises TooMuch.
    """
    event = after or before
    if event is None or not isinstance(event.get("organizerCalendarAddress"), str):
        return []
    if normal(event["organizerCalendarAddress"]) in mine:
        return list(_from_organizer(before, after, mine))
    return list(_from_attendees(before, after, mine))


def again(event: Record, address: str, mine: Collection[str]) -> list[Message]:
    """What one participant is sent who asks for it (RFC 5546 3.2.6)."""
    wanted = normal(address)
    found = ((each, [to for to in each.to if address_of(to) == wanted]) for each in messages(None, event, mine))
    return [replace(each, to=to, is_update=True) for each, to in found if to]


class _Series:
    """An event as those who take part may know it."""

    def __init__(self, event: Record | None) -> None:
        self.event = shared(event) if event else {}
        self.has_hidden = bool(event and event.get("hideAttendees"))
        people = participants_of(self.event)
        self.people = _by_address(people)
        self.keys: dict[str | None, list[str]] = {}
        for id, each in people.items():
            self.keys.setdefault(address_of(each), []).append(id)
        self.nameless = [people[id] for id in self.keys.get(None, [])]
        every = participants_of(event or {}).items()
        self.unsent = {address_of(each) for id, each in every if _is_unsent(event or {}, id, each)}
        # of occurrences with participants of their own, those that differ; None: does not take part
        self.own: dict[str, dict[str, Record | None]] = {}
        for date, patch in overrides_of(self.event).items():
            paths = [path for path in map(path_of, patch) if path[0] == "participants"]
            if paths and not is_excluded(patch):
                self.own[date] = self._of_occurrence(date, paths)

    def _of_occurrence(self, date: str, paths: list[list[str]]) -> dict[str, Record | None]:
        before = participants_of(self.event)
        now = participants_of(instances.instance(self.event, date) or {})
        ids = {path[1] for path in paths if len(path) > 1}
        ids = ids if all(len(path) > 1 for path in paths) else {*before, *now}
        found: dict[str, Record | None] = {}
        for id in sorted(ids):
            if (address := address_of(before.get(id))) is not None:
                found.setdefault(address, None)
        return found | _by_address({id: now[id] for id in sorted(ids) if id in now})

    def everyone(self) -> dict[str, Record]:
        """By address."""
        found = dict(self.people)
        for people in self.own.values():
            found |= {address: each for address, each in people.items() if each is not None and address not in found}
        return found

    def place(self, address: str) -> Place:
        in_event = address in self.people
        dates = (date for date, people in self.own.items() if address in people)
        return Place(in_event, frozenset(date for date in dates if (self.own[date][address] is not None) != in_event))

    def views(self, place: Place, alone: str | None) -> Views:
        """What is told there: the event without what he is not in, else each occurrence by itself (5.9.2.1)."""
        event = self.event if alone is None else self._alone(alone)
        if place.in_event:
            for date in sorted(place.dates):
                event = instances.excluded(event, date)
            return {None: event}
        found = {date: instances.instance(event, date) for date in sorted(place.dates)}
        return {date: view for date, view in found.items() if view is not None}

    def _alone(self, address: str) -> Record:
        """5.9.2.1, hideAttendees: all others are omitted; of the organizer his name stays."""
        people = participants_of(self.event)
        own = self.keys.get(address, [])
        kept: Record = {id: people[id] for id in own}
        for id in self.keys.get(normal(self.event["organizerCalendarAddress"]), []):
            names = (name for name in ("@type", "name", "calendarAddress") if name in people[id])
            kept.setdefault(id, {name: people[id][name] for name in names} | {"roles": {"owner": True}})
        patches = {date: dict(_alone_patch(patch, own, address)) for date, patch in overrides_of(self.event).items()}
        overrides = {"recurrenceOverrides": telling(self.event, patches)} if patches else {}
        return self.event | {"participants": kept} | overrides

    def status(self, address: str, date: str | None = None) -> str | None:
        """None: there is no such occurrence."""
        if date is None:
            return status_of(self.people.get(address))
        if address in self.own.get(date, {}):
            return status_of(self.own[date][address])
        return self.status(address) if instances.is_occurrence(self.event, date) else None


def is_excluded(patch: Any) -> bool:
    return isinstance(patch, dict) and patch.get("excluded") is True


def _by_address(people: Mapping[str, Record]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in people.values():
        if (address := address_of(each)) is not None:
            found.setdefault(address, each)
    return found


def _is_unsent(event: Record, id: str, participant: Record) -> bool:
    agent = participant.get("scheduleAgent") or _agent(event, f"participants/{id}/calendarAddress")
    return agent in _UNSENT


def _agent(event: Mapping[str, Any], name: str) -> str:
    """SCHEDULE-AGENT of a line in the user's file."""
    kept = event.get("iCalendar")
    told = kept.get("convertedProperties") if isinstance(kept, dict) else None
    entry = told.get(name) if isinstance(told, dict) else None
    params = entry.get("parameters") if isinstance(entry, dict) else None
    return str(params.get("schedule-agent", "")).lower() if isinstance(params, dict) else ""


def _alone_patch(patch: Record, own: Collection[str], address: str) -> Iterator[tuple[str, Any]]:
    for pointer, value in patch.items():
        path = path_of(pointer)
        if path == ["participants"]:
            found = value if isinstance(value, dict) else {}
            yield pointer, {id: each for id, each in found.items() if address_of(each) == address}
        elif path[0] != "participants" or path[1] in own or address_of(value) == address:
            yield pointer, value


# --- from the organizer (5.9.2.1, 5.9.2.2)


def _from_organizer(before: Record | None, after: Record | None, mine: Collection[str]) -> Iterator[Message]:
    old, new = _Series(before), _Series(after)
    people = old.everyone() | new.everyone()
    groups: dict[tuple[Place, Place, str | None], list[str]] = {}
    for address in people:
        if address not in mine and address not in (new if after else old).unsent:
            was = old.place(address) if before else _NOWHERE
            now = new.place(address) if after else _NOWHERE
            alone = address if old.has_hidden or new.has_hidden else None
            groups.setdefault((was, now, alone), []).append(address)
    if len(groups) * sum(1 + len(overrides_of(each.event)) for each in (old, new)) > MOST_WORK:
        raise TooMuch
    sender = organizer_of((new if after else old).event)
    for (was, now, alone), addresses in groups.items():
        told = [people[address] for address in addresses]
        seen = old.views(was, alone) if before else {}
        views = new.views(now, alone) if after else {}
        cancels, seen = _cancels(seen, views, new.event, told)
        if cancels and (None in views or was.in_event):
            yield Message(CANCEL, cancels, sender, told, True)
        else:  # of occurrences each by itself
            yield from (Message(CANCEL, [each], sender, told, True) for each in cancels)
        for key, view in views.items():
            to = told
            if key in seen and _comparable(seen[key]) == _comparable(view):
                olds, news = _statuses(seen[key]), _statuses(view)
                to = [people[each] for each in addresses if olds.get(each) != news.get(each)]
            if to:
                yield Message(REQUEST, [view], sender, to, bool(seen))
    if new.nameless and after and (before is None or _comparable(old.event) != _comparable(new.event)):
        yield Message(REQUEST, [new.event], sender, new.nameless, before is not None)


def _cancels(seen: Views, views: Views, event: Record, people: list[Record]) -> tuple[list[Record], Views]:
    """What is to be cancelled, and what was seen without it. `event`: as it is now, {} when it is gone."""
    found, left = list[Record](), dict(seen)
    for key, view in seen.items():
        if key in views or (None in views and key is not None and instances.is_occurrence(views[None], key)):
            continue
        is_there = bool(event) and (key is None or instances.is_occurrence(event, key))
        found.append(_cancelled(view, event, people, is_there))
    if None in seen and None in views:
        for date in _taken_out(seen[None], views[None]):
            view = instances.instance(seen[None], date) or {}
            found.append(_cancelled(view, event, people, instances.is_occurrence(event, date)))
            left[None] = instances.excluded(left[None] or {}, date)
    return found, left


def _taken_out(old: Record, new: Record) -> Iterator[str]:
    """The occurrences that an exclusion removes, and additional ones that are gone."""
    olds, news = overrides_of(old), overrides_of(new)
    for date in sorted(olds.keys() | news.keys()):
        was, now = olds.get(date), news.get(date)
        if was == now or is_excluded(was):
            continue
        if is_excluded(now):
            is_gone = instances.is_occurrence(old, date)
        else:
            is_gone = now is None and not recurs(old, date) and not recurs(new, date)
        if is_gone:
            yield date


def _cancelled(view: Record, event: Record, people: list[Record], is_there: bool) -> Record:
    """RFC 5546 3.2.5; `is_there`: only these people are uninvited, so it has no STATUS."""
    out = {name: view[name] for name in _ABOUT if name in view}
    out["sequence"] = max(event.get("sequence", 0), view.get("sequence", 0) + 1)
    out["participants"] = {str(n): _attendee(each) for n, each in enumerate(people)}
    return out if is_there else out | {"status": "cancelled"}


def _attendee(participant: Record) -> Record:
    """One who gets an ATTENDEE line for sure."""
    names = ("@type", "name", "calendarAddress", "kind")
    return {name: participant[name] for name in names if name in participant} | {
        "participationStatus": status_of(participant)
    }


def _comparable(view: Record) -> Record:
    """What a change of is told. 5.9.2: what others answer is not essential."""
    out = {name: _answerless(name, value) for name, value in view.items() if name not in _NOT_TOLD}
    overrides = {
        date: {
            pointer: _answerless(pointer, value)
            for pointer, value in patch.items()
            if pointer not in _NOT_TOLD and not _is_answer(pointer)
        }
        for date, patch in overrides_of(view).items()
    }
    out["recurrenceOverrides"] = {date: patch for date, patch in overrides.items() if patch or not recurs(view, date)}
    return out


def _is_answer(pointer: str) -> bool:
    path = path_of(pointer)
    return path[0] == "participants" and len(path) == 3 and path[2] in _STATUS


def _answerless(pointer: str, value: Any) -> Any:
    path = path_of(pointer)
    if path[0] != "participants" or len(path) > 2 or not isinstance(value, dict):
        return value
    if len(path) == 1:
        return {id: _answerless("participants/-", each) for id, each in value.items()}
    return {name: each for name, each in value.items() if name not in _STATUS}


def _statuses(view: Record) -> dict[str, list[Any]]:
    """The answers that the event has, by address."""
    people = participants_of(view)
    found: dict[str, list[Any]] = {id: [status_of(each)] for id, each in people.items()}
    for date, patch in sorted(overrides_of(view).items()):
        for pointer in filter(_is_answer, patch):
            _, id, name = path_of(pointer)
            found.setdefault(id, []).append((date, name, str(patch[pointer])))
    return {address_of(each) or "": found[id] for id, each in people.items()}


# --- from attendees (5.9.2.3)


def _from_attendees(before: Record | None, after: Record | None, mine: Collection[str]) -> Iterator[Message]:
    old, new = _Series(before), _Series(after)
    event = new.event or old.event
    if _agent(after or before or {}, "organizerCalendarAddress") in _UNSENT:
        return
    people = old.everyone() | new.everyone()
    for address in people:
        if address in mine:
            answers = list(_answers(old, new, address))
            if answers:
                yield Message(REPLY, answers, people[address], [organizer_of(event)])


def _answers(old: _Series, new: _Series, address: str) -> Iterator[Record]:
    was, now = old.status(address), new.status(address)
    if not new.event:  # 5.9.2.3: destroyed
        if was != NEEDS_ACTION:
            yield _answer(old, old, address, None, "declined")
            return
        for date in sorted(old.own):
            if old.status(address, date) not in (None, NEEDS_ACTION):
                yield _answer(old, old, address, date, "declined")
        return
    # RFC 5546 3.2.3: of what the organizer has said, not what the user has made of it with his answer
    is_newer = not old.event or old.event.get("sequence", 0) < new.event.get("sequence", 0)
    about = new if is_newer else old
    if now not in (was, NEEDS_ACTION):
        yield _answer(about, new, address, None, str(now))
    excluded = _taken_out(old.event, new.event) if old.event else ()
    for date in sorted({*old.own, *new.own, *excluded}):
        then = old.status(address, date) if old.event else NEEDS_ACTION
        status = new.status(address, date)
        if (then, status) == (was, now) or then == status or status == NEEDS_ACTION:
            continue
        if status is not None:
            yield _answer(about, new, address, date, status)
        elif then != NEEDS_ACTION:
            yield _answer(old, old, address, date, "declined")


def _answer(about: _Series, series: _Series, address: str, date: str | None, status: str) -> Record:
    """RFC 5546 3.2.3: of all participants only the one who replies, and whom he delegates to (3.2.2.3)."""
    view = series.event if date is None else instances.instance(series.event, date) or {}
    said = about.event if date is None else instances.instance(about.event, date) or view
    found = participant_of(view, address)
    person = found[1] if found else series.everyone()[address]
    me = _attendee(person) | {"participationStatus": status}
    if status == "delegated" and isinstance(person.get("delegatedTo"), dict):
        me["delegatedTo"] = person["delegatedTo"]
    if isinstance(person.get("delegatedFrom"), dict):
        me["delegatedFrom"] = person["delegatedFrom"]
    people = {"0": me}
    for n, uri in enumerate(me.get("delegatedTo", {}), 1):
        there = participant_of(view, uri)
        other = there[1] if there else {"@type": "Participant", "calendarAddress": uri}
        people[str(n)] = _attendee(other) | {"delegatedFrom": {me["calendarAddress"]: True}}
    return {name: said[name] for name in _ABOUT if name in said} | {"participants": people}
