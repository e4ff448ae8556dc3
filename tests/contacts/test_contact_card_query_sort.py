"""ContactCard/query: sorting and windows, and /queryChanges (RFC 9610 3.3.2, 3.4)."""

from typing import Any

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3.3.2")

PEOPLE = {  # uid -> surname, given, created, updated
    "1": ("Zimmer", "ann", "20240301", "20250101"),
    "2": ("adams", "Ann", "20240201", "20250301"),
    "3": ("Ångström", "Bo", "20240101", "20250201"),
    "4": ("Berg", "Cy", None, None),
}


@pytest.fixture
def filled(host: Contacts) -> Contacts:
    for uid, (surname, given, created, updated) in PEOPLE.items():
        lines = [f"N:{surname};{given};;;"]
        lines += [f"CREATED:{created}T000000Z"] if created else []
        lines += [f"REV:{updated}T000000Z"] if updated else []
        host.write(f"{uid}.vcf", vcard(uid, f"{given} {surname}", *lines))
    return host


def _sorted(host: Contacts, *sort: str, **more: Any) -> str:
    """The uids in order; "-name" descends."""
    comparators = [{"property": name.lstrip("-"), "isAscending": not name.startswith("-")} | more for name in sort]
    known = {card["id"]: card["uid"] for card in host.cards()}
    return "".join(known[id] for id in host.query(None, sort=comparators))


def test_dates(filled: Contacts) -> None:
    assert _sorted(filled, "created") == "4321"
    assert _sorted(filled, "-created") == "1234"
    assert _sorted(filled, "updated") == "4132"
    assert _sorted(filled, "-updated") == "2314"


def test_names(filled: Contacts) -> None:
    assert _sorted(filled, "name/surname") == "2341"
    assert _sorted(filled, "-name/surname") == "1432"
    assert _sorted(filled, "name/given", "name/surname") == "2134"
    assert _sorted(filled, "name/given", "-created") == "1234"
    assert len(_sorted(filled, "name/surname2")) == 4


@pytest.mark.rfc("8620", "5.5")
def test_collations(filled: Contacts) -> None:
    assert _sorted(filled, "name/given", "created", collation="i;octet") == "2341"
    answer = filled.error("ContactCard/query", {"sort": [{"property": "name/given", "collation": "none"}]})
    assert answer["type"] == "unsupportedSort"
    assert filled.error("ContactCard/query", {"sort": [{"property": "color"}]})["type"] == "unsupportedSort"


@pytest.mark.rfc("9610", "3.3")
def test_windows(filled: Contacts) -> None:
    sort = [{"property": "created"}]
    every = filled.query(None, sort=sort)
    answer = filled.call("ContactCard/query", {"sort": sort, "position": 1, "limit": 2, "calculateTotal": True})
    assert (answer["ids"], answer["total"], answer["position"]) == (every[1:3], 4, 1)
    assert answer["canCalculateChanges"] is True
    assert filled.query(None, sort=sort, anchor=every[2], anchorOffset=-1, limit=2) == every[1:3]
    assert filled.error("ContactCard/query", {"anchor": "none"})["type"] == "anchorNotFound"
    assert filled.query() == filled.query()


@pytest.mark.rfc("9610", "3.4")
def test_query_changes(filled: Contacts) -> None:
    args: dict[str, Any] = {"filter": {"name": "ann"}, "sort": [{"property": "created"}]}
    before = filled.call("ContactCard/query", args)
    two, one = before["ids"]
    filled.updated(two, {"name": {"full": "Otto"}})
    new = filled.new("Ann the second", created="2020-01-01T00:00:00Z")["id"]
    changes = filled.call("ContactCard/queryChanges", args | {"sinceQueryState": before["queryState"]})
    assert two in changes["removed"] and changes["added"][0] == {"id": new, "index": 0}
    left = [id for id in before["ids"] if id not in changes["removed"]]
    for each in changes["added"]:
        left.insert(each["index"], each["id"])
    assert left == filled.call("ContactCard/query", args)["ids"] == [new, one]
    assert changes["newQueryState"] == filled.call("ContactCard/query", args)["queryState"]
    error = filled.error("ContactCard/queryChanges", args | {"sinceQueryState": "x"})
    assert error["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("9610", "3.4")
def test_query_changes_by_other_programs(filled: Contacts) -> None:
    args: dict[str, Any] = {"sort": [{"property": "name/surname"}]}
    before = filled.call("ContactCard/query", args)
    (filled.collections / "alice" / "friends" / "1.vcf").unlink()
    filled.write("5.vcf", vcard("5", "Al Baker", "N:Baker;Al;;;"))
    changes = filled.call("ContactCard/queryChanges", args | {"sinceQueryState": before["queryState"]})
    left = [id for id in before["ids"] if id not in changes["removed"]]
    for each in changes["added"]:
        left.insert(each["index"], each["id"])
    assert left == filled.call("ContactCard/query", args)["ids"] and len(left) == 4
