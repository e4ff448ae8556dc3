"""Types, mandatory properties and forms of values."""

from typing import Any

import pytest

from jmapd.formats.jscalendar.schema import TYPES
from jmapd.formats.jscalendar.validate import is_property, problems

EVENT: dict[str, Any] = {"@type": "Event", "version": "2.0", "uid": "u1", "start": "2026-01-05T09:00:00"}
TASK: dict[str, Any] = {"@type": "Task", "version": "2.0", "uid": "u1"}
LINK = {"href": "https://example.org/a.pdf", "contentType": "application/pdf", "size": 3, "rel": "enclosure"}
PERSON = {"name": "Bob", "uri": "mailto:bob@example.org", "principalId": "p1"}
ANYWHERE: dict[str, Any] = {
    "prodId": "-//Example//EN",
    "created": "2026-01-01T00:00:00Z",
    "updated": "2026-01-02T00:00:00Z",
    "sequence": 3,
    "title": "Standup",
    "description": "<p>x</p>",
    "descriptionContentType": "text/html; charset=utf-8",
    "showWithoutTime": False,
    "locations": {
        "l1": {
            "name": "Room",
            "locationTypes": {"office": True},
            "coordinates": "geo:40.7829,-73.9654",
            "links": {"k": LINK | {"display": {"thumbnail": True}, "title": "Plan"}},
        },
        "l2": {"description": "upstairs", "descriptionContentType": "text/plain"},
    },
    "mainLocationId": "l1",
    "virtualLocations": {
        "v": {
            "name": "Call",
            "uri": "tel:+1-555-555-5555",
            "features": {"audio": True},
            "description": "#",
            "descriptionContentType": "text/plain",
        }
    },
    "links": {"k": {"blobId": "G1", "rel": "enclosure"}},
    "locale": "de-AT",
    "keywords": {"work": True},
    "categories": {"http://example.com/categories/sports": True},
    "color": "#aabbcc",
    "relatedTo": {"u2": {"relation": {"next": True}}, "u3": {"relation": {}}, "u4": {}},
    "priority": 9,
    "freeBusyStatus": "free",
    "privacy": "private",
    "organizerCalendarAddress": "mailto:alice@example.org",
    "alerts": {
        "a": {"trigger": {"offset": "-PT5M", "relativeTo": "end"}, "action": "email"},
        "b": {"trigger": {"@type": "AbsoluteTrigger", "when": "2026-01-05T08:00:00Z"}, "relatedTo": {"a": {}}},
        "c": {"trigger": {"@type": "example.com:Trigger", "x": 1}, "acknowledged": "2026-01-05T08:00:00Z"},
    },
    "timeZone": "Europe/Berlin",
    "recurrenceRule": {
        "frequency": "yearly",
        "interval": 2,
        "rscale": "gregorian",
        "skip": "forward",
        "firstDayOfWeek": "su",
        "byDay": [{"day": "mo", "nthOfPeriod": -1}, {"@type": "NDay", "day": "tu"}],
        "byMonthDay": [1, -31],
        "byMonth": ["1", "12"],
        "byYearDay": [366, -1],
        "byWeekNo": [53],
        "byHour": [0, 23],
        "byMinute": [59],
        "bySecond": [60],
        "bySetPosition": [-1],
        "count": 4,
    },
    "recurrenceOverrides": {"2028-01-05T09:00:00": {"excluded": True}, "2027-01-06T09:00:00": {}},
    "localizations": {"de": {"title": "Treffen"}},
    "useDefaultAlerts": False,
    "mayInviteSelf": True,
    "mayInviteOthers": True,
    "hideAttendees": True,
    "iCalendar": {
        "name": "vevent",
        "properties": [["x-foo", {"x-bar": ["a", "b"]}, "unknown", "bar"]],
        "components": [["x-baz", [["uid", {}, "text", "1"]], []]],
        "convertedProperties": {"title": {"name": "summary", "valueType": "text", "parameters": {"x-foo": "bar"}}},
    },
}
PARTICIPANT: dict[str, Any] = {
    "name": "Bob",
    "email": "bob@example.org",
    "description": "he",
    "descriptionContentType": "text/plain",
    "calendarAddress": "mailto:bob@example.org",
    "kind": "individual",
    "roles": {"required": True, "attendee": True},
    "participationStatus": "accepted",
    "expectReply": True,
    "sentBy": "bob@example.com",
    "delegatedTo": {"mailto:carol@example.org": True},
    "delegatedFrom": {"mailto:dave@example.org": True},
    "memberOf": {"mailto:team@example.org": True},
    "links": {"k": LINK},
    "scheduleSequence": 1,
    "scheduleUpdated": "2026-01-02T00:00:00Z",
}
OF_EVENTS = {
    "duration": "P1WT1H",
    "endTimeZone": "Asia/Tokyo",
    "status": "tentative",
    "participants": {"p": PARTICIPANT},
}
OF_TASKS = {
    "start": "2026-01-05T09:00:00",
    "due": "2026-01-06T09:00:00",
    "estimatedDuration": "PT1H30M",
    "percentComplete": 100,
    "progress": "in-process",
    "sortOrder": 1,
    "estimatedWork": 8,
    "impact": "minor",
    "checklists": {
        "c": {
            "@type": "Checklist",
            "title": "Steps",
            "checkItems": [
                {
                    "title": "One",
                    "sortOrder": 0,
                    "updated": "2026-01-02T00:00:00Z",
                    "isComplete": True,
                    "assignee": PERSON,
                }
            ],
        }
    },
    "comments": {"c": {"message": "x", "created": "2026-01-02T00:00:00Z", "author": PERSON}},
    "participants": {"p": PARTICIPANT | {"progress": "completed", "percentComplete": 100}},
}


def where(properties: dict[str, Any], base: dict[str, Any] = EVENT, strict: bool = False) -> list[str]:
    """Where the object with these properties is wrong."""
    return [pointer for pointer, _ in problems(base | properties, strict=strict)]


@pytest.mark.rfc("jscalendarbis-15", "3")
@pytest.mark.parametrize("strict", [False, True])
def test_a_complete_event(strict: bool) -> None:
    assert problems(EVENT | ANYWHERE | OF_EVENTS, strict=strict) == []
    unused = {name: TYPES["Event"][name].type for name in set(TYPES["Event"]) - {*EVENT, *ANYWHERE, *OF_EVENTS}}
    assert {name for name, type in unused.items() if type not in ("Reserved", "Obsolete")} == {
        "recurrenceId", "recurrenceIdTimeZone",
    }  # fmt: skip


@pytest.mark.rfc("jscalendarbis-15", "4.2")
@pytest.mark.parametrize("strict", [False, True])
def test_a_complete_task(strict: bool) -> None:
    assert problems(TASK | ANYWHERE | OF_TASKS, strict=strict) == []


@pytest.mark.rfc("jscalendarbis-15", "1.7")
def test_mandatory_properties() -> None:
    assert where({}, {}) == ["@type", "uid", "start"]
    assert where({}, {"@type": "Task"}) == ["uid"]


@pytest.mark.rfc("jscalendarbis-15", "1.7")
@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("@type", "event", "@type"),
        ("uid", "", "uid"),
        ("uid", 1, "uid"),
        ("version", "3.0", "version"),
        ("created", "2026-01-01T00:00:00.5Z", "created"),
        ("created", "2026-01-01T00:00:00+01:00", "created"),
        ("updated", "2026-02-30T00:00:00Z", "updated"),
        ("start", "2026-01-05T09:00:00Z", "start"),
        ("start", "2026-01-05", "start"),
        ("start", "2026-02-30T09:00:00", "start"),
        ("start", None, "start"),
        ("duration", "P1M", "duration"),
        ("duration", "-PT1H", "duration"),
        ("duration", "PT", "duration"),
        ("duration", "PT1H1S", "duration"),
        ("duration", "PT1.5S", "duration"),
        ("sequence", -1, "sequence"),
        ("sequence", True, "sequence"),
        ("title", 1, "title"),
        ("title", "a\x00b", "title"),
        ("descriptionContentType", "image/png", "descriptionContentType"),
        ("descriptionContentType", "text/html; charset=latin1", "descriptionContentType"),
        ("timeZone", "Mars/Olympus", "timeZone"),
        ("timeZone", "W. Europe Standard Time", "timeZone"),
        ("showWithoutTime", "false", "showWithoutTime"),
        ("locations", [], "locations"),
        ("locations", {"a b": {"name": "x"}}, "locations/a b"),
        ("locations", {"a": {"name": None}}, "locations/a/name"),
        ("locations", {"a": {"@type": "Place", "name": "x"}}, "locations/a/@type"),
        ("locations", {"a": {"name": "x", "coordinates": "40,-73"}}, "locations/a/coordinates"),
        ("virtualLocations", {"v": {"name": "x"}}, "virtualLocations/v/uri"),
        ("virtualLocations", {"v": {"uri": "x:y", "features": {"audio": False}}}, "virtualLocations/v/features/audio"),
        ("links", {"l": {"href": "a b"}}, "links/l/href"),
        ("links", {"l": {"title": "x"}}, "links/l/href"),
        ("links", {"l": {"href": "x:y", "size": -1}}, "links/l/size"),
        ("locale", "de_AT", "locale"),
        ("keywords", {"": True}, "keywords/"),
        ("keywords", {"a/b": 1}, "keywords/a~1b"),
        ("color", "reddish", "color"),
        ("color", "#abcd", "color"),
        ("relatedTo", {"u": {"relation": {"next": 1}}}, "relatedTo/u/relation/next"),
        ("relatedTo", {"u": {"relation": {"Next": True}}}, "relatedTo/u/relation/Next"),
        ("priority", 10, "priority"),
        ("priority", -1, "priority"),
        ("freeBusyStatus", "Busy", "freeBusyStatus"),
        ("privacy", "confidential", "privacy"),
        ("status", "done", "status"),
        ("organizerCalendarAddress", "", "organizerCalendarAddress"),
        ("alerts", {"a": {}}, "alerts/a/trigger"),
        ("alerts", {"a": {"trigger": {}}}, "alerts/a/trigger/offset"),
        ("alerts", {"a": {"trigger": {"offset": "5 minutes"}}}, "alerts/a/trigger/offset"),
        ("alerts", {"a": {"trigger": {"@type": "AbsoluteTrigger"}}}, "alerts/a/trigger/when"),
        ("alerts", {"a": {"trigger": {"@type": 1}}}, "alerts/a/trigger/@type"),
        ("alerts", {"a": {"trigger": {"offset": "PT0S"}, "action": "audio"}}, "alerts/a/action"),
        ("recurrenceRule", {}, "recurrenceRule/frequency"),
        ("recurrenceRule", {"frequency": "fortnightly"}, "recurrenceRule/frequency"),
        ("recurrenceRule", {"frequency": "daily", "interval": 0}, "recurrenceRule/interval"),
        ("recurrenceRule", {"frequency": "daily", "byDay": ["mo"]}, "recurrenceRule/byDay/0"),
        ("recurrenceRule", {"frequency": "daily", "byDay": [{"day": "MO"}]}, "recurrenceRule/byDay/0/day"),
        ("recurrenceRule", {"frequency": "daily", "byMonth": [1]}, "recurrenceRule/byMonth/0"),
        ("recurrenceRule", {"frequency": "daily", "byMonth": ["3l"]}, "recurrenceRule/byMonth/0"),
        ("recurrenceRule", {"frequency": "daily", "byMonthDay": [32]}, "recurrenceRule/byMonthDay/0"),
        ("recurrenceRule", {"frequency": "daily", "byHour": [24]}, "recurrenceRule/byHour/0"),
        ("recurrenceRule", {"frequency": "daily", "until": "2026-01-05"}, "recurrenceRule/until"),
        ("recurrenceRules", [{"frequency": "daily"}, {"frequency": "weekly"}], "recurrenceRules"),
        ("recurrenceOverrides", {"2026-01-05": {}}, "recurrenceOverrides/2026-01-05"),
        ("recurrenceOverrides", {"2026-01-05T09:00:00": []}, "recurrenceOverrides/2026-01-05T09:00:00"),
        ("localizations", {"d e": {}}, "localizations/d e"),
        ("iCalendar", {"properties": []}, "iCalendar/name"),
        ("iCalendar", {"name": "vevent", "properties": [["x-a", {}, "text"]]}, "iCalendar/properties/0"),
        ("iCalendar", {"name": "vevent", "properties": [["a:b", {}, "text", ""]]}, "iCalendar/properties/0"),
        ("iCalendar", {"name": "vevent", "properties": [["end", {}, "text", "x"]]}, "iCalendar/properties/0"),
        ("iCalendar", {"name": "vevent", "components": [["x", []]]}, "iCalendar/components/0"),
        ("iCalendar", {"name": "vevent", "components": [["VEvent", [], []]]}, "iCalendar/components/0/0"),
        (
            "iCalendar",
            {"name": "vevent", "components": [["x", [], [["vtodo", [], []]]]]},
            "iCalendar/components/0/2/0/0",
        ),
    ],
)
def test_refused(name: str, value: Any, wrong: str) -> None:
    assert wrong in where({name: value})


@pytest.mark.rfc("tasks-06", "4")
@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("due", "2026-01-05", "due"),
        ("percentComplete", 101, "percentComplete"),
        ("progress", "done", "progress"),
        ("sortOrder", 2**31, "sortOrder"),
        ("estimatedWork", -1, "estimatedWork"),
        ("checklists", {"c": {"@type": "List"}}, "checklists/c/@type"),
        ("checklists", {"c": {"checkItems": [{"isComplete": 1}]}}, "checklists/c/checkItems/0/isComplete"),
        ("checklists", {"c": {"checkItems": [{"assignee": {"name": "x"}}]}}, "checklists/c/checkItems/0/assignee"),
        ("comments", {"c": {}}, "comments/c/message"),
    ],
)
def test_refused_in_a_task(name: str, value: Any, wrong: str) -> None:
    assert wrong in where({name: value}, TASK)


@pytest.mark.rfc("jscalendarbis-15", "1.7.1")
def test_names_differ_in_more_than_case() -> None:
    assert where({"Title": "x"}) == ["Title"]
    assert where({"locations": {"a": {"Name": "x"}}}) == ["locations/a/Name"]
    trigger = {"@type": "absoluteTrigger", "when": "2026-01-05T08:00:00Z"}
    assert where({"alerts": {"a": {"trigger": trigger}}}) == ["alerts/a/trigger/@type"]


@pytest.mark.rfc("jscalendarbis-15", "1.7.4")
def test_unknown_and_vendor_properties_are_kept() -> None:
    known = {"unknown": {"x": None}, "example.com:foo": [1], "locations": {"a": {"example.com:x": 1}}}
    assert where(known) == []
    assert where({"extra": 1, "a b": 1}) == ["extra", "a b"]
    assert is_property("unknown") and is_property("example.com:foo") and is_property("workflowStatus")
    assert not is_property("extra") and not is_property("Title")


@pytest.mark.rfc("jscalendarbis-15", "1.8.2")
def test_vendor_values_are_allowed() -> None:
    assert where({"status": "example.com:maybe", "privacy": "example.com:friends"}) == []


@pytest.mark.rfc("jscalendarbis-15", "3.3.3")
@pytest.mark.rfc("jscalendarbis-15", "3.5.1")
def test_some_values_nobody_can_add_to() -> None:
    own = "example.com:own"
    rule = {"frequency": own, "skip": own, "firstDayOfWeek": own, "byDay": [{"day": own}]}
    wrong = ("frequency", "skip", "firstDayOfWeek", "byDay/0/day")
    assert where({"recurrenceRule": rule}) == [f"recurrenceRule/{name}" for name in wrong]
    trigger = {"offset": "PT0S", "relativeTo": own}
    assert where({"alerts": {"a": {"trigger": trigger}}}) == ["alerts/a/trigger/relativeTo"]


@pytest.mark.rfc("jmap-calendars-27", "10.9")
@pytest.mark.parametrize("name", ["id", "calendarIds", "isOrigin", "utcStart", "method", "excluded"])
def test_reserved_for_jmap_and_itip(name: str) -> None:
    assert where({name: "x"}) == [name]
