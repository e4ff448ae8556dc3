"""Reports with the worker: MDNs leave by it, and what comes back is found by it (RFC 8621 7, RFC 9007 2.1)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jmapd.formats.message import dsn, mdn
from tests.conftest import CORE, MAIL
from tests.submission.sending_host import BOB, CAROL, SendingHost
from tests.system.sink import Sink, sink

pytestmark = pytest.mark.rfc("8621", "7")
MDN = "urn:ietf:params:jmap:mdn"
ASKS = (
    b"From: bob@remote.example\r\nTo: alice@example.org\r\nMessage-ID: <2@remote.example>\r\n"
    b"Disposition-Notification-To: bob@remote.example\r\nSubject: Hello\r\n\r\nHello.\r\n"
)


@pytest.fixture
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture
def host(tmp_path: Path, peer: Sink) -> SendingHost:
    return SendingHost(tmp_path, peer)


@pytest.mark.rfc("8098", "3")
def test_an_mdn_leaves_with_the_null_sender(host: SendingHost, peer: Sink) -> None:
    host.deliver(ASKS)
    (identity,) = host.call("Identity/get", {"ids": None})["list"]
    disposition = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
    arguments = {
        "accountId": "alice",
        "identityId": identity["id"],
        "send": {"k": {"forEmailId": host.ids()[0], "disposition": disposition}},
        "onSuccessUpdateEmail": {"#k": {"keywords/$mdnsent": True}},
    }
    host.request([["MDN/send", arguments]], (CORE, MAIL, MDN))
    host.work()
    (taken,) = peer.taken
    assert (taken.sender, taken.recipients) == ("", [BOB])
    found = mdn.parse(taken.data)
    assert found is not None and found.original_message_id == "<2@remote.example>"
    assert not list(host.outbox.glob("*.json"))


def test_a_bounce_of_our_own_is_named_once(host: SendingHost, peer: Sink) -> None:
    peer.say("RCPT", "550 5.1.1 No such user", text=CAROL)
    id = host.submit(BOB, CAROL)
    host.work()
    host.work()
    record = host.record(id)
    assert len(record["dsnBlobIds"]) == 1 and record["deliveryStatus"][CAROL]["smtpReply"] == "550 5.1.1 No such user"
    data = next(path.read_bytes() for path in (host.root / "new").iterdir())
    report = dsn.parse(data)
    assert report is not None and report.envelope_id == id and [each.final for each in report.recipients] == [CAROL]


@pytest.mark.rfc("3464", "2.3.3")
def test_a_bounce_that_comes_back(host: SendingHost, peer: Sink) -> None:
    id = host.submit(BOB, CAROL)
    host.work()
    assert host.record(id)["deliveryStatus"][BOB]["delivered"] == "unknown"
    report = dsn.DeliveryReport("far.example", [dsn.Recipient(BOB, "failed", "5.2.2", diagnostic="552 full")], id)
    host.deliver(dsn.build(report, "alice@example.org", "postmaster@far.example", b"Subject: x\r\n\r\n"), new=True)
    host.work()
    record = host.record(id)
    assert record["deliveryStatus"][BOB] == {"delivered": "no", "smtpReply": "552 full", "displayed": "unknown"}
    assert record["deliveryStatus"][CAROL]["delivered"] == "unknown" and len(record["dsnBlobIds"]) == 1
