"""What an object must be as a whole."""

from typing import Any

import pytest

from jmapd.formats.jscalendar.validate import problems

EVENT: dict[str, Any] = {"@type": "Event", "version": "2.0", "uid": "u1", "start": "2026-01-05T09:00:00"}
TASK: dict[str, Any] = {"@type": "Task", "version": "2.0", "uid": "u1"}
RULE = {"frequency": "daily"}
ADDRESS = {"calendarAddress": "mailto:bob@example.org"}


def where(properties: dict[str, Any], base: dict[str, Any] = EVENT, strict: bool = False) -> list[str]:
    return [pointer for pointer, _ in problems(base | properties, strict=strict)]


@pytest.mark.rfc("jscalendarbis-15", "3.3.1")
def test_an_instance_does_not_recur() -> None:
    own = {"recurrenceId": "2026-01-05T09:00:00", "recurrenceIdTimeZone": "Europe/Berlin"}
    assert where(own) == []
    assert where(own | {"recurrenceRule": RULE, "recurrenceOverrides": {}}) == ["recurrenceRule", "recurrenceOverrides"]


@pytest.mark.rfc("jscalendarbis-15", "3.3.2")
def test_the_zone_of_a_recurrence_id_needs_one() -> None:
    assert where({"recurrenceIdTimeZone": "Europe/Berlin"}) == ["recurrenceIdTimeZone"]


@pytest.mark.rfc("jscalendarbis-15", "3.2.6")
def test_main_location() -> None:
    assert where({"mainLocationId": "a"}) == ["mainLocationId"]
    assert where({"mainLocationId": "a", "locations": {"b": {"name": "x"}}}) == ["mainLocationId"]
    assert where({"mainLocationId": "a", "locations": {"a": {"description": "x"}}}) == ["mainLocationId"]
    assert where({"mainLocationId": "a", "locations": {"a": {"name": "x"}}}) == []


@pytest.mark.rfc("jscalendarbis-15", "3.2.5")
def test_a_location_has_a_property() -> None:
    assert where({"locations": {"a": {"@type": "Location"}}}) == ["locations/a"]
    assert where({"locations": {"a": {"name": "x", "links": {}}}}) == ["locations/a/links"]


@pytest.mark.rfc("jscalendarbis-15", "3.4.5")
def test_participants_with_an_address_need_an_organizer() -> None:
    assert where({"participants": {"p": {"name": "Bob"}}}) == []
    assert where({"participants": {"p": ADDRESS}}) == ["organizerCalendarAddress"]
    assert where({"participants": {"p": ADDRESS}, "organizerCalendarAddress": "mailto:a@example.org"}) == []


@pytest.mark.rfc("jscalendarbis-15", "3.4.5")
@pytest.mark.parametrize(
    ("participant", "wrong"),
    [
        ({"kind": "group"}, ["kind"]),
        ({"roles": {"chair": True}}, ["roles"]),
        ({"participationStatus": "accepted"}, ["participationStatus"]),
        ({"expectReply": True}, ["expectReply"]),
        ({"sentBy": "a@example.org"}, ["sentBy"]),
        ({"memberOf": {"mailto:a@example.org": True}}, ["memberOf"]),
        ({"descriptionContentType": "text/plain"}, ["descriptionContentType"]),
        (ADDRESS | {"roles": {}}, ["roles"]),
        (ADDRESS | {"delegatedTo": {}}, ["delegatedTo"]),
        (ADDRESS | {"roles": {"guest": True}}, []),  # "roles that are unknown MUST be preserved"
        (ADDRESS | {"roles": {"Owner": True}}, ["roles/Owner"]),
        (ADDRESS | {"participationStatus": "maybe"}, ["participationStatus"]),
    ],
)
def test_participant(participant: dict[str, Any], wrong: list[str]) -> None:
    given = {"participants": {"p": participant}, "organizerCalendarAddress": "mailto:a@example.org"}
    assert where(given) == [f"participants/p/{name}" for name in wrong]


@pytest.mark.rfc("jscalendarbis-15", "3.4.5")
def test_progress_of_participants_is_of_tasks() -> None:
    done = ADDRESS | {"participationStatus": "accepted", "progress": "completed", "percentComplete": 100}
    given: dict[str, Any] = {"participants": {"p": done}, "organizerCalendarAddress": "mailto:a@example.org"}
    assert where(given) == ["participants"]
    assert where(given, TASK) == []
    declined = done | {"participationStatus": "declined"}
    assert where(given | {"participants": {"p": declined}}, TASK) == ["participants/p/progress"]


@pytest.mark.rfc("jscalendarbis-15", "4.1.3")
def test_the_end_has_a_zone_only_beside_the_start() -> None:
    assert where({"endTimeZone": "Asia/Tokyo"}) == ["endTimeZone"]
    assert where({"endTimeZone": "Asia/Tokyo", "timeZone": "Europe/Berlin"}) == []


@pytest.mark.rfc("jscalendarbis-15", "4.2")
def test_times_of_a_task() -> None:
    due = {"due": "2026-01-05T09:00:00"}
    for given in ({"timeZone": "Europe/Berlin"}, {"showWithoutTime": True}, {"recurrenceRule": RULE}):
        assert where(given, TASK) == [*given]
        assert where(given | due, TASK) == []
    assert where({"showWithoutTime": False}, TASK) == []


@pytest.mark.rfc("jscalendarbis-15", "4.2.2")
def test_a_recurring_task_has_a_start_by_the_letter() -> None:
    """RFC 8984 5.2.2 and tasks of other programs: due will do."""
    given = {"recurrenceRule": RULE, "due": "2026-01-05T09:00:00"}
    assert where(given, TASK) == []
    assert where(given, TASK, strict=True) == ["start"]


@pytest.mark.rfc("tasks-06", "4")
def test_workflow_status_has_no_progress_beside_it() -> None:
    assert where({"workflowStatus": "pending"}, TASK) == []
    assert where({"workflowStatus": "pending", "progress": "completed"}, TASK) == ["progress"]


@pytest.mark.rfc("jscalendarbis-15", "3.3.3")
@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        ({"count": 1, "until": "2026-02-01T00:00:00"}, ["until"]),
        ({"byMonthDay": [0]}, ["byMonthDay"]),
        ({"byYearDay": [367]}, ["byYearDay"]),
        ({"byYearDay": [367], "rscale": "hebrew"}, []),
        ({"byWeekNo": [-54]}, ["byWeekNo"]),
        ({"bySetPosition": [0]}, ["bySetPosition"]),
        ({"byHour": []}, ["byHour"]),
        ({"byMonth": ["13"]}, ["byMonth"]),
        ({"byMonth": ["5L"]}, ["byMonth"]),
        ({"byMonth": ["13", "5L"], "rscale": "hebrew"}, []),
        ({"byDay": [{"day": "mo", "nthOfPeriod": 0}]}, ["byDay/0/nthOfPeriod"]),
    ],
)
def test_recurrence_rule(rule: dict[str, Any], wrong: list[str]) -> None:
    assert where({"recurrenceRule": RULE | rule}) == [f"recurrenceRule/{name}" for name in wrong]


@pytest.mark.rfc("jscalendarbis-15", "A.2.2")
def test_reserved_properties_are_kept_but_by_the_letter() -> None:
    person = {"name": "Bob", "scheduleAgent": "client", "participationComment": "x", "sendTo": {}}
    given = {"requestStatus": "2.0", "sentBy": "a@example.org", "participants": {"p": person}}
    assert where(given) == []
    assert sorted(where(given, strict=True)) == sorted(
        ["requestStatus", "sentBy", *(f"participants/p/{name}" for name in person if name != "name")]
    )


@pytest.mark.rfc("jmap-calendars-27", "1.4.1")
def test_what_the_id_is_made_of_stays() -> None:
    assert problems(EVENT | {"uid": "u2"}, EVENT) == [("uid", "cannot be changed")]
    assert problems(EVENT | {"recurrenceId": "2026-01-05T09:00:00"}, EVENT) == [("recurrenceId", "cannot be changed")]


@pytest.mark.rfc("jscalendarbis-15", "1.7.2")
def test_faults_of_before_are_not_those_of_a_change() -> None:
    old = EVENT | {"priority": 12}
    assert problems(old | {"title": "x"}, old) == []
    assert [each for each, _ in problems(old | {"priority": 13}, EVENT)] == ["priority"]
