"""Task/copy (tasks-06 4.12), and tasks in accounts of others (tasks-06 3, 4.5.1)."""

from typing import Any

import pytest

from tests.tasks.host import Tasks


@pytest.fixture
def team(make_host: Any) -> Tasks:
    """alice writes in the team's account, too, and reads bob's."""
    host: Tasks = make_host({"team": ["alice", "bob"], "bob": ["alice:read"]})
    return host


@pytest.mark.rfc("tasks-06", "4.12")
def test_a_copy_has_everything(team: Tasks) -> None:
    blob_id = team.upload(b"hello", "text/plain")
    links = {"k": {"rel": "enclosure", "blobId": blob_id, "contentType": "text/plain"}}
    id = team.new("Milk", uid="u1", due="2026-01-05T17:00:00", links=links, sortOrder=3)
    team.use("team")
    given = {"id": id, "taskListId": team.list_id(), "title": "Bread"}
    answer = team.call("Task/copy", {"fromAccountId": "alice", "create": {"k": given}})
    assert answer["notCreated"] is None
    copy = team.task(answer["created"]["k"]["id"])
    assert [copy[name] for name in ("uid", "title", "due", "sortOrder")] == ["u1", "Bread", "2026-01-05T17:00:00", 3]
    (link,) = copy["links"].values()
    assert team.download(link["blobId"]) == b"hello"


@pytest.mark.rfc("tasks-06", "3")
def test_what_is_read_only(team: Tasks) -> None:
    team.log_in("bob").use("bob")
    id, home = team.new("Milk"), team.list_id()
    team.log_in("alice")
    assert team.task(id)["title"] == "Milk" and team.lists()["home"]["myRights"]["mayWriteAll"] is False
    draft = {"@type": "Task", "taskListId": home, "title": "x"}
    answer = team.request(
        [["Task/set", {"accountId": "bob", "create": {"k": draft}, "update": {id: {"title": "x"}}}, "0"]]
    )
    (name, found, _) = answer[0]
    assert (name, found["type"]) == ("error", "accountReadOnly")


@pytest.mark.rfc("jscalendarbis-15", "3.4.3")
def test_privacy(team: Tasks) -> None:
    team.log_in("bob").use("bob")
    due = {"due": "2026-01-05T17:00:00"}
    private, secret = team.new("Milk", privacy="private", **due), team.new("Bread", privacy="secret", **due)
    team.log_in("alice")
    (found,) = team.tasks()
    assert (found["id"], found["due"]) == (private, due["due"]) and "title" not in found
    assert team.query({"text": "milk"}) == [] and team.call("Task/get", {"ids": [secret]})["notFound"] == [secret]


@pytest.mark.rfc("tasks-06", "4.5.1")
def test_keywords_and_alerts_are_each_users_own(team: Tasks) -> None:
    team.use("team")
    id = team.new("Milk", keywords={"alice": True}, color="red")
    team.log_in("bob")
    assert not {"keywords", "color"} & team.task(id).keys()
    team.updated(id, {"keywords": {"bob": True}})
    assert team.task(id)["keywords"] == {"bob": True}
    team.log_in("alice")
    assert team.task(id)["keywords"] == {"alice": True}


@pytest.mark.rfc("tasks-06", "3.4")
def test_the_name_of_a_list_is_each_users_own(team: Tasks) -> None:
    team.use("team")
    id = team.list_id("Work")
    team.log_in("bob")
    assert team.lists()["Work"]["isSubscribed"] is False
    error = team.not_updated(id, {"name": "Job"}, "TaskList")
    assert (error["type"], error["properties"]) == ("forbidden", ["name"])
    team.updated(id, {"isSubscribed": True, "name": "Job", "color": "#112233"}, "TaskList")
    assert team.lists()["Job"]["color"] == "#112233"
    team.log_in("alice")
    assert "Job" not in team.lists()
