"""EmailSubmissions (RFC 8621 7): records in the index's journal, each with its entry in the outbox.

A record is in the journal before its entry counts, so an entry that counts has a durable record (docs/STORAGE.md).
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import AlreadySent
from jmapd.stores.maildir_write import store_error
from jmapd.stores.objects import ObjectTransaction, WritableObjects
from jmapd.stores.outbox import SUBMISSION, Outbox, is_sent, new_entry
from jmapd.wire import Id, Record, dates

log = logging.getLogger(__name__)

TYPE = "EmailSubmission"
RESTORED = "_outbox"  # the record of this type says that the index has what the outbox knows
_MARK = "restored"
_QUEUED = "250 2.0.0 Queued"
_CANCELED = "554 5.0.0 Canceled by the sender"
_LOST = "554 5.3.0 The message was lost before it could be sent"

Locked = Callable[[], AbstractContextManager[None]]


class SubmissionStore(WritableObjects):
    """The EmailSubmissions of one account."""

    type, prefix = TYPE, "S"

    def __init__(self, index: AccountIndex, outbox: Outbox, locked: Locked) -> None:
        super().__init__(index)
        self.outbox, self._locked = outbox, locked

    def transaction(self) -> "SubmissionTransaction":
        """The account's lock must be held."""
        self.restore()
        return SubmissionTransaction(self, self._index)

    def restore(self) -> None:
        """Records from the outbox, into an index that was made anew. Under the account's lock."""
        if self._index.objects.get(RESTORED, _MARK) is not None:
            return
        known = self._index.objects.all(TYPE)
        changes: list[Change] = [[RESTORED, "c", _MARK, {}]]
        for entry in self.outbox.entries():
            if entry["kind"] == SUBMISSION and entry["record"] is not None and entry["id"] not in known:
                changes.append([TYPE, "c", entry["id"], entry["record"]])
        self._index.commit(changes)

    @property
    def is_restored(self) -> bool:
        """Whether restore() has nothing to do."""
        return self._index.objects.get(RESTORED, _MARK) is not None or not self.outbox.folder.is_dir()

    # --- what happens after the client's request; all inside a session

    def settle(self, id: Id, changes: Mapping[str, Any]) -> bool:
        """Sets properties that the server sets; False when there is no such record."""
        with self._locked():
            record = self._index.objects.get(TYPE, id)
            if record is None:
                return False
            new = {**record, **changes}
            if new != record:
                self._index.commit([[TYPE, "u", id, new]])
                self._index.sync()
            self.outbox.keep_record(id, new)
            return True

    def settle_results(self, id: Id) -> None:
        """Brings the record to what the entry says, after an attempt."""
        with self._locked():
            record = self._index.objects.get(TYPE, id)
            if record is not None:
                self.outbox.adopt(id)
            entry = self.outbox.read(id)
            if entry is None or entry["kind"] != SUBMISSION:
                return
            if record is not None:
                self.settle(id, _settled(record, entry))
            elif entry["record"] is not None:
                self.outbox.keep_record(id, None)

    def recover(self) -> None:
        """Ends what killed processes left undone."""
        with self._locked():
            self.restore()
            self.outbox.recover(lambda id: self._index.objects.get(TYPE, id) is not None)
            for entry in self.outbox.entries():
                self.settle_results(entry["id"])
            for id, record in list(self._index.objects.all(TYPE).items()):
                if record["undoStatus"] == "pending" and self.outbox.is_lost(id):
                    log.error("%s: the message of %s is gone and cannot be sent", self.outbox.folder, id)
                    self.settle(id, _failed(record, _LOST) | {"undoStatus": "final"})

    def expire(self, days: float) -> None:
        """Destroys the records of what was sent, or canceled, longer ago than that (RFC 8621 7)."""
        oldest = time.time() - days * 86400
        with self._locked():
            found = [
                id
                for id, record in self._index.objects.all(TYPE).items()
                if record["undoStatus"] != "pending" and dates.parse_utc_date(record["sendAt"]) < oldest
            ]
            done = [id for id in found if (entry := self.outbox.read(id)) is None or entry["done"]]
            with self.transaction() as tx:
                for id in done:
                    tx.destroy(id)


def _settled(record: Record, entry: Record) -> dict[str, Any]:
    """What of the record is otherwise, after attempts or a cancel."""
    if entry["canceled"]:
        return canceled(record)
    status = dict(record["deliveryStatus"] or {})
    for email, result in entry["results"].items():
        # a DSN that came first knows more than the server that took the message
        if email in status and status[email]["delivered"] == "queued":
            status[email] = {**status[email], **result}
    changes: dict[str, Any] = {"deliveryStatus": status}
    if is_sent(entry):
        changes["undoStatus"] = "final"
    return changes


def queued(recipients: Collection[Record]) -> dict[str, Any]:
    """The deliveryStatus of a message that nobody has tried to send."""
    return {each["email"]: {"smtpReply": _QUEUED, "delivered": "queued", "displayed": "unknown"} for each in recipients}


def canceled(record: Record) -> dict[str, Any]:
    """What changes in the record of a message that was called back."""
    return {"undoStatus": "canceled"} | _failed(record, _CANCELED)


def _failed(record: Record, reply: str) -> dict[str, Any]:
    """Nobody who has not got the message will get it."""
    status = {
        email: {**each, "smtpReply": reply, "delivered": "no"} if each["delivered"] == "queued" else each
        for email, each in (record["deliveryStatus"] or {}).items()
    }
    return {"deliveryStatus": status}


class SubmissionTransaction(ObjectTransaction):
    """Changes that become visible together. The messages themselves are written at once."""

    def __init__(self, store: SubmissionStore, index: AccountIndex) -> None:
        super().__init__(store, index)
        self._outbox = store.outbox
        self._entries: dict[Id, Record] = {}  # of what is created
        self._canceled: list[Id] = []
        self._holds = ExitStack()  # on the entries that are to be canceled: nobody may begin to send them

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._holds:
            if kind is not None or not self._changed:
                self._discard()
                return
            try:
                self._commit()
            except OSError as error:
                self._discard()
                raise store_error(error) from error
            except BaseException:
                self._discard()
                raise
            self._finish()

    def _commit(self) -> None:
        if self._entries:
            for entry in self._entries.values():
                self._outbox.write_entry(entry)
            self._outbox.make_durable(self._entries)
        for id in self._canceled:
            self._outbox.cancel(id, self._changed[id])
        self._index.commit(self.changes())

    def _finish(self) -> None:
        """What fails here is done by recover()."""
        try:
            self._index.sync()  # before any entry counts: no message may leave without its record
            for id, entry in self._entries.items():
                self._outbox.finish(id, entry)
            for id in self._changed.keys() - set(self._canceled):
                if id not in self._entries:
                    self._outbox.keep_record(id, self._changed[id])
        except OSError as error:
            log.error("%s: %s", self._outbox.folder, error)

    def _discard(self) -> None:
        for id in self._entries:
            self._outbox.discard(id)

    def create(self, record: Record) -> Record:
        """A submission out of its properties and, as the server is told them, "message", "mailFrom" and "rcptTo", and
        "release", when it is to leave. Raises OverQuota.
        """
        message, sender, recipients, release = (
            record.pop(name) for name in ("message", "mailFrom", "rcptTo", "release")
        )
        status = {"undoStatus": "pending", "deliveryStatus": queued(recipients), "dsnBlobIds": [], "mdnBlobIds": []}
        answer = super().create(record | status)
        id = answer["id"]
        try:
            self._outbox.write_message(id, message)
        except OSError as error:
            del self._changed[id]
            self._outbox.discard(id)
            raise store_error(error) from error
        self._entries[id] = new_entry(id, SUBMISSION, sender, recipients, release, self._changed[id])
        return answer | status

    def update(self, id: Id, record: Record, changed: Collection[str]) -> Record | None:
        """Of what a client may change there is but undoStatus, to "canceled". Raises AlreadySent."""
        more = canceled(record) if record["undoStatus"] == "canceled" and "undoStatus" in changed else {}
        if more and id not in self._entries:
            self._hold(id)
            self._canceled.append(id)
        super().update(id, record | more, changed)
        if id in self._entries:
            self._entries[id] |= {"record": self._changed[id], "canceled": bool(more), "done": bool(more)}
        return {name: value for name, value in more.items() if name not in changed} or None

    def _hold(self, id: Id) -> None:
        self._outbox.adopt(id)
        fd = self._holds.enter_context(self._outbox.held(id))
        entry = self._outbox.read(id) if fd is not None else None
        if entry is None or is_sent(entry):
            raise AlreadySent("the message has left, or is leaving")

    def destroy(self, id: Id) -> None:
        """The record only: what is to be sent is sent (RFC 8621 7.5)."""
        super().destroy(id)
        if id in self._entries:
            self._entries[id]["record"] = None
