"""Task (tasks-06 4): a JSCalendar Task with id, taskListId and what else JMAP adds. Its properties are checked by
formats/jscalendar; which names there are is open (jscalendarbis-15 1.7.4).
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from jmapd.datatypes.jscalendar import query, shown
from jmapd.datatypes.jscalendar.hooks import ARGUMENTS, hooks
from jmapd.datatypes.jscalendar.people import is_origin
from jmapd.datatypes.jscalendar.view import View
from jmapd.datatypes.tasks.task_kind import KIND
from jmapd.datatypes.tasks.tasks_capability import TASKS
from jmapd.formats.jscalendar.validate import is_property
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Property, Sort
from jmapd.wire import Record


def _utc(moment: Any, *needed: str) -> Any:
    """utcStart and utcDue, each only of a task that has one of these: neither must be."""

    def value(context: Context, record: Record, name: str) -> Any:
        return moment(context, record, name) if any(record.get(each) is not None for each in needed) else None

    return value


PROPERTIES: Mapping[str, Property] = {
    "id": Property("Id", server_set=True, immutable=True),
    "baseTaskId": Property("Id|null", server_set=True, immutable=True),
    "taskListId": Property("Id", ref="TaskList"),
    "isDraft": Property("Boolean", default=False),
    "isOrigin": Property("Boolean", server_set=True, stored=False, computed=is_origin),
    "utcStart": Property(
        "UTCDate|null", default=None, stored=False, computed=_utc(shown.utc_start, "start"), by_default=False
    ),
    "utcDue": Property(
        "UTCDate|null", default=None, stored=False, computed=_utc(shown.utc_end, "due", "duration"), by_default=False
    ),
    "uid": Property("String", immutable=True, optional=True),  # the id is made of it
    "iCalendar": Property("*", by_default=False, optional=True),
    "*": Property("*", optional=True, dynamic=is_property),
}
FILTERS: Mapping[str, Filter] = {
    "inTaskList": query.with_key(KIND, "book", "Id", KIND.books),
    "after": query.with_time(KIND, is_after=True),
    "before": query.with_time(KIND, is_after=False),
    **{name: query.with_text(KIND, name) for name in query.TEXTS},
    "uid": query.with_key(KIND, "uid", "String", "uid"),
    "progress": query.with_key(KIND, "progress", "String", "progress", "participants"),
    "workflowStatus": query.with_key(KIND, "workflowStatus", "String", "workflowStatus"),
}
SORTED_BY: Mapping[str, tuple[str, ...]] = {
    **query.COLUMNS,
    "due": ("due", "timeZone"),
    "priority": ("priority",),
    "percentComplete": ("percentComplete",),
    "sortOrder": ("sortOrder",),
}
SORTS: Mapping[str, Sort] = {name: query.column(KIND, name, reads) for name, reads in SORTED_BY.items()}

TASK = DataType(
    KIND.name,
    TASKS,
    store=KIND.name,
    methods=("get", "changes", "set", "copy", "query", "queryChanges"),
    rfc="draft-ietf-jmap-tasks-06 4",
    sections={
        "get": "draft-ietf-jmap-tasks-06 4.9",
        "changes": "draft-ietf-jmap-tasks-06 4.10",
        "set": "draft-ietf-jmap-tasks-06 4.11",
        "copy": "draft-ietf-jmap-tasks-06 4.12",
        "query": "draft-ietf-jmap-tasks-06 4.13",
        "queryChanges": "draft-ietf-jmap-tasks-06 4.14",
    },
    properties=PROPERTIES,
    filters=FILTERS,
    sorts=SORTS,
    arguments=ARGUMENTS,
    hooks=hooks(KIND),
    is_open=True,
    unique="uid",
    view=partial(View, kind=KIND),
    arranged=query.is_expanding,
)
