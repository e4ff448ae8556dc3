"""Destroying a Calendar (jmap-calendars-27 4.3)."""

from typing import Any

import pytest

from tests.calendars.host import USING, Calendars, person, vcalendar, vevent

pytestmark = pytest.mark.rfc("jmap-calendars-27", "4.3")
PRINCIPALS = "urn:ietf:params:jmap:principals"


def _destroy(host: Calendars, id: str, **arguments: Any) -> Any:
    return host.call("Calendar/set", {"destroy": [id], **arguments})


def test_one_with_events_is_refused(host: Calendars) -> None:
    host.calendar("other")
    event = host.new("Lunch")
    id = host.calendar("home")
    for arguments in ({}, {"onDestroyRemoveEvents": False}):
        answer = _destroy(host, id, **arguments)
        assert answer["notDestroyed"][id]["type"] == "calendarHasEvent" and answer["destroyed"] is None
    assert host.event(event)["title"] == "Lunch" and "home" in host.named()


def test_one_without_events(host: Calendars) -> None:
    host.calendar("other")
    id = host.calendar("home")
    assert _destroy(host, id)["destroyed"] == [id]
    assert "home" not in host.named() and not (host.collections / "alice" / "home").exists()


def test_its_events_go_along(host: Calendars) -> None:
    other = host.calendar("other")
    alone, both = host.new("alone"), host.new("both")
    id = host.calendar("home")
    host.updated(both, {f"calendarIds/{other}": True})
    assert _destroy(host, id, onDestroyRemoveEvents=True)["destroyed"] == [id]
    (left,) = host.events()
    assert (left["id"], left["calendarIds"]) == (both, {other: True}) and alone != both


def test_no_scheduling_messages_are_sent(host: Calendars) -> None:
    host.calendar("other")
    people = {"1": person("alice@example.org", "owner"), "2": person("zoe@example.net")}
    host.new("Lunch", participants=people, organizerCalendarAddress="mailto:alice@example.org")
    _destroy(host, host.calendar("home"), onDestroyRemoveEvents=True)
    assert not list((host.collections.parent / "state" / "alice" / "outbox").glob("*.eml"))


def test_another_becomes_the_default(host: Calendars) -> None:
    one, two = host.calendar("one"), host.calendar("two")
    host.call("Calendar/set", {"onSuccessSetIsDefault": two})
    answer = _destroy(host, two)
    (default,) = (each["id"] for each in host.named().values() if each["isDefault"])
    assert (
        answer["updated"] == {default: {"isDefault": True}} and default != two and one in answer["updated"] | {one: 0}
    )


def test_a_file_that_jmap_does_not_know_is_not_lost(host: Calendars) -> None:
    host.calendar("other")
    host.write("a.ics", vcalendar(vevent("u1", "SUMMARY:Lunch")))
    host.write("notes.txt", "mine")
    id = host.named()["home"]["id"]
    answer = _destroy(host, id, onDestroyRemoveEvents=True)
    assert answer["notDestroyed"][id]["type"] == "forbidden"
    assert (host.collections / "alice" / "home" / "notes.txt").read_text() == "mine"


@pytest.mark.rfc("9670", "3")
def test_those_it_was_shared_with_are_told(make_host: Any) -> None:
    host = make_host({"team": ["alice", "bob:read"]})
    host.use("team").calendar("other")
    id = host.calendar("home")
    assert _destroy(host, id)["destroyed"] == [id]
    for user, may_write in (("alice", True), ("bob", False)):
        host.log_in(user).use(user)
        (note,) = host.call("ShareNotification/get", {"ids": None}, (*USING, PRINCIPALS))["list"]
        assert (note["objectType"], note["objectAccountId"], note["objectId"]) == ("Calendar", "team", id)
        assert note["name"] == "home" and note["newRights"] is None
        assert note["oldRights"]["mayReadItems"] is True and note["oldRights"]["mayWriteAll"] is may_write
        assert note["changedBy"]["name"] == "alice" and note["changedBy"]["principalId"].startswith("P")
    host.log_in("carol").use("carol")
    assert host.call("ShareNotification/get", {"ids": None}, (*USING, PRINCIPALS))["list"] == []


@pytest.mark.rfc("jmap-calendars-27", "5.9")
@pytest.mark.parametrize("privacy", ["private", "secret"])
def test_a_guest_destroys_nothing_that_is_private(make_host: Any, privacy: str) -> None:
    host: Calendars = make_host({"bob": ["alice"]})
    host.log_in("bob").use("bob")
    event, id, other = host.new(privacy=privacy), host.calendar("home"), host.calendar("other")
    host.log_in("alice")
    for arguments in ({}, {"onDestroyRemoveEvents": True}):
        assert _destroy(host, id, **arguments)["notDestroyed"][id]["type"] == "forbidden"
    assert _destroy(host, other)["destroyed"] == [other]
    host.log_in("bob")
    assert host.event(event)["title"] == "Lunch"
    assert _destroy(host, id, onDestroyRemoveEvents=True)["destroyed"] == [id]
