"""The strings that filters of CalendarEvent/query and Task/query are tried on."""

from typing import Any

import pytest

from jmapd.formats.jscalendar.texts import texts

pytestmark = pytest.mark.rfc("jmap-calendars-27", "5.11.1")
ALICE = {"name": "Alice", "email": "alice@example.org", "roles": {"owner": True}, "description": "leads"}
BOB = {"calendarAddress": "mailto:bob@example.org", "roles": {"attendee": True}}
EVENT: dict[str, Any] = {
    "@type": "Event",
    "title": "Standup",
    "description": "Daily",
    "locations": {"l": {"name": "Room", "description": "upstairs", "links": {"k": {"href": "data:text/plain,x"}}}},
    "virtualLocations": {"v": {"name": "Call", "uri": "tel:+1"}},
    "participants": {"a": ALICE, "b": BOB},
    "keywords": {"work": True},
    "links": {"k": {"href": "https://example.org/", "title": "Minutes"}},
}


def test_filters() -> None:
    found = texts(EVENT)
    assert found["title"] == ["Standup"]
    assert found["description"] == ["Daily"]
    assert found["location"] == ["Room", "upstairs"]
    assert found["owner"] == ["Alice", "alice@example.org"]
    assert found["attendee"] == ["bob@example.org"]
    rest = ["leads", "Call", "tel:+1", "Minutes", "work"]
    assert set(found["text"]) == {text for name in found if name != "text" for text in found[name]} | set(rest)


def test_overrides_are_searched() -> None:
    overrides = {
        "2026-01-05T09:00:00": {"title": "Retro", "locations/l/name": "Hall", "locations/m": {"name": "Garden"}},
        "2026-01-06T09:00:00": {"participants/b/name": "Bob", "participants": {"c": {"name": "Carol"}}},
        "2026-01-07T09:00:00": {"participants/c/name": "x", "description": None, "locations/l/name/x": 1, "a~2": 1},
        "2026-01-08T09:00:00": {"participants/a/roles/attendee": True, "keywords/late": True},
        "2026-01-09T09:00:00": {"excluded": True},
    }
    found = texts(EVENT | {"recurrenceOverrides": overrides})
    assert found["title"] == ["Standup", "Retro"]
    assert found["location"] == ["Room", "upstairs", "Hall", "Garden"]
    assert found["attendee"] == ["bob@example.org", "Alice", "alice@example.org"]
    assert {"Bob", "Carol", "late"} & set(found["text"]) >= {"Carol", "late"}


def test_who_attends() -> None:
    def attendees(participant: dict[str, Any]) -> list[str]:
        return texts({"participants": {"a": participant | {"name": "x"}}})["attendee"]

    address = {"calendarAddress": "mailto:a@example.org"}
    assert attendees({}) == attendees(address | {"roles": {"owner": True}}) == []
    assert attendees(address) == attendees(address | {"roles": {"optional": True}}) == ["x", "a@example.org"]


@pytest.mark.rfc("tasks-06", "4")
def test_what_a_task_has_more() -> None:
    task = {
        "checklists": {"c": {"title": "Steps", "checkItems": [{"title": "One"}, 1]}},
        "comments": {"c": {"message": "Why?"}},
        "localizations": {"de": {"title": "Aufgabe", "checklists/c": {"title": "Schritte"}}},
    }
    assert texts(task)["text"] == ["Why?", "Steps", "One", "Aufgabe", "Schritte"]
