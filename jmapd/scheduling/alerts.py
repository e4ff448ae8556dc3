"""Fires the alerts of CalendarEvents when they are due (jmap-calendars-27 6): pushes them, mails what wants it."""

import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from heapq import nsmallest
from pathlib import Path
from typing import Any, NamedTuple, cast

from pyroaring import BitMap

from jmapd.datatypes.jscalendar.view import privacy
from jmapd.formats.jscalendar import alerts, durations
from jmapd.formats.jscalendar.recurrence import CannotExpand, TooMany
from jmapd.formats.jscalendar.zones import moment
from jmapd.formats.mail_address import split
from jmapd.formats.message.reminder import reminder
from jmapd.index.bitmaps import bitmap_of
from jmapd.stores.account import FileAccount
from jmapd.stores.addresses import ANY, Addresses
from jmapd.stores.base import Store, StoreError
from jmapd.stores.calendar_alerts import TYPE, CalendarAlertStore
from jmapd.stores.icalendars import EVENT
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.vdir import BookStore, ItemStore
from jmapd.wire import Id, Record, State

log = logging.getLogger(__name__)

CLOCK = "alerts-fired"  # a file of the account's: it was last changed at the moment up to which alerts have fired
AHEAD = LATEST = 3600.0  # seconds: how far the next are looked for, how late one may be
MOST_PUSHED, MOST_MAILED = 100, 20  # of one user and account within the hours that are kept (9.3.2)
_SECOND = 1_000_000


class Viewer(NamedTuple):
    """One of those who see an account's events: the owner, or a guest."""

    id: Id
    user: str
    calendars: Store
    events: ItemStore
    is_owner: bool


class Due(NamedTuple):
    """An alert of one user."""

    viewer: Viewer
    event: Record
    firing: alerts.Firing


class Alarms:
    """Of a sidecar's accounts; no two processes at a time for one of them."""

    def __init__(self, account_of: Callable[[str], FileAccount | None], zone_of: Callable[[str], str | None]) -> None:
        """By the name of a user: his account, and the time zone of his Principal."""
        self._account_of, self._zone_of = account_of, zone_of
        self._looked: dict[Id, tuple[tuple[State, ...], float | None]] = {}  # states then, when the next is due

    def attend(self, account: FileAccount, now: float | None = None, want_all: bool = True) -> float | None:
        """Fires what has become due; when the next is, if that is within the hour. Raises StoreError, OSError.

        `want_all`: False where it is enough to look when calendars have changed or one is due.
        """
        if TYPE not in account.store_names:
            return None
        now = time.time() if now is None else now
        clock = account.state_dir / CLOCK
        since = max(_time_of(clock, now), now - LATEST)
        with account.opened():
            states = tuple(account.store(name).state() for name in ("Calendar", "CalendarEvent"))
            before, next_due = self._looked.get(account.id, ((), None))
            if not want_all and before == states and (next_due is None or now < next_due):
                return next_due
            found = list[Due]()
            for viewer in _viewers(account):  # of many some may have fired before, the others are too many
                found += nsmallest(2 * MOST_PUSHED, self._due(account, viewer, since, now + AHEAD), key=_at)
            over = [each for each in found if each.firing.at <= now * _SECOND]
            if over:
                self._fire(account, sorted(over, key=_at), now)
        clock.touch(0o600)
        os.utime(clock, (now, now))
        next_due = min((each.firing.at / _SECOND for each in found if each.firing.at > now * _SECOND), default=None)
        self._looked[account.id] = states, next_due
        return next_due

    def _due(self, account: FileAccount, viewer: Viewer, since: float, until: float) -> Iterator[Due]:
        """After `since`, at `until` at the latest."""
        calendars = {each["id"]: each for each in viewer.calendars.scan() if each["isSubscribed"]}
        low, high = (moment(int(each * _SECOND) + 1) for each in (since, until))
        rows = _rows(account, viewer, calendars.values(), low, high)
        zone = self._zone_of(viewer.user)
        for event in viewer.events.get(viewer.events.table().ids(rows)).values():
            books = [calendars[id] for id in event["calendarIds"] if id in calendars]
            if not books or event.get("isDraft") or not (viewer.is_owner or privacy(event) == "public"):
                continue  # jscalendarbis-15 3.4.3: of what is private a guest sees no alerts
            own_zone = next((each["timeZone"] for each in books if each.get("timeZone")), zone)
            try:
                found = alerts.firings(event, _defaults(books, event), low, high, own_zone or "Etc/UTC")
            except (CannotExpand, TooMany):
                continue
            yield from (Due(viewer, event, each) for each in found)

    def _fire(self, account: FileAccount, due: list[Due], now: float) -> None:
        """Mails are sent once it is known that they are: else each try would send them where that cannot be kept."""
        store = cast(CalendarAlertStore, account.store(TYPE))
        fired = defaultdict[Id, list[Record]](list)
        for old in store.recent(int(now * _SECOND)):
            fired[old["for"]].append(old)
        new, mails = list[Record](), list[Due]()
        for each in due:
            record, before = _record(account, each), fired[each.viewer.id]
            if len(before) >= MOST_PUSHED or record in before:
                continue
            if each.firing.action == "email" and sum(old["action"] == "email" for old in before) < MOST_MAILED:
                mails.append(each)
            before.append(record)
            new.append(record)
        with account.lock():
            store.fire(new, int(now * _SECOND))
        for each in mails:
            self._mail(account, each, now)

    def _mail(self, account: FileAccount, due: Due, now: float) -> None:
        """To an address that is known to be the user's (9.3.2)."""
        own = account if due.viewer.is_owner else self._account_of(due.viewer.user)
        addresses = Addresses(account.options).of(due.viewer.user)
        address = next((each for each in addresses if split(each)[0] != ANY), None)
        if not isinstance(own, MaildirAccount) or address is None:
            log.info("%s: no mail for an alert: %s has no mail here", account.id, due.viewer.user)
            return
        message = reminder(due.event, due.firing.recurrence_id, {"name": None, "email": address}, now)
        try:
            own.outbox.put("alert", "", [{"email": address, "parameters": {"NOTIFY": "NEVER"}}], message)
        except (StoreError, OSError) as error:
            log.warning("%s: no mail for an alert: %s", own.id, error)


def _at(due: Due) -> int:
    return due.firing.at


def _time_of(clock: Path, now: float) -> float:
    """An account that was never looked at has missed nothing."""
    try:
        return min(clock.stat().st_mtime, now)
    except FileNotFoundError:
        return now


def _viewers(account: FileAccount) -> Iterator[Viewer]:
    calendars, events = cast(BookStore, account.store("Calendar")), cast(ItemStore, account.store("CalendarEvent"))
    yield Viewer(account.id, account.owner, calendars, events, True)
    for user, guest in account.guests.items():
        yield Viewer(guest.id, user, calendars.of(guest.id), events.of(guest.id), False)


def _rows(account: FileAccount, viewer: Viewer, calendars: Iterable[Record], low: datetime, high: datetime) -> BitMap:
    """Events of which an alert may be due."""
    by_kind = {kind: viewer.events.with_key("alerts", kind) for kind in ("near", "far", "default")}
    if not viewer.is_owner:
        by_kind = _private_rows(account, viewer)
    defaults = [{"alerts": each.get(name)} for each in calendars for name in _DEFAULTS]
    if any("far" in alerts.kinds(each) for each in defaults):
        by_kind["far"] |= by_kind["default"]
    close, margin = by_kind["near"] | by_kind["default"], alerts.NEAR + timedelta(days=2)
    first, last = durations.moved(low, -margin), durations.moved(high, margin)
    texts = durations.local_text(first), durations.local_text(last)
    return by_kind["far"] | bitmap_of(viewer.events.occurrences(*texts, "Etc/UTC", close).rows)


_DEFAULTS = ("defaultAlertsWithTime", "defaultAlertsWithoutTime")


def _private_rows(account: FileAccount, viewer: Viewer) -> dict[str, BitMap]:
    """Of a guest: he has no alerts but those he has set himself (5.4)."""
    found: dict[str, BitMap] = {kind: BitMap() for kind in ("near", "far", "default")}
    table = viewer.events.table()
    for id, guests in account.index.objects.all(EVENT.private_type).items():
        private: Record = guests.get(viewer.id, {})
        row = table.row(id)
        if private and row is not None:
            own: dict[str, Any] = private.get("own", {}) | {"recurrenceOverrides": private.get("overrides", {})}
            for kind in alerts.kinds(own):
                found[kind].add(row)
    return found


def _defaults(calendars: Iterable[Record], event: Record) -> Record:
    """Of all its Calendars (6.1)."""
    name = _DEFAULTS[bool(event.get("showWithoutTime"))]
    return {id: alert for each in calendars for id, alert in (each.get(name) or {}).items()}


def _record(account: FileAccount, due: Due) -> Record:
    firing = due.firing
    alert = {
        "@type": TYPE,
        "accountId": account.id,
        "calendarEventId": due.event["id"],
        "uid": due.event["uid"],
        "recurrenceId": firing.recurrence_id or due.event.get("recurrenceId"),
        "alertId": firing.alert_id,
    }
    return {"for": due.viewer.id, "at": firing.at, "action": firing.action, "alert": alert}
