"""What of Task (tasks-06 4) differs from CalendarEvent."""

from collections.abc import Mapping

from jmapd.datatypes.jscalendar.kind import Change, Kind, every_id
from jmapd.datatypes.jscalendar.notify import notify
from jmapd.datatypes.jscalendar.people import addresses, is_one_of, participants
from jmapd.datatypes.tasks.tasks_capability import MAX_EXPANDED_QUERY, MAX_PARTICIPANTS
from jmapd.methods.context import Context
from jmapd.stores.event_notifications import TASKS, EventChange
from jmapd.wire import Id, Record
from jmapd.wire.errors import InvalidProperties, NoSupportedScheduleMethods


def _notify(context: Context, changes: Mapping[Id, Change]) -> None:
    notify(context, [EventChange(id, every_id(KIND, change), *change) for id, change in changes.items()], about=TASKS)


def _check(context: Context, old: Record | None, new: Record) -> None:
    """Raises InvalidProperties."""
    status = new.get("workflowStatus")
    if status is None or (old and (old.get("workflowStatus"), old["taskListId"]) == (status, new["taskListId"])):
        return
    found = context.store("TaskList").get([new["taskListId"]]).get(new["taskListId"])
    if found is not None and status not in found["workflowStatuses"]:
        raise InvalidProperties(["workflowStatus"], "workflowStatus: not one of the TaskList's workflowStatuses")


def _check_scheduling(context: Context, change: Change) -> None:
    """Raises NoSupportedScheduleMethods: iMIP messages are made for events alone."""
    if not context.arguments.get("sendSchedulingMessages"):
        return
    mine = addresses(context)
    every = [each for record in change for each in participants(record or {}).values()]
    if any("calendarAddress" in each and not is_one_of(each, mine) for each in every):
        raise NoSupportedScheduleMethods("nothing can be sent to the participants of a Task")


KIND = Kind(
    name="Task",
    object_type="Task",
    books="taskListId",
    book_type="TaskList",
    base="baseTaskId",
    utc_end="utcDue",
    end="due",
    own=frozenset(("id", "baseTaskId", "taskListId", "isDraft", "isOrigin", "utcStart", "utcDue")),
    not_in_overrides=frozenset(
        ("id", "baseTaskId", "taskListId", "isDraft", "isOrigin", "utcStart", "utcDue", "method")
        + ("mayInviteSelf", "mayInviteOthers", "hideAttendees")
    ),
    max_participants=MAX_PARTICIPANTS,
    max_expanded=MAX_EXPANDED_QUERY,
    check_scheduling=_check_scheduling,
    notify=_notify,
    check=_check,
)
