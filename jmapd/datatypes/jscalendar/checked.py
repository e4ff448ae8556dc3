"""CalendarEvent/set (jmap-calendars-27 5.9): what an event must be, and what the server makes of what it is given."""

from collections.abc import Iterable
from typing import Any, cast

from jmapd.datatypes.jscalendar import rights
from jmapd.datatypes.jscalendar.kind import MAX_PARTICIPANTS, Change, Kind
from jmapd.datatypes.jscalendar.links import embedded, resolved
from jmapd.datatypes.jscalendar.notify import notify
from jmapd.datatypes.jscalendar.people import addresses, default_address, has_role, is_one_of, participants
from jmapd.datatypes.jscalendar.shown import WITH_ICALENDAR, hides, reduced, without_icalendar
from jmapd.datatypes.jscalendar.stamps import differing, stamped, stamped_new
from jmapd.datatypes.jscalendar.synthetic import base_of
from jmapd.datatypes.jscalendar.utc import with_utc
from jmapd.datatypes.jscalendar.view import DONE, MADE
from jmapd.formats.jscalendar import instances, zones
from jmapd.formats.jscalendar.schema import OF_THE_BASE
from jmapd.formats.jscalendar.validate import new_uid, normalised, problems
from jmapd.methods.context import Context
from jmapd.methods.spec import Outcome
from jmapd.stores.base import Account, Transaction
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidProperties

OVERRIDES = "recurrenceOverrides"
_NAMES = ("@type", "uid", "recurrenceId")
MAX_TOLD = 20  # problems in one SetError


def without_nulls(context: Context, args: Arguments) -> None:
    """Hook prepare_set: null is the same as leaving a property out (5.9)."""
    for key, given in (args["create"] or {}).items():
        if None in given.values():
            args["create"] = args["create"] | {key: {name: each for name, each in given.items() if each is not None}}


def prepare_create(kind: Kind, context: Context, given: Record) -> Record:
    """Hook: the event complete, with the octets of its attachments. Raises InvalidProperties, TooLarge."""
    assert context.account is not None
    return made(context, kind, context.account, None, given)


def made(context: Context, kind: Kind, source: Account, original: Record | None, given: Record) -> Record:
    """A new event. `original`: what it is a copy of, in the account `source`."""
    record = with_utc(context, kind, original, {"@type": kind.object_type, "uid": new_uid()} | given)
    record = checked(context, kind, original, None, record)
    return embedded(context, source, None, stamped_new(context, record))


def prepare_update(kind: Kind, context: Context, old: Record, new: Record) -> Record:
    """Hook: as prepare_create; `updated` and `sequence` follow (5.9)."""
    assert context.account is not None
    if new.get("isDraft") and not old.get("isDraft"):
        raise InvalidProperties(["isDraft"], "isDraft: can be true from the beginning only")
    if not new.get("isDraft") and not old.get("isDraft"):
        new = {name: value for name, value in new.items() if name != "isDraft"}
    new = _with_kept(old, _with_unseen(context, old, with_utc(context, kind, old, new)))
    if new == old:
        return new
    if differing(old, new) - kind.own:
        new = checked(context, kind, old, old, new)
    if kind.base in old:
        _check_occurrence(kind, old, new)
    return embedded(context, context.account, old, stamped(context, kind, old, new))


def _with_kept(old: Record, new: Record) -> Record:
    """What is sent back as it was shown has not changed because nothing of iCalendar was shown (5.7)."""
    shown = without_icalendar(old)
    return new | {name: old[name] for name in WITH_ICALENDAR if name in old and new.get(name) == shown[name]}


def _with_unseen(context: Context, old: Record, new: Record) -> Record:
    """Participants that the user does not see (5.1.3) are not gone because he does not send them."""
    if not hides(context, old):
        return new
    out, seen = dict(new), reduced(context, old)
    given: Any = new.get("participants") or {}
    if isinstance(given, dict) and given != old.get("participants"):
        out["participants"] = _unseen(participants(old), participants(seen)) | given
    before: Any = old.get(OVERRIDES)
    given = new.get(OVERRIDES)
    if isinstance(before, dict) and isinstance(given, dict) and before != given:
        shown = seen[OVERRIDES]
        out[OVERRIDES] = {
            date: _override_with_unseen(before[date], shown[date], patch)
            if date in before and isinstance(patch, dict)
            else patch
            for date, patch in given.items()
        }
    return out


def _override_with_unseen(old: Record, seen: Record, new: Record) -> Record:
    was, now = old.get("participants"), new.get("participants")
    if isinstance(was, dict) and isinstance(now, dict):
        return new | {"participants": _unseen(was, seen["participants"]) | now}
    if "participants" in new or "excluded" in new:
        return new
    return _unseen(old, seen) | new


def _unseen(old: Record, seen: Record) -> Record:
    return {name: value for name, value in old.items() if name not in seen}


def _check_occurrence(kind: Kind, old: Record, new: Record) -> None:
    """5.9: a changed occurrence is an override, in which not everything may stand."""
    names = differing(old, new)
    if "organizerCalendarAddress" not in old:
        names.discard("organizerCalendarAddress")  # the event gets it
    wrong = sorted(names & {*instances.NOT_OVERRIDDEN, *OF_THE_BASE, *kind.own})
    if wrong:
        raise InvalidProperties(wrong, f"cannot be changed of one occurrence: {', '.join(wrong)}")


def checked(context: Context, kind: Kind, before: Record | None, old: Record | None, record: Record) -> Record:
    """The event as it is kept. Raises InvalidProperties: a JSON Pointer for each fault that was not there before."""
    known = before and _object(kind, before)
    event = normalised(resolved(context, _object(kind, record)), known, context.strict)
    if known and old is None:  # a copy may be another event (RFC 8620 5.4)
        known = {name: value for name, value in known.items() if name not in _NAMES}
        known |= {name: event[name] for name in _NAMES if name in event}
    event = with_organizer(context, old, event)
    wrong = _wrong_here(kind, event, known) + problems(event, known, context.strict)
    if wrong:
        told = dict(wrong[:MAX_TOLD])
        raise InvalidProperties(list(told), "; ".join(f"{pointer[:200]} {why}" for pointer, why in told.items()))
    return {name: record[name] for name in kind.own if name in record} | event


def _wrong_here(kind: Kind, event: Record, before: Record | None) -> list[tuple[str, str]]:
    """What JMAP asks of it beside JSCalendar."""
    wrong = []
    if event.get("@type") != kind.object_type:
        wrong.append(("@type", f"must be {kind.object_type}"))
    if len(participants(event)) > max(MAX_PARTICIPANTS, len(participants(before or {}))):
        wrong.append(("participants", f"may be at most {MAX_PARTICIPANTS}"))
    return wrong


def with_organizer(context: Context, old: Record | None, record: Record) -> Record:
    """5.9: an event that gets its first participants has an organizer."""
    if record.get("organizerCalendarAddress") is not None or _has_people(old or {}) or not _has_people(record):
        return record
    mine = addresses(context)
    every = participants(record).values()
    owners = [each for each in every if has_role(each, "owner")]
    chosen = next((each["calendarAddress"] for each in owners if is_one_of(each, mine)), None) or default_address(
        context
    )
    if chosen is None:
        chosen = next((each["calendarAddress"] for each in owners if each.get("calendarAddress")), None)
    return record if chosen is None else record | {"organizerCalendarAddress": chosen}


def _has_people(record: Record) -> bool:
    """Also in a single occurrence."""
    overrides: Any = record.get(OVERRIDES)
    patches = overrides.values() if isinstance(overrides, dict) else ()
    given = (each.items() for each in patches if isinstance(each, dict))
    in_overrides = any(value and path.split("/")[0] == "participants" for patch in given for path, value in patch)
    return in_overrides or bool(participants(record))


def validate(kind: Kind, context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Hook. Raises SetError."""
    if not kind.ids(new):
        raise InvalidProperties([kind.books], f"{kind.books}: it must be somewhere")
    rights.check(context, kind, old, new)
    if kind.check:
        kind.check(context, old, new)
    if old is None:
        _check_unique(context, kind, transaction, new)


def before_destroy(kind: Kind, context: Context, transaction: Transaction, record: Record) -> None:
    """Hook. Raises Forbidden."""
    rights.check(context, kind, record, None)


def _check_unique(context: Context, kind: Kind, transaction: Transaction, new: Record) -> None:
    """1.4.1: several events have the same uid only where each is another occurrence."""
    uid, store = new["uid"], cast(Any, context.store(kind.name))
    ids = [*store.table().ids(store.with_key("uid", uid)), *context.memo[MADE].get(uid, ())]
    for id in ids:
        other = transaction.get(id)
        ours, theirs = new.get("recurrenceId"), (other or {}).get("recurrenceId")
        if other is not None and (ours is None or theirs is None or ours == theirs):
            wrong = InvalidProperties(["uid"], f"uid: another {kind.name} has it")
            wrong.more["existingId"] = id
            raise wrong


def _object(kind: Kind, record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in kind.own}


def after_set(kind: Kind, context: Context, args: Arguments, outcome: Outcome) -> list[tuple[str, Arguments]]:
    """Hook: tells participants (5.9.2) and those who see the account (7) what has changed."""
    made = [record["id"] for record in outcome.created.values()]
    changes = _told(kind, context, [*made, *map(base_of, [*outcome.updated, *outcome.destroyed])])
    if kind.schedule and args.get("sendSchedulingMessages"):
        for before, after in _without_merged(changes.values()):
            if not (after or {}).get("isDraft"):  # 5: nothing is sent about drafts
                kind.schedule(context, (None if (before or {}).get("isDraft") else before, after))
    return []


def _without_merged(changes: Iterable[Change]) -> list[Change]:
    """Not the single occurrences that were destroyed because they are part of their event now (5.9)."""
    made = {
        after["uid"]: after for before, after in changes if before is None and after and "recurrenceId" not in after
    }
    return [
        (before, after)
        for before, after in changes
        if not (before and after is None and _is_part(before, made.get(before["uid"])))
    ]


def _is_part(event: Record, series: Record | None) -> bool:
    date, zone = event.get("recurrenceId"), event.get("recurrenceIdTimeZone")
    if series is None or date is None:
        return False
    own = series.get("timeZone")
    if own is not None and zone not in (None, own):
        date = zones.moved(date, zone, own)
    return instances.is_occurrence(series, date)


def after_copy(kind: Kind, context: Context, ids: list[Id]) -> None:
    """Hook: tells those who see the account."""
    _told(kind, context, ids)


def _told(kind: Kind, context: Context, ids: Iterable[Id]) -> dict[Id, Change]:
    done: dict[Id, Change] = context.memo.pop(DONE, {})
    changes = {id: done[id] for id in dict.fromkeys(ids) if id in done}
    if changes:
        notify(context, kind, changes)
    return changes
