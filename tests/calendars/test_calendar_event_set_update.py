"""CalendarEvent/set, update and destroy (jmap-calendars-27 5.9, 5.9.1)."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars, person, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9")
LONG_AGO = "2001-01-01T00:00:00Z"
ALERT = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}
THEIRS = {"organizerCalendarAddress": "mailto:bob@example.org", "participants": {"b": person("bob@example.org")}}


def test_only_the_lines_of_what_changed_change(host: Calendars) -> None:
    text = vcalendar(vevent("u1", "X-OWN;A=b:kept", "SUMMARY:Old", "DURATION:PT1H", "SEQUENCE:4"))
    path = host.write("a.ics", text)
    (event,) = host.events()
    told = host.updated(event["id"], {"title": "New"})
    assert told is not None and told["sequence"] == 5 and told["updated"] > event["updated"]
    before, after = text.splitlines(), path.read_text().splitlines()
    gone, new = [line for line in before if line not in after], [line for line in after if line not in before]
    stamps = ("DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:5")
    assert [line for line in gone if not line.startswith(("DTSTAMP:", "SEQUENCE:"))] == ["SUMMARY:Old"]
    assert [line for line in new if not line.startswith(stamps)] == ["SUMMARY:New"]


@pytest.mark.parametrize(
    ("patch", "sequence"),
    [
        ({"title": "Other"}, 4),
        ({"title": "Other", "sequence": 3}, 4),
        ({"title": "Other", "sequence": 2}, 4),
        ({"title": "Other", "sequence": 9}, 9),
        ({"sequence": 9}, 9),
        ({"recurrenceOverrides": {"2026-01-12T09:00:00": {"title": "Other"}}}, 4),
        ({"recurrenceOverrides": {"2026-01-12T09:00:00": {"excluded": True}}}, 4),
        ({"created": LONG_AGO}, 4),
        ({"updated": LONG_AGO}, 3),
        ({"isDraft": False}, 3),
        ({"keywords": {"a": True}}, 3),
        ({"color": "red"}, 3),
        ({"freeBusyStatus": "free"}, 3),
        ({"useDefaultAlerts": True}, 3),
        ({"alerts": {"1": ALERT}}, 3),
        ({"recurrenceOverrides": {"2026-01-12T09:00:00": {"color": "red"}}}, 3),
    ],
    ids=str,
)
def test_sequence(host: Calendars, patch: dict[str, Any], sequence: int) -> None:
    id = host.new(sequence=3, recurrenceRule=WEEKLY, isDraft=True)
    told = host.updated(id, patch)
    assert host.event(id)["sequence"] == sequence
    is_told = sequence != patch.get("sequence", 3)
    assert (told or {}).get("sequence", None) == (sequence if is_told else None)


def test_moving_it_is_no_revision(host: Calendars) -> None:
    id, work = host.new(), host.calendar("work")
    host.updated(id, {"calendarIds": {work: True}})
    event = host.event(id)
    assert event["calendarIds"] == {work: True} and event.get("sequence", 0) == 0
    assert [name.partition("/")[0] for name in host.files()] == ["work"]


def test_updated_is_set_where_the_server_is_the_origin(host: Calendars) -> None:
    host.write("a.ics", vcalendar(vevent("u1")))
    (event,) = host.events()
    told = host.updated(event["id"], {"color": "red", "updated": LONG_AGO})
    assert told is not None and told["updated"] > "2026-01-01T00:00:00Z"
    assert host.event(event["id"])["updated"] == told["updated"]


def test_nothing_is_set_where_it_is_not(host: Calendars) -> None:
    id = host.new(updated=LONG_AGO, sequence=3, **THEIRS)
    assert host.updated(id, {"title": "Other"}) is None
    event = host.event(id)
    assert (event["updated"], event["sequence"], event["title"]) == (LONG_AGO, 3, "Other")


def test_a_patch_that_changes_nothing(host: Calendars) -> None:
    id = host.new()
    before, state = host.event(id), host.call("CalendarEvent/get", {"ids": []})["state"]
    assert host.updated(id, {"title": "Lunch", "isDraft": False}) is None
    assert host.event(id) == before and host.call("CalendarEvent/get", {"ids": []})["state"] == state


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_utc_times(host: Calendars) -> None:
    id = host.new(start="2026-07-05T09:00:00")
    told = host.updated(id, {"utcStart": "2026-07-06T10:00:00Z"})
    assert told is not None and told["start"] == "2026-07-06T12:00:00"
    host.updated(id, {"utcEnd": "2026-07-06T10:10:00Z"})
    event = host.event(id)
    assert (event["start"], event["duration"]) == ("2026-07-06T12:00:00", "PT10M")
    both = {"utcStart": "2026-07-07T10:00:00Z", "start": "2026-07-08T12:00:00"}
    assert host.not_updated(id, both)["properties"] == ["utcStart", "start"]


@pytest.mark.parametrize("is_one", [False, True])
def test_utc_times_of_which_one_changes(host: Calendars, is_one: bool) -> None:
    id = host.new(start="2026-01-05T09:00:00", recurrenceRule=WEEKLY)
    id = f"{id}_20260105T090000" if is_one else id
    host.updated(id, {"utcStart": "2026-01-05T08:30:00Z", "utcEnd": "2026-01-05T09:00:00Z"})
    event = host.event(id, properties=["start", "duration", "utcEnd"])
    assert (event["start"], event["duration"]) == ("2026-01-05T09:30:00", "PT30M")
    assert event["utcEnd"] == "2026-01-05T09:00:00Z"
    host.updated(id, {"timeZone": "America/New_York", "utcStart": "2026-01-05T08:30:00Z"})
    event = host.event(id, properties=["start", "duration", "timeZone"])
    assert (event["start"], event["duration"]) == ("2026-01-05T03:30:00", "PT30M")
    assert event["timeZone"] == "America/New_York"
    both = {"utcStart": "2026-01-05T08:30:00Z", "start": "2026-01-05T05:00:00"}
    assert host.not_updated(id, both)["properties"] == ["utcStart", "start"]


def test_utc_times_that_stay(host: Calendars) -> None:
    id = host.new(start="2026-01-05T09:00:00", duration="P1D", timeZone=None)
    same = {"utcStart": "2026-01-05T09:00:00Z", "utcEnd": "2026-01-06T09:00:00Z"}
    host.updated(id, same | {"title": "Dinner"})
    event = host.event(id)
    assert (event["start"], event["duration"], event["title"]) == ("2026-01-05T09:00:00", "P1D", "Dinner")
    assert event.get("timeZone") is None


def test_participation_is_not_reset(host: Calendars) -> None:
    people = {"b": person("bob@example.org", participationStatus="accepted", expectReply=True)}
    id = host.new(participants=people)
    host.updated(id, {"start": "2026-02-01T09:00:00"})
    found = host.event(id)["participants"]["b"]
    assert (found["participationStatus"], found["expectReply"]) == ("accepted", True)


@pytest.mark.parametrize("name", ["uid", "id", "isOrigin", "baseEventId"])
def test_what_cannot_be_changed(host: Calendars, name: str) -> None:
    wrong = host.not_updated(host.new(), {name: False if name == "isOrigin" else "E1"})
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", [name])


def test_what_was_wrong_before_may_stay(host: Calendars) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "PRIORITY:77", "COLOR:no color at all", "SUMMARY:Old")))
    (event,) = host.events()
    host.updated(event["id"], {"title": "New"})
    assert host.event(event["id"])["title"] == "New"


def test_what_is_not_told_of_overrides_stays(host: Calendars) -> None:
    """When a client sends them back whole; a part that is gone takes what was in it along."""
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:{}\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    lines = ("RECURRENCE-ID:20260112T090000Z", "SUMMARY:Old", "X-OWN:b", alarm.format("Soon!"))
    series = vevent("u1", "X-OWN:a", "RRULE:FREQ=WEEKLY", alarm.format("a"))
    path = host.write("a.ics", vcalendar(series, vevent("u1", *lines, start="20260112T100000Z")))
    (event,) = host.events()
    overrides = event["recurrenceOverrides"]
    overrides["2026-01-12T09:00:00"]["title"] = "New"
    host.updated(event["id"], {"recurrenceOverrides": overrides})
    text = path.read_text()
    assert all(text.count(line) == 1 for line in ("X-OWN:a", "X-OWN:b", "DESCRIPTION:Soon!", "SUMMARY:New"))
    host.updated(event["id"], {"recurrenceOverrides": overrides, "alerts": None})
    text = path.read_text()
    assert "VALARM" not in text and all(text.count(line) == 1 for line in ("X-OWN:b", "SUMMARY:New"))


def test_destroy(host: Calendars) -> None:
    id = host.new()
    host.destroyed(id)
    assert host.files() == {} and host.events() == []
    assert host.call("CalendarEvent/set", {"destroy": [id]})["notDestroyed"][id]["type"] == "notFound"


class TestPatching:
    """5.9.1, with its own example."""

    pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9.1")
    DATE = "2026-01-12T09:00:00"

    @pytest.fixture
    def meeting(self, host: Calendars) -> str:
        people = {"tom": person("tom@example.org"), "zoe": person("zoe@example.org", "owner", "attendee", "chair")}
        override = {"start": "2026-01-12T10:00:00", "participants/tom/participationStatus": "declined"}
        more = {"organizerCalendarAddress": "mailto:1@schedule.example.org", "participants": people}
        return host.new(recurrenceRule=WEEKLY, recurrenceOverrides={self.DATE: override}, **more)

    def override(self, host: Calendars, id: str) -> Any:
        return host.event(id)["recurrenceOverrides"][self.DATE]

    def test_into_an_override(self, host: Calendars, meeting: str) -> None:
        pointer = f"recurrenceOverrides/{self.DATE}/participants~1zoe~1participationStatus"
        host.updated(meeting, {pointer: "declined"})
        assert self.override(host, meeting) == {
            "start": "2026-01-12T10:00:00",
            "participants/tom/participationStatus": "declined",
            "participants/zoe/participationStatus": "declined",
        }

    def test_out_of_an_override(self, host: Calendars, meeting: str) -> None:
        host.updated(meeting, {f"recurrenceOverrides/{self.DATE}/participants~1tom~1participationStatus": None})
        assert self.override(host, meeting) == {"start": "2026-01-12T10:00:00"}

    def test_null_within_an_override_needs_the_whole_of_it(self, host: Calendars, meeting: str) -> None:
        before = self.override(host, meeting)
        host.updated(meeting, {f"recurrenceOverrides/{self.DATE}/participants~1tom": None})
        assert self.override(host, meeting) == before
        host.updated(meeting, {f"recurrenceOverrides/{self.DATE}": {"participants/tom": None}})
        assert self.override(host, meeting) == {"participants/tom": None}
