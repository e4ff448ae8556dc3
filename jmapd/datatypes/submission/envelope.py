"""The Envelope of an EmailSubmission (RFC 8621 7): the one that the client gives, or one made of the header."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from jmapd.datatypes.submission.extensions import Extensions, wrong_parameter
from jmapd.formats.mail_address import is_address, normalised, split
from jmapd.formats.message import header_forms
from jmapd.formats.message.part import Part
from jmapd.wire import Record
from jmapd.wire.dates import parse_date
from jmapd.wire.errors import InvalidProperties, InvalidRecipients, NoRecipients, TooManyRecipients

HOLDS = ("HOLDFOR", "HOLDUNTIL")
OURS = (*HOLDS, "SIZE")  # parameters that the server is not told as the client gave them


@dataclass(frozen=True)
class Rules:
    """What this server takes."""

    extensions: Extensions
    max_recipients: int
    max_delayed_send: int
    undo_seconds: float


def read(given: Record, rules: Rules) -> Record:
    """The client's envelope with all members. Raises InvalidProperties."""
    sender, recipients = given.get("mailFrom"), given.get("rcptTo")
    if not isinstance(recipients, list):
        raise _wrong("rcptTo", "must be an array of Addresses")
    envelope: Record = {
        "mailFrom": _address(sender, "mailFrom", rules),
        "rcptTo": [_address(each, f"rcptTo[{number}]", rules) for number, each in enumerate(recipients)],
    }
    email = envelope["mailFrom"]["email"]
    if email and not _is_usable(email, rules):  # RFC 8621 7: it may be the empty string
        raise _wrong("mailFrom/email", f"{email[:80]!r} is no mail address that can be used")
    return envelope


def make(root: Part, mail_from: str) -> Record:
    """RFC 8621 7: the deduplicated addresses of To, Cc and Bcc; no parameters."""
    found: dict[str, str] = {}
    for name in ("to", "cc", "bcc"):
        for value in root.header_all(name):
            for each in header_forms.as_addresses(value):
                found.setdefault(normalised(each["email"]), each["email"])
    return {
        "mailFrom": {"email": mail_from, "parameters": None},
        "rcptTo": [{"email": email, "parameters": None} for email in found.values()],
    }


def check_recipients(envelope: Record, rules: Rules) -> None:
    """Raises NoRecipients, TooManyRecipients, InvalidRecipients."""
    emails = [each["email"] for each in envelope["rcptTo"]]
    if not emails:
        raise NoRecipients("the envelope has no recipients (rcptTo)")
    if len(emails) > rules.max_recipients:
        why = f"rcptTo: {len(emails)} recipients; there may be {rules.max_recipients}"
        raise TooManyRecipients(why, maxRecipients=rules.max_recipients)
    wrong = [email for email in emails if not _is_usable(email, rules)]
    if wrong:
        why = f"rcptTo: cannot be sent to: {', '.join(map(repr, wrong))}"
        raise InvalidRecipients(why[:500], invalidRecipients=wrong)


def release(envelope: Record, rules: Rules, now: float) -> tuple[float, float]:
    """sendAt, and when the first attempt may be made. Raises InvalidProperties."""
    given = {name.upper(): value for name, value in (envelope["mailFrom"]["parameters"] or {}).items()}
    if all(name in given for name in HOLDS):
        raise _wrong("mailFrom/parameters", "HOLDFOR and HOLDUNTIL exclude each other")  # RFC 4865 5
    at = now
    if "HOLDFOR" in given:
        at = now + int(given["HOLDFOR"])
    elif "HOLDUNTIL" in given:
        at = max(now, parse_date(given["HOLDUNTIL"])[0])
    if at - now > rules.max_delayed_send:
        raise _wrong("mailFrom/parameters", f"a message is held for {rules.max_delayed_send} seconds at most")
    leaves = max(at, now + rules.undo_seconds)
    return (leaves if given.keys() & set(HOLDS) else at), leaves  # RFC 8621 7: sendAt is the release of what is held


def for_server(address: Record) -> Record:
    """Without the parameters that are ours."""
    kept = {name: value for name, value in (address["parameters"] or {}).items() if name.upper() not in OURS}
    return {"email": address["email"], "parameters": kept or None}


def distinct(addresses: Iterable[Record]) -> list[Record]:
    """Each recipient once, as for the server."""
    found: dict[str, Record] = {}
    for each in addresses:
        found.setdefault(each["email"], for_server(each))
    return list(found.values())


def is_matched(pattern: str, email: str) -> bool:
    """Whether an Identity's email, which may be "*@example.org", allows the address (RFC 8621 6)."""
    local, domain = split(normalised(pattern))
    wanted = normalised(email)
    return wanted == normalised(pattern) or local == "*" and split(wanted)[1] == domain


def now() -> float:
    """Whole seconds, as UTCDate has them."""
    return float(int(time.time()))


def _address(given: Any, path: str, rules: Rules) -> Record:
    if not isinstance(given, dict) or not isinstance(given.get("email"), str):
        raise _wrong(path, "must be an Address with a String 'email'")
    parameters = given.get("parameters")
    if parameters is None:
        return {"email": given["email"], "parameters": None}
    if not isinstance(parameters, dict):
        raise _wrong(f"{path}/parameters", "must be an Object or null")
    seen = [name.upper() for name in parameters]
    for name, value in parameters.items():
        wrong = wrong_parameter(name, value, path == "mailFrom", rules.extensions)
        if wrong is None and seen.count(name.upper()) > 1:
            wrong = "is given twice"
        if wrong:
            raise _wrong(f"{path}/parameters", f"{name[:50]!r} {wrong}")
    return {"email": given["email"], "parameters": parameters}


def _is_usable(email: str, rules: Rules) -> bool:
    return is_address(email) and split(email)[0] != "*" and (email.isascii() or "SMTPUTF8" in rules.extensions)


def _wrong(path: str, why: str) -> InvalidProperties:
    return InvalidProperties(["envelope"], f"envelope/{path}: {why}")
