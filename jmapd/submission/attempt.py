"""One attempt to send what an outbox entry holds: the answers are kept before anything else, then told (RFC 8621 7)."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jmapd.formats.message import dsn
from jmapd.stores.addresses import Addresses
from jmapd.stores.incoming import Incoming, receive
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.outbox import SCHEDULING, SUBMISSION, Entry, Result
from jmapd.stores.submissions import SubmissionStore
from jmapd.submission.letter import Letter
from jmapd.submission.replies import Reply
from jmapd.wire import Id
from jmapd.wire.dates import parse_utc_date

log = logging.getLogger(__name__)

AT_ONCE = 100  # recipients that every server takes (RFC 5321 4.5.3.1.8)
BOUNCE_SECONDS = 60.0  # until a bounce that could not be stored is tried again, at least
BOUNCE_DAY = 86_400.0  # how long that goes on after sending would have been given up


class Transport(Protocol):
    """What takes a message; it never raises, and says something of each recipient."""

    def send(self, owner: str, letter: Letter) -> Mapping[str, Reply]: ...


@dataclass(frozen=True)
class Schedule:
    """When to try again."""

    retry: Sequence[float] = (1, 2, 5, 15, 30, 60)  # minutes; the last one over and over
    give_up_hours: float = 120.0

    def pause(self, attempts: int) -> float:
        """Seconds until the next attempt, when so many have failed."""
        return self.retry[min(attempts, len(self.retry)) - 1] * 60 if self.retry else 60.0

    def is_over(self, entry: Entry, now: float) -> bool:
        """Whether it is time to give up."""
        start = max(entry.created, parse_utc_date(entry.send_at) if entry.send_at else 0.0)
        return now - start >= self.give_up_hours * 3600


class Attempts:
    """Of all accounts."""

    def __init__(self, options: Mapping[str, Any], transport: Transport) -> None:
        self._transport = transport
        self._addresses = Addresses(options)
        self._schedule = Schedule(
            options.get("submission.retry") or Schedule.retry,
            options.get("submission.give_up_hours", Schedule.give_up_hours),
        )

    def attempt(self, account: MaildirAccount, id: Id) -> bool:
        """False when another one is at work on it, or it is gone. Raises OSError, StoreError: it is tried again."""
        with account.outbox.attempt(id) as entry:
            if entry is None:
                return False
            if entry.next > time.time():  # another one has just tried
                return True
            self._send(account, entry)
            is_submission = entry.kind == SUBMISSION
            if is_submission:
                self._settle(account, id)
            if self._bounce(account, entry) and is_submission:
                self._settle(account, id)
        return True

    # --- sending

    def _send(self, account: MaildirAccount, entry: Entry) -> None:
        pending = entry.pending()
        if not pending:
            if not _untold(entry, entry.results):
                entry.record_results({}, None)
            return
        entry.begin()
        message = entry.message()
        for at in range(0, len(pending), AT_ONCE):
            letter = Letter(
                entry.mail_from,
                pending[at : at + AT_ONCE],
                message,
                envelope_id=entry.id if entry.kind == SUBMISSION else "",
            )
            replies = self._transport.send(account.owner, letter)
            now = time.time()
            has_more = at + AT_ONCE < len(pending)
            results = self._results(entry, replies, now)
            entry.record_results(results, now if has_more else self._next(entry, results, now))
            _log(account.id, entry, replies)

    def _results(self, entry: Entry, replies: Mapping[str, Reply], now: float) -> dict[str, Result]:
        is_over = self._schedule.is_over(entry, now)
        return {
            email: Result(str(reply), "no" if is_over and not reply.is_ok else reply.delivered)
            for email, reply in replies.items()
        }

    def _next(self, entry: Entry, results: Mapping[str, Result], now: float) -> float | None:
        """When something is to be done for the entry: at once, where a failure is to be told."""
        all_results = {**entry.results, **results}
        if _untold(entry, all_results):
            return now
        is_open = any(each.delivered == "queued" for each in all_results.values())
        return now + self._schedule.pause(entry.attempts) if is_open else None

    # --- telling

    def _settle(self, account: MaildirAccount, id: Id) -> None:
        with account.opened():
            submissions(account).settle_results(id)

    def _bounce(self, account: MaildirAccount, entry: Entry) -> bool:
        """A report to the sender about recipients that will not get it (RFC 3464, RFC 5321 6.1), where there are such.

        Killed between storing it and noting that, he gets it twice.
        """
        failed = _untold(entry, entry.results)
        if not failed:
            return False
        now = time.time()
        sender = entry.mail_from["email"]
        daemon = f"MAILER-DAEMON@{self._addresses.domain}"
        message = dsn.build(
            self._report(entry, failed, now), sender, daemon, entry.message(), headers_only=_wants_header(entry)
        )
        [stored] = receive(account, [Incoming(message, "", sender)])
        if stored.error is not None:
            log.error("%s: %s: the bounce cannot be stored: %s", account.id, entry.id, stored.error)
            if self._schedule.is_over(entry, now - BOUNCE_DAY):  # deliveryStatus says it still
                entry.record_results({}, None, failed)
            else:
                entry.record_results({}, now + max(BOUNCE_SECONDS, self._schedule.pause(entry.attempts)))
            return False
        with account.opened(), account.locked():
            record = submissions(account).get([entry.id]).get(entry.id)
            known = record["dsnBlobIds"] if record else []
            if record and stored.blob_id not in known:
                submissions(account).settle(entry.id, {"dsnBlobIds": [*known, stored.blob_id]})
        is_open = bool(entry.pending())
        entry.record_results({}, now + self._schedule.pause(entry.attempts) if is_open else None, failed)
        return True

    def _report(self, entry: Entry, failed: Sequence[str], now: float) -> dsn.DeliveryReport:
        asked = {each["email"]: _upper(each) for each in entry.rcpt_to}
        return dsn.DeliveryReport(
            self._addresses.domain,
            [_recipient(email, asked[email], entry.results[email].smtpReply, now) for email in failed],
            envelope_id=entry.id,
            arrival=entry.created,
        )


def submissions(account: MaildirAccount) -> SubmissionStore:
    """Inside a session."""
    store = account.store("EmailSubmission")
    assert isinstance(store, SubmissionStore)
    return store


def _untold(entry: Entry, results: Mapping[str, Result]) -> list[str]:
    """Recipients whose failure the sender is to be told of.

    The null sender has nobody who could be told, and what we send of ourselves nobody waits for (RFC 5321 4.5.5).
    """
    if entry.kind not in (SUBMISSION, SCHEDULING) or not entry.mail_from["email"]:
        return []
    asked = {each["email"]: _notify(each) for each in entry.rcpt_to}
    return [
        email
        for email, result in results.items()
        if result.delivered == "no" and email not in entry.reported and asked.get(email, True)
    ]


def _wants_header(entry: Entry) -> bool:
    """RFC 3461 4.3: RET=HDRS."""
    return (_upper(entry.mail_from).get("RET") or "").upper() == "HDRS"


def _upper(address: Mapping[str, Any]) -> dict[str, str | None]:
    return {name.upper(): value for name, value in (address.get("parameters") or {}).items()}


def _notify(recipient: Mapping[str, Any]) -> bool:
    """RFC 3461 5.2.2: whether a failure may be reported."""
    given = _upper(recipient).get("NOTIFY")
    return given is None or "FAILURE" in given.upper().split(",")


def _recipient(email: str, asked: Mapping[str, str | None], reply: str, now: float) -> dsn.Recipient:
    original = asked.get("ORCPT") or ""
    words = reply.split(" ", 2)
    status = words[1] if len(words) > 1 and words[1].count(".") == 2 else "5.0.0" if reply[:1] == "5" else "4.4.7"
    # A reply that was not final became so by time (RFC 3463 3.5: X.4.7, delivery time expired).
    status = "5.4.7" if status.startswith(("2", "4")) else status
    return dsn.Recipient(
        email, "failed", status, original=original.partition(";")[2], diagnostic=reply, last_attempt=now
    )


def _log(account: str, entry: Entry, replies: Mapping[str, Reply]) -> None:
    counts = [sum(each.delivered == word for each in replies.values()) for word in ("unknown", "no", "queued")]
    worst = next((str(each) for each in replies.values() if not each.is_ok), "")
    log.info("%s: %s: %d sent, %d refused, %d to be tried again%s", account, entry.id, *counts, worst and f": {worst}")
