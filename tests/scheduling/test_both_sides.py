"""Organizer and attendee on one host: what one sends arrives with the other, and both calendars agree."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.stores.principals import principal_id
from tests.calendars.host import WEEKLY, person
from tests.scheduling.inbox import Inboxes

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9.2")
ALICE, BOB, CAROL = (f"{name}@example.org" for name in ("alice", "bob", "carol"))


class Both(Inboxes):
    """The default of [calendars] invitations: users of the host know each other."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, calendars={})

    def as_user(self, user: str) -> "Both":
        self.log_in(user).use(user)
        return self

    def set(self, **arguments: Any) -> None:
        answer = self.call("CalendarEvent/set", {"sendSchedulingMessages": True, **arguments})
        assert not (answer["notCreated"] or answer["notUpdated"] or answer["notDestroyed"]), answer

    def patch(self, user: str, patch: dict[str, Any]) -> list[str]:
        """Who is told of it."""
        self.as_user(user).set(update={self.one()["id"]: patch})
        return self.post()

    def answer(self, user: str, status: str, prefix: str = "") -> list[str]:
        people = self.as_user(user).one()["participants"].items()
        id = next(id for id, each in people if each["calendarAddress"] == f"mailto:{user}@example.org")
        return self.patch(user, {f"{prefix}participants/{id}/participationStatus": status})

    def statuses(self, user: str) -> dict[str, Any]:
        people = self.as_user(user).one()["participants"].values()
        return {each["calendarAddress"][7:-12]: each.get("participationStatus") for each in people}


@pytest.fixture
def both(tmp_path: Path) -> Both:
    """alice has invited bob and carol."""
    both = Both(tmp_path)
    people = {
        "a": person(ALICE, "owner", "chair", participationStatus="accepted"),
        "b": person(BOB, participationStatus="needs-action", expectReply=True),
        "c": person(CAROL, participationStatus="needs-action", expectReply=True),
    }
    both.set(create={"new": both.draft(participants=people, recurrenceRule=WEEKLY)})
    assert both.post() == [BOB, CAROL]
    return both


@pytest.mark.rfc("jmap-calendars-27", "7")
def test_invitation_and_answer(both: Both) -> None:
    """Also that nothing goes round: an answer causes no message, and an invitation none to the organizer."""
    event = both.as_user("bob").one()
    assert (event["title"], event["start"], event["isOrigin"]) == ("Lunch", "2026-01-05T09:00:00", False)
    assert both.answer("bob", "accepted") == [ALICE]
    assert both.answer("carol", "declined") == [ALICE]
    assert both.statuses("alice") == {"alice": "accepted", "bob": "accepted", "carol": "declined"}
    assert both.post() == []
    changed = [each["changedBy"] for each in both.as_user("alice").notifications()]
    assert sorted(each["email"] for each in changed) == [BOB, CAROL]
    assert {each["principalId"] for each in changed} == {principal_id("bob"), principal_id("carol")}


def test_changes_of_the_organizer(both: Both) -> None:
    """The title leaves the answer, another time does not; both copies have one sequence."""
    both.answer("bob", "accepted")
    assert both.patch("alice", {"title": "Brunch"}) == [BOB, CAROL]
    assert both.as_user("bob").one()["title"] == "Brunch" and both.statuses("bob")["bob"] == "accepted"
    assert both.patch("alice", {"start": "2026-01-05T11:00:00"}) == [BOB, CAROL]
    assert both.as_user("bob").one()["start"] == "2026-01-05T11:00:00"
    assert both.statuses("bob")["bob"] == "needs-action"
    assert both.as_user("bob").one()["sequence"] == both.as_user("alice").one()["sequence"]


def test_one_occurrence(both: Both) -> None:
    """Answered, moved and cancelled."""
    both.answer("bob", "accepted")
    second = "recurrenceOverrides/2026-01-12T09:00:00"
    both.patch("alice", {second: {"title": "Special"}})
    assert both.as_user("bob").one()["recurrenceOverrides"]["2026-01-12T09:00:00"]["title"] == "Special"
    assert both.answer("bob", "declined") == [ALICE]
    both.patch("alice", {"recurrenceOverrides/2026-01-19T09:00:00": {"excluded": True}})
    patch = both.as_user("bob").one()["recurrenceOverrides"]["2026-01-19T09:00:00"]
    assert patch.get("excluded") is True or patch["status"] == "cancelled"


def test_answer_to_all_is_that_to_each(both: Both) -> None:
    """Also to an occurrence that the organizer has changed, when another rule has made the answer to all open again."""
    both.answer("bob", "declined")
    both.patch("alice", {"recurrenceOverrides/2026-01-19T09:00:00": {"participants/c": None}})
    both.patch("alice", {"recurrenceRule": WEEKLY | {"count": 5}})
    both.answer("bob", "accepted")
    for user in ("alice", "bob"):
        assert "declined" not in str(both.as_user(user).one())


def test_guest_is_taken_off(both: Both) -> None:
    """jmap-calendars-27 5.9.2.2: the others are told of the change, he that it is cancelled."""
    assert both.patch("alice", {"participants/c": None}) == [BOB, CAROL]
    assert both.as_user("carol").one()["status"] == "cancelled"
    assert "status" not in both.as_user("bob").one() and both.statuses("bob").keys() == {"alice", "bob"}


def test_end(both: Both) -> None:
    """A destroyed event is cancelled for all; who removes his copy has declined."""
    both.answer("carol", "accepted")
    both.as_user("carol").set(destroy=[both.one()["id"]])
    assert both.post() == [ALICE]
    assert both.statuses("alice")["carol"] == "declined"
    both.as_user("alice").set(destroy=[both.one()["id"]])
    assert both.post() == [BOB, CAROL]
    assert both.as_user("bob").one()["status"] == "cancelled"
    assert both.as_user("carol").all_events() == []
