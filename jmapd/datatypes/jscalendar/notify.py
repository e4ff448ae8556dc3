"""Makes notifications of what a user did in an account that others see, too (jmap-calendars-27 7, tasks-06 5)."""

from collections.abc import Mapping
from typing import cast

from jmapd.datatypes.jscalendar.kind import Change, Kind, every_id
from jmapd.datatypes.principals.rights import entity
from jmapd.formats.calendar_address import mailto
from jmapd.methods.context import Context
from jmapd.stores.event_notifications import EVENTS, About, EventChange, NotificationStore, audience
from jmapd.wire import Id, Record


def notify(context: Context, kind: Kind, changes: Mapping[Id, Change]) -> None:
    """Tells those who are subscribed to one of the Calendars, or TaskLists, but not the user himself.

    Under the account's lock, after the change was committed. Raises StoreError.
    """
    account = context.account
    assert account is not None
    if not account.guests:
        return
    guest = account.guests.get(context.user)
    by: Id = account.id if guest is None else guest.id
    about = kind.about
    store = cast(NotificationStore, account.store(about.type))
    found = [EventChange(id, every_id(kind, change), *change) for id, change in changes.items()]
    store.notify(found, _person(context, about), None, audience(account, about), account.id, by)


def _person(context: Context, about: About) -> Record:
    """The user as changedBy has him (jmap-calendars-27 7.2, tasks-06 4.2.3)."""
    found = entity(context)
    uri = found["email"] and mailto(found["email"])
    if about is EVENTS:
        return found | {"calendarAddress": uri}
    return {"@type": "Person", "name": found["name"], "uri": uri, "principalId": found["principalId"]}
