"""Events to fill an index with."""

import hashlib
from typing import Any

from jmapd.index.account import AccountIndex
from jmapd.index.large import Large

TYPE = "CalendarEvent"


def event_id(number: int) -> str:
    return "E" + hashlib.sha256(b"%d" % number).hexdigest()[:24]


def event(number: int, **more: Any) -> dict[str, Any]:
    """A JSCalendar Event; a property given as None is not there."""
    whole = {
        "@type": "Event",
        "uid": f"uid-{number}",
        "title": f"Meeting {number % 3}",
        "start": "2026-03-02T09:00:00",
        "timeZone": "Etc/UTC",
        "duration": "PT1H",
        "updated": f"2026-01-01T00:00:{number % 60:02}Z",
    } | more
    return {name: value for name, value in whole.items() if value is not None}


def record(number: int, books: tuple[str, ...] = ("b1",), stamp: int = 0, **more: Any) -> dict[str, Any]:
    """The index's record of it; `more`: of the event."""
    made = event(number, **more)
    files = [[book, f"{number}.ics", 0, stamp] for book in books]
    return {"uid": made.get("uid"), "books": dict.fromkeys(books, True), "files": files, "object": made}


def large(index: AccountIndex, type: str = TYPE) -> Large:
    return index.objects.large[type]
