"""What an organizer's REQUEST, ADD or CANCEL makes of an attendee's copy of an event (RFC 5546 3.2.2, .4, .5)."""

from typing import Any

from jmapd.formats.itip import participants_of
from jmapd.formats.jscalendar import instances
from jmapd.formats.jscalendar.schema import JMAP_OWN, PER_USER
from jmapd.formats.jscalendar.zones import UTC_NAME, moved
from jmapd.scheduling.people import IsMine, is_same, own, with_ids_of
from jmapd.wire import Id, Record

# what the attendee has said himself
_ANSWER = (
    "participationStatus",
    "scheduleSequence",
    "scheduleUpdated",
    "delegatedTo",
    "delegatedFrom",
    "sentBy",
    "expectReply",
)
_OURS = ("created", "prodId", "version")  # of the copy
_TIMES = ("start", "duration", "timeZone", "endTimeZone", "showWithoutTime", "recurrenceRule")
_LINES = frozenset(("comment", "request-status"))  # of the message, not of the event
OPEN = "needs-action"
LONGEST_COMMENT = 4000  # characters


def comment_of(event: Record) -> str | None:
    """COMMENT of a message."""
    said = [str(each[3]) for each in _properties(event) if each[0].lower() == "comment" and len(each) > 3]
    return "\n".join(said)[:LONGEST_COMMENT] or None


def has_range(event: Record) -> bool:
    """Whether it is about an occurrence and all that follow (RFC 5546 3.2.5), which JSCalendar cannot say."""
    kept = event.get("iCalendar")
    lines = kept.get("convertedProperties") if isinstance(kept, dict) else None
    told = lines.get("recurrenceId") if isinstance(lines, dict) else None
    return isinstance(told, dict) and "range" in (told.get("parameters") or {})


def _properties(event: Record) -> list[Any]:
    kept = event.get("iCalendar")
    found = kept.get("properties") if isinstance(kept, dict) else None
    return [each for each in found or () if isinstance(each, list) and each and isinstance(each[0], str)]


def told(event: Record) -> Record:
    """What of a message's event is of the event itself: no alerts and nothing else that is each user's own."""
    out = {name: value for name, value in event.items() if name not in (*PER_USER, *JMAP_OWN)}
    overrides = out.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        out["recurrenceOverrides"] = {date: _shared(patch) for date, patch in overrides.items()}
    kept, properties = out.get("iCalendar"), _properties(event)
    if properties and isinstance(kept, dict):
        left = [each for each in properties if each[0].lower() not in _LINES]
        out["iCalendar"] = {name: value for name, value in kept.items() if name != "properties"}
        out["iCalendar"] |= {"properties": left} if left else {}
        if out["iCalendar"].keys() <= {"@type", "name"}:
            del out["iCalendar"]
    return out


def _shared(patch: Record) -> Record:
    return {pointer: value for pointer, value in patch.items() if pointer.partition("/")[0] not in PER_USER}


def added(event: Record, is_mine: IsMine) -> Record:
    """A new event, to which the user has said nothing yet, whatever the message says."""
    out = told(event) | {name: event[name] for name in ("freeBusyStatus",) if name in event}
    out["useDefaultAlerts"] = True  # jmap-calendars-27 9.4
    out = _answered(out, {id: {"participationStatus": OPEN} for id in own(out, is_mine)})
    overrides = out.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        mine = [f"participants/{id}/participationStatus" for id in own(out, is_mine)]
        kept = {date: {p: v for p, v in patch.items() if p not in mine} for date, patch in overrides.items()}
        out["recurrenceOverrides"] = kept
    return out


def completed(found: list[Record], event: Record, is_mine: IsMine) -> Record:
    """A series in place of single occurrences of it."""
    out = added(with_ids_of(found[0], event), is_mine) | {"calendarIds": found[0]["calendarIds"]}
    for was in found:
        date = recurrence_id(out, was)
        now = instances.instance(out, date)
        if now is not None:
            out = _with_occurrence(out, date, was, now, is_mine)
    return out


def renewed(old: Record, event: Record, is_mine: IsMine) -> Record:
    """The whole event as its organizer has it now, with what is the user's own; his answer, too, if no time changed."""
    new = told(with_ids_of(old, event))
    out = new | {name: old[name] for name in (*PER_USER, *JMAP_OWN, *_OURS) if name in old}
    out = _with_answer(old, out, is_mine)
    before = old.get("recurrenceOverrides")
    dates = [date for date, patch in before.items() if _is_own(patch)] if isinstance(before, dict) else []
    was, now = instances.instances(old, dates), instances.instances(out, dates)
    said, counts = _answers(old, is_mine), _answers(out, is_mine)
    for date in now.keys() & was.keys():
        has_own = _answers(was[date], is_mine) != said
        out = _with_occurrence(out, date, was[date] if has_own else _answered(was[date], counts), now[date], is_mine)
    return out


def with_later(series: Record, old: Record | None, dates: list[str]) -> Record:
    """The series with those occurrences as the user has them: the organizer has said something of them since."""
    for date in dates:
        was = instances.instance(old, date) if old else None
        if was is None:
            series = instances.excluded(series, date)
        else:
            series = instances.overridden(series, date, instances.override_of(series, date, was))
    return series


def _is_own(patch: Any) -> bool:
    """Whether something in it may be the user's own."""
    names = (*PER_USER, "participants")
    return isinstance(patch, dict) and any(pointer.partition("/")[0] in names for pointer in patch)


def occurrence_renewed(old: Record, event: Record, is_mine: IsMine) -> Record:
    """The series with one occurrence as its organizer has it now, or with one more."""
    date = recurrence_id(old, event)
    now = told(with_ids_of(old, event))
    before = instances.instance(old, date)
    base = before or instances.inherited(old, date)
    now = {name: base[name] for name in ("iCalendar",) if name in base} | now
    now |= {name: base[name] for name in (*JMAP_OWN, *_OURS) if name in base}
    return _with_occurrence(old, date, base, now, is_mine, is_new=before is None)


def _with_occurrence(
    series: Record, date: str, was: Record, now: Record, is_mine: IsMine, is_new: bool = False
) -> Record:
    out = {name: value for name, value in now.items() if name not in PER_USER}
    out |= {name: was[name] for name in PER_USER if name in was}
    out = (
        _answered(out, {id: {"participationStatus": OPEN} for id in own(out, is_mine)})
        if is_new
        else (_with_answer(was, out, is_mine))
    )
    return instances.overridden(series, date, instances.override_of(series, date, out))


def is_about_others(old: Record, event: Record, is_mine: IsMine) -> bool:
    """Whether a CANCEL only uninvites others (RFC 5546 3.2.5): it names them, and the event goes on."""
    organizer = event.get("organizerCalendarAddress")
    named = [each for each in participants_of(event).values() if not is_same(each.get("calendarAddress"), organizer)]
    goes_on = event.get("status") != "cancelled" and bool(named)
    return goes_on and bool(own(old, is_mine)) and not own(event, is_mine)


def cancelled(old: Record, event: Record) -> Record:
    """The event, kept and marked."""
    return old | {"status": "cancelled"} | _revision(event)


def occurrence_cancelled(old: Record, event: Record, want_removed: bool) -> Record | None:
    """The series without that occurrence, or with it marked; None where there is none."""
    date = recurrence_id(old, event)
    was = instances.instance(old, date)
    if was is None:
        return None
    if want_removed:
        return instances.excluded(old, date)
    now = was | {"status": "cancelled"} | _revision(event)
    return instances.overridden(old, date, instances.override_of(old, date, now))


def _revision(event: Record) -> Record:
    return {name: event[name] for name in ("sequence", "updated") if name in event}


def recurrence_id(series: Record, event: Record) -> str:
    """In the time zone of the series; of what ADD adds it is the start (RFC 5546 3.2.4)."""
    date = event.get("recurrenceId") or event.get("start")
    zone = event.get("recurrenceIdTimeZone") if "recurrenceId" in event else event.get("timeZone")
    if not isinstance(date, str):
        return ""
    own_zone = series.get("timeZone")
    if zone is None or own_zone is None or zone == own_zone:
        return date
    return moved(date, zone, own_zone)


def occurrence_key(date: str | None, zone: str | None) -> str | None:
    """The same for an occurrence, in whichever time zone its recurrence id is."""
    return date if date is None or zone is None else moved(date, zone, UTC_NAME)


def _with_answer(was: Record, now: Record, is_mine: IsMine) -> Record:
    """The user's own answer counts on where no time changed (RFC 5546 3.2.2.1); else he is asked again."""
    is_back = was.get("status") == "cancelled" != now.get("status")  # the organizer has no answer of his any more
    if is_back or any(was.get(name) != now.get(name) for name in _TIMES):
        return _answered(now, {id: {"participationStatus": OPEN} for id in own(now, is_mine)})
    kept = _answers(was, is_mine)
    asked = {id: {"participationStatus": OPEN} for id in own(now, is_mine).keys() - kept.keys()}
    return _answered(now, kept | asked)


def _answers(event: Record, is_mine: IsMine) -> dict[Id, Record]:
    """What the user has said."""
    return {id: {name: each[name] for name in _ANSWER if name in each} for id, each in own(event, is_mine).items()}


def _answered(event: Record, answers: dict[Id, Record]) -> Record:
    """With these members of participants."""
    people = event.get("participants") or {}
    changed = {id: people[id] | answer for id, answer in answers.items() if id in people}
    return event | {"participants": people | changed} if changed else event
