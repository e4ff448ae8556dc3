"""Mailbox records (RFC 8621 2): the folders of a Maildir, with the index's counts and this process's rights."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from jmapd.index.account import AccountIndex
from jmapd.stores.maildir_folders import FOLDER
from jmapd.stores.objects import ObjectStore
from jmapd.wire import Id, Record

COUNTS = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")


@lru_cache
def rights(is_writable: bool) -> Mapping[str, bool]:
    """RFC 8621 2 MailboxRights of the owner; what the file system forbids is forbidden, and what no method does yet."""
    return {
        "mayReadItems": True,
        "mayAddItems": is_writable,
        "mayRemoveItems": is_writable,
        "maySetSeen": is_writable,
        "maySetKeywords": is_writable,
        "mayCreateChild": False,  # these three need Mailbox/set
        "mayRename": False,
        "mayDelete": False,
        "maySubmit": is_writable,
    }


class MailboxStore(ObjectStore):
    """The Mailboxes of one account; read-only."""

    type = "Mailbox"

    def __init__(self, index: AccountIndex, is_read_only: bool = False) -> None:
        super().__init__(index)
        self._is_read_only = is_read_only

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """Records with all properties of RFC 8621 2."""
        wants_counts = properties is None or not set(COUNTS).isdisjoint(properties)
        objects, found = self._index.objects, {}
        for id in ids:
            record = objects.get("Mailbox", id)
            if record is None:
                continue
            folder = objects.get(FOLDER, id)
            is_writable = not self._is_read_only and (folder is None or folder["writable"])
            whole: Record = {"id": id, **record}
            if wants_counts:
                counts = self._index.mail.counts(id)
                whole["totalEmails"] = counts.total_emails
                whole["unreadEmails"] = counts.unread_emails
                whole["totalThreads"] = counts.total_threads
                whole["unreadThreads"] = counts.unread_threads
            whole["myRights"] = dict(rights(is_writable))
            found[id] = whole
        return found
