"""CalendarEvent/set, create (jmap-calendars-27 5, 5.9)."""

import re
import time
from typing import Any

import pytest

from jmapd.wire.dates import utc_date
from tests.calendars.host import WEEKLY, Calendars, person

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9")
LONG_AGO = "2001-01-01T00:00:00Z"


def is_now(date: str) -> bool:
    return utc_date(int(time.time()) - 60) <= date <= utc_date(int(time.time()) + 1)


def test_what_the_server_sets(host: Calendars) -> None:
    given = {"calendarIds": {host.calendar(): True}, "start": "2026-01-05T09:00:00", "title": "Lunch"}
    told = host.created("CalendarEvent", given)
    event = host.event(told["id"])
    assert event["@type"] == "Event" and told["@type"] == "Event"
    assert re.fullmatch(r"[0-9a-f-]{36}", event["uid"]) and told["uid"] == event["uid"]
    assert is_now(event["created"]) and told["created"] == event["created"]
    assert is_now(event["updated"]) and told["updated"] == event["updated"]
    assert told["isOrigin"] is True and told["isDraft"] is False
    assert {name: event[name] for name in given} == given
    (octets,) = host.files().values()
    assert b"SUMMARY:Lunch\r\n" in octets and b"DTSTART:20260105T090000\r\n" in octets


def test_what_the_client_sets(host: Calendars) -> None:
    id = host.new(uid="mine@example.org", created=LONG_AGO, sequence=3)
    event = host.event(id)
    assert (event["uid"], event["created"], event["sequence"]) == ("mine@example.org", LONG_AGO, 3)


def test_null_is_the_same_as_nothing(host: Calendars) -> None:
    nothing = dict.fromkeys(("description", "alerts", "participants", "uid", "keywords", "isDraft", "created"))
    event = host.event(host.new(**nothing))
    assert event.keys().isdisjoint({"description", "alerts", "participants", "keywords"})
    assert event["uid"] and event["created"] and event["isDraft"] is False
    wrong = host.refused("CalendarEvent", host.draft(start=None))
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", ["start"])


def test_updated_is_the_server_s_where_it_is_the_origin(host: Calendars) -> None:
    told = host.created("CalendarEvent", host.draft(updated=LONG_AGO, created="2999-01-01T00:00:00Z"))
    event = host.event(told["id"])
    assert is_now(event["updated"]) and told["updated"] == event["updated"]
    assert event["created"] == event["updated"] == told["created"]


def test_updated_is_the_client_s_where_it_is_not(host: Calendars) -> None:
    theirs = {"organizerCalendarAddress": "mailto:bob@example.org", "participants": {"b": person("bob@example.org")}}
    told = host.created("CalendarEvent", host.draft(updated=LONG_AGO, **theirs))
    assert host.event(told["id"])["updated"] == LONG_AGO
    assert told["isOrigin"] is False and "updated" not in told


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_drafts(host: Calendars) -> None:
    id = host.new(isDraft=True)
    assert host.event(id, properties=["isDraft"])["isDraft"] is True
    host.updated(id, {"title": "Still one"})
    assert host.event(id)["isDraft"] is True
    host.updated(id, {"isDraft": False})
    assert host.event(id)["isDraft"] is False
    wrong = host.not_updated(id, {"isDraft": True})
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", ["isDraft"])


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_utc_start_takes_the_event_s_time_zone(host: Calendars) -> None:
    draft = host.draft(utcStart="2026-07-05T07:00:00Z", utcEnd="2026-07-05T08:30:00Z")
    for name in ("start", "duration"):
        del draft[name]
    told = host.created("CalendarEvent", draft)
    event = host.event(told["id"])
    assert (event["start"], event["timeZone"], event["duration"]) == ("2026-07-05T09:00:00", "Europe/Berlin", "PT1H30M")
    assert told["start"] == event["start"] and told["duration"] == event["duration"]
    assert told.keys().isdisjoint({"utcStart", "utcEnd", "timeZone"})


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_utc_start_takes_the_calendars_time_zone(host: Calendars) -> None:
    tokyo = host.created("Calendar", {"name": "Tokyo", "timeZone": "Asia/Tokyo"})["id"]
    for calendars, zone, start in (
        ({tokyo}, "Asia/Tokyo", "2026-07-05T16:00:00"),
        ({tokyo, host.calendar()}, "Etc/UTC", "2026-07-05T07:00:00"),
    ):
        given = {"calendarIds": dict.fromkeys(calendars, True), "utcStart": "2026-07-05T07:00:00Z"}
        told = host.created("CalendarEvent", given)
        assert (told["timeZone"], told["start"]) == (zone, start)
        event = host.event(told["id"])
        assert (event["timeZone"], event["start"]) == (zone, start)


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({"utcStart": "2026-01-05T08:00:00Z"}, ["utcStart", "start"]),
        ({"utcEnd": "2026-01-05T09:00:00Z"}, ["utcEnd", "duration"]),
        ({"utcEnd": "2026-01-05T07:00:00Z", "duration": None}, ["utcEnd"]),
        ({"method": "request"}, ["method"]),
        ({"@type": "Task"}, ["@type"]),
        ({"isOrigin": True}, ["isOrigin"]),
        ({"baseEventId": "E1"}, ["baseEventId"]),
        ({"calendarIds": {}}, ["calendarIds"]),
        ({"calendarIds": {"nowhere": True}}, ["calendarIds"]),
        ({"utcStart": "tomorrow", "start": None}, ["utcStart"]),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_what_is_refused(host: Calendars, given: dict[str, Any], pointers: list[str]) -> None:
    wrong = host.refused("CalendarEvent", host.draft(**given))
    assert wrong["type"] == "invalidProperties" and wrong["properties"] == pointers
    assert all(pointer in wrong["description"] for pointer in pointers)
    assert host.files() == {}


@pytest.mark.rfc("jmap-calendars-27", "5")
@pytest.mark.parametrize(
    "patch",
    [
        {"utcStart": "2026-01-12T08:00:00Z"},
        {"utcEnd": "2026-01-12T08:00:00Z"},
        {"isDraft": True},
        {"mayInviteSelf": True},
        {"mayInviteOthers": True},
        {"hideAttendees": True},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_what_overrides_cannot_have(host: Calendars, patch: dict[str, Any]) -> None:
    date = "2026-01-12T09:00:00"
    wrong = host.refused("CalendarEvent", host.draft(recurrenceRule=WEEKLY, recurrenceOverrides={date: patch}))
    assert wrong["type"] == "invalidProperties"
    assert wrong["properties"] == [f"recurrenceOverrides/{date}/{next(iter(patch))}"]
    assert host.files() == {}


@pytest.mark.rfc("jmap-calendars-27", "1.5.1")
def test_participants_are_counted(host: Calendars) -> None:
    many = {f"p{number}": person(f"p{number}@example.org") for number in range(1001)}
    assert host.refused("CalendarEvent", host.draft(participants=many))["properties"] == ["participants"]


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_a_uid_is_there_once(host: Calendars) -> None:
    first = host.new(uid="u1")
    wrong = host.refused("CalendarEvent", host.draft(uid="u1"))
    assert (wrong["type"], wrong["properties"], wrong["existingId"]) == ("invalidProperties", ["uid"], first)
    two = {key: host.draft(uid="u2") for key in "ab"}
    answer = host.call("CalendarEvent/set", {"create": two})
    assert len(answer["created"]) == len(answer["notCreated"]) == 1
    again = host.call("CalendarEvent/set", {"create": {"a": host.draft(uid="u1")}, "destroy": [first]})
    assert again["notCreated"] is None and again["destroyed"] == [first]


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_occurrences_make_way_for_their_event(host: Calendars) -> None:
    one, other = (f"2026-01-{day}T09:00:00" for day in ("12", "19"))
    ids = [host.new(uid="u1", recurrenceId=date, start=date) for date in (one, other)]
    assert len(set(ids)) == 2
    assert host.refused("CalendarEvent", host.draft(uid="u1", recurrenceId=one))["existingId"] == ids[0]
    series = host.draft(uid="u1", recurrenceRule=WEEKLY)
    assert host.refused("CalendarEvent", series)["properties"] == ["uid"]
    answer = host.call("CalendarEvent/set", {"create": {"s": series}, "destroy": ids})
    assert answer["notCreated"] is None and sorted(answer["destroyed"]) == sorted(ids)
    (event,) = host.events()
    assert event["recurrenceRule"]["frequency"] == "weekly"


class TestOrganizer:
    def test_is_the_user_who_owns_it(self, host: Calendars) -> None:
        people = {"a": person("ally@example.org", "owner", "attendee"), "b": person("bob@example.org")}
        told = host.created("CalendarEvent", host.draft(participants=people))
        assert told["organizerCalendarAddress"] == "mailto:ally@example.org"
        assert told["isOrigin"] is True
        assert host.event(told["id"])["organizerCalendarAddress"] == "mailto:ally@example.org"

    def test_is_the_default_identity(self, host: Calendars) -> None:
        default = next(each for each in host.call("ParticipantIdentity/get")["list"] if each["isDefault"])
        id = host.new()
        told = host.updated(id, {"participants": {"b": person("bob@example.org")}})
        assert told is not None and told["organizerCalendarAddress"] == default["calendarAddress"]

    def test_stays_what_the_client_says(self, host: Calendars) -> None:
        theirs = "mailto:carol@example.org"
        id = host.new(participants={"b": person("bob@example.org")}, organizerCalendarAddress=theirs)
        assert host.event(id)["organizerCalendarAddress"] == theirs


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_who_is_invited_to_one_occurrence_has_an_organizer(host: Calendars) -> None:
    host.calendar()
    default = next(each["calendarAddress"] for each in host.got("ParticipantIdentity") if each["isDefault"])
    overrides = {"2026-01-12T09:00:00": {"participants": {"b": person("bob@example.org")}}}
    made = host.created("CalendarEvent", host.draft(recurrenceRule=WEEKLY, recurrenceOverrides=overrides))
    id = host.new(recurrenceRule=WEEKLY)
    told = host.updated(id, {"recurrenceOverrides": overrides})
    assert told is not None and made["organizerCalendarAddress"] == told["organizerCalendarAddress"] == default
    assert host.event(id)["organizerCalendarAddress"] == default
