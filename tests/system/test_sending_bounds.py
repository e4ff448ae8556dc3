"""Undo, headers that somebody tries to smuggle in, and large messages, as far as the wire (RFC 8621 6, 7)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .sending import Sender, deliverer, letter, running, sender
from .sink import Sink, sink

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7")]
BOB = "bob@remote.example"
LINE = b"Thirty megabytes of this, and not one octet may change.\r\n"


@pytest.fixture(scope="module")
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture(scope="module")
def host(peer: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    with sender(tmp_path_factory.mktemp("host"), peer.port) as host:
        yield host


@pytest.fixture
def remote(peer: Sink, host: Sender) -> Sink:
    """It has nothing yet, and nothing waits."""
    peer.forget()
    assert host.waiting() == []
    return peer


def held(host: Sender, seconds: int, subject: str) -> str:
    """The id of a submission that is to leave so many seconds from now."""
    late = {"email": "alice@example.org", "parameters": {"HOLDFOR": str(seconds)}}
    envelope = {"mailFrom": late, "rcptTo": [{"email": BOB, "parameters": None}]}
    return host.sent(host.post(host.draft(BOB, subject=subject), envelope=envelope))


@pytest.mark.rfc("4865", "3")
def test_undo_works_30_seconds_later(host: Sender, remote: Sink) -> None:
    """One of two is taken back: it never leaves, and the other does when its minute is over."""
    undone, sent = held(host, 60, "Taken back"), held(host, 60, "Kept")
    host.submit(seconds=30)
    assert remote.sessions == 0
    assert host.cancel(undone) is None
    assert host.submission(undone)["undoStatus"] == "canceled"
    host.submit(seconds=62)
    (taken,) = remote.taken
    assert b"Subject: Kept\r\n" in taken.data and host.submission(sent)["undoStatus"] == "final"
    assert (host.submission(undone)["undoStatus"], host.waiting()) == ("canceled", [])
    assert host.cancel(sent) == "cannotUnsend"
    assert not [command for command in remote.commands if "HOLD" in command]


def test_worker_that_stays_sends_when_it_is_time(host: Sender, remote: Sink) -> None:
    with running(host.host, "jmapd-submit"):
        later, soon = held(host, 60, "Later"), held(host, 1, "Soon")
        assert remote.taken == []
        remote.wait(1)
        host.settled(soon, {BOB: "unknown"})
        assert host.submission(later)["undoStatus"] == "pending"
        assert host.cancel(later) is None
    assert b"Subject: Soon\r\n" in remote.taken[0].data and len(remote.taken) == 1


def test_undo_seconds_hold_what_asks_for_nothing(remote: Sink, tmp_path: Path) -> None:
    """[submission] undo_seconds: a client that knows no delay has its undo as well."""
    with sender(tmp_path, remote.port, submission="undo_seconds = 30") as host, running(host.host, "jmapd-submit"):
        id = host.posted(BOB)
        host.submit(seconds=25)  # nor is it sent by another worker
        assert host.submission(id)["undoStatus"] == "pending"
        assert host.cancel(id) is None
        assert (remote.sessions, host.waiting()) == (0, [])


@pytest.mark.rfc("8621", "6.3")
def test_header_injection_through_an_identity(host: Sender, remote: Sink) -> None:
    """Refused; if a client writes such a name into a message it may be refused or encoded, but is never a line."""
    for text in ("Alice\r\nBcc: eve@evil.example", "Alice\nX-Evil: 1", "A\rB", "\x00"):
        inject(host, text)
        host.post(host.draft(BOB) | {"from": [{"name": text, "email": "alice@example.org"}]})
    host.submit()
    for taken in remote.taken:
        head = taken.data.partition(b"\r\n\r\n")[0]
        assert not re.search(rb"^(Bcc|X-Evil)|\r(?!\n)|\0", head, re.M | re.I)
    assert not [command for command in remote.commands if "eve@" in command]


def inject(host: Sender, text: str) -> None:
    """Into each property of an Identity that becomes part of a header."""
    id = host.identity()["id"]
    for patch in ({"name": text}, {"replyTo": [{"name": text, "email": "a@example.org"}]},
                  {"bcc": [{"name": None, "email": text}]}):  # fmt: skip
        answer = host.call("Identity/set", update={id: patch})
        assert answer["notUpdated"][id]["type"] == "invalidProperties", answer
        assert answer["notUpdated"][id]["properties"] == [*patch], answer
    made = host.call("Identity/set", create={"1": {"email": f"alice@example.org{text}", "name": ""}})
    assert made["notCreated"]["1"]["type"] in ("invalidProperties", "forbiddenFrom"), made


def test_smtp_commands_in_an_envelope(host: Sender, remote: Sink) -> None:
    """No client speaks to the server behind us."""
    evil = "bob@remote.example>\r\nRCPT TO:<eve@evil.example"
    sender = {"email": "alice@example.org", "parameters": None}
    envelopes = [
        {"mailFrom": sender, "rcptTo": [{"email": evil, "parameters": None}]},
        {"mailFrom": sender | {"email": f"alice@example.org{evil}"}, "rcptTo": [{"email": BOB, "parameters": None}]},
        {"mailFrom": sender | {"parameters": {"ENVID": "1\r\nRSET"}}, "rcptTo": [{"email": BOB, "parameters": None}]},
        {"mailFrom": sender, "rcptTo": [{"email": BOB, "parameters": {"NOTIFY": "NEVER\r\nRSET"}}]},
    ]
    before = set(host.outbox.glob("*"))
    for envelope in envelopes:
        answers = host.post(host.draft(BOB), envelope=envelope)
        refused = answers[1][1]["notCreated"]["sent"]
        assert refused["type"] in ("invalidProperties", "invalidRecipients", "forbiddenMailFrom"), refused
    host.submit()
    assert (remote.commands, host.waiting(), set(host.outbox.glob("*"))) == ([], [], before)


def test_30_megabytes_go_out(host: Sender, remote: Sink) -> None:
    message = letter("Large", From="alice@example.org", To=BOB)
    data = message.as_bytes().replace(b"A line.\r\n", b"") + LINE * (30_000_000 // len(LINE))
    email = host.imported(data, mailboxIds={host.mailboxes()["Drafts"]["id"]: True})
    answer = host.call(
        "EmailSubmission/set", create={"1": {"identityId": host.identity()["id"], "emailId": email["id"]}}
    )
    id = answer["created"]["1"]["id"]
    host.submit()
    (taken,) = remote.taken
    assert taken.data == data
    assert host.submission(id)["undoStatus"] == "final"
    assert [option for option in taken.sender_options if option.startswith("SIZE=")]


def test_30_megabytes_come_in(host: Sender) -> None:
    message = letter("Large").as_bytes().replace(b"A line.\r\n", b"") + LINE * (30_000_000 // len(LINE))
    with deliverer(host.host) as mail:
        assert mail.lmtp(message) == {}
    assert host.blob(host.inbox()["Large"]["blobId"]).endswith(message)


def test_server_that_takes_less(host: Sender, remote: Sink) -> None:
    """The server says SIZE 100000: it is not bothered, and the status tells (RFC 1870 6.1)."""
    remote.extensions = ("8BITMIME", "SIZE 100000")
    id = host.posted(BOB, body="Too long.\n" * 20_000)
    host.submit()
    assert (host.submission(id)["undoStatus"], host.status(id), remote.taken) == ("final", {BOB: "no"}, [])
    assert re.match("55[24] 5[.]3[.]4", host.submission(id)["deliveryStatus"][BOB]["smtpReply"])
    assert "DATA" not in remote.commands
