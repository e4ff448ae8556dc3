"""Other programs that move, flag or remove a file while it is being written, and being killed in between."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from jmapd.files import atomic
from jmapd.stores.base import ReadOnly, RecordNotFound, StoreUnavailable
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "4.6")


class Killed(BaseException):
    """Nothing after it runs."""


def boxes(mail: Mail, *paths: str) -> dict[str, bool]:
    found = mail.mailboxes()
    return {found[path]["id"]: True for path in paths}


def move(path: Path, target: str) -> None:
    """As a mail reader does: another folder, another base."""
    path.rename(path.parents[1] / target / "cur" / "1700000099.M9P9.example:2,F")


def test_flags_of_a_message_that_was_moved_to_another_folder(mail: Mail) -> None:
    path = mail.deliver("One", flags="")
    mail.deliver("Two", ".Work")
    mail.age()
    record, work = mail.emails()["One"], boxes(mail, "Work")
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        move(path, ".Work")
        transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
        assert transaction.get(record["id"])["mailboxIds"] == work
    assert mail.boxes("One") == {"Work"}
    assert mail.keywords("One") == {"$seen", "$flagged"}
    assert "cur/1700000099.M9P9.example:2,FS" in mail.names(".Work")


def test_move_of_a_message_that_was_moved_elsewhere(mail: Mail) -> None:
    path = mail.deliver("One", flags="S")
    mail.folder(".Work")
    mail.folder(".Home")
    mail.age()
    record, home = mail.emails()["One"], boxes(mail, "Home")
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        move(path, ".Work")
        transaction.update(record["id"], record | {"mailboxIds": home}, {"mailboxIds"})
    assert mail.boxes("One") == {"Home"}
    assert (mail.names(), mail.names(".Work"), len(mail.names(".Home"))) == ([], [], 1)


def test_a_new_message_that_goes_from_new_to_cur_before_it_is_listed(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.deliver("One", flags="S")
    mail.age()
    assert set(mail.emails()) == {"One"}
    path, listdir = mail.deliver("Two", flags=None), os.listdir

    def overtaken(directory: str) -> list[str]:
        if directory.endswith("/new") and path.exists():
            path.rename(path.parents[1] / "cur" / f"{path.name}:2,")
        return listdir(directory)

    monkeypatch.setattr(os, "listdir", overtaken)
    assert set(mail.emails()) == {"One", "Two"}


def test_destroy_of_a_message_that_was_moved(mail: Mail) -> None:
    path = mail.deliver("One")
    mail.folder(".Work")
    mail.age()
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        move(path, ".Work")
        transaction.destroy(record["id"])
    assert mail.emails() == {}
    assert mail.names(".Work") == []


def test_destroy_of_a_message_that_gets_a_flag_before_it_is_removed(mail: Mail) -> None:
    path = mail.deliver("One")
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.destroy(record["id"])
        path.rename(path.with_name(path.name + "S"))
    assert mail.names() == []
    assert mail.emails() == {}


def test_destroy_of_a_message_that_is_moved_before_it_is_removed(mail: Mail) -> None:
    path = mail.deliver("One")
    mail.deliver("Two", ".Work")
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.destroy(record["id"])
        move(path, ".Work")
    assert mail.emails().keys() == {"Two"}
    assert len(mail.names(".Work")) == 1


def test_destroy_of_a_message_that_is_gone_already(mail: Mail) -> None:
    path = mail.deliver("One")
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        path.unlink()
        with pytest.raises(RecordNotFound):
            transaction.destroy(record["id"])


@pytest.mark.parametrize("step", ["index.account.AccountIndex.commit", "stores.maildir_write._unlink"])
def test_killed_while_destroying(mail: Mail, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mail.deliver("One", flags="S")
    mail.deliver("Two")
    mail.age()
    before = mail.emails()

    def kill(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(f"jmapd.{step}", kill)
        with pytest.raises(Killed):
            mail.destroy("One")
    assert path.exists()
    assert not list((mail.root / "tmp").iterdir())
    mail.account = mail.open()
    assert mail.emails() == before


def test_a_destroy_needs_no_listing_later(mail: Mail) -> None:
    mail.deliver("One")
    mail.deliver("Two")
    mail.age()
    mail.emails()
    mail.destroy("One")
    with mail.account.opened():
        assert mail.account.follower.watchlist.differences() == (False, {})
    assert mail.emails().keys() == {"Two"}


def test_two_names_of_one_base(mail: Mail) -> None:
    """As a program leaves them that was killed between link() and unlink()."""
    path = mail.deliver("One", flags="")
    os.link(path, path.with_name(path.name + "S"))
    mail.update("One", keywords={"$seen"})
    assert mail.keywords("One") == {"$seen"}
    mail.update("One", keywords={"$flagged"})
    assert mail.keywords("One") == {"$flagged"}
    assert len(mail.names()) == 2


def test_nothing_is_renamed_over_another_message(mail: Mail) -> None:
    path = mail.deliver("One", flags="")
    record = mail.emails()["One"]
    other = path.with_name(path.name + "S")
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        other.write_text("Subject: Two\n\nAnother message.\n")
        transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
    assert mail.emails().keys() == {"One", "Two"}
    assert other.read_text().startswith("Subject: Two")


def test_a_name_too_long_for_flags(mail: Mail) -> None:
    path = mail.deliver("One", flags=None)
    path.rename(path.with_name("x" * 250 + ",S=60"))
    mail.update("One", keywords={"$seen", "$flagged"})
    (name,) = mail.names()
    assert name.endswith(",S=60:2,FS")
    assert mail.keywords("One") == {"$seen", "$flagged"}


def test_rename_new_without_the_kernels_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    for has_help in (True, False):
        if not has_help:
            monkeypatch.setattr(atomic, "_libc", lambda: None)
        with pytest.raises(FileExistsError):
            atomic.rename_new(str(tmp_path / "a"), str(tmp_path / "b"))
        with pytest.raises(FileNotFoundError):
            atomic.rename_new(str(tmp_path / "none"), str(tmp_path / "c"))
    atomic.rename_new(str(tmp_path / "a"), str(tmp_path / "c"))
    assert (tmp_path / "c").read_text() == "a"


def test_a_file_system_without_links_and_one_elsewhere(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mail.deliver("One", flags="S")
    mail.folder(".Work")
    mail.folder(".Home")
    content, mtime = path.read_bytes(), path.stat().st_mtime_ns

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    def elsewhere(*_: Any) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    rename = atomic.rename_new
    monkeypatch.setattr(atomic.os, "link", refuse)
    work = set(boxes(mail, "Work"))
    mail.update("One", mailboxIds={*work, *boxes(mail, "Inbox")})
    (name,) = mail.names(".Work")
    copy = mail.root / ".Work" / name
    assert (copy.read_bytes(), copy.stat().st_mtime_ns) == (content, mtime)
    monkeypatch.setattr(
        atomic, "rename_new", lambda old, new: (elsewhere if "/cur/" in old and ".Home" in new else rename)(old, new)
    )
    mail.update("One", mailboxIds=set(boxes(mail, "Home")))
    assert mail.boxes("One") == {"Home"}
    assert (mail.names(), mail.names(".Work")) == ([], [])
    assert not list((mail.root / ".Home" / "tmp").iterdir())


def test_a_root_that_vanishes_is_not_made(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.deliver("One")
    mail.folder(".Work")
    record, work = mail.emails()["One"], boxes(mail, "Work")
    away = mail.root.with_name("away")
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        mail.root.rename(away)
        with pytest.raises(StoreUnavailable):
            transaction.update(record["id"], record | {"mailboxIds": work}, {"mailboxIds"})
    assert not mail.root.exists()
    with pytest.raises(StoreUnavailable):
        mail.emails()
    mail.root.mkdir()  # a mount point
    with pytest.raises(StoreUnavailable):
        mail.emails()
    mail.root.rmdir()
    away.rename(mail.root)
    assert mail.emails()["One"] == record


def test_a_directory_that_lets_nothing_be_removed(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.deliver("One")
    monkeypatch.setattr("jmapd.stores.maildir_write.os.access", lambda *_: False)
    with pytest.raises(ReadOnly):
        mail.destroy("One")
    assert len(mail.names()) == 1


def test_dovecots_lock_is_kept_alive_and_only_our_own_removed(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.deliver("One")
    (mail.root / "dovecot-uidlist").write_text("3 V1 N1\n")
    lock = mail.root / "dovecot-uidlist.lock"
    record = mail.emails()["One"]
    with mail.account.session(), mail.account.lock(), mail.account.store("Email").transaction() as transaction:
        transaction.update(record["id"], record | {"keywords": {"$seen": True}}, {"keywords"})
        os.utime(lock, (1, 1))
        monkeypatch.setattr("jmapd.stores.dovecot.TOUCH_SECONDS", -1)
        transaction.update(record["id"], record | {"keywords": {"$flagged": True}}, {"keywords"})
        assert lock.stat().st_mtime > 1
        lock.rename(lock.with_name("taken-over"))
        lock.write_text("1:another.example.org")
    assert lock.read_text() == "1:another.example.org"
