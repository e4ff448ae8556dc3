"""Single occurrences: everybody is told of those he is in, and of no others (jmap-calendars-27 5.9.2.1, 5.9.2.2)."""

from typing import Any

import pytest

from tests.calendars.host import person
from tests.scheduling.outgoing import WEEKLY, Scheduling

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.9.2.1")
BOB, CAROL = "bob@example.net", "carol@example.net"
SECOND, THIRD, EXTRA = "2026-01-12T09:00:00", "2026-01-19T09:00:00", "2026-01-14T15:00:00"


def override(date: str, **patch: Any) -> dict[str, Any]:
    return {f"recurrenceOverrides/{date}": {name.replace("__", "/"): value for name, value in patch.items()}}


def weekly(host: Scheduling, *addresses: str, **overrides: Any) -> str:
    return host.invite(*addresses, recurrenceRule=WEEKLY, **overrides)


def test_invited_to_one_occurrence(host: Scheduling) -> None:
    """A message for that alone, of each by itself."""
    guest = {"participants/carol": person(CAROL)}
    weekly(host, BOB, recurrenceOverrides={SECOND: guest, THIRD: guest | {"title": "Party"}})
    bob, first, second = host.sent()
    assert bob.to == [BOB] and bob.value("RRULE") == "FREQ=WEEKLY"
    for mail, date, title in ((first, "20260112T090000", "Lunch"), (second, "20260119T090000", "Party")):
        assert (mail.method, mail.to, len(mail.events)) == ("REQUEST", [CAROL], 1)
        assert (mail.value("RECURRENCE-ID"), mail.value("SUMMARY")) == (date, title)
        assert mail.value("RRULE") is None and mail.value("DTSTART") == date
        assert mail.calendar.inside("VTIMEZONE")


def test_not_in_one_occurrence(host: Scheduling) -> None:
    """It is excluded for him; nothing of it is told."""
    weekly(host, BOB, CAROL, recurrenceOverrides={SECOND: {"participants/carol": None, "title": "About Carol"}})
    bob, carol = host.sent()
    assert bob.to == [BOB] and len(bob.events) == 2 and bob.values("EXDATE") == []
    assert carol.to == [CAROL] and len(carol.events) == 1 and carol.values("EXDATE") == ["20260112T090000"]
    assert "About Carol" not in carol.raw.decode()


def test_not_in_an_additional_occurrence(host: Scheduling) -> None:
    """It is omitted for him."""
    weekly(host, BOB, CAROL, recurrenceOverrides={EXTRA: {"participants/carol": None}})
    carol = next(mail for mail in host.sent() if mail.to == [CAROL])
    text = carol.calendar.text()
    assert "20260114T150000" not in text and "EXDATE" not in text and "RDATE" not in text


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
def test_excluded(host: Scheduling) -> None:
    """CANCEL of it to all participants; no REQUEST."""
    id = weekly(host, BOB, CAROL)
    (mail,) = host.patched(id, override(SECOND, excluded=True))
    assert (mail.method, mail.to) == ("CANCEL", [BOB, CAROL])
    assert (mail.value("RECURRENCE-ID"), mail.value("STATUS")) == ("20260112T090000", "CANCELLED")
    assert int(mail.value("SEQUENCE") or 0) > 0 and mail.value("RRULE") is None


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
def test_destroyed_by_its_synthetic_id(host: Scheduling) -> None:
    id = weekly(host, BOB)
    (mail,) = host.gone(f"{id}_20260112T090000")
    assert (mail.method, mail.to, mail.value("RECURRENCE-ID")) == ("CANCEL", [BOB], "20260112T090000")


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
def test_additional_occurrence_removed(host: Scheduling) -> None:
    id = weekly(host, BOB, recurrenceOverrides={EXTRA: {"title": "Extra"}})
    (mail,) = host.patched(id, {f"recurrenceOverrides/{EXTRA}": None})
    assert (mail.method, mail.value("RECURRENCE-ID"), mail.value("SUMMARY")) == ("CANCEL", "20260114T150000", "Extra")


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
def test_override_taken_back(host: Scheduling) -> None:
    """An occurrence that the rule gives is no additional one."""
    id = weekly(host, BOB, recurrenceOverrides={SECOND: {"title": "Other"}})
    (mail,) = host.patched(id, {f"recurrenceOverrides/{SECOND}": None})
    assert mail.method == "REQUEST" and len(mail.events) == 1


def test_additional_occurrence(host: Scheduling) -> None:
    """REQUEST of the whole, as ADD is understood by few."""
    id = weekly(host, BOB)
    (mail,) = host.patched(id, override(EXTRA))
    assert (mail.method, mail.values("RDATE")) == ("REQUEST", ["20260114T150000"])


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
def test_excluded_and_changed(host: Scheduling) -> None:
    id = weekly(host, BOB)
    cancel, request = host.patched(id, override(SECOND, excluded=True) | {"title": "Dinner"})
    assert (cancel.method, cancel.value("SUMMARY")) == ("CANCEL", "Lunch")
    assert (request.method, request.values("EXDATE")) == ("REQUEST", ["20260112T090000"])


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
@pytest.mark.rfc("5546", "3.2.5")
def test_removed_from_one_occurrence(host: Scheduling) -> None:
    """CANCEL to him alone, without STATUS; the others get a REQUEST."""
    id = weekly(host, BOB, CAROL)
    cancel, request = host.patched(id, override(SECOND, participants__carol=None))
    assert (cancel.method, cancel.to, cancel.value("RECURRENCE-ID")) == ("CANCEL", [CAROL], "20260112T090000")
    assert cancel.value("STATUS") is None and cancel.values("ATTENDEE") == [f"mailto:{CAROL}"]
    assert (request.method, request.to, len(request.events)) == ("REQUEST", [BOB], 2)


@pytest.mark.rfc("jmap-calendars-27", "5.9.2.2")
def test_guest_of_one_occurrence_removed(host: Scheduling) -> None:
    id = weekly(host, BOB, recurrenceOverrides={SECOND: {"participants/carol": person(CAROL)}})
    cancel, request = host.patched(id, {f"recurrenceOverrides/{SECOND}": None})
    assert (cancel.method, cancel.to, cancel.value("STATUS")) == ("CANCEL", [CAROL], None)
    assert (request.method, request.to) == ("REQUEST", [BOB])


def test_guest_of_one_occurrence_hears_of_that_alone(host: Scheduling) -> None:
    id = weekly(host, BOB, recurrenceOverrides={SECOND: {"participants/carol": person(CAROL)}})
    (mail,) = host.patched(id, override(THIRD, title="Not for Carol"))
    assert mail.to == [BOB]
    (cancel,) = [mail for mail in host.patched(id, override(SECOND, excluded=True)) if CAROL in mail.to]
    assert (cancel.method, cancel.value("STATUS")) == ("CANCEL", "CANCELLED")


def test_from_one_occurrence_to_all(host: Scheduling) -> None:
    id = weekly(host, BOB, recurrenceOverrides={SECOND: {"participants/carol": person(CAROL)}})
    patch = {"participants/carol": person(CAROL), f"recurrenceOverrides/{SECOND}": None}
    (mail,) = [mail for mail in host.patched(id, patch) if mail.to == [CAROL]]
    assert (mail.method, mail.value("RRULE")) == ("REQUEST", "FREQ=WEEKLY")


def test_from_all_to_one_occurrence(host: Scheduling) -> None:
    """The event is cancelled, then he is invited to what is left."""
    id = weekly(host, BOB, CAROL)
    patch = {"participants/carol": None} | override(SECOND, participants__carol=person(CAROL))
    cancel, request = [mail for mail in host.patched(id, patch) if mail.to == [CAROL]]
    assert (cancel.method, cancel.value("RECURRENCE-ID"), cancel.value("STATUS")) == ("CANCEL", None, None)
    assert (request.method, request.value("RECURRENCE-ID")) == ("REQUEST", "20260112T090000")


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_per_user_properties_of_one_occurrence(host: Scheduling) -> None:
    id = weekly(host, BOB)
    assert host.patched(id, override(SECOND, color="red")) == []


@pytest.mark.rfc("jmap-calendars-27", "5.1.3")
def test_hidden_attendees_of_one_occurrence(host: Scheduling) -> None:
    guests = {"participants/carol": person(CAROL), "title": "Party"}
    weekly(host, BOB, hideAttendees=True, recurrenceOverrides={SECOND: guests})
    bob, carol = host.sent()
    assert bob.to == [BOB] and len(bob.events) == 2 and "carol" not in bob.raw.decode()
    assert carol.to == [CAROL] and carol.values("ATTENDEE") == [f"mailto:{CAROL}"]
