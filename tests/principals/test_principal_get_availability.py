"""Principal/getAvailability (jmap-calendars-27 2.2): which events count, and what is told of them."""

from typing import Any

import pytest

from tests.calendars.host import person
from tests.principals.host import People

pytestmark = pytest.mark.rfc("jmap-calendars-27", "2.2")
JANUARY = {"utcStart": "2026-01-01T00:00:00Z", "utcEnd": "2026-02-01T00:00:00Z"}
METHOD = "Principal/getAvailability"
ME = "alice@example.org"


def busy(host: People, of: str | None = None, **arguments: Any) -> list[dict[str, Any]]:
    given = {"id": of or host.principal(host.account), **JANUARY, **arguments}
    return list(host.call(METHOD, given)["list"])


def at(host: People, of: str | None = None, **arguments: Any) -> list[tuple[str, str, str]]:
    """(from, to, busyStatus), without seconds."""
    return [(each["utcStart"][5:16], each["utcEnd"][5:16], each["busyStatus"]) for each in busy(host, of, **arguments)]


def attended(answer: str, **more: Any) -> dict[str, Any]:
    """An event that bob organizes, and to which alice was invited."""
    people = {
        "1": person("bob@example.org", "owner"),
        "2": person(ME, "attendee", participationStatus=answer),
    }
    return {"participants": people, "organizerCalendarAddress": "mailto:bob@example.org", **more}


LUNCH = ("01-05T08:00", "01-05T09:00")


def test_a_busy_period(host: People) -> None:
    host.new("Lunch")
    answer = host.call(
        METHOD, {"id": host.principal("alice"), **JANUARY, "showDetails": False, "eventProperties": None}
    )
    assert answer == {
        "accountId": "alice",
        "list": [
            {
                "utcStart": "2026-01-05T08:00:00Z",
                "utcEnd": "2026-01-05T09:00:00Z",
                "busyStatus": "unavailable",
                "event": None,
                "accountId": None,
            }
        ],
    }


def test_recurring_events_are_expanded(host: People) -> None:
    overrides = {
        "2026-01-12T09:00:00": {"start": "2026-01-13T10:00:00"},
        "2026-01-19T09:00:00": {"excluded": True},
        "2026-01-26T09:00:00": {"freeBusyStatus": "free"},
    }
    host.new("Weekly", recurrenceRule={"@type": "RecurrenceRule", "frequency": "weekly"}, recurrenceOverrides=overrides)
    assert [each[0] for each in at(host)] == ["01-05T08:00", "01-13T09:00"]


def test_finishes_after_the_start_and_starts_before_the_end(host: People) -> None:
    host.new("Lunch")
    for start, end, is_found in (
        ("08:30:00", "08:40:00", True),
        ("07:00:00", "08:00:01", True),
        ("08:59:59", "10:00:00", True),
        ("07:00:00", "08:00:00", False),
        ("09:00:00", "10:00:00", False),
    ):
        found = busy(host, utcStart=f"2026-01-05T{start}Z", utcEnd=f"2026-01-05T{end}Z")
        assert bool(found) is is_found, (start, end)


@pytest.mark.parametrize(
    "more",
    [
        {"privacy": "secret"},
        {"freeBusyStatus": "free"},
        {"status": "cancelled"},
    ],
)
def test_what_does_not_count(host: People, more: dict[str, Any]) -> None:
    host.new("Lunch", **more)
    assert busy(host) == []


def test_a_calendar_that_is_not_subscribed_to(host: People) -> None:
    host.new("Lunch")
    host.updated(host.calendar("home"), {"isSubscribed": False}, "Calendar")
    assert busy(host) == []


def test_include_in_availability(host: People) -> None:
    for status in ("accepted", "tentative", "declined", "needs-action"):
        hour = {"accepted": 9, "tentative": 10, "declined": 11, "needs-action": 12}[status]
        host.new(status, **attended(status, start=f"2026-01-05T{hour:02}:00:00"))
    host.new("alone", start="2026-01-05T13:00:00")
    home = host.calendar("home")
    assert [each[:2] for each in at(host)] == [
        ("01-05T08:00", "01-05T09:00"),
        ("01-05T09:00", "01-05T10:00"),
        ("01-05T10:00", "01-05T13:00"),
    ]
    host.updated(home, {"includeInAvailability": "attending"}, "Calendar")
    assert at(host) == [("01-05T08:00", "01-05T09:00", "confirmed"), ("01-05T09:00", "01-05T10:00", "tentative")]
    host.updated(home, {"includeInAvailability": "none"}, "Calendar")
    assert busy(host) == []


def test_an_event_in_two_calendars_counts_by_any_of_them(host: People) -> None:
    id, other = host.new("Lunch"), host.calendar("other")
    host.updated(host.calendar("home"), {"includeInAvailability": "none"}, "Calendar")
    assert busy(host) == []
    host.updated(id, {f"calendarIds/{other}": True})
    assert at(host) == [(*LUNCH, "unavailable")]
    host.updated(host.calendar("home"), {"includeInAvailability": "all", "timeZone": "Asia/Tokyo"}, "Calendar")
    assert len(busy(host, showDetails=True)) == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (attended("accepted"), "confirmed"),
        (attended("accepted", status="tentative"), "tentative"),
        (attended("tentative"), "tentative"),
        (attended("needs-action"), "unavailable"),
        ({}, "unavailable"),
        ({"status": "tentative"}, "tentative"),
    ],
)
def test_busy_status(host: People, more: dict[str, Any], status: str) -> None:
    host.new("Lunch", **more)
    assert at(host) == [(*LUNCH, status)]


@pytest.mark.rfc("jmap-calendars-27", "4")
def test_floating_events_are_in_the_calendars_zone_or_the_principals(host: People) -> None:
    host.new("Lunch", timeZone=None)
    assert at(host)[0][0] == "01-05T09:00"
    host.updated(host.principal("alice"), {"timeZone": "Europe/Berlin"}, "Principal")
    assert at(host)[0][0] == "01-05T08:00"
    host.updated(host.calendar("home"), {"timeZone": "America/New_York"}, "Calendar")
    assert at(host)[0][0] == "01-05T14:00"


def test_details(host: People) -> None:
    id = host.new("Weekly", recurrenceRule={"@type": "RecurrenceRule", "frequency": "weekly", "count": 2})
    first, second = busy(host, showDetails=True)
    assert (first["accountId"], first["event"]["title"]) == ("alice", "Weekly")
    assert first["event"]["baseEventId"] == id and first["event"]["start"] == "2026-01-05T09:00:00"
    assert second["event"]["start"] == "2026-01-12T09:00:00" and "recurrenceRule" not in second["event"]
    (first, _) = busy(host, showDetails=True, eventProperties=["title", "id", "utcStart", "unknown"])
    assert first["event"] == {
        "title": "Weekly",
        "id": host.occurrences("2026-01-01T00:00:00", "2026-01-08T00:00:00")[0],
        "utcStart": "2026-01-05T08:00:00Z",
    }


def test_no_details_of_what_is_private(host: People) -> None:
    host.new("Doctor", privacy="private")
    (found,) = busy(host, showDetails=True)
    assert found["event"] is None and found["accountId"] is None


def test_nothing_overlaps(host: People) -> None:
    host.new("a", **attended("tentative", start="2026-01-05T09:00:00", duration="PT4H"))
    host.new("b", start="2026-01-05T10:00:00", duration="PT2H")
    host.new("c", **attended("accepted", start="2026-01-05T11:00:00", duration="PT2H"))
    host.new("d", start="2026-01-05T13:00:00", duration="PT1H")
    host.new("e", start="2026-01-05T14:00:00", duration="PT1H")
    host.new("f", start="2026-01-05T20:00:00", duration="PT0S")
    assert at(host) == [
        ("01-05T08:00", "01-05T09:00", "tentative"),
        ("01-05T09:00", "01-05T10:00", "unavailable"),
        ("01-05T10:00", "01-05T12:00", "confirmed"),
        ("01-05T12:00", "01-05T14:00", "unavailable"),
    ]
