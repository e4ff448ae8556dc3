"""Applies scheduling messages to an account's events, through the same stores as CalendarEvent/set."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from jmapd.datatypes.calendars.calendar_event_kind import KIND
from jmapd.datatypes.calendars.scheduling import send_again
from jmapd.datatypes.jscalendar.kind import MAX_PARTICIPANTS
from jmapd.formats.calendar_address import mailto
from jmapd.formats.itip import Incoming, overrides_of, participant_of, participants_of
from jmapd.formats.itip_changes import TooMuch
from jmapd.formats.jscalendar.expansion import CannotExpand, TooMany
from jmapd.formats.jscalendar.instances import instance
from jmapd.formats.jscalendar.recurrence import occurrences
from jmapd.scheduling import answers, invitations
from jmapd.scheduling.answers import Refused
from jmapd.scheduling.invitations import occurrence_key
from jmapd.scheduling.known import Names, Own, is_known, principal_of
from jmapd.scheduling.letter import Letter
from jmapd.scheduling.memory import Memory
from jmapd.scheduling.people import is_same, own
from jmapd.stores.account import FileAccount
from jmapd.stores.base import Transaction
from jmapd.stores.event_notifications import EVENTS, EventChange, NotificationStore, audience
from jmapd.wire import Id, Record
from jmapd.wire.dates import utc_date

MOST_OVERRIDES, MOST_ANSWERS = 2000, 100_000  # of one event; participants times occurrences
MOST_OCCURRENCES = 100  # that one message names one by one
MOST_DATES = 500  # of a new series, of which something may have come before it
Changed = dict[Id, tuple[Record | None, Record | None]]


class Applying:
    """One message and one account, inside a session and under the lock."""

    def __init__(self, account: FileAccount, letter: Letter, memory: Memory, names: Names) -> None:
        self._account, self._letter, self._memory = account, letter, memory
        self._names = names
        self._is_mine = Own(account, names)
        self._message: Incoming = letter.itip
        self._store: Any = account.store(KIND.name)
        self._changed: Changed = {}
        self._told: list[Record] = []  # what the organizer said that counts from now on

    def run(self) -> None:
        """Raises Refused, StoreError."""
        message = self._message
        self._check()
        with self._store.transaction() as transaction:
            if message.method in ("REPLY", "COUNTER"):
                self._answer(transaction)
            elif message.method == "REQUEST":
                self._request(transaction)
            elif message.method == "ADD":
                self._add(transaction)
            elif message.method == "CANCEL":
                self._cancel(transaction)
            elif message.method == "REFRESH":
                self._refresh(self._found(transaction))
            else:  # DECLINECOUNTER and PUBLISH change nothing
                raise Refused(f"{message.method} is left to the user")
        self._remember()
        self._tell()

    def _check(self) -> None:
        message = self._message
        if self._is_mine(mailto(self._letter.sender)):
            raise Refused("it is the user's own")
        if not message.events or len(message.events) > MOST_OCCURRENCES:
            raise Refused("it is about nothing, or too much")
        if not message.dtstamp or message.organizer is None:  # both must be there (RFC 5546 3.2)
            raise Refused("it has no DTSTAMP or no ORGANIZER")
        for event in message.events:
            people, overrides = _sizes(event)
            if people > MAX_PARTICIPANTS or overrides > MOST_OVERRIDES or people * overrides > MOST_ANSWERS:
                raise Refused("it has too many participants, or occurrences")
            if "start" not in event and message.method in ("REQUEST", "ADD"):
                raise Refused("it has no time")
            if invitations.has_range(event):
                raise Refused("it is about several occurrences at once")

    def _found(self, transaction: Transaction) -> list[Record]:
        """What the account has of the event: the series, or single occurrences."""
        ids = self._store.table().ids(self._store.with_key("uid", self._message.uid))
        found = [record for id in ids if (record := transaction.get(id)) is not None]
        return [each for each in found if not each.get("isDraft")]

    # --- the user is the organizer

    def _answer(self, transaction: Transaction) -> None:
        """REPLY; of a COUNTER only the answer in it: what it proposes is for the user to decide (RFC 5546 3.2.7)."""
        found = self._found(transaction)
        if not found:
            raise Refused("there is no such event")
        for said in _one_by_one(self._message.events):
            event = _meant(found, said)
            organizers = (event.get("organizerCalendarAddress"), self._message.organizer)
            if not all(map(self._is_mine, organizers)):
                raise Refused("the user is not its organizer")
            new = answers.answered(event, said, self._answering(event, said))
            if new != event:
                self._put(transaction, event, new | {"updated": utc_date(int(time.time()))})
                found = [new if each is event else each for each in found]

    def _answering(self, event: Record, said: Record) -> str:
        """The address of who answers, which the mail must be from (RFC 6047 2.2.1), or from his known agent."""
        agents = {_address(each): each.get("sentBy") for each in participants_of(event).values()}
        others = [
            each for each in participants_of(said).values() if _address(each) and not self._is_mine(_address(each))
        ]
        from_him = [each for each in others if self._letter.is_of(_address(each), _agent(agents, _address(each)))]
        if len(from_him) != 1:
            raise Refused("its sender is not the one who answers")
        he = from_him[0]
        named = [*(he.get("delegatedTo") or ()), *(he.get("delegatedFrom") or ())]  # may stand beside him (3.2.2.3)
        strangers = [
            each for each in others if each is not he and not any(is_same(_address(each), one) for one in named)
        ]
        if strangers and self._message.method == "REPLY":  # a COUNTER has all
            raise Refused("it has the answers of several")
        return _address(he)

    def _refresh(self, found: list[Record]) -> None:
        """Who is invited, and nobody else, gets the event again (RFC 5546 3.2.6, 6.1.6)."""
        if not found or not all(self._is_mine(each.get("organizerCalendarAddress")) for each in found):
            raise Refused("the user is not its organizer")
        address = self._answering(found[0], self._message.events[0])
        if not any(participant_of(each, address) for each in found):
            raise Refused("its sender was not invited")
        if self._account.owner in self._account.options.get("submission.may_not_send", ()):
            raise Refused("the user may not send")
        if not self._memory.may_add(self._letter.sender):
            raise Refused("there were too many today")
        self._memory.added(self._letter.sender)
        try:
            for event in found:
                send_again(self._account, event, address)
        except TooMuch as error:
            raise Refused("it would be too many messages") from error

    # --- the user is invited

    def _request(self, transaction: Transaction) -> None:
        found = self._found(transaction)
        self._check_organizer(found)
        for event in self._message.events:
            old = _held(found, event)
            event = _named_as(old, event)
            if not self._is_news(event, old):
                continue
            self._told.append(event)
            if old is None and found and event.get("recurrenceId") is None:
                found = [self._completed(transaction, found, event)]
                continue
            if old is None:
                self._invite(transaction, event)
                continue
            one = event.get("recurrenceId") is not None and old.get("recurrenceId") is None
            renew = invitations.occurrence_renewed if one else invitations.renewed
            new = invitations.with_later(renew(old, event, self._is_mine), old, self._later(event, old))
            self._put(transaction, old, new)
            found = [new if each is old else each for each in found]

    def _completed(self, transaction: Transaction, found: list[Record], event: Record) -> Record:
        """The whole series, of which single occurrences were there by themselves, with what the user said of these."""
        new = invitations.completed(found, event, self._is_mine)
        for each in found:
            transaction.destroy(each["id"])
            self._changed[each["id"]] = each, None
        made = transaction.create(new)
        self._changed[made["id"]] = None, new | {"id": made["id"]}
        return new | {"id": made["id"]}

    def _invite(self, transaction: Transaction, event: Record) -> None:
        """A new event, in the default Calendar."""
        wanted = self._account.option("calendars.invitations", "known")
        sender = self._letter.sender
        if wanted == "update" or (wanted == "known" and not is_known(self._account, sender, self._names)):
            raise Refused("new events are not added")
        if not own(event, self._is_mine):
            raise Refused("the user is not among its participants")
        known = self._memory.latest(*self._key(event))
        if known is not None and _revision(event)[0] <= known[0]:
            raise Refused("the user has removed it")
        if event.get("status") == "cancelled":
            raise Refused("it is cancelled")
        if not self._memory.may_add(sender):
            raise Refused("there were too many today")
        new = invitations.with_later(invitations.added(event, self._is_mine), None, self._later(event, None))
        new |= {"calendarIds": {self._calendar(): True}}
        made = transaction.create(new)
        self._changed[made["id"]] = None, new | {"id": made["id"]}

    def _add(self, transaction: Transaction) -> None:
        """RFC 5546 3.2.4: more occurrences of a series that is there."""
        found = [each for each in self._found(transaction) if each.get("recurrenceId") is None]
        self._check_organizer(found)
        if not found:
            raise Refused("there is no such event")
        old = found[0]
        for event in self._message.events:
            if "recurrenceRule" in event or "recurrenceOverrides" in event:
                raise Refused("it adds a whole series")
            if event.get("sequence", 0) < old.get("sequence", 0):
                raise Refused("a later revision is known")
            new = invitations.occurrence_renewed(old, event, self._is_mine)
            self._put(transaction, old, new)
            old = new

    def _cancel(self, transaction: Transaction) -> None:
        found = self._found(transaction)
        self._check_organizer(found)
        want_removed = self._account.option("calendars.cancelled", "keep") == "remove"
        for event in self._message.events:
            old = _held(found, event)
            event = _named_as(old, event)
            if not self._is_news(event, old) or (old and invitations.is_about_others(old, event, self._is_mine)):
                continue
            self._told.append(event)
            if old is None:
                continue
            one = event.get("recurrenceId") is not None and old.get("recurrenceId") is None
            if one:
                new = invitations.occurrence_cancelled(old, event, want_removed)
                if new is not None:
                    self._put(transaction, old, new)
                    found = [new if each is old else each for each in found]
            elif want_removed:
                transaction.destroy(old["id"])
                self._changed[old["id"]] = self._changed.get(old["id"], (old, None))[0], None
            else:
                self._put(transaction, old, invitations.cancelled(old, event))

    def _check_organizer(self, found: Iterable[Record]) -> None:
        """Only the organizer changes an event (RFC 6047 2.2.1), and nobody becomes it by a message (5546 6.1.3)."""
        organizer = self._message.organizer
        agents = [each.get("sentBy") for each in found]
        if not any(self._letter.is_of(organizer, agent) for agent in (None, *agents)):
            raise Refused("its sender is not the organizer")
        if any(not is_same(each.get("organizerCalendarAddress"), organizer) for each in found):
            raise Refused("its organizer is not that of the event")
        for event in self._message.events:
            if not is_same(event.get("organizerCalendarAddress"), organizer):
                raise Refused("it has several organizers")
        if self._is_mine(organizer):
            raise Refused("the user is its organizer")

    def _is_news(self, event: Record, old: Record | None) -> bool:
        """RFC 5546 2.1.5: not older than what the organizer said before."""
        known = self._memory.latest(*self._key(event))
        if known is None and old is not None and old.get("recurrenceId") == event.get("recurrenceId"):
            known = _revision(old)
        of_all = self._memory.latest(*self._key(event)[:2], None) if event.get("recurrenceId") is not None else None
        if of_all is not None and _is_before(_revision(event), of_all):
            return False
        return known is None or _revision(event) >= known

    def _later(self, event: Record, old: Record | None) -> list[str]:
        """The occurrences of a series of which the organizer has said something since, that came before it."""
        if event.get("recurrenceId") is not None or (old or {}).get("recurrenceId") is not None:
            return []
        organizer, uid, _ = self._key(event)
        dates = overrides_of(event).keys() | (_first_dates(event) if old is None else overrides_of(old).keys())
        zone, now = (old or event).get("timeZone"), _revision(event)
        found = {date: self._memory.latest(organizer, uid, occurrence_key(date, zone)) for date in dates}
        return sorted(date for date, known in found.items() if known is not None and _is_before(now, known))

    def _key(self, event: Record) -> tuple[str, str, str | None]:
        """Of what the organizer says."""
        return self._message.organizer or "", self._message.uid, _occurrence(event)

    def _calendar(self) -> Id:
        """The default one, else the first that may be written."""
        books = [each for each in self._account.store(KIND.book_type).scan() if each["myRights"]["mayWriteOwn"]]
        if not books:
            raise Refused("there is no calendar for it")
        return str(next((each for each in books if each["isDefault"]), books[0])["id"])

    # --- both

    def _put(self, transaction: Transaction, old: Record, new: Record) -> None:
        names = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        if not names:
            return
        for most, was, now in zip((MAX_PARTICIPANTS, MOST_OVERRIDES), _sizes(old), _sizes(new), strict=True):
            if now > max(most, was):
                raise Refused("it would have too many participants, or occurrences")
        id = old["id"]
        transaction.update(id, new, names)
        self._changed[id] = self._changed.get(id, (old, None))[0], new

    def _remember(self) -> None:
        """Once the events are on the disk."""
        for event in self._told:
            self._memory.keep(*self._key(event), _revision(event))
        if any(before is None for before, _ in self._changed.values()):
            self._memory.added(self._letter.sender)

    def _tell(self) -> None:
        """CalendarEventNotifications (jmap-calendars-27 7), to the owner, too."""
        said = (invitations.comment_of(each) for each in self._message.events)
        comment = next((each for each in said if each), None)
        by = {
            "name": self._letter.name or self._letter.sender,
            "email": self._letter.sender,
            "principalId": principal_of(self._account, self._letter.sender, self._names),
            "calendarAddress": mailto(self._letter.sender),
        }
        changes = [
            EventChange(id, list((after or before or {})["calendarIds"]), before, after)
            for id, (before, after) in self._changed.items()
        ]
        notifications = cast(NotificationStore, self._account.store(EVENTS.type))
        notifications.notify(changes, by, comment, audience(self._account, EVENTS), self._account.id)


def _sizes(event: Record) -> tuple[int, int]:
    return len(participants_of(event)), len(event.get("recurrenceOverrides") or {})


def _address(participant: Record) -> str:
    address = participant.get("calendarAddress")
    return address if isinstance(address, str) else ""


def _agent(known: dict[str, Any], address: str) -> Any:
    return next((agent for each, agent in known.items() if is_same(each, address)), None)


def _one_by_one(events: Iterable[Record]) -> Iterator[Record]:
    """Answers to a series, and to occurrences of it."""
    for event in events:
        yield {name: value for name, value in event.items() if name != "recurrenceOverrides"}
        dates = event.get("recurrenceOverrides") or {}
        yield from (one for date in islice(dates, MOST_OCCURRENCES) if (one := instance(event, date)) is not None)


def _meant(found: list[Record], said: Record) -> Record:
    """The series, or the occurrence that is an event by itself. Raises Refused."""
    event = _held(found, said)
    if event is None:
        raise Refused("there is no such occurrence")
    return event


def _held(found: list[Record], event: Record) -> Record | None:
    """What a message's event is about: the same occurrence by itself, else the series."""
    wanted = _occurrence(event)
    series = next((each for each in found if each.get("recurrenceId") is None), None)
    return next((each for each in found if _occurrence(each) == wanted), series)


def _occurrence(event: Record) -> str | None:
    return occurrence_key(event.get("recurrenceId"), event.get("recurrenceIdTimeZone"))


def _named_as(old: Record | None, event: Record) -> Record:
    """The event with the recurrence id as it is known here: it may come in another time zone."""
    if old is None or old.get("recurrenceId") is None:
        return event
    return event | {name: old[name] for name in ("recurrenceId", "recurrenceIdTimeZone") if name in old}


def _first_dates(event: Record) -> set[str]:
    try:
        found = islice(occurrences(event, None, None, "Etc/UTC"), MOST_DATES)
        return {each.recurrence_id for each in found if each.recurrence_id is not None}
    except (CannotExpand, TooMany):
        return set()


def _is_before(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Of a series and an occurrence of it, which some number each by itself: by both marks."""
    return one != other and one[0] <= other[0] and one[1] <= other[1]


def _revision(event: Record) -> tuple[int, str]:
    sequence, updated = event.get("sequence"), event.get("updated")
    return sequence if isinstance(sequence, int) else 0, updated if isinstance(updated, str) else ""
