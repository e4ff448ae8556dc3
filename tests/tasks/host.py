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

    def request(self, calls: list[Any], using: tuple[str, ...] = USING, **more: Any) -> list[Any]:
        return super().request(calls, using, **more)

    def call(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] = USING) -> Any:
        return super().call(method, arguments, using)

    def error(self, method: str, arguments: dict[str, Any] | None = None, using: tuple[str, ...] = USING) -> Any:
        return super().error(method, arguments, using)

    def lists(self) -> dict[str, dict[str, Any]]:
        """The TaskLists by name."""
        return {each["name"]: each for each in self.call("TaskList/get", {"ids": None})["list"]}

    def list_id(self, name: str = "home") -> str:
        """The id of that TaskList, made when it is not there."""
        found = self.lists().get(name)
        return str(found["id"] if found else self.created("TaskList", {"name": name})["id"])

    def draft(self, title: str = "Milk", **more: Any) -> dict[str, Any]:
        """A task in "home" that is not there yet."""
        return {"@type": "Task", "taskListId": self.list_id(), "title": title, **more}

    def new(self, title: str = "Milk", **more: Any) -> str:
        """Creates a task in "home"; its id."""
        return str(self.created("Task", self.draft(title, **more))["id"])

    def tasks(self, ids: Iterable[str] | None = None, **arguments: Any) -> list[dict[str, Any]]:
        wanted = None if ids is None else [*ids]
        return list(self.call("Task/get", {"ids": wanted, **arguments})["list"])

    def task(self, id: str, **arguments: Any) -> dict[str, Any]:
        (found,) = self.tasks([id], **arguments)
        return found

    def updated(self, id: str, patch: dict[str, Any], type: str = "Task") -> dict[str, Any] | None:
        return super().updated(id, patch, type)

    def not_updated(self, id: str, patch: dict[str, Any], type: str = "Task") -> dict[str, Any]:
        return super().not_updated(id, patch, type)

    def destroyed(self, id: str, type: str = "Task") -> None:
        super().destroyed(id, type)

    def query(self, filter: dict[str, Any] | None = None, **arguments: Any) -> list[str]:
        return [*self.call("Task/query", {"filter": filter, **arguments})["ids"]]
