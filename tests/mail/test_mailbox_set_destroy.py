"""Mailbox/set destroy, and what becomes of the Emails."""

import os

import pytest

from jmapd.files import atomic
from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2.5")


def path_of(trees, name):
    return trees.root / (f".{name}" if trees.layout == "maildir++" else name)


@layouts
def test_an_empty_one_goes_with_its_folder(make_trees, layout):
    trees = make_trees(layout)
    trees.make("A", "A/B")
    ids = trees.ids_by_path()
    (path_of(trees, "A") / "dovecot.index.log").write_text("x")
    (path_of(trees, "A") / "fts-flatcurve").mkdir()
    (path_of(trees, "A") / "fts-flatcurve" / "x").write_text("x")
    assert trees.not_destroyed(ids["A"])["type"] == "mailboxHasChild"
    assert trees.not_destroyed(ids["A"], onDestroyRemoveEmails=True)["type"] == "mailboxHasChild"
    answer = trees.change(destroy=[ids["A"], ids["A/B"]])  # RFC 8620 5.3: the final state decides
    assert sorted(answer["destroyed"]) == sorted([ids["A"], ids["A/B"]])
    changes = trees.call("Mailbox/changes", {"sinceState": answer["oldState"]})
    assert sorted(changes["destroyed"]) == sorted(answer["destroyed"])
    assert trees.disk().keys() == {"cur", "new", "tmp"}
    assert trees.is_settled()


@layouts
def test_emails_that_are_only_there_are_destroyed(make_trees, layout):
    trees = make_trees(layout)
    [a, b] = trees.make("A", "B")
    only, both = trees.put("only", path_of(trees, "A"), ""), trees.put("both", path_of(trees, "A"), "F")
    os.link(both, path_of(trees, "B") / "cur" / "1700000000.twin.host:2,S")
    trees.put("other", path_of(trees, "B"))
    assert trees.subjects() == {"only": {"A"}, "both": {"A", "B"}, "other": {"B"}}
    states = {type: trees.call(f"{type}/get", {"ids": []})["state"] for type in ("Email", "Thread")}
    assert trees.not_destroyed(a)["type"] == "mailboxHasEmail"
    [email] = trees.call("Email/query", {"filter": {"subject": "both"}})["ids"]
    [gone] = trees.call("Email/query", {"filter": {"subject": "only"}})["ids"]
    keywords = trees.call("Email/get", {"ids": [email]})["list"][0]["keywords"]
    assert trees.change(destroy=[a], onDestroyRemoveEmails=True)["destroyed"] == [a]
    assert trees.subjects() == {"both": {"B"}, "other": {"B"}}
    assert trees.call("Email/get", {"ids": [email]})["list"][0]["keywords"] == keywords
    assert keywords == {"$seen": True, "$flagged": True}
    changes = trees.call("Email/changes", {"sinceState": states["Email"]})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([], [email], [gone])
    assert len(trees.call("Thread/changes", {"sinceState": states["Thread"]})["destroyed"]) == 1
    assert {path: box["totalEmails"] for path, box in trees.boxes().items()} == {"Inbox": 0, "B": 2}
    assert not only.exists() and list((trees.root / "tmp").iterdir()) == []
    assert trees.is_settled()


def test_an_email_in_two_that_both_go(trees):
    [a, b] = trees.make("A", "B")
    file = trees.put("both", trees.root / ".A")
    os.link(file, trees.root / ".B" / "cur" / "1700000000.twin.host:2,")
    trees.subjects()
    answer = trees.change(destroy=[a, b], onDestroyRemoveEmails=True)
    assert answer["destroyed"] == [a, b] and trees.subjects() == {}
    assert trees.is_settled()


def test_with_keywords_that_no_file_holds(trees):
    [a, b] = trees.make("A", "B")
    trees.put("one", trees.root / ".A")
    [email] = trees.ids()
    patch = {f"keywords/k{number}": True for number in range(30)}
    assert trees.call("Email/set", {"update": {email: patch}})["updated"] == {email: None}
    trees.change(destroy=[a], onDestroyRemoveEmails=True)
    trees.put("one", trees.root / ".B")
    [again] = trees.call("Email/get", {"ids": trees.ids()})["list"]
    assert again["id"] == email and again["keywords"] == {"$seen": True}


def test_moved_and_destroyed_in_one_call(trees):
    """The paths are those at the end; what is left is where it was moved to."""
    trees.make("A", "A/B", "C")
    ids = trees.ids_by_path()
    file = trees.put("both", trees.root / ".A.B", "")
    os.link(file, trees.root / ".C" / "cur" / "1700000000.twin.host:2,S")
    trees.subjects()
    answer = trees.change(
        update={ids["A/B"]: {"parentId": None, "name": "D"}, ids["A"]: {"name": "E"}}, destroy=[ids["C"]],
        onDestroyRemoveEmails=True,
    )  # fmt: skip
    assert answer["notUpdated"] is None and answer["destroyed"] == [ids["C"]]
    assert trees.subjects() == {"both": {"D"}} and trees.folders() == {".D", ".E"}
    [email] = trees.call("Email/get", {"ids": trees.ids()})["list"]
    assert email["keywords"] == {"$seen": True}
    assert trees.is_settled()


def test_what_imap_has_marked_as_deleted_goes_along(trees):
    """RFC 8621 4.1.1: it is not there, so it cannot keep the Mailbox."""
    [a] = trees.make("A")
    trees.put("one", trees.root / ".A", "ST")
    assert trees.change(destroy=[a])["destroyed"] == [a]
    assert trees.folders() == set()


def test_a_message_that_has_not_been_read_counts(trees, monkeypatch):
    """It may have come in this moment."""
    [a] = trees.make("A")
    link = os.listdir

    def deliver(path):
        if str(path).endswith(".A/new"):
            (trees.root / ".A" / "new" / "1.x").write_text("Subject: late\n\nx\n")
        return link(path)

    monkeypatch.setattr(os, "listdir", deliver)
    answer = trees.change(destroy=[a])
    assert answer["notDestroyed"][a]["type"] == "mailboxHasEmail"
    assert trees.subjects() == {"late": {"A"}}


def test_what_comes_in_while_it_goes_is_in_the_inbox(trees, monkeypatch):
    [a] = trees.make("A")
    trees.put("old", trees.root / ".A")
    trees.subjects()
    rename = atomic.rename_new

    def deliver(source, target):
        if "jmapd-removed." in target:
            (trees.root / ".A" / "new" / "1.x,U=5").write_text("Subject: late\n\nx\n")
        rename(source, target)

    monkeypatch.setattr(atomic, "rename_new", deliver)
    assert trees.change(destroy=[a], onDestroyRemoveEmails=True)["destroyed"] == [a]
    assert trees.subjects() == {"late": {"Inbox"}} and trees.folders() == set()
    assert ",U=" not in next((trees.root / "new").iterdir()).name


def test_not_the_inbox(trees):
    inbox = trees.mailbox("Inbox")
    assert trees.not_destroyed(inbox, onDestroyRemoveEmails=True)["type"] == "forbidden"
    assert trees.not_destroyed("nowhere")["type"] == "notFound"


@pytest.mark.parametrize("layout", ["fs", "legacy"])
def test_what_is_none_of_mails_stays(make_trees, layout):
    trees = make_trees(layout)
    [a] = trees.make("A")
    notes = path_of(trees, "A") / "notes" / "todo.txt"
    notes.parent.mkdir()
    notes.write_text("x")
    assert trees.not_destroyed(a)["type"] == "forbidden"
    notes.unlink()
    assert trees.change(destroy=[a])["destroyed"] == [a]


def test_not_what_a_link_leads_to(trees, tmp_path):
    (tmp_path / "far").mkdir()
    for part in ("cur", "new", "tmp"):
        (tmp_path / "far" / part).mkdir()
    (trees.root / ".Far").symlink_to(tmp_path / "far")
    file = trees.put("one", tmp_path / "far")
    assert trees.not_destroyed(trees.mailbox("Far"), onDestroyRemoveEmails=True)["type"] == "forbidden"
    assert file.exists()


@layouts
def test_what_was_only_a_parent(make_trees, layout):
    """It goes with the last below it, or by itself; the directory of other layouts, too."""
    trees = make_trees(layout)
    inner = {"maildir++": ".{}", "fs": "/{}", "legacy": "/.{}"}[layout].format
    for path in (f"L{inner('a')}", f"L{inner('b')}", f"M{inner('N')}{inner('o')}"):
        for part in ("cur", "new", "tmp"):
            (path_of(trees, path) / part).mkdir(parents=True)
    before = trees.ids_by_path()
    assert before.keys() == {"Inbox", "L", "L/a", "L/b", "M", "M/N", "M/N/o"}
    trees.change(update={before["L"]: {"name": "K"}, before["M/N"]: {"parentId": before["L"]}})
    assert trees.ids_by_path() == {
        "Inbox": before["Inbox"], "K": before["L"], "K/a": before["L/a"], "K/b": before["L/b"], "K/N": before["M/N"],
        "K/N/o": before["M/N/o"],
    }  # fmt: skip
    assert not path_of(trees, "M").exists() and trees.is_settled()
    answer = trees.change(destroy=[before["L/a"]])
    assert trees.boxes().keys() == {"Inbox", "K", "K/b", "K/N", "K/N/o"}
    answer = trees.change(destroy=[before["M/N"], before["M/N/o"], before["L/b"]])
    changes = trees.call("Mailbox/changes", {"sinceState": answer["oldState"]})
    assert set(changes["destroyed"]) == {before["M/N"], before["M/N/o"], before["L/b"], before["L"]}
    assert trees.boxes().keys() == {"Inbox"} and trees.folders() == set() and not path_of(trees, "K").exists()
    assert trees.is_settled()
