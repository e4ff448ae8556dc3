"""A zone that only a VTIMEZONE has: the times that name it are right in UTC (RFC 5545 3.6.5)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jmapd.formats.icalendar import calendars
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.instances import utc_range

pytestmark = [pytest.mark.rfc("5545", "3.6.5"), pytest.mark.rfc("jscalendar-icalendar-25", "2.1.4")]

MINE = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Mine
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:+0500
TZOFFSETTO:+0400
RRULE:FREQ=YEARLY;BYMONTH=2,5,8,11;BYMONTHDAY=15
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20200401T000000
TZOFFSETFROM:+0400
TZOFFSETTO:+0500
RRULE:FREQ=YEARLY;BYMONTH=4,7,10,12;BYMONTHDAY=1
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTART;TZID=Mine:{start}
DTEND;TZID=Mine:{end}
END:VEVENT
END:VCALENDAR
"""


def utc_of(text: str, start: str, end: str) -> tuple[dict[str, Any], str]:
    record = objects(calendars(text.format(start=start, end=end).encode())[0])[0].record
    found = utc_range(record)
    assert found is not None
    return record, "/".join(f"{datetime.fromtimestamp(at / 1_000_000, UTC):%m-%dT%H:%M}" for at in found)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("20240301T120000", "20240301T130000", "03-01T08:00/03-01T09:00"),
        ("20240420T120000", "20240420T130000", "04-20T07:00/04-20T08:00"),
        ("20241220T120000", "20241220T130000", "12-20T07:00/12-20T08:00"),
    ],
)
def test_rules_of_no_zone(start: str, end: str, expected: str) -> None:
    record, found = utc_of(MINE, start, end)
    assert found == expected and record["start"].endswith("T12:00:00") and record["timeZone"]


def test_an_offset_of_no_zone_is_floating_time() -> None:
    odd = MINE.replace("+0500", "+0317").replace("+0400", "+0317")
    record, found = utc_of(odd, "20240301T120000", "20240301T130000")
    assert "timeZone" not in record and found == "03-01T12:00/03-01T13:00"
