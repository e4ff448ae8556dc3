"""Mail handed to a command as sendmail (sysexits.h; the form of its answers: RFC 8621 7)."""

import re
import sys
from pathlib import Path

import pytest

from jmapd.submission.command import Command
from jmapd.submission.letter import Letter
from jmapd.submission.replies import Reply
from tests.submission.sending_host import BOB, CAROL, MESSAGE, SendingHost

pytestmark = pytest.mark.rfc("8621", "7")
KEEP = "import sys; open(sys.argv[1], 'wb').write(sys.stdin.buffer.read() + repr(sys.argv[2:]).encode())"


def sent(words: list[str], *to: str, sender: str = "alice@example.org", seconds: float = 20.0) -> Reply:
    """The one answer for all."""
    replies = Command(words, seconds).send(
        "alice", Letter({"email": sender}, [{"email": each} for each in to], MESSAGE)
    )
    assert replies.keys() == set(to) and len(set(replies.values())) == 1
    return replies[to[0]]


def kept(path: Path) -> list[str]:
    return [sys.executable, "-c", KEEP, str(path), "-f", "{sender}", "--", "{recipients}"]


def test_what_the_command_is_given(tmp_path: Path) -> None:
    """Lines as this system has them, each recipient a word of its own, and no shell."""
    reply = sent(kept(tmp_path / "got"), BOB, "-Cevil;$(x)@example.org")
    assert str(reply) == f"250 2.0.0 Taken by {sys.executable}" and reply.delivered == "unknown"
    words = b"['-f', 'alice@example.org', '--', 'bob@remote.example', '-Cevil;$(x)@example.org']"
    assert (tmp_path / "got").read_bytes() == MESSAGE.replace(b"\r\n", b"\n") + words


def test_null_sender(tmp_path: Path) -> None:
    sent(kept(tmp_path / "got"), BOB, sender="")
    assert b"['-f', '<>', '--', 'bob@remote.example']" in (tmp_path / "got").read_bytes()


@pytest.mark.parametrize(
    "status, delivered, code",
    [(67, "no", "550 5.1.1"), (65, "no", "550 5.6.0"), (77, "no", "550 5.7.0"), (75, "queued", "451 4.3.0")]
    + [(64, "queued", "451 4.3.0"), (1, "queued", "451 4.3.0"), (127, "queued", "451 4.3.0")],
)
def test_exit_status(status: int, delivered: str, code: str) -> None:
    reply = sent(["/bin/sh", "-c", f"echo first; echo 'no such user' >&2; exit {status}"], BOB)
    assert str(reply) == f"{code} /bin/sh ended with {status} no such user" and reply.delivered == delivered


def test_killed_or_missing_or_slow() -> None:
    assert str(sent(["/bin/sh", "-c", "kill -9 $$"], BOB)) == "451 4.3.0 /bin/sh ended with -9"
    assert str(sent(["/nowhere/sendmail"], BOB)).startswith("451 4.3.5 /nowhere/sendmail cannot be run: No such file")
    assert str(sent(["/bin/sleep", "1000"], BOB, seconds=0.1)) == "451 4.3.0 /bin/sleep did not end"


def test_no_address_is_an_option() -> None:
    assert str(sent(["/bin/true", "{recipients}"], "-oQ/tmp@example.org")).startswith("553 5.1.3 ")
    assert str(sent(["/bin/true", "-f", "{sender}"], BOB, sender="-x@example.org")).startswith("553 5.1.3 ")


def test_worker_uses_it(tmp_path: Path) -> None:
    host = SendingHost(tmp_path, command=kept(tmp_path / "got"))
    id = host.submit(BOB, CAROL)
    host.work()
    assert host.status(id)[CAROL] == (f"250 2.0.0 Taken by {sys.executable}", "unknown")
    assert re.search(rb"'bob@remote.example', 'carol@remote.example'\]$", (tmp_path / "got").read_bytes())
