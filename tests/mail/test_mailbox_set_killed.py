"""Mailbox/set that is killed, or fails, at each step of its way to the disk."""

import os
import shutil
import time

import pytest

from jmapd.files import atomic
from jmapd.index.account import AccountIndex
from jmapd.stores import rebuild
from jmapd.stores.maildir import MaildirAccount
from tests.mail.mailbox_trees import Trees, layouts

pytestmark = pytest.mark.rfc("8621", "2.5")
STEPS = [(atomic, "rename_new"), (os, "mkdir"), (os, "rmdir"), (os, "rename"), (os, "unlink"), (shutil, "rmtree"),
         (AccountIndex, "commit"), (atomic, "sync_folder")]  # fmt: skip


STRIDES = {"maildir++": 1, "fs": 3, "legacy": 4}  # all steps of the first, samples of the others


class Steps:
    """Lets `count` steps pass, then ends what goes on."""

    def __init__(self, count, end):
        self.left, self.end, self.has_ended = count, end, False

    def watch(self, patch):
        for owner, name in STEPS:
            patch(owner, name, self.around(getattr(owner, name)))

    def around(self, function):
        def step(*arguments, **more):
            if self.left == 0 and not self.has_ended:
                self.has_ended = True
                self.end()
            self.left -= 1
            return function(*arguments, **more)

        return step


def prepared(folder, layout):
    """A tree with mail in it, and a call that changes all of it."""
    trees = Trees(folder, layout)
    (trees.root / "subscriptions").write_text("V\t2\n\nA\nD\n")
    trees.make("A", "A/x", "A/x/y", "B", "B/z", "D", "D/e")
    dot = {"maildir++": (".", "."), "fs": ("", "/"), "legacy": ("", "/.")}[layout]

    def place(path):
        return trees.root / (dot[0] + path.replace("/", dot[1]))

    for path in ("A", "A/x", "A/x/y", "B/z"):
        trees.put(path, place(path), "F")
    trees.put("inbox", trees.root)
    trees.put("gone", place("D"))
    kept = trees.put("kept", place("D/e"), "S")
    os.link(kept, trees.root / "cur" / "1700000000.twin.host:2,F")
    trees.subjects()
    ids = trees.ids_by_path()
    call = {
        "create": {"n": {"name": "D"}, "m": {"name": "New", "parentId": "#n"}},
        "update": {ids["A"]: {"name": "B"}, ids["B"]: {"name": "A"}, ids["A/x"]: {"parentId": ids["B/z"]}},
        "destroy": [ids["D"], ids["D/e"]],
        "onDestroyRemoveEmails": True,
    }
    return trees, call


BEFORE = {
    "A": {"A"}, "A/x": {"A/x"}, "A/x/y": {"A/x/y"}, "B/z": {"B/z"}, "inbox": {"Inbox"}, "gone": {"D"},
    "kept": {"D/e", "Inbox"},
}  # fmt: skip
AFTER = {
    "A": {"B"}, "A/x": {"A/z/x"}, "A/x/y": {"A/z/x/y"}, "B/z": {"A/z"}, "inbox": {"Inbox"}, "kept": {"Inbox"},
}  # fmt: skip


def account(trees):
    options = {"mail.layout": trees.layout}
    state = trees.root.parents[1] / "state" / "alice"
    return MaildirAccount("alice", "alice", "alice", trees.root, state, options)


def swept(trees):
    """After the sidecar's pass nothing of ours is left in any tmp/, and index and files agree."""
    with account(trees).session():
        pass
    rebuild.bring_up(account(trees))
    assert not list(trees.root.rglob("jmapd-*"))
    assert rebuild.verify(account(trees), is_thorough=True) == []


@layouts
def test_killed_at_each_step_no_message_is_lost(tmp_path, layout):
    count, is_done = 0, False
    while not is_done:
        trees, call = prepared(tmp_path / str(count), layout)
        child = os.fork()
        if child == 0:
            Steps(count, lambda: os._exit(9)).watch(setattr)
            answer = trees.change(**call)
            os._exit(0 if not any(answer[name] for name in ("notCreated", "notUpdated", "notDestroyed")) else 1)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, 9)
        trees.start()
        found = trees.subjects()
        assert found.keys() - {"gone"} == AFTER.keys(), count
        flagged = trees.call("Email/query", {"filter": {"hasKeyword": "$flagged"}})["ids"]
        assert len(flagged) == 5, count  # nothing has lost its keywords
        swept(trees)
        trees.start()
        # a message of the folder that went which is younger than clocks are exact may be in INBOX
        assert {key: boxes for key, boxes in trees.subjects().items() if key != "gone" or "gone" in found} == found
        is_done, count = code == 0, count + STRIDES[layout]
    assert found == AFTER and count > 20


@layouts
def test_failing_at_each_step_leaves_all_as_it_was(tmp_path, layout, monkeypatch):
    """Up to the commit; a failure after it is only a folder that stays until somebody looks again."""

    def fail():
        raise PermissionError(13, "refused")

    count, is_done = 0, False
    while not is_done:
        trees, call = prepared(tmp_path / str(count), layout)
        listed, before, boxes = trees.root / "subscriptions", trees.disk(), trees.boxes()
        text = listed.read_text()
        steps = Steps(count, fail)
        with monkeypatch.context() as patch:
            steps.watch(patch.setattr)
            name, answer, _ = trees.request([["Mailbox/set", {"accountId": "alice"} | call]])[0]
        is_done = not steps.has_ended
        if name == "error":
            assert answer["type"] in ("serverFail", "serverUnavailable"), answer
            assert listed.read_text() == text and trees.boxes() == boxes, count
            assert trees.disk() | {"subscriptions": 0} == before | {"subscriptions": 0}, count
        trees.start()
        assert trees.subjects().keys() >= AFTER.keys(), count
        swept(trees)
        count += 1 + STRIDES[layout]
    assert trees.subjects() == AFTER and count > 20


def test_what_is_left_of_a_folder_is_cleared_and_new_mail_saved(trees):
    for name, received in (("jmapd-removed.1000", "late"), ("jmapd-new.1000", "")):
        aside = trees.root / "tmp" / f"{name}.abcd"
        for part in ("cur", "new", "tmp"):
            (aside / part).mkdir(parents=True)
        if received:
            (aside / "new" / "5.x,S=1").write_text("Subject: late\n\nx\n")
    old = trees.root / "tmp" / f"jmapd-removed.{time.time_ns() + 10**12}.abcd"
    for part in ("cur", "new", "tmp"):
        (old / part).mkdir(parents=True)
    (old / "cur" / "6.x:2,").write_text("Subject: old\n\nx\n")
    rebuild.bring_up(account(trees))
    assert trees.subjects() == {"late": {"Inbox"}}
    assert list((trees.root / "tmp").iterdir()) == []
