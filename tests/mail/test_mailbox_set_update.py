"""Mailbox/set update: names, places, roles, order."""

import os

import pytest

from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2.5")


@layouts
def test_renamed_with_all_below_and_all_in_it(make_trees, layout):
    trees = make_trees(layout)
    trees.make("A", "A/B", "A/B/C", "Ab")
    paths = {"maildir++": (".A", ".A.B.C"), "fs": ("A", "A/B/C"), "legacy": ("A", "A/.B/.C")}[layout]
    trees.put("one", trees.root / paths[0])
    trees.put("two", trees.root / paths[1])
    (trees.root / paths[1] / "dovecot.index.cache").write_text("x")
    before, ids = trees.ids_by_path(), trees.ids()
    state = trees.call("Email/get", {"ids": []})["state"]
    answer = trees.change(update={before["A"]: {"name": "Z"}})
    assert answer["updated"] == {before["A"]: None}
    changes = trees.call("Mailbox/changes", {"sinceState": answer["oldState"]})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([], [before["A"]], [])
    assert changes["updatedProperties"] is None
    assert trees.ids_by_path() == {path.replace("A/", "Z/") if path != "A" else "Z": id for path, id in before.items()}
    wanted = {"maildir++": {".Z", ".Z.B", ".Z.B.C", ".Ab"}, "fs": {"Z", "Z/B", "Z/B/C", "Ab"}}
    assert trees.folders() == wanted.get(layout, {"Z", "Z/.B", "Z/.B/.C", "Ab"})
    assert next(trees.root.rglob("dovecot.index.cache")).read_text() == "x"
    assert trees.subjects() == {"one": {"Z"}, "two": {"Z/B/C"}} and trees.ids() == ids
    assert trees.call("Email/get", {"ids": []})["state"] == state
    assert trees.is_settled()


@layouts
def test_moved_in_the_tree(make_trees, layout):
    trees = make_trees(layout)
    trees.make("A", "A/B", "A/B/C", "D")
    before = trees.ids_by_path()
    trees.change(update={before["A/B"]: {"parentId": before["D"]}})
    assert trees.boxes().keys() == {"Inbox", "A", "D", "D/B", "D/B/C"}
    trees.change(update={before["A/B"]: {"parentId": None, "name": "E"}, before["D"]: {"parentId": before["A/B"]}})
    assert trees.boxes().keys() == {"Inbox", "A", "E", "E/C", "E/D"}
    trees.change(update={before["A/B"]: {"parentId": before["Inbox"]}})
    assert trees.boxes().keys() == {"Inbox", "A", "Inbox/E", "Inbox/E/C", "Inbox/E/D"}
    assert {path: box["id"] for path, box in trees.boxes().items() if "C" in path} == {"Inbox/E/C": before["A/B/C"]}
    assert trees.is_settled()


@layouts
def test_two_that_change_names_and_all_that_is_in_them(make_trees, layout):
    trees = make_trees(layout)
    trees.make("A", "B", "A/x", "B/x", "B/y")
    before = trees.ids_by_path()
    answer = trees.change(update={before["A"]: {"name": "B"}, before["B"]: {"name": "A"}})
    assert answer["updated"] == {before["A"]: None, before["B"]: None}
    assert trees.ids_by_path() == {
        "Inbox": before["Inbox"], "B": before["A"], "B/x": before["A/x"], "A": before["B"], "A/x": before["B/x"],
        "A/y": before["B/y"],
    }  # fmt: skip
    assert not any("~" in path for path in trees.folders())
    assert trees.is_settled()


@layouts
def test_parent_and_child_change_places(make_trees, layout):
    trees = make_trees(layout)
    trees.make("A", "A/B", "A/B/C")
    before = trees.ids_by_path()
    answer = trees.change(update={before["A"]: {"parentId": before["A/B"]}, before["A/B"]: {"parentId": None}})
    assert answer["notUpdated"] is None
    assert trees.ids_by_path() == {
        "Inbox": before["Inbox"], "B": before["A/B"], "B/A": before["A"], "B/C": before["A/B/C"],
    }  # fmt: skip
    assert trees.is_settled()


@layouts
def test_what_is_made_takes_the_place_of_what_goes(make_trees, layout):
    trees = make_trees(layout)
    [old] = trees.make("A")
    answer = trees.change(create={"a": {"name": "A"}, "b": {"name": "B", "parentId": "#a"}}, destroy=[old])
    assert (answer["notCreated"], answer["destroyed"]) == (None, [old])
    assert trees.ids_by_path()["A"] == answer["created"]["a"]["id"]
    assert not any("~" in path for path in trees.folders()) and trees.boxes().keys() == {"Inbox", "A", "A/B"}
    assert trees.is_settled()


def test_no_loops(trees):
    trees.make("A", "A/B")
    ids = trees.ids_by_path()
    for parent in (ids["A"], ids["A/B"]):
        assert trees.not_updated(ids["A"], {"parentId": parent})["properties"] == ["parentId"]
    assert trees.not_updated(ids["A"], {"parentId": "nowhere"})["properties"] == ["parentId"]


@pytest.mark.parametrize("patch", [{"name": "Post"}, {"parentId": "#x"}, {"name": "INBOX"}])
def test_the_inbox_stays_where_it_is(trees, patch):
    [work] = trees.make("Work")
    patch = {name: work if value == "#x" else value for name, value in patch.items()}
    assert trees.not_updated(trees.mailbox("Inbox"), patch)["type"] == "forbidden"


@pytest.mark.parametrize("patch", [{"role": None}, {"role": "sent"}, {"isSubscribed": False}, {"sortOrder": 1 << 31}])
def test_what_else_the_inbox_keeps(trees, patch):
    error = trees.not_updated(trees.mailbox("Inbox"), patch)
    assert (error["type"], error["properties"]) == ("invalidProperties", list(patch))


@pytest.mark.rfc("8620", "5.3")
def test_refused_updates(trees):
    trees.make("A", "B")
    ids = trees.ids_by_path()
    for patch, properties in [
        ({"name": "B"}, ["name"]), ({"name": None}, ["name"]), ({"totalEmails": 7}, ["totalEmails"]),
        ({"id": "x"}, ["id"]), ({"role": "inbox"}, ["role"]), ({"role": 5}, ["role"]), ({"colour": 1}, ["colour"]),
        ({"myRights/mayDelete": False}, ["myRights"]), ({"name": "inbox"}, ["name"]),
        ({"shareWith": {}}, ["shareWith"]),
    ]:  # fmt: skip
        error = trees.not_updated(ids["A"], patch)
        assert (error["type"], error["properties"]) == ("invalidProperties", properties), patch
    assert trees.not_updated("nowhere", {"name": "C"})["type"] == "notFound"
    answer = trees.change(update={ids["A"]: {"name": "C"}}, destroy=[ids["A"]])
    assert answer["notUpdated"][ids["A"]]["type"] == "willDestroy" and answer["destroyed"] == [ids["A"]]


@pytest.mark.rfc("8620", "5.3")
def test_the_whole_object_may_be_sent_back(trees):
    trees.make("A")
    box = trees.boxes()["A"]
    answer = trees.change(update={box["id"]: box | {"name": "E\u0301te\u0301"}})
    assert answer["updated"] == {box["id"]: {"name": "Été"}}
    assert trees.boxes()["Été"]["id"] == box["id"]
    state = trees.call("Mailbox/get", {"ids": []})["state"]
    assert trees.change(update={box["id"]: {"name": "Été"}})["newState"] == state


@layouts
def test_role_order_and_name_outlive_the_index(make_trees, layout):
    """What a client said beats the names that let one guess."""
    trees = make_trees(layout)
    trees.make("Sent", "Trash", "Other", "Deleted Items")
    ids = trees.ids_by_path()
    assert trees.boxes()["Trash"]["role"] is None  # RFC 8621 2: null unless the client says so
    trees.change(update={ids["Sent"]: {"role": "trash", "sortOrder": 77}, ids["Other"]: {"role": "sent"}})
    before = trees.boxes()
    assert (before["Sent"]["role"], before["Sent"]["sortOrder"], before["Other"]["role"]) == ("trash", 77, "sent")
    assert trees.is_settled()
    trees.lose_state(keep=True)
    assert trees.boxes() == before
    trees.change(update={ids["Sent"]: {"role": None}})
    assert trees.is_settled()
    trees.lose_state(keep=True)
    assert {path: box["role"] for path, box in trees.boxes().items()} == {
        "Inbox": "inbox", "Sent": None, "Trash": None, "Other": "sent", "Deleted Items": None,
    }  # fmt: skip


def test_a_role_that_was_guessed_may_be_taken_away(trees):
    for name in ("Trash", "Deleted Items"):
        trees.folder(name)
    ids = trees.ids_by_path()
    assert trees.boxes()["Trash"]["role"] == "trash"
    trees.change(update={ids["Trash"]: {"role": None}})
    assert {box["role"] for box in trees.boxes().values()} == {"inbox", None}
    assert trees.is_settled()
    trees.folder("Bin")  # made by another program: now it may be guessed
    assert {path: box["role"] for path, box in trees.boxes().items() if box["role"] == "trash"} == {"Bin": "trash"}


def test_a_role_in_the_configuration_gives_way(make_trees):
    trees = make_trees(mail={"roles": {"sent": "Out"}})
    for name in ("Out", "Sent"):
        trees.folder(name)
    ids = trees.ids_by_path()
    assert trees.boxes()["Out"]["role"] == "sent"
    trees.change(update={ids["Out"]: {"role": None}, ids["Sent"]: {"role": "sent"}})
    assert trees.is_settled() and trees.boxes()["Sent"]["role"] == "sent"


@pytest.mark.rfc("8621", "2")
def test_unread_threads_follow_the_trash(trees):
    """An unread Email in what becomes the trash counts there alone."""
    trees.deliver("References: <t@example.org>\nSubject: Re: A\n\n1\n", "Work", "")
    trees.deliver("References: <t@example.org>\nSubject: A\n\n2\n")
    ids = trees.ids_by_path()
    assert [trees.boxes()[name]["unreadThreads"] for name in ("Inbox", "Work")] == [1, 1]
    answer = trees.change(update={ids["Work"]: {"role": "trash"}})
    assert [trees.boxes()[name]["unreadThreads"] for name in ("Inbox", "Work")] == [0, 1]
    changes = trees.call("Mailbox/changes", {"sinceState": answer["oldState"]})
    assert set(changes["updated"]) == set(ids.values()) and changes["updatedProperties"] is None
    trees.change(update={ids["Work"]: {"role": None}})
    assert [trees.boxes()[name]["unreadThreads"] for name in ("Inbox", "Work")] == [1, 1]
    assert trees.is_settled()


def test_a_folder_that_may_not_be_renamed(make_trees, monkeypatch):
    trees = make_trees("fs")
    trees.make("A", "A/B")
    access, ids = os.access, trees.ids_by_path()
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("/A") and access(path, mode))
    trees.make("New")
    assert not trees.boxes()["A/B"]["myRights"]["mayRename"]
    assert trees.not_updated(ids["A/B"], {"name": "C"})["type"] == "forbidden"
    assert trees.not_destroyed(ids["A/B"])["type"] == "forbidden"
    assert trees.change(update={ids["A/B"]: {"sortOrder": 5}})["updated"] == {ids["A/B"]: None}
