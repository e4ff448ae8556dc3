"""Whose scheduling messages are followed: signatures (RFC 6047 2.2.2), known senders (RFC 5546 6.2.2), guests told."""

from pathlib import Path
from typing import Any

import pytest

from tests.scheduling.inbox import DAVE, ORGANIZER, Inboxes, attendee, imip, message
from tests.smimeverify.authority import authority, signed

pytestmark = pytest.mark.rfc("6047", "2.2.2")
INVITED = (ORGANIZER, attendee("alice@example.org"), "SUMMARY:Plan", "DURATION:PT1H")
CARD = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:dave\r\nFN:Dave\r\nEMAIL:Dave@Example.com\r\nEND:VCARD\r\n"


def letter(signer: str, sender: str = f"Dave <{DAVE}>") -> str:
    """A signed invitation."""
    body = "Content-Type: text/calendar; method=REQUEST\r\n\r\n" + message("REQUEST", *INVITED)
    return signed(authority().issue(email=signer), body=body, sender=sender).decode()


@pytest.mark.parametrize("must", [True, False])
@pytest.mark.parametrize("case", ["right", "changed", "of another", "none"])
def test_signatures(tmp_path: Path, must: bool, case: str) -> None:
    """One that is broken, or of another, is never believed; whether there must be one is up to the administrator."""
    trust = tmp_path / "trust.pem"
    trust.write_bytes(authority().pem)
    calendars: dict[str, Any] = {"invitations": "all", "signed": must}
    host = Inboxes(tmp_path, calendars=calendars, smime={"trust_store": str(trust)})
    mail = imip(message("REQUEST", *INVITED)) if case == "none" else letter("x@y.net" if case == "of another" else DAVE)
    host.arrive(mail.replace("SUMMARY:Plan", "SUMMARY:Plot") if case == "changed" else mail)
    assert len(host.all_events()) == (case == "right" or (case == "none" and not must))


@pytest.mark.rfc("5546", "6.2.2")
@pytest.mark.parametrize("is_known", [True, False])
def test_contacts_are_known(tmp_path: Path, is_known: bool) -> None:
    """The default: who is in the user's contacts may add events."""
    cards = tmp_path / "cards"
    (cards / "alice" / "friends").mkdir(parents=True)
    if is_known:
        (cards / "alice" / "friends" / "dave.vcf").write_text(CARD)
    host = Inboxes(tmp_path, calendars={}, paths={"contacts": str(cards / "{user}")})
    host.arrive(imip(message("REQUEST", *INVITED)))
    assert len(host.all_events()) == is_known


def test_who_gets_the_mail_of_a_whole_domain(tmp_path: Path) -> None:
    """Is not the other users that are in it; an address with a detail is his own."""
    given = {"domain": "example.org", "addresses": {"alice": ["*@example.org"]}}
    host = Inboxes(tmp_path, calendars={}, identities=given)
    lines = ("ORGANIZER:mailto:bob@example.org", attendee("alice+work@example.org"))
    host.arrive(imip(message("REQUEST", *lines), sender="bob@example.org"))
    assert host.status("alice+work@example.org") == "needs-action"


@pytest.mark.rfc("jmap-calendars-27", "7")
def test_all_who_see_the_account_are_told(tmp_path: Path) -> None:
    """And the Calendar of a group is invited as a user's is."""
    shared = {"team": ["alice", "bob:read"]}
    host = Inboxes(tmp_path, shared, identities={"domain": "example.org", "addresses": {}})
    host.arrive(imip(message("REQUEST", ORGANIZER, attendee("team@example.org"))), user="team")
    for user in ("alice", "bob"):
        host.log_in(user).account = "team"
        (calendar,) = host.call("Calendar/get", {"ids": None})["list"]
        assert len(host.all_events()) == 1
        assert len(host.notifications()) == calendar["isSubscribed"]
