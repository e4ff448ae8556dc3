"""bin/demo as a newcomer runs it: from a bare copy of the project to an answer of the curl line that it prints."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .web import wait_until

pytestmark = pytest.mark.system
PROJECT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".tox", ".hypothesis", "var", "__pycache__", "*.egg-info", ".coverage*"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def as_on_a_terminal() -> None:
    """A test run in the background ignores SIGINT, and a shell cannot trap what it was started to ignore."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """With an environment as pip would make it, which tox does in half a minute; the modules are those of the test."""
    copy = tmp_path / "jmapd"
    shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)
    venv.create(copy / ".venv", with_pip=False, symlinks=True)
    (site,) = (copy / ".venv" / "lib").glob("python*/site-packages")
    (site / "test.pth").write_text(f"{copy}\n{sysconfig.get_path('purelib')}\n")
    return copy


@pytest.fixture
def demo(copy: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COV", "PYTEST"))}
    process = subprocess.Popen(
        ["bin/demo", "--port", str(free_port()), "--password", "it's a 'secret'"],
        cwd=copy, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=as_on_a_terminal,
    )  # fmt: skip
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def pasted(line: str) -> Any:
    """The responses to what the shell makes of a line."""
    return json.loads(subprocess.run(line, shell=True, check=True, capture_output=True).stdout)["methodResponses"]


def test_curl_lines_work_when_pasted(demo: subprocess.Popen[str], copy: Path) -> None:
    assert demo.stdout is not None
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    printed = []
    for line in demo.stdout:
        printed.append(line)
        if line.startswith("Ctrl-C"):
            break
    curls = [line for line in printed if line.startswith("curl ")]
    assert len(curls) == 4, "".join(printed)
    read, find, look, send = curls
    emails = pasted(read)[1][1]["list"]
    assert len(emails) == 3 and all(email["subject"] and email["from"] for email in emails)
    assert [card["name"]["full"] for card in pasted(find)[1][1]["list"]] == ["Bob Berg"]
    assert {"Choir", "Dentist", "Call with Fumi"} & {event["title"] for event in pasted(look)[1][1]["list"]}
    assert [name for name, _, _ in pasted(send)] == ["Email/set", "EmailSubmission/set", "Email/set"]
    wait_until(lambda: [each["subject"] for each in pasted(read)[1][1]["list"]].count("It works") == 2, lambda: read)
    sent = copy / "var" / "demo" / "sent"
    wait_until(lambda: bool(list(sent.glob("*.eml"))), lambda: str(sent))
    (message,) = sent.glob("*.eml")
    assert b"To: alice@example.org, bob@example.net" in message.read_bytes()
    os.killpg(demo.pid, signal.SIGINT)
    assert demo.wait(30) == 0


def test_unknown_option_is_refused_with_the_usage(copy: Path) -> None:
    answer = subprocess.run(["bin/demo", "--colour"], cwd=copy, capture_output=True, text=True, check=False)
    assert answer.returncode == 2 and "usage: bin/demo" in answer.stderr
