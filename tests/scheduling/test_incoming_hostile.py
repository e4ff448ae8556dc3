"""Scheduling messages that must change nothing (RFC 5546 6.1, RFC 6047 2.2 and 3)."""

from pathlib import Path

import pytest

from jmapd.scheduling import applying
from tests.calendars.host import vcalendar, vevent
from tests.scheduling.inbox import DAVE, ERIN, ORGANIZER, UID, Inboxes, attendee, imip, message

ALICE = attendee("alice@example.org")
INVITED = (ORGANIZER, ALICE, "SUMMARY:Plan", "DURATION:PT1H")
MALLORY = "mallory@example.net"


@pytest.fixture
def host(tmp_path: Path) -> Inboxes:
    return Inboxes(tmp_path)


def many(count: int) -> str:
    """A message about many events."""
    events = (vevent(f"{number}@example.com", *INVITED) for number in range(count))
    return vcalendar(*events).replace("VERSION", "METHOD:REQUEST\r\nVERSION", 1)


def cases() -> dict[str, str]:
    crowd = [attendee(f"{number}@example.com") for number in range(1001)]
    days = "".join(vevent(UID, *INVITED, f"RECURRENCE-ID:20260101T0900{n:02}Z") for n in range(60)) * 2
    dates = [f"2026{month:02}{day:02}T090000Z" for month in range(2, 8) for day in range(1, 29)]
    return {
        "forged From": imip(message("REQUEST", *INVITED), sender=MALLORY),
        "on behalf": imip(message("REQUEST", *INVITED).replace("CN=Dave", f'SENT-BY="mailto:{MALLORY}"'), MALLORY),
        "two senders": imip(message("REQUEST", *INVITED), sender=f"{DAVE}, {MALLORY}"),
        "no sender": imip(message("REQUEST", *INVITED), sender="undisclosed:;"),
        "two From": "From: dave@example.com\r\n" + imip(message("REQUEST", *INVITED), MALLORY),
        "not invited": imip(message("REQUEST", ORGANIZER, attendee(ERIN), "SUMMARY:Spam")),
        "nobody organizes": imip(message("REQUEST", ALICE)),
        "from himself": imip(message("REQUEST", *INVITED).replace(DAVE, "ally@example.org"), "ally@example.org"),
        "10,000 events": imip(many(10_000)),
        "two events": imip(many(2)),
        "huge": imip(message("REQUEST", *INVITED, "DESCRIPTION:" + "x" * 2_000_000)),
        "a crowd": imip(message("REQUEST", *INVITED, *crowd)),
        "many occurrences": imip(vcalendar(days).replace("VERSION", "METHOD:REQUEST\r\nVERSION", 1)),
        "a crowd at many occurrences": imip(
            message("REQUEST", *INVITED, *crowd[:900], "RRULE:FREQ=DAILY", f"EXDATE:{','.join(dates)}")
        ),
        "two methods": imip(message("REQUEST", *INVITED).replace("METHOD:", "METHOD:CANCEL\r\nMETHOD:")),
        "another method": imip(message("REQUEST", *INVITED)).replace("method=REQUEST", "method=REPLY"),
        "no method": imip(message("REQUEST", *INVITED)).replace("METHOD:REQUEST\r\n", ""),
        "no stamp": imip(message("REQUEST", *INVITED)).replace("DTSTAMP", "X-STAMP"),
        "no UID": imip(message("REQUEST", *INVITED)).replace("UID:", "X-UID:"),
        "no start": imip(message("REQUEST", *INVITED).replace("DTSTART", "X-START")),
        "cancelled already": imip(message("REQUEST", *INVITED, "STATUS:CANCELLED")),
        "spam": "X-Spam-Flag: YES\r\n" + imip(message("REQUEST", *INVITED)),
        "published": imip(message("PUBLISH", *INVITED)),
        "damaged": imip(message("REQUEST", *INVITED)[:150]),
        "within another": "From: dave@example.com\r\nContent-Type: message/rfc822\r\n\r\n"
        + imip(message("REQUEST", *INVITED)),
    }


@pytest.mark.rfc("5546", "6.1.1")
@pytest.mark.rfc("5546", "6.1.5")
@pytest.mark.rfc("6047", "2.2.1")
@pytest.mark.parametrize("name", cases())
def test_nothing_is_added(host: Inboxes, name: str) -> None:
    host.arrive(cases()[name])
    assert host.files() == {} and host.notifications() == []


@pytest.mark.rfc("5546", "6.1.3")
@pytest.mark.parametrize("method", ["REQUEST", "ADD", "CANCEL"])
@pytest.mark.parametrize("organizer", [DAVE, MALLORY, "alice@example.org"])
def test_only_the_organizer_changes_an_event(host: Inboxes, method: str, organizer: str) -> None:
    """Who has the same UID, or says that he is the organizer now."""
    host.arrive(imip(message("REQUEST", *INVITED)))
    before = host.files()
    lines = (f"ORGANIZER:mailto:{organizer}", ALICE, attendee(MALLORY, "ACCEPTED"))
    host.arrive(imip(message(method, *lines, sequence=9, start="20260101T000000Z"), sender=MALLORY))
    assert host.files() == before


@pytest.mark.rfc("5546", "2.1.5")
@pytest.mark.parametrize("method", ["CANCEL", "REQUEST"])
def test_what_another_said_of_the_same_uid_before(host: Inboxes, method: str) -> None:
    """It makes nothing that the organizer says later old."""
    lines = (f"ORGANIZER:mailto:{MALLORY}", ALICE)
    host.arrive(imip(message("CANCEL", *lines, sequence=99, stamp="20290101T000000Z"), sender=MALLORY))
    host.arrive(imip(message("REQUEST", *INVITED)))
    if method == "REQUEST":
        host.arrive(imip(message("REQUEST", *INVITED, "LOCATION:Room 1", stamp="20260102T000000Z")))
    assert host.one()["organizerCalendarAddress"] == f"mailto:{DAVE}"
    assert ("locations" in host.one()) == (method == "REQUEST")


@pytest.mark.parametrize("method", ["REQUEST", "ADD", "CANCEL", "REPLY"])
def test_events_of_the_users_own(host: Inboxes, method: str) -> None:
    """Without any participants, an UID that somebody has guessed."""
    host.new(uid=UID)
    before = host.files()
    host.arrive(imip(message(method, *INVITED, sequence=9)))
    assert host.files() == before


@pytest.mark.rfc("5546", "6.2.2")
def test_flood(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many new events a day from one, and from all."""
    monkeypatch.setattr("jmapd.scheduling.memory.FROM_ONE", 2)
    monkeypatch.setattr("jmapd.scheduling.memory.FROM_ALL", 3)
    for number in range(4):
        host.arrive(imip(message("REQUEST", *INVITED, uid=f"{number}@example.com")))
    assert len(host.all_events()) == 2
    for number in range(3):
        lines = [line.replace(DAVE, ERIN) for line in INVITED]
        host.arrive(imip(message("REQUEST", *lines, uid=f"e{number}@example.com"), sender=ERIN))
    assert len(host.all_events()) == 3


def test_recurrence_bombs(host: Inboxes) -> None:
    """They are bounded where all events are."""
    host.arrive(imip(message("REQUEST", *INVITED, "RRULE:FREQ=SECONDLY")))
    assert len(host.all_events()) <= 1


def test_alarms_and_marks_of_others(host: Inboxes) -> None:
    """What is each user's own (jmap-calendars-27 5.4) comes from no message, however it is said."""
    props = ('JSPROP;JSPTR="isDraft":true', 'JSPROP;JSPTR="useDefaultAlerts":false', 'JSPROP;JSPTR="alerts":{}')
    host.arrive(imip(message("REQUEST", *INVITED, "COLOR:red", *props)))
    event = host.one()
    assert not {"color", "alerts"} & event.keys() and not event["isDraft"]
    assert event["useDefaultAlerts"] is True  # jmap-calendars-27 9.4


@pytest.mark.parametrize(("wanted", "count"), [("all", 1), ("known", 0), ("update", 0), ("off", 0)])
def test_who_may_add(tmp_path: Path, wanted: str, count: int) -> None:
    """[calendars] invitations."""
    host = Inboxes(tmp_path, calendars={"invitations": wanted})
    host.arrive(imip(message("REQUEST", *INVITED)))
    assert len(host.all_events()) == count


@pytest.mark.rfc("6047", "2.2.2")
def test_signed_only(tmp_path: Path) -> None:
    """[calendars] signed."""
    host = Inboxes(tmp_path, calendars={"invitations": "all", "signed": True})
    host.arrive(imip(message("REQUEST", *INVITED)))
    assert host.all_events() == []


def test_occurrences_without_end(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages each tell of some."""
    monkeypatch.setattr(applying, "MOST_OVERRIDES", 2)
    host.arrive(imip(message("REQUEST", *INVITED, "RRULE:FREQ=WEEKLY")))
    for day in range(10, 14):
        host.arrive(imip(message("ADD", *INVITED, sequence=1, start=f"202603{day}T090000Z")))
    assert len(host.one()["recurrenceOverrides"]) == 2


@pytest.mark.rfc("6638", "7.1")
def test_who_sends_the_answer(host: Inboxes) -> None:
    """SCHEDULE-AGENT is the user's to say: what a message has of it keeps no answer from being sent."""
    agent = ";SCHEDULE-AGENT=NONE;SCHEDULE-STATUS=2.0:mailto"
    host.arrive(imip(message("REQUEST", *INVITED).replace(":mailto", agent)))
    event = host.one()
    (id,) = (id for id, each in event["participants"].items() if "alice" in each["calendarAddress"])
    patch = {f"participants/{id}/participationStatus": "accepted"}
    host.call("CalendarEvent/set", {"update": {event["id"]: patch}, "sendSchedulingMessages": True})
    assert host.post() == [DAVE]
