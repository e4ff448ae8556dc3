"""Invitations leave as other mail does, and who sent them is told when they cannot be delivered (RFC 5321 6.1)."""

from collections.abc import Iterator
from typing import Any

import pytest

from jmapd.config import flat
from jmapd.protocol.accounts import Accounts
from jmapd.submission.worker import Worker
from tests.scheduling.outgoing import Scheduling
from tests.system.sink import Sink, sink

BOB, CAROL = "bob@example.net", "carol@example.net"
pytestmark = pytest.mark.rfc("5321", "6.1")


@pytest.fixture
def peer() -> Iterator[Sink]:
    with sink() as peer:
        yield peer


@pytest.fixture
def host(make_host: Any, peer: Sink) -> Scheduling:
    host: Scheduling = make_host(submission={"host": "127.0.0.1", "port": peer.port})
    return host


def work(host: Scheduling) -> None:
    """What bin/jmapd-submit --once does."""
    account = Accounts(host.config).account("alice")
    assert account is not None
    Worker(flat(host.config), lambda: [account]).run_once()


def test_delivered(host: Scheduling, peer: Sink) -> None:
    host.invite(BOB, CAROL)
    work(host)
    (taken,) = peer.taken
    assert (taken.sender, sorted(taken.recipients)) == ("alice@example.org", [BOB, CAROL])
    assert b"METHOD:REQUEST" in taken.data


def test_refused(host: Scheduling, peer: Sink) -> None:
    """A report for the organizer about the one who does not get it."""
    peer.say("RCPT", "550 5.1.1 Nobody", text=CAROL)
    host.invite(BOB, CAROL)
    work(host)
    emails = host.call("Email/get", {"ids": None, "properties": ["subject", "preview"]})["list"]
    (report,) = [each for each in emails if each["subject"] == "Mail could not be delivered"]
    assert [taken.recipients for taken in peer.taken] == [[BOB]]
    work(host)
    assert len(host.call("Email/get", {"ids": None, "properties": ["id"]})["list"]) == 1 and report
