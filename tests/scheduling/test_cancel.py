"""CANCEL: who is told that he need not come (jmap-calendars-27 5.9.2.2; RFC 5546 3.2.5)."""

import pytest

from tests.calendars.host import person
from tests.scheduling.outgoing import WEEKLY, Scheduling

pytestmark = [pytest.mark.rfc("jmap-calendars-27", "5.9.2.2"), pytest.mark.rfc("5546", "3.2.5")]
BOB, CAROL = "bob@example.net", "carol@example.net"


def test_destroyed(host: Scheduling) -> None:
    """To all participants but the owner of the calendar."""
    made = host.made(host.meeting(BOB, CAROL, recurrenceRule=WEEKLY))
    before = int(host.one().value("SEQUENCE") or 0)
    (mail,) = host.gone(made["id"])
    assert (mail.method, mail.sender, mail.to) == ("CANCEL", "alice@example.org", [BOB, CAROL])
    assert mail.value("UID") == made["uid"] and mail.value("RECURRENCE-ID") is None
    assert mail.value("STATUS") == "CANCELLED" and int(mail.value("SEQUENCE") or 0) == before + 1
    assert mail.values("ATTENDEE") == [f"mailto:{BOB}", f"mailto:{CAROL}"]
    assert mail.value("ORGANIZER") == "mailto:alice@example.org" and mail.value("DTSTAMP")


def test_removed(host: Scheduling) -> None:
    """To him only; the others get a REQUEST. It has no STATUS, as the event still is."""
    id = host.invite(BOB, CAROL)
    cancel, request = host.patched(id, {"participants/carol": None, "title": "Without Carol"})
    assert (cancel.method, cancel.to, cancel.value("STATUS")) == ("CANCEL", [CAROL], None)
    assert cancel.values("ATTENDEE") == [f"mailto:{CAROL}"] and cancel.value("SUMMARY") == "Lunch"
    assert int(cancel.value("SEQUENCE") or 0) == int(request.value("SEQUENCE") or 0) > 0
    assert (request.method, request.to) == ("REQUEST", [BOB])
    assert f"mailto:{CAROL}" not in request.values("ATTENDEE")


def test_all_removed(host: Scheduling) -> None:
    id = host.invite(BOB)
    (mail,) = host.patched(id, {"participants": None})
    assert (mail.method, mail.to) == ("CANCEL", [BOB])


def test_another_address(host: Scheduling) -> None:
    """Of the same Participant: the old one is cancelled, the new one invited."""
    id = host.invite(BOB)
    cancel, request = host.patched(id, {"participants/bob/calendarAddress": f"mailto:{CAROL}"})
    assert (cancel.method, cancel.to, request.method, request.to) == ("CANCEL", [BOB], "REQUEST", [CAROL])


def test_equivalent_address(host: Scheduling) -> None:
    """RFC 3986 6.2.2: nobody is removed."""
    id = host.invite(BOB)
    mails = host.patched(id, {"participants/bob/calendarAddress": "MAILTO:Bob@EXAMPLE.net"})
    assert [mail.method for mail in mails] in ([], ["REQUEST"])


def test_status_cancelled_is_an_update(host: Scheduling) -> None:
    """5.9.2.1: a property like others."""
    id = host.invite(BOB)
    (mail,) = host.changed(id, status="cancelled")
    assert (mail.method, mail.value("STATUS")) == ("REQUEST", "CANCELLED")


@pytest.mark.rfc("jmap-calendars-27", "5.1.3")
def test_hidden(host: Scheduling) -> None:
    id = host.invite(BOB, CAROL, hideAttendees=True)
    bob, carol = host.gone(id)
    assert bob.values("ATTENDEE") == [f"mailto:{BOB}"] and "carol" not in bob.raw.decode()
    assert carol.to == [CAROL] and "bob" not in carol.raw.decode()


def test_several_in_one_call(host: Scheduling) -> None:
    """What one call does is told once: as it was before, and as it is after all."""
    id = host.invite(BOB, recurrenceRule=WEEKLY)
    host.sent()
    ids = [f"{id}_20260112T090000", f"{id}_20260119T090000"]
    host.set(destroy=ids)
    mail = host.one()
    assert mail.method == "CANCEL" and sorted(
        line.value for event in mail.events for line in event.named("RECURRENCE-ID")
    ) == ["20260112T090000", "20260119T090000"]
    assert len(mail.calendar.inside("VTIMEZONE")) == 1


def test_with_the_calendar_nothing_is_sent(host: Scheduling) -> None:
    """4.3: onDestroyRemoveEvents sends no messages, as nobody asks for them."""
    host.invite(BOB)
    host.sent()
    host.call("Calendar/set", {"destroy": [host.calendar()], "onDestroyRemoveEvents": True})
    assert host.sent() == []


def test_person_who_stays(host: Scheduling) -> None:
    """Under another key he is still invited."""
    id = host.invite(BOB)
    mails = host.patched(id, {"participants/bob": None, "participants/x": person(BOB, expectReply=True)})
    assert "CANCEL" not in [mail.method for mail in mails]
