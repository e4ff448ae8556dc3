"""Threads (RFC 8621 3): what the conversations index says; nobody writes them."""

from collections.abc import Collection, Iterable

from jmapd.stores.objects import ObjectStore
from jmapd.wire import Id, Record


class ThreadStore(ObjectStore):
    """The Threads of one account."""

    type = "Thread"

    def ids(self) -> Iterable[Id]:
        mail = self._index.mail
        return [mail.thread_id(number) for number in mail.threads()]

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """RFC 8621 3: emailIds sorted by receivedAt, oldest first."""
        mail, found = self._index.mail, {}
        for id in ids:
            number = mail.thread_number(id)
            rows = mail.thread_rows(number) if number is not None else []
            if rows:
                found[id] = {"id": id, "emailIds": mail.ids(rows)}
        return found
