"""Single occurrences, and changes of them."""

from typing import Any

import pytest

from jmapd.formats.jscalendar import instances, recurrence, zones

EVENT: dict[str, Any] = {
    "@type": "Event",
    "uid": "u1",
    "title": "Weekly",
    "start": "2024-01-01T09:00:00",
    "timeZone": "Europe/Berlin",
    "duration": "PT1H",
    "recurrenceRule": {"@type": "RecurrenceRule", "frequency": "weekly"},
    "recurrenceOverrides": {
        "2024-01-08T09:00:00": {"title": "Special", "participants/a/participationStatus": "declined"},
        "2024-01-15T09:00:00": {"excluded": True},
        "2024-01-20T10:00:00": {},
    },
    "participants": {"a": {"calendarAddress": "mailto:a@example.org", "participationStatus": "accepted"}},
}
SECOND, THIRD, ADDED, FOURTH = (
    f"2024-01-{day}" for day in ("08T09:00:00", "15T09:00:00", "20T10:00:00", "22T09:00:00")
)


@pytest.mark.rfc("jscalendarbis-15", "3.3.1")
def test_an_instance() -> None:
    found = instances.instance(EVENT, SECOND)
    assert found == {
        "@type": "Event",
        "uid": "u1",
        "title": "Special",
        "start": SECOND,
        "timeZone": "Europe/Berlin",
        "duration": "PT1H",
        "recurrenceId": SECOND,
        "recurrenceIdTimeZone": "Europe/Berlin",
        "participants": {"a": {"calendarAddress": "mailto:a@example.org", "participationStatus": "declined"}},
    }
    assert EVENT["participants"]["a"]["participationStatus"] == "accepted"


@pytest.mark.parametrize("recurrence_id", [THIRD, "2024-01-09T09:00:00", "2024-01-08", "x", "2023-12-25T09:00:00"])
def test_no_instance(recurrence_id: str) -> None:
    assert instances.instance(EVENT, recurrence_id) is None


def test_an_added_instance_and_one_that_nothing_overrides() -> None:
    assert (instances.instance(EVENT, ADDED) or {})["start"] == ADDED
    assert (instances.instance(EVENT, FOURTH) or {})["title"] == "Weekly"


def test_every_occurrence_has_an_instance() -> None:
    for each in recurrence.occurrences(EVENT, limit=30):
        found = instances.instance(EVENT, each.recurrence_id or "")
        assert found is not None and instances.utc_range(found) == (each.start_utc, each.end_utc)


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_what_an_override_must_not_change_is_ignored() -> None:
    patch = {
        "uid": "u2",
        "privacy": "secret",
        "relatedTo": {},
        "participants/a/calendarAddress": "mailto:b@example.org",
    }
    record = EVENT | {"recurrenceOverrides": {SECOND: patch | {"title": "New"}}}
    found = instances.instance(record, SECOND) or {}
    assert (found["uid"], found["title"], found.get("privacy")) == ("u1", "New", None)
    assert found["participants"]["a"]["calendarAddress"] == "mailto:a@example.org"


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
@pytest.mark.parametrize("bad", ["locations/x/name", "title/x", "participants/b/email", "keywords/0/1"])
def test_a_patch_that_does_not_fit_is_not_applied_in_part(bad: str) -> None:
    record = EVENT | {"recurrenceOverrides": {SECOND: {"title": "New", bad: "x"}}}
    assert (instances.instance(record, SECOND) or {})["title"] == "Weekly"


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
def test_paths_into_arrays_and_with_escapes() -> None:
    record = EVENT | {"x/y": {"list": [1, {"a~b": 2}]}}
    assert instances.applied(record, {"x~1y/list/1/a~0b": 3})["x/y"] == {"list": [1, {"a~b": 3}]}
    assert instances.applied(record, {"x~1y/list/0": None})["x/y"] == record["x/y"]
    assert instances.applied(record, {"title": None, "color": None}).get("title") is None


@pytest.mark.rfc("jmap-calendars-27", "5.9")
@pytest.mark.parametrize(
    ("change", "patch"),
    [
        ({"title": "Other"}, {"title": "Other"}),
        ({"start": "2024-01-22T10:00:00"}, {"start": "2024-01-22T10:00:00"}),
        ({"duration": None}, {"duration": None}),
        ({"uid": "other", "recurrenceRule": {"frequency": "daily"}}, {}),
        ({"color": "red"}, {"color": "red"}),
        (
            {"participants": {"a": {"calendarAddress": "mailto:x@example.org", "participationStatus": "tentative"}}},
            {"participants/a/participationStatus": "tentative"},
        ),
        ({"participants": {}}, {"participants": {}}),
    ],
)
def test_the_override_that_makes_an_instance_what_is_wanted(change: dict[str, Any], patch: dict[str, Any]) -> None:
    base = instances.instance(EVENT, FOURTH) or {}
    wanted = {name: value for name, value in (base | change).items() if value is not None}
    found = instances.override_of(EVENT, FOURTH, wanted)
    assert found == patch
    for name in wanted.keys() - instances.NOT_OVERRIDDEN - {"participants"}:
        assert instances.applied(base, found)[name] == wanted[name]


def test_a_key_with_a_slash_is_escaped() -> None:
    record = EVENT | {"keywords": {"a/b": True, "c": True}}
    wanted = (instances.instance(record, FOURTH) or {}) | {"keywords": {"c": True}}
    assert instances.override_of(record, FOURTH, wanted) == {"keywords/a~1b": None}


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_excluding() -> None:
    assert instances.excluded(EVENT, FOURTH)["recurrenceOverrides"][FOURTH] == {"excluded": True}
    assert instances.excluded(EVENT, SECOND)["recurrenceOverrides"][SECOND] == {"excluded": True}
    assert ADDED not in instances.excluded(EVENT, ADDED)["recurrenceOverrides"]
    only = EVENT | {"recurrenceOverrides": {ADDED: {}}}
    assert "recurrenceOverrides" not in instances.excluded(only, ADDED)


def test_overriding() -> None:
    assert instances.overridden(EVENT, FOURTH, {"title": "A"})["recurrenceOverrides"][FOURTH] == {"title": "A"}
    assert SECOND not in instances.overridden(EVENT, SECOND, {})["recurrenceOverrides"]
    assert instances.overridden(EVENT, ADDED, {})["recurrenceOverrides"][ADDED] == {}


@pytest.mark.rfc("tasks-06", "4")
def test_the_due_time_of_an_instance_moves_along() -> None:
    task = {"@type": "Task", "start": "2024-01-01T09:00:00", "due": "2024-01-02T12:00:00"}
    task |= {"recurrenceRule": {"frequency": "weekly"}}
    assert (instances.instance(task, SECOND) or {})["due"] == "2024-01-09T12:00:00"
    del task["start"]
    assert (instances.instance(task, "2024-01-09T12:00:00") or {})["due"] == "2024-01-09T12:00:00"


def test_the_range_of_an_event() -> None:
    start, end = instances.utc_range(EVENT) or (0, 0)
    assert [zones.moment(at).isoformat() for at in (start, end)] == ["2024-01-01T08:00:00", "2024-01-01T09:00:00"]
    assert instances.utc_range({"@type": "Task"}) is None
