"""Files that nobody means well with: read, changed and expanded in bounded time and memory."""

import tracemalloc
from datetime import datetime
from itertools import islice

import orjson
import pytest

from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.alerts import firings
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.recurrence import TooMany, occurrences
from jmapd.formats.jscalendar.to_icalendar import patched

FRAME = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T000000Z\r\n{}END:VEVENT\r\nEND:VCALENDAR\r\n"
HOSTILE = {
    "a line of 10 MB": "X-A:" + "a" * 10_000_000 + "\r\n",
    "a folded line of 2 MB": "DESCRIPTION:" + "\r\n a" * 500_000 + "\r\n",
    "nested": "BEGIN:VALARM\r\nBEGIN:X-A\r\n" * 10_000,
    "nested and ended": "BEGIN:X-A\r\n" * 10_000 + "END:X-A\r\n" * 10_000,
    "cyclic relations": "RELATED-TO:1\r\nRELATED-TO;RELTYPE=CHILD:1\r\nRELATED-TO;RELTYPE=PARENT:1\r\n",
    "cyclic alarms": "".join(
        f"BEGIN:VALARM\r\nUID:{a}\r\nTRIGGER:-PT5M\r\nRELATED-TO;RELTYPE=SNOOZE:{b}\r\nEND:VALARM\r\n"
        for a, b in ("ab", "ba")
    ),
    "every second": "RRULE:FREQ=SECONDLY\r\n",
    "ten million": "RRULE:FREQ=SECONDLY;COUNT=10000000\r\n",
    "30 February": "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n",
    "30 February by the second": "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\n",
    "many dates": "RDATE:" + ",".join(["20260102T000000Z"] * 20_000) + "\r\n",
}
MOST = 20  # times its own size
FEW = 1000


@pytest.mark.rfc("jscalendarbis-15", "6.1")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_bounded(text: str) -> None:
    data = FRAME.format(text).encode()
    made = calendars(data)
    assert to_bytes(made) == data
    [event] = objects(made[0])
    assert len(orjson.dumps(event.record)) < MOST * len(data)
    after, before = datetime(2030, 1, 1), datetime(2030, 1, 2)
    try:
        assert len(list(islice(occurrences(event.record, after, before), FEW))) <= FEW
        firings(event.record, None, after, before)
    except TooMany:
        pass
    patched(made[0], event, event.record | {"title": "x"})
    assert objects(calendars(to_bytes(made))[0])[0].record["title"] == "x"


@pytest.mark.rfc("jscalendarbis-15", "6.1")
def test_a_long_line_takes_no_more_memory_than_a_few_times_its_length() -> None:
    data = FRAME.format(HOSTILE["a line of 10 MB"]).encode()
    tracemalloc.start()
    try:
        [event] = objects(calendars(data)[0])
        assert event.record["uid"] == "1" and tracemalloc.get_traced_memory()[1] < MOST * len(data)
    finally:
        tracemalloc.stop()
