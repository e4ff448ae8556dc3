"""Patches in recurrenceOverrides and localizations."""

from typing import Any

import pytest

from jmapd.formats.jscalendar.validate import normalised, problems
from jmapd.formats.object_types.checks import MOST_PROBLEMS

DATE = "2026-01-12T09:00:00"
AT = f"recurrenceOverrides/{DATE}"
EVENT: dict[str, Any] = {
    "@type": "Event",
    "version": "2.0",
    "uid": "u1",
    "start": "2026-01-05T09:00:00",
    "title": "Standup",
    "recurrenceRule": {"frequency": "weekly"},
    "locations": {"a": {"name": "Room", "links": {"k": {"href": "x:y"}}}},
    "organizerCalendarAddress": "mailto:alice@example.org",
    "participants": {
        "p": {"name": "Bob", "calendarAddress": "mailto:bob@example.org", "participationStatus": "accepted"},
        "q": {"name": "Carol"},
    },
    "alerts": {"a": {"trigger": {"offset": "-PT5M"}}},
}


def where(patch: Any, event: dict[str, Any] = EVENT) -> list[str]:
    return [pointer for pointer, _ in problems(event | {"recurrenceOverrides": {DATE: patch}})]


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"excluded": True},
        {"title": "x", "start": "2026-01-12T10:00:00", "duration": "PT2H"},
        {"title": None, "locations": None, "keywords": {"a": True}},
        {"locations/a/name": "Hall", "locations/b": {"name": "Other"}, "locations/a/links/k/title": "x"},
        {"locations/a": None, "alerts/a/trigger/offset": "-PT9M"},
        {"participants/p/participationStatus": "declined", "participants/p/example.com:x": 1},
        {"example.com:x": 1, "unknown": None},
    ],
)
def test_good_patches(patch: dict[str, Any]) -> None:
    assert where(patch) == []


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
@pytest.mark.parametrize(
    ("patch", "wrong"),
    [
        ({"title": 1}, "title"),
        ({"start": "2026-01-12"}, "start"),
        ({"start": None}, "start"),
        ({"Title": "x"}, "Title"),
        ({"locations/z/name": "x"}, "locations~1z~1name"),
        ({"locations/a/name/x": "y"}, "locations~1a~1name~1x"),
        ({"locations/b c": {"name": "x"}}, "locations~1b c"),
        ({"locations/b": {"name": 1}}, "locations~1b/name"),
        ({"locations/b": {}}, "locations~1b"),
        ({"locations/a/name": 1}, "locations~1a~1name"),
        ({"participants/p/participationStatus": "maybe"}, "participants~1p~1participationStatus"),
        ({"participants/q/roles": {"chair": True}}, "participants~1q~1roles"),
        ({"alerts/a/trigger": None}, "alerts~1a~1trigger"),
        ({"alerts/a/trigger/offset": "x"}, "alerts~1a~1trigger~1offset"),
        ({"endTimeZone": "Asia/Tokyo"}, "endTimeZone"),
        ({"keywords/a": False}, "keywords~1a"),
        ({"a~2b": 1}, "a~02b"),
    ],
)
def test_bad_patches(patch: dict[str, Any], wrong: str) -> None:
    assert where(patch, EVENT | {"keywords": {"b": True}}) == [f"{AT}/{wrong}"]


@pytest.mark.rfc("jscalendarbis-15", "3.2.6")
def test_the_main_location_of_an_occurrence() -> None:
    event = EVENT | {"mainLocationId": "a"}
    assert where({"locations/b": {"name": "Hall"}, "mainLocationId": "b"}, event) == []
    assert where({"locations/b": {"name": "Hall"}, "mainLocationId": "c"}, event) == [f"{AT}/mainLocationId"]
    for patch in ({"locations/a": None}, {"locations/a/name": None}, {"locations": {"b": {"name": "x"}}}):
        assert where(patch, event) == [f"{AT}/mainLocationId"]
        assert where(patch | {"mainLocationId": None}, event) == []
    for patch in ({"locations/a": None}, {"locations": {"b": {"name": "x"}}}, {"locations": None}):
        kept = normalised(event | {"recurrenceOverrides": {DATE: patch}})["recurrenceOverrides"][DATE]
        assert kept == patch | {"mainLocationId": None}
    whole = {"locations": {"a": {"name": "x"}}}
    assert normalised(event | {"recurrenceOverrides": {DATE: whole}})["recurrenceOverrides"][DATE] == whole


@pytest.mark.rfc("jscalendarbis-15", "3.4.5")
def test_who_is_added_to_an_occurrence_needs_an_organizer_and_progress_a_task() -> None:
    alone = {name: value for name, value in EVENT.items() if name != "organizerCalendarAddress"}
    alone["participants"] = {"q": {"name": "Carol"}}
    new = {"participants/n": {"calendarAddress": "mailto:bob@example.org"}}
    assert where(new, alone) == [f"{AT}/organizerCalendarAddress"]
    assert where(new) == []
    done = {"participants/p/progress": "completed", "participants/p/percentComplete": 5}
    assert where(done) == [f"{AT}/participants"]
    assert where(done, EVENT | {"@type": "Task"}) == []


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
def test_no_patch_is_within_another() -> None:
    assert where({"locations/a/name": "x", "locations": {}}) == [f"{AT}/locations~1a~1name"]


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
def test_elements_of_arrays_are_replaced_only() -> None:
    event = EVENT | {"example.com:list": [{"x": 1}], "checklists": {"c": {"checkItems": [{"title": "x"}]}}}
    event |= {"@type": "Task"}
    assert where({"example.com:list/0/x": 2, "checklists/c/checkItems/0/title": "y"}, event) == []
    for key in ("checklists/c/checkItems/1", "checklists/c/checkItems/-", "checklists/c/checkItems/00"):
        assert where({key: {"title": "x"}}, event) == [f"{AT}/{key.replace('/', '~1')}"]
    assert where({"checklists/c/checkItems/0": None}, event) == [f"{AT}/checklists~1c~1checkItems~10"]
    assert where({"checklists/c/checkItems/0": {"title": 1}}, event) == [f"{AT}/checklists~1c~1checkItems~10/title"]


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_excluded_stands_alone() -> None:
    for patch in ({"excluded": False}, {"excluded": 1}, {"excluded": True, "title": "x"}):
        assert where(patch) == [f"{AT}/excluded"]
    given = EVENT | {
        "recurrenceOverrides": {DATE: {"excluded": True, "title": "x"}, "2026-01-19T09:00:00": {"excluded": False}}
    }
    kept = normalised(given)["recurrenceOverrides"]
    assert kept == {DATE: {"excluded": True}, "2026-01-19T09:00:00": {}}


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_what_cannot_be_overridden_is_ignored() -> None:
    ignored = {
        "@type": "Event",
        "uid": 1,
        "privacy": "secret",
        "prodId": "x",
        "method": "request",
        "recurrenceId": "x",
        "recurrenceRule": None,
        "recurrenceOverrides": {},
        "relatedTo": {},
        "organizerCalendarAddress": None,
        "participants/p/calendarAddress": "mailto:c@example.org",
    }
    assert where(ignored) == []
    given = EVENT | {"recurrenceOverrides": {DATE: ignored | {"title": "x"}}}
    assert normalised(given)["recurrenceOverrides"] == {DATE: {"title": "x"}}


@pytest.mark.rfc("jmap-calendars-27", "5.1")
@pytest.mark.parametrize("name", ["mayInviteSelf", "mayInviteOthers", "hideAttendees", "isDraft", "utcStart", "utcEnd"])
def test_what_must_be_of_the_base_event(name: str) -> None:
    assert where({name: True}) == [f"{AT}/{name}"]


@pytest.mark.rfc("jscalendarbis-15", "1.5.9")
def test_values_of_patches_are_normalised() -> None:
    patch = {"locations/a": {"@type": "Location", "name": "x", "description": None}, "timeZone": "UTC", "title": None,
             "start": "2026-01-12T10:00", "keywords/a": False, "alerts/a/trigger/@type": "OffsetTrigger"}  # fmt: skip
    kept = normalised(EVENT | {"recurrenceOverrides": {"2026-01-12T09:00:00.000": patch}})["recurrenceOverrides"][DATE]
    assert kept == patch | {
        "locations/a": {"name": "x"},
        "timeZone": "Etc/UTC",
        "start": "2026-01-12T10:00:00",
        "keywords/a": None,
    }


@pytest.mark.rfc("8984", "4.3.5")
def test_patches_of_clients_that_write_version_1() -> None:
    patch = {"replyTo": {"imip": "mailto:x@example.org"}, "recurrenceRules": None, "excludedRecurrenceRules": [],
             "participants/p/sendTo": {"imip": "mailto:x@example.org"}, "color": "#abc",
             "participants/n": {"name": "Dan", "sendTo": {"imip": "mailto:dan@example.org"}, "roles": {"chair": True}},
             "locations/b": {"name": "Airport", "relativeTo": "end", "timeZone": "Asia/Tokyo"}}  # fmt: skip
    event = normalised(EVENT | {"recurrenceOverrides": {DATE: patch}})
    assert event["recurrenceOverrides"][DATE] == {
        "color": "#aabbcc",
        "participants/n": {"name": "Dan", "calendarAddress": "mailto:dan@example.org", "roles": {"chair": True}},
        "locations/b": {"name": "Airport"},
    }
    assert problems(event) == []


@pytest.mark.rfc("jscalendarbis-15", "3.3.4")
def test_a_patch_that_lost_its_place_goes_with_it() -> None:
    old = EVENT | {"recurrenceOverrides": {DATE: {"locations/a/name": "Hall", "title": "x"}}}
    new = normalised(old | {"locations": {"b": {"name": "Other"}}}, old)
    assert new["recurrenceOverrides"] == {DATE: {"title": "x"}}
    assert problems(new, old) == []


@pytest.mark.rfc("8984", "4.6.1")
def test_localizations() -> None:
    def of(patch: dict[str, Any]) -> list[str]:
        return [pointer for pointer, _ in problems(EVENT | {"localizations": {"de": patch}})]

    assert of({"title": "Treffen", "locations/a/name": "Zimmer"}) == []
    assert of({"title": 1, "localizations": {}}) == ["localizations/de/localizations", "localizations/de/title"]


@pytest.mark.rfc("jscalendarbis-15", "6.1")
@pytest.mark.parametrize(
    "overrides",
    [
        {
            f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}": {"participants/p/name": "x"}
            for n in range(5_000)
        },
        {DATE: {f"locations/x{n}": {"name": "x"} for n in range(10_000)}},
        {f"2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}": {"participants": {}} for n in range(5_000)},
        {DATE: {"/".join("a" * 100_000): 1}},
        {DATE: {"/".join("a" * n): 1 for n in range(1, 1000)}},
    ],
)
def test_many_patches_cost_no_more_than_they_are(overrides: dict[str, Any]) -> None:
    event = EVENT | {"participants": {f"p{n}": {"name": "x"} for n in range(5_000)} | EVENT["participants"]}
    found = problems(normalised(event | {"recurrenceOverrides": overrides}))
    assert len(found) <= MOST_PROBLEMS and all(len(where) < 10_000 for where, _ in found)
