"""CalendarEvent/query and /queryChanges without expansion (jmap-calendars-27 5.11, 5.12)."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars, person, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.11.1")


def test_calendars_and_uids(host: Calendars) -> None:
    home, work = host.calendar(), host.calendar("work")
    one, two = host.new(uid="u1"), host.new(uid="u2", calendarIds={work: True})
    both = host.new(uid="u3", calendarIds={home: True, work: True})
    assert set(host.query({"inCalendar": home})) == {one, both}
    assert set(host.query({"inCalendar": work})) == {two, both}
    assert set(host.query({"inCalendars": [home, work]})) == {one, two, both}
    assert host.query({"uid": "u2"}) == [two] and host.query({"uid": "U2"}) == []
    assert set(host.query({})) == set(host.query(None)) == {one, two, both}


def test_several_conditions_must_all_match(host: Calendars) -> None:
    one, two = host.new("Lunch", uid="u1"), host.new("Lunch", uid="u2")
    assert host.query({"uid": "u1", "title": "lunch"}) == [one]
    assert host.query({"uid": "u1", "title": "dinner"}) == []
    either = {"operator": "OR", "conditions": [{"uid": "u1"}, {"uid": "u2"}]}
    assert set(host.query(either)) == {one, two}
    neither = {"operator": "NOT", "conditions": [{"uid": "u1"}]}
    assert host.query(neither) == [two]


@pytest.mark.parametrize(
    ("filter", "is_match"),
    [
        ({"after": "2026-01-05T09:59:59"}, True),
        ({"after": "2026-01-05T10:00:00"}, False),
        ({"before": "2026-01-05T09:00:01"}, True),
        ({"before": "2026-01-05T09:00:00"}, False),
        ({"after": "2026-01-05T00:00:00", "before": "2026-01-06T00:00:00"}, True),
        ({"after": "2026-01-05T09:59:59.750"}, True),
        ({"after": "2026-01-05T08:59:59Z"}, True),
        ({"after": "2026-01-05T09:00:00Z"}, False),
    ],
)
def test_times(host: Calendars, filter: dict[str, Any], is_match: bool) -> None:
    host.new(start="2026-01-05T09:00:00", duration="PT1H")
    assert bool(host.query(filter, timeZone="Europe/Berlin")) is is_match


@pytest.mark.rfc("jmap-calendars-27", "5.11")
def test_the_time_zone_is_that_of_the_query(host: Calendars) -> None:
    fixed, floating = host.new(timeZone="America/New_York"), host.new(timeZone=None)
    filter = {"before": "2026-01-05T10:00:00"}
    assert host.query(filter) == [floating]
    assert set(host.query(filter, timeZone="America/New_York")) == {fixed, floating}
    assert host.query({"before": "2026-01-05T15:00:00"}, timeZone="Asia/Tokyo") == [floating]
    assert host.error("CalendarEvent/query", {"filter": filter, "timeZone": "No/Where"})["type"] == "invalidArguments"


def test_any_recurrence_of_the_event_matches(host: Calendars) -> None:
    weekly = host.new(recurrenceRule=WEEKLY | {"count": 3})
    forever = host.new(recurrenceRule=WEEKLY)
    moved = host.new(
        recurrenceRule=WEEKLY | {"count": 2},
        recurrenceOverrides={"2026-01-12T09:00:00": {"start": "2026-03-01T09:00:00"}},
    )
    assert set(host.query({"after": "2026-01-19T08:59:00"})) == {weekly, forever, moved}
    assert set(host.query({"after": "2026-02-01T00:00:00"})) == {forever, moved}
    assert host.query({"after": "2036-02-01T00:00:00"}) == [forever]


def test_each_condition_may_match_another_recurrence(host: Calendars) -> None:
    yearly = {"@type": "RecurrenceRule", "frequency": "yearly"}
    id = host.new(recurrenceRule=yearly)
    assert host.query({"after": "2026-06-01T00:00:00", "before": "2026-07-01T00:00:00"}) == [id]


OVERRIDES = {
    "2026-01-12T09:00:00": {
        "title": "Tango",
        "description": "With shoes",
        "locations": {"1": {"name": "Ballroom"}},
        "participants/x/name": "Xaver",
    }
}
WORDS = [
    ("text", ["weekly", "minutes", "office", "zoe", "example.org", "tango", "shoes", "ballroom", "xaver"]),
    ("title", ["weekly", "tango"]),
    ("description", ["minutes", "shoes"]),
    ("location", ["office", "upstairs", "ballroom"]),
    ("owner", ["zoe", "zoe@example.org"]),
    ("attendee", ["xenia", "x@example.org", "xaver"]),
]


@pytest.mark.parametrize(("name", "words"), WORDS)
def test_texts(host: Calendars, name: str, words: list[str]) -> None:
    people = {
        "o": person("zoe@example.org", "owner", name="Zoe", email="zoe@example.org"),
        "x": person("x@example.org", "attendee", name="Xenia", email="x@example.org"),
    }
    place = {"1": {"name": "Office", "description": "Upstairs"}}
    more = {"description": "Minutes of it", "locations": place, "participants": people}
    id = host.new("Weekly Meeting", recurrenceRule=WEEKLY, recurrenceOverrides=OVERRIDES, **more)
    every = {word for _, words in WORDS for word in words}
    assert {word for word in every if host.query({name: word}) == [id]} >= set(words)
    if name != "text":
        others = every - set(words) - {"example.org"}
        assert not [word for word in others if host.query({name: word})]


def test_phrases_and_tokens(host: Calendars) -> None:
    id = host.new("Weekly team's Meeting")
    for text in ("meeting weekly", '"weekly team\'s"', "MEETING", "week"):
        assert host.query({"title": text}) == [id], text
    for text in ('"meeting weekly"', "weekly lunch"):
        assert host.query({"title": text}) == [], text


def test_nothing_else(host: Calendars) -> None:
    assert host.error("CalendarEvent/query", {"filter": {"colour": "red"}})["type"] == "unsupportedFilter"
    assert host.error("CalendarEvent/query", {"filter": {"after": "soon"}})["type"] == "invalidArguments"
    assert host.error("CalendarEvent/query", {"sort": [{"property": "title"}]})["type"] == "unsupportedSort"


@pytest.mark.rfc("jmap-calendars-27", "5.11.2")
@pytest.mark.parametrize(
    ("name", "order"),
    [("start", "cab"), ("uid", "abc"), ("created", "bca"), ("updated", "acb")],
)
def test_sorts(host: Calendars, name: str, order: str) -> None:
    starts = {"c": "01", "a": "02", "b": "03"}
    stamps = {"a": ("03", "01"), "b": ("01", "03"), "c": ("02", "02")}
    for uid, (made, changed) in stamps.items():
        start = f"202601{starts[uid]}T090000Z"
        event = vevent(uid, f"CREATED:200001{made}T000000Z", start=start).replace(
            "DTSTAMP:20260101", f"DTSTAMP:201001{changed}"
        )
        host.write(f"{uid}.ics", vcalendar(event))
    uids = {each["id"]: each["uid"] for each in host.events(properties=["uid"])}
    for is_ascending in (True, False):
        ids = host.query(sort=[{"property": name, "isAscending": is_ascending}])
        assert "".join(uids[id] for id in ids) == (order if is_ascending else order[::-1])


@pytest.mark.rfc("jmap-calendars-27", "5.11.2")
def test_sort_by_recurrence_id(host: Calendars) -> None:
    dates = ("2026-01-19T09:00:00", "2026-01-12T09:00:00")
    late, early = (host.new(uid="u1", recurrenceId=date, start=date) for date in dates)
    none = host.new(uid="u2")
    assert host.query(sort=[{"property": "recurrenceId"}]) == [none, early, late]


@pytest.mark.rfc("jmap-calendars-27", "5.12")
def test_query_changes(host: Calendars) -> None:
    first, other = host.new("Lunch"), host.new("Dinner")
    filter = {"title": "lunch", "after": "2026-01-01T00:00:00"}
    before = host.call("CalendarEvent/query", {"filter": filter})
    assert before["ids"] == [first] and before["canCalculateChanges"] is True
    second = host.new("Lunch again")
    host.updated(first, {"title": "Breakfast"})
    asked = {"filter": filter, "sinceQueryState": before["queryState"]}
    changes = host.call("CalendarEvent/queryChanges", asked)
    assert first in changes["removed"] and other not in changes["removed"]
    assert changes["added"] == [{"id": second, "index": 0}]
