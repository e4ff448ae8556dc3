"""Task (tasks-06 4): a JSCalendar Task with id, taskListId and what else JMAP adds. Its properties are checked by
formats/jscalendar; which names there are is open (jscalendarbis-15 1.7.4).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from pyroaring import BitMap

from jmapd.datatypes.jscalendar import checked, copied, query, shown
from jmapd.datatypes.jscalendar.people import is_origin
from jmapd.datatypes.jscalendar.view import View
from jmapd.datatypes.tasks.task_kind import KIND
from jmapd.datatypes.tasks.tasks_capability import TASKS
from jmapd.formats.jscalendar.validate import is_property
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Filter, Hooks, Property, Sort
from jmapd.stores.base import Account, Store
from jmapd.wire import Arguments, Id

TO_DO = "needs-action"  # what progress is where nothing says otherwise (jscalendarbis-15 4.2.5)
PROGRESS = ("needs-action", "in-process", "completed", "failed", "cancelled", "pending")


def _view(context: Context, account: Account, store: Store) -> View:
    return View(context, account, store, KIND)


def _expand(context: Context, rows: BitMap, args: Arguments) -> Sequence[Id]:
    return query.expanded(KIND, context, TASK, rows, args)


def _utc(local: str, moment: Any) -> Any:
    """utcStart and utcDue, each only of a task that has it: neither must be."""
    return lambda context, record, name: moment(context, record, name) if record.get(local) is not None else None


def _with_progress(context: Context, value: Any) -> BitMap:
    store, table = cast(query.Events, context.store(KIND.name)), context.store(KIND.name).table()
    found = store.with_key("progress", value)
    if value != TO_DO:
        return found
    return found | (table.live() - BitMap().union(*(store.with_key("progress", each) for each in PROGRESS)))


PROPERTIES: Mapping[str, Property] = {
    "id": Property("Id", server_set=True, immutable=True),
    "baseTaskId": Property("Id|null", server_set=True, immutable=True),
    "taskListId": Property("Id", ref="TaskList"),
    "isDraft": Property("Boolean", default=False),
    "isOrigin": Property("Boolean", server_set=True, stored=False, computed=is_origin),
    "utcStart": Property("UTCDate|null", stored=False, computed=_utc("start", shown.utc_start), by_default=False),
    "utcDue": Property("UTCDate|null", stored=False, computed=_utc("due", shown.utc_end), by_default=False),
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
    "progress": Filter("String", rows=_with_progress, reads=("progress",)),
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
    arguments={
        "get": shown.ARGUMENTS,
        "set": {"sendSchedulingMessages": ("Boolean", False)},
        "query": query.ARGUMENTS,
    },
    hooks=Hooks(
        validate=partial(checked.validate, KIND),
        before_destroy=partial(checked.before_destroy, KIND),
        prepare_create=partial(checked.prepare_create, KIND),
        prepare_update=partial(checked.prepare_update, KIND),
        prepare_set=checked.without_nulls,
        prepare_get=partial(shown.prepare, KIND),
        shape_get=partial(shown.shape, KIND),
        prepare_copy=partial(copied.prepare, KIND),
        commit_copy=partial(copied.commit, KIND),
        after_set=partial(checked.after_set, KIND),
        after_copy=partial(checked.after_copy, KIND),
        expand=_expand,
    ),
    is_open=True,
    unique="uid",
    view=_view,
    arranged=query.is_expanding,
)
