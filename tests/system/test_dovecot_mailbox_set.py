"""Folders by Mailbox/set beside Dovecot: made, renamed, moved, subscribed to and removed on either side."""

from typing import Any

import pytest

from .jmap import Jmap
from .peers import Dovecot, append, checked, fetched, listed
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "2.5")]


class Folders:
    """What both sides have."""

    def __init__(self, jmap: Jmap, dovecot: Dovecot) -> None:
        self.jmap, self.dovecot = jmap, dovecot

    def make(self, name: str, above: str | None = None, **more: Any) -> str:
        return str(self.jmap.created("Mailbox/set", {"name": name, "parentId": above} | more)["id"])

    def update(self, id: str, **patch: Any) -> None:
        answer = self.jmap.call("Mailbox/set", update={id: patch})
        assert id in (answer["updated"] or {}), answer

    def by_imap(self, is_subscribed: bool = False) -> set[str]:
        with self.dovecot.imap() as imap:
            return listed(imap, is_subscribed)

    def append(self, subject: str, mailbox: str, flags: str = "") -> None:
        with self.dovecot.imap() as imap:
            append(imap, subject, flags, mailbox)


@pytest.fixture
def folders(beside_dovecot: Gunicorn, dovecot: Dovecot) -> Folders:
    with dovecot.imap() as imap:
        append(imap, "in the inbox")
    return Folders(Jmap(beside_dovecot), dovecot)


def test_made_by_jmap_and_used_by_imap(folders: Folders) -> None:
    top = folders.make("Überlisten")
    below = folders.make("a & b", top, isSubscribed=False)
    assert folders.by_imap() == {"INBOX", "&ANw-berlisten", "&ANw-berlisten.a &- b"}
    folders.append("inside", '"&ANw-berlisten.a &- b"', "Work")
    email = folders.jmap.by_subject()["inside"]
    assert (email["mailboxIds"], email["keywords"]) == ({below: True}, {"work": True})
    boxes = folders.jmap.mailboxes()
    assert (boxes["Überlisten"]["id"], boxes["a & b"]["id"]) == (top, below)


def test_renamed_and_moved_by_jmap(folders: Folders) -> None:
    """Uids, keywords and ids stay; an open session goes on."""
    one, two = folders.make("One"), folders.make("Two")
    child = folders.make("Child", one)
    for number in range(3):
        folders.append(f"n{number}", "One.Child", "Work \\Flagged")
    before, emails = fetched(folders.dovecot, "One.Child"), folders.jmap.by_subject()
    folders.update(one, name="Uno")
    assert folders.by_imap() == {"INBOX", "Uno", "Uno.Child", "Two"}
    assert fetched(folders.dovecot, "Uno.Child") == before
    folders.update(child, parentId=two, name="Kind")
    assert folders.by_imap() == {"INBOX", "Uno", "Two", "Two.Kind"}
    assert fetched(folders.dovecot, "Two.Kind") == before
    folders.update(child, parentId=None)
    assert fetched(folders.dovecot, "Kind") == before
    assert folders.jmap.by_subject() == emails
    assert {box["id"] for box in folders.jmap.mailboxes().values()} >= {one, two, child}
    folders.append("later", "Kind")
    assert fetched(folders.dovecot, "Kind")["later"]["UID"] == 4


def test_renamed_by_one_after_the_other(folders: Folders) -> None:
    id = folders.make("Name0")
    folders.append("inside", "Name0")
    before = fetched(folders.dovecot, "Name0")
    for number in range(0, 6, 2):
        with folders.dovecot.imap() as imap:
            checked(imap.rename(f"Name{number}", f"Name{number + 1}"))
        assert folders.jmap.mailboxes()[f"Name{number + 1}"]["id"] == id
        folders.update(id, name=f"Name{number + 2}")
        assert folders.by_imap() == {"INBOX", f"Name{number + 2}"}
    assert fetched(folders.dovecot, "Name6") == before


def test_subscriptions_of_both(folders: Folders) -> None:
    ids = {name: folders.make(name, isSubscribed=False) for name in ("A", "B", "C")}
    with folders.dovecot.imap() as imap:
        checked(imap.subscribe("A"))
        checked(imap.subscribe("B"))
    folders.update(ids["A"], isSubscribed=False)
    folders.update(ids["C"], isSubscribed=True)
    assert folders.by_imap(is_subscribed=True) - {"INBOX"} == {"B", "C"}
    with folders.dovecot.imap() as imap:
        checked(imap.unsubscribe("C"))
    wanted = {"A": False, "B": True, "C": False}
    assert {name: box["isSubscribed"] for name, box in folders.jmap.mailboxes().items() if name in wanted} == wanted
    folders.update(ids["B"], name="B2")
    assert folders.jmap.mailboxes()["B2"]["isSubscribed"]
    assert "B2" in folders.by_imap(is_subscribed=True)


def test_destroyed_by_jmap(folders: Folders) -> None:
    """What is also elsewhere stays there."""
    gone, kept = folders.make("Gone"), folders.make("Kept")
    for subject in ("only here", "both"):
        folders.append(subject, "Gone", "Work")
    emails = folders.jmap.by_subject()
    folders.jmap.update(emails["both"]["id"], mailboxIds={gone: True, kept: True})
    uid = fetched(folders.dovecot, "Kept")["both"]["UID"]
    answer = folders.jmap.call("Mailbox/set", destroy=[gone])
    assert answer["notDestroyed"][gone]["type"] == "mailboxHasEmail"
    answer = folders.jmap.call("Mailbox/set", destroy=[gone], onDestroyRemoveEmails=True)
    assert answer["destroyed"] == [gone]
    assert folders.by_imap() == {"INBOX", "Kept"}
    assert fetched(folders.dovecot, "Kept") == {"both": fetched(folders.dovecot, "Kept")["both"] | {"UID": uid}}
    assert folders.jmap.by_subject().keys() == {"in the inbox", "both"}
    with folders.dovecot.imap() as imap:  # the name is free again, for both
        checked(imap.create("Gone"))
    assert fetched(folders.dovecot, "Gone") == {}
    assert folders.jmap.mailboxes()["Gone"]["id"] != gone


def test_deleted_by_imap_and_made_again_by_jmap(folders: Folders) -> None:
    first = folders.make("Again")
    folders.append("first", "Again")
    with folders.dovecot.imap() as imap:
        checked(imap.delete("Again"))
    assert folders.jmap.by_subject().keys() == {"in the inbox"}
    second = folders.make("Again")
    assert second != first
    folders.append("second", "Again")
    assert fetched(folders.dovecot, "Again").keys() == {"second"}
    assert folders.jmap.by_subject()["second"]["mailboxIds"] == {second: True}
