"""Single occurrences of recurring events by synthetic id (jmap-calendars-27 5.5, 5.7, 5.9)."""

from typing import Any

import pytest

from tests.calendars.host import WEEKLY, Calendars, person

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.5")
SECOND = "2026-01-12T09:00:00"


@pytest.fixture
def series(host: Calendars) -> str:
    return host.new("Weekly", recurrenceRule=WEEKLY)


def second(series: str) -> str:
    return f"{series}_20260112T090000"


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_get(host: Calendars, series: str) -> None:
    found = host.event(second(series))
    assert (found["id"], found["baseEventId"]) == (second(series), series)
    assert (found["start"], found["recurrenceId"], found["title"]) == (SECOND, SECOND, "Weekly")
    assert (found["recurrenceIdTimeZone"], found["isDraft"], found["isOrigin"]) == ("Europe/Berlin", False, True)
    assert found["calendarIds"] == {host.calendar(): True}
    names = ["recurrenceRule", "recurrenceOverrides", "utcStart"]
    asked = host.events([second(series)], properties=names[:2])
    assert asked == [{"id": second(series), "recurrenceRule": None, "recurrenceOverrides": None}]
    assert host.event(second(series), properties=["utcStart"])["utcStart"] == "2026-01-12T08:00:00Z"


@pytest.mark.rfc("jmap-calendars-27", "5.7")
def test_overrides_are_resolved(host: Calendars) -> None:
    changed = {"title": "Moved", "start": "2026-01-13T10:00:00"}
    excluded = {"excluded": True}
    extra = {"2026-01-15T09:00:00": {}}
    overrides = {SECOND: changed, "2026-01-19T09:00:00": excluded, **extra}
    id = host.new(recurrenceRule=WEEKLY, recurrenceOverrides=overrides)
    found = host.event(second(id))
    assert (found["title"], found["start"], found["recurrenceId"]) == ("Moved", "2026-01-13T10:00:00", SECOND)
    assert host.event(f"{id}_20260115T090000")["start"] == "2026-01-15T09:00:00"
    missing = [
        f"{id}_20260119T090000",
        f"{id}_20260120T090000",
        f"{id}_20261399T090000",
        f"{id}_x",
        "E0_20260112T090000",
    ]
    answer = host.call("CalendarEvent/get", {"ids": missing})
    assert answer["list"] == [] and answer["notFound"] == missing


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_an_update_becomes_an_override(host: Calendars, series: str) -> None:
    before = host.event(series)
    told = host.updated(second(series), {"title": "Special", "duration": "PT2H"})
    after = host.event(series)
    assert after["recurrenceOverrides"] == {SECOND: {"title": "Special", "duration": "PT2H"}}
    assert after["title"] == "Weekly" and after["sequence"] == before.get("sequence", 0) + 1
    assert told is not None and told["sequence"] == after["sequence"]
    assert host.event(second(series))["title"] == "Special"
    host.updated(second(series), {"title": "Weekly", "duration": "PT1H"})
    assert "recurrenceOverrides" not in host.event(series)


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_utc_start_moves_an_occurrence(host: Calendars, series: str) -> None:
    host.updated(second(series), {"utcStart": "2026-01-12T12:00:00Z", "utcEnd": "2026-01-12T12:30:00Z"})
    patch = {"start": "2026-01-12T13:00:00", "duration": "PT30M"}
    assert host.event(series)["recurrenceOverrides"] == {SECOND: patch}


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_destroying_one_excludes_it(host: Calendars, series: str) -> None:
    host.destroyed(second(series))
    found = host.event(series)
    assert found["recurrenceOverrides"] == {SECOND: {"excluded": True}}
    assert found["sequence"] == 1
    answer = host.call("CalendarEvent/set", {"destroy": [second(series)]})
    assert answer["notDestroyed"][second(series)]["type"] == "notFound"


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_destroying_an_additional_one_takes_it_away(host: Calendars) -> None:
    id = host.new(recurrenceRule=WEEKLY, recurrenceOverrides={"2026-01-15T09:00:00": {"title": "Extra"}})
    host.destroyed(f"{id}_20260115T090000")
    assert "recurrenceOverrides" not in host.event(id)


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_several_in_one_call(host: Calendars, series: str) -> None:
    ids = [f"{series}_202601{day}T090000" for day in ("12", "19", "26")]
    update = {ids[0]: {"title": "A"}, ids[1]: {"title": "B"}}
    answer = host.call("CalendarEvent/set", {"update": update, "destroy": [ids[2]]})
    assert answer["updated"].keys() == set(ids[:2]) and answer["destroyed"] == [ids[2]]
    assert host.event(series)["recurrenceOverrides"] == {
        SECOND: {"title": "A"},
        "2026-01-19T09:00:00": {"title": "B"},
        "2026-01-26T09:00:00": {"excluded": True},
    }


@pytest.mark.rfc("jmap-calendars-27", "5.1.1")
@pytest.mark.parametrize(
    "patch",
    [
        {"privacy": "private"},
        {"uid": "other"},
        {"mayInviteSelf": True},
        {"hideAttendees": True},
        {"relatedTo": {"x": {"@type": "Relation"}}},
        {"calendarIds/nowhere": True},
        {"recurrenceRule": WEEKLY},
    ],
    ids=lambda patch: next(iter(patch)),
)
def test_what_one_occurrence_cannot_have(host: Calendars, series: str, patch: dict[str, Any]) -> None:
    wrong = host.not_updated(second(series), patch)
    assert wrong["type"] == "invalidProperties"
    assert wrong["properties"] == [next(iter(patch)).partition("/")[0]]
    assert "recurrenceOverrides" not in host.event(series)


@pytest.mark.rfc("jscalendarbis-15", "3.5.1")
def test_an_acknowledged_alert_makes_no_override(host: Calendars) -> None:
    alert = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}, "action": "display"}
    id = host.new(recurrenceRule=WEEKLY, alerts={"1": alert})
    host.updated(second(id), {"alerts/1/acknowledged": "2026-01-12T08:00:00Z"})
    found = host.event(id)
    assert "recurrenceOverrides" not in found
    assert found["alerts"]["1"]["acknowledged"] == "2026-01-12T08:00:00Z"


@pytest.mark.rfc("jmap-calendars-27", "6.2")
def test_a_default_alert_is_acknowledged_in_the_event(host: Calendars) -> None:
    seen = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}, "action": "display"}
    seen["acknowledged"] = "2026-01-12T08:00:00Z"
    id = host.new(recurrenceRule=WEEKLY, useDefaultAlerts=True)
    host.updated(second(id), {"alerts": {"default": seen}})
    found = host.event(id)
    assert found["alerts"] == {"default": seen} and "recurrenceOverrides" not in found


@pytest.mark.rfc("jmap-calendars-27", "6.3")
def test_a_snoozed_alert_makes_no_override(host: Calendars) -> None:
    alert = {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}, "action": "display"}
    again: dict[str, Any] = {"@type": "Alert", "action": "display"}
    again["trigger"] = {"@type": "AbsoluteTrigger", "when": "2026-01-12T08:30:00Z"}
    again["relatedTo"] = {"1": {"@type": "Relation", "relation": {"snooze": True}}}
    id = host.new(recurrenceRule=WEEKLY, alerts={"1": alert})
    host.updated(second(id), {"alerts/1/acknowledged": "2026-01-12T08:00:00Z", "alerts/2": again})
    found = host.event(id)
    assert found["alerts"] == {"1": alert | {"acknowledged": "2026-01-12T08:00:00Z"}, "2": again}
    host.updated(second(id), {"alerts/2": None, "alerts/1/acknowledged": "2026-01-12T08:30:00Z"})
    assert "recurrenceOverrides" not in host.event(id) and host.event(id)["alerts"].keys() == {"1"}


@pytest.mark.rfc("8620", "5.3")
def test_nothing_is_told_of_what_is_as_it_was_given(host: Calendars) -> None:
    people = {"a": person("alice@example.org", "owner"), "b": person("bob@example.org")}
    id = second(host.new(recurrenceRule=WEEKLY, participants=people))
    told = host.updated(id, {"participants/a/participationStatus": "accepted"}) or {}
    assert told.keys() <= {"updated", "sequence"}


def test_one_that_is_sent_back_whole(host: Calendars, series: str) -> None:
    """As clients do that know no patches."""
    host.updated(second(series), host.event(second(series)) | {"title": "Other", "showWithoutTime": False})
    assert host.event(series)["recurrenceOverrides"] == {SECOND: {"title": "Other"}}


def test_one_who_comes_to_one_occurrence(host: Calendars) -> None:
    id = host.new(recurrenceRule=WEEKLY, participants={"a": person("alice@example.org", "owner")})
    host.updated(
        second(id), {"participants/b": person("bob@example.org"), "participants/a/participationStatus": "accepted"}
    )
    found = host.event(id)
    assert found["participants"].keys() == {"a"}
    patch = found["recurrenceOverrides"][SECOND]
    assert patch["participants/a/participationStatus"] == "accepted"
    assert patch["participants/b"]["calendarAddress"] == "mailto:bob@example.org"
