"""Occurrences: overrides, ranges, time zones."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jmapd.formats.jscalendar.recurrence import Occurrence, occurrences


def event(start: str = "2024-01-01T09:00:00", frequency: str = "", **more: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"@type": "Event", "start": start, "duration": "PT1H", "timeZone": "Europe/Berlin", **more}
    if frequency:
        record["recurrenceRule"] = {"@type": "RecurrenceRule", "frequency": frequency} | more.pop("rule", {})
        record.pop("rule", None)
    return record


def shown(each: Occurrence) -> str:
    start, end = (datetime.fromtimestamp(at / 1_000_000, UTC) for at in (each.start_utc, each.end_utc))
    return f"{each.recurrence_id} {start:%m-%dT%H:%M}/{end:%m-%dT%H:%M}"


def found(record: dict[str, Any], after: str | None = None, before: str | None = None, **more: Any) -> list[str]:
    low, high = (None if text is None else datetime.fromisoformat(text) for text in (after, before))
    return [shown(each) for each in occurrences(record, low, high, **more)]


def test_what_does_not_recur_has_no_recurrence_id() -> None:
    assert found(event()) == ["None 01-01T08:00/01-01T09:00"]


@pytest.mark.rfc("jmap-calendars-27", "5.11.1")
def test_a_range_has_what_ends_after_its_start_and_starts_before_its_end() -> None:
    daily = event(frequency="daily")
    assert found(daily, "2024-01-02T08:59:59", "2024-01-04T08:00:00") == [
        "2024-01-02T09:00:00 01-02T08:00/01-02T09:00",
        "2024-01-03T09:00:00 01-03T08:00/01-03T09:00",
    ]
    assert found(daily, "2024-01-02T09:00:00", "2024-01-03T08:00:00") == []


def test_an_occurrence_of_no_length_may_be_at_the_start_of_the_range() -> None:
    reminder = event(frequency="daily") | {"duration": "PT0S"}
    assert len(found(reminder, "2024-01-02T08:00:00", "2024-01-03T08:00:00")) == 1


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_overrides_exclude_move_and_add() -> None:
    overrides = {
        "2024-01-02T09:00:00": {"excluded": True},
        "2024-01-03T09:00:00": {"start": "2023-12-24T10:00:00", "duration": "PT30M", "title": "moved"},
        "2024-01-04T09:00:00": {"title": "renamed"},
        "2023-11-01T12:00:00": {},
        "no date-time": {},
    }
    record = event(frequency="daily", recurrenceOverrides=overrides, rule={"count": 4})
    assert found(record) == [
        "2023-11-01T12:00:00 11-01T11:00/11-01T12:00",
        "2024-01-03T09:00:00 12-24T09:00/12-24T09:30",
        "2024-01-01T09:00:00 01-01T08:00/01-01T09:00",
        "2024-01-04T09:00:00 01-04T08:00/01-04T09:00",
    ]
    assert [each.patch for each in occurrences(record)][3] == {"title": "renamed"}


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_overrides_without_a_rule_add_to_the_start() -> None:
    record = event(recurrenceOverrides={"2024-01-05T09:00:00": {}, "2024-01-01T09:00:00": {"duration": "PT2H"}})
    assert found(record) == [
        "2024-01-01T09:00:00 01-01T08:00/01-01T10:00",
        "2024-01-05T09:00:00 01-05T08:00/01-05T09:00",
    ]


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_an_override_moved_into_the_range_is_found_and_one_moved_out_is_not() -> None:
    overrides = {"2024-01-10T09:00:00": {"start": "2024-06-01T09:00:00", "timeZone": "America/New_York"}}
    record = event(
        frequency="weekly", recurrenceOverrides=overrides | {"2024-06-03T09:00:00": {"start": "2025-01-01T00:00:00"}}
    )
    assert found(record, "2024-06-01T00:00:00", "2024-06-09T00:00:00") == [
        "2024-01-10T09:00:00 06-01T13:00/06-01T14:00"
    ]


@pytest.mark.rfc("jscalendarbis-15", "1.5.5")
def test_in_what_a_change_skips_or_repeats_the_offset_before_holds() -> None:
    night = event("2020-10-31T01:30:00", "daily", timeZone="America/Los_Angeles", rule={"count": 2})
    assert found(night)[1] == "2020-11-01T01:30:00 11-01T08:30/11-01T09:30"
    gap = event("2020-10-03T02:30:00", "daily", timeZone="Australia/Melbourne", rule={"count": 2})
    assert found(gap)[1] == "2020-10-04T02:30:00 10-03T16:30/10-03T17:30"


@pytest.mark.rfc("jscalendarbis-15", "1.5.6")
def test_days_are_nominal_and_hours_exact() -> None:
    over_change = event("2024-03-30T12:00:00")
    assert found(over_change | {"duration": "P1D"}) == ["None 03-30T11:00/03-31T10:00"]
    assert found(over_change | {"duration": "PT24H"}) == ["None 03-30T11:00/03-31T11:00"]
    assert found(over_change | {"duration": "P1DT2H"}) == ["None 03-30T11:00/03-31T12:00"]


def test_order_is_by_start_also_where_the_clock_jumps() -> None:
    rule = {"byHour": [1, 2, 3], "byMinute": [0, 30], "count": 12}
    record = event("2024-03-30T01:00:00", "daily", rule=rule)
    starts = [each.start_utc for each in occurrences(record)]
    assert starts == sorted(starts) and len(starts) == 12


@pytest.mark.rfc("jscalendarbis-15", "1.5.5")
def test_a_floating_event_is_in_the_zone_that_is_asked_for() -> None:
    record = event() | {"timeZone": None}
    assert found(record, zone_for_floating="Asia/Tokyo") == ["None 01-01T00:00/01-01T01:00"]
    assert found(record) == ["None 01-01T09:00/01-01T10:00"]


@pytest.mark.rfc("jscalendarbis-15", "3.3.3")
def test_tasks_recur_by_start_or_else_by_due() -> None:
    task = {"@type": "Task", "due": "2024-01-01T18:00:00", "timeZone": "Etc/UTC"}
    weekly = {"recurrenceRule": {"frequency": "weekly", "count": 2}}
    assert found(task) == ["None 01-01T18:00/01-01T18:00"]
    assert found(task | weekly)[1] == "2024-01-08T18:00:00 01-08T18:00/01-08T18:00"
    both = task | weekly | {"start": "2024-01-01T09:00:00"}
    assert found(both)[1] == "2024-01-08T09:00:00 01-08T09:00/01-08T18:00"
    moved = {"recurrenceOverrides": {"2024-01-08T09:00:00": {"due": "2024-01-08T12:00:00"}}}
    assert found(both | moved)[1] == "2024-01-08T09:00:00 01-08T09:00/01-08T12:00"


@pytest.mark.rfc("jscalendarbis-15", "4.2.1")
def test_due_is_a_local_time_also_over_a_change_of_the_clock() -> None:
    task = {"@type": "Task", "timeZone": "Europe/Berlin", "start": "2024-03-30T12:00:00", "due": "2024-03-31T11:00:00"}
    assert found(task) == ["None 03-30T11:00/03-31T09:00"]
    assert found(task | {"recurrenceRule": {"frequency": "weekly", "count": 2}})[1].endswith("04-06T10:00/04-07T09:00")


def test_a_range_far_after_the_start_is_found() -> None:
    record = event("1990-01-01T09:00:00", "daily")
    assert found(record, "2026-05-01T00:00:00", "2026-05-02T00:00:00") == [
        "2026-05-01T09:00:00 05-01T07:00/05-01T08:00"
    ]


def test_a_long_occurrence_that_began_before_the_range_is_found() -> None:
    record = event(frequency="yearly", duration="P200D") | {"duration": "P200D"}
    assert found(record, "2026-05-01T00:00:00", "2026-05-02T00:00:00") == [
        "2026-01-01T09:00:00 01-01T08:00/07-20T07:00"
    ]


@pytest.mark.parametrize("change", [{"start": None}, {"start": 5}, {"start": "2024-02-30T00:00:00"}])
def test_without_a_start_there_is_nothing(change: dict[str, Any]) -> None:
    assert found(event(frequency="daily") | change) == []


@pytest.mark.parametrize("change", [{"timeZone": "No/Where"}, {"timeZone": 5}, {"duration": "long"}, {"duration": 7}])
def test_what_else_cannot_be_read_counts_as_not_there(change: dict[str, Any]) -> None:
    assert len(found(event() | change)) == 1
