"""Reports that arrive, DSNs (RFC 3464) and MDNs (RFC 8098), change the EmailSubmissions they are about (RFC 8621 7)."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any, cast

from jmapd.files import atomic
from jmapd.formats.mail_address import normalised
from jmapd.formats.message import dsn, mdn, parameters
from jmapd.formats.message.header_forms import as_addresses, as_message_ids
from jmapd.formats.message.part import Part
from jmapd.formats.message.report import address, returned_ids
from jmapd.formats.message.structure import parse, read_header
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.submissions import SubmissionStore
from jmapd.wire import Id, Record, State, dates

log = logging.getLogger(__name__)

SEEN = "reports-seen"  # in the outbox: the state of Email up to which was looked
PAGE = 200  # Emails that are looked at in one session
MOST_EMAILS = 5000  # after the index was made anew: those since the oldest submission, the newest
HEAD, LONGEST = 64 * 1024, 4 * 1024 * 1024  # octets that are read to see what it is, and of a report
MOST_REPORTS = 100  # of one kind that a submission names
DAY = 86400
FINAL = ("yes", "no")


def follow(account: MaildirAccount) -> None:
    """Takes in what came since the last time; enters sessions and locks itself. Raises StoreError, OSError."""
    while _page(account):
        pass


def _page(account: MaildirAccount) -> bool:
    """Whether there is more to look at."""
    with account.session():
        submissions = list(account.store("EmailSubmission").scan())
        seen = _seen(account)
        ids, state, has_more = _arrived(account, submissions, seen)
        if submissions:
            run = _Reading(account, submissions)
            for id in ids:
                run.look_at(id)
        if state == seen or not account.outbox.folder.is_dir():
            return False
        atomic.write(account.outbox.folder / SEEN, f"{state}\n".encode(), 0o600)
    return has_more


def _seen(account: MaildirAccount) -> State | None:
    try:
        return (account.outbox.folder / SEEN).read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _arrived(account: MaildirAccount, submissions: list[Record], seen: State | None) -> tuple[list[Id], State, bool]:
    """The Emails to look at, the state after these, whether there are more."""
    emails = account.emails
    delta = emails.changes(seen, PAGE) if seen and submissions else None
    if delta is not None:
        return delta.created, delta.new_state, delta.has_more
    ids: list[Id] = []
    if submissions:
        oldest = min(dates.parse_utc_date(each["sendAt"]) for each in submissions)
        mail = emails.index
        newest = mail.by_received(mail.received(after=int(oldest) - DAY), False)[:MOST_EMAILS]
        ids = mail.ids(reversed([int(row) for row in newest]))
    return ids, emails.state(), False


class _Reading:
    """The reports of one page, and which submissions there are."""

    def __init__(self, account: MaildirAccount, submissions: Iterable[Record]) -> None:
        self._account, self._emails = account, account.emails
        self._store = cast(SubmissionStore, account.store("EmailSubmission"))
        self._ids: set[Id] = set()
        self._by_message: dict[str, list[Id]] = {}
        for each in submissions:
            self._ids.add(each["id"])
            if about := each.get("messageId"):
                self._by_message.setdefault(about, []).append(each["id"])

    def look_at(self, id: Id) -> None:
        """Nothing happens for what is no report, or of a message that was not sent from here."""
        raw = self._report(id)
        blob_id = self._emails.get([id], ("id", "blobId")).get(id, {}).get("blobId")
        if raw is None or blob_id is None:
            return
        root = parse(raw)
        status = dsn.read(root)
        notification = mdn.read(root) if status is None else None
        with self._account.lock():  # others change the records, too
            if status is not None:
                self._delivery(status, root, blob_id)
            elif notification is not None:
                self._disposition(notification, root, blob_id)

    def _report(self, id: Id) -> bytes | None:
        """The message, if it is a multipart/report; its beginning, if it is long."""
        file = self._emails.opened(id)
        if file is None:
            return None
        with file:
            try:
                head = file.read(HEAD) or b""
                if not _is_report(head):
                    return None
                pieces, size = [head], len(head)
                while size < LONGEST and (piece := file.read(LONGEST - size)):
                    pieces.append(piece)
                    size += len(piece)
            except OSError as error:
                log.warning("%s cannot be read: %s", id, error.strerror)
                return None
        return b"".join(pieces)

    # --- which submission

    def _candidates(self, envelope_id: str | None, message_ids: Iterable[str | None]) -> list[Record]:
        """Those it may be about, the newest first."""
        ids = {id for about in message_ids if about for id in self._by_message.get(about.strip("<> "), ())}
        if envelope_id in self._ids:
            ids = {envelope_id}
        found = [each for each in self._store.get(ids).values() if each["undoStatus"] != "canceled"]
        return sorted(found, key=lambda each: each["sendAt"], reverse=True)

    def _delivery(self, status: dsn.DeliveryReport, root: Part, blob_id: Id) -> None:
        candidates = self._candidates(status.envelope_id, [status.message_id, *_answered(root)])
        for record in candidates:
            changed = dict(record["deliveryStatus"] or {})
            is_of = False
            for recipient in status.recipients:
                email = _recipient(changed, recipient.original, recipient.final)
                if email is not None:
                    is_of = True
                    changed[email] = _delivered(changed[email], recipient)
            if is_of or len(candidates) == 1:
                self._settle(record, changed, "dsnBlobIds", blob_id)
                return

    def _disposition(self, notification: mdn.Notification, root: Part, blob_id: Id) -> None:
        """RFC 8098 6.1: one that nobody asked for is not believed."""
        about = [notification.original_message_id, *returned_ids(root), *_answered(root)]
        candidates = [each for each in self._candidates(None, about) if self._asked(each)]
        senders = [each["email"] for each in as_addresses(root.header("from") or b"")[:1]]
        for record in candidates:
            changed = dict(record["deliveryStatus"] or {})
            named = (address(notification.original_recipient), address(notification.final_recipient), *senders)
            email = _recipient(changed, *named)
            if email is not None and notification.type == "displayed":
                changed[email] = changed[email] | {"displayed": "yes"}
            if email is not None or len(candidates) == 1:
                self._settle(record, changed, "mdnBlobIds", blob_id)
                return

    def _asked(self, record: Record) -> bool:
        """Whether the message, if it is still there, has asked for MDNs."""
        row = self._emails.index.row(record["emailId"])
        return row is None or row in self._emails.index.header("disposition-notification-to")

    def _settle(self, record: Record, status: dict[str, Any], name: str, blob_id: Id) -> None:
        known = record[name] or []
        if blob_id in known:
            return
        changes: dict[str, Any] = {name: [*known, blob_id]} if len(known) < MOST_REPORTS else {}
        if status:
            changes["deliveryStatus"] = status
        self._store.settle(record["id"], changes)


def _is_report(head: bytes) -> bool:
    fields, _ = read_header(head, 0, len(head))
    found = [value for name, value in fields if name.lower() == b"content-type"]
    return bool(found) and parameters.parse(found[-1])[0].strip().lower() == "multipart/report"


def _answered(root: Part) -> Iterator[str]:
    """The messages that it is an answer to."""
    value = root.header("in-reply-to")
    yield from (as_message_ids(value) or []) if value is not None else []


def _recipient(status: dict[str, Any], *named: str) -> str | None:
    """The recipient, as the submission has it, that one of the addresses of a report means."""
    known = {normalised(email): email for email in status}
    return next((known[normalised(each)] for each in named if each and normalised(each) in known), None)


def _delivered(old: Record, recipient: dsn.Recipient) -> Record:
    """The DeliveryStatus after a DSN: what is final stays (RFC 8621 7)."""
    final = {"delivered": "yes", "failed": "no"}.get(recipient.action)
    if old["delivered"] in FINAL or (final is None and old["delivered"] == "queued"):
        return old
    return old | {"smtpReply": recipient.smtp_reply(), "delivered": final or old["delivered"]}
