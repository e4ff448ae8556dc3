"""Accounts that several users see ([accounts] in jmapd.toml)."""

from pathlib import Path
from typing import Any

import pytest

from jmapd import datatypes
from jmapd.app import make_app
from jmapd.config import ConfigError, from_dict
from jmapd.methods.registry import CORE, methods
from tests.conftest import HASH, MAIL
from tests.sharing import SHARED, Sharing

pytestmark = pytest.mark.rfc("8620", "1.6.2")
REGISTRY = methods(datatypes.ALL)
WRITING = sorted(name for name, method in REGISTRY.items() if method.writes and method.needs_account)
READING = sorted(name for name, method in REGISTRY.items() if not method.writes and method.needs_account)
ALL_URNS = tuple(REGISTRY.capabilities)


@pytest.fixture
def host(tmp_path: Path) -> Sharing:
    return Sharing(tmp_path)


def test_session_names_what_is_shared(host: Sharing) -> None:
    alice, bob, carol = (host.log_in(user).session() for user in ("alice", "bob", "carol"))
    shown = {
        id: (account["name"], account["isPersonal"], account["isReadOnly"]) for id, account in alice["accounts"].items()
    }
    assert shown == {
        "alice": ("alice", True, False), "team": ("team", False, False), "bob": ("bob", False, True)
    }  # fmt: skip
    assert list(alice["accounts"])[0] == "alice"
    assert {id: account["isReadOnly"] for id, account in bob["accounts"].items()} == {"bob": False, "team": True}
    assert list(carol["accounts"]) == ["carol"]
    for session in (alice, bob, carol):
        assert set(session["primaryAccounts"].values()) == {session["username"]}
        assert CORE not in session["primaryAccounts"]
    for id in ("team", "bob"):
        assert MAIL in alice["accounts"][id]["accountCapabilities"]
    rights = {id: alice["accounts"][id]["accountCapabilities"][MAIL]["mayCreateTopLevelMailbox"] for id in shown}
    assert rights == {"alice": True, "team": True, "bob": False}


@pytest.mark.rfc("8620", "2")
def test_session_state_changes_with_the_shares(tmp_path: Path) -> None:
    shares: list[dict[str, list[str]]] = [{}, {"team": ["alice"]}, {"team": ["alice:read"]}, SHARED]
    states = set()
    for number, shared in enumerate(shares):
        host = Sharing(tmp_path / str(number), shared)
        session = host.session()
        states.add(session["state"])
        answer = host.client.post(
            "/jmap/api/",
            json={"using": [CORE], "methodCalls": [["Core/echo", {}, "e"]]},
            auth=host.authorization,
        ).get_json()
        assert answer["sessionState"] == session["state"]
    assert len(states) == len(shares)


def test_what_one_writes_the_others_read(host: Sharing) -> None:
    host.use("team").deliver("Subject: one\n\n")
    (id,) = host.log_in("alice").ids()
    assert host.call("Email/set", {"update": {id: {"keywords/$flagged": True}}})["updated"] == {id: None}
    (answer,) = host.log_in("bob").call("Email/get", {"ids": [id]})["list"]
    assert answer["keywords"] == {"$seen": True, "$flagged": True}
    assert host.use("bob").ids() == []


def test_others_see_nothing_of_it(host: Sharing) -> None:
    host.use("team").deliver("Subject: secret\n\n")
    (id,) = host.ids()
    blob = host.call("Email/get", {"ids": [id], "properties": ["blobId"]})["list"][0]["blobId"]
    for name in (*READING, *WRITING):
        for foreign in ("team", "bob", "alice", "nobody"):
            (response,) = host.log_in("carol").request([[name, {"accountId": foreign}]], ALL_URNS)
            wanted = "invalidArguments" if name.startswith("MDN/") else "accountNotFound"  # RFC 9007 2.1, 2.2
            assert response[:2] == ["error", {"type": wanted, **_words(response)}], name
    for user, status in (("alice", 200), ("bob", 200), ("carol", 404)):
        host.log_in(user)
        assert host.client.get(f"/jmap/download/team/{blob}/x", auth=host.authorization).status_code == status
        assert host.client.get(f"/jmap/download/{user}/{blob}/x", auth=host.authorization).status_code == 404
    assert host.client.post("/jmap/upload/team/", data=b"x", auth=host.authorization).status_code == 404


def _words(response: Any) -> dict[str, Any]:
    return {"description": response[1]["description"]} if "description" in response[1] else {}


@pytest.mark.rfc("8620", "3.6.2")
@pytest.mark.parametrize("name", WRITING)
def test_nothing_is_written_where_one_may_only_read(host: Sharing, name: str) -> None:
    (response,) = host.request([[name, {"accountId": "bob"}]], ALL_URNS)
    assert (response[0], response[1]["type"]) == ("error", "accountReadOnly")
    assert not (host.roots["bob"].parent.parent / "state" / "bob" / "blobs").exists()


@pytest.mark.rfc("8620", "6.1")
def test_nothing_is_uploaded_where_one_may_only_read(host: Sharing) -> None:
    answers = {
        id: host.client.post(f"/jmap/upload/{id}/", data=b"x", auth=host.authorization)
        for id in ("alice", "team", "bob", "carol")
    }
    assert {id: answer.status_code for id, answer in answers.items()} == {
        "alice": 200, "team": 200, "bob": 403, "carol": 404
    }  # fmt: skip
    assert answers["bob"].mimetype == "application/problem+json"
    blob = answers["team"].get_json()["blobId"]
    # unreferenced blobs MUST only be accessible to the uploader, even in shared accounts
    for user, status in (("alice", 200), ("bob", 404), ("carol", 404)):
        host.log_in(user)
        assert host.client.get(f"/jmap/download/team/{blob}/x", auth=host.authorization).status_code == status


@pytest.mark.rfc("8621", "2")
def test_rights_are_those_of_the_one_who_asks(host: Sharing) -> None:
    host.use("team").folder("Work")
    for user, rest in (("alice", True), ("bob", False)):
        for box in host.log_in(user).call("Mailbox/get")["list"]:
            assert box["myRights"]["mayReadItems"] is True
            assert box["myRights"]["mayAddItems"] is rest and box["myRights"]["maySetSeen"] is rest
            assert rest or set(box["myRights"].values()) == {True, False}
    (work,) = [box for box in host.call("Mailbox/get")["list"] if box["name"] == "Work"]
    assert [name for name, may in work["myRights"].items() if may] == ["mayReadItems"]


@pytest.mark.rfc("8620", "5.1")
def test_a_state_does_not_outlive_the_rights_it_was_given_with(host: Sharing) -> None:
    host.use("team").folder("Work")
    before = {user: host.log_in(user).call("Mailbox/get", {"ids": []})["state"] for user in ("alice", "bob")}
    assert before["alice"] != before["bob"]
    query = host.log_in("bob").call("Mailbox/query")["queryState"]
    host.folder("New")
    new = host.mailbox("New")
    assert host.call("Mailbox/changes", {"sinceState": before["bob"]})["created"] == [new]
    added = host.call("Mailbox/queryChanges", {"sinceQueryState": query})["added"]
    assert [item["id"] for item in added] == [new]
    paged = host.call("Mailbox/changes", {"sinceState": before["bob"], "maxChanges": 1})
    assert host.call("Mailbox/changes", {"sinceState": paged["newState"]})["created"] == []
    for method, argument in (("Mailbox/changes", "sinceState"), ("Mailbox/queryChanges", "sinceQueryState")):
        assert host.error(method, {argument: before["alice"]})["type"] == "cannotCalculateChanges"
        assert host.log_in("alice").error(method, {argument: before["bob"]})["type"] == "cannotCalculateChanges"
        host.log_in("bob")


def test_one_object_for_all_who_see_an_account(host: Sharing) -> None:
    accounts = host.app.site.accounts
    assert accounts.for_user("alice")["team"]._account is accounts.account("team")
    assert accounts.for_user("bob")["bob"]._account is accounts.account("bob")
    assert accounts.for_user("bob")["team"] is not accounts.account("team")  # he may not write
    with accounts.for_user("bob")["team"].session():
        assert accounts.account("team").emails is accounts.for_user("bob")["team"].store("Email")


@pytest.mark.parametrize("limit", [1, 2])
def test_an_account_in_use_stays_one_object_when_others_push_it_out(tmp_path: Path, limit: int) -> None:
    accounts = Sharing(tmp_path, index={"max_open_accounts": limit}).app.site.accounts
    held = accounts.for_user("alice")["team"]
    for user in ("bob", "carol", "alice"):
        accounts.for_user(user)
    assert accounts.for_user("alice")["team"]._account is held._account


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ({"shared": {"team": "alice"}}, r"accounts\.shared\.team: must be a list of users"),
        ({"shared": {"team": [1]}}, r"accounts\.shared\.team: must be a list of strings"),
        ({"shared": {"team": ["bob:write"]}}, r"accounts\.shared\.team: must be users as 'bob' or 'bob:read'"),
        ({"shared": {"team": ["bob", "bob:read"]}}, r"accounts\.shared\.team: bob has it already"),
        ({"shared": {"bob": ["bob"]}}, r"accounts\.shared\.bob: bob has it already"),
        ({"shared": {"../bob": ["bob"]}}, r"accounts\.shared: '\.\./bob' cannot be the name"),
        ({"shared": ["team"]}, r"accounts\.shared: must be a table"),
        ({"mail": {"team": "srv/team"}}, r"accounts\.mail\.team: must be an absolute path"),
        ({"mail": {"team": ""}}, r"accounts\.mail\.team: must be a path"),
        ({"mail": {"a/b": "/srv"}}, r"accounts\.mail: 'a/b' cannot be"),
    ],
)
def test_wrong_configuration(accounts: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        from_dict({"accounts": accounts})


def test_accounts_must_lie_apart(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"alice:{HASH}\n")
    users.chmod(0o600)

    def start(template: str, **accounts: Any) -> None:
        paths = {"state_dir": str(tmp_path / "state"), "users_file": str(users), "mail": template}
        make_app(from_dict({"paths": paths, "accounts": accounts}))

    template = str(tmp_path / "{user}")
    start(template, shared={"team": ["alice"]})
    with pytest.raises(ConfigError, match="alice and team both have"):
        start(template, shared={"team": ["alice"]}, mail={"team": str(tmp_path / "alice")})
    with pytest.raises(ConfigError, match="must lie apart"):
        start(template, shared={"team": ["alice"]}, mail={"team": str(tmp_path / "state" / "team")})
    with pytest.raises(ConfigError, match=r"team needs a path in accounts\.mail"):
        start(str(tmp_path / "{domain}" / "{local}"), shared={"team": ["alice"]})
    start(str(tmp_path / "{domain}" / "{local}"), shared={"team": ["alice"]}, mail={"team": str(tmp_path / "team")})


def test_without_a_mail_path_a_group_may_have_one(tmp_path: Path) -> None:
    host = Sharing(tmp_path, {"team": ["alice"]}, paths={"mail": ""})
    assert list(host.session()["accounts"]) == ["team"] and host.session()["primaryAccounts"] == {}
