"""iTIP messages for changed events (jmap-calendars-27 5.9.2), sent as mail (RFC 6047) by the submission worker."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

from jmapd.datatypes.jscalendar.kind import Change
from jmapd.datatypes.jscalendar.links import UNKNOWN
from jmapd.datatypes.jscalendar.people import IDENTITY, addresses, default_address
from jmapd.formats import data_uri
from jmapd.formats.calendar_address import mail_address, normalised_uri
from jmapd.formats.imip import message
from jmapd.formats.itip import Message, overrides_of, participants_of, to_calendar
from jmapd.formats.itip_changes import TooMuch, again, messages
from jmapd.formats.mail_address import normalised
from jmapd.methods.context import Context
from jmapd.stores.base import Account, StoreError
from jmapd.stores.maildir_write import store_error
from jmapd.stores.outbox import SCHEDULING
from jmapd.stores.participant_identities import ParticipantIdentityStore
from jmapd.stores.submissions import SubmissionStore
from jmapd.wire import Record
from jmapd.wire.errors import Forbidden, NoSupportedScheduleMethods, ServerPartialFail, SetError, TooLarge

SUBMISSION = "EmailSubmission"
AT_ONCE = 100  # recipients of one mail (RFC 5321 4.5.3.1.8)
MAX_MAILS = 1000  # that one change may cause
MAX_ATTENDEES = 60_000  # in all its messages
MAX_ATTACHED = 4 << 20  # octets of attachments in a mail; with more they are left out
MAX_OCTETS = 64 << 20  # of attachments in all mails that one change causes


def check(context: Context, change: Change) -> None:
    """Under the lock, before anything is written. Raises SetError, StoreError."""
    if not context.arguments.get("sendSchedulingMessages"):
        return
    found = _messages(context, change)
    if not found:
        return
    account = context.account
    assert account is not None
    if not {context.user, account.owner}.isdisjoint(context.options.get("submission.may_not_send", ())):
        raise Forbidden("sendSchedulingMessages: this user, or this account, may not send mail at present")
    if SUBMISSION not in account.store_names:
        raise NoSupportedScheduleMethods("this account sends no mail")
    account.store(SUBMISSION)  # it may be away
    identities = cast(ParticipantIdentityStore, account.store(IDENTITY))
    for each in found:
        sender = _mail(each.sender)
        if sender is None or not identities.may_use(sender):
            raise NoSupportedScheduleMethods(f"messages cannot be sent from {_named(each.sender)}")
        unreachable = [_named(person) for person in each.to if _mail(person) is None]
        if unreachable:
            raise NoSupportedScheduleMethods(f"messages cannot be sent to {', '.join(unreachable)[:200]}")
    mails = sum(1 for each in found for _ in _portions(each.to))
    if mails > MAX_MAILS or sum(_attendees(event) for each in found for event in each.events) > MAX_ATTENDEES:
        raise _too_large()


def _attendees(event: Record) -> int:
    """How many are written, as each override has them all."""
    return (1 + len(overrides_of(event))) * (1 + len(participants_of(event)))


def _too_large() -> TooLarge:
    return TooLarge("sendSchedulingMessages: it would be too many messages, or too long ones")


def schedule(context: Context, change: Change) -> None:
    """After it was written, where sendSchedulingMessages was given. Raises ServerPartialFail."""
    assert context.account is not None
    try:
        _put(context.account, _messages(context, change))
    except (OSError, SetError, StoreError) as error:
        if isinstance(error, OSError):
            store_error(error)  # logs it
        raise ServerPartialFail("the event has changed, but not all participants are told of it") from error


def send_again(account: Account, event: Record, address: str) -> bool:
    """To a participant who asks for it (RFC 5546 3.2.6); false: he gets nothing. Raises OSError, StoreError."""
    if SUBMISSION not in account.store_names or mail_address(address) is None:
        return False
    mine = {normalised_uri(each["calendarAddress"]) for each in account.store(IDENTITY).scan()}
    may_use = cast(ParticipantIdentityStore, account.store(IDENTITY)).may_use
    found = [each for each in again(event, address, mine) if may_use(_mail(each.sender) or "")]
    _put(account, found)
    return bool(found)


def _put(account: Account, found: Sequence[Message]) -> None:
    if not found:
        return
    now, outbox = time.time(), cast(SubmissionStore, account.store(SUBMISSION)).outbox
    mails = sum(1 for each in found for _ in _portions(each.to))
    most = min(MAX_ATTACHED, MAX_OCTETS // max(mails, 1))
    for each in found:
        calendar = to_calendar(each.method, _with_attachments(account, each.events, most), now)
        for to in _portions(each.to):
            receivers = list({normalised(email): email for email in map(_mail, to) if email}.values())
            outbox.put(SCHEDULING, _mail(each.sender) or "", receivers, message(each, to, calendar, now))


def _messages(context: Context, change: Change) -> list[Message]:
    """Nothing is sent about drafts (5)."""
    before, after = change
    if after is not None and after.get("isDraft"):
        return []
    before = None if before is None or before.get("isDraft") else before
    own = default_address(context)
    before, after = (_with_organizer(event, own) for event in (before, after))
    last = after or before or {}
    if last.get("organizerCalendarAddress") is None and participants_of(last):
        raise NoSupportedScheduleMethods("the account has no address that messages could be sent from")
    try:
        return messages(before, after, addresses(context))
    except TooMuch as error:
        raise _too_large() from error


def _with_organizer(event: Record | None, own: str | None) -> Record | None:
    """5: an event without one has its source here."""
    if event is None or event.get("organizerCalendarAddress") is not None or own is None or not participants_of(event):
        return event
    return event | {"organizerCalendarAddress": own}


def _portions(people: Sequence[Record]) -> Iterator[Sequence[Record]]:
    return (people[at : at + AT_ONCE] for at in range(0, len(people), AT_ONCE))


def _mail(participant: Record) -> str | None:
    address = participant.get("calendarAddress")
    return mail_address(address) if isinstance(address, str) else None


def _named(participant: Record) -> str:
    return repr(
        str(participant.get("calendarAddress") or participant.get("name") or "one without calendarAddress")[:80]
    )


def _with_attachments(account: Account, events: Sequence[Record], most: int) -> Sequence[Record]:
    """With the octets of their blobs, where they are not too many; else without their links."""
    whole: list[Record] = _embedded(account, list(events))
    return whole if _embedded_size(whole) <= most else [_without_links(event) for event in events]


def _embedded(account: Account, value: Any) -> Any:
    if isinstance(value, list):
        return [_embedded(account, each) for each in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("blobId"), str) and "href" not in value:
        return {name: each for name, each in value.items() if name != "blobId"} | _octets(account, value)
    return {name: _embedded(account, each) for name, each in value.items()}


def _octets(account: Account, link: Record) -> Record:
    blob = account.blobs.find(link["blobId"])
    octets = None if blob is None or blob.size > MAX_ATTACHED else account.blobs.open(link["blobId"])
    return {} if octets is None else {"href": data_uri.make(link.get("contentType") or UNKNOWN, octets)}


def _without_links(event: Record) -> Record:
    out = {name: value for name, value in event.items() if name != "links"}
    overrides = out.get("recurrenceOverrides") or {}
    patches = {
        date: {pointer: value for pointer, value in patch.items() if pointer.partition("/")[0] != "links"}
        for date, patch in overrides.items()
    }
    return out | {"recurrenceOverrides": patches} if patches else out


def _embedded_size(value: Any) -> int:
    """Octets of data: URIs, about."""
    if isinstance(value, str):
        return len(value) if value.startswith("data:") else 0
    if isinstance(value, dict):
        return sum(_embedded_size(each) for each in value.values())
    return sum(_embedded_size(each) for each in value) if isinstance(value, list) else 0
