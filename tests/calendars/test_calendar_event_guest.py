"""Events in another's account: privacy, per-user properties, hidden attendees (jmap-calendars-27 5.4, 5.7, 5.9)."""

from typing import Any

import pytest

from tests.calendars.host import PARSE, USING, WEEKLY, Calendars, person

SHARED = {"bob": ["alice"]}
SECRET, PRIVATE = "secret", "private"


@pytest.fixture
def host(make_host: Any) -> Calendars:
    """bob's account, as bob sees it; alice may write in it."""
    made: Calendars = make_host(SHARED)
    made.log_in("bob").use("bob")
    return made


def as_alice(host: Calendars) -> Calendars:
    host.log_in("alice")
    return host


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_of_what_is_private_only_times_are_told(host: Calendars) -> None:
    people = {"c": person("carol@example.org")}
    override = {"title": "Other", "start": "2026-01-12T10:00:00", "locations": {"1": {"name": "Room"}}}
    overrides = {"2026-01-12T09:00:00": override, "2026-01-19T09:00:00": {"excluded": True}}
    private = {"privacy": PRIVATE, "recurrenceRule": WEEKLY, "recurrenceOverrides": overrides, "participants": people}
    id = host.new("Doctor", description="Knee", **private)
    assert host.event(id)["title"] == "Doctor"
    seen = as_alice(host).event(id)
    assert seen.keys().isdisjoint({"title", "description", "participants", "organizerCalendarAddress", "prodId"})
    assert (seen["start"], seen["duration"], seen["privacy"]) == ("2026-01-05T09:00:00", "PT1H", PRIVATE)
    assert seen["recurrenceOverrides"] == {
        "2026-01-12T09:00:00": {"start": "2026-01-12T10:00:00"},
        "2026-01-19T09:00:00": {"excluded": True},
    }
    assert seen["calendarIds"] and seen["isDraft"] is False and "isOrigin" in seen
    one = host.event(f"{id}_20260112T090000")
    assert one.keys().isdisjoint({"title", "locations"}) and one["start"] == "2026-01-12T10:00:00"
    assert host.event(id, properties=["title", "utcStart"]) == {"id": id, "utcStart": "2026-01-05T08:00:00Z"}


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_an_unknown_privacy_is_private(host: Calendars) -> None:
    id = host.new("Doctor", privacy="example.com:own")
    assert "title" not in as_alice(host).event(id)


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_what_is_secret_is_not_there(host: Calendars) -> None:
    state = host.call("CalendarEvent/get", {"ids": []})["state"]
    secret, public = host.new("Doctor", privacy=SECRET, recurrenceRule=WEEKLY), host.new("Lunch")
    one = f"{secret}_20260112T090000"
    assert host.query() and host.event(one)["title"] == "Doctor"
    as_alice(host)
    assert [each["id"] for each in host.events()] == [public]
    assert host.call("CalendarEvent/get", {"ids": [secret, one]})["notFound"] == [secret, one]
    assert host.query() == [public] and host.query({"text": "doctor"}) == []
    assert host.occurrences("2026-01-01T00:00:00", "2026-02-01T00:00:00") == [public]
    changes = host.call("CalendarEvent/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([public], [], [])
    assert host.not_updated(secret, {"title": "Mine"})["type"] == "notFound"
    assert host.call("CalendarEvent/set", {"destroy": [one]})["notDestroyed"][one]["type"] == "notFound"


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_what_becomes_secret_is_gone(host: Calendars) -> None:
    id = host.new()
    state = as_alice(host).call("CalendarEvent/get", {"ids": []})["state"]
    host.log_in("bob")
    host.updated(id, {"privacy": SECRET})
    changes = as_alice(host).call("CalendarEvent/changes", {"sinceState": state})
    assert (changes["updated"], changes["destroyed"]) == ([], [id])


@pytest.mark.rfc("jmap-calendars-27", "9.1")
def test_what_is_private_is_not_searched(host: Calendars) -> None:
    id = host.new("Doctor", privacy=PRIVATE)
    assert host.query({"text": "doctor"}) == [id]
    as_alice(host)
    assert host.query({"title": "doctor"}) == [] and host.query({"text": "doctor"}) == []
    assert host.query({"after": "2026-01-05T00:00:00"}) == [id]


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_what_is_private_is_changed_by_its_owner_only(host: Calendars) -> None:
    id = host.new("Doctor", privacy=PRIVATE)
    before = host.files("bob")
    as_alice(host)
    for patch in ({"title": "Mine"}, {"color": "red"}, {"privacy": "public"}):
        assert host.not_updated(id, patch)["type"] == "forbidden"
    assert host.call("CalendarEvent/set", {"destroy": [id]})["notDestroyed"][id]["type"] == "forbidden"
    assert host.files("bob") == before


@pytest.mark.rfc("jmap-calendars-27", "5.9")
@pytest.mark.parametrize("privacy", [PRIVATE, SECRET, "example.com:own"])
def test_nothing_private_in_another_s_calendar(host: Calendars, privacy: str) -> None:
    public = host.new()
    as_alice(host)
    wrong = host.refused("CalendarEvent", host.draft(privacy=privacy))
    assert (wrong["type"], wrong["properties"]) == ("invalidProperties", ["privacy"])
    assert host.not_updated(public, {"privacy": privacy})["properties"] == ["privacy"]
    assert host.event(host.new(privacy="public"))["title"] == "Lunch"


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_per_user_properties(host: Calendars) -> None:
    mine = {"color": "red", "keywords": {"a": True}, "freeBusyStatus": "free", "useDefaultAlerts": True}
    id = host.new(recurrenceRule=WEEKLY, **mine)
    before = host.files("bob")
    seen = as_alice(host).event(id)
    assert seen.keys().isdisjoint(mine)
    host.updated(id, {"color": "blue", "recurrenceOverrides": {"2026-01-12T09:00:00": {"color": "green"}}})
    seen = host.event(id)
    assert seen["color"] == "blue" and seen["recurrenceOverrides"] == {"2026-01-12T09:00:00": {"color": "green"}}
    assert host.event(f"{id}_20260112T090000")["color"] == "green"
    assert host.files("bob") == before
    host.log_in("bob")
    assert host.event(id)["color"] == "red" and "recurrenceOverrides" not in host.event(id)


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_what_is_one_s_own_makes_no_occurrence(host: Calendars) -> None:
    """When the owner moves the event, what a guest has said of one occurrence is not one more."""
    id, date = host.new(recurrenceRule=WEEKLY), "2026-01-12T09:00:00"
    as_alice(host).updated(id, {f"recurrenceOverrides/{date}": {"color": "green"}})
    assert host.event(id)["recurrenceOverrides"] == {date: {"color": "green"}}
    host.log_in("bob")
    host.updated(id, {"start": "2026-01-05T10:00:00"})
    assert "recurrenceOverrides" not in as_alice(host).event(id)
    assert host.call("CalendarEvent/get", {"ids": [f"{id}_20260112T090000"]})["list"] == []


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_one_more_occurrence_is_there_for_all(host: Calendars) -> None:
    """Also when a guest who may write says nothing of it but what is his own."""
    id, date = host.new(recurrenceRule=WEEKLY), "2026-01-14T15:00:00"
    as_alice(host).updated(id, {f"recurrenceOverrides/{date}": {"color": "green"}})
    assert host.event(id)["recurrenceOverrides"] == {date: {"color": "green"}}
    host.log_in("bob")
    assert host.event(id)["recurrenceOverrides"] == {date: {}}


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_alerts_of_one_s_own_have_their_types(host: Calendars) -> None:
    alert = {"@type": "Alert", "action": "display", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}
    id = host.new(recurrenceRule=WEEKLY)
    as_alice(host)
    assert "alerts" not in (host.updated(id, {"alerts": {"1": alert}}) or {})
    host.updated(f"{id}_20260112T090000", {"alerts/2": alert})
    assert host.event(id)["alerts"] == {"1": alert}
    assert host.event(f"{id}_20260112T090000")["alerts"] == {"1": alert, "2": alert}


@pytest.mark.rfc("jmap-calendars-27", "5.1.3")
def test_hidden_attendees(host: Calendars) -> None:
    people = {"b": person("bob@example.org", "owner"), "c": person("carol@example.org")}
    id = host.new(participants=people, hideAttendees=True)
    assert host.event(id)["participants"].keys() == {"b", "c"}
    assert as_alice(host).event(id)["participants"].keys() == {"b"}


@pytest.mark.rfc("8620", "1.6.2")
def test_for_reading_only(make_host: Any) -> None:
    host: Calendars = make_host({"bob": ["alice:read"]})
    host.log_in("bob").use("bob")
    id = host.new()
    as_alice(host)
    assert host.event(id)["title"] == "Lunch"
    assert host.error("CalendarEvent/set", {"destroy": [id]})["type"] == "accountReadOnly"


@pytest.mark.rfc("jmap-calendars-27", "5.7")
@pytest.mark.parametrize("privacy", ["public", PRIVATE, SECRET])
def test_no_file_tells_a_guest_what_is_the_owner_s(host: Calendars, privacy: str) -> None:
    link = {"@type": "Link", "rel": "enclosure", "href": "data:text/plain,hello"}
    id = host.new("Doctor", privacy=privacy, links={"1": link}, color="red")
    asked = {"ids": [id], "properties": ["blobId", "links"]}
    (event,) = host.call("CalendarEvent/get", asked, (*USING, PARSE))["list"]
    assert host.download(event["links"]["1"]["blobId"]) == b"hello" and b"Doctor" in bytes(
        host.download(event["blobId"])
    )
    as_alice(host)
    for seen in host.call("CalendarEvent/get", asked, (*USING, PARSE))["list"]:
        assert seen["blobId"] is None and ("links" in seen) is (privacy == "public")
    assert host.download(event["blobId"]) == 404
    assert host.download(event["links"]["1"]["blobId"]) == (b"hello" if privacy == "public" else 404)
    parsed = host.call("CalendarEvent/parse", {"blobIds": [event["blobId"]]}, (*USING, PARSE))
    assert parsed["parsed"] is None and parsed["notFound"] == [event["blobId"]]
