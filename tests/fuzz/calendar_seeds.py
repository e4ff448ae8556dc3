"""Valid requests about calendars (jmap-calendars-27), tasks (tasks-06) and principals (RFC 9670).

And what of them a world has on disk.
"""

from pathlib import Path
from typing import Any

from jmapd.wire import Arguments
from tests.calendars.host import vcalendar, vevent
from tests.tasks.host import vtodo

PNG = b"\x89PNG\r\n\x1a\n"
URI = "data:image/png;base64,iVBORw0KGgo="
LINES = (
    "SUMMARY:Meeting", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20260112T090000Z", "LOCATION:Room",
    "CATEGORIES:work,own", "ORGANIZER:mailto:alice@example.org", "ATTENDEE;CN=Bob:mailto:bob@example.org",
    "X-OWN;X-P=1:kept", f"ATTACH;VALUE=URI:{URI}",
)  # fmt: skip
OVERRIDE = ("RECURRENCE-ID:20260119T090000Z", "SUMMARY:Moved", "DURATION:PT2H")
SERIES = {"2026-01-12T09:00:00": {"excluded": True}, "2026-01-19T09:00:00": {"title": "Moved", "alerts/a": None}}
BOTH: Arguments = {  # of an Event and a Task
    "description": "Line one\nline two",
    "start": "2026-01-05T09:00:00",
    "timeZone": "Europe/Berlin",
    "recurrenceRule": {"frequency": "weekly", "count": 5, "byDay": [{"day": "mo"}]},
    "recurrenceOverrides": SERIES,
    "locations": {"l": {"name": "Room", "coordinates": "geo:46.77,-71.28"}},
    "virtualLocations": {"v": {"name": "Call", "uri": "tel:+1-555-0100", "features": {"audio": True}}},
    "links": {"k": {"href": URI, "rel": "enclosure"}, "m": {"href": "https://example.org/a"}},
    "keywords": {"own": True},
    "color": "#336699",
    "relatedTo": {"u0": {"relation": {"next": True}}},
    "participants": {
        "a": {"calendarAddress": "mailto:alice@example.org", "roles": {"owner": True, "chair": True}},
        "b": {"calendarAddress": "mailto:bob@example.org", "participationStatus": "accepted", "name": "é"},
    },
    "alerts": {"a": {"trigger": {"offset": "-PT5M"}}, "b": {"trigger": {"@type": "own", "x": 1}}},
    "localizations": {"de": {"title": "Treffen"}},
    "iCalendar": {"name": "vevent", "properties": [["x-own", {"x-p": "1"}, "text", "kept"]]},
    "example.com:own": {"a": [1, None]},
}
EVENT = BOTH | {"duration": "PT1H", "status": "tentative", "privacy": "private", "endTimeZone": "Asia/Tokyo"}
TASK = BOTH | {
    "due": "2026-01-05T17:00:00",
    "progress": "in-process",
    "percentComplete": 5,
    "checklists": {"c": {"title": "Steps", "checkItems": [{"title": "One", "isComplete": False}]}},
    "comments": {"c": {"message": "Why?"}},
}
ALERTS = {"defaultAlertsWithTime", "defaultAlertsWithoutTime"}
WINDOW = {"after": "2026-01-01T00:00:00", "before": "2026-03-01T00:00:00"}
NAMES = {  # that a row with a pattern stands for
    "CalendarEvent": ["title", "recurrenceRule", "participants", "example.com:own"],
    "Task": ["title", "due", "checklists", "example.com:own"],
}
EXPANDED: list[Arguments] = [
    {"filter": WINDOW | more, "expandRecurrences": True, "timeZone": "Europe/Berlin"} for more in ({}, {"text": "room"})
]


def file(number: int) -> str:
    """An event and a task as another program has written them."""
    uid = f"u{number}"
    return vcalendar(
        vevent(uid, *LINES), vevent(uid, *OVERRIDE), vtodo(f"t{number}", *LINES[:1], "DUE:20260105T090000Z")
    )


def write(root: Path, count: int) -> None:
    """One more file in one of three collections."""
    folder = root / ("home", "work", "club")[count % 3]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{count}.ics").write_bytes(file(count).encode())


def calendar(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """Creates and updates of a Calendar."""
    return _collection(world, made, patch, {"includeInAvailability": "attending"})


def task_list(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """The same of a TaskList."""
    colors = {"keywordColors": {"own": "red"}, "categoryColors": None, "workflowStatuses": ["open", "done"]}
    return _collection(world, made, patch, colors | {"role": None})


def _collection(
    world: Any, made: Arguments, patch: Arguments, own: Arguments
) -> tuple[list[Arguments], list[Arguments]]:
    world.count += 1
    alerts = {f"a{world.count}": {"trigger": {"offset": "-PT5M"}}}
    own = {"shareWith": None, "color": "#336699", "timeZone": "Europe/Berlin", **dict.fromkeys(ALERTS, None), **own}
    return (
        [
            {"name": f"new {world.count}"},
            made | own | {"name": f"other {world.count}", "defaultAlertsWithTime": alerts},
        ],
        [patch | own, {"isSubscribed": False}, {"sortOrder": 3, "color": None}],
    )


def calendar_event(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """Creates and updates of a CalendarEvent."""
    into: Arguments = {"calendarIds": {world.ids["Calendar"][0]: True}}
    utc = {"utcStart": "2026-01-05T08:00:00Z", "utcEnd": "2026-01-05T09:00:00Z", "title": "é"}
    old = {
        "recurrenceRules": [{"@type": "RecurrenceRule", "frequency": "daily"}],
        "replyTo": {"imip": "mailto:a@b.org"},
    }
    other = world.ids["Calendar"][1]
    return (
        [into | EVENT, into | utc | {"isDraft": True}, into | old | {"start": "2026-01-05T09:00:00"}],
        [
            EVENT | into,
            {"title": "Other", "locations/own": {"name": "Hall"}, f"calendarIds/{other}": True},
            {"locations": None, "recurrenceOverrides": None, "useDefaultAlerts": True},
        ],
    )


def task(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """Creates and updates of a Task."""
    into: Arguments = {"taskListId": world.ids["TaskList"][0]}
    return (
        [into | TASK, into | {"title": "Milk", "workflowStatus": "pending"}, into | {"utcDue": "2026-01-05T09:00:00Z"}],
        [TASK | into, {"title": "Bread", "progress": "completed"}, {"taskListId": world.ids["TaskList"][1]}],
    )


def participant_identity(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """Creates and updates of a ParticipantIdentity."""
    world.count += 1
    return [{"calendarAddress": f"https://example.org/{world.count}", "name": "é"}], [{"name": "Ally"}]


def nothing(world: Any, made: Arguments, patch: Arguments) -> tuple[list[Arguments], list[Arguments]]:
    """What only the server makes."""
    return [], []


def copied(world: Any, type: str) -> Arguments:
    """An event or task of the team's account that no other has."""
    world.count += 1
    write(world.folder / "calendars" / "team", world.count)
    uid = f"{'u' if type == 'CalendarEvent' else 't'}{world.count}"
    [answer] = world.ask([f"{type}/query", {"accountId": "team", "filter": {"uid": uid}}])
    collection = world.ids["Calendar" if type == "CalendarEvent" else "TaskList"][0]
    into = {"calendarIds": {collection: True}} if type == "CalendarEvent" else {"taskListId": collection}
    return {"id": answer["ids"][0]} | into


def availability(world: Any) -> list[Arguments]:
    """Principal/getAvailability."""
    times = {"utcStart": "2026-01-01T00:00:00Z", "utcEnd": "2026-02-01T00:00:00Z"}
    args = {"accountId": "alice", "id": world.ids["Principal"][0]} | times
    return [args, args | {"showDetails": True, "eventProperties": ["title", "start"]}]


def parsed(world: Any) -> list[Arguments]:
    """CalendarEvent/parse."""
    return [
        {"accountId": "alice", "blobIds": [*world.calendars, *world.blobs[:2]]},
        {"accountId": "alice", "blobIds": world.calendars, "properties": ["id", "title", "links", "example.com:own"]},
    ]
