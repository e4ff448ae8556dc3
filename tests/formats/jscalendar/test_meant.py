"""What clients mean that write RFC 8984, or leave things out."""

from typing import Any

import pytest

from jmapd.formats.jscalendar.validate import normalised, problems

START = "2026-01-05T09:00:00"
EVENT: dict[str, Any] = {"@type": "Event", "version": "2.0", "uid": "u1", "start": START}


def kept(properties: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the event has beside the fixed properties; it is valid."""
    found = normalised(EVENT | properties, old)
    assert problems(found, old) == []
    return {name: value for name, value in found.items() if name not in EVENT or value != EVENT[name]}


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_what_must_be_there_is_filled_in() -> None:
    found = normalised({"start": START})
    assert found == {"@type": "Event", "version": "2.0", "uid": found["uid"], "start": START}
    assert len(found["uid"]) == 36 and found["uid"] != normalised({})["uid"]
    assert normalised({"@type": "Task"})["@type"] == "Task"
    assert normalised(EVENT) == normalised(EVENT, strict=True) == EVENT


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_null_is_as_left_out() -> None:
    assert kept({"title": None, "alerts": None, "timeZone": None}) == {}
    assert normalised(EVENT | {"title": None}, strict=True) == EVENT
    assert kept({"locations": {"a": {"name": "x", "coordinates": None}, "b": {"name": None}, "c": None}}) == {
        "locations": {"a": {"name": "x"}}
    }


@pytest.mark.rfc("jscalendarbis-15", "1.4.4")
def test_implied_types_and_empty_things_go() -> None:
    given = {
        "links": {"l": {"@type": "Link", "href": "x:y"}},
        "alerts": {
            "a": {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "PT0S"}},
            "b": {"trigger": {"@type": "AbsoluteTrigger", "when": "2026-01-05T08:00:00Z"}},
            "c": {"trigger": {"@type": "x", "y": None}},
        },
        "keywords": {"a": True, "b": False},
        "categories": {},
        "recurrenceRule": {"@type": "RecurrenceRule", "frequency": "daily", "byHour": []},
        "relatedTo": {"u": {"@type": "Relation", "relation": {}}},
    }
    assert kept(given) == {
        "links": {"l": {"href": "x:y"}},
        "alerts": {
            "a": given["alerts"]["a"],  # clients look at the types of alerts and triggers
            "b": given["alerts"]["b"],
            "c": given["alerts"]["c"],
        },
        "keywords": {"a": True},
        "recurrenceRule": {"frequency": "daily"},
        "relatedTo": {"u": {"relation": {}}},
    }


@pytest.mark.rfc("jscalendarbis-15", "A.3.2")
def test_times_as_they_must_be() -> None:
    assert kept({"start": "2026-01-05T10:00"})["start"] == "2026-01-05T10:00:00"
    assert kept({"start": "2026-01-05T10:00:00.250"})["start"] == "2026-01-05T10:00:00"
    assert kept({"start": "2026-01-06"})["start"] == "2026-01-06T00:00:00"
    assert kept({"created": "2026-01-05T10:00:00.5+01:00"}) == {"created": "2026-01-05T09:00:00Z"}
    assert kept({"duration": "PT1.5S"}) == {"duration": "PT1S"}
    assert kept({"duration": "PT1H30S"}) == {"duration": "PT1H0M30S"}


@pytest.mark.rfc("jscalendarbis-15", "1.5.8")
@pytest.mark.parametrize(
    ("given", "zone"),
    [("UTC", "Etc/UTC"), ("W. Europe Standard Time", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin")],
)
def test_names_of_zones(given: str, zone: str) -> None:
    assert kept({"timeZone": given}) == {"timeZone": zone}


@pytest.mark.rfc("jscalendarbis-15", "3.2.12")
def test_colours_have_six_digits() -> None:
    assert kept({"color": "#aBc"}) == {"color": "#aaBBcc"}
    assert kept({"color": "DarkBlue"}) == {"color": "DarkBlue"}


@pytest.mark.rfc("jscalendarbis-15", "3.3.3")
@pytest.mark.parametrize(
    ("until", "zone", "local"),
    [
        ("2026-02-01T00:30:00Z", "Europe/Berlin", "2026-02-01T01:30:00"),
        ("2026-02-01T00:30:00Z", None, "2026-02-01T00:30:00"),
        ("2026-02-01", "Europe/Berlin", "2026-02-01T23:59:59"),
    ],
)
def test_until_is_local(until: str, zone: str | None, local: str) -> None:
    found = kept({"timeZone": zone, "recurrenceRule": {"frequency": "daily", "until": until}})
    assert found["recurrenceRule"]["until"] == local


@pytest.mark.rfc("jscalendarbis-15", "A.2.1")
def test_obsolete_properties() -> None:
    rule = {"@type": "RecurrenceRule", "frequency": "daily"}
    assert kept({"recurrenceRules": [rule], "excludedRecurrenceRules": []}) == {
        "recurrenceRule": {"frequency": "daily"}
    }
    assert kept({"recurrenceRules": []}) == {}
    zones = {"/own": {"@type": "TimeZone", "tzId": "Europe/Vienna"}}
    assert kept({"timeZone": "/own", "timeZones": zones}) == {"timeZone": "Europe/Vienna"}
    places = {"a": {"name": "x", "relativeTo": "end", "timeZone": "Asia/Tokyo"}, "b": {"relativeTo": "start"}}
    assert kept({"timeZone": "Europe/Berlin", "locations": places}) == {
        "timeZone": "Europe/Berlin",
        "endTimeZone": "Asia/Tokyo",
        "locations": {"a": {"name": "x"}},
    }
    assert kept({"links": {"l": {"href": "x:y", "display": "badge"}}})["links"]["l"]["display"] == {"badge": True}
    two = normalised(EVENT | {"recurrenceRules": [rule, rule]})
    assert [pointer for pointer, _ in problems(two)] == ["recurrenceRules"]


@pytest.mark.rfc("jscalendarbis-15", "1.9.2")
def test_what_is_of_version_1_is_of_version_2_then() -> None:
    assert normalised(EVENT | {"version": "1.0"})["version"] == "2.0"
    assert normalised(EVENT | {"version": "1.0"}, strict=True)["version"] == "1.0"
    assert normalised(EVENT | {"version": "3.0"})["version"] == "3.0"


@pytest.mark.rfc("jscalendarbis-15", "A.2.2")
def test_replaced_properties() -> None:
    given = {
        "replyTo": {"web": "https://example.org/", "imip": "mailto:alice@example.org"},
        "participants": {
            "a": {"@type": "Participant", "sendTo": {"imip": "mailto:alice@example.org"}, "roles": {"owner": True}},
            "b": {"email": "bob@example.org", "roles": {"attendee": True}, "delegatedTo": {"a": True}},
            "c": {"email": "carol@example.org", "name": "Carol", "sendTo": None},
        },
    }
    assert kept(given) == {
        "organizerCalendarAddress": "mailto:alice@example.org",
        "participants": {
            "a": {"calendarAddress": "mailto:alice@example.org", "roles": {"owner": True}},
            "b": {
                "email": "bob@example.org",
                "calendarAddress": "mailto:bob@example.org",
                "roles": {"attendee": True},
                "delegatedTo": {"mailto:alice@example.org": True},
            },
            "c": {"email": "carol@example.org", "name": "Carol"},
        },
    }


@pytest.mark.rfc("jscalendarbis-15", "4.1.3")
def test_the_zone_of_the_end_goes_with_that_of_the_start() -> None:
    old = EVENT | {"timeZone": "Europe/Berlin", "endTimeZone": "Asia/Tokyo"}
    assert kept({"endTimeZone": "Asia/Tokyo"}, old) == {}


@pytest.mark.rfc("jscalendarbis-15", "1.7.4")
def test_what_was_there_before_stays_as_it_is() -> None:
    old = EVENT | {"links": {"l": {"@type": "Link", "href": "x:y", "title": None}}, "priority": 12, "color": "#abc"}
    assert normalised(old | {"title": "x"}, old)["links"] == old["links"]


@pytest.mark.rfc("jscalendarbis-15", "3.2.6")
def test_the_main_location_is_one_that_is_there() -> None:
    old = EVENT | {"mainLocationId": "a", "locations": {"a": {"name": "x"}, "b": {"name": "y"}}}
    assert kept({"mainLocationId": "a"}, old) == {}
    assert kept({"mainLocationId": "a", "locations": {"b": {"name": "y"}}}, old) == {"locations": {"b": {"name": "y"}}}
    new = normalised(EVENT | {"mainLocationId": "c"}, old)
    assert [pointer for pointer, _ in problems(new, old)] == ["mainLocationId"]


@pytest.mark.rfc("jscalendar-icalendar-25", "3.2")
def test_the_end_of_the_last_day_is_that_day() -> None:
    """Of an event on whole days: with a time of day other programs would not show it as one."""

    def until(**more: Any) -> str:
        rule = {"frequency": "daily", "until": "2026-02-01T23:59:59"} | more.pop("rule", {})
        record = EVENT | {"start": "2026-01-05T00:00:00", "showWithoutTime": True, "recurrenceRule": rule} | more
        return str(normalised(record)["recurrenceRule"]["until"])

    assert until() == until(rule={"until": "2026-02-01"}) == "2026-02-01T00:00:00"
    end = "2026-02-01T23:59:59"
    assert until(start=START) == until(timeZone="Europe/Berlin") == until(showWithoutTime=False) == end
    assert until(rule={"byHour": [12]}) == until(rule={"frequency": "hourly"}) == end
    old = EVENT | {"start": "2026-01-05T00:00:00", "showWithoutTime": True}
    old |= {"recurrenceRule": {"@type": "RecurrenceRule", "frequency": "daily", "until": end}}
    assert normalised(old | {"title": "x"}, old)["recurrenceRule"]["until"] == end
