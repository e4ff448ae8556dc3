"""CalendarEvent/query with expandRecurrences (jmap-calendars-27 5.11)."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars, person, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.11")
JANUARY = {"after": "2026-01-01T00:00:00", "before": "2026-02-01T00:00:00"}
MONDAYS = ("05", "12", "19", "26")


def january(host: Calendars, **more: Any) -> list[str]:
    filter = JANUARY | more.pop("filter", {})
    return host.query(filter, expandRecurrences=True, **more)


def test_a_series_becomes_its_occurrences(host: Calendars) -> None:
    series, once = host.new(recurrenceRule=WEEKLY), host.new(start="2026-01-13T09:00:00")
    ids = january(host)
    weeks = [f"{series}_202601{day}T090000" for day in MONDAYS]
    assert ids == [*weeks[:2], once, *weeks[2:]]
    assert [each["start"][8:10] for each in host.events(ids)] == ["05", "12", "13", "19", "26"]
    assert set(host.query(JANUARY)) == {series, once}


def test_overrides_are_expanded(host: Calendars) -> None:
    overrides = {
        "2026-01-12T09:00:00": {"start": "2026-02-12T09:00:00"},
        "2026-01-19T09:00:00": {"excluded": True},
        "2026-01-21T09:00:00": {"title": "Extra"},
        "2026-02-02T09:00:00": {"start": "2026-01-31T09:00:00"},
    }
    id = host.new(recurrenceRule=WEEKLY, recurrenceOverrides=overrides)
    assert january(host) == [f"{id}_{date}T090000" for date in ("20260105", "20260121", "20260126", "20260202")]


def test_pages(host: Calendars) -> None:
    id = host.new(recurrenceRule=WEEKLY)
    every = [f"{id}_202601{day}T090000" for day in MONDAYS]
    arguments = {"filter": JANUARY, "expandRecurrences": True, "calculateTotal": True}
    page = host.call("CalendarEvent/query", arguments | {"position": 1, "limit": 2})
    assert (page["ids"], page["total"], page["position"]) == (every[1:3], 4, 1)
    assert page["canCalculateChanges"] is False
    after = host.call("CalendarEvent/query", arguments | {"anchor": every[2], "anchorOffset": -1, "limit": 2})
    assert (after["ids"], after["position"]) == (every[1:3], 1)
    last = host.call("CalendarEvent/query", arguments | {"position": -1})
    assert (last["ids"], last["position"]) == (every[3:], 3)
    for anchor in (id, f"{id}_20260106T090000", f"{id}_20261399T990000", "E1"):
        assert host.error("CalendarEvent/query", arguments | {"anchor": anchor})["type"] == "anchorNotFound"


@pytest.mark.rfc("jmap-calendars-27", "5.12")
def test_changes_cannot_be_calculated(host: Calendars) -> None:
    arguments = {"filter": JANUARY, "expandRecurrences": True}
    state = host.call("CalendarEvent/query", arguments)["queryState"]
    wrong = host.error("CalendarEvent/queryChanges", arguments | {"sinceQueryState": state})
    assert wrong["type"] == "cannotCalculateChanges"


@pytest.mark.parametrize(
    "filter",
    [
        None,
        {},
        {"after": "2026-01-01T00:00:00"},
        {"before": "2026-01-01T00:00:00"},
        {"operator": "AND", "conditions": [JANUARY]},
    ],
)
def test_the_filter_must_be_a_condition_with_both_ends(host: Calendars, filter: Any) -> None:
    wrong = host.error("CalendarEvent/query", {"filter": filter, "expandRecurrences": True})
    assert wrong["type"] == "invalidArguments"


def test_the_time_must_not_be_too_long(host: Calendars) -> None:
    filter = {"after": "2026-01-01T00:00:00", "before": "2027-02-05T00:00:01"}
    wrong = host.error("CalendarEvent/query", {"filter": filter, "expandRecurrences": True})
    assert wrong["type"] == "expandDurationTooLarge"
    assert host.query(filter | {"before": "2027-02-05T00:00:00"}, expandRecurrences=True) == []


def test_what_cannot_be_expanded(host: Calendars) -> None:
    rule = "RRULE:FREQ=YEARLY;RSCALE=CHINESE"
    host.write("a.ics", vcalendar(vevent("u1", rule, "SUMMARY:New year", start="20200125")))
    wrong = host.error("CalendarEvent/query", {"filter": JANUARY, "expandRecurrences": True})
    assert wrong["type"] == "cannotCalculateOccurrences"
    other = JANUARY | {"title": "lunch"}
    assert host.query(other, expandRecurrences=True) == []
    early = {"after": "2010-01-01T00:00:00", "before": "2011-01-01T00:00:00"}
    assert host.query(early, expandRecurrences=True) == []


@pytest.mark.rfc("jmap-calendars-27", "5.11.1")
def test_all_conditions_must_match_the_same_occurrence(host: Calendars) -> None:
    people = {"o": person("o@example.org", "owner", name="Otto")}
    overrides = {"2026-01-12T09:00:00": {"title": "Tango"}, "2026-01-19T09:00:00": {"participants/o/name": "Max"}}
    id = host.new("Weekly", recurrenceRule=WEEKLY, recurrenceOverrides=overrides, participants=people)
    every = {day: f"{id}_202601{day}T090000" for day in MONDAYS}
    assert january(host, filter={"title": "tango"}) == [every["12"]]
    assert january(host, filter={"title": "weekly"}) == [every["05"], every["19"], every["26"]]
    assert january(host, filter={"title": "tango", "owner": "max"}) == []
    assert january(host, filter={"owner": "max"}) == [every["19"]]
    assert january(host, filter={"text": "otto weekly"}) == [every["05"], every["26"]]
    assert set(host.query({"title": "tango", "owner": "max"})) == {id}


@pytest.mark.rfc("jmap-calendars-27", "5.11.2")
def test_sorts(host: Calendars) -> None:
    a = host.new(uid="a", recurrenceRule=WEEKLY | {"count": 2}, start="2026-01-06T09:00:00")
    b = host.new(uid="b", recurrenceRule=WEEKLY | {"count": 2})
    ids = [f"{b}_20260105T090000", f"{a}_20260106T090000", f"{b}_20260112T090000", f"{a}_20260113T090000"]
    assert january(host) == january(host, sort=[{"property": "start"}]) == ids
    assert january(host, sort=[{"property": "start", "isAscending": False}]) == ids[::-1]
    by_uid = [{"property": "uid"}, {"property": "recurrenceId", "isAscending": False}]
    assert january(host, sort=by_uid) == [ids[3], ids[1], ids[2], ids[0]]


def test_floating_and_all_day_events_by_the_zone_of_the_query(host: Calendars) -> None:
    day = {"start": "2026-01-31T00:00:00", "duration": "P1D", "timeZone": None, "showWithoutTime": True}
    id = host.new(**day)
    february = {"after": "2026-02-01T00:00:00", "before": "2026-03-01T00:00:00"}
    for zone in ("Etc/UTC", "Asia/Tokyo", "America/Los_Angeles"):
        assert january(host, timeZone=zone) == [id]
        assert host.query(february, expandRecurrences=True, timeZone=zone) == []


def test_dates_over_a_change_of_the_clock(host: Calendars) -> None:
    id = host.new(start="2026-03-23T00:30:00", recurrenceRule=WEEKLY | {"count": 2})
    range = {"after": "2026-03-29T22:00:00", "before": "2026-03-29T22:31:00"}
    assert host.query(range, expandRecurrences=True) == [f"{id}_20260330T003000"]
