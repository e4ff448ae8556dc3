"""Invitations that arrive by mail (RFC 5546 3.2.2, RFC 6047)."""

from pathlib import Path

import pytest

from tests.scheduling.inbox import DAVE, ERIN, ORGANIZER, UID, Inboxes, attendee, imip, message

pytestmark = pytest.mark.rfc("5546", "3.2.2")
ALICE = attendee("alice@example.org")
INVITED = (ORGANIZER, ALICE, attendee(ERIN, "ACCEPTED"), "SUMMARY:Plan", "DURATION:PT1H")


@pytest.fixture
def host(tmp_path: Path) -> Inboxes:
    return Inboxes(tmp_path)


@pytest.mark.rfc("6047", "2.4")
def test_invitation_is_added_as_not_answered(host: Inboxes) -> None:
    """Into the default Calendar, without the organizer's alarms, whatever the message says of the user's answer."""
    alarm = ("BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-PT5M", "ATTENDEE:mailto:x@example.net", "END:VALARM")
    lines = (ORGANIZER, attendee("alice@example.org", "ACCEPTED"), "SUMMARY:Plan", *alarm, "COMMENT:Do come", "X-A:b")
    host.arrive(imip(message("REQUEST", *lines, sequence=2)))
    event = host.one()
    assert (event["title"], event["sequence"], event["uid"]) == ("Plan", 2, UID)
    assert host.status() == "needs-action" and "alerts" not in event and not event["isOrigin"]
    ((name, data),) = host.files().items()
    assert b"METHOD" not in data and b"VALARM" not in data and b"COMMENT" not in data and b"X-A:b" in data
    (calendar,) = [each for each in host.call("Calendar/get", {"ids": None})["list"] if each["isDefault"]]
    assert event["calendarIds"] == {calendar["id"]: True}
    (told,) = host.notifications()
    assert (told["type"], told["calendarEventId"], told["comment"]) == ("created", event["id"], "Do come")
    assert told["changedBy"] == {
        "name": "Dave", "email": DAVE, "principalId": None, "calendarAddress": f"mailto:{DAVE}",
    }  # fmt: skip


def test_update_keeps_what_is_the_users_own(host: Inboxes) -> None:
    """3.2.2.1, jmap-calendars-27 5.4: his answer where no time changed, alerts, colour, Calendar."""
    host.arrive(imip(message("REQUEST", *INVITED)))
    id, mine = host.one()["id"], "participants/" + _id_of(host, "alice@example.org")
    other = host.calendar("other")
    alert = {"trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}
    own = {
        "alerts": {"a": alert},
        "color": "red",
        "calendarIds": {other: True},
        f"{mine}/participationStatus": "accepted",
    }
    host.updated(id, own)
    host.arrive(imip(message("REQUEST", *INVITED, "LOCATION:Room 1", sequence=0, stamp="20260102T000000Z")))
    event = host.one()
    assert event["id"] == id and host.status() == "accepted" and event["calendarIds"] == {other: True}
    assert event["color"] == "red" and event["alerts"].keys() == {"a"}
    assert [each["name"] for each in event["locations"].values()] == ["Room 1"]
    assert [each["type"] for each in host.notifications()] == ["created", "updated"]


def test_moved_event_asks_again(host: Inboxes) -> None:
    """3.2.2.1: rescheduling."""
    host.arrive(imip(message("REQUEST", *INVITED)))
    host.updated(
        host.one()["id"], {f"participants/{_id_of(host, 'alice@example.org')}/participationStatus": "accepted"}
    )
    host.arrive(imip(message("REQUEST", *INVITED, start="20260105T110000Z", sequence=1)))
    assert host.status() == "needs-action" and host.one()["start"] == "2026-01-05T11:00:00"


@pytest.mark.rfc("5546", "2.1.5")
@pytest.mark.parametrize(("sequence", "stamp"), [(1, "20260103T000000Z"), (2, "20260101T000000Z")])
def test_older_revision_is_not_followed(host: Inboxes, sequence: int, stamp: str) -> None:
    """By SEQUENCE, then by DTSTAMP."""
    host.arrive(imip(message("REQUEST", *INVITED, sequence=2, stamp="20260102T000000Z")))
    before = host.files()
    host.arrive(imip(message("REQUEST", *INVITED, "LOCATION:Old", sequence=sequence, stamp=stamp)))
    assert host.files() == before


def test_one_occurrence(host: Inboxes) -> None:
    """4.4: an occurrence is changed; the user's answer to the others stays. Its RECURRENCE-ID may be in UTC."""
    zoned = {"start": "20260105T090000"}
    series = message("REQUEST", *INVITED, "RRULE:FREQ=WEEKLY;COUNT=4", **zoned).replace(
        "DTSTART:", "DTSTART;TZID=Europe/Berlin:"
    )
    host.arrive(imip(series))
    id = host.one()["id"]
    host.updated(id, {f"participants/{_id_of(host, 'alice@example.org')}/participationStatus": "accepted"})
    one = message("REQUEST", *INVITED, "RECURRENCE-ID:20260112T080000Z", start="20260112T100000Z", sequence=1)
    host.arrive(imip(one))
    event = host.one()
    assert event["recurrenceOverrides"].keys() == {"2026-01-12T09:00:00"}
    (moved,) = host.events([f"{id}_20260112T090000"], properties=["start", "timeZone", "participants"])
    assert moved["start"] == "2026-01-12T10:00:00" and moved["timeZone"] == "Etc/UTC"
    assert host.status(event=moved) == "needs-action" and host.status() == "accepted"


def test_single_occurrence_of_an_unknown_series(host: Inboxes) -> None:
    """jmap-calendars-27 5.9.2.1: who is invited to one occurrence is told of that one only."""
    host.arrive(imip(message("REQUEST", *INVITED, "RECURRENCE-ID:20260112T080000Z", start="20260112T100000Z")))
    assert host.one()["recurrenceId"] == "2026-01-12T08:00:00"


def test_single_occurrence_named_in_another_time_zone(host: Inboxes) -> None:
    """It is the same one: changed, not there twice, and cancelled."""
    lines, when = (ORGANIZER, ALICE, "SUMMARY:Plan", "DURATION:PT1H"), {"start": "20260112T100000Z"}
    host.arrive(imip(message("REQUEST", *lines, "RECURRENCE-ID;TZID=Europe/Berlin:20260112T090000", **when)))
    id = host.one()["id"]
    utc = "RECURRENCE-ID:20260112T080000Z"
    host.arrive(imip(message("REQUEST", *lines, utc, "LOCATION:Room 1", sequence=1, **when)))
    assert host.one()["id"] == id and host.one()["locations"]
    host.arrive(imip(message("CANCEL", *lines, utc, "STATUS:CANCELLED", sequence=2, **when)))
    assert host.one()["status"] == "cancelled"


def test_series_takes_its_occurrence_in(host: Inboxes) -> None:
    """Who was invited to one occurrence and is to all now has one event, and keeps his answer."""
    rule = "RRULE:FREQ=WEEKLY;COUNT=4"
    host.arrive(imip(message("REQUEST", *INVITED, "RECURRENCE-ID:20260112T090000Z", start="20260112T090000Z")))
    alice = _id_of(host, "alice@example.org")
    host.updated(host.one()["id"], {f"participants/{alice}/participationStatus": "declined", "color": "red"})
    host.arrive(imip(message("REQUEST", *INVITED, rule, sequence=1)))
    event = host.one()
    (one,) = host.events([f"{event['id']}_20260112T090000"])
    assert "recurrenceRule" in event and host.status() == "needs-action"
    assert host.status(event=one) == "declined" and one["color"] == "red" and len(host.files()) == 1


@pytest.mark.rfc("5546", "3.2.4")
def test_add(host: Inboxes) -> None:
    """As if it were an RDATE of the series; unknown series are not made of it."""
    host.arrive(imip(message("ADD", *INVITED, start="20260107T090000Z", sequence=1)))
    assert host.all_events() == []
    host.arrive(imip(message("REQUEST", *INVITED, "RRULE:FREQ=WEEKLY;COUNT=4")))
    host.arrive(imip(message("ADD", *INVITED, start="20260107T090000Z", sequence=1, stamp="20260102T000000Z")))
    assert "2026-01-07T09:00:00" in host.one()["recurrenceOverrides"]


@pytest.mark.rfc("5546", "3.2.5")
@pytest.mark.parametrize("wanted", ["keep", "remove"])
def test_cancel(tmp_path: Path, wanted: str) -> None:
    """One occurrence, then all; marked or removed. A later copy of the invitation does not bring it back."""
    host = Inboxes(tmp_path, calendars={"invitations": "all", "cancelled": wanted})
    host.arrive(imip(message("REQUEST", *INVITED, "RRULE:FREQ=WEEKLY;COUNT=4")))
    id = host.one()["id"]
    host.arrive(imip(message("CANCEL", ORGANIZER, ALICE, "RECURRENCE-ID:20260112T090000Z", sequence=1)))
    patch = host.one()["recurrenceOverrides"]["2026-01-12T09:00:00"]
    assert patch["status"] == "cancelled" if wanted == "keep" else patch == {"excluded": True}
    host.arrive(imip(message("CANCEL", ORGANIZER, ALICE, sequence=2)))
    if wanted == "keep":
        assert (host.one()["status"], host.one()["title"]) == ("cancelled", "Plan")
    else:
        assert host.all_events() == []
    host.arrive(imip(message("REQUEST", *INVITED, "RRULE:FREQ=WEEKLY;COUNT=4", "LOCATION:late")))
    assert [each["id"] for each in host.all_events()] == [id][: wanted == "keep"]
    assert host.notifications()[-1]["type"] == ("updated" if wanted == "keep" else "destroyed")


@pytest.mark.rfc("5546", "3.2.5")
def test_others_are_uninvited(host: Inboxes) -> None:
    """Without STATUS it is cancelled for those that it names, not for another who gets the mail, too."""
    host.arrive(imip(message("REQUEST", *INVITED)))
    host.arrive(imip(message("CANCEL", ORGANIZER, attendee(ERIN), sequence=1)))
    assert "status" not in host.one() and [each["type"] for each in host.notifications()] == ["created"]
    host.arrive(imip(message("CANCEL", ORGANIZER, attendee(ERIN), "STATUS:CANCELLED", sequence=1)))
    assert host.one()["status"] == "cancelled"


def test_who_is_invited_again_is_asked_again(host: Inboxes) -> None:
    """After a CANCEL the organizer has no answer of his any more."""
    host.arrive(imip(message("REQUEST", *INVITED)))
    mine = _id_of(host, "alice@example.org")
    host.updated(host.one()["id"], {f"participants/{mine}/participationStatus": "accepted"})
    host.arrive(imip(message("CANCEL", ORGANIZER, ALICE, sequence=1)))
    host.arrive(imip(message("REQUEST", *INVITED, sequence=2)))
    assert "status" not in host.one() and host.status() == "needs-action"


def _id_of(host: Inboxes, address: str) -> str:
    people = host.one()["participants"].items()
    return next(id for id, each in people if each.get("calendarAddress") == f"mailto:{address}")
