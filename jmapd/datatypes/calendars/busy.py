"""BusyPeriods (jmap-calendars-27 2.2): which events make one busy, how much, and how periods are merged."""

import heapq
from collections.abc import Iterable
from typing import NamedTuple

from jmapd.datatypes.jscalendar.people import is_one_of, participants
from jmapd.wire import Record

# of two at the same time the first counts
ORDER = ("confirmed", "unavailable", "tentative")
ATTENDING = ("accepted", "tentative")


class Period(NamedTuple):
    """One stretch of time, in microseconds since 1970."""

    start: int
    end: int
    status: str


def participation(event: Record, addresses: frozenset[str]) -> str | None:
    """The Principal's participationStatus; None where he is no participant."""
    found = [each for each in participants(event).values() if is_one_of(each, addresses)]
    statuses = [str(each.get("participationStatus", "needs-action")) for each in found]
    return min(statuses, key=lambda each: each not in ATTENDING) if statuses else None


def is_busy(event: Record, status: str | None, included: Iterable[str]) -> bool:
    """Whether an occurrence counts; `included`: includeInAvailability of the calendars that it is in."""
    if event.get("privacy") == "secret" or event.get("freeBusyStatus", "busy") != "busy":
        return False
    if event.get("status") == "cancelled":
        return False
    return any(each == "all" or each == "attending" and status in ATTENDING for each in included)


def busy_status(event: Record, status: str | None) -> str:
    """busyStatus."""
    is_confirmed = event.get("status", "confirmed") == "confirmed"
    if event.get("status") == "tentative" or status == "tentative":
        return "tentative"
    return "confirmed" if is_confirmed and status == "accepted" else "unavailable"


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same times, in order, none overlapping, and none touching another of the same status."""
    waiting = sorted(each for each in periods if each.start + 1 < each.end)  # no time is no busy time
    edges = sorted({edge for each in waiting for edge in (each.start, each.end)})
    out: list[Period] = []
    open_now: list[tuple[int, int]] = []  # (place in ORDER, end)
    place = 0
    for start, end in zip(edges, edges[1:], strict=False):
        while place < len(waiting) and waiting[place].start <= start:
            heapq.heappush(open_now, (ORDER.index(waiting[place].status), waiting[place].end))
            place += 1
        while open_now and open_now[0][1] <= start:
            heapq.heappop(open_now)
        if not open_now:
            continue
        status = ORDER[open_now[0][0]]
        if out and out[-1].end == start and out[-1].status == status:
            out[-1] = out[-1]._replace(end=end)
        else:
            out.append(Period(start, end, status))
    return out
