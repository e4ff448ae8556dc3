"""Mailbox/query and /queryChanges."""

import pytest

from jmapd.datatypes.mail.mailbox_query import as_tree, with_ancestors

pytestmark = pytest.mark.rfc("8621", "2.3")

FOLDERS = ("Zoo", "Zoo.Apes", "Zoo.Apes.Big", "Alpha", "Alpha.zeta", "Alpha.Eta", "Sent", "Trash")


@pytest.fixture
def names(mailhost):
    """names(filter, sort, ...) answers the names of what Mailbox/query finds, in its order."""
    for folder in FOLDERS:
        mailhost.folder(folder)

    def names(filter=None, *sort, **more):
        answer = mailhost.call("Mailbox/query", {"filter": filter, "sort": list(sort) or None, **more})
        known = {box["id"]: box["name"] for box in mailhost.call("Mailbox/get")["list"]}
        return [known[id] for id in answer["ids"]]

    return names


NAME = {"property": "name"}


def test_filters(mailhost, names):
    zoo, apes = mailhost.mailbox("Zoo"), mailhost.mailbox("Apes")
    assert names({"parentId": zoo}) == ["Apes"]
    assert set(names({"parentId": None})) == {"Inbox", "Zoo", "Alpha", "Sent", "Trash"}
    assert names({"parentId": "nowhere"}) == []
    assert set(names({"name": "eta"})) == {"zeta", "Eta"}
    assert names({"name": "zoology"}) == []
    assert names({"role": "inbox"}) == ["Inbox"]
    assert names({"role": "trash"}) == ["Trash"]
    assert "Zoo" in names({"role": None}) and "Inbox" not in names({"role": None})
    assert set(names({"hasAnyRole": True})) == {"Inbox", "Sent", "Trash"}
    assert set(names({"hasAnyRole": False})) == {"Zoo", "Apes", "Big", "Alpha", "zeta", "Eta"}
    assert names({"parentId": apes, "name": "BIG"}) == ["Big"]
    assert set(names({"operator": "NOT", "conditions": [{"hasAnyRole": False}]})) == {"Inbox", "Sent", "Trash"}
    assert mailhost.error("Mailbox/query", {"filter": {"colour": "red"}})["type"] == "unsupportedFilter"
    assert mailhost.error("Mailbox/query", {"filter": {"hasAnyRole": "yes"}})["type"] == "invalidArguments"


def test_is_subscribed(mailhost, names):
    boxes = {box["name"]: box["isSubscribed"] for box in mailhost.call("Mailbox/get")["list"]}
    for value in (True, False):
        assert set(names({"isSubscribed": value})) == {name for name, is_on in boxes.items() if is_on is value}


def test_sorts(mailhost, names):
    assert names(None, NAME) == ["Alpha", "Apes", "Big", "Eta", "Inbox", "Sent", "Trash", "zeta", "Zoo"]
    assert names(None, NAME | {"isAscending": False})[:2] == ["Zoo", "zeta"]
    order = {box["name"]: (box["sortOrder"], box["name"].upper()) for box in mailhost.call("Mailbox/get")["list"]}
    assert names(None, {"property": "sortOrder"}, NAME) == sorted(order, key=order.__getitem__)
    assert set(names(None, {"property": "parentId"})[:5]) == {"Inbox", "Zoo", "Alpha", "Sent", "Trash"}
    assert mailhost.error("Mailbox/query", {"sort": [{"property": "colour"}]})["type"] == "unsupportedSort"


def test_sort_as_tree(names):
    tree = ["Alpha", "Eta", "zeta", "Inbox", "Sent", "Trash", "Zoo", "Apes", "Big"]
    assert names(None, NAME, sortAsTree=True) == tree
    descending = ["Zoo", "Apes", "Big", "Trash", "Sent", "Inbox", "Alpha", "zeta", "Eta"]
    assert names(None, NAME | {"isAscending": False}, sortAsTree=True) == descending


def test_ancestors_that_are_filtered_out_still_order_the_tree(names):
    """2.3 compares the nearest ancestors with the same parent, whether the filter includes them or not."""
    assert names({"name": "e"}, NAME, sortAsTree=True) == ["Eta", "zeta", "Sent", "Apes"]


def test_filter_as_tree(names):
    assert set(names({"name": "o"}, filterAsTree=True)) == {"Inbox", "Zoo"}
    assert set(names({"operator": "OR", "conditions": [{"name": "big"}, {"name": "zoo"}]}, filterAsTree=True)) == {
        "Zoo"
    }
    assert set(names({"operator": "NOT", "conditions": [{"name": "apes"}]}, filterAsTree=True)) == {
        *("Inbox", "Zoo", "Alpha", "zeta", "Eta", "Sent", "Trash")
    }


def test_window_and_total(mailhost, names):
    asked = {"sort": [NAME], "sortAsTree": True, "position": 1, "limit": 2, "calculateTotal": True}
    answer = mailhost.call("Mailbox/query", asked)
    assert answer["total"] == 9 and answer["position"] == 1 and len(answer["ids"]) == 2
    assert answer["canCalculateChanges"] is True


@pytest.mark.rfc("8621", "2.4")
@pytest.mark.parametrize("tree", [{}, {"sortAsTree": True}, {"filterAsTree": True, "sortAsTree": True}])
@pytest.mark.parametrize("filter", [None, {"operator": "NOT", "conditions": [{"name": "zoo"}]}])
def test_query_changes(mailhost, names, tree, filter):
    asked = {"filter": filter, "sort": [NAME], **tree}
    old = mailhost.call("Mailbox/query", asked)
    mailhost.folder("Beta")
    mailhost.folder("Zoo.Apes.Small")
    mailhost.folder("Alpha.zeta").joinpath("tmp").rmdir()
    for part in ("cur", "new"):
        (mailhost.root / ".Alpha.Eta" / part).rmdir()
    (mailhost.root / ".Alpha.Eta" / "tmp").rmdir()
    (mailhost.root / ".Alpha.Eta").rmdir()
    new = mailhost.call("Mailbox/query", asked)
    changes = mailhost.call("Mailbox/queryChanges", asked | {"sinceQueryState": old["queryState"]})
    ids = [id for id in old["ids"] if id not in changes["removed"]]
    for item in changes["added"]:
        ids.insert(item["index"], item["id"])
    assert ids == new["ids"] != old["ids"]
    assert changes["newQueryState"] == new["queryState"]


@pytest.mark.rfc("8621", "2.4")
def test_counts_do_not_move_mailboxes(mailhost, names, post):
    old = mailhost.call("Mailbox/query", {"sort": [NAME], "sortAsTree": True})
    post(flags="")
    asked = {"sort": [NAME], "sortAsTree": True, "sinceQueryState": old["queryState"]}
    changes = mailhost.call("Mailbox/queryChanges", asked)
    assert (changes["removed"], changes["added"]) == ([], [])


def test_tree_functions():
    parents = {"a": None, "b": "a", "c": "b", "d": None, "e": "gone"}
    assert as_tree(["c", "d", "a", "e"], ["e", "d", "c", "b", "a"], parents) == ["e", "d", "a", "c"]
    assert with_ancestors(["c", "a", "d", "e"], parents) == ["a", "d", "e"]
    assert with_ancestors(["a", "b"], {"a": "b", "b": "a"}) == ["a", "b"]
