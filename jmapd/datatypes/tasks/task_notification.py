"""TaskNotification (tasks-06 5)."""

from jmapd.datatypes.jscalendar.notifications import notifications
from jmapd.datatypes.tasks.tasks_capability import TASKS
from jmapd.stores import event_notifications

TASK_NOTIFICATION = notifications(
    event_notifications.TASKS,
    "Task",
    TASKS,
    rfc="draft-ietf-jmap-tasks-06 5",
    sections={
        "get": "draft-ietf-jmap-tasks-06 5.2",
        "changes": "draft-ietf-jmap-tasks-06 5.3",
        "set": "draft-ietf-jmap-tasks-06 5.4",
        "query": "draft-ietf-jmap-tasks-06 5.5",
        "queryChanges": "draft-ietf-jmap-tasks-06 5.6",
    },
)
