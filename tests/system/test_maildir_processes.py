"""Several processes on one Maildir, and processes that are killed in the middle of a write."""

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.stores.maildir_files import Mail

pytestmark = [pytest.mark.system, pytest.mark.rfc("8620", "5.3")]
WRITER = Path(__file__).with_name("maildir_writer.py")
PROJECT = Path(__file__).parents[2]


def start(mail: Mail, seed: int, mode: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, str(WRITER), str(mail.root), str(mail.state_dir), str(seed), mode, str(count)]
    environment = {"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def filled(tmp_path: Path) -> Mail:
    mail = Mail(tmp_path)
    for number in range(30):
        mail.deliver(f"Number {number}", ("", ".Work", ".Home")[number % 3], flags="S" * (number % 2))
    assert len(mail.emails()) == 30
    return mail


def test_two_processes_write_at_once(filled: Mail) -> None:
    processes = [start(filled, seed, "quiet", 60) for seed in (1, 2)]
    for number in range(20):
        filled.deliver(f"Late {number}", flags=None)
        filled.emails()
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0]
    assert filled.emails().keys() == {f"Number {n}" for n in range(30)} | {f"Late {n}" for n in range(20)}
    assert filled.verify() == []


def test_killed_while_writing(filled: Mail) -> None:
    pick, pause, checked = random.Random(7), threading.Event(), 0
    for seed in range(12):
        process = start(filled, seed, "talk", 10_000)
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]  # it is at work now
        pause.wait(pick.random() * 0.1)
        process.kill()
        lines += process.communicate()[0].splitlines()
        whole = [line.split() for line in lines if line]
        answered = max(at for at, line in enumerate(whole) if line[0] != "try" and len(line) == 3)
        id, words, boxes = whole[answered]
        found = {email["id"]: email for email in filled.emails(filled.open()).values()}
        assert len(found) == 30
        if not any(id in line for line in whole[answered + 1 :]):
            checked += 1
            assert ",".join(sorted(found[id]["keywords"])) == words
            assert ",".join(sorted(found[id]["mailboxIds"])) == boxes
        assert filled.verify() == []
    assert checked > 0


def test_killed_while_building(filled: Mail, tmp_path: Path) -> None:
    script = "\n".join(
        [
            "import sys; from pathlib import Path",
            "from jmapd.stores import maildir_follow, rebuild; from jmapd.stores.maildir import MaildirAccount",
            "maildir_follow.BATCH = 5",
            "a = MaildirAccount('alice', 'alice', 'alice', Path(sys.argv[1]), Path(sys.argv[2]), {})",
            "rebuild.bring_up(a, progress=lambda done, total: print(done, flush=True))",
        ]
    )
    before = filled.emails()
    state = tmp_path / "other"
    for lines in (3, 9, 12):
        command = [sys.executable, "-c", script, str(filled.root), str(state)]
        process = subprocess.Popen(command, env={"PYTHONPATH": str(PROJECT)}, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        process.communicate()
    filled.state_dir = state
    filled.account = filled.open()
    after = filled.emails()
    assert {subject: (email["id"], email["threadId"]) for subject, email in after.items()} == {
        subject: (email["id"], email["threadId"]) for subject, email in before.items()
    }
    assert filled.verify() == []
