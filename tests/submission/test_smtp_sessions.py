"""Sessions with servers (RFC 5321 3.1, 3.3): reused, given up, and shared among accounts."""

import smtplib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jmapd.config import flat, from_dict
from jmapd.protocol.accounts import Accounts
from jmapd.stores.maildir import MaildirAccount
from jmapd.submission.connections import Connections
from jmapd.submission.letter import Letter
from jmapd.submission.worker import Worker
from tests.submission.sending_host import BOB, CAROL, MESSAGE
from tests.system.sink import DROP, END, Sink, sink

pytestmark = pytest.mark.rfc("5321", "3.3")


def letter(*to: str, message: bytes = MESSAGE) -> Letter:
    return Letter({"email": "alice@example.org"}, [{"email": each} for each in to or (BOB,)], message)


@pytest.fixture
def connections(peer: Sink) -> Iterator[Connections]:
    made = Connections({"submission.host": "127.0.0.1", "submission.port": peer.port}, pause=1000)
    yield made
    made.tidy(0)


def said(connections: Connections, *to: str, **more: Any) -> list[str]:
    return [str(reply) for reply in connections.send("alice", letter(*to, **more)).values()]


def test_one_session_for_several_messages(peer: Sink, connections: Connections) -> None:
    assert [said(connections) for _ in range(3)] == [["250 2.1.5 Ok"]] * 3
    assert peer.sessions == 1 and peer.commands.count("rset") == 2 and "QUIT" not in peer.commands
    assert connections.tidy(0) is False
    assert peer.commands[-1] == "QUIT"


def test_session_that_the_server_has_left(peer: Sink, connections: Connections) -> None:
    """Nobody notices: a new one is opened for the next message."""
    peer.say("RSET", DROP)
    assert [said(connections) for _ in range(2)] == [["250 2.1.5 Ok"]] * 2 and peer.sessions == 2


@pytest.mark.rfc("8621", "7")
def test_the_answer_to_rcpt_stays(peer: Sink, connections: Connections) -> None:
    """smtpReply SHOULD be that, unless the message as a whole was refused."""
    peer.say("RCPT", "251 2.1.5 Will be forwarded", text=CAROL)
    assert said(connections, BOB, CAROL) == ["250 2.1.5 Ok", "251 2.1.5 Will be forwarded"]
    peer.say(END, "554 5.7.1 Spam")
    assert said(connections, BOB, CAROL) == ["554 5.7.1 Spam"] * 2


def test_refusals_leave_the_session_usable(peer: Sink, connections: Connections) -> None:
    peer.say("MAIL", "550 5.7.1 Not you", times=1)
    assert said(connections, BOB, CAROL) == ["550 5.7.1 Not you"] * 2
    peer.say("RCPT", "550 5.1.1 Not he", times=1)
    assert said(connections) == ["550 5.1.1 Not he"]
    peer.say("DATA", "452 4.3.1 Full", times=1)
    assert said(connections) == ["452 4.3.1 Full"]
    assert said(connections) == ["250 2.1.5 Ok"] and peer.sessions == 1


@pytest.mark.rfc("5321", "3.8")
def test_421_at_the_second_recipient(peer: Sink, connections: Connections) -> None:
    """What was refused before stays refused; the others are to be tried again."""
    peer.say("RCPT", "550 5.1.1 Not he", text=BOB)
    peer.say("RCPT", "421 4.3.2 Going down", text="x2@", times=1)
    assert said(connections, "x1@example.org", BOB, "x2@example.org", "x3@example.org") == [
        "421 4.3.2 Going down",
        "550 5.1.1 Not he",
        "421 4.3.2 Going down",
        "421 4.3.2 Going down",
    ]
    assert said(connections) == ["550 5.1.1 Not he"] and peer.sessions == 2


def test_data_answered_with_250(peer: Sink, connections: Connections) -> None:
    """Not by 354: the message was not sent, so it was not taken either."""
    peer.say("DATA", "250 2.0.0 Fine", times=1)
    assert said(connections)[0].startswith("451 4.5.0 ") and peer.taken == []


def test_no_smtp_at_all(peer: Sink, connections: Connections) -> None:
    peer.say("CONNECT", "SSH-2.0-OpenSSH_9.2")
    assert said(connections)[0].startswith("451 4.")


@pytest.mark.rfc("5321", "3.1")
def test_554_at_the_beginning(peer: Sink, connections: Connections) -> None:
    """The server wants none of us: that says nothing about a message, which another time may leave."""
    peer.say("CONNECT", "554 5.3.2 No service")
    assert said(connections)[0].endswith(" said: 554 5.3.2 No service")
    assert said(connections)[0].startswith("451 4.3.2 ")


def test_server_that_is_down_is_not_asked_by_each_message(peer: Sink, connections: Connections) -> None:
    peer.say("CONNECT", DROP)
    assert len({said(connections)[0] for _ in range(5)}) == 1 and peer.sessions == 1


def test_large_message(peer: Sink, connections: Connections) -> None:
    """30 MB, and lines that begin with dots."""
    body = (b"." * 76 + b"\r\n") * 400_000
    assert said(connections, message=MESSAGE + body) == ["250 2.1.5 Ok"]
    assert peer.taken[0].data == MESSAGE + body


@pytest.mark.rfc("5321", "4.2.1")
@pytest.mark.parametrize("verb", ["EHLO", "MAIL", END])
def test_answer_without_end(peer: Sink, connections: Connections, verb: str) -> None:
    """It is not read for ever, nor kept in memory."""
    peer.say(verb, "250-more\r\n" * 5000 + "250 end")
    [answer] = said(connections)
    assert answer.startswith("451 4.4."), answer
    peer.obey()


@pytest.mark.rfc("5321", "4.5.3.2.5")
def test_the_time_is_for_a_block(peer: Sink, connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python gives the time-out to all that one call sends: a slow line would never be done with a large message."""
    sizes, send = list[int](), smtplib.SMTP.send
    monkeypatch.setattr(smtplib.SMTP, "send", lambda self, data: (sizes.append(len(data)), send(self, data))[1])
    body = b"x" * 76 + b"\r\n"
    assert said(connections, message=MESSAGE + 10_000 * body) == ["250 2.1.5 Ok"]
    assert max(sizes) <= 1 << 18 and peer.taken[0].data == MESSAGE + 10_000 * body


def test_silent_server_stops_nobody_else(tmp_path: Path, peer: Sink) -> None:
    """alice's own server takes a connection and says nothing; bob's mail leaves meanwhile."""
    silence = threading.Event()
    with sink() as other:
        other.answer_to = lambda *_: (silence.wait(30), ("", True))[1]  # type: ignore[method-assign]
        (tmp_path / "alice.toml").write_text(f"port = {other.port}\n")
        worker = Worker(*accounts(tmp_path, peer.port))
        thread = threading.Thread(target=worker.run_once)
        thread.start()
        try:
            assert len(peer.wait(3)) == 3
            assert thread.is_alive() and other.sessions == 4  # of ten: each server has its share
        finally:
            silence.set()
            thread.join()


def accounts(folder: Path, port: int) -> Any:
    """Options, and what lists alice and bob, who have mail to be sent."""
    paths = {"state_dir": f"{folder}/state", "mail": f"{folder}/mail/{{user}}"}
    submission = {"host": "127.0.0.1", "port": port, "user_file": f"{folder}/{{user}}.toml"}
    config = from_dict({"paths": paths, "submission": submission})
    found: list[MaildirAccount] = []
    for name, count in (("alice", 10), ("bob", 3)):
        for part in ("cur", "new", "tmp"):
            (folder / "mail" / name / part).mkdir(parents=True)
        account = Accounts(config).account(name)
        assert account is not None
        account.state_dir.mkdir(parents=True)
        for _ in range(count):
            account.outbox.put("mdn", "", [BOB], MESSAGE, time.time() - 1)
        found.append(account)
    return flat(config), lambda: found
