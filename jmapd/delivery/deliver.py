"""Delivery of messages to one account: loops, filters, the store, and what follows from success."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from jmapd.delivery import replies, vacation
from jmapd.delivery.filters import Fate, Filter, decide
from jmapd.formats.message.trace_fields import delivered_to, for_delivery, hops
from jmapd.formats.message.wire_form import wire_form
from jmapd.stores.incoming import Incoming, Stored, receive
from jmapd.stores.maildir import MaildirAccount

__all__ = ["Incoming", "Outcome", "deliver"]

log = logging.getLogger(__name__)

MOST_HOPS = 100  # RFC 5321 6.3


@dataclass(frozen=True)
class Outcome:
    """`reply` as LMTP gives it: "250 2.0.0 ..." """

    reply: str
    stored: Stored | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the message is ours now."""
        return self.reply.startswith("2")


def deliver(account: MaildirAccount, messages: Sequence[Incoming], filters: Sequence[Filter] = ()) -> list[Outcome]:
    """One transaction for all; a message that is answered with 2xx is on the disk, and in the index."""
    outcomes: dict[int, Outcome] = {}
    wanted: dict[int, Incoming] = {}
    for number, message in enumerate(messages):
        found = _refused(message) or _filtered(account, message, filters)
        if isinstance(found, Outcome):
            outcomes[number] = found
        else:
            wanted[number] = found
    for number, stored in zip(wanted, receive(account, list(wanted.values())), strict=True):
        outcomes[number] = _outcome(account, messages[number], stored)
    for number, message in enumerate(messages):
        log.info("%s: from %r: %s", account.id, message.mail_from, outcomes[number].reply)
    return [outcomes[number] for number in range(len(messages))]


def _outcome(account: MaildirAccount, message: Incoming, stored: Stored) -> Outcome:
    if stored.error is not None:
        log.warning("%s: not delivered: %s", account.id, stored.error)
        does_bounce = account.option("delivery.over_quota", "defer") == "bounce"
        return Outcome(replies.refusal(stored.error, message.recipient, does_bounce), stored)
    try:
        vacation.answer(account, message.data, message.mail_from, message.recipient)
    except Exception:  # it never fails a delivery
        log.exception("%s: automatic reply", account.id)
    return Outcome(replies.reply(f"250 2.0.0 <{{recipient}}> {stored.id} saved", message.recipient), stored)


def _refused(message: Incoming) -> Outcome | None:
    if message.recipient.lower() in delivered_to(message.data):
        return Outcome(replies.reply(replies.LOOP, message.recipient))
    if hops(message.data) > MOST_HOPS:
        return Outcome(replies.reply(replies.HOPS, message.recipient))
    return None


def _filtered(account: MaildirAccount, message: Incoming, filters: Sequence[Filter]) -> Incoming | Outcome:
    """What is to be stored, or the outcome where nothing is."""
    fate, errors = decide(filters, account, message)
    for error in errors:
        log.error("%s: a filter failed: %s", account.id, error, exc_info=error)
    if fate.reject is not None:
        return Outcome(replies.reply(f"550 5.7.1 {fate.reject}"))
    folders = fate.folders if _redirected(account, message, fate) else fate.folders or (None,)
    if not folders:
        return Outcome(replies.reply("250 2.0.0 <{recipient}> done", message.recipient))
    return replace(message, folder=folders[0], copies=folders[1:], keywords=fate.keywords)


def _redirected(account: MaildirAccount, message: Incoming, fate: Fate) -> bool:
    """Whether the copies for others wait in the outbox."""
    if not fate.redirect:
        return True
    try:
        # with Delivered-To, so that it is known again should it come back, and without Return-Path (RFC 5321 4.4)
        data = for_delivery(message.data, message.mail_from, message.recipient).partition(b"\n")[2]
        account.outbox.put("redirect", message.mail_from, fate.redirect, wire_form(data))
    except (OSError, ValueError) as error:
        log.error("%s: not redirected, so it stays here: %s", account.id, error)
        return False
    return True
