"""Identities of an account that others see, too: they are its own, whoever asks."""

from pathlib import Path

import pytest

from tests.sharing import Sharing

from .identities import by_email

pytestmark = pytest.mark.rfc("8621", "6")
OPTIONS = {"domain": "example.org", "addresses": {"team": ["info@example.org"]}}


@pytest.fixture
def host(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path, identities=OPTIONS)


def test_an_account_that_nobody_logs_in_as_has_its_own_addresses(host: Sharing) -> None:
    assert list(by_email(host)) == ["alice@example.org"]
    assert list(by_email(host.use("team"))) == ["team@example.org", "info@example.org"]


def test_a_guest_who_may_write_can_make_one_of_the_accounts_addresses_only(host: Sharing) -> None:
    host.use("team")
    create = {"own": {"email": "alice@example.org"}, "team": {"email": "info@example.org", "name": "Info"}}
    answer = host.call("Identity/set", {"create": create})
    assert list(answer["created"]) == ["team"] and answer["notCreated"]["own"]["type"] == "forbiddenFrom"
    host.log_in("bob")
    assert by_email(host)["info@example.org"]["name"] == "Info"


def test_a_guest_who_may_only_read_sees_them(host: Sharing) -> None:
    host.log_in("bob").use("team")
    id = by_email(host)["team@example.org"]["id"]
    assert host.error("Identity/set", {"update": {id: {"name": "x"}}})["type"] == "accountReadOnly"


def test_others_see_nothing(host: Sharing) -> None:
    host.log_in("carol").use("team")
    assert host.error("Identity/get", {"ids": None})["type"] == "accountNotFound"
