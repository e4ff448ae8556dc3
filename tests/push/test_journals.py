"""Journals are followed where inotify does not help, too."""

import errno
import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.push import journals
from jmapd.push.journals import Journals
from tests.conftest import MailHost
from tests.push.stream import Events

pytestmark = pytest.mark.rfc("8620", "7.1")


def refused(*_: Any) -> Any:
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize("what", [None, "INotify"])
def test_without_inotify(make_mailhost: Any, what: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none, or fs.inotify.max_user_instances is reached."""
    if what is None:
        monkeypatch.setattr(journals, "inotify_simple", None)
    else:
        monkeypatch.setattr(f"inotify_simple.{what}", refused)
    host: MailHost = make_mailhost()
    events = Events(host)
    state = host.call("Mailbox/set", {"create": {"a": {"name": "A"}}})["newState"]
    started = time.monotonic()
    assert events.changed()["alice"]["Mailbox"] == state
    assert time.monotonic() - started < 2 * journals.LOOK_SECONDS + 1
    host.deliver("Subject: one\n\n", new=True)
    assert "EmailDelivery" in events.changed()["alice"]


def test_too_many_watches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fs.inotify.max_user_watches is reached: the rest is looked at."""
    monkeypatch.setattr("inotify_simple.INotify.add_watch", refused)
    followed = Journals()
    followed.follow({tmp_path})
    (tmp_path / "journal.1").write_bytes(b"x")
    (tmp_path / "CURRENT").write_bytes(b"1")
    assert followed.wait(5) == {tmp_path}
    assert followed.wait(0) == set()
    followed.close()


def test_a_folder_that_goes_and_comes_back(tmp_path: Path) -> None:
    folder, followed = tmp_path / "a", Journals()
    folder.mkdir()
    followed.follow({folder})
    folder.rmdir()
    assert followed.wait(5) == {folder}
    folder.mkdir()
    (folder / "CURRENT").write_bytes(b"1")
    assert followed.wait(5) == {folder}
    with (folder / "journal.1").open("ab") as journal:
        journal.write(b"x")
    assert followed.wait(5) == {folder}
    followed.close()
