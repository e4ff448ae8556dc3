"""Submissions of an account that several users see: they are the account's, sent from its addresses."""

from pathlib import Path
from typing import Any

import pytest

from tests.sharing import Sharing

pytestmark = pytest.mark.rfc("8621", "7.5")
OPTIONS = {"domain": "example.org", "addresses": {"team": ["info@example.org"]}}


@pytest.fixture
def host(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path, identities=OPTIONS, submission={"may_not_send": ["carol"]}).use("team")


def given(host: Sharing, author: str) -> dict[str, Any]:
    draft = {
        "mailboxIds": {host.mailbox("Inbox"): True},
        "from": [{"email": author}],
        "to": [{"email": "b@example.net"}],
    }
    email = host.call("Email/set", {"create": {"d": draft}})["created"]["d"]["id"]
    identity = host.call("Identity/get", {"ids": None})["list"][0]["id"]
    return {"emailId": email, "identityId": identity}


def test_who_may_write_sends_from_the_account_s_addresses(host: Sharing, tmp_path: Path) -> None:
    answer = host.call("EmailSubmission/set", {"create": {"s": given(host, "info@example.org")}})
    created = answer["created"]["s"]
    assert created["envelope"]["mailFrom"]["email"] == "team@example.org"
    assert [path.stem for path in (tmp_path / "state" / "team" / "outbox").glob("*.eml")] == [created["id"]]
    assert not (tmp_path / "state" / "alice" / "outbox").exists()
    seen = host.log_in("bob").call("EmailSubmission/get", {"ids": [created["id"]]})
    assert seen["list"] and host.use("bob").call("EmailSubmission/get", {"ids": None})["list"] == []


def test_not_from_one_s_own(host: Sharing) -> None:
    answer = host.call("EmailSubmission/set", {"create": {"s": given(host, "alice@example.org")}})
    assert answer["notCreated"]["s"]["type"] == "forbiddenFrom"


def test_who_may_only_read_does_not_send(host: Sharing) -> None:
    create = {"s": given(host, "info@example.org")}
    sent = host.call("EmailSubmission/set", {"create": create})["created"]["s"]["id"]
    host.log_in("bob")
    for arguments in ({"create": create}, {"update": {sent: {"undoStatus": "canceled"}}}, {"destroy": [sent]}):
        assert host.error("EmailSubmission/set", arguments)["type"] == "accountReadOnly"


def test_an_account_of_one_who_may_not_send(host: Sharing) -> None:
    host.log_in("carol").use("carol")
    answer = host.call("EmailSubmission/set", {"create": {"s": given(host, "carol@example.org")}})
    assert answer["notCreated"]["s"]["type"] == "forbiddenToSend"
