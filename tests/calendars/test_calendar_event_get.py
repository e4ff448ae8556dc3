"""CalendarEvent/get and /changes (jmap-calendars-27 5, 5.7, 5.8)."""

import re

import pytest

from tests.calendars.host import PARSE, USING, WEEKLY, Calendars, person, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.7")


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_a_file_is_an_event(host: Calendars) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "SUMMARY:Lunch", "DTEND:20260105T100000Z", "X-OWN:kept")))
    (event,) = host.events()
    assert (event["@type"], event["uid"], event["title"]) == ("Event", "u1", "Lunch")
    assert (event["start"], event["duration"], event["timeZone"]) == ("2026-01-05T09:00:00", "PT1H", "Etc/UTC")
    assert event["calendarIds"] == {host.calendar(): True}
    assert (event["isDraft"], event["isOrigin"]) == (False, True)
    assert re.fullmatch(r"E[0-9a-f]{24}", event["id"])
    assert event.keys().isdisjoint({"iCalendar", "utcStart", "utcEnd", "baseEventId", "method", "blobId"})


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_the_id_comes_from_the_uid(host: Calendars) -> None:
    path = host.write("a.ics", vcalendar(vevent("u1")))
    (event,) = host.events()
    path.rename(path.with_name("b.ics"))
    assert [each["id"] for each in host.events()] == [event["id"]]


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_single_occurrences_without_their_event_are_events_of_their_own(host: Calendars) -> None:
    one = vevent("u1", "RECURRENCE-ID:20260112T090000Z", "SUMMARY:One", start="20260112T100000Z")
    other = vevent("u1", "RECURRENCE-ID:20260119T090000Z", "SUMMARY:Other", start="20260119T100000Z")
    host.write("a.ics", vcalendar(one, other))
    events = sorted(host.events(), key=lambda event: event["start"])
    assert [(each["uid"], each["recurrenceId"], each["title"]) for each in events] == [
        ("u1", "2026-01-12T09:00:00", "One"),
        ("u1", "2026-01-19T09:00:00", "Other"),
    ]
    assert events[0]["id"] != events[1]["id"]


@pytest.mark.rfc("8620", "5.1")
def test_properties_can_be_chosen(host: Calendars) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "SUMMARY:Lunch")))
    (event,) = host.events()
    names = ["title", "start", "locations", "example.com:own", "unheardOf", "isOrigin", "isDraft", "baseEventId"]
    (some,) = host.events([event["id"]], properties=names)
    assert some == {
        "id": event["id"],
        "title": "Lunch",
        "start": "2026-01-05T09:00:00",
        "isOrigin": True,
        "isDraft": False,
        "baseEventId": None,
    }
    assert host.events([event["id"]], properties=[]) == [{"id": event["id"]}]
    for name in ("", "a b", "Title", "blobId"):
        assert host.error("CalendarEvent/get", {"properties": [name]})["type"] == "invalidArguments"


def test_the_icalendar_property_is_only_told_when_asked_for(host: Calendars) -> None:
    host.write("a.ics", vcalendar(vevent("u1", "X-OWN:kept")))
    (event,) = host.events()
    assert "iCalendar" not in event
    assert "x-own" in str(host.event(event["id"], properties=["iCalendar"])["iCalendar"]).lower()


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_an_occurrence_of_a_draft_is_one(host: Calendars) -> None:
    """Also where another program changed it: that knows nothing of isDraft."""
    id = host.new(isDraft=True, recurrenceRule=WEEKLY)
    (path,) = host.collections.glob("alice/home/*.ics")
    one = vevent(host.event(id)["uid"], "RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000", "SUMMARY:Dinner")
    path.write_text(path.read_text().replace("END:VCALENDAR", f"{one}END:VCALENDAR"))
    assert host.event(f"{id}_20260112T090000", properties=["title", "isDraft"])["isDraft"] is True
    assert "isDraft" not in host.event(id)["recurrenceOverrides"]["2026-01-12T09:00:00"]


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
def test_no_override_leads_into_the_icalendar_property(host: Calendars) -> None:
    """Its parent would not be there, which makes the whole PatchObject invalid."""
    alarm = ("BEGIN:VALARM", "UID:a", "ACTION:DISPLAY", "TRIGGER:-PT5M", "DESCRIPTION:%s", "X-OWN:%s", "END:VALARM")
    main, other, third = (
        ("X-OWN:" + text, "SUMMARY;X-OWN=" + text + ":Lunch", *(line.replace("%s", text) for line in alarm))
        for text in ("one", "other", "third")
    )
    path = host.write(
        "a.ics",
        vcalendar(
            vevent("u1", "RRULE:FREQ=WEEKLY", *main),
            vevent("u1", "RECURRENCE-ID:20260112T090000Z", *other, start="20260112T100000Z"),
            vevent("u1", "RECURRENCE-ID:20260119T090000Z", *third, *alarm, start="20260119T100000Z"),
        ),
    )
    before = path.read_text()
    (event,) = host.events()
    overrides = event["recurrenceOverrides"]
    assert host.updated(event["id"], {"recurrenceOverrides": overrides, "alerts": event["alerts"]}) is None
    assert path.read_text() == before
    assert overrides["2026-01-12T09:00:00"] == {"start": "2026-01-12T10:00:00"}
    assert "iCalendar" not in str(overrides)
    moved = {date: patch | {"start": patch["start"][:-1] + "1"} for date, patch in overrides.items()}
    host.updated(event["id"], {"recurrenceOverrides": moved})
    assert host.event(event["id"])["recurrenceOverrides"] == moved
    left = re.findall("DESCRIPTION.*|.*X-OWN.*", path.read_text())
    assert left == re.findall("DESCRIPTION.*|.*X-OWN.*", before)


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
def test_overrides_point_to_nothing_that_is_not_told(host: Calendars) -> None:
    """A client has to refuse such a patch as a whole, and with it the time of that occurrence."""
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:{}\r\nTRIGGER:-PT5M\r\nEND:VALARM"
    series = vevent("u1", "X-OWN:a", "RRULE:FREQ=WEEKLY", alarm.format("a"), "ATTENDEE;X-OWN=a:mailto:x@y.net")
    lines = ("RECURRENCE-ID:20260112T090000Z", "X-OWN:b", alarm.format("b"), "ATTENDEE;X-OWN=b:mailto:x@y.net")
    host.write("a.ics", vcalendar(series, vevent("u1", *lines, start="20260112T100000Z")))
    (event,) = host.events()
    assert event["recurrenceOverrides"] == {"2026-01-12T09:00:00": {"start": "2026-01-12T10:00:00"}}
    asked = host.event(event["id"], properties=["iCalendar", "recurrenceOverrides"])
    assert "x-own" in str(asked["recurrenceOverrides"])


def test_utc_start_and_end(host: Calendars) -> None:
    id = host.new(start="2026-07-05T09:00:00", timeZone="Europe/Berlin", duration="PT90M")
    assert host.event(id, properties=["utcStart", "utcEnd"]) == {
        "id": id,
        "utcStart": "2026-07-05T07:00:00Z",
        "utcEnd": "2026-07-05T08:30:00Z",
    }


def test_floating_events_are_interpreted_in_the_time_zone_given(host: Calendars) -> None:
    id = host.new(timeZone=None)
    assert host.event(id, properties=["utcStart"])["utcStart"] == "2026-01-05T09:00:00Z"
    found = host.event(id, properties=["utcStart", "utcEnd"], timeZone="America/New_York")
    assert (found["utcStart"], found["utcEnd"]) == ("2026-01-05T14:00:00Z", "2026-01-05T15:00:00Z")
    assert host.error("CalendarEvent/get", {"timeZone": "Nowhere/Else"})["type"] == "invalidArguments"


@pytest.mark.parametrize("name", ["utcStart", "utcEnd"])
def test_overrides_cannot_be_had_with_utc_times(host: Calendars, name: str) -> None:
    wrong = host.error("CalendarEvent/get", {"properties": ["recurrenceOverrides", name]})
    assert wrong["type"] == "invalidArguments"


OVERRIDES = {f"2026-01-{day}T09:00:00": {"title": day} for day in ("12", "19", "26")}


def test_overrides_of_a_time(host: Calendars) -> None:
    id = host.new(recurrenceRule=WEEKLY, recurrenceOverrides=OVERRIDES)

    def days(**arguments: str) -> list[str]:
        return sorted(date[8:10] for date in host.event(id, **arguments).get("recurrenceOverrides", {}))

    assert days() == ["12", "19", "26"]
    # Berlin is an hour ahead; "on or after", and "before"
    assert days(recurrenceOverridesAfter="2026-01-19T08:00:00Z") == ["19", "26"]
    assert days(recurrenceOverridesAfter="2026-01-19T08:00:01Z") == ["26"]
    assert days(recurrenceOverridesBefore="2026-01-19T08:00:00Z") == ["12"]
    assert days(recurrenceOverridesAfter="2026-01-13T00:00:00Z", recurrenceOverridesBefore="2026-01-20T00:00:00Z") == [
        "19"
    ]


def people(**more: object) -> dict[str, object]:
    return {
        "participants": {
            "o": person("owner@example.org", "owner"),
            "a": person("alice@example.org", participationStatus="accepted"),
            "x": person("x@example.org"),
        },
        "organizerCalendarAddress": "mailto:owner@example.org",
        "recurrenceRule": WEEKLY,
        "recurrenceOverrides": {
            "2026-01-12T09:00:00": {
                "participants/x/participationStatus": "declined",
                "participants/a/participationStatus": "declined",
                "participants/y": person("y@example.org"),
                "participants/p": person("p@example.org", "owner"),
            }
        },
        **more,
    }


def test_reduced_participants(host: Calendars) -> None:
    id = host.new(**people())
    whole, less = host.event(id), host.event(id, reduceParticipants=True)
    assert whole["participants"].keys() == {"o", "a", "x"}
    assert less["participants"].keys() == {"o", "a"}
    assert less["recurrenceOverrides"]["2026-01-12T09:00:00"].keys() == {
        "participants/a/participationStatus",
        "participants/p",
    }


@pytest.mark.rfc("jmap-calendars-27", "5.1.3")
def test_hidden_attendees_are_shown_to_owners_only(host: Calendars) -> None:
    theirs = host.new(**people(hideAttendees=True))
    assert host.event(theirs)["participants"].keys() == {"o", "a"}
    assert host.event(theirs, properties=["participants"])["participants"].keys() == {"o", "a"}
    mine = people(hideAttendees=True, organizerCalendarAddress="mailto:alice@example.org")
    mine["participants"] = {"a": person("alice@example.org", "owner", "attendee"), "x": person("x@example.org")}
    assert host.event(host.new(**mine))["participants"].keys() == {"a", "x"}


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_is_origin(host: Calendars) -> None:
    ours = host.new(organizerCalendarAddress="MAILTO:alice@EXAMPLE.org")
    theirs = host.new(organizerCalendarAddress="mailto:bob@example.org")
    none = host.new()
    found = {each["id"]: each["isOrigin"] for each in host.events(properties=["isOrigin"])}
    assert found == {ours: True, theirs: False, none: True}


def test_the_octets_of_an_event_are_a_blob(host: Calendars) -> None:
    event = vcalendar(vevent("u1", "X-OWN:kept"))
    host.write("a.ics", event)
    (found,) = host.call("CalendarEvent/get", {"properties": ["blobId"]}, (*USING, PARSE))["list"]
    octets = host.download(found["blobId"])
    assert isinstance(octets, bytes) and b"X-OWN:kept" in octets


@pytest.mark.rfc("jmap-calendars-27", "5.8")
def test_changes(host: Calendars) -> None:
    path = host.write("a.ics", vcalendar(vevent("u1")))
    (first,) = host.events()
    state = host.call("CalendarEvent/get", {"ids": []})["state"]
    series = host.new(recurrenceRule=WEEKLY)
    path.write_text(vcalendar(vevent("u1", "SUMMARY:Now with a title")))
    changes = host.call("CalendarEvent/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([series], [first["id"]], [])
    host.updated(f"{series}_20260112T090000", {"title": "Other"})
    later = host.call("CalendarEvent/changes", {"sinceState": changes["newState"]})
    assert (later["created"], later["updated"], later["destroyed"]) == ([], [series], [])
    path.unlink()
    last = host.call("CalendarEvent/changes", {"sinceState": later["newState"]})
    assert last["destroyed"] == [first["id"]]
