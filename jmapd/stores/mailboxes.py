"""Mailbox records (RFC 8621 2): the folders of a Maildir, with the index's counts and this process's rights."""

import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.stores.base import Transaction
from jmapd.stores.email_store import EmailStore
from jmapd.stores.mailbox_guests import GuestTransaction, subscribed
from jmapd.stores.mailbox_transaction import MailboxTransaction
from jmapd.stores.maildir_folders import FOLDER, new_folder_record
from jmapd.stores.maildir_layout import names_inbox
from jmapd.stores.maildir_names import from_text, is_message
from jmapd.stores.maildir_scan import PARTS
from jmapd.stores.objects import ObjectStore
from jmapd.wire import Id, Record

COUNTS = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")


@lru_cache
def rights(is_writable: bool, is_movable: bool = True, is_fertile: bool = True) -> Mapping[str, bool]:
    """RFC 8621 2 MailboxRights of the owner; what the file system forbids is forbidden."""
    return {
        "mayReadItems": True,
        "mayAddItems": is_writable,
        "mayRemoveItems": is_writable,
        "maySetSeen": is_writable,
        "maySetKeywords": is_writable,
        "mayCreateChild": is_fertile,
        "mayRename": is_movable,
        "mayDelete": is_movable,
        "maySubmit": is_writable,
    }


class MailboxStore(ObjectStore):
    """The Mailboxes of one account, as its owner sees them or a guest."""

    type = "Mailbox"

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        options: Mapping[str, Any],
        emails: EmailStore,
        guest: Id | None = None,
    ) -> None:
        super().__init__(index)
        self._root, self._options, self._emails, self.guest = root, options, emails, guest

    def of(self, guest: Id) -> "MailboxStore":
        """The same as that guest sees it."""
        return MailboxStore(self._index, self._root, self._options, self._emails, guest)

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        """Records with all properties of RFC 8621 2."""
        wants_counts = properties is None or not set(COUNTS).isdisjoint(properties)
        if self.guest is None and properties is not None and "myRights" not in properties and not wants_counts:
            return super().get(ids)
        objects, found = self._index.objects, {}
        for id in ids:
            record = objects.get("Mailbox", id)
            if record is not None:
                folder = objects.get(FOLDER, id) or new_folder_record("")
                found[id] = self._whole(id, record, folder, wants_counts)
        return found

    def _whole(self, id: Id, record: Record, folder: Record, wants_counts: bool = True) -> Record:
        whole: Record = {"id": id, **record}
        if self.guest is not None:
            whole["isSubscribed"] = id in subscribed(self._index, self.guest)
        if wants_counts:
            counts = self._index.mail.counts(id)
            whole["totalEmails"] = counts.total_emails
            whole["unreadEmails"] = counts.unread_emails
            whole["totalThreads"] = counts.total_threads
            whole["unreadThreads"] = counts.unread_threads
        is_movable = folder.get("movable", True) and not names_inbox(tuple(folder["names"]))
        whole["myRights"] = dict(rights(folder["writable"], is_movable, folder.get("fertile", True)))
        return whole

    def has_messages(self, id: Id) -> bool:
        """Whether any lie in the folder now, those that were not read yet too."""
        folder = self._index.objects.get(FOLDER, id)
        if folder is None or not folder["exists"]:
            return False
        for part in PARTS:
            path = self._root / from_text(folder["path"]) / part
            try:
                names = os.listdir(path)  # noqa: PTH208 (names only)
            except FileNotFoundError:
                continue
            if any(map(is_message, names)):
                return True
        return False

    def transaction(self) -> AbstractContextManager[Transaction]:
        """The account's lock must be held."""
        parts = (self._index, self._root, self._options, self._whole, self._emails.transaction_in)
        return MailboxTransaction(*parts) if self.guest is None else GuestTransaction(*parts, self.guest)
