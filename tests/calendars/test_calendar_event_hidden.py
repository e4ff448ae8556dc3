"""hideAttendees wherever participants may show (jmap-calendars-27 5.1.3, 5.7): only owners know who else is there."""

from typing import Any

import pytest

from tests.calendars.host import Calendars, person

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.1.3")
PEOPLE = {"b": person("bob@example.org", "owner"), "c": person("carol@example.org", name="Caroline")}


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


def test_who_is_hidden_stays(host: Calendars) -> None:
    id = host.new(participants=PEOPLE, hideAttendees=True)
    host.log_in("alice")
    host.updated(id, {"participants": {"b": PEOPLE["b"], "d": person("dan@example.org")}})
    host.log_in("bob")
    assert host.event(id)["participants"].keys() == {"b", "c", "d"}


@pytest.mark.rfc("jmap-calendars-27", "5.10")
def test_who_is_hidden_is_in_no_copy(host: Calendars) -> None:
    id = host.new(participants=PEOPLE, hideAttendees=True)
    host.log_in("alice").use("alice")
    given = {"c": {"id": id, "calendarIds": {host.calendar(): True}}}
    answer = host.call("CalendarEvent/copy", {"fromAccountId": "bob", "create": given})
    assert host.event(answer["created"]["c"]["id"])["participants"].keys() == {"b"}
