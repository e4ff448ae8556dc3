"""Identity/get: each address of the account has one."""

import socket
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import addresses

from .identities import BLANK, Identities, by_email

pytestmark = pytest.mark.rfc("8621", "6.1")


@pytest.fixture
def host(tmp_path: Path) -> Identities:
    return Identities(tmp_path)


@pytest.mark.rfc("8621", "6")
def test_one_for_each_address_the_best_first_and_wildcards_last(host: Identities) -> None:
    found = host.identities()
    assert list(found) == ["alice@example.org", "sales@example.org", "*@alice.example"]
    for email, record in found.items():
        assert record == {"id": record["id"], "email": email, "mayDelete": False} | BLANK


def test_by_ids_and_properties(host: Identities) -> None:
    id = host.identities()["sales@example.org"]["id"]
    answer = host.call("Identity/get", {"ids": [id, "nope"], "properties": ["email", "mayDelete"]})
    assert answer["list"] == [{"id": id, "email": "sales@example.org", "mayDelete": False}]
    assert answer["notFound"] == ["nope"]


def test_ids_are_the_same_for_another_server_over_the_same_configuration(host: Identities, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    assert host.identities() == Identities(tmp_path / "other").identities()


def test_a_login_that_is_an_address_is_the_address(make_mailhost: Any, tmp_path: Path) -> None:
    host = Identities(tmp_path, domain="elsewhere.example", addresses={})
    users = Path(host.config.paths.users_file)
    users.write_text(users.read_text().replace("alice:", "alice@mail.example:"))
    for part in ("cur", "new", "tmp"):
        (host.root.parent / "alice@mail.example" / part).mkdir(parents=True)
    host.authorization.parameters["username"] = "alice@mail.example"
    session = host.client.get("/.well-known/jmap", auth=host.authorization).get_json()
    [host.account] = session["accounts"]
    assert list(host.identities()) == ["alice@mail.example"]


@pytest.mark.parametrize(
    "name, domain",
    [("mail.example.org", "example.org"), ("example.org", "example.org"), ("box", "box"), ("::1", "localhost")],
)
def test_without_a_domain_it_is_that_of_the_machine(
    name: str, domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for function in ("getfqdn", "gethostname"):
        monkeypatch.setattr(socket, function, lambda: name)
    addresses.own_hosts.cache_clear()
    try:
        host = Identities(tmp_path, domain="", addresses={})
        assert list(host.identities()) == [f"alice@{domain}"]
    finally:
        addresses.own_hosts.cache_clear()


def test_a_client_that_asks_for_core_and_mail_only_gets_them(host: Identities) -> None:
    core, mail = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"
    assert len(host.call("Identity/get", {"ids": None}, using=(core, mail))["list"]) == 3


def test_one_that_was_made_in_the_same_request(host: Identities) -> None:
    answers = host.request(
        [
            ["Identity/set", {"accountId": "alice", "create": {"k": {"email": "a@alice.example"}}}],
            ["Identity/get", {"accountId": "alice", "ids": ["#k"]}],
        ]
    )
    assert answers[1][1]["list"][0]["id"] == answers[0][1]["created"]["k"]["id"]


def test_every_user_has_his_own(tmp_path: Path) -> None:
    from_alice = Identities(tmp_path)
    with Path(from_alice.config.paths.users_file).open("a") as users:
        users.write(Path(from_alice.config.paths.users_file).read_text().replace("alice:", "bob:"))
    for part in ("cur", "new", "tmp"):
        (from_alice.root.parent / "bob" / part).mkdir(parents=True)
    from_alice.authorization.parameters["username"] = from_alice.account = "bob"
    assert list(by_email(from_alice)) == ["bob@example.org"]
