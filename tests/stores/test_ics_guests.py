"""What guests of an account have for themselves, of calendars (jmap-calendars 4.3) and of events (5.4)."""

import pytest

from jmapd.stores import rebuild
from tests.stores.ics_files import NEW, Calendars, calendar, component, vevent, vtodo

ALERTS = {"x": {"@type": "Alert", "trigger": {"@type": "OffsetTrigger", "offset": "-PT5M"}}}
DAILY = ("DTSTART:20260105T090000Z", "RRULE:FREQ=DAILY;COUNT=5", "CATEGORIES:boss", "TRANSP:TRANSPARENT")


@pytest.fixture
def work(calendars: Calendars) -> str:
    """A calendar with a daily event of alice's, which is red for her."""
    override = component("VEVENT", "a", "Moved", "RECURRENCE-ID:20260107T090000Z", "CATEGORIES:late")
    calendars.write("work/a.ics", calendar(component("VEVENT", "a", "Daily", *DAILY), override))
    calendars.write("work/color", "#ff0000")
    return calendars.id("work")


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_what_a_guest_inherits_and_what_is_as_by_default(calendars: Calendars, work: str) -> None:
    told = {"sortOrder": 3, "isVisible": False, "timeZone": "Europe/Berlin", "defaultAlertsWithTime": ALERTS}
    calendars.update("Calendar", work, description="ours", **told)
    bobs = calendars.all("Calendar", "bob")["work"]
    assert (bobs["color"], bobs["timeZone"], bobs["description"]) == ("#ff0000", "Europe/Berlin", "ours")
    assert (bobs["sortOrder"], bobs["isVisible"], bobs["includeInAvailability"]) == (0, True, "none")
    assert not bobs["isSubscribed"] and bobs["defaultAlertsWithTime"] is None
    calendars.update("Calendar", work, name="Office", color="#00ff00")
    assert calendars.all("Calendar", "bob")["Office"]["color"] == "#00ff00"


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_what_a_guest_sets_is_his_own(calendars: Calendars, work: str) -> None:
    owners, state = calendars.all("Calendar"), calendars.state("Calendar")
    told = {"color": "#0000ff", "sortOrder": 7, "isVisible": False, "includeInAvailability": "all", "timeZone": None}
    answer = calendars.update(
        "Calendar", work, "bob", name="Alice's", isSubscribed=True, defaultAlertsWithTime=ALERTS, **told
    )
    assert answer is None
    bobs = calendars.all("Calendar", "bob")["Alice's"]
    assert bobs == bobs | told | {"isSubscribed": True, "defaultAlertsWithTime": ALERTS}
    assert calendars.all("Calendar") == owners and calendars.state("Calendar") != state
    assert "work/displayname" not in calendars.files() and calendars.files()["work/color"] == "#ff0000"
    assert calendars.all("Calendar", "carol")["work"]["color"] == "#ff0000"
    calendars.update("Calendar", work, name="Office", color="#ffffff")
    assert calendars.all("Calendar", "bob") == {"Alice's": bobs}
    rebuild.renew(calendars.account)
    assert calendars.all("Calendar", "bob") == {"Alice's": bobs}
    calendars.update("Calendar", work, "bob", description="common")
    assert calendars.all("Calendar")["Office"]["description"] == "common"


@pytest.mark.rfc("jmap-calendars-27", "4.3")
def test_what_a_guest_makes(calendars: Calendars, work: str) -> None:
    made = calendars.create("Calendar", "bob", **NEW | {"name": "New", "color": "#010203", "isVisible": False})
    assert calendars.all("Calendar", "bob")["New"]["isSubscribed"]
    assert not calendars.all("Calendar", "bob")["New"]["isVisible"]
    owners = calendars.all("Calendar")["New"]
    assert owners["id"] == made["id"] and owners["color"] == "#010203" and owners["isVisible"]


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_a_guest_sees_the_defaults_of_what_is_private(calendars: Calendars, work: str) -> None:
    alices = calendars.all("CalendarEvent")["Daily"]
    assert alices["keywords"] == {"boss": True} and alices["freeBusyStatus"] == "free"
    bobs = calendars.all("CalendarEvent", "bob")["Daily"]
    assert not bobs.keys() & {"keywords", "freeBusyStatus", "alerts", "color", "useDefaultAlerts"}
    assert bobs["recurrenceOverrides"]["2026-01-07T09:00:00"]["title"] == "Moved"
    assert "keywords" not in str(bobs["recurrenceOverrides"])


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_what_a_guest_sets_of_an_event_is_his_own(calendars: Calendars, work: str) -> None:
    alices, files, state = calendars.all("CalendarEvent"), calendars.files(), calendars.state("CalendarEvent")
    id = alices["Daily"]["id"]
    calendars.update("CalendarEvent", id, "bob", alerts=ALERTS, color="blue", updated="2026-02-02T00:00:00Z")
    bobs = calendars.all("CalendarEvent", "bob")["Daily"]
    assert (bobs["alerts"], bobs["color"], bobs["updated"]) == (ALERTS, "blue", "2026-02-02T00:00:00Z")
    assert calendars.files() == files and calendars.all("CalendarEvent") == alices
    assert calendars.state("CalendarEvent") != state
    assert "alerts" not in calendars.all("CalendarEvent", "carol")["Daily"]
    rebuild.renew(calendars.account)
    assert calendars.all("CalendarEvent", "bob")["Daily"] == bobs
    calendars.update("CalendarEvent", id, updated="2026-03-03T00:00:00Z", title="Later")
    assert calendars.all("CalendarEvent", "bob")["Later"]["updated"] == "2026-03-03T00:00:00Z"
    calendars.update("CalendarEvent", id, "bob", alerts=None, color=None)
    assert "alerts" not in calendars.all("CalendarEvent", "bob")["Later"]


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_on_one_occurrence_too(calendars: Calendars, work: str) -> None:
    files = calendars.files()
    bobs = calendars.all("CalendarEvent", "bob")["Daily"]
    overrides = bobs["recurrenceOverrides"]
    overrides["2026-01-07T09:00:00"]["color"] = "blue"
    overrides["2026-01-08T09:00:00"] = {"alerts": ALERTS}
    calendars.update("CalendarEvent", bobs["id"], "bob", recurrenceOverrides=overrides)
    assert calendars.files() == files
    now = calendars.all("CalendarEvent", "bob")["Daily"]["recurrenceOverrides"]
    assert now["2026-01-07T09:00:00"] == overrides["2026-01-07T09:00:00"]
    assert now["2026-01-08T09:00:00"] == {"alerts": ALERTS}
    now["2026-01-08T09:00:00"]["title"] = "For all"
    calendars.update("CalendarEvent", bobs["id"], "bob", recurrenceOverrides=now)
    alices = calendars.all("CalendarEvent")["Daily"]["recurrenceOverrides"]
    assert alices["2026-01-08T09:00:00"]["title"] == "For all" and "alerts" not in str(alices)
    assert alices["2026-01-07T09:00:00"]["keywords/late"]
    now = {"2026-01-06T09:00:00": {"excluded": True}}
    calendars.update("CalendarEvent", bobs["id"], "bob", recurrenceOverrides=now)
    assert calendars.all("CalendarEvent")["Daily"]["recurrenceOverrides"] == now
    assert calendars.all("CalendarEvent", "bob")["Daily"]["recurrenceOverrides"] == now


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_both_in_one_change(calendars: Calendars, work: str) -> None:
    bobs = calendars.all("CalendarEvent", "bob")["Daily"]
    calendars.update("CalendarEvent", bobs["id"], "bob", title="Bob's", color="blue")
    assert calendars.all("CalendarEvent", "bob")["Bob's"]["color"] == "blue"
    alices = calendars.all("CalendarEvent")["Bob's"]
    assert "color" not in alices and alices["keywords"] == {"boss": True}


@pytest.mark.rfc("jmap-calendars-27", "5.4")
def test_a_guests_new_event_and_its_end(calendars: Calendars, work: str) -> None:
    made = calendars.event("new", work, guest="bob", title="New", alerts=ALERTS, timeZone="Etc/UTC")
    assert "alerts" not in made and calendars.all("CalendarEvent", "bob")["New"]["alerts"] == ALERTS
    assert "VALARM" not in calendars.files()["work/new.ics"] and "alerts" not in calendars.all("CalendarEvent")["New"]
    calendars.destroy("CalendarEvent", made["id"])
    with calendars.account.session():
        assert not calendars.account.index.objects.all("_event_guest")


@pytest.mark.rfc("tasks-06", "2")
def test_tasks_as_well(calendars: Calendars) -> None:
    calendars.write("work/b.ics", vtodo("b"))
    calendars.write("work/a.ics", vevent("b"))
    calendars.update("Task", calendars.all("Task")["Shopping"]["id"], "bob", keywords={"now": True})
    assert calendars.all("Task", "bob")["Shopping"]["keywords"] == {"now": True}
    assert "keywords" not in calendars.all("Task")["Shopping"]
    calendars.update("TaskList", calendars.id("work"), "bob", name="Alice's")
    assert calendars.all("TaskList", "bob").keys() == {"Alice's"} and calendars.all("Calendar", "bob").keys() == {
        "work"
    }
