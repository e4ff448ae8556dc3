"""Changing an event from one occurrence on, as clients do it (jmap-calendars-27 5.6)."""

import pytest

from tests.calendars.host import WEEKLY, Calendars, person

AFTER, BEFORE = "2026-01-01T00:00:00", "2026-02-01T00:00:00"


@pytest.mark.rfc("jmap-calendars-27", "5.6.1")
def test_an_event_is_split(host: Calendars) -> None:
    id = host.new("Weekly", uid="one", recurrenceRule=WEEKLY)
    later = host.draft("Later", uid="two", start="2026-01-19T10:00:00", recurrenceRule=WEEKLY)
    later["relatedTo"] = {"one": {"@type": "Relation", "relation": {"first": True}}}
    ended = {"recurrenceRule/until": "2026-01-18T23:59:59"}
    ended |= {"relatedTo/two": {"@type": "Relation", "relation": {"next": True}}}
    answer = host.call("CalendarEvent/set", {"create": {"n": later}, "update": {id: ended}})
    made = answer["created"]["n"]["id"]
    assert answer["notCreated"] is None and answer["notUpdated"] is None
    assert host.occurrences(AFTER, BEFORE) == [
        f"{id}_20260105T090000",
        f"{id}_20260112T090000",
        f"{made}_20260119T100000",
        f"{made}_20260126T100000",
    ]
    assert host.event(id)["relatedTo"]["two"]["relation"] == {"next": True}
    assert host.event(made)["relatedTo"]["one"]["relation"] == {"first": True}


@pytest.mark.rfc("jmap-calendars-27", "5.6.2")
def test_what_was_before_is_restored_by_overrides(host: Calendars) -> None:
    people = {"a": person("alice@example.org", "owner"), "b": person("bob@example.org")}
    id = host.new("Weekly", recurrenceRule=WEEKLY, participants=people)
    old = {"title": "Weekly", "participants/c": None}
    dates = ("2026-01-05T09:00:00", "2026-01-12T09:00:00")
    patch = {"title": "New", "participants/c": person("carol@example.org")}
    host.updated(id, patch | {"recurrenceOverrides": dict.fromkeys(dates, old)})
    ids = host.occurrences(AFTER, BEFORE)
    found = {each["id"]: (each["title"], len(each["participants"])) for each in host.events(ids)}
    assert [found[each] for each in ids] == [("Weekly", 2)] * 2 + [("New", 3)] * 2
    assert host.occurrences(AFTER, BEFORE, filter={"title": "weekly"}) == ids[:2]
    assert host.occurrences(AFTER, BEFORE, filter={"attendee": "carol"}) == ids[2:]
