"""REQUEST: what the organizer's changes are told (jmap-calendars-27 5.9.2.1; RFC 5546 3.2.2)."""

from typing import Any

import pytest

from jmapd.datatypes.calendars import scheduling
from tests.calendars.host import person
from tests.scheduling.outgoing import ALICE, WEEKLY, Scheduling

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9.2.1")
BOB, CAROL = "bob@example.net", "carol@example.net"


def test_created(host: Scheduling) -> None:
    """To all current participants but the owner of the calendar."""
    host.invite(BOB, CAROL, title="Lunch")
    mail = host.one()
    assert (mail.method, mail.sender, mail.to) == ("REQUEST", "alice@example.org", [BOB, CAROL])
    assert mail.value("SUMMARY") == "Lunch" and mail.value("ORGANIZER") == "mailto:alice@example.org"
    assert mail.values("ATTENDEE") == ["mailto:alice@example.org", f"mailto:{BOB}", f"mailto:{CAROL}"]


@pytest.mark.rfc("5546", "3.2.2")
def test_object(host: Scheduling) -> None:
    """What a REQUEST must have: METHOD, DTSTAMP, DTSTART, ORGANIZER, SUMMARY, UID, ATTENDEE, VTIMEZONE; no VALARM."""
    alert = {"1": {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}}
    made = host.made(host.meeting(BOB, title="", alerts=alert))
    mail = host.one()
    (event,) = mail.events
    for name in ("DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "UID", "SEQUENCE"):
        assert len(event.named(name)) == 1, name
    assert mail.value("UID") == made["uid"] and len(mail.calendar.named("METHOD")) == 1
    assert mail.calendar.inside("VTIMEZONE") and not event.components
    assert mail.params(BOB) == {"RSVP": "TRUE"}


def test_without_the_argument_nothing_is_sent(host: Scheduling) -> None:
    id = host.new(participants={"a": ALICE, "b": person(BOB)})
    host.updated(id, {"title": "Dinner"})
    host.destroyed(id)
    assert host.sent() == []


def test_updated(host: Scheduling) -> None:
    """Any property that is not per-user."""
    id = host.invite(BOB)
    host.one()
    (mail,) = host.changed(id, title="Dinner")
    assert (mail.method, mail.to, mail.value("SUMMARY")) == ("REQUEST", [BOB], "Dinner")


@pytest.mark.rfc("5546", "2.1.4")
def test_sequence(host: Scheduling) -> None:
    """Incremented when the time changes."""
    id = host.invite(BOB)
    before = int(host.one().value("SEQUENCE") or 0)
    (mail,) = host.changed(id, start="2026-01-06T09:00:00")
    assert int(mail.value("SEQUENCE") or 0) > before


@pytest.mark.parametrize(
    "patch",
    [
        {"keywords": {"fun": True}},
        {"color": "red"},
        {"freeBusyStatus": "free"},
        {"useDefaultAlerts": True},
        {"alerts": {"1": {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}}},
    ],
)
@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_per_user_properties_send_nothing(host: Scheduling, patch: dict[str, Any]) -> None:
    assert host.patched(host.invite(BOB), patch) == []


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_per_user_properties_are_not_sent(host: Scheduling) -> None:
    alerts = {"1": {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}}
    more = {"keywords": {"secret-project": True}, "color": "red", "freeBusyStatus": "free", "alerts": alerts}
    host.invite(BOB, recurrenceRule=WEEKLY, recurrenceOverrides={"2026-01-12T09:00:00": {"color": "blue"}}, **more)
    text = host.one().calendar.text()
    for word in ("CATEGORIES", "secret-project", "COLOR", "TRANSP", "VALARM", "RDATE"):
        assert word not in text
    assert text.count("BEGIN:VEVENT") == 1


@pytest.mark.rfc("jscalendar-icalendar-25", "1.4")
def test_only_what_all_programs_know(host: Scheduling) -> None:
    """No JSPROP, JSID; one ROLE of RFC 5545."""
    place = {"1": {"@type": "Location", "name": "Room"}}
    host.invite(BOB, mayInviteSelf=True, locations=place, **{"example.org:x": {"a": 1}})
    mail = host.one()
    for word in ("JSPROP", "JSID", "mayInviteSelf", "example.org:x", "OWNER"):
        assert word not in mail.calendar.text()
    assert mail.value("LOCATION") == "Room" and mail.params("alice@example.org")["ROLE"] == "CHAIR"


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_a_draft_sends_nothing_until_it_is_none(host: Scheduling) -> None:
    id = host.invite(BOB, isDraft=True)
    assert host.sent() == [] and host.changed(id, title="Dinner") == []
    (mail,) = host.changed(id, isDraft=False)
    assert (mail.method, mail.to) == ("REQUEST", [BOB])
    assert mail.message["Subject"] == "Invitation: Dinner"
    other = host.invite(BOB, isDraft=True)
    assert host.gone(other) == []


def test_added(host: Scheduling) -> None:
    """The new one and all others."""
    id = host.invite(BOB)
    mails = host.patched(id, {"participants/carol": person(CAROL)})
    assert [mail.method for mail in mails] == ["REQUEST", "REQUEST"]
    assert sorted(to for mail in mails for to in mail.to) == [BOB, CAROL]
    subjects = {mail.to[0]: mail.message["Subject"] for mail in mails}
    assert subjects == {BOB: "Updated invitation: Lunch", CAROL: "Invitation: Lunch"}


def test_answers_of_others_are_not_told(host: Scheduling) -> None:
    """5.9.2: not essential; to whom it is about it is."""
    id = host.invite(BOB, CAROL)
    host.sent()
    (mail,) = host.patched(id, {"participants/bob/participationStatus": "accepted"})
    assert mail.to == [BOB] and mail.params(BOB)["PARTSTAT"] == "ACCEPTED"


def test_never_to_the_owner_of_the_calendar(host: Scheduling) -> None:
    """5.9.2: by whatever address of the account."""
    host.invite("ally@example.org", "Alice@Example.ORG", BOB)
    assert host.one().to == [BOB]


def test_nobody_to_tell(host: Scheduling) -> None:
    host.made(host.draft(participants={"alice": ALICE}))
    host.made(host.draft())
    assert host.sent() == []


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_organizer_is_set(host: Scheduling) -> None:
    """Where participants come to an event that had none."""
    id = host.new()
    (mail,) = host.patched(id, {"participants": {"b": person(BOB)}})
    assert mail.value("ORGANIZER") == "mailto:alice@example.org" and mail.to == [BOB]


@pytest.mark.rfc("jmap-calendars-27", "5.1.3")
def test_hide_attendees(host: Scheduling) -> None:
    """The recipient is the only attendee."""
    id = host.invite(BOB, CAROL, hideAttendees=True)
    bob, carol = host.sent()
    assert (bob.to, bob.values("ATTENDEE")) == ([BOB], [f"mailto:{BOB}"])
    assert (carol.to, carol.values("ATTENDEE")) == ([CAROL], [f"mailto:{CAROL}"])
    assert bob.value("ORGANIZER") == "mailto:alice@example.org"
    assert "carol" not in bob.raw.decode() and "bob" not in carol.raw.decode()
    (mail,) = host.patched(id, {"participants/dan": person("dan@example.net")})
    assert mail.to == ["dan@example.net"]


@pytest.mark.rfc("jmap-calendars-27", "5.1.1")
def test_who_adds_himself_in_a_shared_calendar(make_host: Any) -> None:
    """mayInviteSelf: he gets a REQUEST as all others do, from whose calendar it is."""
    host = make_host({"alice": ["bob"]})
    id = host.invite(CAROL, mayInviteSelf=True)
    host.sent()
    host.log_in("bob")
    mails = host.patched(id, {"participants/bob": person("bob@example.org", participationStatus="accepted")})
    assert sorted(to for mail in mails for to in mail.to) == ["bob@example.org", CAROL]
    assert {mail.sender for mail in mails} == {"alice@example.org"}


@pytest.mark.parametrize("agent", ["client", "none"])
def test_schedule_agent(host: Scheduling, agent: str) -> None:
    """RFC 6638 7.1, RFC 8984 4.4.6: who is told by others, or not at all, is not told; it is in no message."""
    people = {"alice": ALICE, "bob": person(BOB), "carol": person(CAROL, scheduleAgent=agent)}
    host.made(host.draft(participants=people))
    mail = host.one()
    assert mail.to == [BOB] and "SCHEDULE-AGENT" not in mail.calendar.text()


def test_schedule_agent_of_a_file(host: Scheduling) -> None:
    """As CalDAV clients write it."""
    lines = (
        "ORGANIZER:mailto:alice@example.org",
        f"ATTENDEE;SCHEDULE-AGENT=NONE:mailto:{BOB}",
        f"ATTENDEE:mailto:{CAROL}",
    )
    body = "".join(
        f"{line}\r\n" for line in ("BEGIN:VEVENT", "UID:a", "DTSTART:20260105T090000Z", *lines, "END:VEVENT")
    )
    host.write("a.ics", f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}END:VCALENDAR\r\n")
    (event,) = host.events()
    (mail,) = host.changed(event["id"], title="New")
    assert mail.to == [CAROL] and "SCHEDULE-AGENT" not in mail.calendar.text()


@pytest.mark.rfc("jmap-calendars-27", "5.3")
def test_attachments_go_along(host: Scheduling) -> None:
    blob = host.upload(b"the agenda", "text/plain")
    link = {"@type": "Link", "blobId": blob, "rel": "enclosure", "contentType": "text/plain"}
    id = host.invite(BOB, links={"1": link})
    first = host.one().calendar.text()
    (mail,) = host.changed(id, title="Again")
    for text in (first, mail.calendar.text()):
        assert "dGhlIGFnZW5kYQ==" in text.replace("\r\n ", "")


@pytest.mark.rfc("jmap-calendars-27", "9.4")
@pytest.mark.parametrize(("most", "is_there"), [(200, True), (40, False)])
def test_attachments_of_many_mails(
    host: Scheduling, monkeypatch: pytest.MonkeyPatch, most: int, is_there: bool
) -> None:
    """All of one change together are bounded, as where each participant gets a mail of his own."""
    monkeypatch.setattr(scheduling, "MAX_OCTETS", most)
    link = {"@type": "Link", "blobId": host.upload(b"the agenda", "text/plain"), "rel": "enclosure"}
    host.invite(BOB, CAROL, links={"1": link}, hideAttendees=True)
    found = ["dGhlIGFnZW5kYQ==" in mail.calendar.text().replace("\r\n ", "") for mail in host.sent()]
    assert found == [is_there, is_there]


@pytest.mark.parametrize("status", ["declined", "needs-action"])
def test_hidden_attendees_and_one_of_their_occurrences(host: Scheduling, status: str) -> None:
    """Nothing tells the others that there is something about it."""
    answer = {"2026-01-12T09:00:00": {"participants/carol/participationStatus": status}}
    host.invite(BOB, CAROL, hideAttendees=True, recurrenceRule=WEEKLY, recurrenceOverrides=answer)
    found = {mail.to[0]: mail for mail in host.sent()}
    assert "20260112" not in found[BOB].calendar.text()
    assert "20260112" in found[CAROL].calendar.text()
