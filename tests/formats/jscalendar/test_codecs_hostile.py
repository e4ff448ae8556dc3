"""Whatever a file or a record has in it: it is read and written, in time that grows with its size."""

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.icalendar import calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import objects
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar
from tests.formats.jscalendar.convert import calendar, converted, written
from tests.formats.jscalendar.pairs import Record, draft, without_dots

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "1.4")
JUNK: tuple[Any, ...] = (
    *(None, 5, -1, 1.5, True, "", "x", "a\nb", "\ud800", "\x00", [], {}, [1], {"a": {"b": None}}, [[]], "P1D"),
    *({"@type": "x"}, {"": True}, {"a/b~": True}, "é" * 300),
)
NAMES = ("", "x", "a/b", "@type", "iCalendar", "links", "alerts", "participants", "locations", "relatedTo", "roles")
MANY = 2000


def _junked(value: Any, luck: random.Random, depth: int = 0) -> Any:
    if depth and luck.random() < 0.15:
        return copy.deepcopy(luck.choice(JUNK))
    if isinstance(value, list):
        return [_junked(each, luck, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    found = {
        luck.choice(NAMES) if luck.random() < 0.06 else name: _junked(each, luck, depth + 1)
        for name, each in value.items()
    }
    return found | ({luck.choice(NAMES): copy.deepcopy(luck.choice(JUNK))} if luck.random() < 0.1 else {})


def _with(record: Record) -> Record:
    return record | {"uid": "1@example.org", "start": "2026-01-01T00:00:00"}


@pytest.mark.parametrize("seed", range(4))
def test_any_record_is_written(corpora: Path, seed: int) -> None:
    luck = random.Random(seed)
    entries = [entry for pair in draft(corpora) for entry in without_dots(pair.entries)]
    for _ in range(300):
        data = to_bytes([to_icalendar(_with(_junked(luck.choice(entries), luck)))])
        assert converted(calendars(data)[0]).uid == "1@example.org"


@pytest.mark.parametrize("seed", range(4))
def test_any_change_is_made(corpora: Path, seed: int) -> None:
    luck = random.Random(seed)
    files = [pair.data for pair in draft(corpora) if pair.entries]
    for _ in range(300):
        made = calendars(luck.choice(files))[0]
        old = objects(made)[0]
        patched(made, old, _with(_junked(copy.deepcopy(old.record), luck)))
        assert objects(calendars(to_bytes([made]))[0])


@pytest.mark.rfc("jscalendar-icalendar-25", "4.1.2")
@pytest.mark.parametrize("value", ["5", "[]", "{}", "true", '"x"', "[1]", '{"a":5}'])
@pytest.mark.parametrize(
    "members", [("PARTICIPANT", "roles", "name"), ("VLOCATION", "name", "links"), ("VALARM", "relatedTo", "trigger")]
)
def test_jsprop_says_what_nobody_expects(members: tuple[str, ...], value: str) -> None:
    name, *heads = members
    inside = [f'JSPROP;JSPTR="{head}":{value}' for head in heads]
    address = ["CALENDAR-ADDRESS:mailto:a@example.org"] if name == "PARTICIPANT" else []
    made = calendar("ORGANIZER:mailto:a@example.org", f"BEGIN:{name}", *address, *inside, f"END:{name}")
    found = converted(made)
    patched(made, found, found.record | {"title": "x"})
    assert converted(made).record["title"] == "x"


ALARM = ("BEGIN:VALARM", "UID:{n}", "TRIGGER:-PT{n}M", "RELATED-TO:{n}0", "END:VALARM")
PLACE = ("BEGIN:VLOCATION", "NAME:{n}", "END:VLOCATION")
PERSON = ("BEGIN:PARTICIPANT", "CALENDAR-ADDRESS:mailto:a{n}@example.org", "END:PARTICIPANT")


@pytest.mark.parametrize(
    "lines",
    [
        ("ATTENDEE;X-A=1:mailto:a{n}@example.org",),
        ("ATTACH:https://a.example/",),
        ("URL:https://a.example/{n}",),
        ("CATEGORIES:{n}",),
        ("RELATED-TO:a",),
        ("LOCATION:{n}", "GEO:1;{n}"),
        ("DESCRIPTION:x", "STYLED-DESCRIPTION:y"),
        ALARM,
        PLACE,
        PERSON,
    ],
)
def test_thousands_of_a_kind(lines: tuple[str, ...]) -> None:
    made = calendar("ORGANIZER:mailto:o@example.org", *(line.format(n=n) for n in range(MANY) for line in lines))
    found = converted(made)
    again = to_bytes([to_icalendar(found.record)])
    assert again.count(b"\r\n") >= MANY or lines[0] in ("RELATED-TO:a", "CATEGORIES:{n}")
    patched(made, found, found.record | {"title": "x"})
    assert converted(made).record["title"] == "x"


def test_a_client_sends_thousands() -> None:
    people = {f"p{n}": {"calendarAddress": f"mailto:a{n}@example.org", "roles": {"owner": True}} for n in range(MANY)}
    lines = written(participants=people, organizerCalendarAddress="mailto:a0@example.org")
    assert sum(line.startswith("ATTENDEE;ROLE=OWNER") for line in lines) == MANY
