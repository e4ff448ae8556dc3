"""What of Task (tasks-06 4) differs from CalendarEvent."""

from jmapd.datatypes.jscalendar.kind import Change, Kind
from jmapd.datatypes.jscalendar.people import addresses, is_one_of, participants
from jmapd.methods.context import Context
from jmapd.stores.event_notifications import TASKS
from jmapd.wire import Record
from jmapd.wire.errors import InvalidProperties, NoSupportedScheduleMethods


def _check(context: Context, old: Record | None, new: Record) -> None:
    """Raises InvalidProperties."""
    before = _statuses(old) if old and old["taskListId"] == new["taskListId"] else {}
    if not (statuses := _statuses(new).items() - before.items()):
        return
    found = context.store("TaskList").get([new["taskListId"]]).get(new["taskListId"])
    wrong = sorted(pointer for pointer, status in statuses if found and status not in found["workflowStatuses"])
    if wrong:
        raise InvalidProperties(wrong, f"{wrong[0][:200]}: not one of the TaskList's workflowStatuses")


def _statuses(task: Record) -> dict[str, str]:
    """The workflowStatus, and those of overrides, by JSON Pointer."""
    found = {"workflowStatus": task.get("workflowStatus")}
    for date, patch in (task.get("recurrenceOverrides") or {}).items():
        found[f"recurrenceOverrides/{date}/workflowStatus"] = patch.get("workflowStatus")
    return {pointer: status for pointer, status in found.items() if isinstance(status, str)}


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
    about=TASKS,
    check_scheduling=_check_scheduling,
    check=_check,
)
