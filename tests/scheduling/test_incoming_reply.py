"""Answers of attendees that arrive by mail (RFC 5546 3.2.3, RFC 6047 2.2.1)."""

import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.scheduling.memory import FROM_ONE
from tests.calendars.host import WEEKLY, person
from tests.scheduling.inbox import DAVE, ERIN, Inboxes, attendee, imip, message

pytestmark = pytest.mark.rfc("5546", "3.2.3")
ORGANIZER = "ORGANIZER:mailto:alice@example.org"
UID = "lunch-1@example.org"


@pytest.fixture
def host(tmp_path: Path) -> Inboxes:
    """alice has invited dave."""
    host = Inboxes(tmp_path)
    people = {"me": person("alice@example.org", "owner"), "d": person(DAVE, participationStatus="needs-action")}
    host.new(uid=UID, participants=people, organizerCalendarAddress="mailto:alice@example.org", recurrenceRule=WEEKLY)
    return host


def reply(*lines: str, **more: Any) -> str:
    return message("REPLY", ORGANIZER, *lines, uid=UID, **more)


@pytest.mark.rfc("jmap-calendars-27", "5.2")
def test_reply_is_the_participants_status(host: Inboxes) -> None:
    """With scheduleSequence and scheduleUpdated; sequence stays, updated follows; nothing else may change."""
    before = host.one()
    lines = (attendee(DAVE, "ACCEPTED"), "SUMMARY:Other", "COMMENT:With pleasure", "DTEND:20300101T000000Z")
    host.arrive(imip(reply(*lines, sequence=1)))
    event = host.one()
    assert event["participants"]["d"] == before["participants"]["d"] | {
        "participationStatus": "accepted", "scheduleSequence": 1, "scheduleUpdated": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    changed = {name for name in event if event[name] != before.get(name)}
    assert changed - {"updated"} == {"participants"}
    (told,) = host.notifications()
    assert (told["type"], told["comment"]) == ("updated", "With pleasure")
    assert told["eventPatch"]["participants/d/participationStatus"] == "accepted"


@pytest.mark.rfc("5546", "2.1.5")
@pytest.mark.rfc("jmap-calendars-27", "5.2.1")
@pytest.mark.rfc("jmap-calendars-27", "5.2.2")
@pytest.mark.parametrize(
    ("sequence", "stamp", "status"),
    [
        (1, "20260102T000000Z", "accepted"),
        (2, "20260101T000000Z", "accepted"),
        (2, "20260103T000000Z", "declined"),
        (3, "20260101T000000Z", "declined"),
    ],
)
def test_later_answer_counts(host: Inboxes, sequence: int, stamp: str, status: str) -> None:
    """By SEQUENCE, then DTSTAMP, in whatever order they arrive."""
    host.arrive(imip(reply(attendee(DAVE, "ACCEPTED"), sequence=2, stamp="20260102T000000Z")))
    host.arrive(imip(reply(attendee(DAVE, "DECLINED"), sequence=sequence, stamp=stamp)))
    assert host.status(DAVE) == status


def test_one_occurrence(host: Inboxes) -> None:
    """Of a series; the RECURRENCE-ID may be in UTC. One that there is not changes nothing."""
    host.arrive(imip(reply(attendee(DAVE, "DECLINED"), "RECURRENCE-ID:20260112T080000Z")))
    event = host.one()
    (patch,) = event["recurrenceOverrides"].values()
    assert event["recurrenceOverrides"].keys() == {"2026-01-12T09:00:00"}
    assert patch["participants/d/participationStatus"] == "declined" and host.status(DAVE) == "needs-action"
    host.arrive(imip(reply(attendee(DAVE, "ACCEPTED"))))
    host.arrive(imip(reply(attendee(DAVE, "DECLINED"), "RECURRENCE-ID:20260113T080000Z")))
    assert host.status(DAVE) == "accepted" and host.one()["recurrenceOverrides"].keys() == {"2026-01-12T09:00:00"}


@pytest.mark.rfc("5546", "3.2.2.3")
def test_delegation(host: Inboxes) -> None:
    """A delegate is taken in when who was invited has named him, and not before."""
    erin = attendee(ERIN, "ACCEPTED", f';DELEGATED-FROM="mailto:{DAVE}"')
    host.arrive(imip(reply(erin), sender=ERIN))
    assert len(host.one()["participants"]) == 2
    dave = attendee(DAVE, "DELEGATED", f';DELEGATED-TO="mailto:{ERIN}"')
    host.arrive(imip(reply(dave, attendee(ERIN, more=f';DELEGATED-FROM="mailto:{DAVE}"'))))
    assert host.status(DAVE) == "delegated"
    assert host.one()["participants"]["d"]["delegatedTo"] == {f"mailto:{ERIN}": True}
    host.arrive(imip(reply(erin, stamp="20260102T000000Z"), sender=ERIN))
    assert host.status(ERIN) == "accepted"


@pytest.mark.rfc("6047", "2.2.1")
@pytest.mark.rfc("5546", "6.1.2")
@pytest.mark.parametrize(
    ("line", "sender"),
    [
        (attendee(DAVE, "DECLINED"), "mallory@example.net"),  # somebody else's answer
        (attendee(DAVE, "DECLINED", ';SENT-BY="mailto:mallory@example.net"'), "mallory@example.net"),
        (attendee(DAVE, "DECLINED"), f"{DAVE}, mallory@example.net"),
        (attendee(DAVE, "DECLINED"), f'"{DAVE}" <mallory@example.net>'),
        (attendee("mallory@example.net", "ACCEPTED"), "mallory@example.net"),  # 3.2.3: nobody who was not invited
        (attendee(DAVE, "NEEDS-ACTION"), DAVE),
        (attendee(DAVE, "DECLINED") + "\r\n" + attendee(ERIN, "DECLINED"), DAVE),
    ],
)
def test_who_may_answer(host: Inboxes, line: str, sender: str) -> None:
    """The attendee himself; SENT-BY alone proves nothing (RFC 6047 3)."""
    before = host.files()
    host.arrive(imip(reply(line), sender=sender))
    assert host.files() == before and host.notifications() == []


@pytest.mark.rfc("6047", "3")
def test_agent_that_the_user_knows(host: Inboxes) -> None:
    """Who may act for an attendee is what the event says already."""
    host.updated(host.one()["id"], {"participants/d/sentBy": "secretary@example.com"})
    line = attendee(DAVE, "TENTATIVE", ';SENT-BY="mailto:secretary@example.com"')
    host.arrive(imip(reply(line), sender="secretary@example.com"))
    assert host.status(DAVE) == "tentative"


@pytest.mark.rfc("5546", "3.2.7")
def test_counter(host: Inboxes) -> None:
    """What it proposes changes nothing but the answer of its sender."""
    before = host.one()
    people = (attendee(DAVE, "TENTATIVE"), attendee(ERIN, "ACCEPTED"), "SUMMARY:No", "COMMENT:Later?")
    host.arrive(imip(message("COUNTER", ORGANIZER, *people, uid=UID, start="20260105T150000Z")))
    event = host.one()
    assert host.status(DAVE) == "tentative" and len(event["participants"]) == 2
    assert (event["title"], event["start"]) == (before["title"], before["start"])
    assert [each["comment"] for each in host.notifications()] == ["Later?"]


@pytest.mark.parametrize(
    "method",
    [
        "DECLINECOUNTER",
        "PUBLISH",
        "X-WHAT",
        "REQUEST",
        "CANCEL",
        "ADD",
    ],
)
@pytest.mark.rfc("5546", "6.1.1")
def test_methods_that_change_nothing(host: Inboxes, method: str) -> None:
    """What asks only, and what only the organizer may say, also with his name in From: he is the user himself."""
    before = host.files()
    for sender in (DAVE, "alice@example.org"):
        host.arrive(imip(message(method, ORGANIZER, attendee(DAVE, "DECLINED"), uid=UID, sequence=9), sender=sender))
    assert host.files() == before


@pytest.mark.rfc("5546", "3.2.6")
@pytest.mark.rfc("5546", "6.1.6")
def test_refresh(host: Inboxes) -> None:
    """Who is invited gets the event again; nobody else, and not without end."""
    host.arrive(imip(message("REFRESH", ORGANIZER, attendee(ERIN), uid=UID), sender=ERIN))
    host.arrive(imip(message("REFRESH", ORGANIZER, attendee(DAVE), uid=UID), sender=ERIN))
    assert host.post() == []
    host.arrive(imip(message("REFRESH", ORGANIZER, attendee(DAVE), uid=UID)))
    assert host.post() == [DAVE]
    for second in range(40):
        stamp = f"20260102T0000{second:02}Z"
        host.deliver(
            imip(message("REFRESH", ORGANIZER, attendee(DAVE), uid=UID, stamp=stamp)), received=int(time.time())
        )
    host.look("alice")
    assert len(host.post()) == FROM_ONE - 1


def test_drafts_are_nobodys_business(tmp_path: Path) -> None:
    """jmap-calendars-27 5: isDraft."""
    host = Inboxes(tmp_path)
    people = {"me": person("alice@example.org", "owner"), "d": person(DAVE)}
    host.new(uid=UID, isDraft=True, participants=people, organizerCalendarAddress="mailto:alice@example.org")
    before = host.files()
    host.arrive(imip(reply(attendee(DAVE, "ACCEPTED"))))
    assert host.files() == before
