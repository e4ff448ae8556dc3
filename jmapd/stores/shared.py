"""An account as one sees it with whom it is shared.

Uploads are seen by who made them only (RFC 8620 6.1); isSubscribed is each one's own (RFC 8621 2, RFC 9610 2), and
more of calendars and events (jmap-calendars 4.3, 5.4).
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from jmapd.stores.account import FileAccount
from jmapd.stores.base import BlobStore, Store
from jmapd.stores.calendar_alerts import CalendarAlertStore
from jmapd.stores.event_notifications import NotificationStore
from jmapd.stores.mailboxes import MailboxStore
from jmapd.stores.vdir import BookStore, ItemStore
from jmapd.wire import Id, Record

# stores that each guest sees otherwise
GUESTS = MailboxStore | BookStore | ItemStore | NotificationStore | CalendarAlertStore


class SharedAccount:
    """Another's account; all else is that of its owner."""

    def __init__(self, account: FileAccount, guest: Id) -> None:
        self.id, self.name, self.owner = account.id, account.name, account.owner
        self.store_names, self.guests = account.store_names, account.guests
        self._account, self._guest = account, guest

    @property
    def is_read_only(self) -> bool:
        return self._account.is_read_only

    @property
    def blobs(self) -> BlobStore:
        return self._account.uploads.of(self._guest)

    def store(self, name: str) -> Store:
        store = self._account.store(name)
        return store.of(self._guest) if isinstance(store, GUESTS) else store

    def tell(self, notes: Iterable[tuple[str, Record]]) -> None:
        self._account.tell(notes)

    def as_owner(self, name: str) -> Store:
        return self._account.store(name)

    def session(self) -> AbstractContextManager[None]:
        return self._account.session()

    def opened(self) -> AbstractContextManager[None]:
        return self._account.opened()

    def lock(self) -> AbstractContextManager[None]:
        return self._account.lock()
