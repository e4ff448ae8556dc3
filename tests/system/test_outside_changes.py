"""What other programs do to a Maildir shows in the very next request, under gunicorn and through nginx."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from .jmap import Jmap, answering, deliver, distinct, verified
from .web import Gunicorn, Server

pytestmark = pytest.mark.system
NEWEST = [{"property": "receivedAt", "isAscending": False}]
FIRST = ["worker 0", "worker 1", "nginx"]


@pytest.fixture(params=FIRST)
def first(request: pytest.FixtureRequest) -> int | Server:
    """Who is asked first after a change."""
    name = request.param
    return request.getfixturevalue("nginx") if name == "nginx" else int(name[-1])


class Since:
    """The states before a change, and what three kinds of changes say of it."""

    def __init__(self, jmap: Jmap, **filter: Any) -> None:
        self.query = {"filter": filter or None, "sort": NEWEST}
        asked = ("Email/query", self.query), ("Email/get", {"ids": []}), ("Mailbox/get", {"ids": []})
        query, emails, mailboxes = (answer for _, answer in jmap.request(*asked))
        self.ids, self.query_state = query["ids"], query["queryState"]
        self.email, self.mailbox = emails["state"], mailboxes["state"]

    def ask(self, jmap: Jmap) -> dict[str, Any]:
        """Each id in what has changed, in one request."""
        more = {"sinceQueryState": self.query_state, "calculateTotal": True}
        asked = jmap.request(
            ("Email/changes", {"sinceState": self.email}),
            ("Mailbox/changes", {"sinceState": self.mailbox}),
            ("Email/queryChanges", self.query | more),
            ("Email/query", self.query | {"calculateTotal": True}),
        )
        changes, mailboxes, query_changes, query = (answer for _, answer in asked)
        assert query_changes["total"] == query["total"] == len(query["ids"])
        assert query_changes["newQueryState"] == query["queryState"]
        ids = [id for id in self.ids if id not in query_changes["removed"]]
        for added in sorted(query_changes["added"], key=lambda added: int(added["index"])):
            ids.insert(added["index"], added["id"])
        assert ids == query["ids"]
        names = ("created", "updated", "destroyed")
        return {
            "email": {name: set(changes[name]) for name in names if changes[name]},
            "mailbox": {name: set(mailboxes[name]) for name in names if mailboxes[name]},
            "properties": mailboxes["updatedProperties"],
            "removed": set(self.ids) - set(ids),
            "added": set(ids) - set(self.ids),
        }


COUNTS = {"totalEmails", "unreadEmails", "totalThreads", "unreadThreads"}
Told = Callable[..., dict[str, Any]]


@pytest.fixture
def told(served: Gunicorn, first: int | Server) -> Told:
    """What the first one asked says; all others must say the same."""

    def told(since: Since) -> dict[str, Any]:
        with answering(first, served) as jmap:
            answer = since.ask(jmap)
        for number in (0, 1):
            with answering(number, served) as jmap:
                assert since.ask(jmap) == answer
        return answer

    return told


@pytest.mark.rfc("8620", "5.2")
def test_delivered(jmap: Jmap, served: Gunicorn, told: Told) -> None:
    inbox = jmap.mailboxes()["Inbox"]
    since = Since(jmap, inMailbox=inbox["id"])
    path = deliver(served.maildir, "Delivered")
    answer = told(since)
    (id,) = answer["email"].pop("created")
    assert answer == {
        "email": {},
        "mailbox": {"updated": {inbox["id"]}},
        "properties": answer["properties"],
        "removed": set(),
        "added": {id},
    }
    assert set(answer["properties"]) == COUNTS
    now = jmap.mailboxes()["Inbox"]
    assert (now["totalEmails"], now["unreadEmails"]) == (inbox["totalEmails"] + 1, inbox["unreadEmails"] + 1)
    email = jmap.emails()[id]
    assert (email["keywords"], email["mailboxIds"]) == ({}, {inbox["id"]: True})
    assert jmap.blob(email["blobId"]) == path.read_bytes().replace(b"\n", b"\r\n")
    assert path.exists()  # that JMAP has seen it is no reason to move it


@pytest.mark.rfc("8620", "5.2")
def test_seen_and_flagged_by_renaming(jmap: Jmap, served: Gunicorn, told: Told) -> None:
    inbox = jmap.mailboxes()["Inbox"]["id"]
    path = deliver(served.maildir, "To be read")
    since = Since(jmap, inMailbox=inbox, notKeyword="$seen")
    id = since.ids[0]
    path = path.rename(served.maildir / "cur" / f"{path.name}:2,S")
    answer = told(since)
    assert (answer["email"], answer["mailbox"]) == ({"updated": {id}}, {"updated": {inbox}})
    assert (answer["removed"], answer["added"]) == ({id}, set())
    since = Since(jmap, hasKeyword="$flagged")
    path.rename(path.with_name(path.name.replace(":2,S", ":2,FRS")))
    answer = told(since)
    assert (answer["email"], answer["mailbox"]) == ({"updated": {id}}, {})
    assert (answer["removed"], answer["added"]) == (set(), {id})
    assert jmap.emails()[id]["keywords"] == {"$answered": True, "$flagged": True, "$seen": True}


@pytest.mark.rfc("8620", "5.2")
def test_moved_and_copied(jmap: Jmap, served: Gunicorn, told: Told) -> None:
    boxes = {name: box["id"] for name, box in jmap.mailboxes().items()}
    path = deliver(served.maildir, "To be moved", flags="S")
    since = Since(jmap, inMailbox=boxes["Inbox"])
    id = since.ids[0]
    path = path.rename(served.maildir / ".Sent" / "cur" / path.name)
    answer = told(since)
    assert answer["email"] == {"updated": {id}}
    assert answer["mailbox"] == {"updated": {boxes["Inbox"], boxes["Sent"]}}
    assert (answer["removed"], answer["added"]) == ({id}, set())
    since = Since(jmap, inMailbox=boxes["lkml"])
    os.link(path, served.maildir / ".lists.lkml" / "new" / f"{id}.copy")
    answer = told(since)
    assert (answer["email"], answer["removed"], answer["added"]) == ({"updated": {id}}, set(), {id})
    assert jmap.emails()[id]["mailboxIds"] == {boxes["Sent"]: True, boxes["lkml"]: True}


@pytest.mark.rfc("8620", "5.2")
@pytest.mark.parametrize("is_trashed", [False, True], ids=["deleted", "trashed"])
def test_gone(jmap: Jmap, served: Gunicorn, told: Told, is_trashed: bool) -> None:
    inbox = jmap.mailboxes()["Inbox"]["id"]
    path = deliver(served.maildir, "To be deleted", flags="")
    since = Since(jmap)
    id = since.ids[0]
    if is_trashed:
        path.rename(path.with_name(path.name + "ST"))
    else:
        path.unlink()
    answer = told(since)
    assert (answer["email"], answer["mailbox"]) == ({"destroyed": {id}}, {"updated": {inbox}})
    assert (answer["removed"], answer["added"]) == ({id}, set())
    assert jmap.call("Email/get", ids=[id])["notFound"] == [id]


@pytest.mark.rfc("8621", "2.2")
def test_folders_made_renamed_and_removed(jmap: Jmap, served: Gunicorn, told: Told) -> None:
    since, boxes = Since(jmap), jmap.mailboxes()
    deliver(served.maildir, "In a new folder", "lists.Neu &- Alt", flags="F")
    answer = told(since)
    (id,), (box,) = answer["email"]["created"], answer["mailbox"]["created"]
    assert jmap.emails()[id]["mailboxIds"] == {box: True}
    assert jmap.mailboxes()["Neu & Alt"] | {"id": "", "parentId": ""} == jmap.mailboxes()["Neu & Alt"] | {
        "id": "", "parentId": "", "totalEmails": 1, "unreadEmails": 1, "role": None,
    }  # fmt: skip
    assert jmap.mailboxes()["Neu & Alt"]["parentId"] == boxes["lists"]["id"]
    since = Since(jmap)
    (served.maildir / ".lists.Neu &- Alt").rename(served.maildir / ".Renamed")
    answer = told(since)
    assert (answer["email"], answer["mailbox"], answer["properties"]) == ({}, {"updated": {box}}, None)
    assert jmap.mailboxes()["Renamed"]["id"] == box
    since = Since(jmap)
    shutil.rmtree(served.maildir / ".Renamed")
    answer = told(since)
    assert (answer["email"], answer["mailbox"]) == ({"destroyed": {id}}, {"destroyed": {box}})
    assert jmap.mailboxes().keys() == boxes.keys()


def test_files_and_index_agree_after_all_that(jmap: Jmap, served: Gunicorn) -> None:
    verified(served)
    assert served.reindex("--compact").returncode == 0
    there = [distinct(served.maildir / name) for name in ("", ".lists.lkml", ".Sent")]
    assert jmap.emails().keys() == set().union(*there)
