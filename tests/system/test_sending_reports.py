"""Bounces and receipts that come back by LMTP change the submission that they are about (RFC 8621 7, 3464, 8098)."""

import email

import pytest

from .sending import Host, letter
from .sink import Sink
from .web import wait_until

pytestmark = [pytest.mark.system, pytest.mark.rfc("8621", "7")]
BOB = "bob@remote.example"


def report(id: str, status: str, action: str, reply: str = "", recipient: str = BOB) -> bytes:
    """A delivery status notification (RFC 3464)."""
    diagnostic = f"Diagnostic-Code: smtp; {reply}\n" if reply else ""
    text = f"""From: MAILER-DAEMON@remote.example
To: alice@example.org
Subject: Report on {id} {action}
Message-ID: <{action}.{id}@remote.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b

It is {action}.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; remote.example
Original-Envelope-Id: {id}

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
{diagnostic}
--b--
"""
    return text.replace("\n", "\r\n").encode()


def envelope_id(outside: Sink) -> str:
    (found,) = [option for option in outside.taken[-1].sender_options if option.startswith("ENVID=")]
    return found.partition("=")[2]


@pytest.mark.rfc("3464", "2")
def test_a_bounce_comes_back(host: Host) -> None:
    alice, mail, outside = host
    id = alice.posted(BOB, subject="Are you there?")
    outside.wait(1)
    alice.settled(id, {BOB: "unknown"})
    state = alice.call("EmailSubmission/get", ids=[])["state"]
    assert mail.lmtp(report(envelope_id(outside), "5.2.1", "failed", "550 5.2.1 Mailbox is closed"), "") == {}
    alice.settled(id, {BOB: "no"})
    found = alice.submission(id)
    assert "5.2.1" in found["deliveryStatus"][BOB]["smtpReply"]
    (bounce,) = alice.inbox().values()
    assert found["dsnBlobIds"] == [bounce["blobId"]] and b"It is failed." in alice.blob(bounce["blobId"])
    assert alice.call("EmailSubmission/changes", sinceState=state)["updated"] == [id]


@pytest.mark.rfc("3464", "2")
def test_a_report_of_success_and_one_of_nothing_we_sent(host: Host) -> None:
    alice, mail, outside = host
    id = alice.posted(BOB)
    outside.wait(1)
    forged = report("no-such-submission", "5.0.0", "failed", "550 5.0.0 Forged")
    stranger = report(envelope_id(outside), "5.0.0", "failed", "550 5.0.0 Forged", "carol@remote.example")
    for message in (forged, stranger, report(envelope_id(outside), "2.0.0", "delivered")):
        assert mail.lmtp(message, "") == {}
    alice.settled(id, {BOB: "yes"})
    assert len(alice.inbox()) == 3


@pytest.mark.rfc("8098", "3")
def test_a_receipt_comes_back(host: Host) -> None:
    """Bob's client tells that he has seen it, and alice's tells him the same of his answer."""
    alice, mail, outside = host
    asked = {"header:Disposition-Notification-To:asText": "alice@example.org"}
    id = alice.posted(BOB, **asked)
    sent = message_id(outside.wait(1)[0].data)
    receipt = f"""From: {BOB}
To: alice@example.org
Subject: Displayed: Hello
Message-ID: <displayed@remote.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b

Bob has seen it.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {BOB}
Original-Message-ID: {sent}
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""
    assert mail.lmtp(receipt.replace("\n", "\r\n").encode(), "") == {}
    wait_until(lambda: len(alice.submission(id)["mdnBlobIds"]) == 1, lambda: str(alice.submission(id)))
    assert alice.submission(id)["deliveryStatus"][BOB]["displayed"] == "yes"
    assert mail.lmtp(letter("Answer", Disposition_Notification_To=BOB, Return_Path=f"<{BOB}>")) == {}
    answer = alice.inbox()["Answer"]["id"]
    how = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
    mdn = {"forEmailId": answer, "subject": "Read: Answer", "textBody": "Seen.", "disposition": how}
    identity = alice.identity()["id"]
    done = alice.request(
        ("MDN/send", {"identityId": identity, "send": {"1": mdn},
                      "onSuccessUpdateEmail": {"#1": {"keywords/$mdnsent": True}}}))  # fmt: skip
    assert done[0][1]["sent"].keys() == {"1"} and done[1][1]["updated"].keys() == {answer}, done
    (_, second) = outside.wait(2)
    assert (second.sender, second.recipients) == ("", [BOB])
    assert b"Disposition: manual-action/MDN-sent-manually;displayed" in second.data.replace(b"; ", b";")


def message_id(data: bytes) -> str:
    return str(email.message_from_bytes(data)["Message-ID"])
