"""Mailbox/set on a Maildir that Dovecot and mbsync use, too: what they see of names, places and subscriptions."""

import subprocess

import pytest

from .jmap import Jmap
from .mbsync import CONF
from .peers import Dovecot, append, checked, fetched, listed
from .web import Gunicorn, program

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "2.5")]
NAMES = {"Dr. Smith": "Dr&ICQ- Smith", "a/b": "a&IhU-b", "~x": "&Ijw-x", "Entwürfe": "Entw&APw-rfe", "R&D": "R&-D"}


def test_names_places_and_uids(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    jmap = Jmap(beside_dovecot)
    made = jmap.call("Mailbox/set", create={name: {"name": name} for name in NAMES})["created"]
    ids = {name: made[name]["id"] for name in NAMES}
    inbox = jmap.mailboxes()["Inbox"]["id"]
    inner = jmap.created("Mailbox/set", {"name": "Below", "parentId": inbox})["id"]
    with dovecot.imap() as imap:
        raw = [line.decode() for line in checked(imap.list()) if isinstance(line, bytes)]
        assert all(any(stored in line for line in raw) for stored in (*NAMES.values(), "INBOX.Below"))
        for stored in (*NAMES.values(), "INBOX.Below"):
            checked(imap.select(f'"{stored}"'))
        append(imap, "one", "\\Seen Work", '"Dr&ICQ- Smith"')
        checked(imap.create('"Dr&ICQ- Smith.Sub"'))
        append(imap, "two", "\\Flagged", '"Dr&ICQ- Smith.Sub"')
    uids = {name: fetched(dovecot, name) for name in ("Dr&ICQ- Smith", "Dr&ICQ- Smith.Sub")}
    jmap.call("Mailbox/set", update={ids["Dr. Smith"]: {"name": "Doctors", "parentId": inner}})
    after = {name: fetched(dovecot, name) for name in ("INBOX.Below.Doctors", "INBOX.Below.Doctors.Sub")}
    assert list(after.values()) == list(uids.values())  # UIDs, flags and keywords as they were
    with dovecot.imap() as imap:
        checked(imap.rename("INBOX.Below.Doctors", "Physicians"))
    boxes = jmap.mailboxes()
    assert boxes["Physicians"]["id"] == ids["Dr. Smith"] and boxes["Sub"]["parentId"] == ids["Dr. Smith"]
    answer = jmap.call("Mailbox/set", destroy=[boxes["Sub"]["id"], ids["Dr. Smith"], inner], onDestroyRemoveEmails=True)
    assert answer["notDestroyed"] is None
    with dovecot.imap() as imap:
        names = listed(imap)
        assert not names & {"Physicians", "Physicians.Sub", "INBOX.Below"}
        append(imap, "three")
    assert jmap.by_subject().keys() == {"three"}


def test_subscriptions(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    jmap = Jmap(beside_dovecot)
    with dovecot.imap() as imap:
        for name in ("INBOX", "Work", "Other"):
            imap.create(name)
            checked(imap.subscribe(name))
    jmap.created("Mailbox/set", {"name": "New"})
    work = jmap.mailboxes()["Work"]["id"]
    jmap.call("Mailbox/set", update={work: {"name": "Jobs"}, jmap.mailboxes()["Other"]["id"]: {"isSubscribed": False}})
    with dovecot.imap() as imap:
        assert listed(imap, is_subscribed=True) == {"INBOX", "New", "Jobs"}
        checked(imap.unsubscribe("Jobs"))
    assert not jmap.mailboxes()["Jobs"]["isSubscribed"]
    jmap.call("Mailbox/set", destroy=[work, jmap.mailboxes()["New"]["id"]])
    with dovecot.imap() as imap:
        assert listed(imap, is_subscribed=True) == {"INBOX"}


def test_what_mbsync_lists(beside_dovecot: Gunicorn, dovecot: Dovecot) -> None:
    jmap = Jmap(beside_dovecot)
    made = jmap.call("Mailbox/set", create={"a": {"name": "A"}, "b": {"name": "Dr. S", "parentId": "#a"}})["created"]
    conf = dovecot.folder / "list.rc"
    conf.write_text(CONF.format(port=dovecot.port, maildir=dovecot.maildir, altmap="no", patterns="*"))
    command = [*dovecot.user.prefix, program("mbsync"), "-c", str(conf), "-l", "all"]

    def boxes() -> set[str]:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=dovecot.folder)
        return set(done.stdout.split("\n")) - {""}

    assert boxes() == {"INBOX", "A", "A/Dr&ICQ- S"}
    jmap.call("Mailbox/set", destroy=[made["b"]["id"]])
    assert boxes() == {"INBOX", "A"}
