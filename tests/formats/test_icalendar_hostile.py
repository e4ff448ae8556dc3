"""Calendars made to cost time or memory, or of any octets: each is read in linear time and written back the same."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.content_lines import make_line
from jmapd.formats.icalendar import calendars, to_bytes, walk

pytestmark = pytest.mark.rfc("5545", "3.1")

MANY = 50_000
HOSTILE = {
    "begins": b"BEGIN:VEVENT\n" * MANY,
    "unknown begins": b"BEGIN:X\n" * MANY,
    "ends": b"END:VEVENT\n" * MANY,
    "pairs": b"BEGIN:VALARM\nEND:VALARM\n" * MANY,
    "calendars": b"BEGIN:VCALENDAR\n" * MANY,
    "folds": b"DESCRIPTION:" + b"\r\n a" * MANY,
    "folded begin": b"BEGIN" + b"\r\n " * MANY + b":VEVENT\r\n",
    "dates": b"EXDATE:" + b"20260101," * MANY,
    "no colons": b"x\n" * MANY,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_linear_and_the_same(text: bytes) -> None:
    data = b"BEGIN:VCALENDAR\r\n" + text
    found = calendars(data)
    assert to_bytes(found) == data
    assert sum(1 for _ in walk(found[0])) <= MANY + 2


PIECES = [b"BEGIN:VCALENDAR", b"END:VCALENDAR", b"BEGIN:VEVENT", b"END:VEVENT", b"BEGIN:VALARM", b"END:VALARM", b":"]
PIECES += [b"\n", b"\r\n", b"\r", b" ", b"\t", b"=", b"UID:1", b"A;B=c:d", b"\xff", b"\xef\xbb\xbf", "ü".encode(), b""]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_comes_back(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    found = calendars(data)
    assert to_bytes(found) == (data if found else b"")


@pytest.mark.parametrize("seed", range(40))
def test_what_is_inserted_is_read_and_nothing_else_changes(seed: int) -> None:
    rng = random.Random(seed)
    data = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + b"".join(rng.choices(PIECES, k=25))
    found = calendars(data)
    event = next(each for calendar in found for each in walk(calendar) if each.name == "VEVENT")
    before = [(line.name, line.value.strip()) for line in event.lines if line.name]
    event.insert([make_line("X-NEW", "1")])
    [again] = [
        each
        for calendar in calendars(to_bytes(found))
        for each in walk(calendar)
        if any(line.name == "X-NEW" for line in each.lines)
    ]
    assert [(line.name, line.value.strip()) for line in again.lines if line.name] == [*before, ("X-NEW", "1")]
