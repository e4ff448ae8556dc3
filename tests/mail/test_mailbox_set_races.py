"""Mailbox/set while other programs deliver, make, rename and remove folders in the same moment."""

import errno
import os
import shutil

import pytest

from jmapd.datatypes.mail import mailbox_set
from jmapd.files import atomic
from jmapd.stores import rebuild
from jmapd.stores.mailbox_transaction import MailboxTransaction
from jmapd.stores.mailboxes import MailboxStore
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.maildir_folders import FOLDER
from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2.5")


def path_of(trees, name):
    return trees.root / (f".{name}" if trees.layout == "maildir++" else name)


def folder(path):
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)


def deliver(path, subject="late", name="new/1.x"):
    (path / name).write_text(f"Subject: {subject}\n\nx\n")


def account(trees):
    state = trees.root.parents[1] / "state" / "alice"
    return MaildirAccount("alice", "alice", "alice", trees.root, state, {"mail.layout": trees.layout})


@pytest.fixture
def meanwhile(monkeypatch):
    """meanwhile(do, ...): between the look at the folders and the transaction, each at the next of them."""
    waiting, enter = [], MailboxTransaction.__enter__

    def then(transaction):
        if waiting:
            waiting.pop(0)()
        return enter(transaction)

    monkeypatch.setattr(MailboxTransaction, "__enter__", then)
    return lambda *actions: waiting.extend(actions)


def test_a_message_that_came_after_the_check_is_not_lost(trees, monkeypatch):
    """onDestroyRemoveEmails is false: nothing may be destroyed."""
    [a] = trees.make("A")
    has_messages = MailboxStore.has_messages

    def check(store, id):
        found = has_messages(store, id)
        deliver(trees.root / ".A")
        return found

    monkeypatch.setattr(MailboxStore, "has_messages", check)
    assert trees.change(destroy=[a])["destroyed"] == [a]
    assert trees.subjects() == {"late": {"Inbox"}}


@layouts
def test_a_message_that_no_client_knows_is_not_destroyed(make_trees, layout, meanwhile):
    trees = make_trees(layout)
    [a] = trees.make("A")
    trees.put("old", path_of(trees, "A"))
    trees.put("flagged as deleted", path_of(trees, "A"), "T")
    trees.subjects()
    meanwhile(lambda: deliver(path_of(trees, "A")))
    assert trees.change(destroy=[a], onDestroyRemoveEmails=True)["destroyed"] == [a]
    assert trees.subjects() == {"late": {"Inbox"}} and trees.folders() == set()


@pytest.mark.parametrize("layout", ["fs", "legacy"])
def test_a_folder_made_in_one_that_goes(make_trees, layout, monkeypatch):
    trees = make_trees(layout)
    [a] = trees.make("A")
    rename = atomic.rename_new

    def make(source, target):
        if "jmapd-removed." in target:
            folder(trees.root / "A" / ".B")
            deliver(trees.root / "A" / ".B")
        rename(source, target)

    monkeypatch.setattr(atomic, "rename_new", make)
    assert trees.change(destroy=[a])["destroyed"] == [a]
    assert trees.subjects() == {"late": {"Inbox"}} and trees.folders() == set()


@pytest.mark.rfc("8620", "5.3")
@layouts
def test_renamed_by_another_program(make_trees, layout, meanwhile):
    """What was asked for is done under the new name."""
    trees = make_trees(layout)
    [a, b] = trees.make("A", "B")
    trees.put("one", path_of(trees, "A"))
    meanwhile(lambda: path_of(trees, "A").rename(path_of(trees, "New")))
    x = trees.change(create={"x": {"name": "X", "parentId": a}})["created"]["x"]["id"]
    assert trees.ids_by_path() == {"Inbox": trees.mailbox("Inbox"), "New": a, "New/X": x, "B": b}
    trees.change(destroy=[x])
    meanwhile(lambda: path_of(trees, "New").rename(path_of(trees, "A")))
    assert trees.change(update={a: {"name": "C"}})["updated"] == {a: None}
    assert trees.ids_by_path() == {"Inbox": trees.mailbox("Inbox"), "C": a, "B": b}
    assert trees.subjects() == {"one": {"C"}} and not path_of(trees, "A").exists()
    assert trees.is_settled()


@pytest.mark.rfc("8620", "5.3")
@layouts
def test_renamed_by_another_program_again_and_again(make_trees, layout, meanwhile, caplog):
    """What was asked for would not be so: nothing is done, and the client is not told that it was."""
    trees = make_trees(layout)
    [a, b] = trees.make("A", "B")
    trees.put("one", path_of(trees, "A"))

    def renames():
        for old, new in (("A", "N1"), ("N1", "N2"), ("N2", "New")):
            yield lambda old=old, new=new: path_of(trees, old).rename(path_of(trees, new))

    for call in ({"update": {a: {"name": "C"}}}, {"create": {"x": {"name": "X", "parentId": a}}}):
        meanwhile(*renames())
        assert trees.error("Mailbox/set", call)["type"] == "serverUnavailable"
        assert trees.ids_by_path() == {"Inbox": trees.mailbox("Inbox"), "New": a, "B": b}
        assert trees.subjects() == {"one": {"New"}} and not path_of(trees, "A").exists()
        path_of(trees, "New").rename(path_of(trees, "A"))
    assert trees.is_settled()
    assert "Traceback" not in caplog.text


@pytest.mark.rfc("8620", "5.3")
@pytest.mark.parametrize("is_destroy", [True, False])
def test_removed_by_another_program(trees, meanwhile, is_destroy):
    [a] = trees.make("A")
    meanwhile(lambda: shutil.rmtree(trees.root / ".A"))
    call = {"destroy": [a]} if is_destroy else {"update": {a: {"name": "C"}}}
    answer = trees.change(**call)
    assert (answer["notDestroyed"] or answer["notUpdated"])[a]["type"] == "notFound"
    assert trees.boxes().keys() == {"Inbox"}


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EBUSY])
def test_on_a_file_system_of_its_own(trees, monkeypatch, code):
    [a] = trees.make("A")

    def refuse(source, target):
        raise OSError(code, os.strerror(code), source, None, target)

    monkeypatch.setattr(atomic, "rename_new", refuse)
    assert trees.not_updated(a, {"name": "B"})["type"] == "forbidden"


def test_the_disk_has_another_number_since_the_machine_was_started(trees):
    [a] = trees.make("A")
    mail = account(trees)
    with mail.session(), mail.lock():
        record = mail.index.objects.get(FOLDER, a)
        device, inode = record["inode"]
        mail.index.commit([[FOLDER, "u", a, record | {"inode": [device + 1, inode]}]])
    assert trees.change(destroy=[a])["destroyed"] == [a]
    assert trees.folders() == set() and trees.boxes().keys() == {"Inbox"}


def test_what_was_deleted_does_not_come_back(trees):
    """Of what a killed process left in tmp/ only messages are saved."""
    aside = trees.root / "tmp" / "jmapd-removed.1000.abcd"
    folder(aside)
    deliver(aside, name="cur/5.x:2,ST")
    deliver(aside, name="cur/6.x:2,S", subject="seen")
    rebuild.bring_up(account(trees))
    assert trees.subjects() == {"seen": {"Inbox"}} and list((trees.root / "tmp").iterdir()) == []


@layouts
def test_no_more_work_than_mailboxes(make_trees, layout, monkeypatch):
    """Names are compared with those that are the same, not with all."""
    trees = make_trees(layout)
    calls = []
    plain = mailbox_set.plain
    monkeypatch.setattr(mailbox_set, "plain", lambda name: calls.append(name) or plain(name))
    trees.make(*(f"A{number}" for number in range(60)))
    assert len(calls) < 60 * 10


@layouts
def test_one_named_as_the_inbox_in_another(make_trees, layout):
    trees = make_trees(layout)
    trees.make("A")
    answer = trees.change(create={"i": {"name": "INBOX", "parentId": trees.ids_by_path()["A"]}})
    made = answer["created"]["i"]
    assert made["myRights"] == trees.boxes()["A/INBOX"]["myRights"] and made["myRights"]["mayDelete"]
    assert trees.change(destroy=[made["id"]])["destroyed"] == [made["id"]] and trees.is_settled()
