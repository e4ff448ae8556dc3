"""TaskList (tasks-06 3)."""

from collections.abc import Iterable

from jmapd.datatypes.jscalendar.collection import OWN, check_collection, check_private
from jmapd.datatypes.principals.rights import before_destroy, check_shares, sharing, tell_gone
from jmapd.datatypes.tasks.tasks_capability import CAPABILITIES, TASKS
from jmapd.formats.colors import is_color
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.stores.base import Transaction
from jmapd.stores.icalendars import TASK
from jmapd.wire import Id, Record
from jmapd.wire.errors import InvalidProperties, TaskListHasTask

ROLES = ("inbox", "trash")
MAX_COLORS, MAX_STATUSES = 1000, 100


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Raises SetError."""
    check_shares(context, old, new, "mayAdmin")
    check_collection(context, transaction, old, new, OWN)
    for name in ("keywordColors", "categoryColors"):
        colors = new[name] or {}
        if len(colors) > MAX_COLORS:
            raise InvalidProperties([name], f"{name}: more than {MAX_COLORS}")
        wrong = [key for key, color in colors.items() if not is_color(color)]
        if wrong:
            raise InvalidProperties(
                [name], f"{name}: {wrong[0][:80]!r} has neither #rrggbb nor the name of a CSS colour"
            )
    statuses = new["workflowStatuses"]
    if len(statuses) > MAX_STATUSES or len(set(statuses)) < len(statuses) or not all(map(str.strip, statuses)):
        raise InvalidProperties(
            ["workflowStatuses"], f"workflowStatuses: must be at most {MAX_STATUSES} names that differ"
        )
    if new["role"] != (None if old is None else old["role"]):
        _check_role(context, transaction, old, new)


def _check_role(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    role = new["role"]
    if role not in (None, *ROLES):
        raise InvalidProperties(["role"], f"role must be one of {', '.join(ROLES)}")
    if old is not None and old["role"] == ROLES[0]:
        raise InvalidProperties(["role"], "role: there is always an inbox; make another TaskList the inbox")
    others = (transaction.get(id) for id in context.store("TaskList").ids() if id != new.get("id"))
    if role == ROLES[1] and any(each is not None and each["role"] == role for each in others):
        raise InvalidProperties(["role"], "role: another TaskList is the trash")


def _roles_changed(context: Context, transaction: Transaction, created: Iterable[Record]) -> dict[Id, Record]:
    """There is one inbox: what became of roles that the client did not set (RFC 8620 5.3)."""
    store = context.store("TaskList")
    before = store.get(store.ids()) | {record["id"]: record for record in created}
    now = {id: record["role"] for id in before if (record := transaction.get(id)) is not None}
    asked = {id for id, patch in (context.arguments["update"] or {}).items() if "role" in patch}
    return {id: {"role": role} for id, role in now.items() if role != before[id].get("role") and id not in asked}


TASK_LIST = DataType(
    "TaskList",
    TASKS,
    store="TaskList",
    methods=("get", "changes", "set"),
    rfc="draft-ietf-jmap-tasks-06 3",
    sections={
        "get": "draft-ietf-jmap-tasks-06 3.2",
        "changes": "draft-ietf-jmap-tasks-06 3.3",
        "set": "draft-ietf-jmap-tasks-06 3.4",
    },
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "role": Property("String|null", default=None),
        "name": Property("String"),
        "description": Property("String|null", default=None),
        "color": Property("String|null", default=None),
        "keywordColors": Property("String[String]|null", default=None),
        "categoryColors": Property("String[String]|null", default=None),
        "sortOrder": Property("UnsignedInt", default=0),
        "timeZone": Property("String|null", default=None),
        "workflowStatuses": Property("String[]", default=TASK.more["workflowStatuses"]),
        "defaultAlertsWithTime": Property("Id[Alert]|null", default=None),
        "defaultAlertsWithoutTime": Property("Id[Alert]|null", default=None),
        **sharing("TaskRights"),
    },
    arguments={"set": {"onDestroyRemoveTasks": ("Boolean", False)}},
    hooks=Hooks(
        validate=_validate,
        before_destroy=before_destroy("TaskList", "Task", "onDestroyRemoveTasks", TaskListHasTask, check_private),
        also_changed=_roles_changed,
        after_set=tell_gone("TaskList"),
    ),
    capabilities=CAPABILITIES,
)
