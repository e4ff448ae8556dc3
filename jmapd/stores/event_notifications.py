"""CalendarEventNotification and TaskNotification records (jmap-calendars-27 7, tasks-06 5): one for all who have not
dismissed it yet.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import NamedTuple, Protocol, cast

from jmapd.formats.itip import telling
from jmapd.formats.jscalendar.schema import JMAP_OWN, PER_USER
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import Guest, RecordNotFound, Store, Transaction
from jmapd.stores.maildir_write import store_error
from jmapd.stores.objects import ObjectTransaction, WritableObjects
from jmapd.wire import Id, Record, State
from jmapd.wire.dates import utc_date
from jmapd.wire.delta import Delta
from jmapd.wire.patch import difference

MAX_RECORDS = 500  # of one account: with one more the oldest goes (7)


class About(NamedTuple):
    """What the notifications of one type are about, and what they call it."""

    type: str
    prefix: str  # of the ids
    book_type: str
    id: str
    object: str
    patch: str


EVENTS = About("CalendarEventNotification", "N", "Calendar", "calendarEventId", "event", "eventPatch")
TASKS = About("TaskNotification", "NK", "TaskList", "taskId", "task", "taskPatch")
TYPE = EVENTS.type
_NOT_SHOWN = (*PER_USER, *JMAP_OWN)

Subscribed = Mapping[Id, Collection[Id]]  # by account id of who may see the events: the Calendars he is subscribed to


class Calendars(Protocol):
    """A store of Calendars that are each user's own in part."""

    def of(self, guest: Id) -> Store: ...


class Audience(Protocol):
    """An account, and who sees it."""

    id: Id
    guests: Mapping[str, Guest]

    def as_owner(self, name: str) -> Store: ...


def audience(account: Audience, about: About = EVENTS) -> Subscribed:
    """Who sees the account's Calendars, or TaskLists, and which he is subscribed to."""
    own = account.as_owner(about.book_type)
    viewers = {account.id: own} | {each.id: cast(Calendars, own).of(each.id) for each in account.guests.values()}
    return {id: [each["id"] for each in store.scan() if each["isSubscribed"]] for id, store in viewers.items()}


class EventChange(NamedTuple):
    """What became of one CalendarEvent or Task; before is None for a new one, after for one that is gone."""

    event_id: Id
    calendar_ids: Collection[Id]  # in which it was or is
    before: Record | None
    after: Record | None


class NotificationStore(WritableObjects):
    """The notifications of one account, as one of those who see it has them."""

    def __init__(self, index: AccountIndex, viewer: Id, about: About = EVENTS) -> None:
        self.type, self.prefix = about.type, about.prefix
        super().__init__(index)
        self.viewer, self.about = viewer, about

    def of(self, guest: Id) -> "NotificationStore":
        """The same as that guest sees it."""
        return NotificationStore(self._index, guest, self.about)

    def ids(self) -> Iterable[Id]:
        return [id for id, record in self._index.objects.all(self.type).items() if self.viewer in record["for"]]

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        found = super().get(ids, properties)
        return {id: _shown(record) for id, record in found.items() if self.viewer in record["for"]}

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        """What another user dismissed is no change; what this one dismissed is destroyed."""
        delta = super().changes(since, limit)
        if delta is None:
            return None
        records = self._index.objects.all(self.type)
        mine = {id for id in (*delta.created, *delta.updated) if self.viewer in (records.get(id) or {"for": ()})["for"]}
        return replace(
            delta,
            created=[id for id in delta.created if id in mine],
            updated=[],
            destroyed=[*delta.destroyed, *(id for id in delta.updated if id not in mine)],
        )

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        return DismissTransaction(self, self._index, self.viewer)

    def notify(
        self,
        changes: Iterable[EventChange],
        changed_by: Record,
        comment: str | None,
        subscribed: Subscribed,
        owner: Id,
        by: Id | None = None,
    ) -> list[Id]:
        """Tells all but `by`, who made the changes himself; the ids of what was made. The account's lock must be held.

        What is secret is told to the owner only. Raises StoreError.
        """
        found: list[tuple[Id, Record]] = []
        for each in changes:
            told = {
                user: True
                for user, calendars in sorted(subscribed.items())
                if user != by
                and not set(each.calendar_ids).isdisjoint(calendars)
                and (user == owner or not _is_secret(each))
            }
            if told and (content := _content(self.about, each)) is not None:
                at = time.time_ns()
                head = {"created": utc_date(at // 10**9), "at": at, "changedBy": changed_by, "comment": comment}
                found.append((self.new_id(), {**head, **content, "for": told}))
        found = found[-MAX_RECORDS:]
        try:
            self._index.commit([*self._too_many(len(found)), *([self.type, "c", id, record] for id, record in found)])
        except OSError as error:
            raise store_error(error) from error
        return [id for id, _ in found]

    def _too_many(self, more: int) -> list[Change]:
        """The oldest go."""
        records = self._index.objects.all(self.type)
        excess = len(records) + more - MAX_RECORDS
        if excess <= 0:
            return []
        oldest = sorted(records, key=lambda id: records[id]["at"])
        return [[self.type, "d", id] for id in oldest[:excess]]


class DismissTransaction(ObjectTransaction):
    """Only destroys, and for one viewer."""

    def __init__(self, store: NotificationStore, index: AccountIndex, viewer: Id) -> None:
        super().__init__(store, index)
        self._viewer = viewer

    def get(self, id: Id) -> Record | None:
        """None for what is dismissed."""
        return None if id in self._changed else super().get(id)

    def destroy(self, id: Id) -> None:
        """Raises RecordNotFound."""
        record = self._index.objects.get(self._store.type, id)
        if record is None or self.get(id) is None:
            raise RecordNotFound(id)
        others = {user: True for user in record["for"] if user != self._viewer}
        self._changed[id] = {**record, "for": others} if others else None


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "for"}


def _content(about: About, change: EventChange) -> Record | None:
    """What it is about and what became of that; None where nothing changed but what is each user's own."""
    before, after = (each and shared_part(each) for each in (change.before, change.after))
    head: Record = {about.id: change.event_id}
    if before is None:
        is_draft = bool((change.after or {}).get("isDraft"))
        return None if after is None else {"type": "created", **head, "isDraft": is_draft, about.object: after}
    if after is None:
        return {"type": "destroyed", **head, about.object: before}
    patch = difference(before, after)
    if patch.keys() <= {"updated"}:
        return None
    is_draft = bool((change.after or {}).get("isDraft"))
    return {"type": "updated", **head, "isDraft": is_draft, about.object: before, about.patch: patch}


def shared_part(event: Record) -> Record:
    """The JSCalendar Event without what is each user's own (5.4), also in its overrides, and without JMAP's own."""
    kept = {name: value for name, value in event.items() if name not in _NOT_SHOWN}
    overrides = kept.get("recurrenceOverrides")
    if isinstance(overrides, dict):
        patches = {
            id: {path: value for path, value in patch.items() if path.partition("/")[0] not in PER_USER}
            for id, patch in overrides.items()
        }
        del kept["recurrenceOverrides"]
        if patches := telling(event, patches):
            kept["recurrenceOverrides"] = patches
    return kept


def _is_secret(change: EventChange) -> bool:
    return any(each is not None and each.get("privacy") == "secret" for each in (change.before, change.after))
