"""Follows the Inbox of an account: each scheduling message that comes in is applied once (RFC 5546, RFC 6047)."""

import logging
import time

from pyroaring import BitMap

from jmapd.formats.smime.verify import FAILED, VERIFIED
from jmapd.scheduling.answers import Refused
from jmapd.scheduling.applying import Applying
from jmapd.scheduling.known import Names
from jmapd.scheduling.letter import LONGEST, Letter, read
from jmapd.scheduling.memory import DAY, NAME, Memory
from jmapd.stores.base import UNREACHABLE, NotStorable, Overtaken, ReadOnly, RecordExists, RecordNotFound
from jmapd.stores.maildir import MaildirAccount
from jmapd.wire import Id, State

log = logging.getLogger(__name__)

PAGE = 200  # Emails that are looked at in one session
MOST_EMAILS = 5000  # after the index was made anew: those that came since the last look, the newest
TRIES = 5
NEEDED = frozenset(("Email", "Mailbox", "CalendarEvent", "Calendar", "ParticipantIdentity"))
FINAL = (NotStorable, ReadOnly, RecordExists, RecordNotFound)  # trying again would not help


def follow(account: MaildirAccount, names: Names) -> None:
    """Takes in what came since the last time; enters sessions and locks itself. Raises StoreError, OSError.

    `names`: of all accounts there are. One process at a time may follow an account.
    """
    if not account.store_names >= NEEDED or account.option("calendars.invitations", "known") == "off":
        return
    memory = Memory(account.state_dir / NAME)
    with account.opened():
        if memory.seen == account.emails.state():
            return
    while _page(account, memory, names):
        pass


def _page(account: MaildirAccount, memory: Memory, names: Names) -> bool:
    """Whether there is more to look at."""
    with account.session():
        ids, state, has_more = _arrived(account, memory)
    try:
        for id in ids:
            _look_at(account, id, memory, names)
        memory.moved(state)
    finally:
        memory.save()
    return has_more


def _arrived(account: MaildirAccount, memory: Memory) -> tuple[list[Id], State, bool]:
    """The new Emails of the Inbox, the state after these, whether there are more."""
    emails, mail = account.emails, account.emails.index
    since = (memory.looked or time.time()) - DAY  # what is older was put there by who moved a mailbox
    inbox = next((each["id"] for each in account.store("Mailbox").scan() if each["role"] == "inbox"), None)
    rows = mail.mailbox(inbox) & mail.received(after=int(since)) if inbox is not None else BitMap()
    delta = emails.changes(memory.seen, PAGE) if memory.seen else None
    if delta is not None:
        ids, state, has_more = delta.created, delta.new_state, delta.has_more
    else:  # the first look, or the index was made anew
        newest = mail.by_received(rows, False)[:MOST_EMAILS]
        ids, state, has_more = mail.ids(reversed([int(row) for row in newest])), emails.state(), False
    return [id for id in ids if (row := mail.row(id)) is not None and row in rows], state, has_more


def _look_at(account: MaildirAccount, id: Id, memory: Memory, names: Names) -> None:
    """Raises StoreError, OSError that another try may help against."""
    try:
        with account.opened():
            letter = _letter(account, id)
        if letter is not None and not memory.knows(letter.sender, letter.itip):
            _take_in(account, id, letter, memory, names)
    except UNREACHABLE:  # nothing is wrong with the message
        raise
    except Exception:  # whatever it is, it must not keep the others from being followed
        log.exception("%s: %s: not followed", account.id, id)


def _letter(account: MaildirAccount, id: Id) -> Letter | None:
    """The scheduling message in an Email."""
    found = account.emails.get([id], ("id", "size")).get(id)
    if found is None or found["size"] > LONGEST:
        return None
    raw = account.emails.message(id)
    letter = read(raw) if raw is not None else None
    if isinstance(letter, str):
        log.info("%s: %s: a scheduling message is not followed: %s", account.id, id, letter)
        return None
    return letter


def _take_in(account: MaildirAccount, id: Id, letter: Letter, memory: Memory, names: Names) -> None:
    what = f"{account.id}: {id}: {letter.itip.method} of {letter.sender}"
    try:
        _applied(account, id, letter, memory, names)
        log.info("%s: followed", what)
    except (Refused, *FINAL) as reason:
        log.info("%s: not followed: %s", what, reason)
    memory.note(letter.sender, letter.itip)


def _applied(account: MaildirAccount, id: Id, letter: Letter, memory: Memory, names: Names) -> None:
    for tries_left in reversed(range(TRIES)):
        try:
            with account.session():
                _check_signature(account, id)
                with account.lock():
                    Applying(account, letter, memory, names).run()
            return
        except Overtaken:
            if not tries_left:
                raise


def _check_signature(account: MaildirAccount, id: Id) -> None:
    """RFC 6047 2.2.2: a broken signature is never believed. Raises Refused."""
    account.emails.smime.bring_up([id])
    status = (account.emails.smime.get(id) or {}).get("status")
    if status == FAILED:
        raise Refused("its signature is broken")
    if account.options.get("calendars.signed", False) and status != VERIFIED:
        raise Refused("it is not signed")
