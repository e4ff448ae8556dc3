"""When alerts are due."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jmapd.formats.jscalendar.alerts import firings

pytestmark = pytest.mark.rfc("jscalendarbis-15", "3.5.1")
EVENT: dict[str, Any] = {
    "@type": "Event",
    "start": "2026-03-27T09:00:00",
    "duration": "PT1H",
    "timeZone": "Europe/Berlin",
}
DAILY = EVENT | {"recurrenceRule": {"frequency": "daily", "count": 5}}
SECOND = "2026-03-28T09:00:00"


def alert(offset: str, **more: Any) -> dict[str, Any]:
    end = {"relativeTo": more.pop("relativeTo")} if "relativeTo" in more else {}
    return {"trigger": {"offset": offset, **end}, **more}


def at(when: str, **more: Any) -> dict[str, Any]:
    return {"trigger": {"@type": "AbsoluteTrigger", "when": when}, **more}


def found(
    event: dict[str, Any], after: str = "2026-03-01", before: str = "2026-05-01", defaults: Any = None, **more: Any
) -> list[str]:
    due = firings(event, defaults, datetime.fromisoformat(after), datetime.fromisoformat(before), **more)
    return [
        f"{datetime.fromtimestamp(each.at / 1_000_000, UTC):%m-%dT%H:%M} {each.alert_id} {each.recurrence_id}"
        for each in due
    ]


def test_offsets_from_start_and_end() -> None:
    alerts = {"a": alert("-PT15M"), "b": alert("PT5M", relativeTo="end"), "c": alert("PT0S", relativeTo="start")}
    assert found(EVENT | {"alerts": alerts}) == ["03-27T07:45 a None", "03-27T08:00 c None", "03-27T09:05 b None"]


def test_the_range_has_its_start_and_not_its_end() -> None:
    event = EVENT | {"alerts": {"a": alert("-PT15M")}}
    assert len(found(event, "2026-03-27T07:45:00", "2026-03-27T07:46:00")) == 1
    assert found(event, "2026-03-27T07:44:00", "2026-03-27T07:45:00") == []
    assert found(event, "2026-03-27T07:45:01", "2026-03-27T08:45:00") == []


def test_the_action() -> None:
    alerts = {"a": alert("PT0S"), "b": alert("PT1S", action="email")}
    due = firings(EVENT | {"alerts": alerts}, None, datetime(2026, 3, 1), datetime(2026, 4, 1))
    assert [each.action for each in due] == ["display", "email"]


@pytest.mark.rfc("jscalendarbis-15", "1.5.6")
@pytest.mark.parametrize(
    ("start", "offset", "expected"),
    [
        ("2026-03-29T12:00:00", "-P1D", "03-28T11:00"),  # a day by the clock: 23 hours
        ("2026-03-29T12:00:00", "-PT24H", "03-28T10:00"),
        ("2026-03-29T04:00:00", "-P1DT2H", "03-28T00:00"),  # first two hours, then the day
        ("2026-03-28T01:00:00", "P1DT2H", "03-29T02:00"),  # first the day, then two hours
    ],
)
def test_offsets_over_a_change_of_the_clock(start: str, offset: str, expected: str) -> None:
    event = EVENT | {"start": start, "alerts": {"a": alert(offset)}}
    assert found(event) == [f"{expected} a None"]


def test_every_occurrence_has_its_alert() -> None:
    assert found(DAILY | {"alerts": {"a": alert("-PT1H")}}) == [
        f"03-{day}T{hour:02}:00 a 2026-03-{day}T09:00:00" for day, hour in ((27, 7), (28, 7), (29, 6), (30, 6), (31, 6))
    ]


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_overrides_move_and_remove_and_change_alerts() -> None:
    def of(patch: dict[str, Any]) -> list[str]:
        event = DAILY | {"alerts": {"a": alert("-PT1H")}, "recurrenceOverrides": {SECOND: patch}}
        return [each for each in found(event) if each.endswith(SECOND)]

    assert of({"title": "x"}) == [f"03-28T07:00 a {SECOND}"]
    assert of({"start": "2026-04-10T12:00:00"}) == [f"04-10T09:00 a {SECOND}"]
    assert of({"timeZone": "Asia/Tokyo"}) == [f"03-27T23:00 a {SECOND}"]
    assert of({"excluded": True}) == of({"status": "cancelled"}) == of({"alerts": None}) == of({"alerts/a": None}) == []
    assert of({"alerts/a/trigger/offset": "-P5D"}) == of({"alerts/a/trigger": {"offset": "-P5D"}})
    assert (
        of({"alerts/a/trigger/offset": "-P5D"}) == of({"alerts": {"a": alert("-P5D")}}) == [f"03-23T08:00 a {SECOND}"]
    )
    assert of({"alerts/b": at("2026-04-20T00:00:00Z")}) == [f"03-28T07:00 a {SECOND}", f"04-20T00:00 b {SECOND}"]


def test_an_absolute_time_is_due_once_for_the_occurrence_that_comes() -> None:
    event = DAILY | {"alerts": {"a": at("2026-03-28T07:00:00Z")}, "recurrenceOverrides": {SECOND: {"title": "x"}}}
    assert found(event) == [f"03-28T07:00 a {SECOND}"]
    assert found(EVENT | {"alerts": {"a": at("2026-04-28T07:00:00Z")}}) == ["04-28T07:00 a None"]
    late = DAILY | {"alerts": {"a": at("2026-04-28T07:00:00Z")}}
    assert found(late) == ["04-28T07:00 a 2026-03-27T09:00:00"]


def test_what_is_acknowledged_is_not_due_up_to_then() -> None:
    acknowledged = alert("-PT1H", acknowledged="2026-03-29T06:00:00Z")
    assert [each[:5] for each in found(DAILY | {"alerts": {"a": acknowledged}})] == ["03-30", "03-31"]
    assert found(EVENT | {"alerts": {"a": at("2026-03-28T07:00:00Z", acknowledged="2026-03-28T07:00:00Z")}}) == []


@pytest.mark.rfc("jmap-calendars-27", "6.3")
def test_a_snoozed_alert_is_due_again() -> None:
    snooze = at("2026-03-27T07:50:00Z", relatedTo={"a": {"relation": {"snooze": True}}})
    alerts = {"a": alert("-PT15M", acknowledged="2026-03-27T07:45:30Z"), "s": snooze}
    assert found(EVENT | {"alerts": alerts}) == ["03-27T07:50 s None"]


@pytest.mark.rfc("jmap-calendars-27", "6.1")
def test_default_alerts() -> None:
    defaults = {"d": alert("-PT15M"), "e": alert("-PT5M")}
    event = EVENT | {"useDefaultAlerts": True, "alerts": {"a": alert("-PT1H")}}
    assert found(event, defaults=defaults) == ["03-27T07:45 d None", "03-27T07:55 e None"]
    assert found(event) == []
    assert found(event | {"useDefaultAlerts": False}, defaults=defaults) == ["03-27T07:00 a None"]
    own = {
        "d": alert("-PT99M", acknowledged="2026-03-27T07:46:00Z"),
        "s": at("2026-03-27T07:52:00Z", relatedTo={"d": {"relation": {"snooze": True}}}),
    }
    assert found(event | {"alerts": own}, defaults=defaults) == ["03-27T07:52 s None", "03-27T07:55 e None"]
    override = DAILY | {"recurrenceOverrides": {SECOND: {"useDefaultAlerts": True}}}
    assert found(override, defaults={"d": alert("-P9D")}) == [f"03-19T08:00 d {SECOND}"]


def test_a_whole_day_begins_in_the_zone_of_its_user() -> None:
    day = {"@type": "Event", "start": "2026-03-27T00:00:00", "duration": "P1D", "showWithoutTime": True}
    day["alerts"] = {"a": alert("PT9H"), "b": alert("-P1D", relativeTo="end")}
    assert found(day, default_zone="Asia/Tokyo") == ["03-26T15:00 b None", "03-27T00:00 a None"]
    assert found(day) == ["03-27T00:00 b None", "03-27T09:00 a None"]


def test_tasks_have_alerts_before_they_are_due() -> None:
    task = {"@type": "Task", "due": "2026-03-27T18:00:00", "alerts": {"a": alert("-PT1H", relativeTo="end")}}
    assert found(task) == ["03-27T17:00 a None"]


@pytest.mark.parametrize(
    "bad",
    [
        {"trigger": {"@type": "example.org:moon", "offset": "PT0S"}},
        {"trigger": {"offset": "soon"}},
        {"trigger": {"@type": "AbsoluteTrigger", "when": "2026-03-27"}},
        {"trigger": []},
        {},
        5,
    ],
)
def test_unknown_triggers_are_never_due(bad: Any) -> None:
    assert found(EVENT | {"alerts": {"a": bad, "b": alert("PT0S")}}) == ["03-27T08:00 b None"]
    assert found(EVENT | {"status": "cancelled", "alerts": {"b": alert("PT0S"), "c": at("2026-03-27T07:00:00Z")}}) == []
