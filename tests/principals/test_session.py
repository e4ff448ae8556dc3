"""What the Session says of Principals (RFC 9670 1.5)."""

from typing import Any

import pytest

from tests.principals.host import OWNER, PRINCIPALS, People

CORE = "urn:ietf:params:jmap:core"


def _told(host: People, urn: str) -> dict[str, Any]:
    accounts = host.session()["accounts"]
    return {id: each["accountCapabilities"][urn] for id, each in accounts.items() if urn in each["accountCapabilities"]}


@pytest.mark.rfc("9670", "1.5.1")
def test_principals_are_in_the_users_own_account(host: People) -> None:
    session = host.session()
    assert session["capabilities"][PRINCIPALS] == {} and session["primaryAccounts"][PRINCIPALS] == "alice"
    assert _told(host, PRINCIPALS) == {"alice": {"currentUserPrincipalId": host.principal("alice")}}
    host.use("team")
    assert host.error("Principal/get", {"ids": None})["type"] == "accountNotSupportedByMethod"
    assert host.error("ShareNotification/get", {"ids": None})["type"] == "accountNotSupportedByMethod"


@pytest.mark.rfc("9670", "1.5.2")
def test_owners(host: People) -> None:
    session = host.session()
    assert OWNER not in session["capabilities"] and OWNER not in session["primaryAccounts"]
    assert _told(host, OWNER) == {
        id: {"accountIdForPrincipal": "alice", "principalId": host.principal(id)} for id in ("alice", "team")
    }
    answer = host.client.post("/jmap/api/", json={"using": [CORE, OWNER], "methodCalls": []}, auth=host.authorization)
    assert answer.status_code == 400 and answer.get_json()["type"].endswith(":unknownCapability")


@pytest.mark.rfc("9670", "1.5.1")
def test_without_the_capability_there_are_no_methods(host: People) -> None:
    assert host.error("Principal/get", {"ids": None}, (CORE,))["type"] == "unknownMethod"


class TestSubscribed:
    """RFC 9670 1.4: accounts of others are there only while one is subscribed to something in them."""

    pytestmark = pytest.mark.rfc("9670", "1.4")

    def test_by_the_letter(self, make_host: Any) -> None:
        host = make_host(protocol={"strict": True})
        assert host.session()["accounts"].keys() == {"alice"}
        assert "team" in host.people()["team"]["accounts"]
        before = host.session()["state"]
        id = host.use("team").calendar("home")
        assert host.session()["accounts"].keys() == {"alice", "team"}
        host.updated(id, {"isSubscribed": False}, "Calendar")
        answer = host.client.post("/jmap/api/", json={"using": [CORE], "methodCalls": []}, auth=host.authorization)
        assert host.session()["accounts"].keys() == {"alice"}
        assert answer.get_json()["sessionState"] == host.session()["state"] == before

    def test_otherwise_clients_that_do_not_know_this_would_never_find_them(self, host: People) -> None:
        assert host.session()["accounts"].keys() == {"alice", "team"}
