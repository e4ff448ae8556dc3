"""Answers what was delivered while a VacationResponse is enabled (RFC 8621 8, RFC 3834, RFC 5230)."""

import hashlib
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

from jmapd.files import atomic, locks
from jmapd.formats.mail_address import normalised, split
from jmapd.formats.message import auto_reply
from jmapd.stores.addresses import ANY, Addresses
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.vacation import SINGLETON
from jmapd.wire import Record
from jmapd.wire.dates import parse_utc_date

log = logging.getLogger(__name__)

REPLIED = "vacation-replied"
MOST_REPLIED = 10_000  # senders within a period; who comes later gets no answer, so forged ones cannot fill the disk
_DAY = 86400
_LINE = re.compile(r"(?m)^([0-9]{1,12})\t([0-9a-f]{32})$")


def answer(account: MaildirAccount, message: bytes, mail_from: str, recipient: str) -> None:
    """Puts a reply into the outbox where one is due. Raises what goes wrong: the message is delivered already."""
    if account.option("vacation.method", "agent") != "agent":
        return
    now = time.time()
    with account.opened():
        vacation = account.store("VacationResponse").get([SINGLETON])[SINGLETON]
        if not is_in_force(vacation, now):
            return
        header = auto_reply.header_of(message)
        is_own = _own(account, recipient)
        if (reason := auto_reply.reason_against(header, mail_from, is_own)) is not None:
            log.info("%s: no vacation response: %s", account.id, reason)
            return
        sender = _sender(account, recipient)
    if sender is None:
        log.warning("%s: no vacation response: the account has no address of its own", account.id)
        return
    days = int(account.option("vacation.days", "7"))
    key = f"{normalised(mail_from)}\n{auto_reply.handle(vacation)}"
    # noted first: who is killed between the two answers once too seldom, never too often (RFC 3834 2)
    if not Replied(account.state_dir / REPLIED).note(key, now, days * _DAY):
        log.info("%s: no vacation response: one was sent within %s days, or too many to others", account.id, days)
        return
    data = auto_reply.reply(header, vacation, sender, mail_from, now)
    # RFC 3834 3.3, RFC 5321 4.5.5: nothing comes back when the reply cannot be delivered
    id = account.outbox.put("vacation", "", [{"email": mail_from, "parameters": {"NOTIFY": "NEVER"}}], data)
    log.info("%s: vacation response %s", account.id, id)


def is_in_force(vacation: Record, now: float) -> bool:
    """From fromDate on, and before toDate."""
    start, end = vacation["fromDate"], vacation["toDate"]
    return bool(
        vacation["isEnabled"]
        and (start is None or parse_utc_date(start) <= now)
        and (end is None or now < parse_utc_date(end))
    )


def _own(account: MaildirAccount, recipient: str) -> Callable[[str], bool]:
    """Whether an address is the account's; as the sender wrote it, too."""
    addresses = Addresses(account.options)
    domains = {split(normalised(each))[1] for each in (*addresses.of(account.owner), recipient)}
    known = {normalised(recipient): True}

    def is_own(address: str) -> bool:
        key = normalised(address)
        if key not in known:
            known[key] = split(key)[1] in domains and addresses.may_use(account.owner, address)
        return known[key]

    return is_own


def _sender(account: MaildirAccount, recipient: str) -> Record | None:
    """RFC 3834 3.1.1: the address that was written to, with the name of its Identity; else the account's first."""
    addresses = Addresses(account.options)
    own = [each for each in addresses.of(account.owner) if not each.startswith(ANY)]
    email = recipient if addresses.may_use(account.owner, recipient) else next(iter(own), None)
    if email is None:
        return None
    for identity in account.store("Identity").scan():
        if normalised(identity["email"]) == normalised(email):
            return {"name": identity["name"] or None, "email": email}
    return {"name": None, "email": email}


class Replied:
    """Who was answered, and when: a line each, `seconds TAB digest`. Survives restarts; a lost one answers anew."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, key: str, now: float, period: float) -> bool:
        """False: was noted within the period, or there is no room."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        with locks.exclusive(self.path.with_suffix(".lock")):
            times = {each: then for each, then in self._read().items() if now - period < then <= now}
            if digest in times or len(times) >= MOST_REPLIED:
                return False
            times[digest] = int(now)
            lines = (f"{then}\t{each}\n" for each, then in times.items())
            atomic.write(self.path, "".join(lines).encode(), 0o600)
        return True

    def _read(self) -> dict[str, int]:
        try:
            text = self.path.read_text("ascii", "replace")
        except FileNotFoundError:
            return {}
        return {digest: int(then) for then, digest in _LINE.findall(text)}
