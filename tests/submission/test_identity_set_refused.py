"""Identity/set: addresses that are not the account's, values that could not stand in a message, limits."""

from pathlib import Path
from typing import Any

import pytest

from jmapd.stores.identities import IdentityStore

from .identities import Identities

pytestmark = pytest.mark.rfc("8621", "6.3")


@pytest.fixture
def host(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


@pytest.mark.parametrize(
    "email",
    [
        *("eve@evil.example", "bob@example.org", "alice@sub.example.org", "*@example.org", "*@sub.alice.example"),
        *("salesx@example.org", "alice@example.org.evil.example", '"alice"@evil.example', "bob+alice@example.org"),
    ],
)
def test_forbidden_from(host: Identities, email: str) -> None:
    error = host.refused(email=email)
    assert error["type"] == "forbiddenFrom" and "email" in error["description"]


@pytest.mark.parametrize(
    "email",
    [
        *("Alice@Example.ORG", "SALES@example.org", "alice+shop@example.org", "*@alice.example", "x+y@ALICE.example"),
        '"odd local"@alice.example',
    ],
)
def test_allowed(host: Identities, email: str) -> None:
    host.create(email=email)
    assert email in host.identities()


@pytest.mark.parametrize(
    "email",
    [
        *("", "alice", "@example.org", "alice@", "alice@@example.org", "alice @example.org", "alice@example.org "),
        *("<alice@example.org>", "Alice <alice@example.org>", "alice@example.org, eve@evil.example"),
        *("alice@example.org\r\nBcc: eve@evil.example", "alice\n@example.org", "alice\0@example.org"),
        *("a" * 65 + "@alice.example", "a@" + "b" * 300 + ".example", "a..b@alice.example"),
    ],
)
def test_what_is_no_address(host: Identities, email: str) -> None:
    error = host.refused(email=email)
    assert error["type"] == "invalidProperties" and error["properties"] == ["email"] and "email" in error["description"]


def test_email_must_be_given_and_never_changes(host: Identities) -> None:
    error = host.set(create={"k": {"name": "x"}})["notCreated"]["k"]
    assert error["type"] == "invalidProperties" and error["properties"] == ["email"]
    id = host.identities()["sales@example.org"]["id"]
    error = host.set(update={id: {"email": "alice@example.org"}})["notUpdated"][id]
    assert error["type"] == "invalidProperties" and error["properties"] == ["email"]


@pytest.mark.parametrize("value", ["A\r\nBcc: eve@evil.example", "A\nB", "A\rB", "\0", "\x1b[2J"])
def test_names_that_could_end_a_header_field(host: Identities, value: str) -> None:
    error = host.refused(name=value)
    assert error["type"] == "invalidProperties" and error["properties"] == ["name"] and "name" in error["description"]
    id = host.identities()["alice@example.org"]["id"]
    error = host.set(update={id: {"name": value}})["notUpdated"][id]
    assert error["type"] == "invalidProperties" and error["properties"] == ["name"]


BAD: list[Any] = [
    {"name": "A\r\nBcc: x", "email": "a@example.org"},
    {"name": None, "email": "a@example.org\r\nX: y"},
    {"name": None, "email": "no address"},
    {"name": None, "email": ""},
    {"name": 1, "email": "a@example.org"},
    {"name": "x"},
    "a@example.org",
]


@pytest.mark.parametrize("name", ["replyTo", "bcc"])
@pytest.mark.parametrize("value", BAD)
def test_addresses_that_cannot_be_written(host: Identities, name: str, value: Any) -> None:
    error = host.refused(**{name: [{"name": None, "email": "good@example.org"}, value]})
    assert error["type"] == "invalidProperties" and error["properties"] == [name] and name in error["description"]


ADDRESS = {"name": None, "email": "bob@example.org"}


@pytest.mark.parametrize(
    "name, one, most",
    [("textSignature", "é", 131072), ("htmlSignature", "é", 131072), ("name", "é", 512), ("bcc", [ADDRESS], 100)],
)
def test_sizes(host: Identities, name: str, one: Any, most: int) -> None:
    host.create(**{name: one * most})
    error = host.refused(**{name: one * (most + 1)})
    assert error["type"] == "tooLarge" and name in error["description"]


@pytest.mark.parametrize("name, value", [("id", "I1"), ("mayDelete", True), ("unknown", 1)])
def test_what_the_server_sets(host: Identities, name: str, value: Any) -> None:
    assert host.refused(**{name: value})["properties"] == [name]


def test_may_delete_cannot_be_changed(host: Identities) -> None:
    id = host.identities()["alice@example.org"]["id"]
    error = host.set(update={id: {"mayDelete": True}})["notUpdated"][id]
    assert error["type"] == "invalidProperties" and error["properties"] == ["mayDelete"]


@pytest.mark.rfc("8620", "5.3")
def test_an_account_may_have_so_many(host: Identities, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IdentityStore, "max_records", 5)
    first, _ = host.create()["id"], host.create()
    assert host.refused()["type"] == "overQuota"
    answer = host.set(create={"k": {"email": "alice@example.org"}}, destroy=[first])
    assert answer["notCreated"]["k"]["type"] == "overQuota" and answer["destroyed"] == [first]
    host.create()
