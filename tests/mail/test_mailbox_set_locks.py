"""Mailbox/set waits for who holds Dovecot's lock of a folder: a lock file that went along would never be let go."""

import os
import socket
import threading

import pytest

from jmapd.stores import dovecot
from tests.mail.mailbox_trees import layouts

pytestmark = pytest.mark.rfc("8621", "2.5")


def path_of(trees, name):
    below = {"maildir++": ".", "fs": "/", "legacy": "/."}[trees.layout]
    return trees.root / (("." if trees.layout == "maildir++" else "") + name.replace(".", below))


def hold(folder):
    """As Dovecot does, in a folder that has no list yet; let go after a while, by its path."""
    lock = folder / "dovecot-uidlist.lock"
    lock.write_text(f"{os.getppid()}:{socket.gethostname()}")
    timer = threading.Timer(0.2, lock.unlink)
    timer.start()
    return timer


@layouts
@pytest.mark.parametrize("held", ["Old", "Old.Below"])
def test_renamed_when_the_lock_is_free(make_trees, layout, held):
    trees = make_trees(layout)
    trees.make("Old", "Old/Below")
    ids = trees.ids_by_path()
    timer = hold(path_of(trees, held))
    assert trees.call("Mailbox/set", {"update": {ids["Old"]: {"name": "New"}}})["updated"]
    timer.join()
    assert not list(trees.root.rglob("*.lock"))
    assert trees.ids_by_path().keys() == {"Inbox", "New", "New/Below"}


@layouts
def test_destroyed_when_the_lock_is_free(make_trees, layout):
    trees = make_trees(layout)
    trees.make("Old")
    timer = hold(path_of(trees, "Old"))
    assert trees.call("Mailbox/set", {"destroy": [trees.ids_by_path()["Old"]]})["destroyed"]
    timer.join()
    assert not path_of(trees, "Old").exists()


def test_not_renamed_while_it_is_held(make_trees, monkeypatch):
    monkeypatch.setattr(dovecot, "WAIT_SECONDS", 0.05)
    trees = make_trees("maildir++")
    trees.make("Old")
    timer = hold(path_of(trees, "Old"))
    answer = trees.error("Mailbox/set", {"update": {trees.ids_by_path()["Old"]: {"name": "New"}}})
    assert answer["type"] == "serverUnavailable"
    timer.join()
    assert path_of(trees, "Old").is_dir()
