"""What the file system forbids: folders and files that may not be read or written, links to other users' mail."""

import codecs
import os
import shutil
import stat
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jmapd.stores import rebuild
from jmapd.stores.base import ReadOnly, StoreUnavailable
from jmapd.stores.maildir import MaildirAccount
from tests.stores.maildir_files import Mail

NOBODY = 65534


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def as_nobody(mail: Mail, work: Callable[[], None]) -> None:
    """Runs `work` in a process that is not root, to whom everything here belongs."""
    if os.geteuid() != 0:
        work()
        return
    top = mail.root.parent
    for path in (top, *top.rglob("*")):
        if path != top / "root-owned":
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    above = [path for path in top.parents if path.stat().st_mode & 0o001 == 0]
    for path in above:
        path.chmod(path.stat().st_mode | 0o011)
    codecs.lookup("ascii")  # he may not be able to read Python's own files later
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.rfc("8621", "2")
def test_a_folder_that_may_not_be_looked_into_stays(mail: Mail) -> None:
    mail.deliver("One")
    mail.deliver("Two", ".Work")
    mail.age()

    def work() -> None:
        mail.account = mail.open()
        before = mail.mailboxes()
        emails = mail.emails()
        (mail.root / ".Work").chmod(0)
        (mail.root / ".New" / "cur").mkdir(parents=True)  # so that all folders are looked for
        assert mail.mailboxes().keys() == {"Inbox", "Work", "New"}
        assert mail.emails().keys() == {"One", "Two"}
        (mail.root / ".Work").chmod(0o700)
        (mail.root / ".New" / "cur").rmdir()
        (mail.root / ".New").rmdir()
        assert mail.mailboxes() == before
        assert mail.emails() == emails
        assert mail.verify() == []

    as_nobody(mail, work)


@pytest.mark.rfc("8620", "3.6.2")
def test_a_maildir_that_may_not_be_reached(mail: Mail) -> None:
    mail.deliver("One")

    def work() -> None:
        mail.root.chmod(0)
        with pytest.raises(StoreUnavailable):
            mail.emails(mail.open())
        mail.root.chmod(0o700)
        closed = mail.root / "home"
        closed.mkdir(mode=0)
        account = MaildirAccount("bob", "bob", "bob", closed / "Maildir", mail.state_dir.with_name("other"))
        assert not account.is_read_only
        with pytest.raises(StoreUnavailable):
            mail.emails(account)
        closed.rmdir()

    as_nobody(mail, work)


@pytest.mark.rfc("8621", "4.6")
def test_folders_that_may_not_be_written(mail: Mail) -> None:
    mail.deliver("One")
    mail.deliver("Two", ".Work")

    def work() -> None:
        mail.account = mail.open()
        before = mail.emails()
        (mail.root / ".Work" / "cur").chmod(0o500)
        for change in (
            lambda: mail.destroy("Two"),
            lambda: mail.update("Two", keywords={"$seen"}),
            lambda: mail.update("Two", mailboxIds=before["One"]["mailboxIds"]),
            lambda: mail.update("One", mailboxIds=before["Two"]["mailboxIds"]),
        ):
            with pytest.raises(ReadOnly):
                change()
        assert mail.emails() == before
        (mail.root / ".Work" / "cur").chmod(0o700)
        mail.root.chmod(0o500)
        assert mail.account.is_read_only
        mail.root.chmod(0o700)
        assert not mail.account.is_read_only

    as_nobody(mail, work)


@pytest.mark.rfc("8621", "4.2")
def test_a_message_that_may_not_be_read_is_tried_again(mail: Mail) -> None:
    path = mail.deliver("One")
    mail.deliver("Two")
    path.chmod(0)
    mail.age()

    def work() -> None:
        mail.account = mail.open()
        assert mail.emails().keys() == {"Two"}
        path.chmod(0o600)
        rebuild.bring_up(mail.account)
        assert mail.emails().keys() == {"One", "Two"}

    as_nobody(mail, work)


@pytest.mark.rfc("8621", "8")
def test_links_to_what_belongs_to_another_user(mail: Mail, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make files of two users")
    other = tmp_path / "root-owned"
    (other / "cur").mkdir(parents=True)
    other.chmod(0o755)
    (other / "cur" / "1:2,").write_text("Subject: Secret\n\nNot alice's.\n")
    (other / "cur" / "1:2,").chmod(0o644)
    mail.deliver("One")
    own = mail.deliver("Two").rename(tmp_path / "two")
    (mail.root / "cur" / "own:2,S").symlink_to(own)
    (mail.root / "cur" / "theirs:2,S").symlink_to(other / "cur" / "1:2,")
    (mail.root / ".Theirs").symlink_to(other)
    mail.folder(".Cur")
    (mail.root / ".Cur" / "cur").rmdir()
    (mail.root / ".Cur" / "cur").symlink_to(other / "cur")
    for path in mail.root.rglob("*"):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    os.chown(own, NOBODY, NOBODY)
    assert mail.emails().keys() == {"One", "Two"}
    assert mail.mailboxes().keys() == {"Inbox"}
    (mail.root / ".Theirs").unlink()
    shutil.rmtree(mail.root / ".Cur")
    mail.folder(".Later")
    assert "Later" in mail.mailboxes()
    (mail.root / ".Later" / "cur").rmdir()
    (mail.root / ".Later" / "cur").symlink_to(other / "cur")
    os.chown(mail.root / ".Later" / "cur", NOBODY, NOBODY, follow_symlinks=False)
    assert mail.emails().keys() == {"One", "Two"}
    later = (mail.root / ".Later").rename(tmp_path / "later")
    assert mail.mailboxes().keys() == {"Inbox"}
    assert later.exists()
    (mail.root / "cur" / "theirs:2,S").unlink()
    mail.folder(".Work")
    mail.update("Two", mailboxIds={mail.mailboxes()["Work"]["id"]})
    assert own.exists()
    assert mail.boxes("Two") == {"Work"}


def test_what_is_kept_is_for_nobody_else(mail: Mail) -> None:
    mail.deliver("One")
    with umask(0):
        mail.emails()
        mail.update("One", keywords={"$seen"})
        rebuild.bring_up(mail.account, want_compact=True)
        mail.account.uploads.put([b"upload"], 100)
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in (mail.state_dir, *mail.state_dir.rglob("*"))}
    assert {path.name for path in found} >= {"text.sqlite", "objects.json", "blobs", "CURRENT"}
    assert {str(path): oct(mode) for path, mode in found.items() if mode & 0o077} == {}
