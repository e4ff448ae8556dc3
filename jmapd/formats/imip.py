"""Mails with iTIP messages (RFC 6047): a text that people can read beside the text/calendar part."""

import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from jmapd.formats.calendar_address import mail_address
from jmapd.formats.html_text import html_text
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
from jmapd.formats.jscalendar import durations, recurrence
from jmapd.formats.message.encode import encode_text
from jmapd.formats.message.generate import NewPart, generate, new_boundary
from jmapd.formats.message.header_write import field
from jmapd.formats.message.parameter_write import content_type
from jmapd.formats.message.wire_form import wire_form
from jmapd.wire import Record
from jmapd.wire.dates import utc_date

MOST_NAMED = 50  # participants in the text
LONGEST_TEXT, LONGEST_TITLE = 10_000, 200  # characters
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")
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
    domain = _email(itip.sender).rpartition("@")[2]
    heading, saying = _meaning(itip)
    title = one_line(event.get("title"))[:LONGEST_TITLE].strip() or "(no title)"
    fields = [
        field("Date", "asDate", utc_date(int(now))),
        f"Message-ID: <{secrets.token_urlsafe(18)}@{_id_right(domain)}>\r\n".encode(),
        field("From", "asAddresses", [sender]),
        field("To", "asAddresses", [_mailbox(each) for each in to]),
        field("Subject", "asText", f"{heading}: {title}"),
        b"MIME-Version: 1.0\r\n",
    ]
    text = "\n".join(_text(itip, sender, f"{saying}: {title}"))
    # RFC 6047 2.4: the method is the same, and charset is UTF-8
    kind = {"method": itip.method, "charset": "utf-8", "component": "VEVENT"}
    boundary = new_boundary()
    head = content_type("multipart/alternative", {"boundary": boundary})
    children = [
        _part("text/plain", {"charset": "utf-8"}, wire_form(text.encode())),
        _part("text/calendar", kind, calendar),
    ]
    return generate(NewPart([head], boundary=boundary.encode(), children=children), fields)


def one_line(text: Any) -> str:
    """What may stand in a header field."""
    return " ".join(_CONTROL.sub(" ", text).split()) if isinstance(text, str) else ""


def _part(kind: str, parameters: dict[str, str], octets: bytes) -> NewPart:
    return NewPart([content_type(kind, parameters)], *encode_text(octets))  # RFC 6047 2.5


def _mailbox(participant: Record) -> dict[str, str | None]:
    return {"name": one_line(participant.get("name"))[:LONGEST_TITLE] or None, "email": _email(participant)}


def _email(participant: Record) -> str:
    """ "" where there is no mail address."""
    address = participant.get("calendarAddress")
    return (mail_address(address) if isinstance(address, str) else None) or ""


def _id_right(domain: str) -> str:
    return domain if re.fullmatch(r"[A-Za-z0-9.-]+", domain) else "localhost"


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
    for event in itip.events:
        if when := _when(event):
            yield f"When: {when}"
    event = itip.events[0]
    if isinstance(rule := event.get("recurrenceRule"), dict):
        yield f"Repeats: {one_line(rule.get('frequency'))}"
    if itip.method == REQUEST:
        yield from _details(event)
    yield ""


def _details(event: Record) -> Iterator[str]:
    places = [one_line(each.get("name")) for each in _objects(event, "locations")]
    places += [one_line(each.get("uri")) for each in _objects(event, "virtualLocations")]
    yield from (f"Where: {place}" for place in places[:MOST_NAMED] if place)
    organizer = organizer_of(event)
    yield f"Organizer: {_person(_mailbox(organizer))}"
    others = [each for each in participants_of(event).values() if address_of(each) != address_of(organizer)]
    yield from (f"Participant: {_person(_mailbox(each))}" for each in others[:MOST_NAMED])
    if len(others) > MOST_NAMED:
        yield f"... and {len(others) - MOST_NAMED} more"
    description = event.get("description")
    if isinstance(description, str) and description.strip():
        if str(event.get("descriptionContentType", "")).lower().startswith("text/html"):
            description = html_text(description[: 4 * LONGEST_TEXT])
        yield ""
        yield _NOT_IN_TEXT.sub(" ", description[:LONGEST_TEXT].replace("\r\n", "\n"))


def _person(mailbox: dict[str, str | None]) -> str:
    name, email = mailbox["name"], mailbox["email"]
    return f"{name} <{email}>" if name and email else str(name or email or "")


def _objects(event: Record, name: str) -> list[Record]:
    found = event.get(name)
    return [each for each in found.values() if isinstance(each, dict)] if isinstance(found, dict) else []


def _when(event: Record) -> str:
    """As "Monday, 5 January 2026, 09:00 to 10:00 (Europe/Berlin)"."""
    times = recurrence.of(event)
    if times.start is None:
        return ""
    end = durations.moved(times.start, times.length)
    if event.get("showWithoutTime"):
        last = durations.moved(end, -timedelta(days=1))
        return _day(times.start) + (f" to {_day(last)}" if last > times.start else "")
    text = f"{_day(times.start)}, {times.start:%H:%M}"
    if end > times.start:
        text += f" to {end:%H:%M}" if end.date() == times.start.date() else f" to {_day(end)}, {end:%H:%M}"
    return f"{text} ({one_line(times.zone)})" if times.zone else text


def _day(moment: Any) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B} {moment.year}"
