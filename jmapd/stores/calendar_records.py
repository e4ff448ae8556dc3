"""What an account with calendars has beside its files: ParticipantIdentity records, notifications, and
alerts that have fired.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.stores import calendar_alerts, participant_identities
from jmapd.stores.account import Lock
from jmapd.stores.calendar_alerts import CalendarAlertStore
from jmapd.stores.event_notifications import EVENTS, TASKS, NotificationStore
from jmapd.stores.participant_identities import ParticipantIdentityStore
from jmapd.wire import Id


class CalendarRecords:
    """A part of an account that is kept in the index alone; `root`: where its calendars are."""

    store_names = frozenset((participant_identities.TYPE, EVENTS.type, TASKS.type, calendar_alerts.TYPE))
    is_read_only = True  # files it has none: others tell

    def __init__(self, id: Id, owner: str, root: Path, options: Mapping[str, Any]) -> None:
        self.root, self._id, self._owner, self._options = root, id, owner, options

    def check(self) -> None:
        """The index is always there."""

    def begin(self) -> None:
        """A request begins."""

    def watched(self) -> list[str]:
        """None: nothing of it comes from files."""
        return []

    def close(self) -> None:
        """Nothing is held."""

    def open(self, index: AccountIndex, lock: Lock, follow: Callable[[], None]) -> Mapping[str, Any]:
        """The stores over an index."""
        self._lock, self._identities = lock, ParticipantIdentityStore(index, self._owner, self._options)
        return {
            participant_identities.TYPE: self._identities,
            EVENTS.type: NotificationStore(index, self._id, EVENTS),
            TASKS.type: NotificationStore(index, self._id, TASKS),
            calendar_alerts.TYPE: CalendarAlertStore(index, self._id),
        }

    def follow(self) -> bool:
        """Whether the plain copy may lack something."""
        return self._identities.follow(self._lock)
