"""Which addresses an account has, may use, and gets mail for (RFC 8621 6, 7.5 forbiddenFrom)."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.stores.addresses import Addresses

GIVEN = {
    "alice": ["sales@example.org", "*@alice.example", "Alice.A@example.org", "ALICE@example.org"],
    "team": ["info@example.org"],
    "bob@example.net": ["robert@example.net"],
}
ACCOUNTS = ["alice", "bob@example.net", "Carol", "team", "dave"]


def made(**options: Any) -> Addresses:
    given = {"domain": "example.org", "addresses": GIVEN} | options
    return Addresses({f"identities.{name}": value for name, value in given.items()})


@pytest.mark.rfc("8621", "6")
@pytest.mark.parametrize(
    "account, expected",
    [
        ("alice", ["alice@example.org", "sales@example.org", "Alice.A@example.org", "*@alice.example"]),
        ("bob@example.net", ["bob@example.net", "robert@example.net"]),
        ("Carol", ["Carol@example.org"]),
        ("with space", []),
        ("a@b@c", []),
    ],
)
def test_of(account: str, expected: list[str]) -> None:
    assert made().of(account) == expected


@pytest.mark.rfc("8621", "7.5")
@pytest.mark.parametrize(
    "account, address, expected",
    [
        ("alice", "alice@example.org", True),
        ("alice", "Alice@EXAMPLE.org", True),
        ("alice", "alice+shop@example.org", True),
        ("alice", "sales+x+y@example.org", True),
        ("alice", "any@alice.example", True),
        ("alice", "*@alice.example", True),
        ("alice", "any@sub.alice.example", False),
        ("alice", "any@notalice.example", False),
        ("alice", "*@example.org", False),
        ("alice", "bob@example.org", False),
        ("alice", "+alice@example.org", False),
        ("alice", "alic+e@example.org", False),
        ("alice", "info@example.org", False),
        ("team", "info@example.org", True),
        ("Carol", "carol@example.org", True),
        ("bob@example.net", "bob@example.org", False),
        ("alice", "", False),
        ("alice", "any\r\nX: y@alice.example", False),
        ("alice", "any@alice.example\r\nX: y", False),
    ],
)
def test_may_use(account: str, address: str, expected: bool) -> None:
    assert made().may_use(account, address) is expected


@pytest.mark.rfc("5321", "2.4")
@pytest.mark.parametrize(
    "recipient, expected",
    [
        ("alice", "alice"),
        ("ALICE", "alice"),
        ("alice+detail", "alice"),
        ("alice@example.org", "alice"),
        ("Alice+a+b@Example.ORG", "alice"),
        ("alice@localhost", "alice"),
        ("alice@elsewhere.example", None),
        ("sales@example.org", "alice"),
        ("sales+x@example.org", "alice"),
        ("any@alice.example", "alice"),
        ("alice@alice.example", "alice"),
        ("bob@example.net", "bob@example.net"),
        ("bob+x@example.net", "bob@example.net"),
        ("robert@example.net", "bob@example.net"),
        ("bob@example.org", None),
        ("bob", None),
        ("carol", "Carol"),
        ("carol@example.org", "Carol"),
        ("info@example.org", "team"),
        ("nobody@example.org", None),
        ("", None),
        ("@", None),
        ("+", None),
        ("*@alice.example", "alice"),
    ],
)
def test_account_of(recipient: str, expected: str | None) -> None:
    assert made().account_of(recipient, ACCOUNTS) == expected


def test_an_account_that_is_not_there_gets_nothing() -> None:
    assert made().account_of("sales@example.org", ["bob"]) is None


def test_names_that_differ_in_case_only() -> None:
    found = made(addresses={})
    assert found.account_of("Eve", ["eve", "Eve"]) == "Eve" and found.account_of("eve", ["Eve", "eve"]) == "eve"
    assert found.account_of("EVE@example.org", ["Eve", "eve"]) == "eve"


@pytest.mark.rfc("6531", "3.3")
@pytest.mark.parametrize("domain", ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"])
@pytest.mark.parametrize("written", ["bücher.example", "xn--bcher-kva.example"])
def test_domains_beyond_ascii(domain: str, written: str) -> None:
    found = made(domain=domain)
    assert found.account_of(f"alice+x@{written}", ACCOUNTS) == "alice"
    assert found.may_use("alice", f"alice@{written}")


def test_bare_logins_of_accounts_that_are_addresses() -> None:
    assert made(domain="example.net").account_of("bob", ACCOUNTS) == "bob@example.net"


@pytest.mark.parametrize("delimiter", ["-", "+-", "=-_"])
def test_other_delimiters(delimiter: str) -> None:
    found = Addresses({"identities.domain": "example.org", "delivery.recipient_delimiter": delimiter})
    assert found.may_use("alice", "alice-x@example.org") and found.account_of("alice-x", ["alice"]) == "alice"
    assert found.account_of("mary-ann", ["mary", "mary-ann"]) == "mary-ann"


def test_no_delimiter() -> None:
    found = Addresses({"identities.domain": "example.org", "delivery.recipient_delimiter": ""})
    assert not found.may_use("alice", "alice+x@example.org") and found.account_of("alice+x", ["alice"]) is None


@pytest.fixture
def aliases(tmp_path: Path) -> Any:
    """Addresses with an alias file of that content."""

    def make(text: str) -> Addresses:
        (tmp_path / "aliases").write_text(text)
        return made(addresses={}, alias_files=[str(tmp_path / "aliases")])

    return make


@pytest.mark.parametrize(
    "text, account, expected",
    [
        ("boss: alice", "alice", ["boss@example.org"]),
        ("root: admin\nadmin: alice\npostmaster: root", "alice", ["admin@example.org", "root@example.org",
         "postmaster@example.org"]),
        ("list: alice, bob", "alice", []),
        ("list: alice,\n  bob", "alice", []),
        ("one: list\nlist: alice, bob", "alice", []),
        ("alice: alice, \"|/usr/bin/vacation alice\"\nboss: \\alice", "alice", ["boss@example.org"]),
        ("boss: ALICE\nBoss: bob", "alice", ["boss@example.org"]),
        ("boss: alice@example.org", "alice", ["boss@example.org"]),
        ("boss: alice@elsewhere.example", "alice", []),
        ("info@alice.example  alice", "alice", ["info@alice.example"]),
        ("@alice.example\talice", "alice", ["*@alice.example"]),
        ("info@alice.example  alice@example.org", "alice", ["info@alice.example"]),
        ("a: b\nb: a\nb: alice", "alice", []),
        ("a: a\nloop: loop, alice", "alice", []),
        ("# x: alice\n\n  # y: alice\nz: alice", "alice", ["z@example.org"]),
        ('"odd name": alice\n"good": alice', "alice", ["good@example.org"]),
    ],
)  # fmt: skip
def test_aliases_of_an_account(aliases: Any, text: str, account: str, expected: list[str]) -> None:
    assert aliases(text).of(account) == [f"{account}@example.org", *expected]


@pytest.mark.parametrize(
    "text, recipient, expected",
    [
        ("boss: alice", "boss@example.org", "alice"),
        ("boss: alice", "boss+x", "alice"),
        ("boss: alice", "boss@elsewhere.example", None),
        ("root: admin\nadmin: alice", "root", "alice"),
        ("dave: alice", "dave", "dave"),
        ("erin: alice", "erin@example.org", "alice"),
        ("info@alice.example  alice", "Info@Alice.Example", "alice"),
        ("@alice.example  alice", "any@alice.example", "alice"),
        ("robert  bob@example.net", "robert@example.org", "bob@example.net"),
        ("a: b\nb: a", "a", None),
        ("list: alice, carol", "list", None),
        ("pipe: |/bin/cat", "pipe", None),
        ("file: /dev/null", "file", None),
        ("all: :include:/etc/passwd", "all", None),
    ],
)
def test_recipients_by_alias(aliases: Any, text: str, recipient: str, expected: str | None) -> None:
    assert aliases(text).account_of(recipient, ACCOUNTS) == expected


def test_a_long_chain_in_many_files_is_followed_in_no_time(tmp_path: Path) -> None:
    names = [str(tmp_path / f"{number}") for number in range(4)]
    for name in names:
        Path(name).write_text("".join(f"a{n}: a{n + 1}\n" for n in range(100)))
    found = made(addresses={}, alias_files=names)
    assert found.account_of("a1", ["a10"]) == "a10" and found.account_of("a1", ["a90"]) is None


def test_an_alias_may_be_used(aliases: Any) -> None:
    found = aliases("boss: alice\n@alice.example alice\nlist: alice, bob")
    assert found.may_use("alice", "Boss@example.org") and found.may_use("alice", "x@alice.example")
    assert not found.may_use("alice", "list@example.org") and not found.may_use("dave", "boss@example.org")
