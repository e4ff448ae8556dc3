"""The mail for an alert with the action "email" (jmap-calendars-27 6)."""

import re
import secrets

from jmapd.formats.jscalendar import durations, instances
from jmapd.formats.message.encode import encode_text, text_octets
from jmapd.formats.message.generate import NewPart, generate
from jmapd.formats.message.header_write import field
from jmapd.wire import Record
from jmapd.wire.dates import utc_date

LONGEST_TITLE, LONGEST_DESCRIPTION, MOST_PLACES = 200, 10_000, 20
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def reminder(event: Record, recurrence_id: str | None, sender: Record, now: float) -> bytes:
    """The whole message in wire form, from the user to himself. `sender`: an EmailAddress."""
    shown = instances.instance(event, recurrence_id) if recurrence_id is not None else None
    shown = shown or event
    title = _line(shown.get("title"))[:LONGEST_TITLE] or "(no title)"
    when = _when(shown)
    domain = sender["email"].rpartition("@")[2]
    right = domain if re.fullmatch(r"[A-Za-z0-9.-]+", domain) else "localhost"
    fields = [
        field("Date", "asDate", utc_date(int(now))),
        f"Message-ID: <{secrets.token_urlsafe(18)}@{right}>\r\n".encode(),
        field("From", "asAddresses", [sender]),
        field("To", "asAddresses", [sender]),
        field("Subject", "asText", f"Reminder: {title}, {when}" if when else f"Reminder: {title}"),
        b"Auto-Submitted: auto-generated\r\n",  # RFC 3834 5.1
        b"MIME-Version: 1.0\r\n",
    ]
    charset, octets = text_octets("\n".join(_lines(shown, title, when)) + "\n")
    encoding, body = encode_text(octets)
    return generate(NewPart([f"Content-Type: text/plain; charset={charset}\r\n".encode()], encoding, body), fields)


def _lines(event: Record, title: str, when: str) -> list[str]:
    places = [_line(each.get("name")) for each in _values(event, "locations")]
    meetings = [_line(each.get("uri")) for each in _values(event, "virtualLocations")]
    lines = [title, when, *filter(None, [*places[:MOST_PLACES], *meetings[:MOST_PLACES]])]
    description = event.get("description")
    if isinstance(description, str) and description.strip():
        lines += ["", description[:LONGEST_DESCRIPTION]]
    return [line for number, line in enumerate(lines) if line or number > 1]


def _values(event: Record, name: str) -> list[Record]:
    found = event.get(name)
    return [each for each in found.values() if isinstance(each, dict)] if isinstance(found, dict) else []


def _when(event: Record) -> str:
    """In the event's own time zone."""
    try:
        start = durations.local(event["start"])
    except (KeyError, TypeError, ValueError):
        return ""
    day = f"{_DAYS[start.weekday()]} {start:%Y-%m-%d}"
    if event.get("showWithoutTime"):
        return day
    zone = event.get("timeZone")
    return f"{day} {start:%H:%M}" + (f" ({_line(zone)})" if isinstance(zone, str) else "")


def _line(text: object) -> str:
    """Nothing in it can begin another line."""
    return _CONTROL.sub(" ", text).strip() if isinstance(text, str) else ""
