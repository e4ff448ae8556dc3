"""The lock file that guards Dovecot's scans: taken, waited for, and removed when its owner is no more."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jmapd.stores import dovecot
from jmapd.stores.base import StoreUnavailable


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / dovecot.UIDLIST).write_text("3 V1 N1\n")
    monkeypatch.setattr(dovecot, "WAIT_SECONDS", 0.05)
    return tmp_path / "dovecot-uidlist.lock"


def test_it_says_who_holds_it_and_goes(lock: Path) -> None:
    with dovecot.uidlist_lock(lock.parent):
        assert lock.read_text() == f"{os.getpid()}:{socket.gethostname()}"
    assert not lock.exists()


def test_it_is_made_without_proc_and_nameless_files_too(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "no /proc")

    monkeypatch.setattr(os, "link", refuse)
    with dovecot.uidlist_lock(lock.parent):
        assert lock.read_text() == f"{os.getpid()}:{socket.gethostname()}"
        with pytest.raises(StoreUnavailable), dovecot.uidlist_lock(lock.parent):
            pass
    assert not lock.exists()


def test_without_a_list_there_is_no_lock(tmp_path: Path) -> None:
    with dovecot.uidlist_lock(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_of_a_process_that_is_no_more_it_is_removed(lock: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    lock.write_text(f"{process.pid}:{socket.gethostname()}")
    with dovecot.uidlist_lock(lock.parent):
        assert lock.read_text().startswith(f"{os.getpid()}:")
    assert not lock.exists()


@pytest.mark.parametrize(
    "content", [f"{os.getppid()}:{socket.gethostname()}", "1:elsewhere.example", "", "x", ":", "0:"]
)
def test_of_others_it_is_waited_for(lock: Path, content: str) -> None:
    lock.write_text(content)
    with pytest.raises(StoreUnavailable), dovecot.uidlist_lock(lock.parent):
        pass
    assert lock.read_text() == content


def test_what_nobody_has_touched_for_two_minutes_is_removed(lock: Path) -> None:
    lock.write_text("1:elsewhere.example")
    old = lock.stat().st_mtime - dovecot.STALE_SECONDS - 5
    os.utime(lock, (old, old))
    with dovecot.uidlist_lock(lock.parent):
        assert lock.read_text().startswith(f"{os.getpid()}:")


def test_of_a_folder_that_is_removed_just_now(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As IMAP's DELETE does; whoever wants it is told that the folder is gone, and not that it is forbidden."""
    has_uidlist = dovecot.has_uidlist

    def removed(folder: Path) -> bool:
        found = has_uidlist(folder)
        (folder / dovecot.UIDLIST).unlink()
        lock.parent.rmdir()
        return found

    descriptor = os.open(lock.parent, os.O_RDONLY | os.O_DIRECTORY)
    monkeypatch.setattr(dovecot, "has_uidlist", removed)
    with pytest.raises(FileNotFoundError), dovecot.uidlist_lock(Path(f"/proc/self/fd/{descriptor}")):
        pass
    os.close(descriptor)


@pytest.mark.parametrize("has_proc", [True, False])
def test_it_goes_although_the_folder_is_renamed(lock: Path, monkeypatch: pytest.MonkeyPatch, has_proc: bool) -> None:
    """By IMAP's RENAME: a lock file that stayed would keep Dovecot out of the folder for two minutes."""

    def refuse(*_: object, **__: object) -> None:
        raise FileNotFoundError(errno.ENOENT, "no /proc")

    if not has_proc:
        monkeypatch.setattr(os, "link", refuse)
    renamed = lock.parent.with_name(f"{lock.parent.name} renamed")
    with dovecot.uidlist_lock(lock.parent):
        lock.parent.rename(renamed)
        assert (renamed / lock.name).exists()
    assert [path.name for path in renamed.iterdir()] == [dovecot.UIDLIST]
