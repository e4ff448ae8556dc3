"""The store of Identities beside other processes, and its plain copy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from jmapd.stores import plain_copy
from jmapd.stores.identities import IdentityStore, default_id
from jmapd.stores.maildir import MaildirAccount
from tests.stores.maildir_files import Mail

pytestmark = pytest.mark.rfc("8621", "6")
OPTIONS = {"identities.domain": "example.org"}


@pytest.fixture
def opened(make_mail: Callable[..., Mail]) -> Callable[..., MaildirAccount]:
    """The account as another process opens it."""
    mail = make_mail()
    mail.folder()

    def make(**addresses: Any) -> MaildirAccount:
        options = OPTIONS | {"identities.addresses": addresses}
        return MaildirAccount("alice", "alice", "alice", mail.root, mail.state_dir, options)

    return make


def emails(account: MaildirAccount) -> list[str]:
    with account.session():
        return [str(record["email"]) for record in account.store("Identity").scan()]


def test_only_one_process_makes_them(opened: Callable[..., MaildirAccount]) -> None:
    accounts = [opened(alice=["a@example.org"]) for _ in range(3)]
    with accounts[0].session(), accounts[1].session(), accounts[2].session():
        assert len({account.index.epoch for account in accounts}) == 1
    assert [emails(account) for account in accounts] == [["alice@example.org", "a@example.org"]] * 3
    with accounts[0].session():
        state = accounts[0].store("Identity").state()
    assert emails(accounts[2]) and emails(opened(alice=["a@example.org"]))
    with accounts[0].session():
        assert accounts[0].store("Identity").state() == state and accounts[0].index.verify() == []


def test_what_another_process_has_changed_is_seen(opened: Callable[..., MaildirAccount]) -> None:
    one, other = opened(), opened()
    id = default_id("alice@example.org")
    assert emails(one) == emails(other)
    with one.session(), one.lock(), one.store("Identity").transaction() as transaction:
        record = transaction.get(id)
        assert record is not None
        transaction.update(id, record | {"name": "Alice"}, ("name",))
    with other.session():
        assert other.store("Identity").get([id])[id]["name"] == "Alice"


def test_the_one_with_the_newer_configuration_has_its_way(opened: Callable[..., MaildirAccount]) -> None:
    assert emails(opened(alice=["a@example.org"])) == ["alice@example.org", "a@example.org"]
    assert emails(opened(alice=["b@example.org"])) == ["alice@example.org", "b@example.org"]
    assert emails(opened()) == ["alice@example.org"]


def test_the_plain_copy_has_them_before_an_answer_does(opened: Callable[..., MaildirAccount]) -> None:
    account = opened()
    assert emails(account) == ["alice@example.org"]
    path = account.state_dir / plain_copy.NAME
    kept = orjson.loads(path.read_bytes())["objects"]["Identity"]
    assert [record["email"] for record in kept.values()] == ["alice@example.org"]


def test_one_of_the_plain_copy_that_lacks_properties(opened: Callable[..., MaildirAccount]) -> None:
    account = opened()
    account.state_dir.mkdir(parents=True)
    given = {"Identity": {"Ix": {"email": "x@example.org"}, default_id("alice@example.org"): {"email": "x"}}}
    (account.state_dir / plain_copy.NAME).write_bytes(plain_copy.to_json(given))
    with account.session():
        found = account.store("Identity").get(["Ix"])["Ix"]
        assert found["name"] == "" and found["mayDelete"] is True
        assert isinstance(account.store("Identity"), IdentityStore)
    bad = plain_copy.to_json({"Identity": {"Ix": {"name": "x"}}})
    with pytest.raises(ValueError, match="Identity Ix: email"):
        plain_copy.from_json(bad)


def test_ids_do_not_depend_on_how_an_address_is_written(tmp_path: Path) -> None:
    assert default_id("Alice@BÜCHER.example") == default_id("alice@xn--bcher-kva.example")
    assert default_id("alice@example.org") != default_id("alic@example.org")
