"""isSubscribed, and Dovecot's file of subscriptions."""

import os

import pytest

from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2")
GUID = "3d0e6e0a8f1c2b4d5e6f708192a3b4c5"


def subscribed(trees):
    return {path for path, box in trees.boxes().items() if box["isSubscribed"]}


def file_of(trees):
    path = trees.root / "subscriptions"
    return path.read_text().splitlines() if path.exists() else None


@layouts
def test_without_dovecot_no_file_is_made(make_trees, layout):
    trees = make_trees(layout)
    answer = trees.change(create={"a": {"name": "A"}, "b": {"name": "B", "isSubscribed": False}})
    assert subscribed(trees) == {"Inbox", "A"}
    a, b = answer["created"]["a"]["id"], answer["created"]["b"]["id"]
    trees.change(update={a: {"isSubscribed": False}, b: {"isSubscribed": True, "name": "C"}})
    assert subscribed(trees) == {"Inbox", "C"} and file_of(trees) is None
    assert trees.is_settled()
    trees.lose_state(keep=True)
    assert subscribed(trees) == {"Inbox", "C"}


@pytest.mark.parametrize("layout", ["maildir++", "fs"])
@pytest.mark.parametrize("version", [1, 2])
def test_dovecots_file_keeps_step(make_trees, layout, version):
    trees = make_trees(layout)
    path, apart = trees.root / "subscriptions", "." if layout == "maildir++" else "/"
    head = ["V\t2", ""] if version == 2 else []
    apart = "\t" if version == 2 else apart
    path.write_text("\n".join([*head, "Elsewhere", "INBOX", ""]))
    path.chmod(0o640)
    trees.make("Entwürfe", "Entwürfe/a b", "Other")
    ids = trees.ids_by_path()
    top = "Entw&APw-rfe"
    assert file_of(trees) == [*head, "Elsewhere", "INBOX", top, "Other", f"{top}{apart}a b"]
    trees.change(update={ids["Entwürfe"]: {"name": "Dr. X"}, ids["Other"]: {"isSubscribed": False}})
    top = "Dr&ICQ- X" if layout == "maildir++" else "Dr. X"
    assert file_of(trees) == [*head, "Elsewhere", "INBOX", top, f"{top}{apart}a b"]
    assert subscribed(trees) == {"Inbox", "Dr. X", "Dr. X/a b"}
    trees.change(update={ids["Entwürfe/a b"]: {"parentId": None}}, destroy=[ids["Entwürfe"]])
    assert file_of(trees) == [*head, "Elsewhere", "INBOX", "a b"]
    assert path.stat().st_mode & 0o777 == 0o640 and not (trees.root / "subscriptions.lock").exists()
    assert trees.is_settled()


def test_made_where_dovecot_is_at_work(trees):
    """Without it Dovecot's clients had all; so all others are put in."""
    trees.make("A", "B")
    (trees.root / "dovecot-uidlist").write_text(f"3 V1700000000 N1 G{GUID}\n")
    trees.make("C")
    assert file_of(trees) is None
    trees.change(update={trees.mailbox("B"): {"isSubscribed": False}})
    assert sorted(file_of(trees)) == ["", "A", "C", "INBOX", "V\t2"]
    assert subscribed(trees) == {"Inbox", "A", "C"} and trees.is_settled()


def test_another_program_holds_the_lock(trees, monkeypatch):
    """Nothing is done then, and nothing is left."""
    trees.make("A", "B")
    (trees.root / "subscriptions").write_text("A\nB\n")
    monkeypatch.setattr("jmapd.stores.dovecot.WAIT_SECONDS", 0.05)
    (trees.root / "subscriptions.lock").write_text(f"{os.getpid()}:{os.uname().nodename}")
    ids, before = trees.ids_by_path(), trees.disk()
    error = trees.error("Mailbox/set", {"update": {ids["A"]: {"name": "C"}}, "create": {"x": {"name": "D"}}})
    assert error["type"] == "serverUnavailable" and trees.disk() == before
    (trees.root / "subscriptions.lock").unlink()
    assert trees.ids_by_path() == ids
    trees.change(update={ids["A"]: {"name": "C"}})
    assert file_of(trees) == ["B", "C"]
