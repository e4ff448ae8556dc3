"""LMTP (RFC 2033): its commands, and an answer for each recipient."""

import smtplib
from typing import Any

import pytest

from jmapd.delivery import lmtp as lmtp_module
from jmapd.delivery.batch import Batches
from jmapd.delivery.deliver import Outcome
from jmapd.delivery.lmtp import Recipients
from tests.conftest import MailHost

from .conftest import Wire, agent_of, emails, lmtp_server, message, new_files, subjects

pytestmark = pytest.mark.rfc("2033", "4.2")
BODY = b"Subject: One\r\n\r\nText.\r\n"


@pytest.mark.rfc("2033", "4.1")
def test_lhlo_is_the_only_greeting(wire: Wire) -> None:
    for command in (b"HELO a\r\n", b"EHLO a\r\n"):
        wire.send(command)
    assert wire.reply().startswith("220 ")
    assert wire.reply().startswith("500 5.5.2 ") and wire.reply().startswith("500 5.5.2 ")


@pytest.mark.rfc("2033", "5")
def test_extensions(client: smtplib.LMTP) -> None:
    assert {"pipelining", "enhancedstatuscodes", "8bitmime", "smtputf8", "size"} <= client.esmtp_features.keys()
    assert client.esmtp_features["size"] == str(1 << 20)


@pytest.mark.rfc("2034", "4")
def test_every_answer_has_an_enhanced_status_code(wire: Wire) -> None:
    commands = [
        "MAIL FROM:<a@example.com>",  # before LHLO
        "LHLO a",
        "RCPT TO:<alice@example.org>",
        "MAIL FROM:<a@example.com> SIZE=99999999",
        "MAIL FROM:<a@example.com> NONSENSE=1",
        "MAIL FROM:<a@example.com> BODY=8BITMIME",
        "DATA",
        "RCPT TO:<eve@example.org>",
        "RCPT TO:<alice@example.org>",
        "RCPT TO:<",
        "DATA now",
        "RSET",
        "NONSENSE",
        "NOOP",
        "QUIT",
    ]
    wire.send("".join(f"{command}\r\n" for command in commands).encode())
    assert wire.reply().startswith("220 mx.example.org ")
    found = {command: wire.reply() for command in commands}
    assert found.pop("LHLO a").startswith("250 ")
    for command, answer in found.items():
        assert answer[4:6] == f"{answer[0]}.", (command, answer)
    assert found["MAIL FROM:<a@example.com> SIZE=99999999"].startswith("552 5.3.4 ")
    assert found["DATA"].startswith("503 5.5.1 ")
    assert found["RCPT TO:<eve@example.org>"] == "550 5.1.1 <eve@example.org>: no such user here"
    assert found["RCPT TO:<alice@example.org>"].startswith("250 2.1.5 ")
    assert found["RCPT TO:<"][0] == "5"
    assert found["QUIT"].startswith("221 2.0.0 ")


def test_one_answer_for_each_recipient(wire: Wire, host: MailHost) -> None:
    wire.begin("alice@example.org", "alice+list@example.org", "alice")
    looped = b"Delivered-To: alice+list@example.org\r\n" + BODY
    wire.send(looped + b".\r\n")
    answers = [wire.reply() for _ in range(3)]
    assert [answer[:9] for answer in answers] == ["250 2.0.0", "554 5.4.6", "250 2.0.0"]
    assert subjects(host) == ["One", "One"]


def test_sent_by_a_real_client(client: smtplib.LMTP, host: MailHost) -> None:
    refused = client.sendmail("s@example.com", ["alice@example.org", "eve@example.org"], message("One"))
    assert refused.keys() == {"eve@example.org"} and subjects(host) == ["One"]


@pytest.mark.rfc("5321", "4.4")
def test_trace_fields(client: smtplib.LMTP, host: MailHost) -> None:
    client.sendmail("s@example.com", ["alice+x@example.org"], message("One"))
    lines = new_files(host)[0].decode().splitlines()
    assert lines[:3] == [
        "Return-Path: <s@example.com>",
        "Delivered-To: alice+x@example.org",
        "Received: from client.example.org",
    ]
    assert lines[3].startswith("\tby mx.example.org with LMTP id ") and lines[5] == "From: sender@example.com"


@pytest.mark.rfc("5321", "4.5.5")
def test_the_null_sender(client: smtplib.LMTP, host: MailHost) -> None:
    client.sendmail("", ["alice@example.org"], BODY)
    assert new_files(host)[0].startswith(b"Return-Path: <>\n")


@pytest.mark.rfc("6531", "3.4")
def test_smtputf8(client: smtplib.LMTP, host: MailHost) -> None:
    text = "Subject: Grüße\r\n\r\nText\r\n".encode()
    client.sendmail("jürgen@example.com", ["alice@example.org"], text, ["SMTPUTF8", "BODY=8BITMIME"])
    assert "Return-Path: <jürgen@example.com>".encode() in new_files(host)[0]
    assert b"with UTF8LMTP id" in new_files(host)[0] and subjects(host) == ["Grüße"]


@pytest.mark.rfc("2920", "3.1")
def test_pipelining(wire: Wire, host: MailHost) -> None:
    wire.begin("alice")
    again = b"MAIL FROM:<s@example.com>\r\nRCPT TO:<alice>\r\nDATA\r\n"
    wire.send(BODY + b".\r\n" + again)
    assert [wire.reply()[:3] for _ in range(4)] == ["250", "250", "250", "354"]
    wire.send(BODY.replace(b"One", b"Two") + b".\r\nQUIT\r\n")
    assert [wire.reply()[:3] for _ in range(2)] == ["250", "221"]
    assert subjects(host) == ["One", "Two"]


@pytest.mark.parametrize(("more", "code"), [(b"RSET\r\n", "503"), (b"", "354")])
def test_reset_forgets_the_recipients(wire: Wire, more: bytes, code: str) -> None:
    wire.send(b"LHLO a\r\nMAIL FROM:<s@example.com>\r\nRCPT TO:<alice>\r\n" + more + b"DATA\r\n")
    answers = [wire.reply() for _ in range(5 + bool(more))]
    assert answers[-1].startswith(code)


@pytest.mark.rfc("5321", "4.5.3.1.8")
def test_too_many_recipients(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lmtp_module, "MOST_RECIPIENTS", 2)
    wire.send(b"LHLO a\r\nMAIL FROM:<s@example.com>\r\n" + b"RCPT TO:<alice>\r\n" * 3)
    answers = [wire.reply() for _ in range(6)]
    assert [answer[:9] for answer in answers[3:]] == ["250 2.1.5", "250 2.1.5", "452 4.5.3"]


def test_a_fault_in_finding_the_account_is_passing(host: MailHost) -> None:
    def fails(recipient: str) -> str | None:
        raise OSError("the alias file is away")

    with lmtp_server(Recipients(fails, Batches(agent_of(host).deliver))) as port:
        with smtplib.LMTP("127.0.0.1", port) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("s@example.com", ["alice@example.org"], BODY)
        assert caught.value.recipients["alice@example.org"][0] == 451


def test_the_end_of_the_server_waits_for_what_it_was_given(host: MailHost) -> None:
    agent = agent_of(host)

    def slow(name: str, messages: Any) -> list[Outcome]:
        begun.append(name)
        return agent.deliver(name, messages)

    begun: list[str] = []
    with lmtp_server(Recipients(agent.find, Batches(slow))) as port:
        wire = Wire(port)
        wire.begin("alice")
        wire.send(BODY + b".\r\n")
        while not begun:
            pass
    assert wire.reply().startswith("250 2.0.0 ")
    wire.close()
    assert len(emails(host)) == 1


def test_a_fault_in_delivering_is_passing(host: MailHost) -> None:
    """As when no thread can be started: a 5xx would give the mail back to who sent it."""

    class Broken(Batches):
        def put(self, account: str, message: Any) -> Any:
            raise RuntimeError("can't start new thread")

    agent = agent_of(host)
    with lmtp_server(Recipients(agent.find, Broken(agent.deliver))) as port:
        wire = Wire(port)
        wire.begin("alice@example.org", "alice")
        wire.send(BODY + b".\r\nNOOP\r\n")
        assert [wire.reply()[:9] for _ in range(3)] == ["451 4.3.0", "451 4.3.0", "250 2.0.0"]
        wire.close()
    assert subjects(host) == []
