"""Messages of others that are sent on as they are (RFC 8621 7, emailId; RFC 5322 3.6.6)."""

from pathlib import Path

import pytest

from tests.submission.submissions import Sending, envelope

pytestmark = pytest.mark.rfc("8621", "7")
CAME = """Return-Path: <eve@example.com>
Delivered-To: alice@example.org
Received: from mx.example.com by mail.example.org; Mon, 1 Jan 2024 00:00:00 +0000
From: Eve <eve@example.com>
To: alice@example.org
Date: Mon, 1 Jan 2024 00:00:00 +0000
Message-ID: <one@example.com>
Subject: Hello

Text
"""


@pytest.fixture
def host(tmp_path: Path) -> Sending:
    return Sending(tmp_path)


def test_redirect(host: Sending) -> None:
    id = host.submit(host.raw(CAME, folder="INBOX", flags="S"), envelope=envelope("bob@example.net"))["id"]
    head, _, body = host.octets(id).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[:2] and all(line.startswith("Resent-") for line in lines[:3])
    assert "Resent-From: alice@example.org" in lines[:3], "who sends it on says so"
    kept = CAME.partition("\n\n")[0].splitlines()[1:]  # all but Return-Path, which RFC 5321 4.4 forbids
    assert lines[3:] == kept and body == b"Text\r\n"
    assert host.entry(id)["mailFrom"]["email"] == "alice@example.org"


def test_the_return_path_is_the_identity_s(host: Sending) -> None:
    sales = host.identity("sales@example.org")
    created = host.submit(host.raw(CAME, folder="INBOX", flags="S"), identityId=sales)
    assert created["envelope"]["mailFrom"]["email"] == "sales@example.org"
    assert b"Resent-From: sales@example.org\r\n" in host.octets(created["id"])


@pytest.mark.rfc("8621", "7.5")
def test_it_may_not_be_sent_in_the_name_of_its_author(host: Sending) -> None:
    email = host.raw(CAME, folder="INBOX", flags="S")
    for address in ("eve@example.com", ""):
        assert host.refused(email, envelope=envelope(mail_from=address))["type"] == "forbiddenMailFrom"


@pytest.mark.rfc("8621", "7.5")
@pytest.mark.parametrize("flags", ["D", "DS"])
def test_a_draft_is_no_message_of_others(host: Sending, flags: str) -> None:
    assert host.refused(host.raw(CAME, flags=flags))["type"] == "forbiddenFrom"


@pytest.mark.rfc("8621", "7.5")
def test_what_did_not_come_by_mail_is_none_either(host: Sending) -> None:
    text = CAME.replace("Received:", "X-Received:")
    assert host.refused(host.raw(text, folder="INBOX", flags="S"))["type"] == "forbiddenFrom"


def test_one_s_own_message_is_sent_again_as_it_is(host: Sending) -> None:
    text = CAME.replace("eve@example.com", "alice@example.org")
    id = host.submit(host.raw(text, folder="INBOX", flags="S"), envelope=envelope("bob@example.net"))["id"]
    assert b"Resent-" not in host.octets(id)


def test_a_client_that_writes_resent_fields_itself(host: Sending) -> None:
    resent = (
        "Resent-From: alice@example.org\nResent-Bcc: carol@example.net\nResent-Date: Mon, 1 Jan 2024 00:00:00 +0000\n"
    )
    id = host.submit(host.raw(resent + CAME), envelope=envelope("carol@example.net"))["id"]
    octets = host.octets(id)
    assert octets.startswith(b"Resent-From: alice@example.org\r\nResent-Date:") and b"carol" not in octets
    forged = host.raw(resent.replace("alice", "bob") + CAME)
    assert host.refused(forged, envelope=envelope())["type"] == "forbiddenFrom"
