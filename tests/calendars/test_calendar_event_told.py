"""What CalendarEvent/set tells of what it keeps otherwise (RFC 8620 5.3; jmap-calendars-27 5.7, 5.9)."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars

pytestmark = pytest.mark.rfc("8620", "5.3")
ALERT = {"@type": "Alert", "action": "display", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}
NEXT = {"@type": "Relation", "relation": {"next": True}}


@pytest.mark.rfc("jmap-calendars-27", "5")
@pytest.mark.parametrize("value", [False, None])
def test_a_draft_that_is_none_any_more(host: Calendars, value: bool | None) -> None:
    id = host.new(isDraft=True)
    assert (host.updated(id, {"isDraft": value}) or {}).get("isDraft", False) is False
    assert host.event(id)["isDraft"] is False
    assert host.not_updated(id, {"isDraft": True})["properties"] == ["isDraft"]


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_nothing_of_icalendar(host: Calendars) -> None:
    made = host.created("CalendarEvent", host.draft(alerts={"1": ALERT}))
    assert "alerts" not in made
    assert "alerts" not in (host.updated(made["id"], {"alerts/2": ALERT}) or {})
    assert host.event(made["id"])["alerts"] == {"1": ALERT, "2": ALERT}
    both = {"blobId": host.upload(b"hello"), "href": "https://example.org/x"}
    assert "iCalendar" not in host.created("CalendarEvent", host.draft(links={"1": both}))


@pytest.mark.parametrize(
    "patch",
    [
        {"relatedTo/x": NEXT},
        {"recurrenceRule/until": "2026-03-01T09:00:00"},
        {"alerts": {"1": ALERT}},
        {"keywords/x": True},
        {"locations": {"1": {"@type": "Location", "name": "Room"}}},
        {"recurrenceOverrides/2026-01-12T09:00:00": {"title": "Other"}},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_nothing_of_what_is_as_it_was_given(host: Calendars, patch: dict[str, Any]) -> None:
    id = host.new(recurrenceRule=WEEKLY)
    assert (host.updated(id, patch) or {}).keys() <= {"updated", "sequence"}


def test_what_says_nothing(host: Calendars) -> None:
    made = host.created("CalendarEvent", host.draft(showWithoutTime=False, locations={}, useDefaultAlerts=False))
    assert made.keys().isdisjoint({"showWithoutTime", "locations", "useDefaultAlerts"})
    for patch in ({"showWithoutTime": False}, {"locations": None}, {"descriptionContentType": "text/plain"}):
        told = host.updated(made["id"], patch) or {}
        assert told.keys().isdisjoint({"showWithoutTime", "locations", "sequence"})
    assert "sequence" not in host.event(made["id"])


@pytest.mark.rfc("jmap-calendars-27", "5.9")
@pytest.mark.parametrize(("given", "kept"), [(0, 4), (2, 4), (None, 4), (3, 3), (4, 4), (9, 9)])
def test_a_sequence_never_goes_back(host: Calendars, given: int | None, kept: int) -> None:
    id = host.new(sequence=3)
    told = host.updated(id, {"sequence": given}) or {}
    assert host.event(id)["sequence"] == kept
    assert told.get("sequence", given) == kept


@pytest.mark.parametrize("is_one", [False, True])
def test_a_sequence_stays_an_integer(host: Calendars, is_one: bool) -> None:
    most = 2**53 - 1
    id = host.new(sequence=most, recurrenceRule=WEEKLY)
    told = host.updated(f"{id}_20260112T090000" if is_one else id, {"title": "Dinner"}) or {}
    assert host.event(id)["sequence"] == told.get("sequence", most) == most


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_nothing_of_icalendar_when_links_change(host: Calendars) -> None:
    id = host.new(recurrenceRule=WEEKLY, links={"a": {"@type": "Link", "href": "https://example.org/a"}})
    for each in (id, f"{id}_20260112T090000"):
        told = host.updated(each, {"links/b": {"@type": "Link", "href": "https://example.org/b"}}) or {}
        assert told.keys() <= {"updated", "sequence"}


@pytest.mark.rfc("jmap-calendars-27", "5.9")
@pytest.mark.parametrize("zone", ["Asia/Tokyo", None, "Etc/UTC"])
@pytest.mark.parametrize("until", [{}, {"until": "2026-03-01T09:00:00"}], ids=["endless", "until"])
def test_a_rule_goes_though_the_time_zone_changes(host: Calendars, zone: str | None, until: dict[str, str]) -> None:
    id = host.new(recurrenceRule=WEEKLY | until)
    told = host.updated(id, {"recurrenceRule": None, "timeZone": zone}) or {}
    assert told.keys() <= {"updated", "sequence"}
    assert "recurrenceRule" not in host.event(id)
    (text,) = host.files().values()
    assert b"RRULE" not in text.partition(b"BEGIN:VEVENT")[2]
