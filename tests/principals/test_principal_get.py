"""Principal/get and /changes (RFC 9670 2, 2.1, 2.2; jmap-calendars-27 2.1)."""

from typing import Any

import pytest

from tests.conftest import HASH
from tests.principals.host import People

CALENDARS = "urn:ietf:params:jmap:calendars"


@pytest.mark.rfc("9670", "2")
def test_who_there_is(host: People) -> None:
    found = host.people()
    assert found.keys() == {"alice", "bob", "team"}
    bob, team = found["bob"], found["team"]
    assert {name: bob[name] for name in bob if name not in ("id", "capabilities")} == {
        "type": "individual",
        "name": "bob",
        "description": None,
        "email": "bob@example.org",
        "timeZone": None,
        "accounts": None,
    }
    assert team["type"] == "group" and team["name"] == "team"


@pytest.mark.rfc("9670", "2")
def test_accounts_are_those_of_the_session(host: People) -> None:
    found, accounts = host.people(), host.session()["accounts"]
    assert found["alice"]["accounts"] == {"alice": accounts["alice"]}
    assert found["team"]["accounts"] == {"team": accounts["team"]}
    team = host.be("bob").people()["team"]["accounts"]["team"]
    assert team["isReadOnly"] is True and team["isPersonal"] is False


@pytest.mark.rfc("9670", "6.4")
def test_who_shares_nothing_knows_nobody(host: People) -> None:
    alice = host.principal("alice")
    assert host.be("carol").people().keys() == {"carol"}
    assert host.call("Principal/get", {"ids": [alice]})["notFound"] == [alice]


@pytest.mark.rfc("9670", "2.1")
def test_all_know_all_where_that_is_configured(make_all: Any) -> None:
    host = make_all()
    assert host.people().keys() == {"alice", "bob", "carol", "team"}
    assert host.people()["carol"]["accounts"] is None


@pytest.mark.rfc("jmap-calendars-27", "2.1")
def test_what_calendars_say_of_one(host: People) -> None:
    found = {name: each["capabilities"][CALENDARS] for name, each in host.people().items()}
    assert found["alice"] == {
        "accountId": "alice",
        "mayGetAvailability": True,
        "mayShareWith": False,
        "calendarAddress": "mailto:alice@example.org",
    }
    assert (found["team"]["accountId"], found["team"]["mayGetAvailability"]) == ("team", True)
    assert (found["bob"]["accountId"], found["bob"]["mayGetAvailability"]) == (None, False)


@pytest.mark.rfc("jmap-calendars-27", "2.1")
def test_availability_of_those_whose_data_one_does_not_see(make_all: Any) -> None:
    carol = make_all().people()["carol"]["capabilities"][CALENDARS]
    assert (carol["accountId"], carol["mayGetAvailability"]) == (None, True)


@pytest.mark.rfc("9670", "2.1")
def test_no_account_is_opened_for_principals_alone(make_all: Any) -> None:
    """There may be thousands."""
    host = make_all()
    opened = list[str]()
    accounts = host.app.site.accounts
    account = accounts.account
    accounts.account = lambda name: (opened.append(name), account(name))[1]
    assert host.people()["carol"]["capabilities"][CALENDARS]["mayGetAvailability"] is True
    assert set(opened) == {"alice", "team"}


@pytest.mark.rfc("9670", "2.2")
def test_changes(host: People) -> None:
    state = host.call("Principal/get", {"ids": []})["state"]
    me = host.principal("alice")
    host.updated(me, {"name": "Alice"}, "Principal")
    changes = host.call("Principal/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([], [me], [])
    host.be("bob")
    assert host.people()["alice"]["name"] == "Alice"
    assert host.error("Principal/changes", {"sinceState": "x.1"})["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("9670", "2.2")
def test_users_come_and_go(make_all: Any) -> None:
    host = make_all()
    state, carol = host.call("Principal/get", {"ids": []})["state"], host.principal("carol")
    users = host.collections.parent / "users"
    users.write_text("".join(f"{name}:{HASH}\n" for name in ("alice", "bob", "dora")))
    assert host.people().keys() == {"alice", "bob", "dora", "team"}
    changes = host.call("Principal/changes", {"sinceState": state})
    assert (changes["created"], changes["destroyed"]) == ([host.principal("dora")], [carol])


@pytest.mark.rfc("9670", "2")
def test_one_who_comes_back_is_as_he_was(make_all: Any) -> None:
    host = make_all()
    host.updated(host.principal("alice"), {"name": "Alice A."}, "Principal")
    before, users = host.people()["alice"], host.collections.parent / "users"
    text = users.read_text()
    users.write_text("".join(line for line in text.splitlines(True) if not line.startswith("alice")))
    assert host.be("bob").people().keys() == {"bob", "carol", "team"}
    users.write_text(text + "\n")
    host.be("bob").people()
    assert host.be("alice").people()["alice"] == before


@pytest.mark.rfc("9670", "2.2")
def test_a_state_of_when_others_were_known_is_none(host: People) -> None:
    state = host.be("carol").call("Principal/get", {"ids": []})["state"]
    host.change_shares({"team": ["alice", "bob:read", "carol"]})
    assert host.be("carol").people().keys() == {"alice", "bob", "carol", "team"}
    assert host.error("Principal/changes", {"sinceState": state})["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("9670", "2")
def test_what_a_user_said_survives_a_lost_index(host: People) -> None:
    host.updated(host.principal("alice"), {"name": "Alice A.", "timeZone": "Europe/Paris"}, "Principal")
    before = host.people()["alice"]
    state = host.collections.parent / "state" / ".principals"
    for path in state.iterdir():
        if path.name != "objects.json":
            path.unlink()
    host.start()
    assert host.people()["alice"] == before
