"""All pairs of the conversion draft and of calcard, in both directions; each difference with its reason."""

import re
from pathlib import Path

import pytest

from tests.formats.jscalendar.pairs import (
    Record,
    calcard,
    draft,
    lines,
    older,
    read,
    read_group,
    unequal,
    unmet,
    written,
)

_ENCLOSURE = "2.3.3: the rel of an ATTACH is enclosure, which the figure leaves out"
_NOT_TOLD = "2.3.14: that it was DTEND MAY be told, but DTEND is what is written anyway"
# Paths that are not as printed when iCalendar is read. It may only get shorter.
DRAFT_READ = {
    "012-ical-prop-attach-uri": _ENCLOSURE,
    "029-ical-prop-dtend-same-tzid": _NOT_TOLD,
    "030-ical-prop-dtend-date-type": _NOT_TOLD,
    "087-ical-param-jsid-attach": _ENCLOSURE,
}
_OWNER = "draft-25 2.3.29: ORGANIZER gives the owner role"
CALCARD_READ = {
    "ATTACH": _ENCLOSURE,
    "ATTACH with FMTTYPE": f"{_ENCLOSURE}; the data: URI has the media type, as it must (2.3.3)",
    "ATTACH with JSPROP": _ENCLOSURE,
    "IMAGE": "2.3.22: the rel of an IMAGE is icon",
    "LINK, ATTACH and IMAGE together": "both of these",
    "ATTENDEE": _OWNER,
    "ATTENDEE property and PARTICIPANT component": _OWNER,
    "ATTENDEE with VTODO-specific participation status": _OWNER,
    "ORGANIZER": _OWNER,
    "ORGANIZER and ATTENDEE": _OWNER,
    "ORGANIZER also is ATTENDEE": _OWNER,
    "Coordinates URI": "RFC 5545 3.3.13: a URI has no escapes",
    "non-IANA timezones #1": "Canberra, which is named first, and Sydney are one zone",
    "multiple timezones": "without DTSTART there is no zone that RDATE could be relative to",
    "VEVENT with VTIMEZONE": "URL;VALUE=URI is a link as any URL; an interval of 1 is the default",
}
_DTEND = "2.3.14: DTEND or DURATION; more programs know the former"
# Lines that are not as printed when the JSCalendar of a pair is written.
DRAFT_WRITTEN = {
    "019-ical-prop-categories": "one line for all",
    "035-ical-prop-dtstart-date": "RFC 5545 3.6.1: without DURATION a DATE lasts a day, an Event no time",
    "064-ical-prop-rdate-period": _DTEND,
    "069-ical-prop-show-without-time": _DTEND,
}
# 3.4: ATTACH is for the rel enclosure (2.3.3), which these figures leave out; what has no rel is a LINK.
NO_REL = {
    "012-ical-prop-attach-uri",
    "013-ical-prop-attach-binary",
    "086-ical-prop-jsprop-link-object",
    "087-ical-param-jsid-attach",
}
_VALUE = "RFC 7986 5.10, 5.11, RFC 9253 8.2: no default type, so VALUE=URI must stand there"
_JSID = "2.1.3: JSID where the key is not that of UID, or of the value as it stands in the line"
_ZONES = "EXDATE and RDATE in the zone of DTSTART; an Event without start has no zone"
CALCARD_WRITTEN = {
    "ATTACH with FMTTYPE": "RFC 2397: what stands there is no data: URI in base64",
    "IMAGE": f"{_VALUE}; 3.4: the title is FILENAME",
    "LINK": _VALUE,
    "LINK, ATTACH and IMAGE together": _VALUE,
    "CONFERENCE": _VALUE,
    "COORDINATES in VLOCATION": _VALUE,
    "LOCATION and multiple VLOCATION": _VALUE,
    "Coordinates URI": "RFC 5545 3.3.13: a URI has no escapes; the UID is the key",
    "PARTICIPANT component": _JSID,
    "PARTICIPANT with SUMMARY": _JSID,
    "LOCATION": _JSID,
    "LOCATION-TYPE": _JSID,
    "VLOCATION conversion": _JSID,
    "DTSTART property with value type DATE": DRAFT_WRITTEN["035-ical-prop-dtstart-date"],
    "JSCalendar - RRULE with RSCALE and SKIP": _DTEND,
    "non-IANA timezones #1": "the zone by its own name",
    "non-IANA timezones #2": _ZONES,
    "multiple timezones": _ZONES,
}
# What is in JSCalendar and comes back otherwise.
DRAFT_BACK = {
    "029-ical-prop-dtend-same-tzid": _NOT_TOLD,
    "030-ical-prop-dtend-date-type": _NOT_TOLD,
    "082-ical-prop-jsid-alert": "the DESCRIPTION that RFC 5545 3.6.6 wants is there besides",
}
_ANY = r"[A-Za-z0-9-]+"
# Lines that are written besides.
BESIDES = {
    rf".*/VALARM/(ACTION:DISPLAY|DESCRIPTION:Reminder|JSID:{_ANY})": "RFC 5545 3.6.6 wants them; 4.1.1",
    rf".*/(VLOCATION|PARTICIPANT)/UID:{_ANY}": "RFC 9073 7.1, 7.2: mandatory",
    r".*/VEVENT/(LOCATION|GEO|DESCRIPTION);DERIVED=TRUE:.*": "3.2, 3.5: may be written for those who know no other",
}
_IS_BESIDES = re.compile("|".join(BESIDES)).fullmatch


def _unread(wanted: Record, data: bytes) -> list[str]:
    """What of a Group is not there."""
    found = read_group(data)
    own = {name: value for name, value in wanted.items() if name != "entries"}
    there = {name: value for name, value in found.items() if name != "entries"}
    entries = unmet(wanted["entries"], found["entries"]) if "entries" in wanted else []
    return entries + [path for path in unequal(own, there) if path != "/iCalendar (more)"]


def _unwritten(wanted: bytes, record: Record) -> list[str]:
    """Lines that are not there, and those that are there besides."""
    one, other = lines(wanted), lines(written(record))
    return [f"-{each}" for each in one if each not in other] + [
        f"+{each}" for each in other if each not in one and not _IS_BESIDES(each)
    ]


@pytest.mark.rfc("jscalendar-icalendar-25", "2")
def test_draft_from_icalendar(corpora: Path) -> None:
    pairs = list(draft(corpora))
    assert len(pairs) == 88
    different = {pair.name: out for pair in pairs if (out := _unread(pair.group, pair.data))}
    assert set(different) == set(DRAFT_READ), different


@pytest.mark.rfc("jscalendar-icalendar-25", "3")
def test_draft_to_icalendar(corpora: Path) -> None:
    different = {pair.name: out for pair in draft(corpora) if (out := _unwritten(pair.data, pair.group))}
    assert set(different) == {*DRAFT_WRITTEN, *NO_REL}, different


@pytest.mark.rfc("jscalendar-icalendar-25", "4.1")
def test_what_the_draft_has_in_jscalendar_comes_back(corpora: Path) -> None:
    different = {}
    for pair in draft(corpora):
        if out := [path for path in _unread(pair.group, written(pair.group)) if "(more)" not in path]:
            different[pair.name] = out
    assert set(different) == set(DRAFT_BACK), different


@pytest.mark.rfc("jscalendar-icalendar-25", "5.1")
def test_what_is_read_and_written_again_is_the_same(corpora: Path) -> None:
    different = {pair.name: out for pair in draft(corpora) if (out := _unwritten(pair.data, read_group(pair.data)))}
    assert set(different) == {*DRAFT_WRITTEN, "041-ical-prop-duration"}, different


@pytest.mark.rfc("jscalendar-icalendar-25", "2")
def test_calcard_from_icalendar(corpora: Path) -> None:
    different = {}
    for pair, _ in calcard(corpora):
        found = [older(each) for each in read(pair.data)]
        if out := unmet([older(each) for each in pair.entries], found):
            different[pair.name] = out
    assert set(different) == set(CALCARD_READ), different


@pytest.mark.rfc("jscalendar-icalendar-25", "3")
def test_calcard_to_icalendar(corpora: Path) -> None:
    different = {pair.name: out for pair, back in calcard(corpora) if (out := _unwritten(back, pair.group))}
    assert set(different) == set(CALCARD_WRITTEN), different


@pytest.mark.rfc("jscalendar-icalendar-25", "4.1")
def test_calcard_to_icalendar_and_back(corpora: Path) -> None:
    different = {}
    for pair, _ in calcard(corpora):
        for entry in pair.entries:
            [back] = read(written(entry))
            if out := [path for path in unequal(older(entry), older(back)) if "(more)" not in path]:
                different[pair.name] = out
    different.pop("VEVENT with VTIMEZONE")  # its "url" comes back as a link, and an interval of 1 is the default
    assert different == {}
