"""RRULE, EXDATE, RDATE and RECURRENCE-ID components as one object with recurrenceOverrides, and back."""

from typing import Any

import pytest

from jmapd.formats.icalendar import Component, calendars, to_bytes
from jmapd.formats.jscalendar.from_icalendar import Converted, objects
from jmapd.formats.jscalendar.to_icalendar import patched, to_icalendar
from tests.formats.jscalendar.convert import Record

pytestmark = pytest.mark.rfc("jscalendar-icalendar-25", "2.1.2")

MAIN = (
    "UID:1",
    "DTSTAMP:20260101T000000Z",
    "DTSTART;TZID=Europe/Berlin:20260105T140000",
    "SUMMARY:a",
    "RRULE:FREQ=DAILY",
)
OVERRIDE = (
    "UID:1",
    "DTSTAMP:20260101T000000Z",
    "RECURRENCE-ID;TZID=Europe/Berlin:20260107T140000",
    "DTSTART;TZID=Europe/Berlin:20260107T160000",
    "SUMMARY:a",
)


def file(*components: tuple[str, ...], name: str = "VEVENT") -> Component:
    lines = [line for each in components for line in (f"BEGIN:{name}", *each, f"END:{name}")]
    return calendars("\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""]).encode())[0]


def one(calendar: Component) -> Converted:
    [found] = objects(calendar)
    return found


def overrides(*components: tuple[str, ...], name: str = "VEVENT") -> Record:
    return dict(one(file(*components, name=name)).record.get("recurrenceOverrides", {}))


def changed(calendar: Component, **members: Any) -> tuple[list[str], list[str], Record]:
    """The lines that go and come, and the record that is read then."""
    before = to_bytes([calendar]).decode().replace("\r\n ", "").splitlines()
    old = one(calendar)
    new = {name: value for name, value in {**old.record, **members}.items() if value is not None}
    patched(calendar, old, new)
    data = to_bytes([calendar])
    after = data.decode().replace("\r\n ", "").splitlines()
    gone, come = list(before), list(after)
    for line in before:
        if line in come:
            come.remove(line)
    for line in after:
        if line in gone:
            gone.remove(line)
    return gone, come, one(calendars(data)[0]).record


def test_a_component_becomes_a_patch() -> None:
    assert overrides(MAIN, OVERRIDE) == {"2026-01-07T14:00:00": {"start": "2026-01-07T16:00:00"}}


def test_the_order_in_the_file_does_not_matter() -> None:
    assert overrides(OVERRIDE, MAIN) == overrides(MAIN, OVERRIDE)


def test_an_id_in_another_form_is_relative_to_the_events_zone() -> None:
    utc = tuple(line.replace(";TZID=Europe/Berlin:20260107T140000", ":20260107T130000Z") for line in OVERRIDE)
    day = tuple(line.replace(";TZID=Europe/Berlin:20260107T140000", ";VALUE=DATE:20260107") for line in OVERRIDE)
    assert overrides(MAIN, utc) == overrides(MAIN, day) == overrides(MAIN, OVERRIDE)


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_overrides_follow_what_holds_for_all() -> None:
    """What a patch must not say is the event's: other programs look for it in each component (RFC 5545 3.8.4.4)."""
    gone, come, _ = changed(file(MAIN, OVERRIDE), privacy="secret")
    assert (gone, come) == ([], ["CLASS:CONFIDENTIAL"] * 2)
    main, override = ((*each, "CLASS:PRIVATE", "ORGANIZER:mailto:a@example.org") for each in (MAIN, OVERRIDE))
    gone, come, _ = changed(file(main, override), privacy=None)
    assert (gone, come) == (["CLASS:PRIVATE"] * 2, [])
    gone, come, _ = changed(file(main, override), organizerCalendarAddress="mailto:b@example.org", participants=None)
    assert (gone, come) == (["ORGANIZER:mailto:a@example.org"] * 2, ["ORGANIZER:mailto:b@example.org"] * 2)
    gone, come, _ = changed(file(MAIN, (*OVERRIDE, "CLASS:CONFIDENTIAL")), privacy="private")
    assert (gone, come) == ([], ["CLASS:PRIVATE"])


DAYS = ("UID:1", "DTSTART;VALUE=DATE:20260105", "RRULE:FREQ=DAILY")
DAY = ("UID:1", "RECURRENCE-ID;VALUE=DATE:20260107", "DTSTART;VALUE=DATE:20260107", "SUMMARY:a")


@pytest.mark.rfc("jscalendar-icalendar-25", "3.2")
def test_all_times_are_of_one_form() -> None:
    """DATE only while nothing has a time of day, and then for rule, ids and starts alike."""
    rule = {"@type": "RecurrenceRule", "frequency": "daily", "until": "2026-02-01T23:59:59"}
    _, come, again = changed(file(DAYS), recurrenceRule=rule)
    assert (again["recurrenceRule"], again["showWithoutTime"]) == (rule, True)
    assert {"DTSTART:20260105T000000", "RRULE:FREQ=DAILY;UNTIL=20260201T235959"} <= set(come)
    patches = {"2026-01-08T10:00:00": {"title": "b"}}
    assert changed(file(DAYS), recurrenceOverrides=patches)[2]["recurrenceOverrides"] == patches
    _, come, again = changed(file(DAYS, DAY), start="2026-01-05T10:00:00")
    assert again["recurrenceOverrides"] == {"2026-01-07T00:00:00": {"title": "a"}}
    assert {"RECURRENCE-ID:20260107T000000", "DTSTART:20260107T000000"} <= set(come)


def test_what_no_patch_may_say_is_not_said() -> None:
    """jscalendarbis 3.3.4."""
    more = (*OVERRIDE, "CLASS:PRIVATE", "RELATED-TO:x", "RRULE:FREQ=WEEKLY", "ORGANIZER:mailto:b@example.org")
    main = (*MAIN, "ORGANIZER:mailto:b@example.org")
    assert overrides(main, more) == {"2026-01-07T14:00:00": {"start": "2026-01-07T16:00:00"}}


def test_a_title_of_all_leaves_the_rest_of_an_override_alone() -> None:
    calendar = file(MAIN, (*OVERRIDE, "CLASS:PRIVATE", "RELATED-TO:x", "X-OWN:1", "nonsense"))
    gone, come, record = changed(calendar, title="b", updated="2026-02-01T00:00:00Z")
    assert gone == ["DTSTAMP:20260101T000000Z", "SUMMARY:a"] * 2
    assert come == ["DTSTAMP:20260201T000000Z", "SUMMARY:b"] * 2
    assert record["recurrenceOverrides"]["2026-01-07T14:00:00"]["start"] == "2026-01-07T16:00:00"


def test_an_override_with_its_own_title_keeps_it() -> None:
    calendar = file(MAIN, (*OVERRIDE[:-1], "SUMMARY:own"))
    gone, come, record = changed(calendar, title="b")
    assert (gone, come) == (["SUMMARY:a"], ["SUMMARY:b"])
    assert record["recurrenceOverrides"]["2026-01-07T14:00:00"]["title"] == "own"


def test_maps_are_patched_by_member() -> None:
    people = ("ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@example.org", "ATTENDEE:mailto:b@example.org")
    moved = ("ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.org", "ATTENDEE:mailto:b@example.org", "CATEGORIES:x")
    [patch] = overrides((*MAIN, *people), (*OVERRIDE, *moved)).values()
    [path] = [name for name in patch if name.startswith("participants/")]
    assert path.endswith("/participationStatus")
    assert patch == {path: "declined", "keywords": {"x": True}, "start": "2026-01-07T16:00:00"}


def test_what_an_override_lacks_is_null() -> None:
    [patch] = overrides((*MAIN, "LOCATION:here"), OVERRIDE).values()
    assert patch == {"locations": None, "start": "2026-01-07T16:00:00"}


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.20")
@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.33")
def test_dates() -> None:
    lines = ("EXDATE;TZID=Europe/Berlin:20260106T140000,20260108T140000", "RDATE:20260201T080000Z", "EXDATE:20260109")
    assert overrides((*MAIN, *lines)) == {
        "2026-01-06T14:00:00": {"excluded": True},
        "2026-01-08T14:00:00": {"excluded": True},
        "2026-02-01T09:00:00": {},
        "2026-01-09T14:00:00": {"excluded": True},
    }


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.33")
def test_a_period_is_told_and_comes_back() -> None:
    line = "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20260201T090000/PT2H"
    record = one(file((*MAIN, line))).record
    assert record["recurrenceOverrides"] == {"2026-02-01T09:00:00": {"duration": "PT2H"}}
    told = record["iCalendar"]["convertedProperties"]
    assert told == {
        "recurrenceOverrides~12026-02-01T09:00:00".replace("~1", "/"): {
            "@type": "ICalProperty",
            "name": "rdate",
            "valueType": "period",
        }
    }
    assert line in to_bytes([to_icalendar(record)]).decode().replace("\r\n ", "").splitlines()
    assert overrides((*MAIN, line.replace("PT2H", "20260201T110000"))) == record["recurrenceOverrides"]


def test_an_unreadable_date_stays_and_is_in_icalendar() -> None:
    record = one(file((*MAIN, "EXDATE:,never"))).record
    assert "recurrenceOverrides" not in record
    assert record["iCalendar"]["properties"] == [["exdate", {}, "unknown", ",never"]]


def test_an_unreadable_date_takes_no_other_with_it() -> None:
    """A comma at the end is common."""
    calendar = file((*MAIN, "EXDATE:20260106T130000Z,never,20260108T130000Z,"))
    there = {"2026-01-06T14:00:00": {"excluded": True}, "2026-01-08T14:00:00": {"excluded": True}}
    gone, come, record = changed(calendar, title="b")
    assert record["recurrenceOverrides"] == there
    assert not any("EXDATE" in line for line in gone + come)
    del there["2026-01-06T14:00:00"]
    _, come, record = changed(calendar, recurrenceOverrides=there)
    assert come == ["EXDATE:never,20260108T130000Z,"]
    assert record["recurrenceOverrides"] == there
    _, come, record = changed(calendar, timeZone="Europe/London")
    assert "EXDATE:never," in come and "EXDATE;TZID=Europe/London:20260108T140000" in come
    assert record["recurrenceOverrides"] == there
    gone, come, record = changed(calendar, recurrenceOverrides=None)
    assert gone == ["EXDATE;TZID=Europe/London:20260108T140000"] and come == []
    assert "recurrenceOverrides" not in record


def test_dates_are_added_and_removed_one_by_one() -> None:
    calendar = file((*MAIN, "EXDATE;TZID=Europe/Berlin:20260106T140000,20260108T140000"))
    wanted = {
        "2026-01-08T14:00:00": {"excluded": True},
        "2026-01-10T14:00:00": {"excluded": True},
        "2026-02-01T09:00:00": {},
    }
    gone, come, record = changed(calendar, recurrenceOverrides=wanted)
    assert gone == ["EXDATE;TZID=Europe/Berlin:20260106T140000,20260108T140000"]
    assert come == [
        "EXDATE;TZID=Europe/Berlin:20260108T140000",
        "EXDATE;TZID=Europe/Berlin:20260110T140000",
        "RDATE;TZID=Europe/Berlin:20260201T090000",
    ]
    assert record["recurrenceOverrides"] == wanted


@pytest.mark.rfc("jscalendar-icalendar-25", "3.2")
def test_a_patch_becomes_a_component_beside_the_main_one() -> None:
    patch = {"title": "b", "start": "2026-01-09T15:00:00", "locations": {"x": {"@type": "Location", "name": "there"}}}
    calendar = file(MAIN, ("UID:2", "DTSTAMP:20260101T000000Z", "DTSTART:20260101T000000Z"))
    [old, _] = objects(calendar)
    patched(calendar, old, old.record | {"recurrenceOverrides": {"2026-01-09T14:00:00": patch}})
    [main, added, other] = calendar.inside("VEVENT")
    assert [line.raw.strip() for line in added.lines] == [
        "UID:1",
        "DTSTAMP:20260101T000000Z",
        "LAST-MODIFIED:20260101T000000Z",
        "DTSTART;TZID=Europe/Berlin:20260109T150000",
        "RECURRENCE-ID;TZID=Europe/Berlin:20260109T140000",
        "SUMMARY:b",
        "LOCATION;JSID=x:there",
    ]
    [again, _] = objects(calendars(to_bytes([calendar]))[0])
    assert again.record["recurrenceOverrides"] == {"2026-01-09T14:00:00": patch}


def test_an_override_is_excluded_or_taken_back() -> None:
    excluded = {"2026-01-07T14:00:00": {"excluded": True}}
    gone, come, record = changed(file(MAIN, OVERRIDE), recurrenceOverrides=excluded)
    assert come == ["EXDATE;TZID=Europe/Berlin:20260107T140000"]
    assert record["recurrenceOverrides"] == excluded
    assert gone == ["BEGIN:VEVENT", *OVERRIDE, "END:VEVENT"] or set(gone) == {*OVERRIDE[2:4], *gone}
    _, come, record = changed(file(MAIN, OVERRIDE), recurrenceOverrides=None)
    assert come == []
    assert "recurrenceOverrides" not in record


def test_an_override_by_which_nothing_differs_stays() -> None:
    same = tuple(line.replace("T160000", "T140000") for line in OVERRIDE)
    calendar = file(MAIN, same)
    assert one(calendar).record["recurrenceOverrides"] == {"2026-01-07T14:00:00": {}}
    gone, come, _ = changed(calendar, title="b")
    assert (gone, come) == (["SUMMARY:a"] * 2, ["SUMMARY:b"] * 2)


def test_of_two_components_for_one_occurrence_the_newer_holds() -> None:
    older, newer = (*OVERRIDE, "SEQUENCE:1", "PRIORITY:1"), (*OVERRIDE, "SEQUENCE:2", "PRIORITY:2")
    for order in ((older, newer), (newer, older)):
        calendar = file(MAIN, *order)
        assert one(calendar).record["recurrenceOverrides"]["2026-01-07T14:00:00"]["priority"] == 2
        changed(calendar, recurrenceOverrides=None)
        assert len(calendar.inside("VEVENT")) == 1


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.34")
def test_an_instance_without_a_main_component() -> None:
    found = objects(file(OVERRIDE, tuple(line.replace("0107T", "0108T") for line in OVERRIDE)))
    assert [each.recurrence_id for each in found] == ["2026-01-07T14:00:00", "2026-01-08T14:00:00"]
    assert {each.record["recurrenceIdTimeZone"] for each in found} == {"Europe/Berlin"}
    lines = to_bytes([to_icalendar(found[0].record)]).decode().splitlines()
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20260107T140000" in lines


@pytest.mark.rfc("jscalendar-icalendar-25", "2.3.34")
def test_range_stays() -> None:
    calendar = file(MAIN, tuple(line.replace("ID;TZID", "ID;RANGE=THISANDFUTURE;TZID") for line in OVERRIDE))
    gone, come, _ = changed(calendar, title="b")
    assert (gone, come) == (["SUMMARY:a"] * 2, ["SUMMARY:b"] * 2)


def test_tasks_with_only_due() -> None:
    main = (
        "UID:1",
        "DUE;TZID=Europe/Berlin:20260105T140000",
        "RRULE:FREQ=DAILY",
        "EXDATE;TZID=Europe/Berlin:20260108T140000",
    )
    other = ("UID:1", "RECURRENCE-ID;TZID=Europe/Berlin:20260107T140000", "DUE;TZID=Europe/Berlin:20260107T160000")
    assert overrides(main, other, name="VTODO") == {
        "2026-01-07T14:00:00": {"due": "2026-01-07T16:00:00"},
        "2026-01-08T14:00:00": {"excluded": True},
    }
