"""Writing Emails into a Maildir (RFC 8621 4.6 to 4.8): new ones, keywords, mailboxIds, destroy.

The account's lock is held by the caller.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.conversations import NextThreads
from jmapd.index.journal import Change
from jmapd.stores.base import RecordExists, RecordNotFound
from jmapd.stores.email_files import EmailFiles, Files
from jmapd.stores.maildir_scan import EXTRA_KEYWORDS
from jmapd.stores.maildir_write import FileChanges, undone_when_it_fails
from jmapd.stores.new_message import NewMessage
from jmapd.stores.quota import Charge
from jmapd.wire import Id, Record, dates

log = logging.getLogger(__name__)

Texts = Sequence[tuple[Id, dict[str, str]]]  # of new Emails, for the full-text index


class EmailTransaction:
    """Changes of Emails that become visible together; a context manager."""

    def __init__(
        self,
        index: AccountIndex,
        root: Path,
        add_texts: Callable[[Texts], object],
        charge: Charge,
        folders: Mapping[Id, Record] | None = None,
    ) -> None:
        """`folders`: their records as Mailbox/set has left them, where the index does not know yet."""
        self._index, self._add_texts, self._charge = index, add_texts, charge
        self._files = EmailFiles(index, str(root), folders)
        self._threads = NextThreads(index.mail.conversations, self._former_thread)
        self._created: dict[Id, dict[str, Any]] = {}  # EmailRows as they were created
        self._texts: dict[Id, dict[str, str]] = {}
        self._changed: dict[Id, tuple[Files, frozenset[str]]] = {}
        self._destroyed: set[Id] = set()  # that the index has
        self._extra: dict[Id, set[str]] = {}
        self._rows: dict[Id, int | None] = {}  # of the index, which stays as it is until the commit

    def __enter__(self) -> "EmailTransaction":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        disk = self._files.disk
        if kind is not None:
            disk.undo()
            return
        with undone_when_it_fails(disk.undo):
            disk.sync()
            changes = self.changes()
            if changes:
                self._index.commit(changes)
        removed = self.finish(self._files.folders.all())
        if removed:
            self._note_removed(removed)
        if self._texts:
            self._add_texts(list(self._texts.items()))

    @property
    def disk(self) -> FileChanges:
        """For who commits changes() together with others."""
        return self._files.disk

    def discharge(self, id: Id) -> None:
        """An Email of the index goes without us, with its folder."""
        with self._charge.change(self._size(id), self._current(id), ()):
            pass

    def finish(self, folders: Collection[str]) -> Collection[str]:
        """After the commit: removes what is to go, as FileChanges.finish()."""
        removed = self.disk.finish(folders)
        self._charge.settle()
        return removed

    def has(self, id: Id) -> bool:
        """Whether there is such an Email, as this transaction has left it."""
        return id in self._created or (id not in self._destroyed and self._row(id) is not None)

    def get(self, id: Id) -> Record | None:
        """The Email's metadata, and what the index keeps of the message, as this transaction has left it."""
        if not self.has(id):
            return None
        if id in self._created:
            record = _email(id, self._created[id])
        else:
            row = self._row(id)
            assert row is not None
            record = self._index.mail.email(row)
        if id in self._changed:
            files, keywords = self._changed[id]
            record["mailboxIds"] = dict.fromkeys(files, True)
            record["keywords"] = dict.fromkeys(sorted(keywords), True)
        return record

    def create(self, record: Record) -> Record:
        """A new Email out of mailboxIds, keywords, receivedAt (null: now) and "message", a NewMessage.

        "isDelivery": it comes from outside, so that one without keywords goes to new/.
        Takes the message out of the record: many together are large. Raises RecordExists: one message is one Email of
        the account.
        """
        message: NewMessage = record["message"]
        id, keywords = message.id, frozenset(record["keywords"])
        if self.has(id):
            raise RecordExists(id)
        received = int(time.time()) if record.get("receivedAt") is None else dates.parse_utc_date(record["receivedAt"])
        with self._charge.change(message.size, {}, record["mailboxIds"], len(message.raw)):
            is_delivery = record.get("isDelivery", False)
            files, mtime = self._files.create(message, record["mailboxIds"], keywords, received, is_delivery)
        self._created[id] = message.row | {
            "files": files,
            "keywords": sorted(keywords),
            "receivedAt": max(mtime, 0),  # what a rebuilt index will read
            "threadId": self._threads.of(id, message.row["thread_keys"]),
        }
        del record["message"]
        self._texts[id] = message.texts
        self._extra[id] = set(keywords) - self._files.shown(files)
        return _email(id, self._created[id])

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Keywords and mailboxIds; all else of an Email is immutable (RFC 8621 4.1)."""
        there, before = self._current(id), self._keywords(id)
        keywords = frozenset(record["keywords"])
        with self._charge.change(self._size(id), there, record["mailboxIds"]):
            try:
                files, keywords = self._files.update(id, there, record["mailboxIds"], (before, keywords))
            except RecordNotFound:
                moved = self._files.moved(id, there)
                wanted = record["mailboxIds"] if "mailboxIds" in changed else moved
                files, keywords = self._files.update(id, moved, wanted, (before, keywords))
        if (files, keywords) == (there, before):
            return None
        self._changed[id] = (files, keywords)
        self._extra[id] = set(keywords) - self._files.shown(files)
        # RFC 8620 5.3: what another program has done in this moment is told, too
        after = {"keywords": dict.fromkeys(sorted(keywords), True), "mailboxIds": dict.fromkeys(sorted(files), True)}
        return {name: value for name, value in after.items() if value != record[name]} or None

    def destroy(self, id: Id) -> None:
        """Removes all files of the Email."""
        files = self._current(id)
        with self._charge.change(self._size(id), files, ()):
            try:
                self._files.remove_all(id, files)
            except RecordNotFound:
                self._files.remove_all(id, self._files.moved(id, files))
        self._changed.pop(id, None)
        self._extra[id] = set()
        if self._created.pop(id, None) is None:
            self._destroyed.add(id)
        self._texts.pop(id, None)

    def _row(self, id: Id) -> int | None:
        if id not in self._rows:
            self._rows[id] = self._index.mail.row(id)
        return self._rows[id]

    def _size(self, id: Id) -> int:
        row = self._row(id)
        return int(self._created[id]["size"]) if row is None else self._index.mail.size(row)

    def _former_thread(self, id: Id) -> Id | None:
        """Where an Email that comes again was before, be it destroyed now or earlier."""
        mail = self._index.mail
        row = self._row(id)
        return mail.history.former_thread(id) if row is None else mail.thread_id(mail.thread(row))

    def _keywords(self, id: Id) -> frozenset[str]:
        if id in self._changed:
            return self._changed[id][1]
        if id in self._created:
            return frozenset(self._created[id]["keywords"])
        row = self._row(id)
        return frozenset() if row is None else frozenset(self._index.mail.keywords(row))

    def _current(self, id: Id) -> Files:
        """Its files, in their places. Raises RecordNotFound."""
        if not self.has(id):
            raise RecordNotFound(id)
        if id in self._created:
            self._files.disk.place()
        if id in self._changed:
            files = self._changed[id][0]
        elif id in self._created:
            files = self._created[id]["files"]
        else:
            row = self._row(id)
            assert row is not None
            files = self._index.mail.files(row)
        return {mailbox: list(names) for mailbox, names in files.items()}

    # --- commit ---

    def changes(self) -> list[Change]:
        """For the journal."""
        # One that is destroyed and created goes first; else what is created may join the thread of what is destroyed.
        again = self._destroyed & self._created.keys()
        changes: list[Change] = [["Email", "d", id] for id in sorted(again)]
        for id, row in self._created.items():
            changes.append(["Email", "c", id, row | self._update_of(id)])
        changes += [["Email", "u", id, self._update_of(id)] for id in self._changed if id not in self._created]
        changes += [["Email", "d", id] for id in sorted(self._destroyed - again)]
        for id, extra in self._extra.items():
            before = self._index.objects.get(EXTRA_KEYWORDS, id)
            if extra and (before is None or before["keywords"] != sorted(extra)):
                changes.append([EXTRA_KEYWORDS, "u" if before else "c", id, {"keywords": sorted(extra)}])
            elif before is not None and not extra:
                changes.append([EXTRA_KEYWORDS, "d", id])
        if changes:
            changes += self._files.folders.changes()
        return changes

    def _update_of(self, id: Id) -> dict[str, Any]:
        if id not in self._changed:
            return {}
        files, keywords = self._changed[id]
        names = {mailbox: sorted(found) for mailbox, found in files.items()}
        return {"files": names, "keywords": sorted(keywords)}

    def _note_removed(self, directories: Collection[str]) -> None:
        try:
            self._index.commit(self._files.folders.changes_after_removal(directories))
        except OSError as error:
            log.warning("%s", error)


def _email(id: Id, row: dict[str, Any]) -> Record:
    """As MailIndex.email() will answer it."""
    return {
        "id": id,
        "blobId": row["blobId"],
        "threadId": row["threadId"],
        "mailboxIds": dict.fromkeys(sorted(row["files"]), True),
        "keywords": dict.fromkeys(row["keywords"], True),
        "size": row["size"],
        "receivedAt": dates.utc_date(row["receivedAt"]),
        **row["record"],
    }
