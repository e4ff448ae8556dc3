"""Reports of junk reach a real filter: what bogofilter says of a message changes."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jmapd.config import flat
from jmapd.protocol.accounts import Accounts
from jmapd.submission.learn import Learner

pytestmark = pytest.mark.rfc("8621", "4.1.1")
SPAM, HAM = "Cheap lamps and prizes, answer within the hour", "Minutes of the reading group, next book"


@pytest.mark.parametrize("words", [["-{way}"], ["-{way}", "-B", "{files}"]])
def test_bogofilter_learns(make_mailhost: Any, tmp_path: Path, words: list[str]) -> None:
    program = shutil.which("bogofilter")
    if program is None:
        pytest.skip("bogofilter is not installed")
    model = tmp_path / "model"
    model.mkdir()
    base = [program, "-C", "-d", str(model)]
    junk, ham = ([*base, *(word.replace("{way}", way) for word in words)] for way in ("s", "n"))
    host = make_mailhost(junk={"learn_junk": junk, "learn_ham": ham, "wait_seconds": 0})
    host.folder("Junk")
    for number in range(3):
        for text in (SPAM, HAM):
            host.deliver(f"From: a@example.org\nSubject: {text}\n\n{text} {number}\n")
    emails = host.call("Email/get", {"ids": host.ids(), "properties": ["subject"]})["list"]
    place = {"mailboxIds": {host.mailbox("Junk"): True}}
    update = {each["id"]: place if each["subject"] == SPAM else {"keywords/$notjunk": True} for each in emails}
    assert host.call("Email/set", {"update": update})["notUpdated"] is None
    account = Accounts(host.config).account("alice")
    assert account is not None
    assert Learner(flat(host.config)).run(account) is None
    assert len(json.loads((account.learn.folder / "learned.json").read_bytes())) == 6
    for text, status in ((SPAM, 0), (HAM, 1)):
        asked = subprocess.run(base, input=f"From: b@example.org\nSubject: {text}\n\n{text}\n".encode(), check=False)
        assert asked.returncode == status, text
