"""REPLY: what an attendee's changes tell the organizer (jmap-calendars-27 5.9.2.3; RFC 5546 3.2.3)."""

from typing import Any

import pytest

from tests.calendars.host import person
from tests.scheduling.outgoing import WEEKLY, Scheduling

pytestmark = [pytest.mark.rfc("jmap-calendars-27", "5.9.2.3"), pytest.mark.rfc("5546", "3.2.3")]
CAROL, SECOND = "carol@example.net", "2026-01-12T09:00:00"
STATUS = "participants/me/participationStatus"


@pytest.mark.parametrize("status", ["accepted", "declined", "tentative"])
def test_answered(host: Scheduling, status: str) -> None:
    id = host.invited()
    (mail,) = host.patched(id, {STATUS: status})
    assert (mail.method, mail.sender, mail.to) == ("REPLY", "alice@example.org", [CAROL])
    assert mail.values("ATTENDEE") == ["mailto:alice@example.org"]
    assert mail.params("alice@example.org")["PARTSTAT"] == status.upper()
    assert mail.value("ORGANIZER") == f"mailto:{CAROL}" and mail.value("RECURRENCE-ID") is None


@pytest.mark.rfc("5546", "2.1.4")
def test_object(host: Scheduling) -> None:
    """UID and SEQUENCE are those of the REQUEST; no alarms, descriptions or other attendees."""
    id = host.invited(description="Only for me", alerts={})
    own = {"title": "My own words", "start": "2026-02-02T09:00:00"}
    (mail,) = host.patched(id, {STATUS: "accepted"} | own)
    assert b"My own words" not in mail.raw and mail.value("DTSTART") == "20260105T090000"
    assert mail.value("UID") == host.event(id)["uid"] and mail.value("SEQUENCE") == "4"
    assert len(mail.events[0].named("DTSTAMP")) == 1 and mail.value("DESCRIPTION") is None
    assert mail.value("STATUS") is None and not mail.events[0].components


def test_answer_to_a_newer_request(host: Scheduling) -> None:
    """That the client has taken in together with the answer: then it is about that one."""
    id = host.invited()
    (mail,) = host.patched(id, {STATUS: "accepted", "sequence": 5, "start": "2026-02-02T09:00:00"})
    assert (mail.value("SEQUENCE"), mail.value("DTSTART")) == ("5", "20260202T090000")


def test_back_to_needs_action(host: Scheduling) -> None:
    id = host.invited("accepted")
    assert host.patched(id, {STATUS: "needs-action"}) == []


def test_other_changes(host: Scheduling) -> None:
    """An attendee tells nothing else."""
    id = host.invited("accepted")
    assert host.patched(id, {"title": "Mine", "color": "red"}) == []


@pytest.mark.parametrize(("status", "sends"), [("accepted", True), ("needs-action", False)])
def test_created(host: Scheduling, status: str, sends: bool) -> None:
    people = {"org": person(CAROL, "owner"), "me": person("alice@example.org", participationStatus=status)}
    host.made(host.draft(participants=people, organizerCalendarAddress=f"mailto:{CAROL}"))
    assert [(mail.method, mail.to) for mail in host.sent()] == ([("REPLY", [CAROL])] if sends else [])


@pytest.mark.parametrize(("status", "sends"), [("accepted", True), ("declined", True), ("needs-action", False)])
def test_destroyed(host: Scheduling, status: str, sends: bool) -> None:
    """He declines."""
    mails = host.gone(host.invited(status))
    assert len(mails) == sends
    for mail in mails:
        assert (mail.method, mail.params("alice@example.org")["PARTSTAT"]) == ("REPLY", "DECLINED")


def test_one_occurrence(host: Scheduling) -> None:
    """For that recurrence id alone."""
    id = host.invited(recurrenceRule=WEEKLY)
    (mail,) = host.patched(id, {f"recurrenceOverrides/{SECOND}": {STATUS: "declined"}})
    assert (mail.method, len(mail.events), mail.value("RECURRENCE-ID")) == ("REPLY", 1, "20260112T090000")
    assert mail.params("alice@example.org")["PARTSTAT"] == "DECLINED" and mail.value("RRULE") is None
    assert mail.calendar.inside("VTIMEZONE")


def test_one_occurrence_by_its_synthetic_id(host: Scheduling) -> None:
    id = host.invited("accepted", recurrenceRule=WEEKLY)
    (mail,) = host.patched(f"{id}_20260112T090000", {STATUS: "tentative"})
    assert (mail.value("RECURRENCE-ID"), len(mail.events)) == ("20260112T090000", 1)


def test_one_occurrence_destroyed(host: Scheduling) -> None:
    id = host.invited("accepted", recurrenceRule=WEEKLY)
    (mail,) = host.gone(f"{id}_20260112T090000")
    assert mail.value("RECURRENCE-ID") == "20260112T090000"
    assert mail.params("alice@example.org")["PARTSTAT"] == "DECLINED"


def test_event_and_occurrence(host: Scheduling) -> None:
    """Both in one message; an occurrence that goes with the event needs none of its own."""
    id = host.invited(recurrenceRule=WEEKLY, recurrenceOverrides={"2026-01-19T09:00:00": {"title": "Moved"}})
    (mail,) = host.patched(id, {STATUS: "accepted", f"recurrenceOverrides/{SECOND}": {STATUS: "declined"}})
    found = [(mail.value("RECURRENCE-ID", n), mail.params("alice@example.org", n)["PARTSTAT"]) for n in (0, 1)]
    assert len(mail.events) == 2 and found == [(None, "ACCEPTED"), ("20260112T090000", "DECLINED")]


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_lone_occurrence(host: Scheduling) -> None:
    """Of an event that was never seen whole."""
    id = host.invited(recurrenceId="2026-01-05T09:00:00", recurrenceIdTimeZone="Europe/Berlin")
    (mail,) = host.patched(id, {STATUS: "accepted"})
    assert mail.value("RECURRENCE-ID") == "20260105T090000"


@pytest.mark.rfc("jmap-calendars-27", "9.1")
def test_identities_do_not_tell_of_each_other(host: Scheduling) -> None:
    """A message for every participant that is the user, from that address."""
    people = {
        "org": person(CAROL, "owner"),
        "me": person("alice@example.org"),
        "too": person("ally@example.org"),
    }
    draft = host.draft(participants=people, organizerCalendarAddress=f"mailto:{CAROL}")
    id = str(host.created("CalendarEvent", draft)["id"])
    patch = {"participants/me/participationStatus": "accepted", "participants/too/participationStatus": "declined"}
    mails = sorted(host.patched(id, patch), key=lambda mail: mail.sender)
    assert [mail.sender for mail in mails] == ["alice@example.org", "ally@example.org"]
    assert b"ally@" not in mails[0].raw and b"alice@" not in mails[1].raw
    (mail,) = host.patched(id, {"participants/too/participationStatus": "accepted"})
    assert mail.sender == "ally@example.org"


@pytest.mark.rfc("5546", "3.2.2.3")
def test_delegated(host: Scheduling) -> None:
    """DELEGATED-TO, and an ATTENDEE for the delegate."""
    id = host.invited()
    patch = {
        STATUS: "delegated",
        "participants/me/delegatedTo": {"mailto:dan@example.net": True},
        "participants/dan": person("dan@example.net", delegatedFrom={"mailto:alice@example.org": True}),
    }
    (mail,) = host.patched(id, patch)
    assert (mail.method, mail.to) == ("REPLY", [CAROL])
    mine, his = mail.params("alice@example.org"), mail.params("dan@example.net")
    assert (mine["PARTSTAT"], mine["DELEGATED-TO"]) == ("DELEGATED", "mailto:dan@example.net")
    assert his["DELEGATED-FROM"] == "mailto:alice@example.org"


def test_party_crasher(host: Scheduling) -> None:
    """RFC 5546 3.2.3: who adds himself to another's event."""
    people = {"org": person(CAROL, "owner"), "bob": person("bob@example.net")}
    draft = host.draft(participants=people, organizerCalendarAddress=f"mailto:{CAROL}", mayInviteSelf=True)
    id = str(host.created("CalendarEvent", draft)["id"])
    (mail,) = host.patched(id, {"participants/me": person("alice@example.org", participationStatus="accepted")})
    assert (mail.method, mail.values("ATTENDEE")) == ("REPLY", ["mailto:alice@example.org"])


def test_organizer_on_the_same_host(make_host: Any) -> None:
    """By mail as to anybody."""
    host = make_host()
    id = host.invited(organizer="bob@example.org")
    (mail,) = host.patched(id, {STATUS: "accepted"})
    assert mail.to == ["bob@example.org"] and mail.sender == "alice@example.org"


def test_organizer_who_is_told_by_others(host: Scheduling) -> None:
    """RFC 6638 7.1."""
    lines = f"ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:{CAROL}\r\nATTENDEE:mailto:alice@example.org\r\n"
    event = f"BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260105T090000Z\r\n{lines}END:VEVENT\r\n"
    host.write("a.ics", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n")
    (event_,) = host.events()
    (me,) = [id for id, each in event_["participants"].items() if "alice" in each["calendarAddress"]]
    assert host.patched(event_["id"], {f"participants/{me}/participationStatus": "accepted"}) == []


@pytest.mark.rfc("jmap-calendars-27", "5.9")
@pytest.mark.parametrize(("organizer", "other"), [(CAROL, "alice@example.org"), ("alice@example.org", CAROL)])
@pytest.mark.parametrize(("date", "zone"), [(SECOND, "Europe/Berlin"), ("2026-01-12T08:00:00", "Etc/UTC")])
def test_single_occurrences_become_their_event(
    host: Scheduling, organizer: str, other: str, date: str, zone: str
) -> None:
    """In one call: they go on as part of it, so they are neither declined nor cancelled; others are."""
    people = {"org": person(organizer, "owner"), "me": person(other, participationStatus="accepted")}
    event = host.draft(uid="u1", participants=people, organizerCalendarAddress=f"mailto:{organizer}")
    one = {"recurrenceId": date, "recurrenceIdTimeZone": zone, "start": date, "timeZone": zone}
    ids = [host.made(event | one)["id"], host.made(event | one | {"recurrenceId": "2026-01-13T09:00:00"})["id"]]
    host.sent()
    answer = host.set(create={"all": event | {"recurrenceRule": WEEKLY}}, destroy=ids)
    assert answer["created"] and answer["destroyed"] == ids
    told = [mail.value("RECURRENCE-ID") for mail in host.sent()]
    assert len(told) == 2 and None in told and any(each and each.startswith("20260113") for each in told)
