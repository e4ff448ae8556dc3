"""ShareNotification (RFC 9670 3)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.principals.host import SHARED, People

pytestmark = pytest.mark.rfc("9670", "3")
TYPE = "ShareNotification"
OLD = "2020-01-01T00:00:00Z"


@pytest.fixture
def told(host: People) -> People:
    """alice was told of two Calendars that are gone."""
    host.use("team").calendar("home")
    for name in ("one", "two"):
        host.call("Calendar/set", {"destroy": [host.calendar(name)]})
    return host.be("alice")


@pytest.mark.rfc("9670", "3.1")
def test_all_properties(told: People) -> None:
    (one, two) = sorted(told.notes(), key=lambda each: each["name"])
    assert one.keys() == {
        *("id", "created", "changedBy", "objectType", "objectAccountId", "objectId"),
        *("oldRights", "newRights", "name"),
    }
    assert one["changedBy"] == {
        "name": "alice",
        "email": "alice@example.org",
        "principalId": told.principal("alice"),
    }
    assert (one["name"], two["name"], one["objectAccountId"]) == ("one", "two", "team")
    age = datetime.now(UTC) - datetime.fromisoformat(one["created"])
    assert 0 <= age.total_seconds() < 600 and one["created"].endswith("Z")


@pytest.mark.rfc("9670", "3.3")
def test_only_destroy_is_supported(told: People) -> None:
    id = told.notes()[0]["id"]
    assert told.refused(TYPE, {"name": "x"})["type"] == "forbidden"
    assert told.not_updated(id, {"name": "x"}, TYPE)["type"] == "forbidden"
    assert told.not_updated("S0", {"name": "x"}, TYPE)["type"] == "forbidden"
    told.destroyed(id, TYPE)
    assert len(told.notes()) == 1
    assert len(told.be("bob").notes()) == 2


@pytest.mark.rfc("9670", "3")
def test_nobody_sees_those_of_others(told: People) -> None:
    id = told.notes()[0]["id"]
    told.be("bob")
    assert told.call(f"{TYPE}/get", {"ids": [id]})["notFound"] == [id]
    assert told.call(f"{TYPE}/set", {"destroy": [id]})["notDestroyed"][id]["type"] == "notFound"


@pytest.mark.rfc("9670", "3.2")
def test_changes(told: People) -> None:
    state = told.call(f"{TYPE}/get", {"ids": []})["state"]
    first = told.notes()[0]["id"]
    told.destroyed(first, TYPE)
    told.be("bob").destroyed(told.notes()[0]["id"], TYPE)
    told.be("alice")
    changes = told.call(f"{TYPE}/changes", {"sinceState": state})
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([], [], [first])
    told.use("team")
    told.call("Calendar/set", {"destroy": [told.calendar("three")]})
    told.be("alice")
    changes = told.call(f"{TYPE}/changes", {"sinceState": changes["newState"]})
    assert changes["created"] == [each["id"] for each in told.notes() if each["name"] == "three"]


@pytest.mark.rfc("9670", "3.4.1")
def test_filters(told: People) -> None:
    def count(**condition: Any) -> int:
        return len(told.call(f"{TYPE}/query", {"filter": condition})["ids"])

    created = told.notes()[0]["created"]
    assert count(after=OLD) == count(after=None) == count(before=None) == 2
    assert count(before=OLD) == 0 and count(after="2100-01-01T00:00:00Z") == 0
    assert count(after=created, before=created) == 0 and count(after=created) >= 1
    assert count(objectType="Calendar") == 2 and count(objectType="Mailbox") == 0
    assert count(objectAccountId="team") == 2 and count(objectAccountId="alice") == 0
    assert count(objectAccountId="team", before=OLD) == 0


@pytest.mark.rfc("9670", "3.4.2")
def test_sorted_by_created(told: People) -> None:
    assert [each["name"] for each in told.notes()] == ["one", "two"]
    ids = [each["id"] for each in told.notes()]
    sort = [{"property": "created", "isAscending": False}]
    assert told.call(f"{TYPE}/query", {"sort": sort})["ids"] == ids[::-1]
    assert told.error(f"{TYPE}/query", {"sort": [{"property": "name"}]})["type"] == "unsupportedSort"


@pytest.mark.rfc("9670", "3.5")
def test_query_changes(told: People) -> None:
    before = told.call(f"{TYPE}/query")
    assert before["canCalculateChanges"] is True
    told.destroyed(before["ids"][0], TYPE)
    changes = told.call(f"{TYPE}/queryChanges", {"sinceQueryState": before["queryState"]})
    assert (changes["removed"], changes["added"]) == ([before["ids"][0]], [])


@pytest.mark.rfc("9670", "3")
def test_the_oldest_go_when_there_are_too_many(told: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.stores.principals.MAX_NOTIFICATIONS", 2)
    told.use("team")
    told.call("Calendar/set", {"destroy": [told.calendar("three")]})
    assert [each["name"] for each in told.be("alice").notes()] == ["two", "three"]


class TestConfiguration:
    """What the administrator changes is told, once."""

    def _calendar(self, host: People) -> None:
        host.use("team").calendar("home")
        host.be("alice").notes()

    def test_a_new_share(self, host: People) -> None:
        self._calendar(host)
        host.change_shares({"team": ["alice", "bob:read", "carol"]})
        host.log_in("carol").use("team").named()
        found = {(each["objectType"], each["name"]): each for each in host.be("carol").notes()}
        home = found["Calendar", "home"]
        assert home["oldRights"] is None and home["newRights"]["mayWriteAll"] is True
        assert home["changedBy"] == {"name": "Administrator", "email": None, "principalId": None}
        assert ("Mailbox", "INBOX") in {(kind, name.upper()) for kind, name in found}
        assert host.be("bob").notes() == []

    def test_other_rights(self, host: People) -> None:
        self._calendar(host)
        host.change_shares({"team": ["alice:read", "bob:read"]})
        host.use("team").named()
        (home,) = [each for each in host.be("alice").notes() if each["name"] == "home"]
        assert (home["oldRights"]["mayWriteAll"], home["newRights"]["mayWriteAll"]) == (True, False)
        assert home["newRights"]["mayReadItems"] is True

    def test_a_share_that_ends(self, host: People) -> None:
        self._calendar(host)
        host.change_shares({"team": ["alice"]})
        host.use("team").named()
        (home,) = [each for each in host.be("bob").notes() if each["name"] == "home"]
        assert home["newRights"] is None and home["oldRights"]["mayReadItems"] is True

    def test_what_is_taken_back_is_told_of_no_more(self, host: People) -> None:
        self._calendar(host)
        for shared in ({"team": ["alice"]}, SHARED):
            host.change_shares(dict(shared))
            host.log_in("alice").use("team").named()
        assert host.be("bob").notes() == []
