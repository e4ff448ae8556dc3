"""Quota/query and Quota/queryChanges."""

from typing import Any

import pytest

from tests.quota.conftest import USING, Limited

pytestmark = pytest.mark.rfc("9425", "4.4")


@pytest.fixture
def host(limited: Any) -> Limited:
    host: Limited = limited("*:messages=5:storage=1M")
    host.message(100)
    return host


def query(host: Limited, **filter: Any) -> list[str]:
    return sorted(host.call("Quota/query", {"filter": filter or None}, USING)["ids"])


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, ["count", "octets"]),
        ({"name": "storage"}, ["octets"]),
        ({"name": "MESS"}, ["count"]),
        ({"name": "none"}, []),
        ({"scope": "account"}, ["count", "octets"]),
        ({"scope": "global"}, []),
        ({"resourceType": "count"}, ["count"]),
        ({"resourceType": "octets", "scope": "account"}, ["octets"]),
        ({"type": "Email"}, ["count", "octets"]),
        ({"type": "email"}, []),
        ({"operator": "NOT", "conditions": [{"resourceType": "count"}]}, ["octets"]),
    ],
)
def test_filters(host: Limited, filter: dict[str, Any], expected: list[str]) -> None:
    assert query(host, **filter) == expected


@pytest.mark.parametrize("filter", [{"hardLimit": 1}, {"used": 1}])
def test_unsupported_filter(host: Limited, filter: dict[str, Any]) -> None:
    assert host.error("Quota/query", {"filter": filter}, USING)["type"] == "unsupportedFilter"


@pytest.mark.parametrize(("property", "ascending"), [("used", ["count", "octets"]), ("name", ["octets", "count"])])
def test_sorts(host: Limited, property: str, ascending: list[str]) -> None:
    for is_ascending in (True, False):
        sort = [{"property": property, "isAscending": is_ascending}]
        ids = host.call("Quota/query", {"sort": sort, "calculateTotal": True}, USING)
        assert ids["ids"] == (ascending if is_ascending else ascending[::-1]) and ids["total"] == 2


def test_unsupported_sort(host: Limited) -> None:
    assert host.error("Quota/query", {"sort": [{"property": "scope"}]}, USING)["type"] == "unsupportedSort"


@pytest.mark.rfc("9425", "4.5")
def test_query_changes(host: Limited) -> None:
    """Sorted by used a quota moves; sorted by name it does not."""
    by_used = {"sort": [{"property": "used"}]}
    by_name = {"sort": [{"property": "name"}], "filter": {"scope": "account"}}
    before = host.call("Quota/query", by_used, USING)
    assert before["canCalculateChanges"] is True
    host.set(destroy=host.ids())
    since = {"sinceQueryState": before["queryState"]}
    answer = host.call("Quota/queryChanges", by_used | since, USING)
    now = host.call("Quota/query", by_used, USING)
    assert answer["newQueryState"] == now["queryState"]
    left = [id for id in before["ids"] if id not in answer["removed"]]
    for each in answer["added"]:
        left.insert(each["index"], each["id"])
    assert left == now["ids"]
    answer = host.call("Quota/queryChanges", by_name | since, USING)
    assert answer["removed"] == answer["added"] == []
