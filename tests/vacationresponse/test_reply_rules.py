"""Who gets a reply, and who never does (RFC 3834 2, RFC 5230 4.5 and 4.6)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.vacationresponse.conftest import Away

pytestmark = pytest.mark.rfc("3834", "2")

LISTS = [f"List-{name}: <mailto:x@example.com>" for name in ("Id", "Help", "Subscribe", "Unsubscribe", "Post", "Owner")]


def test_a_personal_message(away: Away) -> None:
    away.receive()
    assert len(away.entries()) == 1


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("Auto-Submitted: auto-generated", marks=pytest.mark.rfc("3834", "5")),
        pytest.param("Auto-Submitted: auto-replied", marks=pytest.mark.rfc("3834", "5")),
        pytest.param("auto-submitted: (x) Auto-Notified; owner=a", marks=pytest.mark.rfc("3834", "5")),
        pytest.param("Auto-Submitted: x-unknown", marks=pytest.mark.rfc("3834", "5")),
        *(pytest.param(line, marks=pytest.mark.rfc("5230", "4.6")) for line in LISTS),
        "List-Archive: <https://example.com>",
        "Precedence: bulk",
        "Precedence: LIST",
        "precedence: junk (really)",
        "X-Auto-Response-Suppress: DR, OOF",
        "X-Auto-Response-Suppress: All",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "X-Spam-Flag: YES",
        "X-Spam-Status: Yes, score=9.1",
    ],
)
def test_no_reply_to_programs_and_lists(away: Away, line: str) -> None:
    away.receive(line)
    assert away.entries() == []


@pytest.mark.parametrize(
    "line",
    ["Auto-Submitted: no", "Auto-Submitted: No (typed)", "Precedence: first-class", "X-Spam-Flag: NO", "X-List-Id: x"],
)
def test_what_is_no_reason(away: Away, line: str) -> None:
    away.receive(line)
    assert len(away.entries()) == 1


@pytest.mark.rfc("5230", "4.6")
@pytest.mark.parametrize(
    "sender",
    [
        "",
        "MAILER-DAEMON@example.com",
        "mailer-daemon@example.com",
        "owner-list@example.com",
        "list-request@example.com",
        "list-owner@example.com",
        "list-bounces@example.com",
        "list-bounces+alice=example.org@example.com",
        "bounce-17@example.com",
        "LISTSERV@example.com",
        "majordomo@example.com",
        "no-reply@example.com",
        "noreply+x@example.com",
        "postmaster@example.com",
        "bob",
        "bob@example.com> NOTIFY=SUCCESS",
        "a b@example.com",
        "bob@example.com\r\nBcc: eve@example.com",
        "x" * 300 + "@example.com",
    ],
)
def test_no_reply_to_senders_that_are_no_person(away: Away, sender: str) -> None:
    away.receive(sender=sender)
    assert away.entries() == []


@pytest.mark.parametrize(
    "sender",
    ["requester@example.com", "ownership@example.com", "bouncer@example.com", '"b b"@example.com', "bøb@example.com"],
)
def test_senders_that_are_persons(away: Away, sender: str) -> None:
    away.receive(sender=sender)
    [entry] = away.entries()
    assert entry["rcptTo"][0]["email"] == sender


@pytest.mark.rfc("5230", "4.6")
@pytest.mark.parametrize("sender", ["alice@example.org", "Alice@EXAMPLE.org", "alice+x@example.org"])
def test_no_reply_to_oneself(away: Away, sender: str) -> None:
    away.receive(sender=sender)
    assert away.entries() == []


@pytest.mark.rfc("5230", "4.5")
@pytest.mark.parametrize(
    ("to", "lines"),
    [
        ("Alice <Alice@EXAMPLE.org>", ()),
        ("friends: bob@example.com, alice@example.org;", ()),
        ("bob@example.com", ("Cc: alice@example.org",)),
        ("bob@example.com", ("Bcc: alice@example.org",)),
        ("bob@example.com", ("Resent-To: alice@example.org",)),
        ("bob@example.com", ("Resent-Cc: alice@example.org",)),
        ("=?utf-8?q?=C3=84?= <alice+detail@example.org>", ()),
    ],
)
def test_addressed(away: Away, to: str, lines: tuple[str, ...]) -> None:
    away.receive(*lines, to=to)
    assert len(away.entries()) == 1


@pytest.mark.rfc("5230", "4.5")
@pytest.mark.parametrize(
    "to", ["undisclosed-recipients:;", "list@example.com", "alice@example.com", "", "alice <", "\x00"]
)
def test_not_addressed(away: Away, to: str) -> None:
    away.receive("X-To: alice@example.org", to=to)
    assert away.entries() == []


@pytest.mark.rfc("5230", "4.5")
def test_not_addressed_by_a_crowd(away: Away) -> None:
    """Hostile headers are not read to the end."""
    away.receive(to=",\r\n ".join([*(f"{number}@example.com" for number in range(5000)), "alice@example.org"]))
    assert away.entries() == []


@pytest.mark.rfc("5230", "4.5")
def test_aliases_of_the_account_count(make_away: Callable[..., Away]) -> None:
    host = make_away(identities={"domain": "example.org", "addresses": {"alice": ["sales@example.org", "*@a.example"]}})
    host.set(isEnabled=True)
    host.receive(to="sales@example.org")
    host.receive(to="anything@a.example", sender="carol@example.com")
    host.receive(to="sales@example.com", sender="dave@example.com")
    assert [entry["rcptTo"][0]["email"] for entry in host.entries()] == ["bob@example.com", "carol@example.com"]


@pytest.mark.rfc("8621", "8")
def test_only_when_enabled(make_away: Callable[..., Away]) -> None:
    host = make_away()
    host.receive()
    host.set(isEnabled=True)
    host.set(isEnabled=False)
    host.receive()
    assert host.entries() == []


@pytest.mark.parametrize("method", ["sieve", "off"])
def test_only_by_the_agent_that_is_configured(make_away: Callable[..., Away], method: str) -> None:
    host = make_away()
    host.set(isEnabled=True)
    other = {"vacation": {"method": method}}
    Away.receive(_reconfigured(host, other))
    assert host.entries() == []
    host.receive()
    assert len(host.entries()) == 1


def _reconfigured(host: Away, sections: dict[str, dict[str, Any]]) -> Away:
    """The same files under another configuration."""
    other = object.__new__(Away)
    vacation = replace(host.config.vacation, **sections["vacation"])
    other.config = type(host.config)(paths=host.config.paths, identities=host.config.identities, vacation=vacation)
    return other
