"""hideAttendees wherever participants may show (jmap-calendars-27 5.1.3, 5.7): only owners know who else is there."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars, person, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.1.3")
PEOPLE = {"b": person("bob@example.org", "owner"), "c": person("carol@example.org", name="Caroline")}

LINK = {"@type": "Link", "href": "data:,hi"}


@pytest.fixture
def host(make_host: Any) -> Calendars:
    """bob's account, which alice sees, too; bob is logged in."""
    made: Calendars = make_host({"bob": ["alice"]})
    made.log_in("bob").use("bob")
    return made


def subscribed(host: Calendars) -> None:
    """alice to "home"; bob is logged in again."""
    home = host.calendar()
    host.log_in("alice")
    host.updated(home, {"isSubscribed": True}, "Calendar")
    host.log_in("bob")


def test_who_is_hidden_is_not_found(host: Calendars) -> None:
    id = host.new(participants=PEOPLE, hideAttendees=True)
    shown = host.new(participants=PEOPLE)
    filters: list[dict[str, str]] = [{"attendee": "carol"}, {"text": "caroline"}]
    for filter in filters:
        assert set(host.query(filter)) == {id, shown}
    host.log_in("alice")
    for filter in filters:
        assert host.query(filter) == [shown]
    assert set(host.query({"owner": "bob"})) == set(host.query({"text": "lunch"})) == {id, shown}


def test_who_is_hidden_is_in_no_notification(host: Calendars) -> None:
    subscribed(host)
    id = host.new(participants=PEOPLE, hideAttendees=True)
    host.updated(id, {"title": "Dinner", "participants/d": person("dan@example.org")})
    host.log_in("alice")
    made, changed = sorted(host.call("CalendarEventNotification/get", {"ids": None})["list"], key=lambda x: x["type"])
    assert made["event"]["participants"].keys() == changed["event"]["participants"].keys() == {"b"}
    assert changed["eventPatch"]["title"] == "Dinner"
    assert not any(path.startswith("participants") for path in changed["eventPatch"])


def test_a_file_tells_nothing_of_who_is_hidden(host: Calendars) -> None:
    """Neither by the override of a program that does not know the property, nor by what is kept of iCalendar."""
    attendees = ("ATTENDEE;X-OWN=1:mailto:carol@example.org", "ATTENDEE;ROLE=CHAIR:mailto:carol@example.org")
    people = ("ORGANIZER:mailto:bob@example.org", *attendees)
    hiding = 'JSPROP;JSPTR="hideAttendees":true'
    one = vevent("u1", "RECURRENCE-ID:20260112T090000Z", *people, start="20260112T100000Z")
    host.write("a.ics", vcalendar(vevent("u1", "RRULE:FREQ=WEEKLY", hiding, *people), one), user="bob")
    (event,) = host.events()
    names = ["iCalendar", "participants", "hideAttendees", "recurrenceOverrides"]
    both = [event["id"], f"{event['id']}_20260112T090000"]
    assert "carol" in str(host.events(both, properties=names))
    host.log_in("alice")
    found = host.events(both, properties=names)
    assert "carol" not in str(found)
    assert [each["hideAttendees"] for each in found] == [True, True]
    assert found[0]["recurrenceOverrides"] == {"2026-01-12T09:00:00": {"start": "2026-01-12T10:00:00"}}


def test_who_is_hidden_stays(host: Calendars) -> None:
    id = host.new(participants=PEOPLE, hideAttendees=True)
    host.log_in("alice")
    host.updated(id, {"participants": {"b": PEOPLE["b"], "d": person("dan@example.org")}})
    host.log_in("bob")
    assert host.event(id)["participants"].keys() == {"b", "c", "d"}


@pytest.mark.parametrize("patch", [{"participants": 1}, {"recurrenceOverrides": {"2026-01-12T09:00:00": 1}}])
def test_what_is_wrong_is_refused(host: Calendars, patch: dict[str, Any]) -> None:
    overrides = {"2026-01-12T09:00:00": {"participants/c/participationStatus": "declined"}}
    id = host.new(participants=PEOPLE, hideAttendees=True, recurrenceRule=WEEKLY, recurrenceOverrides=overrides)
    host.log_in("alice")
    assert host.not_updated(id, patch)["type"] == "invalidProperties"


@pytest.mark.parametrize(
    "patch", [{"participants": {"b": PEOPLE["b"] | {"name": "B"}}}, {"participants/b/links": {"1": LINK}}]
)
def test_who_is_hidden_is_in_no_answer(host: Calendars, patch: dict[str, Any]) -> None:
    id = host.new(participants=PEOPLE, hideAttendees=True, recurrenceRule=WEEKLY)
    host.log_in("alice")
    for each in (id, f"{id}_20260112T090000"):
        assert "carol" not in str(host.updated(each, patch))
        assert host.event(each)["participants"].keys() == {"b"}


def test_answers_of_who_is_hidden_stay(host: Calendars) -> None:
    answer = {"participants/c/participationStatus": "declined"}
    overrides = {"2026-01-12T09:00:00": answer | {"title": "Dinner"}, "2026-01-19T09:00:00": answer}
    id = host.new(participants=PEOPLE, hideAttendees=True, recurrenceRule=WEEKLY, recurrenceOverrides=overrides)
    host.log_in("alice")
    shown = host.event(id)["recurrenceOverrides"]
    assert shown == {"2026-01-12T09:00:00": {"title": "Dinner"}, "2026-01-19T09:00:00": {}}
    shown = {"2026-01-12T09:00:00": {"title": "Breakfast"}, "2026-01-19T09:00:00": {"excluded": True}}
    assert "declined" not in str(host.updated(id, {"recurrenceOverrides": shown}))
    host.log_in("bob")
    assert host.event(id)["recurrenceOverrides"] == {
        "2026-01-12T09:00:00": answer | {"title": "Breakfast"},
        "2026-01-19T09:00:00": {"excluded": True},
    }


@pytest.mark.rfc("jmap-calendars-27", "5.10")
def test_who_is_hidden_is_in_no_copy(host: Calendars) -> None:
    id = host.new(participants=PEOPLE, hideAttendees=True)
    host.log_in("alice").use("alice")
    given = {"c": {"id": id, "calendarIds": {host.calendar(): True}}}
    answer = host.call("CalendarEvent/copy", {"fromAccountId": "bob", "create": given})
    assert host.event(answer["created"]["c"]["id"])["participants"].keys() == {"b"}
