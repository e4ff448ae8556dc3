"""The mail for an alert with the action "email" (jmap-calendars-27 6)."""

from collections.abc import Iterator
from itertools import islice

from jmapd.formats.jscalendar import instances
from jmapd.formats.jscalendar.readable import description, places, when
from jmapd.formats.message.composed import head, one_line, printable, text_part
from jmapd.formats.message.generate import generate
from jmapd.wire import Record

LONGEST_TITLE, MOST_PLACES = 200, 20


def reminder(event: Record, recurrence_id: str | None, sender: Record, now: float) -> bytes:
    """The whole message in wire form, from the user to himself. `sender`: an EmailAddress."""
    shown = instances.instance(event, recurrence_id) if recurrence_id is not None else None
    shown = shown or event
    title = one_line(shown.get("title"))[:LONGEST_TITLE].strip() or "(no title)"
    about = ", ".join(filter(None, (title, one_line(when(shown)))))
    fields = head(sender, [sender], f"Reminder: {about}", now, b"Auto-Submitted: auto-generated\r\n")  # RFC 3834 5.1
    return generate(text_part("plain", "\n".join(_text(shown, title)) + "\n"), fields)


def _text(event: Record, title: str) -> Iterator[str]:
    yield title
    yield from filter(None, [one_line(when(event)), *map(one_line, islice(places(event), MOST_PLACES))])
    if text := description(event):
        yield ""
        yield printable(text)
