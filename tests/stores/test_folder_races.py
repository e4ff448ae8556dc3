"""Folders that another program renames in the very moment in which they are listed keep their Mailbox."""

from typing import Any

import pytest

from jmapd.stores import maildir_folders, maildir_follow
from jmapd.stores.maildir_layout import Tree
from jmapd.stores.new_message import new_message
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "2")
GUID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def tree(mail: Mail) -> dict[str, Any]:
    """The ids of some folders that Dovecot knows."""
    for number, name in enumerate((".Top", ".Top.One", ".Top.Two", ".Other")):
        guid = f"{number}{GUID[1:]}"
        (mail.folder(name) / "dovecot-uidlist").write_text(f"3 V1 N1 G{guid}\n")
        mail.deliver(f"in {name}", name)
    return {path: box["id"] for path, box in mail.mailboxes().items()}


def rename(mail: Mail, old: str, new: str) -> None:
    """As Dovecot does it: one directory after the other."""
    for path in sorted(mail.root.glob(f"{old}*")):
        path.rename(mail.root / path.name.replace(old, new, 1))


def at_each_look(monkeypatch: pytest.MonkeyPatch, *work: Any) -> None:
    """Something is done after each listing, before what was listed is looked at."""
    discover, todo = maildir_folders.discover, list(work)

    def discovered(*given: Any) -> Tree:
        found = discover(*given)
        if todo:
            todo.pop(0)()
        return found

    monkeypatch.setattr(maildir_folders, "discover", discovered)


def renamed(ids: dict[str, Any]) -> dict[str, Any]:
    return {path.replace("Top", "New", 1): id for path, id in ids.items()}


def ids(mail: Mail) -> dict[str, Any]:
    return {path: box["id"] for path, box in mail.mailboxes().items()}


def test_a_tree_renamed_between_listing_and_look(
    mail: Mail, tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (mail.root / ".Other").rename(mail.root / ".Another")  # so that there is something to look for
    at_each_look(monkeypatch, lambda: rename(mail, ".Top", ".New"))
    ids(mail)
    wanted = {path.replace("Other", "Another"): id for path, id in renamed(tree).items()}
    assert ids(mail) == wanted
    assert mail.boxes("in .Top.One") == {"New/One"}


def test_a_tree_renamed_at_every_look(mail: Mail, tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It has to be answered at some time; the next request knows the folders again."""
    (mail.root / ".Other").rename(mail.root / ".Another")
    names = [".Top", *(f".T{number}" for number in range(200)), ".New"]
    at_each_look(monkeypatch, *(lambda at=at: rename(mail, names[at], names[at + 1]) for at in range(len(names) - 1)))
    ids(mail)
    monkeypatch.undo()
    rename(mail, next(path.name for path in mail.root.glob(".T*") if path.name.count(".") == 1), ".New")
    wanted = {path.replace("Other", "Another"): id for path, id in renamed(tree).items()}
    assert ids(mail) == wanted


def test_a_folder_that_the_listing_missed(mail: Mail, tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """readdir() may leave out an entry that is renamed while it reads; without Dovecot only the inode tells."""
    (mail.root / ".Top.Two" / "dovecot-uidlist").unlink()
    discover, looks = maildir_folders.discover, []

    def discovered(*given: Any) -> Tree:
        found = discover(*given)
        looks.append(found)
        if len(looks) == 1:
            found.places = [place for place in found.places if place.path != ".Top.Three"]
        return found

    monkeypatch.setattr(maildir_folders, "discover", discovered)
    monkeypatch.setattr(maildir_folders, "RACY_NS", 300_000_000)  # it must look that soon
    (mail.root / ".Top.Two").rename(mail.root / ".Top.Three")
    assert ids(mail) == {path.replace("Two", "Three"): id for path, id in tree.items()}
    assert mail.boxes("in .Top.Two") == {"Top/Three"}
    assert len(looks) > 1


def test_a_folder_that_was_removed_is_gone(mail: Mail, tree: dict[str, Any]) -> None:
    folder = mail.root / ".Top.Two"
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()
    assert ids(mail) == {path: id for path, id in tree.items() if path != "Top/Two"}


def test_a_tree_renamed_before_its_messages_are_listed(
    mail: Mail, tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folders look empty for a moment; nothing in them counts as destroyed."""
    before = mail.emails()
    mail.deliver("fresh", ".Top.One", flags=None)
    look, state = maildir_follow.look, mail.account.index.state("Email")

    def looked(*given: Any) -> Any:
        monkeypatch.undo()
        rename(mail, ".Top", ".New")
        return look(*given)

    monkeypatch.setattr(maildir_follow, "look", looked)
    after = mail.emails()
    assert before.items() <= after.items()
    assert after.keys() == before.keys() | {"fresh"}
    assert ids(mail) == renamed(tree)
    with mail.account.session():
        changes = mail.account.store("Email").changes(state)
    assert (changes.created, changes.destroyed) == ([after["fresh"]["id"]], [])


def test_written_to_while_it_is_renamed(mail: Mail, tree: dict[str, Any]) -> None:
    """After the last look, and again between two messages of one call."""
    emails = mail.emails()
    other = dict.fromkeys([tree["Other"]], True)
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        rename(mail, ".Top", ".New")
        one, two = emails["in .Top.One"], emails["in .Top.Two"]
        transaction.update(one["id"], one | {"keywords": {"$flagged": True, "work": True}}, {"keywords"})
        rename(mail, ".New", ".Newer")
        transaction.update(two["id"], two | {"mailboxIds": one["mailboxIds"]}, {"mailboxIds"})
        rename(mail, ".Newer", ".New")
        transaction.update(one["id"], one | {"mailboxIds": other, "keywords": {"$flagged": True}}, {"mailboxIds"})
        rename(mail, ".New", ".Newest")
        transaction.destroy(emails["in .Top"]["id"])
    assert ids(mail) == {path.replace("Top", "Newest", 1): id for path, id in tree.items()}
    assert mail.emails().keys() == emails.keys() - {"in .Top"}
    assert (mail.boxes("in .Top.One"), mail.boxes("in .Top.Two")) == ({"Other"}, {"Newest/One"})
    assert mail.keywords("in .Top.One") == {"$flagged"}
    assert mail.verify() == []
    assert not list(mail.root.glob("*/*.lock"))


def test_created_in_a_folder_that_is_renamed(mail: Mail, tree: dict[str, Any]) -> None:
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        for number, (old, new) in enumerate(((".Top", ".New"), (".New", ".Newer"))):
            rename(mail, old, new)
            message = new_message(f"Subject: created {number}\n\nA line.\n".encode())
            boxes = dict.fromkeys([tree["Top/One"]], True)
            transaction.create({"mailboxIds": boxes, "keywords": {}, "receivedAt": None, "message": message})
    assert mail.boxes("created 0") == mail.boxes("created 1") == {"Newer/One"}
    assert mail.verify() == []


def test_renamed_when_all_is_about_to_be_committed(mail: Mail, tree: dict[str, Any]) -> None:
    """A new message gets its name then."""
    message, doomed = new_message(b"Subject: created\n\nA line.\n"), mail.emails()["in .Top"]["id"]
    boxes = dict.fromkeys([tree["Top/One"]], True)
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.create({"mailboxIds": boxes, "keywords": {}, "receivedAt": None, "message": message})
        transaction.destroy(doomed)
        rename(mail, ".Top", ".New")
    assert mail.boxes("created") == {"New/One"}
    assert "in .Top" not in mail.emails()
    assert mail.verify() == []
