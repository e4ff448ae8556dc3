"""What becomes of the Emails of Mailboxes that are destroyed (RFC 8621 2.5 onDestroyRemoveEmails)."""

from collections.abc import Callable, Mapping

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import Overtaken, RecordNotFound
from jmapd.stores.email_transaction import EmailTransaction
from jmapd.stores.maildir_folders import FOLDER
from jmapd.stores.maildir_scan import EXTRA_KEYWORDS
from jmapd.wire import Id, Record


class MailboxEmails:
    """Those in no other Mailbox go with the folder; the others lose a file and keep their keywords."""

    def __init__(self, index: AccountIndex, begin: Callable[[dict[Id, Record]], EmailTransaction]) -> None:
        self._index, self._begin = index, begin
        self._left: list[Id] = []
        self._writing: EmailTransaction | None = None

    def leave(self, mailbox: Id) -> None:
        """A Mailbox that is destroyed."""
        self._left.append(mailbox)

    def changes(self, folders: dict[Id, Record], doomed: Mapping[Id, Record]) -> list[Change]:
        """For the journal; `folders` get what is known of them then. Raises StoreError."""
        mail, left = self._index.mail, set(self._left)
        rows = {row for mailbox in self._left for row in mail.mailbox(mailbox)}
        gone = [mail.id(row) for row in sorted(rows) if left.issuperset(mail.mailbox_ids(row))]
        kept = [mail.id(row) for row in sorted(rows) if not left.issuperset(mail.mailbox_ids(row))]
        if not rows:
            return []
        self._writing = self._begin({**doomed, **folders})
        for id in gone:
            self._writing.discharge(id)
        changes = self._take_out(kept, left)
        for change in [each for each in changes if each[0] == FOLDER]:
            changes.remove(change)
            if change[2] in folders:
                folders[change[2]] = change[3]
        changes += [["Email", "d", id] for id in gone]
        extra = self._index.objects.all(EXTRA_KEYWORDS)
        return changes + [[EXTRA_KEYWORDS, "d", id] for id in gone if id in extra]

    def _take_out(self, ids: list[Id], left: set[Id]) -> list[Change]:
        assert self._writing is not None
        for id in ids:
            record = self._writing.get(id)
            assert record is not None
            record["mailboxIds"] = dict.fromkeys(record["mailboxIds"].keys() - left, True)
            try:
                self._writing.update(id, record, {"mailboxIds"})
            except RecordNotFound as error:
                raise Overtaken("another program is changing the same messages") from error
        self._writing.disk.sync()
        return self._writing.changes()

    def finish(self, paths: list[str]) -> None:
        """After the commit."""
        if self._writing is not None:
            self._writing.finish(paths)

    def undo(self) -> None:
        """Everything back as it was."""
        if self._writing is not None:
            self._writing.disk.undo()
