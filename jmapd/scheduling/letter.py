"""A mail that carries a scheduling message (RFC 6047 2): who sent it, and the iCalendar object in it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from jmapd.formats import itip
from jmapd.formats.calendar_address import mail_address
from jmapd.formats.mail_address import is_address, normalised
from jmapd.formats.message.auto_reply import is_spam
from jmapd.formats.message.composed import one_line
from jmapd.formats.message.header_forms import as_addresses
from jmapd.formats.message.part import Part
from jmapd.formats.message.structure import parse
from jmapd.wire import Record

LONGEST = 8 * 1024 * 1024  # octets of a mail that is looked at
LONGEST_OBJECT = 1024 * 1024  # of the iCalendar object
MOST_PARTS = 200
_MAY_BE = re.compile(rb"text/calendar|application/ics", re.IGNORECASE).search
_TYPES = ("text/calendar", "application/ics")


class Letter(NamedTuple):
    """One scheduling message about one event."""

    sender: str  # the mail address in From, normalised
    name: str  # beside it
    itip: itip.Incoming

    def is_of(self, address: object, agent: object = None) -> bool:
        """Whether it comes from who has that calendar address, or from the agent that was known to act for him."""
        own = mail_address(address) if isinstance(address, str) else None
        return self.sender in [normalised(each) for each in (own, agent) if isinstance(each, str)]


def read(raw: bytes) -> Letter | str | None:
    """None: no scheduling message; a text: why it is not followed. Costs a look at the octets where it is none."""
    if not _MAY_BE(raw):
        return None
    root = parse(raw)
    objects: dict[bytes, Part] = {}
    for part in _calendars(root):
        if part.end - part.body > 2 * LONGEST_OBJECT or len(data := part.decoded()) > LONGEST_OBJECT:
            return "it is too large"
        objects.setdefault(data, part)  # many send the same as an attachment, too
    if not objects:
        return None
    found = [(part, each) for data, part in objects.items() for each in itip.parse(data)]
    if not found:
        return None
    if len(found) > 1:  # RFC 5546 3.2: all components of a message have one UID
        return "it is about several events"
    part, message = found[0]
    method = part.parameters.get("method")
    if method is not None and method.upper() != message.method:  # RFC 6047 2.4
        return "its methods differ"
    if is_spam(root):  # jmap-calendars-27 9.4
        return "it is marked as spam"
    senders = _senders(root)
    if len(senders) != 1:
        return "it has not one sender"
    return Letter(*senders[0], message)


def _calendars(root: Part) -> Iterator[Part]:
    """Not those within attached messages: these are others' letters."""
    for number, part in enumerate(root.walk()):
        if number > MOST_PARTS:
            return
        if part.type in _TYPES:
            yield part


def _senders(root: Part) -> list[tuple[str, str]]:
    fields = root.header_all("from")
    found: list[Record] = as_addresses(fields[0]) if len(fields) == 1 else []
    return [(normalised(each["email"]), one_line(each["name"])[:200]) for each in found if is_address(each["email"])]
