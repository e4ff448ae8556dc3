"""Real calendars: every file is read, unchanged keeps its octets; a new title changes the lines of the title only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from jmapd.formats.content_lines import decoded, lines
from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import Converted, objects
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar
from jmapd.wire import Record

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "1.4")

TITLE = ("SUMMARY", "LAST-MODIFIED", "SEQUENCE", "DTSTAMP")
MOST = 5  # changes in one file
MADE = ("iCalendar", "prodId", "method")  # a new calendar has its own


LOSSY = {
    "zday.ics": "control characters in parameters, which no line may have",
    "maritz.ics": "P1W6D is no DURATION of iCalendar (RFC 5545 3.3.6), so it is P13D",
}


PARTS = 6  # each takes every sixth file
in_parts = pytest.mark.parametrize("part", range(PARTS))


def files(corpora: Path, part: int) -> Iterator[tuple[Path, bytes]]:
    found = [path for path in sorted((corpora / "ics").rglob("*")) if path.is_file()]
    for path in found[part::PARTS]:
        data = path.read_bytes()
        if calendars(data):
            yield path, data


def key(found: Converted) -> tuple[str, str, str | None]:
    return found.type, found.uid, found.recurrence_id


@in_parts
def test_every_file_is_read_and_unchanged_keeps_its_octets(corpora: Path, part: int) -> None:
    events = 0
    for path, data in files(corpora, part):
        found = calendars(data)
        for calendar in found:
            for each in objects(calendar):
                orjson.dumps(each.record)
                assert each.uid, path
                events += 1
                record = orjson.loads(orjson.dumps(each.record))
                patched(calendar, each, record)
        assert to_bytes(found) == data, path
    assert events > 500


@in_parts
def test_a_new_title_changes_only_its_lines(corpora: Path, part: int) -> None:
    """UID where there was none; SEQUENCE and DTSTAMP are those of the record. All files, five records of each."""
    changed = 0
    for path, data in files(corpora, part):
        found = calendars(data)
        for calendar in found:
            every = objects(calendar)
            for each in every if len(every) < MOST else [*every[: MOST - 1], every[-1]]:
                new = each.record | {"title": "Für, dich", "sequence": 99, "updated": "2026-11-23T12:00:00Z"}
                had_uid = each.main.component.first("UID") is not None
                patched(calendar, each, new)
                changed += 1
                if had_uid:
                    assert ("SUMMARY", "Für\\, dich") in {(line.name, line.value) for line in each.main.component.lines}
        assert _others(to_bytes(found)) == _others(data), path
    assert changed > 200


def _others(data: bytes) -> list[str]:
    names = (*TITLE, "UID")
    return [line.raw.rstrip() for line in lines(*decoded(data)) if line.name not in names and line.raw.strip()]


@in_parts
def test_a_changed_record_is_read_as_it_was_wanted(corpora: Path, part: int) -> None:
    for path, data in files(corpora, part):
        for calendar in calendars(data):
            found = objects(calendar)
            if len(found) != 1:
                continue
            [old] = found
            new = old.record | {"title": "t", "color": "red", "x:y": {"a": [1]}, "priority": 3, "keywords": {"k": True}}
            patched(calendar, old, new)
            [again] = objects(calendars(to_bytes([calendar]))[0])
            assert _of_value(again.record) == _of_value(new), path


def _of_value(record: Record) -> Record:
    kept = {name: value for name, value in record.items() if name not in ("recurrenceOverrides", "iCalendar")}
    return kept | {"dates": sorted(record.get("recurrenceOverrides", {}))}


@in_parts
def test_a_new_calendar_says_the_same(corpora: Path, part: int) -> None:
    """As a copy into another account: all but what only a file can hold. All files, three records of each."""
    for path, data in files(corpora, part):
        for calendar in calendars(data) if path.name not in LOSSY else ():
            for each in objects(calendar)[:3]:
                made = to_bytes([to_icalendar(each.record)])
                [again] = objects(calendars(made)[0])
                assert key(again) == key(each), path
                assert _without(again.record) == _without(each.record), path


def _without(record: Record) -> Record:
    found = {name: value for name, value in record.items() if name not in (*MADE, "recurrenceOverrides")}
    return found | {"dates": sorted(record.get("recurrenceOverrides", {})), "alerts": _filled(record.get("alerts"))}


def _filled(alerts: Any) -> Any:
    """RFC 5545 3.6.6: a VALARM has ACTION and DESCRIPTION; jscalendarbis 3.5.1: "display" is the default."""
    return {
        name: {"action": "display"} | {member: value for member, value in each.items() if member != "iCalendar"}
        for name, each in (alerts or {}).items()
    }
