"""todoman on the vdirs that jmapd serves at the same time."""

from pathlib import Path

import pytest

from .calendars import Client, Todoman, files, vtodo
from .contacts import put
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("tasks-06", "3")]


@pytest.fixture
def jmap(vdirs: Gunicorn) -> Client:
    return Client(vdirs)


def test_todoman_shows_and_ends_what_jmap_wrote(root: Path, jmap: Client, tmp_path: Path) -> None:
    todoman = Todoman(tmp_path, root)
    bread = jmap.new_task("home", "bread", "Buy bread, fresh", priority=1, description="Two; of them")
    jmap.new_task("work", "tax", "Taxes", due="2026-04-01T12:00:00", timeZone="Europe/Berlin", percentComplete=50)
    shown = todoman.run("list")
    assert "Buy bread, fresh" in shown and "Taxes" in shown and "@work" in shown and "50%" in shown
    assert "Two; of them" in todoman.run("show", todoman.number("Buy bread"))
    state = jmap.state("Task")
    todoman.run("done", todoman.number("Buy bread"))
    task = jmap.all("Task")["bread"]
    assert task["id"] == bread and task["progress"] == "completed" and task["percentComplete"] == 100
    assert jmap.changed(state, "Task") == (set(), {bread}, set())
    assert "Buy bread" not in todoman.run("list")
    jmap.patch(bread, "Task", progress="needs-action", percentComplete=0)
    assert "Buy bread" in todoman.run("list")


def test_what_todoman_makes_moves_and_removes(root: Path, jmap: Client, tmp_path: Path) -> None:
    todoman, state = Todoman(tmp_path, root), jmap.state("Task")
    todoman.run("new", "--list", "work", "--due", "2026-04-02 09:00", "--priority", "high", "Call", "Bob")
    (task,) = jmap.all("Task").values()
    id = task["id"]
    assert jmap.changed(state, "Task") == ({id}, set(), set())
    assert task["title"] == "Call Bob" and task["taskListId"] == jmap.books("TaskList")["work"]
    assert task["due"].startswith("2026-04-02T") and 1 <= task["priority"] <= 4
    jmap.patch(id, "Task", title="Call Carol", taskListId=jmap.books("TaskList")["home"])
    assert "@home" in next(line for line in todoman.run("list").splitlines() if "Call Carol" in line)
    todoman.run("move", "--list", "work", todoman.number("Call Carol"))
    moved = jmap.all("Task")[task["uid"]]
    assert moved["id"] == id and moved["taskListId"] == jmap.books("TaskList")["work"]
    todoman.run("edit", todoman.number("Call Carol"), "--priority", "low")
    assert jmap.all("Task")[task["uid"]]["priority"] == 9
    state = jmap.state("Task")
    todoman.run("delete", "--yes", todoman.number("Call Carol"))
    assert jmap.all("Task") == {} and jmap.changed(state, "Task") == (set(), set(), {id})


def test_both_change_one_task(root: Path, jmap: Client, tmp_path: Path) -> None:
    """Each keeps what only the other knows."""
    todoman = Todoman(tmp_path, root)
    put(root / "home" / "a name of its own.ics", vtodo("a", "First", "X-OWN;X-P=1:kept"))
    task = jmap.all("Task")["a"]
    jmap.patch(task["id"], "Task", description="by JMAP")
    todoman.run("edit", todoman.number("First"), "--due", "2026-05-05")
    after = jmap.all("Task")["a"]
    assert after["id"] == task["id"] and after["description"] == "by JMAP" and after["due"].startswith("2026-05-05")
    ((path, data),) = files(root).items()
    assert path == "home/a name of its own.ics" and b"X-OWN;X-P=1:kept\r\n" in data
