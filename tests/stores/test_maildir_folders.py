"""Folders and Mailboxes."""

import os
import shutil
from collections.abc import Callable

import pytest

from jmapd.stores.base import StoreUnavailable
from jmapd.stores.maildir_folders import ROOT, TREE
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "2")
GUID = "3d0e6e0a8f1c2b4d5e6f708192a3b4c5"


def test_a_mailbox_has_all_properties(mail: Mail) -> None:
    mail.deliver("One", flags="")
    box = mail.mailboxes()["Inbox"]
    assert box.keys() == {
        "id", "name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads", "unreadThreads",
        "myRights", "isSubscribed",
    }  # fmt: skip
    assert (box["role"], box["parentId"], box["totalEmails"], box["unreadEmails"]) == ("inbox", None, 1, 1)
    assert len(box["myRights"]) == 9
    assert not box["myRights"]["mayDelete"]


def test_created_and_deleted_by_others(mail: Mail) -> None:
    assert mail.mailboxes().keys() == {"Inbox"}
    mail.deliver("One", ".Lists.news")
    assert mail.mailboxes().keys() == {"Inbox", "Lists", "Lists/news"}
    assert mail.boxes("One") == {"Lists/news"}
    state = mail.account.store("Mailbox").state()
    shutil.rmtree(mail.root / ".Lists.news")
    assert mail.mailboxes().keys() == {"Inbox"}
    assert mail.emails() == {}
    delta = mail.account.store("Mailbox").changes(state)
    assert delta is not None
    assert len(delta.destroyed) == 2


def test_removed_from_above_another(mail: Mail) -> None:
    mail.deliver("One", ".Lists")
    mail.deliver("Two", ".Lists")
    mail.deliver("Three", ".Lists.news")
    lists = mail.mailboxes()["Lists"]["id"]
    (moved,) = (path for path in (mail.root / ".Lists" / "cur").iterdir() if "Subject: Two" in path.read_text())
    moved.rename(mail.root / "cur" / "moved:2,")
    shutil.rmtree(mail.root / ".Lists")
    boxes = mail.mailboxes()
    assert boxes["Lists"]["id"] == lists  # a parent still
    assert [boxes[name]["totalEmails"] for name in ("Inbox", "Lists", "Lists/news")] == [1, 0, 1]
    assert mail.emails().keys() == {"Two", "Three"} and mail.boxes("Two") == {"Inbox"}


def test_made_in_steps(mail: Mail) -> None:
    (mail.root / ".Slow").mkdir()
    assert mail.mailboxes().keys() == {"Inbox"}
    mail.deliver("One", ".Slow")
    assert mail.boxes("One") == {"Slow"}


def test_renamed_by_others(mail: Mail) -> None:
    mail.deliver("One", ".Work")
    before = mail.mailboxes()["Work"]
    state = mail.account.store("Email").state()
    (mail.root / ".Work").rename(mail.root / ".Jobs")
    assert mail.mailboxes()["Jobs"]["id"] == before["id"]
    assert mail.boxes("One") == {"Jobs"}
    delta = mail.account.store("Email").changes(state)
    assert delta is not None
    assert (delta.created, delta.destroyed) == ([], [])


def test_two_that_changed_names(mail: Mail) -> None:
    mail.deliver("One", ".A")
    mail.deliver("Two", ".B")
    before = mail.mailboxes()
    (mail.root / ".A").rename(mail.root / ".C")
    (mail.root / ".B").rename(mail.root / ".A")
    (mail.root / ".C").rename(mail.root / ".B")
    after = mail.mailboxes()
    assert (after["A"]["id"], after["B"]["id"]) == (before["B"]["id"], before["A"]["id"])
    assert mail.boxes("One") == {"B"}


def test_dovecots_guid_is_the_id_also_in_a_copy_of_the_tree(mail: Mail) -> None:
    folder = mail.folder(".Work")
    (folder / "dovecot-uidlist").write_text(f"3 V1700000000 N1 G{GUID}\n")
    assert mail.mailboxes()["Work"]["id"] == GUID
    shutil.copytree(folder, mail.root / ".New")
    shutil.rmtree(folder)
    assert mail.mailboxes()["New"]["id"] == GUID
    shutil.copytree(mail.root / ".New", mail.root / ".Twin")
    found = mail.mailboxes()
    assert found["New"]["id"] == GUID
    assert found["Twin"]["id"] != GUID


@pytest.mark.parametrize("name", ["Sent", "Gesendet", "Envoy&AOk-s", "Отправленные", "INBOX.Sent Items"])
def test_roles_by_usual_names(mail: Mail, name: str) -> None:
    mail.folder(f".{name}")
    assert [box["role"] for box in mail.mailboxes().values() if box["role"] != "inbox"] == ["sent"]


def test_each_role_once_and_it_stays(mail: Mail) -> None:
    mail.folder(".Deleted Items")
    assert mail.mailboxes()["Deleted Items"]["role"] == "trash"
    mail.folder(".Trash")
    found = mail.mailboxes()
    assert (found["Deleted Items"]["role"], found["Trash"]["role"]) == ("trash", None)


def test_the_likelier_name_has_the_role(mail: Mail) -> None:
    mail.folder(".Deleted Items")
    mail.folder(".Trash")
    assert mail.mailboxes()["Trash"]["role"] == "trash"


def test_configured_roles(make_mail: Callable[..., Mail]) -> None:
    mail = make_mail(mail_roles={"junk": "Bulk/Foo", "trash": "Nowhere"})
    for path in ("", ".Junk", ".Bulk.Foo", ".Trash"):
        mail.folder(path)
    found = mail.mailboxes()
    assert (found["Bulk/Foo"]["role"], found["Junk"]["role"], found["Trash"]["role"]) == ("junk", None, None)


def test_role_folders_are_not_made_on_sight(mail: Mail) -> None:
    mail.mailboxes()
    assert sorted(path.name for path in mail.root.iterdir()) == ["cur", "new", "tmp"]


def test_one_name_in_two_encodings(mail: Mail) -> None:
    mail.folder(".Entw&APw-rfe")
    mail.folder(".Entwürfe")
    assert mail.mailboxes().keys() == {"Inbox", "Entwürfe", "Entwürfe (2)"}


@pytest.mark.parametrize("text", ["V\t2\n\nLists\tnews\n", "Lists.news\n"])
def test_subscriptions(mail: Mail, text: str) -> None:
    mail.folder(".Lists.news")
    mail.folder(".Other")
    assert all(box["isSubscribed"] for box in mail.mailboxes().values())
    (mail.root / "subscriptions.lock").write_text(text)
    (mail.root / "subscriptions.lock").rename(mail.root / "subscriptions")
    found = {path: box["isSubscribed"] for path, box in mail.mailboxes().items()}
    assert found == {"Inbox": True, "Lists": False, "Lists/news": True, "Other": False}


def test_a_disk_that_is_not_mounted_destroys_nothing(make_mail: Callable[..., Mail]) -> None:
    mail = make_mail()
    mail.deliver("One")
    before = mail.emails()
    mail.root.rename(mail.root.with_name("elsewhere"))
    mail.root.mkdir()
    with pytest.raises(StoreUnavailable, match="no folders any more"):
        mail.emails()
    mail.root.rmdir()
    mail.root.with_name("elsewhere").rename(mail.root)
    assert mail.emails() == before


def test_a_missing_root_is_said(make_mail: Callable[..., Mail]) -> None:
    mail = make_mail()
    mail.deliver("One")
    assert mail.emails().keys() == {"One"}
    mail.root.rename(mail.root.with_name("elsewhere"))
    with pytest.raises(StoreUnavailable, match="No such file"):
        mail.emails()
    mail.root.with_name("elsewhere").rename(mail.root)
    assert mail.emails().keys() == {"One"}


@pytest.mark.rfc("8620", "5.1")
def test_other_rights_are_another_state(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.deliver("One", ".Work")
    before, state = mail.mailboxes()["Work"], mail.account.store("Mailbox").state()
    monkeypatch.setattr(os, "access", lambda path, mode: ".Work" not in str(path))  # root may write everywhere
    mail.deliver("Two", ".New")
    after = mail.mailboxes()["Work"]
    assert before["myRights"]["mayAddItems"] and not after["myRights"]["mayAddItems"]
    delta = mail.account.store("Mailbox").changes(state)
    assert delta is not None
    assert delta.updated == [before["id"]] and delta.updated_properties is None


@pytest.mark.rfc("8620", "5.1")
def test_rights_of_a_newer_version_are_another_state(mail: Mail) -> None:
    """An index from before Mailbox/set: myRights is other now, and each Mailbox has changed, once."""
    mail.folder(".Work")
    ids = {box["id"] for box in mail.mailboxes().values()}
    with mail.account.session(), mail.account.lock():
        tree = dict(mail.account.index.objects.all(TREE)[ROOT])
        del tree["version"]
        mail.account.index.commit([[TREE, "u", ROOT, tree]])
        state = mail.account.store("Mailbox").state()
    mail.mailboxes()
    delta = mail.account.store("Mailbox").changes(state)
    assert delta is not None
    assert set(delta.updated) == ids and delta.updated_properties is None
    after = mail.account.store("Mailbox").state()
    mail.mailboxes()
    assert mail.account.store("Mailbox").state() == after


def test_a_new_folder_with_the_inode_of_one_that_went(mail: Mail) -> None:
    """File systems give inodes away again at once; Dovecot's GUID tells that it is another."""
    mail.deliver("One", ".A")
    (mail.root / ".A" / "dovecot-uidlist").write_text(f"3 V1 N1 G{GUID}\n")
    before = mail.mailboxes()["A"]["id"]
    (mail.root / ".A").rename(mail.root / ".B")
    (mail.root / ".B" / "dovecot-uidlist").write_text(f"3 V2 N1 G{GUID[::-1]}\n")
    boxes = mail.mailboxes()
    assert boxes.keys() == {"Inbox", "B"} and boxes["B"]["id"] == GUID[::-1] != before
    assert mail.boxes("One") == {"B"}
