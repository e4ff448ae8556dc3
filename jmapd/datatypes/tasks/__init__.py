"""urn:ietf:params:jmap:tasks (draft-ietf-jmap-tasks-06)."""

from jmapd.datatypes.tasks.task import TASK
from jmapd.datatypes.tasks.task_list import TASK_LIST
from jmapd.datatypes.tasks.task_notification import TASK_NOTIFICATION

DATATYPES = (TASK_LIST, TASK, TASK_NOTIFICATION)
