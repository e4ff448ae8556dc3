"""No message is missed, and none is followed twice."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.scheduling import applying, incoming
from jmapd.stores.base import Overtaken
from tests.scheduling.inbox import ORGANIZER, UID, Inboxes, attendee, imip, message

pytestmark = pytest.mark.rfc("5546", "2.1.5")
INVITED = (ORGANIZER, attendee("alice@example.org"), "SUMMARY:Plan", "DURATION:PT1H")


@pytest.fixture
def host(tmp_path: Path) -> Inboxes:
    return Inboxes(tmp_path)


def test_copies_and_moves(host: Inboxes) -> None:
    """What the user has removed stays away, wherever the message goes and how often it comes."""
    mail = imip(message("REQUEST", *INVITED))
    host.arrive(mail)
    host.destroyed(host.one()["id"])
    host.arrive(mail + "\r\n")
    host.arrive(mail, folder="Archive")
    id = host.ids()[0]
    host.call("Email/set", {"update": {id: {"mailboxIds": {host.mailbox("Archive"): True}}}})
    host.call("Email/set", {"update": {id: {"mailboxIds": {host.mailbox("Inbox"): True}}}})
    host.look()
    host.arrive(imip(message("REQUEST", *INVITED, stamp="20260102T000000Z")))  # nothing was rescheduled
    assert host.all_events() == []
    host.arrive(imip(message("REQUEST", *INVITED, stamp="20260103T000000Z", sequence=1, start="20260106T090000Z")))
    assert host.status() == "needs-action"


def test_index_made_anew(host: Inboxes) -> None:
    """States of before mean nothing then; what came since the last look is found by its time."""
    host.arrive(imip(message("REQUEST", *INVITED)))
    host.destroyed(host.one()["id"])
    host.deliver(imip(message("REQUEST", *INVITED, uid="second@example.com")), received=int(time.time()))
    for path in (host.config.paths.state_dir,):
        for name in ("CURRENT", *(each.name for each in (Path(path) / "alice").glob("snapshot.*"))):
            (Path(path) / "alice" / name).unlink()
    host.look()
    assert [each["uid"] for each in host.all_events()] == ["second@example.com"]


def test_first_look_leaves_old_mail(tmp_path: Path) -> None:
    """What lay in the Inbox for long before jmapd came was answered by other programs."""
    host = Inboxes(tmp_path)
    shutil.rmtree(Path(host.config.paths.state_dir) / "alice")
    host.start()
    host.deliver(imip(message("REQUEST", *INVITED)))
    host.deliver(imip(message("REQUEST", *INVITED, uid="new@example.com")), received=int(time.time()))
    host.look()
    assert [each["uid"] for each in host.all_events()] == ["new@example.com"]


def test_old_mail_that_is_moved_here(host: Inboxes) -> None:
    """A mailbox of years, brought along by another program, is no news; of a day is what came while nobody looked."""
    host.deliver(imip(message("REQUEST", *INVITED)))
    host.deliver(imip(message("REQUEST", *INVITED, uid="new@example.com")), received=int(time.time()) - 80_000)
    host.look("alice")
    assert [each["uid"] for each in host.all_events()] == ["new@example.com"]


def test_only_the_inbox(host: Inboxes) -> None:
    for folder in ("Junk", "Trash", "Lists", "Sent"):
        host.arrive(imip(message("REQUEST", *INVITED, uid=f"{folder}@example.com")), folder=folder)
    assert host.all_events() == []


def test_more_than_a_page(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "PAGE", 2)
    for number in range(5):
        host.deliver(imip(message("REQUEST", *INVITED, uid=f"{number}@example.com")), received=int(time.time()))
    host.look("alice")
    assert len(host.all_events()) == 5


@pytest.mark.parametrize("times", [1, 100])
def test_overtaken(host: Inboxes, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Another program changes the same file: tried again at once, and at the next look."""
    run, left = applying.Applying.run, [times]

    def failing(self: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise Overtaken("busy")
        run(self)

    monkeypatch.setattr(applying.Applying, "run", failing)
    host.deliver(imip(message("REQUEST", *INVITED)), received=int(time.time()))
    if times > incoming.TRIES:
        with pytest.raises(AssertionError):
            host.look("alice")
        left[0] = 0
    host.look("alice")
    assert host.one()["uid"] == UID


def test_killed_after_the_event_was_written(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is followed again, and changes nothing."""
    monkeypatch.setattr(incoming.Memory, "save", lambda self: None)
    host.arrive(imip(message("REQUEST", *INVITED)))
    monkeypatch.undo()
    before, told = host.files(), host.notifications()
    host.look("alice")
    assert host.files() == before and host.notifications() == told


def test_a_fault_of_ours_costs_one_message(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    run = applying.Applying.run

    def failing(self: Any) -> None:
        if self._message.uid == UID:
            raise RuntimeError("a fault")
        run(self)

    monkeypatch.setattr(applying.Applying, "run", failing)
    host.deliver(imip(message("REQUEST", *INVITED)), received=int(time.time()))
    host.arrive(imip(message("REQUEST", *INVITED, uid="second@example.com")))
    assert [each["uid"] for each in host.all_events()] == ["second@example.com"]


def test_calendars_away(host: Inboxes) -> None:
    """While its folder cannot be reached nothing is lost."""
    host.calendar()
    host.deliver(imip(message("REQUEST", *INVITED)), received=int(time.time()))
    folder = host.collections / "alice"
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(AssertionError):
        host.look("alice")
    away.rename(folder)
    host.look("alice")
    assert host.one()["uid"] == UID


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"version": 2}'])
def test_damaged_memory(host: Inboxes, content: bytes) -> None:
    path = Path(host.config.paths.state_dir) / "alice" / "scheduling.json"
    path.write_bytes(content)
    host.arrive(imip(message("REQUEST", *INVITED)))
    assert host.one()["uid"] == UID and b'"version":1' in path.read_bytes()


def test_memory_is_bounded(host: Inboxes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.scheduling.memory.MOST", 3)
    for number in range(5):
        host.deliver(imip(message("REQUEST", *INVITED, uid=f"{number}@example.com")), received=int(time.time()))
    host.look("alice")
    memory = incoming.Memory(Path(host.config.paths.state_dir) / "alice" / "scheduling.json")
    assert len(memory._messages) == len(memory._latest) == 3


WEEKLY = (*INVITED, "RRULE:FREQ=WEEKLY;COUNT=4")
FIRST, SECOND, THIRD = (f"2026010{day}T000000Z" for day in (1, 2, 3))


@pytest.mark.parametrize("date", ["20260112T090000Z", "TZID=Europe/Berlin:20260112T100000"])
@pytest.mark.parametrize("wanted", ["keep", "remove"])
def test_older_series_leaves_what_was_said_of_an_occurrence(tmp_path: Path, wanted: str, date: str) -> None:
    """It arrives late: what is cancelled stays so, and all else is as the series says."""
    host = Inboxes(tmp_path, calendars={"invitations": "all", "cancelled": wanted})
    cancel = message("CANCEL", *INVITED, f"RECURRENCE-ID:{date}", sequence=2, stamp=THIRD)
    host.arrive(imip(message("REQUEST", *WEEKLY, stamp=FIRST)))
    host.arrive(imip(cancel.replace("RECURRENCE-ID:TZID", "RECURRENCE-ID;TZID")))
    host.arrive(imip(message("REQUEST", *WEEKLY, "LOCATION:Room 1", sequence=1, stamp=SECOND)))
    event = host.one()
    assert event["locations"]
    patch = event["recurrenceOverrides"]["2026-01-12T09:00:00"]
    assert patch["status"] == "cancelled" if wanted == "keep" else patch == {"excluded": True}
    host.arrive(imip(message("REQUEST", *WEEKLY, "LOCATION:Room 2", sequence=3, stamp="20260104T000000Z")))
    assert "recurrenceOverrides" not in host.one()


def test_older_occurrence_leaves_the_series(host: Inboxes) -> None:
    """What was said of it before the organizer told of the series anew."""
    host.arrive(imip(message("REQUEST", *WEEKLY, stamp=FIRST)))
    host.arrive(imip(message("REQUEST", *WEEKLY, "LOCATION:Room 1", sequence=2, stamp=THIRD)))
    for method in ("REQUEST", "CANCEL"):
        host.arrive(imip(message(method, *INVITED, "RECURRENCE-ID:20260112T090000Z", sequence=1, stamp=SECOND)))
        assert "recurrenceOverrides" not in host.one()
    host.arrive(
        imip(message("CANCEL", *INVITED, "RECURRENCE-ID:20260112T090000Z", sequence=1, stamp=THIRD[:-2] + "1Z"))
    )
    assert host.one()["recurrenceOverrides"]


def test_cancellation_before_the_invitation(host: Inboxes) -> None:
    """Of one occurrence: it is not there when the series comes."""
    host.arrive(imip(message("CANCEL", *INVITED, "RECURRENCE-ID:20260112T090000Z", sequence=1, stamp=SECOND)))
    host.arrive(imip(message("REQUEST", *WEEKLY, stamp=FIRST)))
    assert host.one()["recurrenceOverrides"] == {"2026-01-12T09:00:00": {"excluded": True}}
