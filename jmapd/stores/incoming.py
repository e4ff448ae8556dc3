"""Messages from outside into an account's Maildir: many in one transaction, the index told before the answer."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from jmapd.formats.message.trace_fields import for_delivery
from jmapd.stores.base import RecordExists, RecordNotFound, StoreError, StoreUnavailable, Transaction
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.maildir_write import store_error
from jmapd.stores.new_message import NewMessage, new_message
from jmapd.wire import Id

log = logging.getLogger(__name__)

_MOVED = (RecordNotFound, StoreUnavailable)  # the folders may not be as the index has them


@dataclass(frozen=True)
class Incoming:
    """A message and its envelope; into the Mailbox `folder` and those of `copies`. None is INBOX."""

    data: bytes
    mail_from: str  # "" for the null sender
    recipient: str
    folder: Id | None = None
    copies: tuple[Id | None, ...] = ()
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stored:
    """What became of one. With an error nothing of it was stored."""

    id: Id | None = None
    blob_id: Id | None = None
    error: StoreError | None = None


def receive(account: MaildirAccount, messages: Sequence[Incoming]) -> list[Stored]:
    """Durable, each or none of it, when this returns. Takes session and lock itself; raises nothing of the stores'."""
    line_ends = account.option("mail.line_ends", "lf")
    made = [_made(message, line_ends) for message in messages]
    ready = [(message, new) for message, new in zip(messages, made, strict=True) if isinstance(new, NewMessage)]
    try:
        try:
            done = iter(_stored(account, ready, want_follow=False))
        except _MOVED:
            done = iter(_stored(account, ready, want_follow=True))
    except (StoreError, OSError) as error:
        known = error if isinstance(error, StoreError) else store_error(error)
        done = iter([Stored(error=known)] * len(ready))
    return [next(done) if isinstance(new, NewMessage) else Stored(error=new) for new in made]


def _made(message: Incoming, line_ends: str) -> NewMessage | StoreError:
    """One message that cannot be read must not stop the others."""
    try:
        return new_message(for_delivery(message.data, message.mail_from, message.recipient), line_ends)
    except Exception:
        log.exception("a message for %s cannot be parsed", message.recipient)
        return StoreUnavailable("the message cannot be parsed")


def _stored(account: MaildirAccount, ready: Sequence[tuple[Incoming, NewMessage]], want_follow: bool) -> list[Stored]:
    """`want_follow`: looks at the file system first, which is the more expensive the more mail is new."""
    with account.session() if want_follow else account.opened():
        inbox = _inbox(account)
        with account.lock(), account.emails.transaction() as transaction:
            return [_store(transaction, message, new, inbox, not want_follow) for message, new in ready]


def _inbox(account: MaildirAccount) -> Id:
    for id, mailbox in account.index.objects.all("Mailbox").items():
        if mailbox.get("role") == "inbox":
            return id
    raise StoreUnavailable(f"{account.id} has no INBOX")


def _store(transaction: Transaction, message: Incoming, new: NewMessage, inbox: Id, may_be_moved: bool) -> Stored:
    wanted = {folder or inbox: True for folder in (message.folder, *message.copies)}
    record = {"mailboxIds": wanted, "keywords": dict.fromkeys(message.keywords, True), "receivedAt": None}
    try:
        try:
            transaction.create(record | {"message": new, "isDelivery": True})
        except RecordExists:  # sent again, as after an answer that was lost: it is one Email
            there = transaction.get(new.id)
            assert there is not None
            if not wanted.keys() <= there["mailboxIds"].keys():
                both = there | {"mailboxIds": there["mailboxIds"] | wanted}
                transaction.update(new.id, both, ["mailboxIds"])
    except StoreError as error:
        if may_be_moved and isinstance(error, _MOVED):
            raise
        return Stored(error=error)
    return Stored(new.id, new.blob_id)
