"""The commands of [junk]: what they are given, and what is done when they fail."""

import json
import stat
import time
from pathlib import Path

import pytest

from jmapd.config import ConfigError, flat, from_dict
from jmapd.protocol.accounts import Accounts
from jmapd.submission import learn
from jmapd.submission.learn import Learner

pytestmark = pytest.mark.rfc("8621", "4.1.1")
NOW = 2_000_000_000.0  # long after anything was said
PROGRAM = """#!/bin/sh
# Notes what it was told; answers the status that the file "status" has.
here=$(dirname "$0")
{ echo "call $*"; for file in "$@"; do [ -f "$file" ] && cat "$file"; done; cat; } >>"$here/$(basename "$0").log"
echo "no model yet" >&2
exit "$(cat "$here/status" 2>/dev/null || echo 0)"
"""


class Rig:
    """alice's server, two programs that learn, and a worker."""

    def __init__(self, make_mailhost, folder, words=(), **more):
        self.folder = folder
        for name in ("junk", "ham"):
            path = folder / name
            path.write_text(PROGRAM)
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        section = {"learn_junk": [str(folder / "junk"), *words], "learn_ham": [str(folder / "ham"), *words]}
        self.host = make_mailhost(junk=section | more)
        self.learner = Learner(flat(self.host.config))
        self.account = Accounts(self.host.config).account("alice")

    def receive(self, *subjects):
        for subject in subjects:
            self.host.deliver(f"From: a@example.org\nSubject: {subject}\n\nHello\n")

    def report(self, *keywords):
        """Of the newest messages, the newest first."""
        update = {id: {f"keywords/{word}": True} for id, word in zip(self.host.ids(), keywords, strict=False)}
        assert self.host.call("Email/set", {"update": update})["notUpdated"] is None

    def run(self, now=NOW):
        return self.learner.run(self.account, now)

    def log(self, name):
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def waiting(self):
        path = self.account.learn.folder / "waiting.json"
        return json.loads(path.read_bytes()) if path.exists() else {}

    def fail(self, status):
        (self.folder / "status").write_text(str(status))


@pytest.fixture
def rig(make_mailhost, tmp_path):
    return Rig(make_mailhost, tmp_path)


def test_message_comes_on_standard_input(rig):
    rig.receive("one", "two", "three")
    rig.report("$junk", "$notjunk")
    assert rig.run() is None
    assert rig.log("junk") == "call \nFrom: a@example.org\nSubject: three\n\nHello\n"
    assert rig.log("ham") == "call \nFrom: a@example.org\nSubject: two\n\nHello\n"
    assert rig.run() is None and rig.log("junk").count("call") == 1


def test_files_come_in_batches_and_go(make_mailhost, tmp_path, monkeypatch):
    monkeypatch.setattr(learn, "BATCH", (2, 1000))
    rig = Rig(make_mailhost, tmp_path, ["-u", "{user}", "{files}", "end"])
    rig.receive("one", "two", "three")
    rig.report("$junk", "$junk", "$junk")
    rig.run()
    first, second = (line for line in rig.log("junk").splitlines() if line.startswith("call"))
    assert first.startswith("call -u alice ") and first.endswith(" end")
    assert (len(first.split()), len(second.split())) == (6, 5)
    assert sorted(line for line in rig.log("junk").splitlines() if line.startswith("Subject")) == [
        "Subject: one", "Subject: three", "Subject: two"
    ]  # fmt: skip
    assert not list(rig.account.learn.folder.glob("batch.*"))


def test_user_may_change_his_mind(make_mailhost, tmp_path):
    rig = Rig(make_mailhost, tmp_path, wait_seconds=600)
    rig.receive("one")
    rig.report("$junk")
    soon = rig.run(time.time())
    assert rig.log("junk") == "" and soon == pytest.approx(time.time() + 600, abs=60)
    rig.report("$notjunk")
    assert rig.run() is None
    assert rig.log("junk") == "" and rig.log("ham").count("call") == 1


def test_failure_is_tried_again_later_each_time(rig, caplog):
    rig.receive("one")
    rig.report("$junk")
    rig.fail(75)
    assert rig.run() == NOW + 60
    assert rig.run(NOW + 59) == NOW + 60 and rig.log("junk").count("call") == 1
    assert rig.run(NOW + 60) == NOW + 180
    assert "status 75, 'no model yet'" in caplog.text
    rig.fail(0)
    assert rig.run(NOW + 180) is None
    assert rig.log("junk").count("call") == 3 and rig.waiting() == {}


def test_given_up_in_the_end(rig, monkeypatch, caplog):
    monkeypatch.setattr(learn, "ATTEMPTS", 2)
    rig.receive("one")
    rig.report("$junk")
    rig.fail(1)
    assert rig.run() == NOW + 60
    assert rig.run(NOW + 60) is None
    assert "given up" in caplog.text and rig.waiting() == {}


def test_program_that_is_not_there_is_not_asked_for_each_message(rig, caplog):
    rig.receive(*"12345")
    rig.report(*["$junk"] * 5)
    (rig.folder / "junk").unlink()
    assert rig.run() == NOW + 60
    assert caplog.text.count("No such file") == learn.FAILURES
    assert sorted(job["attempts"] for job in rig.waiting().values()) == [0, 0, 1, 1, 1]


def test_one_message_that_cannot_be_learned_does_not_stop_the_others(make_mailhost, tmp_path):
    rig = Rig(make_mailhost, tmp_path, ["{files}"])
    (tmp_path / "junk").write_text('#!/bin/sh\nif grep -q poison "$@"; then exit 1; fi\ncat "$@" >>"$0.log"\n')
    rig.receive("one", "poison", "three")
    rig.report("$junk", "$junk", "$junk")
    rig.run()
    assert rig.log("junk") == ""
    rig.run(NOW + 60)
    assert [line for line in sorted(rig.log("junk").splitlines()) if line.startswith("Subj")] == [
        "Subject: one", "Subject: three"
    ]  # fmt: skip
    assert len(rig.waiting()) == 1


def test_command_that_hangs_is_killed_with_its_children(make_mailhost, tmp_path, caplog):
    rig = Rig(make_mailhost, tmp_path, timeout_seconds=1)
    (tmp_path / "junk").write_text('#!/bin/sh\nsleep 1000 &\necho $! >"$0.log"\nwait\n')
    rig.receive("one")
    rig.report("$junk")
    assert rig.run() == NOW + 60
    assert "longer than 1 seconds" in caplog.text
    child, deadline = int(rig.log("junk")), time.monotonic() + 10
    while _is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_command_that_does_not_read_and_one_that_writes_much(make_mailhost, tmp_path):
    rig = Rig(make_mailhost, tmp_path)
    (tmp_path / "junk").write_text("#!/bin/sh\nexit 0\n")
    (tmp_path / "ham").write_text("#!/bin/sh\nhead -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2\n")
    rig.receive("one")
    rig.host.deliver("Subject: large\n\n" + "x" * 1_000_000)
    rig.report("$junk", "$notjunk")
    assert rig.run() is None


def test_message_that_is_gone_is_forgotten(rig):
    rig.receive("one", "two")
    rig.report("$junk", "$junk")
    rig.host.call("Email/set", {"destroy": rig.host.ids()[:1]})
    assert rig.run() is None
    assert rig.log("junk").count("call") == 1 and rig.waiting() == {}


def test_message_that_moved_is_found(rig):
    rig.receive("one")
    rig.host.folder("Trash")
    rig.report("$junk")
    rig.host.call("Email/set", {"update": {rig.host.ids()[0]: {"mailboxIds": {rig.host.mailbox("Trash"): True}}}})
    rig.run()
    assert rig.log("junk").count("call") == 1


def test_only_one_direction_is_configured(make_mailhost, tmp_path):
    rig = Rig(make_mailhost, tmp_path, learn_ham=[])
    rig.receive("one", "two")
    rig.report("$junk", "$junk")
    rig.report("$notjunk")
    assert rig.run() is None
    assert rig.log("junk").count("call") == 1 and "Subject: one" in rig.log("junk")


def test_mail_that_is_away_is_waited_for(rig, caplog):
    rig.receive("one")
    rig.report("$junk")
    rig.host.root.rename(rig.host.root.with_name("away"))
    assert rig.run() == NOW + 60 and "not learned now" in caplog.text
    rig.host.root.with_name("away").rename(rig.host.root)
    assert rig.run(NOW + 60) is None and rig.log("junk").count("call") == 1


def test_nothing_to_do_makes_no_files(mailhost):
    account = Accounts(mailhost.config).account("alice")
    assert Learner(flat(mailhost.config)).is_wanted is False
    assert Learner({"junk.learn_junk": ["true"]}).run(account) is None
    assert not account.learn.folder.exists()


def test_what_a_killed_worker_left_is_removed(rig):
    rig.receive("one")
    rig.report("$junk")
    (rig.account.learn.folder / "batch.old").mkdir()
    rig.run()
    assert not list(rig.account.learn.folder.glob("batch.*"))


@pytest.mark.parametrize("words", [["rspamc", "{file}"], ["rspamc", "--f={files}"], ["a", "{files}", "{files}"], [""]])
def test_command_that_cannot_be_meant_is_refused(words):
    with pytest.raises(ConfigError, match="junk.learn_junk"):
        from_dict({"junk": {"learn_junk": words}})
