"""Expansion beside the dates that libical and KDE's kcalendarcore expect (corpora/ics)."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from jmapd.formats.icalendar import calendars
from jmapd.formats.jscalendar.expansion import CannotExpand, times
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.recurrence import occurrences
from jmapd.formats.jscalendar.recurrence_rule import from_rrule
from jmapd.formats.jscalendar.zones import moment, utc

pytestmark = [pytest.mark.rfc("5545", "3.3.10"), pytest.mark.rfc("jscalendarbis-15", "3.3.3.1")]

OTHER_YEARS = "jscalendarbis-15 3.3.3.1 goes from calendar year to calendar year, libical from week year to week year"
NO_DATE = "jscalendarbis-15 3.3.3.1: what is no date is eliminated by byYearDay; libical moves it"
LIBICAL_OTHERWISE = {
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=6;UNTIL=20170101T000000Z": OTHER_YEARS,
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TU,SA;INTERVAL=5;UNTIL=20170101T000000Z": OTHER_YEARS,
    "FREQ=YEARLY;BYWEEKNO=53;INTERVAL=6;BYDAY=TH;COUNT=1": OTHER_YEARS,
    "FREQ=YEARLY;BYWEEKNO=53;INTERVAL=5;BYDAY=TH;COUNT=1": OTHER_YEARS,
    "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TU;INTERVAL=3;UNTIL=20320101": OTHER_YEARS,
    **{
        f"RSCALE=GREGORIAN;FREQ=YEARLY;BYYEARDAY={day};SKIP={skip};COUNT=9": NO_DATE
        for day in (366, -366)
        for skip in ("FORWARD", "BACKWARD")
    },
}


def vectors(corpora: Path) -> list[dict[str, str]]:
    """Each is RRULE, DTSTART, INSTANCES."""
    blocks = [
        block
        for path in sorted((corpora / "ics/libical-recur").glob("*.txt"))
        for block in path.read_text().split("\n\n")
    ]
    found = [
        dict(line.split(":", 1) for line in block.splitlines() if ":" in line and line[0] != "#") for block in blocks
    ]
    return [each for each in found if "RRULE" in each]


def test_libical(corpora: Path) -> None:
    compared = 0
    for each in vectors(corpora):
        rule, start = each["RRULE"], datetime.fromisoformat(each["DTSTART"].rstrip("Z"))
        if rule in LIBICAL_OTHERWISE or "UNIMPLEMENTED" in each["INSTANCES"]:
            continue
        expected = [datetime.fromisoformat(text.strip().rstrip("Z")) for text in each["INSTANCES"].split(",")]
        wanted = from_rrule(rule, "Etc/UTC", "T" not in each["DTSTART"])
        assert wanted is not None
        if wanted.get("rscale", "gregorian") != "gregorian":
            with pytest.raises(CannotExpand):
                next(times(wanted, start))
            continue
        if expected[0] != start:  # 3.3.3.1: the start is the first, and counted
            expected = [start, *expected][: wanted.get("count")]
        if "START-AT" not in each:
            compared += 1
            assert list(islice(times(wanted, start), len(expected) + 3)) == expected, rule
    assert compared >= 140


COUNTED = "jscalendarbis-15 3.3.3.1: the start is the first and counted, though the rule does not give it"
LONE = "RECURRENCE-ID beside RRULE: one occurrence, which cannot recur (jscalendarbis-15 3.3.1)"
KDE_OTHERWISE = {
    "KOrganizer_Test01.ics": COUNTED,
    "KOrganizer_Test10.ics": COUNTED,
    "LibICal_TestCase57.ics": "EXRULE, which RFC 5545 has no more (A.3)",
    "rdate.ics": "RDATE at a time beside DTSTART on a date",
    **{f"ConnectDaily{number}.ics": LONE for number in (1, "1a", 2, 4, 5, 7, 9, 10)},
}


def test_kcalendarcore(corpora: Path) -> None:
    compared = 0
    for reference in sorted((corpora / "ics/kcalendarcore").rglob("*.next.ref")):
        source = reference.with_name(reference.name.removesuffix(".next.ref"))
        if source.name in KDE_OTHERWISE:
            continue
        lines = [line.split() for line in reference.read_text().splitlines()]
        expected = [utc(datetime.fromisoformat(each[0].rstrip("Z")), ZONES.get(each[-1], each[-1])) for each in lines]
        found = [
            at.start_utc
            for calendar in calendars(source.read_bytes())
            for each in objects(calendar)
            for at in occurrences(each.record, limit=500)
        ]
        assert found == expected, (source.name, [moment(at).replace(tzinfo=UTC) for at in found[:5]])
        compared += 1
    assert compared > 100


# KDE shows the time of 1997 by its offset then
ZONES = {"GMT": "Etc/UTC", "UTC": "Etc/UTC", "UTC-04:00": "America/New_York", "UTC-05:00": "America/New_York"}
