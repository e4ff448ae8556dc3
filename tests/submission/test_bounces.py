"""Reports to the sender about what cannot be delivered (RFC 5321 6.1, RFC 3461 5.2, RFC 3464)."""

import pytest

from tests.submission.sending_host import BOB, CAROL, DAVE, SendingHost, at
from tests.system.sink import END, Sink

pytestmark = pytest.mark.rfc("5321", "6.1")
MINUTE = 60


def test_refused_for_good(host: SendingHost, peer: Sink) -> None:
    """One of three: the others get it, the sender a report (RFC 5321 6.1), which dsnBlobIds names."""
    peer.say("RCPT", "550-5.1.1 No such\r\n550 5.1.1 user here", text=CAROL)
    id = host.submit(BOB, CAROL, DAVE)
    host.work()
    status = host.status(id)
    assert status[CAROL] == ("550 5.1.1 No such user here", "no")
    assert {status[each][1] for each in (BOB, DAVE)} == {"unknown"}
    assert peer.taken[0].recipients == [BOB, DAVE] and not host.waiting()
    (blob,) = host.record(id)["dsnBlobIds"]
    (bounce,) = [each for each in host.bounces() if each["blobId"] == blob]
    report = host.client.get(f"/jmap/download/alice/{blob}/x", auth=host.authorization).data
    assert b"Final-Recipient: rfc822; carol@remote.example\r\n" in report
    assert f"Original-Envelope-Id: {id}\r\n".encode() in report
    assert b"Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n" in report
    assert b"\r\nReturn-Path: <>\r\n" in b"\r\n" + report
    assert bounce["from"][0]["email"] == "MAILER-DAEMON@example.org" and bounce["keywords"] == {}
    host.work()
    assert len(host.bounces()) == 1 and host.record(id)["dsnBlobIds"] == [blob]


@pytest.mark.rfc("3461", "5.2.2")
def test_who_asks_for_no_report_gets_none(host: SendingHost, peer: Sink) -> None:
    peer.say("RCPT", "550 5.1.1 No such user")
    quiet = [{"email": BOB, "parameters": {"NOTIFY": "NEVER"}}, {"email": CAROL, "parameters": {"notify": "SUCCESS"}}]
    id = host.submit(*quiet)
    host.work()
    assert host.bounces() == [] and host.record(id)["dsnBlobIds"] == [] and host.record(id)["undoStatus"] == "final"
    assert {each for _, each in host.status(id).values()} == {"no"}


@pytest.mark.rfc("3461", "4.3")
@pytest.mark.parametrize("ret, has_text", [(None, True), ("FULL", True), ("HDRS", False)])
def test_how_much_of_the_message_comes_back(host: SendingHost, peer: Sink, ret: str | None, has_text: bool) -> None:
    """And under which name the sender knows the recipient (RFC 3461 4.2)."""
    peer.say("RCPT", "550 5.1.1 No such user")
    parameters = {"RET": ret} if ret else None
    known_as = {"email": BOB, "parameters": {"ORCPT": "rfc822;Bob@old.example"}}
    id = host.submit(known_as, sender={"email": "alice@example.org", "parameters": parameters})
    host.work()
    (blob,) = host.record(id)["dsnBlobIds"]
    report = host.client.get(f"/jmap/download/alice/{blob}/x", auth=host.authorization).data
    assert (b"\r\nHello.\r\n" in report) == has_text and b"\r\nMessage-ID: <1@example.org>\r\n" in report
    assert b"\r\nOriginal-Recipient: rfc822; Bob@old.example\r\n" in report


def test_refused_later(host: SendingHost, peer: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure is told once, also where others are still tried."""
    peer.say("RCPT", "550 5.1.1 No such user", text=CAROL)
    peer.say("RCPT", "450 4.2.1 Full", text=DAVE, times=1)
    id = host.submit(CAROL, DAVE)
    host.work()
    assert len(host.bounces()) == 1 and host.record(id)["undoStatus"] == "pending"
    at(monkeypatch, MINUTE)
    host.work()
    assert len(host.bounces()) == 1 and host.status(id)[DAVE][1] == "unknown" and not host.waiting()
    assert len([line for line in peer.commands if CAROL in line]) == 1


@pytest.mark.rfc("8621", "7")
def test_message_refused_after_data(host: SendingHost, peer: Sink) -> None:
    """The answer to the message counts for those whose RCPT was taken."""
    peer.say(END, "554 5.7.1 Spam")
    peer.say("RCPT", "550 5.1.1 No such user", text=CAROL)
    id = host.submit(BOB, CAROL)
    host.work()
    assert host.status(id) == {BOB: ("554 5.7.1 Spam", "no"), CAROL: ("550 5.1.1 No such user", "no")}
    assert len(host.bounces()) == 1 and host.record(id)["undoStatus"] == "final"
