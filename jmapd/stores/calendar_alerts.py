"""Alerts that have fired, of the last hours: from here they are pushed (jmap-calendars-27 6.4).

A record is {"for": account id of the user, "at": microseconds since 1970, "action", "alert": CalendarAlert}.
"""

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.maildir_write import store_error
from jmapd.stores.objects import WritableObjects
from jmapd.wire import Id, Record, State

TYPE = "CalendarAlert"
KEPT = 2 * 3600 * 1_000_000  # microseconds


class CalendarAlertStore(WritableObjects):
    """Of one account, as one of those who see it has them."""

    type, prefix = TYPE, "A"

    def __init__(self, index: AccountIndex, viewer: Id) -> None:
        super().__init__(index)
        self._viewer = viewer

    def of(self, guest: Id) -> "CalendarAlertStore":
        """The same as that guest sees it."""
        return CalendarAlertStore(self._index, guest)

    def fired(self, since: State) -> list[Record]:
        """The viewer's CalendarAlert objects since that state, in order; none where that cannot be told."""
        delta = self.changes(since)
        records = [] if delta is None else list(self.get(delta.created).values())
        mine = sorted((each for each in records if each["for"] == self._viewer), key=lambda each: each["at"])
        return [each["alert"] for each in mine]

    def recent(self, now: int) -> list[Record]:
        """The records of all viewers."""
        return [each for each in self._index.objects.all(self.type).values() if each["at"] >= now - KEPT]

    def fire(self, records: list[Record], now: int) -> None:
        """Adds these and drops the old. The account's lock must be held. Raises StoreError."""
        known = self._index.objects.all(self.type)
        old: list[Change] = [[self.type, "d", id] for id, each in known.items() if each["at"] < now - KEPT]
        try:
            self._index.commit([*old, *([self.type, "c", self.new_id(), record] for record in records)])
        except OSError as error:
            raise store_error(error) from error
