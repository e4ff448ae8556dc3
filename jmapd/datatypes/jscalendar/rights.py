"""Who may change what of an event (jmap-calendars-27 4 CalendarRights, 5.9)."""

from collections.abc import Iterable, Mapping
from typing import Any

from jmapd.datatypes.jscalendar.kind import Kind, every_id
from jmapd.datatypes.jscalendar.people import addresses, has_role, is_one_of, is_owner_of, owners, owns, participants
from jmapd.datatypes.jscalendar.stamps import changed_occurrences, differing, revised
from jmapd.datatypes.jscalendar.view import privacy
from jmapd.formats.jscalendar.validate import PER_USER, normalised
from jmapd.methods.context import Context
from jmapd.wire import Id, Record
from jmapd.wire.errors import Forbidden, InvalidProperties

WRITE_ALL, WRITE_OWN, PRIVATE, RSVP = "mayWriteAll", "mayWriteOwn", "mayUpdatePrivate", "mayRSVP"
_RSVP = frozenset(("participationStatus", "expectReply", "scheduleSequence", "scheduleUpdated"))
_STAMPS = frozenset(("updated", "sequence"))  # the server sets them itself


def check(context: Context, kind: Kind, old: Record | None, new: Record | None) -> None:
    """Raises Forbidden, InvalidProperties. None: there is no event before, or after."""
    assert context.account is not None
    if not is_owner_of(context, context.account):
        _check_privacy(old, new)
    before, after = every_id(kind, [old]), every_id(kind, [new])
    rights = _rights(context, kind, [*before, *after])
    if old is None or new is None:
        event = old or new or {}
        _refuse(kind, [id for id in before or after if not _writes(context, rights[id], event)])
        return
    moved = set(before) ^ set(after)
    _refuse(kind, [id for id in [*before, *after] if id in moved and not _writes(context, rights[id], old)])
    names = revised(old, new) - {kind.books, kind.base, "id"}
    if not names - _STAMPS:
        return
    needed: set[str] | None = None
    for id in [*before, *(id for id in after if id not in before)]:
        if not _writes(context, rights[id], old):
            needed = _needed(context, old, new, names) if needed is None else needed
            if not all(rights[id].get(right) for right in needed):
                _refuse(kind, [id], sorted(names - _STAMPS))


def _check_privacy(old: Record | None, new: Record | None) -> None:
    """5.9: only the owner of a calendar has private events in it, and changes them."""
    if old is not None and privacy(old) != "public":
        raise Forbidden("it is private: only the owner of its calendar may change it")
    if new is not None and privacy(new) != "public":
        raise InvalidProperties(["privacy"], "privacy: must be public in a calendar that is not yours")


def _refuse(kind: Kind, wrong: list[Id], properties: list[str] | None = None) -> None:
    if wrong:
        told = f" {', '.join(properties)[:200]}" if properties else ""
        where = ", ".join(wrong)[:200]
        raise Forbidden(f"{kind.books}: you may not change{told} in {where}", properties=properties or [kind.books])


def _rights(context: Context, kind: Kind, ids: Iterable[Id]) -> Mapping[Id, Record]:
    known: dict[Id, Record] = context.memo.setdefault(("rights", kind.book_type), {})
    wanted = dict.fromkeys(ids)
    if missing := [id for id in wanted if id not in known]:
        found = context.store(kind.book_type).get(missing)
        known |= {id: (found[id].get("myRights") or {}) if id in found else {WRITE_ALL: True} for id in missing}
    return known


def _writes(context: Context, rights: Record, event: Record) -> bool:
    """Whether the user may do everything with the event in this calendar."""
    if rights.get(WRITE_ALL):
        return True
    return bool(rights.get(WRITE_OWN)) and (not owners(event) or owns(context, event))


def _needed(context: Context, old: Record, new: Record, names: set[str]) -> set[str]:
    """The rights with which it could be done by one who may not write; WRITE_ALL where none is enough."""
    found = set()
    for name in names - _STAMPS:
        if name in PER_USER:
            found.add(PRIVATE)
        elif name == "participants":
            found.add(RSVP if _is_rsvp(context, old, new) else WRITE_ALL)
        elif name == "recurrenceOverrides":
            for was, now in changed_occurrences(old, new):
                found |= {WRITE_ALL} if was is None or now is None else _needed(context, was, now, revised(was, now))
        else:
            found.add(WRITE_ALL)
    return found


def _is_rsvp(context: Context, old: Record, new: Record) -> bool:
    """Whether no more is done than an answer by the user, or an invitation that the event allows."""
    before, after, mine = participants(normalised(old)), participants(normalised(new)), addresses(context)
    may_invite = old.get("mayInviteOthers") is True and any(is_one_of(each, mine) for each in before.values())
    if before.keys() - after.keys():
        return False
    for id, each in after.items():
        was = before.get(id)
        if was == each:
            continue
        if was is not None:
            if not is_one_of(was, mine) or not differing(was, each) <= _RSVP:
                return False
        elif not _is_attendee(each) or not (may_invite or (old.get("mayInviteSelf") is True and is_one_of(each, mine))):
            return False
    return True


def _is_attendee(participant: Any) -> bool:
    return has_role(participant, "attendee") and len(participant["roles"]) == 1
