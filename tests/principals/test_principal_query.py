"""Principal/query and /queryChanges (RFC 9670 2.4, 2.5; jmap-calendars-27 2.3)."""

from typing import Any

import pytest

from tests.conftest import CORE
from tests.principals.host import PRINCIPALS, People


@pytest.fixture
def all_of_them(make_all: Any) -> People:
    """alice, bob, carol and the team; bob has a description and a time zone."""
    host: People = make_all()
    me = host.be("bob").principal("bob")
    host.updated(me, {"name": "Robert", "description": "Office 7", "timeZone": "Europe/Berlin"}, "Principal")
    return host.be("alice")


def _found(host: People, **condition: Any) -> set[str]:
    names = {each["id"]: name for name, each in host.people().items()}
    return {names[id] for id in host.call("Principal/query", {"filter": condition})["ids"]}


@pytest.mark.rfc("9670", "2.4.1")
def test_filters(all_of_them: People) -> None:
    host = all_of_them
    assert _found(host, accountIds=["team", "x"]) == {"team"} and _found(host, accountIds=["bob"]) == set()
    assert _found(host, email="BOB@ex") == {"bob"}
    assert _found(host, name="bert") == {"bob"}
    assert _found(host, text="fice") == {"bob"} and _found(host, text="example.org") == {
        "alice",
        "bob",
        "carol",
        "team",
    }
    assert _found(host, type="group") == {"team"} and _found(host, type="grou") == set()
    assert _found(host, timeZone="Europe/Berlin") == {"bob"} and _found(host, timeZone="Europe") == set()
    assert _found(host, type="individual", name="a") == {"alice", "carol"}
    assert _found(host) == {"alice", "bob", "carol", "team"}


@pytest.mark.rfc("jmap-calendars-27", "2.3")
def test_calendar_address(all_of_them: People) -> None:
    host = all_of_them
    for address in ("mailto:bob@example.org", "MAILTO:robert@EXAMPLE.net", "mailto:%62ob@example.org"):
        assert _found(host, calendarAddress=address) == {"bob"}
    assert _found(host, calendarAddress="bob@example.org") == set()
    error = host.error("Principal/query", {"filter": {"calendarAddress": "x"}}, (CORE, PRINCIPALS))
    assert error["type"] == "unsupportedFilter"


@pytest.mark.rfc("9670", "2.4")
def test_sorted(all_of_them: People) -> None:
    answer = all_of_them.call("Principal/query", {"sort": [{"property": "name"}], "calculateTotal": True, "limit": 2})
    names = [all_of_them.call("Principal/get", {"ids": [id]})["list"][0]["name"] for id in answer["ids"]]
    assert names == ["alice", "carol"] and answer["total"] == 4 and answer["canCalculateChanges"] is True


@pytest.mark.rfc("9670", "2.4.1")
def test_only_those_known_are_found(host: People) -> None:
    assert _found(host, type="individual") == {"alice", "bob"}


@pytest.mark.rfc("9670", "2.5")
def test_query_changes(all_of_them: People) -> None:
    host = all_of_them
    filter, me = {"name": "ali"}, host.principal("alice")
    before = host.call("Principal/query", {"filter": filter})
    assert before["ids"] == [me]
    host.updated(me, {"name": "Me"}, "Principal")
    changes = host.call("Principal/queryChanges", {"filter": filter, "sinceQueryState": before["queryState"]})
    assert (changes["removed"], changes["added"]) == ([me], [])
    assert host.error("Principal/queryChanges", {"sinceQueryState": "x"})["type"] == "cannotCalculateChanges"
