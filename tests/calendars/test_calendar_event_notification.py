"""CalendarEventNotification (jmap-calendars-27 7)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars

pytestmark = pytest.mark.rfc("jmap-calendars-27", "7")
TYPE = "CalendarEventNotification"
OLD = "2020-01-01T00:00:00Z"


def be(host: Calendars, user: str) -> Calendars:
    """From now on this user speaks of bob's account."""
    host.log_in(user).use("bob")
    return host


@pytest.fixture
def shared(make_host: Any) -> Calendars:
    """bob's account, in which alice may write, and which carol reads; alice and bob are subscribed to "home"."""
    host: Calendars = make_host({"bob": ["alice", "carol:read"]}, identities={"domain": "example.org"})
    be(host, "bob").calendar("home")
    be(host, "alice").updated(host.calendar("home"), {"isSubscribed": True}, "Calendar")
    return host


def notes(host: Calendars, user: str) -> list[dict[str, Any]]:
    """What the user was told, the oldest first."""
    be(host, user)
    ids = host.call(f"{TYPE}/query", {"sort": [{"property": "created"}]})["ids"]
    return list(host.call(f"{TYPE}/get", {"ids": ids})["list"])


def test_an_event_that_another_makes(shared: Calendars) -> None:
    event = be(shared, "alice").new("Lunch")
    assert notes(shared, "alice") == []
    (note,) = notes(shared, "bob")
    assert (note["type"], note["calendarEventId"], note["isDraft"]) == ("created", event, False)
    assert note["event"]["title"] == "Lunch" and note["event"]["@type"] == "Event" and "eventPatch" not in note
    assert note["comment"] is None
    assert note["changedBy"] == {
        "name": "alice",
        "email": "alice@example.org",
        "principalId": note["changedBy"]["principalId"],
        "calendarAddress": "mailto:alice@example.org",
    }
    assert note["changedBy"]["principalId"].startswith("P")
    age = datetime.now(UTC) - datetime.fromisoformat(note["created"])
    assert 0 <= age.total_seconds() < 600 and note["created"].endswith("Z")


def test_an_event_that_another_changes(shared: Calendars) -> None:
    event = be(shared, "bob").new("Lunch", locations={"1": {"@type": "Location", "name": "here"}})
    be(shared, "alice").updated(event, {"title": "Dinner", "locations/1/name": "there", "description": "late"})
    (note,) = notes(shared, "bob")
    assert (note["type"], note["calendarEventId"]) == ("updated", event)
    assert note["event"]["title"] == "Lunch"
    patch = {name: value for name, value in note["eventPatch"].items() if name not in ("updated", "sequence")}
    assert patch == {"title": "Dinner", "locations/1/name": "there", "description": "late"}
    assert [each["type"] for each in notes(shared, "alice")] == ["created"]


def test_an_event_that_another_destroys(shared: Calendars) -> None:
    event = be(shared, "bob").new("Lunch")
    be(shared, "alice").destroyed(event)
    (note,) = notes(shared, "bob")
    assert (note["type"], note["calendarEventId"], note["event"]["title"]) == ("destroyed", event, "Lunch")
    assert "eventPatch" not in note and "isDraft" not in note


def test_an_occurrence_is_told_of_as_its_event(shared: Calendars) -> None:
    rule = {"@type": "RecurrenceRule", "frequency": "daily", "count": 3}
    event = be(shared, "bob").new("Lunch", recurrenceRule=rule)
    (_, second, _) = be(shared, "alice").occurrences("2026-01-05T00:00:00", "2026-01-09T00:00:00")
    shared.updated(second, {"title": "Dinner"})
    (note,) = notes(shared, "bob")
    assert note["calendarEventId"] == event
    assert any("Dinner" in str(value) for value in note["eventPatch"].values())


def test_a_draft_is_told_of_as_one(shared: Calendars) -> None:
    be(shared, "alice").new("Lunch", isDraft=True)
    (note,) = notes(shared, "bob")
    assert note["isDraft"] is True and "isDraft" not in note["event"]


def test_who_is_not_subscribed_is_not_told(shared: Calendars) -> None:
    be(shared, "bob").new("Lunch")
    assert notes(shared, "carol") == [] and len(notes(shared, "alice")) == 1
    be(shared, "alice").updated(shared.calendar("home"), {"isSubscribed": False}, "Calendar")
    be(shared, "bob").new("Dinner")
    assert len(notes(shared, "alice")) == 1


def test_nothing_is_told_of_what_is_each_users_own(shared: Calendars) -> None:
    event = be(shared, "bob").new("Lunch", color="red", keywords={"mine": True})
    (note,) = notes(shared, "alice")
    assert {"color", "keywords", "alerts", "useDefaultAlerts", "freeBusyStatus"}.isdisjoint(note["event"])
    be(shared, "bob").updated(event, {"color": "blue", "keywords": {"other": True}})
    assert len(notes(shared, "alice")) == 1


def test_nothing_is_told_of_what_is_ones_own_in_an_occurrence(shared: Calendars) -> None:
    event = be(shared, "bob").new("Lunch", recurrenceRule=WEEKLY)
    for date in ("20260112T090000", "20260119T090000"):
        shared.updated(f"{event}_{date}", {"color": "red"})
    assert [each["type"] for each in notes(shared, "alice")] == ["created"]
    be(shared, "bob").updated(event, {"recurrenceOverrides/2026-01-14T15:00:00": {"color": "red"}})
    assert [each["type"] for each in notes(shared, "alice")] == ["created", "updated"]


@pytest.mark.rfc("jmap-calendars-27", "9.1")
def test_nothing_secret_is_told(shared: Calendars) -> None:
    event = be(shared, "bob").new("Lunch", privacy="secret")
    be(shared, "bob").updated(event, {"title": "Dinner"})
    assert notes(shared, "alice") == []


@pytest.mark.rfc("jmap-calendars-27", "9.1")
def test_of_what_is_private_only_the_times_are_told(shared: Calendars) -> None:
    event = be(shared, "bob").new("Doctor", privacy="private")
    be(shared, "bob").updated(event, {"title": "Dentist", "start": "2026-01-05T10:00:00"})
    created, updated = sorted(notes(shared, "alice"), key=lambda each: each["type"])
    assert "title" not in created["event"] and created["event"]["start"] == "2026-01-05T09:00:00"
    assert "title" not in updated["eventPatch"] and updated["eventPatch"]["start"] == "2026-01-05T10:00:00"


@pytest.mark.rfc("jmap-calendars-27", "7.3")
def test_only_destroy_is_supported(shared: Calendars) -> None:
    be(shared, "alice").new("Lunch")
    (note,) = notes(shared, "bob")
    assert shared.refused(TYPE, {"type": "created"})["type"] == "forbidden"
    assert shared.not_updated(note["id"], {"comment": "x"}, TYPE)["type"] == "forbidden"
    shared.destroyed(note["id"], TYPE)
    assert notes(shared, "bob") == []


@pytest.mark.rfc("jmap-calendars-27", "7")
def test_each_dismisses_for_himself(make_host: Any) -> None:
    host = make_host({"bob": ["alice", "carol"]})
    be(host, "bob").calendar("home")
    for user in ("alice", "carol"):
        be(host, user).updated(host.calendar("home"), {"isSubscribed": True}, "Calendar")
    be(host, "bob").new("Lunch")
    (note,) = notes(host, "alice")
    assert notes(host, "carol") == [note] and notes(host, "bob") == []
    host.log_in("bob")
    assert host.call(f"{TYPE}/set", {"destroy": [note["id"]]})["notDestroyed"][note["id"]]["type"] == "notFound"
    states = {user: be(host, user).call(f"{TYPE}/get", {"ids": []})["state"] for user in ("alice", "carol")}
    be(host, "alice").destroyed(note["id"], TYPE)
    assert notes(host, "alice") == [] and notes(host, "carol") == [note]
    for user, gone in (("alice", [note["id"]]), ("carol", [])):
        changes = be(host, user).call(f"{TYPE}/changes", {"sinceState": states[user]})
        assert (changes["destroyed"], changes["updated"], changes["created"]) == (gone, [], [])
    be(host, "carol").destroyed(note["id"], TYPE)
    assert notes(host, "carol") == []


@pytest.mark.rfc("jmap-calendars-27", "7.2")
def test_changes(shared: Calendars) -> None:
    state = be(shared, "bob").call(f"{TYPE}/get", {"ids": None})["state"]
    be(shared, "alice").new("Lunch")
    be(shared, "bob").new("Dinner")
    (mine,) = notes(shared, "bob")
    changes = shared.call(f"{TYPE}/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([mine["id"]], [], [])
    assert be(shared, "alice").call(f"{TYPE}/changes", {"sinceState": state})["created"] == [
        notes(shared, "alice")[0]["id"]
    ]


@pytest.mark.rfc("jmap-calendars-27", "7.4.1")
def test_filters(shared: Calendars) -> None:
    be(shared, "alice")
    one, two = shared.new("one"), shared.new("two")
    shared.destroyed(two)
    created = notes(shared, "bob")[0]["created"]

    def count(**condition: Any) -> int:
        return len(shared.call(f"{TYPE}/query", {"filter": condition})["ids"])

    assert count() == count(after=None) == count(before=None) == count(after=OLD) == count(calendarEventIds=None) == 3
    assert count(before=OLD) == 0 and count(after="2100-01-01T00:00:00Z") == 0
    assert count(after=created) >= 1 and count(after=created, before=created) == 0
    assert count(type="created") == 2 and count(type="destroyed") == 1 and count(type="updated") == 0
    assert count(calendarEventIds=[one]) == 1 and count(calendarEventIds=[one, two]) == 3
    assert count(calendarEventIds=[]) == 0 and count(calendarEventIds=[two], type="destroyed") == 1


@pytest.mark.rfc("jmap-calendars-27", "7.4.2")
def test_sorted_by_created(shared: Calendars) -> None:
    be(shared, "alice").new("one")
    shared.new("two")
    be(shared, "bob")
    for is_ascending in (True, False):
        sort = [{"property": "created", "isAscending": is_ascending}]
        ids = shared.call(f"{TYPE}/query", {"sort": sort})["ids"]
        found = {each["id"]: each["event"]["title"] for each in shared.call(f"{TYPE}/get", {"ids": ids})["list"]}
        assert [found[id] for id in ids] == (["one", "two"] if is_ascending else ["two", "one"])
    assert shared.error(f"{TYPE}/query", {"sort": [{"property": "type"}]})["type"] == "unsupportedSort"


@pytest.mark.rfc("jmap-calendars-27", "7.5")
def test_query_changes(shared: Calendars) -> None:
    be(shared, "alice").new("one")
    before = be(shared, "bob").call(f"{TYPE}/query")
    assert before["canCalculateChanges"] is True
    be(shared, "alice").new("two")
    be(shared, "bob").destroyed(before["ids"][0], TYPE)
    changes = shared.call(f"{TYPE}/queryChanges", {"sinceQueryState": before["queryState"]})
    assert changes["removed"] == before["ids"] and len(changes["added"]) == 1


def test_the_oldest_go_when_there_are_too_many(shared: Calendars, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.stores.event_notifications.MAX_RECORDS", 2)
    be(shared, "alice")
    for title in ("one", "two", "three"):
        shared.new(title)
    assert [each["event"]["title"] for each in notes(shared, "bob")] == ["two", "three"]


def test_in_an_account_of_ones_own_there_are_none(host: Calendars) -> None:
    event = host.new("Lunch")
    host.updated(event, {"title": "Dinner"})
    assert host.call(f"{TYPE}/get", {"ids": None})["list"] == []
