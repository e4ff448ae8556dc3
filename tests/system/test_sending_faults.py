"""Sending to an SMTP server that is down, slow to trust, cuts the line or refuses (RFC 8621 7, RFC 5321 4.5.4)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .sending import Sender, running, sender
from .sink import DROP, END, GREETING, Sink, sink
from .web import wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7"), pytest.mark.rfc("5321", "4.5.4")]
BOB = "bob@remote.example"


@pytest.fixture(scope="module")
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture(scope="module")
def host(peer: Sink, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    """One host for all tests here; each sends submissions of its own."""
    with sender(tmp_path_factory.mktemp("host"), peer.port, submission="retry = [0.01]") as host:
        yield host


@pytest.fixture
def remote(peer: Sink, host: Sender) -> Sink:
    """It has nothing yet, and does as an SMTP server does."""
    peer.forget()
    assert host.waiting() == []
    return peer


def test_all_is_well(host: Sender, remote: Sink) -> None:
    id = host.posted(BOB, subject="All is well", bcc=[{"email": "carol@remote.example"}])
    before = host.submission(id)
    assert (before["undoStatus"], set(host.status(id).values()) <= {"queued"}) == ("pending", True)
    host.submit()
    (taken,) = remote.taken
    assert taken.sender == "alice@example.org" and sorted(taken.recipients) == [BOB, "carol@remote.example"]
    assert b"Subject: All is well\r\n" in taken.data and b"Bcc" not in taken.data and b"carol" not in taken.data
    after = host.submission(id)
    assert after["undoStatus"] == "final" and set(host.status(id)) == {BOB, "carol@remote.example"}
    assert {each["smtpReply"][:3] for each in after["deliveryStatus"].values()} == {"250"}
    copy = host.call("Email/get", ids=[after["emailId"]], properties=["bcc", "mailboxIds", "keywords"])["list"][0]
    assert copy["bcc"] == [{"name": None, "email": "carol@remote.example"}]
    assert (list(copy["mailboxIds"]), copy["keywords"]) == ([host.mailboxes()["Sent"]["id"]], {"$seen": True})
    host.submit()
    assert len(remote.taken) == 1


def test_server_that_is_down_gets_it_when_it_is_up(tmp_path: Path) -> None:
    """The status is told before, and what is canceled before does not reach it."""
    with sink() as silent:
        port = silent.port
    with sender(tmp_path, port) as host:
        id, undone = host.posted(BOB, subject="Patience"), host.posted("carol@remote.example")
        host.submit()
        assert (host.submission(id)["undoStatus"], host.status(id)) == ("pending", {BOB: "queued"})
        assert len(host.waiting()) == 2
        assert host.cancel(undone) is None
        with sink(port) as awake:
            until_sent(host, id)
            assert [each.recipients for each in awake.taken] == [[BOB]]
        assert host.submission(undone)["undoStatus"] == "canceled"


@pytest.mark.parametrize("answer", ["450 4.7.1 Greylisted, come again", DROP])
def test_greylisting_and_dropped_connections(host: Sender, remote: Sink, answer: str) -> None:
    """At each point of a transaction, of one message each: nothing is lost, and nothing comes twice."""
    for verb in ("MAIL", "RCPT", "DATA", END):
        remote.say(verb, answer, times=1)
    ids = [host.posted(BOB, subject=f"Number {number}") for number in range(4)]
    host.submit()
    assert [host.status(id) for id in ids] == [{BOB: "queued"}] * 4
    assert {host.submission(id)["undoStatus"] for id in ids} == {"pending"} and remote.taken == []
    until_sent(host, *ids)
    assert len(remote.taken) == len({each.data for each in remote.taken}) == 4


@pytest.mark.parametrize(("verb", "answer"), [(GREETING, "421 4.3.2 Too busy"), (GREETING, DROP), ("EHLO", DROP)])
def test_server_that_is_not_ready(host: Sender, remote: Sink, verb: str, answer: str) -> None:
    remote.say(verb, answer, times=1)
    id = host.posted(BOB)
    host.submit()
    assert (host.submission(id)["undoStatus"], remote.taken) == ("pending", [])
    until_sent(host, id)
    assert len(remote.taken) == 1


def test_greylisting_of_one_of_two(host: Sender, remote: Sink) -> None:
    """Who has it does not get it again."""
    remote.say("RCPT", "450 4.7.1 Come again", text="bob@", times=1)
    id = host.posted(BOB, "carol@remote.example")
    host.submit()
    (taken,) = remote.taken
    assert taken.recipients == ["carol@remote.example"]
    assert host.status(id)[BOB] == "queued" and host.status(id)["carol@remote.example"] != "queued"
    until_sent(host, id)
    assert [each.recipients for each in remote.taken] == [["carol@remote.example"], [BOB]]


def test_connection_dropped_after_the_250(host: Sender, remote: Sink) -> None:
    """The server has it: it is not sent again, whatever becomes of QUIT."""
    remote.say(END, "250 2.0.0 Taken", times=1, drops=True)
    id = host.posted(BOB)
    host.submit()
    host.submit()
    assert (len(remote.taken), host.submission(id)["undoStatus"], host.waiting()) == (1, "final", [])
    assert host.submission(id)["deliveryStatus"][BOB]["smtpReply"].startswith("250 ")


def test_5xx_for_one_of_three(host: Sender, remote: Sink) -> None:
    """The others get it; a bounce tells alice, and the status whom it did not reach and why."""
    remote.say("RCPT", "550-5.1.1 No such user\r\n550 5.1.1 here", text="nobody@")
    id = host.posted(BOB, "nobody@remote.example", "carol@remote.example", subject="For three")
    host.submit()
    (taken,) = remote.taken
    assert sorted(taken.recipients) == [BOB, "carol@remote.example"]
    status = host.submission(id)["deliveryStatus"]
    assert {who: each["delivered"] for who, each in status.items() if each["delivered"] == "no"} == {
        "nobody@remote.example": "no"
    }
    assert status["nobody@remote.example"]["smtpReply"].startswith("550 5.1.1 ")
    assert {status[who]["smtpReply"][:3] for who in taken.recipients} == {"250"}
    assert host.submission(id)["undoStatus"] == "final"
    (blob,) = host.submission(id)["dsnBlobIds"]
    bounce = host.blob(blob)
    assert b"multipart/report" in bounce
    assert re.findall(rb"^Final-Recipient: *rfc822; *(.*)\r$", bounce, re.M) == [b"nobody@remote.example"]
    assert blob in {each["blobId"] for each in host.inbox().values()}


def test_5xx_is_final(host: Sender, remote: Sink) -> None:
    """At each point of a transaction, of one message each."""
    for verb in ("MAIL", "RCPT", "DATA", END):
        remote.say(verb, "554 5.7.1 Not from you", times=1)
    ids = [host.posted(BOB, subject=f"Number {number}") for number in range(4)]
    host.submit()
    for id in ids:
        assert (host.submission(id)["undoStatus"], host.status(id)) == ("final", {BOB: "no"})
        assert host.submission(id)["deliveryStatus"][BOB]["smtpReply"].startswith("554 5.7.1")
        assert len(host.submission(id)["dsnBlobIds"]) == 1
    host.submit(seconds=86_400)
    assert (host.waiting(), remote.taken) == ([], [])


def test_an_internal_message_that_is_refused_leaves_no_trace(host: Sender, remote: Sink) -> None:
    """A bounce of a bounce would go round for ever (RFC 5321 4.5.5)."""
    remote.say("MAIL", "554 5.7.1 No", times=1)
    before = host.inbox().keys()
    email = host.imported(b"From: bob@remote.example\r\nTo: alice@example.org\r\nMessage-ID: <mdn@remote.example>\r\n"
                          b"Disposition-Notification-To: bob@remote.example\r\nSubject: Seen?\r\n\r\nA\r\n",
                          mailboxIds={host.mailboxes()["Sent"]["id"]: True})  # fmt: skip
    how = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
    answer = host.request(
        ("MDN/send", {"identityId": host.identity()["id"],
                      "send": {"1": {"forEmailId": email["id"], "disposition": how}},
                      "onSuccessUpdateEmail": {"#1": {"keywords/$mdnsent": True}}}))  # fmt: skip
    assert answer[0][1].get("sent", {}).keys() == {"1"}, answer
    host.submit()
    assert (host.waiting(), host.inbox().keys(), remote.taken) == ([], before, [])


def test_one_bad_message_does_not_hold_up_others(host: Sender, remote: Sink) -> None:
    remote.say("RCPT", "450 4.2.1 Later", text="slow@", times=10**6)
    slow = host.posted("slow@remote.example")
    ids = [host.posted(BOB, subject=f"Number {number}") for number in range(5)]
    host.submit()
    assert len(remote.taken) == 5 and {host.submission(id)["undoStatus"] for id in ids} == {"final"}
    assert host.cancel(slow) is None


def test_given_up_after_days(host: Sender, remote: Sink) -> None:
    """RFC 5321 4.5.4.1: what no server took in that time comes back."""
    remote.say("RCPT", "450 4.2.0 Always busy", text="busy@")
    id = host.posted("busy@remote.example", subject="Never")
    host.submit()
    assert host.status(id) == {"busy@remote.example": "queued"}
    before = host.emails().keys()
    host.submit(seconds=30 * 86_400)
    assert host.status(id) == {"busy@remote.example": "no"} and host.waiting() == []
    assert host.submission(id)["deliveryStatus"]["busy@remote.example"]["smtpReply"].startswith("450 4.2.0 ")
    (blob,) = host.submission(id)["dsnBlobIds"]
    assert b"busy@remote.example" in host.blob(blob) and len(host.emails().keys() - before) == 1


def test_a_worker_that_stays_sends_at_once_and_again(host: Sender, remote: Sink) -> None:
    remote.say("RCPT", "450 4.7.1 Come again", text="later@", times=1)
    with running(host.host, "jmapd-submit"):
        ids = [host.posted(BOB), host.posted("later@remote.example")]
        remote.wait(2)
        for id in ids:
            wait_until(lambda id=id: host.submission(id)["undoStatus"] == "final", lambda: "not final")
    assert host.waiting() == []


def until_sent(host: Sender, *ids: str) -> None:
    """A run of the worker when the next attempt is due for certain."""
    host.submit(seconds=86_400)
    assert {host.submission(id)["undoStatus"] for id in ids} == {"final"} and host.waiting() == []
