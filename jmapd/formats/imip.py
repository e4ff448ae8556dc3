"""Mails with iTIP messages (RFC 6047): a text that people can read beside the text/calendar part."""

from collections.abc import Iterator, Sequence
from itertools import islice

from jmapd.formats.calendar_address import mail_address
from jmapd.formats.itip import (
    CANCEL,
    REPLY,
    REQUEST,
    Message,
    address_of,
    organizer_of,
    participants_of,
    status_of,
)
from jmapd.formats.jscalendar.readable import description, places, when
from jmapd.formats.message.composed import head, one_line, printable
from jmapd.formats.message.encode import encode_text
from jmapd.formats.message.generate import NewPart, generate, new_boundary
from jmapd.formats.message.parameter_write import content_type
from jmapd.formats.message.wire_form import wire_form
from jmapd.wire import Record

MOST_NAMED = 50  # participants, places, occurrences in the text
LONGEST_TITLE = 200  # characters
_ANSWERS = {
    "accepted": ("Accepted", "accepts"),
    "declined": ("Declined", "declines"),
    "tentative": ("Tentative", "may come to"),
    "delegated": ("Delegated", "has delegated to somebody else"),
}
_OTHER_ANSWER = ("Answer", "answers about")


def message(itip: Message, to: Sequence[Record], calendar: bytes, now: float) -> bytes:
    """The mail in wire form for these recipients of a message, all of whom have mail addresses.

    `calendar`: what to_calendar() makes of it.
    """
    event, sender = itip.events[0], _mailbox(itip.sender)
    heading, saying = _meaning(itip)
    title = one_line(event.get("title"))[:LONGEST_TITLE].strip() or "(no title)"
    fields = head(sender, [_mailbox(each) for each in to], f"{heading}: {title}", now)
    text = "\n".join(_text(itip, sender, f"{saying}: {title}"))
    # RFC 6047 2.4: the method is the same, and charset is UTF-8
    kind = {"method": itip.method, "charset": "utf-8", "component": "VEVENT"}
    boundary = new_boundary()
    whole = content_type("multipart/alternative", {"boundary": boundary})
    children = [
        _part("text/plain", {"charset": "utf-8"}, wire_form(text.encode())),
        _part("text/calendar", kind, calendar),
    ]
    return generate(NewPart([whole], boundary=boundary.encode(), children=children), fields)


def _part(kind: str, parameters: dict[str, str], octets: bytes) -> NewPart:
    return NewPart([content_type(kind, parameters)], *encode_text(octets))  # RFC 6047 2.5


def _mailbox(participant: Record) -> dict[str, str | None]:
    return {"name": one_line(participant.get("name"))[:LONGEST_TITLE] or None, "email": _email(participant)}


def _email(participant: Record) -> str:
    """ "" where there is no mail address."""
    address = participant.get("calendarAddress")
    return (mail_address(address) if isinstance(address, str) else None) or ""


def _meaning(itip: Message) -> tuple[str, str]:
    """What is done: for the subject, and as a verb behind the sender's name."""
    if itip.method == REPLY:
        found = next(iter(participants_of(itip.events[0]).values()), None)
        return _ANSWERS.get(status_of(found), _OTHER_ANSWER)
    if itip.method == CANCEL:
        is_off = all(event.get("status") == "cancelled" for event in itip.events)
        return "Cancelled", "cancels" if is_off else "no longer invites you to"
    return ("Updated invitation", "has changed") if itip.is_update else ("Invitation", "invites you to")


def _text(itip: Message, sender: dict[str, str | None], saying: str) -> Iterator[str]:
    yield f"{_person(sender)} {saying}"
    yield ""
    for event in islice(itip.events, MOST_NAMED):
        if time := one_line(when(event)):
            yield f"When: {time}"
    event = itip.events[0]
    if isinstance(rule := event.get("recurrenceRule"), dict):
        yield f"Repeats: {one_line(rule.get('frequency'))}"
    if itip.method == REQUEST:
        yield from _details(event)
    yield ""


def _details(event: Record) -> Iterator[str]:
    yield from (f"Where: {place}" for place in map(one_line, islice(places(event), MOST_NAMED)) if place)
    organizer = organizer_of(event)
    yield f"Organizer: {_person(_mailbox(organizer))}"
    others = [each for each in participants_of(event).values() if address_of(each) != address_of(organizer)]
    yield from (f"Participant: {_person(_mailbox(each))}" for each in others[:MOST_NAMED])
    if len(others) > MOST_NAMED:
        yield f"... and {len(others) - MOST_NAMED} more"
    if text := description(event):
        yield ""
        yield printable(text)


def _person(mailbox: dict[str, str | None]) -> str:
    name, email = mailbox["name"], mailbox["email"]
    return f"{name} <{email}>" if name and email else str(name or email or "")
