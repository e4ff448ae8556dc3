"""A host with task lists that other programs may change, too."""

from collections.abc import Iterable
from typing import Any

from tests.calendars.host import Calendars
from tests.conftest import CORE

TASKS = "urn:ietf:params:jmap:tasks"
EXTENSIONS = tuple(f"{TASKS}:{name}" for name in ("recurrences", "assignees", "alerts", "multilingual"))
USING = (CORE, TASKS, *EXTENSIONS)


def vtodo(uid: str, *lines: str) -> str:
    """A task as another program would write it."""
    body = ["BEGIN:VTODO", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VTODO"]
    return "".join(line + "\r\n" for line in body)


class Tasks(Calendars):
    """As Calendars, with what is about tasks."""

    using, item = USING, "Task"

    def lists(self) -> dict[str, dict[str, Any]]:
        """The TaskLists by name."""
        return self.by_name("TaskList")

    def list_id(self, name: str = "home") -> str:
        """The id of that TaskList, made when it is not there."""
        return self.id_of("TaskList", name)

    def draft(self, title: str = "Milk", **more: Any) -> dict[str, Any]:
        """A task in "home" that is not there yet."""
        return {"@type": "Task", "taskListId": self.list_id(), "title": title, **more}

    def new(self, title: str = "Milk", **more: Any) -> str:
        """Creates a task in "home"; its id."""
        return str(self.created("Task", self.draft(title, **more))["id"])

    def tasks(self, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        return self.got("Task", ids, **arguments)

    def task(self, id: str, **arguments: Any) -> dict[str, Any]:
        (found,) = self.tasks([id], **arguments)
        return found
