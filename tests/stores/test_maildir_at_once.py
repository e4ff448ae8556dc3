"""A delivery in the very moment in which we take another message out of new/ is seen by the next request."""

import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import maildir_scan, maildir_write
from jmapd.stores.maildir_intake import Intake
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "4.6")


def test_delivered_while_another_message_is_flagged(mail: Mail) -> None:
    mail.deliver("One", flags=None)
    mail.age()
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
        mail.deliver("Two", flags=None)
    assert mail.emails().keys() == {"One", "Two"}
    assert mail.keywords("One") == {"$seen"}


@pytest.mark.parametrize("times", [1, 2, 3])
def test_renamed_before_it_could_be_read(mail: Mail, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """A mail reader takes a new message out of new/, and flags it, while we list and read the folder."""
    mail.deliver("One")
    mail.age()
    mail.emails()
    path, parse, left = mail.deliver("Two", flags=None), Intake.parse, [times]

    def parsed(*given: Any) -> Any:
        nonlocal path
        if left[0] and len(given[1]) > 0:
            left[0] -= 1
            flags = "RS"[: times - left[0]]
            path = path.rename(mail.root / "cur" / f"{path.name.partition(':')[0]}:2,{flags}{'F' * left[0]}")
        return parse(*given)

    monkeypatch.setattr(Intake, "parse", parsed)
    assert mail.emails().keys() == {"One", "Two"}
    assert left == [0]
    assert mail.verify() == []


def test_an_inode_that_is_used_again(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message to be destroyed was flagged by another program; a new one is delivered while we look for it."""
    doomed = mail.deliver("Doomed", flags="")
    mail.folder(".Work")
    record = mail.emails()["Doomed"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.destroy(record["id"])
        inode = doomed.stat().st_ino
        doomed = doomed.rename(doomed.with_name(doomed.name + "S"))
        fresh = mail.deliver("Fresh", ".Work", flags=None)
        monkeypatch.setattr(os.path, "samestat", lambda *_: True)
        monkeypatch.setattr(maildir_write.os, "scandir", lambda path: Entries(path, inode))
    monkeypatch.undo()
    assert fresh.exists() and not doomed.exists()
    assert mail.emails().keys() == {"Fresh"}


class Entries:
    """A directory in which each file has one inode number."""

    def __init__(self, path: str, inode: int) -> None:
        self.path, self.inode = path, inode

    def __enter__(self) -> Any:
        # os.scandir is what this stands for, and Path.iterdir may call it
        return [Entry(f"{self.path}/{name}", self.inode) for name in os.listdir(self.path)]  # noqa: PTH208

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


class Entry:
    """As os.DirEntry."""

    def __init__(self, path: str, inode: int) -> None:
        self.path, self._inode = path, inode

    def inode(self) -> int:
        return self._inode

    def stat(self, **_: Any) -> os.stat_result:
        return Path(self.path).stat()


def test_what_dovecot_does_while_we_wait_for_its_lock(mail: Mail) -> None:
    path, one = mail.deliver("Two", flags=""), mail.deliver("One", flags="")
    (mail.root / "dovecot-uidlist").write_text("3 V1 N1 G0123456789abcdef0123456789abcdef\n")
    mail.age()
    record, lock = mail.emails()["One"], mail.root / "dovecot-uidlist.lock"
    lock.write_text(f"{os.getppid()}:{socket.gethostname()}")

    def work() -> None:
        path.rename(path.with_name(f"{path.name}S"))
        lock.unlink()

    timer = threading.Timer(0.1, work)
    timer.start()
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.update(record["id"], record | {"keywords": {"$flagged": True}}, {"keywords"})
    timer.join()
    assert not one.exists()
    assert (mail.keywords("One"), mail.keywords("Two")) == ({"$flagged"}, {"$seen"})


@pytest.mark.parametrize("part", ["new", "cur"])
def test_moved_to_what_was_listed_already(mail: Mail, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Between the listings of new/ and of cur/, in each of the first looks: it is in neither of them."""
    path = mail.deliver("One", flags="S" if part == "cur" else None)
    mail.age()
    emails, listdir, left = mail.emails(), os.listdir, [5]
    for each in ("new", "cur"):
        (mail.root / each / ".changed").touch()
    state = mail.account.index.state("Email")

    def listed(directory: str) -> list[str]:
        nonlocal path
        names = listdir(directory)
        if left[0] and path.name not in names:
            left[0] -= 1
            path = path.rename(Path(directory) / path.name)
        return names

    monkeypatch.setattr(maildir_scan.os, "listdir", listed)
    assert mail.emails() == emails
    monkeypatch.undo()
    with mail.account.session():
        changes = mail.account.store("Email").changes(state)
    assert (changes.created, changes.destroyed) == ([], [])
