"""Mailbox/set create."""

import os

import pytest

from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2.5")


@layouts
def test_a_mailbox_and_its_folder(make_trees, layout):
    trees = make_trees(layout)
    state = trees.call("Mailbox/get", {"ids": []})["state"]
    answer = trees.change(create={"a": {"name": "Work"}})
    made = answer["created"]["a"]
    assert (answer["oldState"], answer["notCreated"]) == (state, None)
    assert {name: made[name] for name in made if name not in ("id", "myRights")} == {
        "parentId": None, "role": None, "sortOrder": 0, "isSubscribed": True,
        "totalEmails": 0, "unreadEmails": 0, "totalThreads": 0, "unreadThreads": 0,
    }  # fmt: skip
    assert len(made["myRights"]) == 9 and all(made["myRights"].values())
    assert trees.boxes()["Work"] == made | {"name": "Work"}
    changes = trees.call("Mailbox/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([made["id"]], [], [])
    assert changes["newState"] == answer["newState"]
    assert trees.folders() == {".Work" if layout == "maildir++" else "Work"}
    assert trees.is_settled()


@layouts
@pytest.mark.parametrize("is_root_inbox", [True, False])
def test_a_tree_in_one_call(make_trees, layout, is_root_inbox):
    trees = make_trees(layout, is_root_inbox or layout == "maildir++")
    inbox = trees.mailbox("Inbox")
    answer = trees.change(create={
        "c": {"name": "Deep", "parentId": "#b"}, "a": {"name": "Top"}, "b": {"name": "Mid", "parentId": "#a"},
        "i": {"name": "Sub", "parentId": inbox},
    })  # fmt: skip
    assert answer["notCreated"] is None
    assert trees.boxes().keys() == {"Inbox", "Top", "Top/Mid", "Top/Mid/Deep", "Inbox/Sub"}
    wanted = {
        "maildir++": {".Top", ".Top.Mid", ".Top.Mid.Deep", ".INBOX.Sub"},
        "fs": {"Top", "Top/Mid", "Top/Mid/Deep", "INBOX/Sub"},
        "legacy": {"Top", "Top/.Mid", "Top/.Mid/.Deep", ".Sub" if is_root_inbox else "INBOX/.Sub"},
    }
    assert trees.folders() == wanted[layout]
    assert trees.is_settled()


def test_below_inbox_as_mbsync_has_it(trees):
    trees.folder(".Old")
    trees.change(create={"a": {"name": "Sub", "parentId": trees.mailbox("Inbox")}})
    assert trees.folders() == {"..Old", "..Sub"}
    assert trees.boxes().keys() == {"Inbox", "Inbox/Old", "Inbox/Sub"}


@layouts
def test_as_other_programs_make_it(make_trees, layout):
    """The parts, the marker of Maildir++, mode and group of what is above."""
    trees = make_trees(layout)
    trees.root.chmod(0o2770)
    trees.make("Work")
    path = trees.root / (".Work" if layout == "maildir++" else "Work")
    names = {"cur", "new", "tmp"} | ({"maildirfolder"} if layout == "maildir++" else set())
    assert {each.name for each in path.iterdir()} == names
    modes = {each.name: each.stat().st_mode & 0o7777 for each in [path, *path.iterdir()]}
    assert modes.pop("maildirfolder", 0o660) == 0o660
    assert set(modes.values()) == {0o2770}
    assert list((trees.root / "tmp").iterdir()) == []


@pytest.mark.rfc("8620", "5.3")
@pytest.mark.parametrize(
    ("given", "properties"),
    [
        ({}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "a", "parentId": "nowhere"}, ["parentId"]),
        ({"name": "a", "parentId": "#nobody"}, ["parentId"]),
        ({"name": "a", "totalEmails": 5}, ["totalEmails"]),
        ({"name": "a", "myRights": {}}, ["myRights"]),
        ({"name": "a", "id": "x"}, ["id"]),
        ({"name": "a", "colour": "red"}, ["colour"]),
        ({"name": "a", "sortOrder": -1}, ["sortOrder"]),
        ({"name": "a", "sortOrder": 1 << 31}, ["sortOrder"]),
        ({"name": "a", "role": "boss"}, ["role"]),
        ({"name": "a", "role": "Trash"}, ["role"]),
        ({"name": "a", "role": "inbox"}, ["role"]),
        ({"name": "a", "isSubscribed": None}, ["isSubscribed"]),
        ({"name": "a", "shareWith": None}, ["shareWith"]),
    ],
)
def test_refused(trees, given, properties):
    error = trees.refused(given)
    assert (error["type"], error["properties"]) == ("invalidProperties", properties)
    assert all(name in error["description"] for name in properties)


@pytest.mark.rfc("8621", "2")
def test_no_two_siblings_of_one_name(trees):
    trees.make("Café", "Work")
    for name in ("Work", "Café", "Cafe\u0301"):
        assert trees.refused({"name": name})["properties"] == ["name"]
    assert trees.refused({"name": "Inbox"})["properties"] == ["name"]
    answer = trees.change(create={"a": {"name": "Twin"}, "b": {"name": "Twin"}})
    assert len(answer["created"]) == len(answer["notCreated"]) == 1
    trees.make("work", "Work/Work")
    assert trees.boxes().keys() == {"Inbox", "Café", "Work", "Twin", "work", "Work/Work"}
    assert trees.is_settled()


@pytest.mark.rfc("8621", "2")
def test_one_role_once(trees):
    [first] = trees.make("Bin", role="trash")
    assert trees.refused({"name": "Trash", "role": "trash"})["properties"] == ["role"]
    answer = trees.change(
        create={"a": {"name": "Rubbish", "role": "trash"}}, update={first: {"role": None}}
    )  # the final state decides
    assert answer["notCreated"] is None and answer["updated"] == {first: None}
    roles = {path: box["role"] for path, box in trees.boxes().items()}
    assert roles == {"Inbox": "inbox", "Bin": None, "Rubbish": "trash"}
    assert trees.is_settled()


def test_who_needs_whom_in_a_circle(trees):
    answer = trees.change(create={"a": {"name": "A", "parentId": "#b"}, "b": {"name": "B", "parentId": "#a"}})
    assert answer["created"] is None
    assert {each["properties"][0] for each in answer["notCreated"].values()} == {"parentId"}


@pytest.mark.rfc("8621", "1.3.1")
@layouts
def test_as_deep_as_announced(make_trees, layout):
    trees = make_trees(layout)
    path = "/".join(["x"] * 30)
    trees.make(*("/".join(["x"] * depth) for depth in range(1, 31)))
    deepest = trees.boxes()[path]["id"]
    assert trees.refused({"name": "x", "parentId": deepest})["properties"] == ["parentId"]
    assert trees.is_settled() and path in trees.boxes()
    assert (
        trees.change(destroy=[box["id"] for path, box in trees.boxes().items() if path != "Inbox"])["notDestroyed"]
        is None
    )
    assert trees.folders() == set()


@pytest.mark.rfc("8620", "5.3")
def test_state_and_limits_of_the_call(trees):
    assert trees.error("Mailbox/set", {"ifInState": "old", "create": {"a": {"name": "A"}}})["type"] == "stateMismatch"
    state = trees.call("Mailbox/get", {"ids": []})["state"]
    answer = trees.change(ifInState=state, create={"a": {"name": "A"}})
    assert answer["created"]["a"] and answer["newState"] != state
    many = {str(number): {"name": str(number)} for number in range(4097)}
    assert trees.error("Mailbox/set", {"create": many})["type"] == "requestTooLarge"
    assert trees.error("Mailbox/set", {"onDestroyRemoveEmails": "yes"})["type"] == "invalidArguments"


@pytest.mark.rfc("8620", "3.6.2")
def test_an_account_that_is_read_only(trees, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    assert trees.error("Mailbox/set", {"create": {"a": {"name": "A"}}})["type"] == "accountReadOnly"


@pytest.mark.rfc("8621", "2")
def test_a_parent_that_may_not_be_written(make_trees, monkeypatch):
    trees = make_trees("fs")
    [work, other] = trees.make("Work", "Other")
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: "Work" not in str(path) and access(path, mode))
    trees.make("New")  # so that the tree is looked at
    assert trees.boxes()["Work"]["myRights"]["mayCreateChild"] is False
    assert trees.refused({"name": "A", "parentId": work})["type"] == "forbidden"
    assert trees.not_updated(other, {"parentId": work})["type"] == "forbidden"
