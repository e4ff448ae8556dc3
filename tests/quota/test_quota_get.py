"""Quota/get: where limits come from, and what is used."""

from typing import Any

import pytest

from tests.conftest import CORE, MAIL
from tests.quota.conftest import USING

pytestmark = pytest.mark.rfc("9425", "4.2")
QUOTA = USING[2]
PROPERTIES = {
    *("id", "resourceType", "used", "hardLimit", "scope", "name", "types"),
    *("warnLimit", "softLimit", "description"),
}


@pytest.mark.rfc("9425", "4.1")
def test_rules(limited: Any) -> None:
    host = limited("*:storage=10k:messages=5")
    host.message(100)
    host.message(150, folder="Lists")
    found = host.quotas()
    assert set(found) == {"octets", "count"} and all(set(each) == PROPERTIES for each in found.values())
    octets, count = found["octets"], found["count"]
    assert (octets["resourceType"], octets["used"], octets["hardLimit"]) == ("octets", 250, 10240)
    assert (count["resourceType"], count["used"], count["hardLimit"]) == ("count", 2, 5)
    assert octets["scope"] == count["scope"] == "account" and octets["types"] == count["types"] == ["Email"]
    assert octets["warnLimit"] == 9216 and octets["softLimit"] is None
    assert octets["name"] != count["name"]


def test_each_copy_counts(limited: Any) -> None:
    host = limited("*:storage=10k:messages=5")
    id = host.message(100)
    host.folder("Lists")
    host.set(update={id: {f"mailboxIds/{host.mailbox('Lists')}": True}})
    assert host.used() == {"octets": 200, "count": 2}


def test_no_limit_no_quota(limited: Any) -> None:
    assert limited().quotas() == {}


def test_ids_properties_and_not_found(limited: Any) -> None:
    host = limited("*:messages=5", warn_percent=0)
    answer = host.call("Quota/get", {"ids": ["count", "octets", "x"], "properties": ["used", "warnLimit"]}, USING)
    assert answer["list"] == [{"id": "count", "used": 0, "warnLimit": None}] and answer["notFound"] == ["octets", "x"]
    assert host.error("Quota/get", {"ids": None, "properties": ["free"]}, USING)["type"] == "invalidArguments"


def test_mail_implies_quota(limited: Any) -> None:
    host = limited("*:messages=5")
    assert host.call("Quota/get", {"ids": None}, (CORE, MAIL))["list"][0]["id"] == "count"


@pytest.mark.rfc("9425", "4.1")
def test_only_types_that_the_client_knows(limited: Any) -> None:
    """MUST NOT return Quota objects without a type that is in use; in no method."""
    host = limited("*:messages=5")
    using = (CORE, QUOTA)
    answer = host.call("Quota/get", {"ids": None}, using)
    assert answer["list"] == []
    assert host.call("Quota/get", {"ids": ["count"]}, using)["notFound"] == ["count"]
    assert host.call("Quota/query", {}, using)["ids"] == []
    assert host.call("Quota/changes", {"sinceState": answer["state"]}, using)["created"] == []
    assert host.error("Quota/changes", {"sinceState": answer["state"]}, USING)["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("9425", "2.1")
def test_capability(limited: Any) -> None:
    host = limited()
    session = host.client.get("/.well-known/jmap", auth=host.authorization).get_json()
    assert session["capabilities"][QUOTA] == session["accounts"]["alice"]["accountCapabilities"][QUOTA] == {}
    assert session["primaryAccounts"][QUOTA] == "alice"


def test_rules_for_some_users(limited: Any) -> None:
    """An exception names what differs; the rest is as for all."""
    host = limited("*:messages=5:storage=1M", users={"al*": ["*:storage=2M"], "bob": "*:messages=1"})
    assert {id: each["hardLimit"] for id, each in host.quotas().items()} == {"count": 5, "octets": 2 << 20}


def test_a_mailbox_that_does_not_count(limited: Any) -> None:
    host = limited("*:messages=5:storage=0", "Junk:ignore")
    host.message(100, folder="Junk")
    host.message(100)
    assert host.used() == {"count": 1}


def test_maildirsize_comes_first(limited: Any) -> None:
    """What is flagged as deleted or in Trash does not count (README.maildirquota)."""
    host = limited("*:messages=5")
    (host.root / "maildirsize").write_text("10000S,7C\n0 0\n")
    host.message(100)
    host.message(100, folder="Trash")
    host.deliver("Subject: deleted\n\nx", flags="ST")
    found = host.quotas()
    assert {id: (each["used"], each["hardLimit"]) for id, each in found.items()} == {
        "octets": (100, 10000),
        "count": (1, 7),
    }
    (host.root / "maildirsize").write_text("10000S\n0 0\n")
    assert set(host.quotas()) == {"octets"}
    (host.root / "maildirsize").write_text("0S\n0 0\n")
    assert {id: (each["used"], each["hardLimit"]) for id, each in host.quotas().items()} == {"count": (2, 5)}


def test_the_file_system_only_when_it_is_to_be_shown(limited: Any) -> None:
    """RFC 9425 8: global quotas SHOULD only be visible to administrators."""
    host = limited(file_system=True)
    [disk] = host.quotas().values()
    assert (disk["scope"], disk["resourceType"]) == ("global", "octets") and 0 < disk["used"] <= disk["hardLimit"]
