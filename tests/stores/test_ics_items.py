"""Events and tasks out of .ics files, and back into them (jmap-calendars 5, jmap-tasks 3, RFC 5545 3.6)."""

import pytest

from jmapd.stores.base import NotStorable, RecordExists
from tests.stores.ics_files import Calendars, calendar, component, vevent, vtodo

DAILY = ("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=5")


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_a_file_is_an_event_or_a_task(calendars: Calendars) -> None:
    calendars.write("work/a.ics", vevent("a"))
    calendars.write("work/b.ics", vtodo("b"))
    (event,), (task,) = calendars.all("CalendarEvent").values(), calendars.all("Task").values()
    id = calendars.id("work")
    assert event["id"].startswith("E") and event["calendarIds"] == {id: True} and event["title"] == "Meeting"
    assert task["id"].startswith("K") and task["taskListId"] == id and task["@type"] == "Task"
    assert calendars.all("TaskList")["work"]["id"] == id


@pytest.mark.rfc("jscalendar-icalendar-25", "2.1.2")
def test_an_event_and_what_overrides_it_are_one(calendars: Calendars) -> None:
    override = component("VEVENT", "a", "Moved", "RECURRENCE-ID:20260107T090000Z", "DTSTART:20260107T100000Z")
    calendars.write("work/a.ics", calendar(component("VEVENT", "a", "Daily", *DAILY), override))
    (event,) = calendars.all("CalendarEvent").values()
    assert event["recurrenceOverrides"]["2026-01-07T09:00:00"]["title"] == "Moved"
    calendars.destroy("CalendarEvent", event["id"])
    assert calendars.files() == {}


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_instances_without_their_event_are_events_of_their_own(calendars: Calendars) -> None:
    for day in ("06", "07"):
        lone = component("VEVENT", "a", f"On {day}", f"RECURRENCE-ID:202601{day}T090000Z")
        calendars.write(f"work/{day}.ics", calendar(lone))
    found = calendars.all("CalendarEvent")
    assert {each["uid"] for each in found.values()} == {"a"}
    assert found["On 06"]["recurrenceId"] == "2026-01-06T09:00:00" and found["On 06"]["id"] != found["On 07"]["id"]
    calendars.update("CalendarEvent", found["On 06"]["id"], title="Changed")
    assert calendars.all("CalendarEvent")["Changed"]["id"] == found["On 06"]["id"]
    with pytest.raises(RecordExists):
        calendars.event("a", calendars.id("work"), recurrenceId="2026-01-07T09:00:00")
    made = calendars.event("a", calendars.id("work"), recurrenceId="2026-01-08T09:00:00", timeZone="Etc/UTC")
    assert len(calendars.all("CalendarEvent")) == 3 and len(calendars.files()) == 3
    calendars.destroy("CalendarEvent", made["id"])
    assert len(calendars.files()) == 2


@pytest.mark.rfc("5545", "3.6.3")
def test_what_is_not_served_stays(calendars: Calendars) -> None:
    journal = component("VJOURNAL", "j", "Diary", "X-OWN:1")
    unknown = component("X-THING", "x", "Thing")
    calendars.write("work/j.ics", calendar(journal))
    calendars.write("work/a.ics", calendar(component("VEVENT", "a"), journal, unknown))
    (event,) = calendars.all("CalendarEvent").values()
    calendars.update("CalendarEvent", event["id"], title="Other")
    changed = component("VEVENT", "a", "Other")
    assert calendars.files()["work/a.ics"] == calendar(changed, journal, unknown)
    calendars.destroy("CalendarEvent", event["id"])
    assert calendars.files() == {"work/a.ics": calendar(journal, unknown), "work/j.ics": calendar(journal)}
    assert calendars.all("Task") == {} == calendars.all("CalendarEvent")


@pytest.mark.rfc("5545", "3.6")
def test_several_in_one_file(calendars: Calendars) -> None:
    parts = [component("VEVENT", "a", "A"), component("VTODO", "b", "B"), component("VEVENT", "c", "C")]
    calendars.write("work/all.ics", calendar(*parts) + vevent("d", "D"))
    events = calendars.all("CalendarEvent")
    assert events.keys() == {"A", "C", "D"} and calendars.all("Task").keys() == {"B"}
    calendars.update("CalendarEvent", events["C"]["id"], title="CC")
    parts[2] = component("VEVENT", "c", "CC")
    assert calendars.files()["work/all.ics"] == calendar(*parts) + vevent("d", "D")
    calendars.destroy("Task", calendars.all("Task")["B"]["id"])
    calendars.destroy("CalendarEvent", events["A"]["id"])
    assert calendars.files()["work/all.ics"] == calendar(parts[2]) + vevent("d", "D")
    calendars.destroy("CalendarEvent", events["C"]["id"])
    assert calendars.files()["work/all.ics"] == vevent("d", "D")


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_an_event_and_a_task_with_one_uid(calendars: Calendars) -> None:
    calendars.write("work/both.ics", calendar(component("VEVENT", "a", "A"), component("VTODO", "a", "B")))
    (event,), (task,) = calendars.all("CalendarEvent").values(), calendars.all("Task").values()
    assert event["id"][1:] == task["id"][1:]
    calendars.destroy("CalendarEvent", event["id"])
    assert calendars.files()["work/both.ics"] == calendar(component("VTODO", "a", "B"))


def test_without_uid_it_has_one_by_its_place_and_gets_it_with_a_change(calendars: Calendars) -> None:
    calendars.write("work/none.ics", vevent("", "None"))
    (event,) = calendars.all("CalendarEvent").values()
    assert event["uid"].startswith("urn:uuid:")
    calendars.update("CalendarEvent", event["id"], title="Still")
    (same,) = calendars.all("CalendarEvent").values()
    assert same["id"] == event["id"] and same["uid"] == event["uid"]
    assert f"UID:{event['uid']}" in calendars.files()["work/none.ics"]


@pytest.mark.rfc("jmap-calendars-27", "5")
def test_in_two_calendars_it_is_one_event_but_two_tasks(calendars: Calendars) -> None:
    """Tasks are in exactly one TaskList (jmap-tasks 3)."""
    for folder in ("one", "two"):
        calendars.write(f"{folder}/a.ics", vevent("a"))
        calendars.write(f"{folder}/b.ics", vtodo("b"))
    (event,) = calendars.all("CalendarEvent").values()
    assert len(event["calendarIds"]) == 2
    with calendars.account.session():
        tasks = list(calendars.store("Task").scan())
    assert {task["taskListId"] for task in tasks} == set(event["calendarIds"])
    one = next(task for task in tasks if task["taskListId"] == calendars.id("one"))
    calendars.update("Task", one["id"], title="Changed")
    assert "SUMMARY:Changed" in calendars.files()["one/b.ics"] and "Changed" not in calendars.files()["two/b.ics"]


@pytest.mark.rfc("tasks-06", "3")
def test_a_task_moves_to_another_list(calendars: Calendars) -> None:
    calendars.write("one/b.ics", vtodo("b"))
    calendars.write("two/a.ics", vevent("a"))
    (task,) = calendars.all("Task").values()
    calendars.update("Task", task["id"], taskListId=calendars.id("two"))
    assert calendars.files().keys() == {"two/a.ics", "two/b.ics"} and calendars.files()["two/b.ics"] == vtodo("b")
    assert calendars.all("Task")["Shopping"]["id"] == task["id"]
    with pytest.raises(NotStorable) as caught:
        calendars.update("Task", task["id"], taskListId="Bnothing")
    assert caught.value.properties == ["taskListId"]


@pytest.mark.rfc("8620", "5.3")
def test_a_change_touches_the_lines_of_what_changed_only(calendars: Calendars) -> None:
    lines = (
        "DESCRIPTION:Long\\, with\r\n  a fold",
        "X-OWN;X-P=1:kept",
        "CATEGORIES:a,b",
        "ATTENDEE:mailto:bob@example.org",
    )
    before = vevent("a", "Meeting", *lines)
    calendars.write("work/a.ics", before)
    (event,) = calendars.all("CalendarEvent").values()
    calendars.update("CalendarEvent", event["id"], title="Talk")
    assert calendars.files()["work/a.ics"] == before.replace("SUMMARY:Meeting", "SUMMARY:Talk")
    calendars.update("CalendarEvent", event["id"], title="Meeting")
    assert calendars.files()["work/a.ics"] == before


@pytest.mark.rfc("jmap-calendars-27", "5.9")
def test_a_new_event_is_a_file_named_as_its_uid(calendars: Calendars) -> None:
    calendars.write("work/b.ics", vtodo("b"))
    work = calendars.id("work")
    calendars.event("a@example.org", work)
    calendars.event("../evil", work)
    names = sorted(calendars.files())
    assert names[1:] == ["work/a@example.org.ics", "work/b.ics"] and names[0].startswith("work/")
    with pytest.raises(RecordExists):
        calendars.event("a@example.org", work)
