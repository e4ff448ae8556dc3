"""AddressBook/set: create and update (RFC 9610 2, 2.3)."""

from typing import Any

import pytest

from tests.contacts.host import Contacts, vcard
from tests.sharing import SHARED

pytestmark = pytest.mark.rfc("9610", "2.3")


def test_create_makes_a_folder(host: Contacts) -> None:
    answer = host.created("AddressBook", {"name": "Chess club", "description": "Players", "sortOrder": 3})
    book = host.books()["Chess club"]
    assert {name: book[name] for name in answer} == answer
    assert answer.keys() >= {"id", "isDefault", "isSubscribed", "shareWith", "myRights"}
    assert (book["description"], book["sortOrder"], book["isSubscribed"]) == ("Players", 3, True)
    card = host.created("ContactCard", {"addressBookIds": {book["id"]: True}, "name": {"full": "Ann"}})
    assert host.card(card["id"])["addressBookIds"] == {book["id"]: True}


@pytest.mark.rfc("9610", "2")
@pytest.mark.parametrize("name", ["", "   ", "x" * 256, "é" * 128, "a\nb", "a\x00b"])
def test_names_that_are_refused(host: Contacts, name: str) -> None:
    before = host.books()
    error = host.refused("AddressBook", {"name": name})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["name"])
    assert host.books() == before


@pytest.mark.rfc("9610", "2")
@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "../etc", ".hidden", "a/b", "con", "~", "%2e", "🏡 Zuhause"])
def test_names_of_any_kind_are_kept(host: Contacts, name: str) -> None:
    id = host.created("AddressBook", {"name": name})["id"]
    assert host.books()[name]["id"] == id
    host.start()
    assert host.books()[name]["id"] == id
    outside = [path.name for path in host.collections.iterdir()]
    assert sorted(outside) == ["alice", "bob", "carol", "team"]


@pytest.mark.rfc("9610", "2")
@pytest.mark.parametrize(
    ("properties", "wrong"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": "a", "sortOrder": 1 << 31}, "sortOrder"),
        ({"name": "a", "sortOrder": -1}, "sortOrder"),
        ({"name": "a", "isDefault": True}, "isDefault"),
        ({"name": "a", "myRights": {}}, "myRights"),
        ({"name": "a", "id": "x"}, "id"),
        ({"name": "a", "color": "red"}, "color"),
        ({"name": "a", "isSubscribed": None}, "isSubscribed"),
        ({"name": "a", "description": "x" * 70_000}, "description"),
    ],
)
def test_what_is_refused_is_named(host: Contacts, properties: dict[str, Any], wrong: str) -> None:
    error = host.refused("AddressBook", properties)
    assert error["type"] == "invalidProperties" and error["properties"] == [wrong] and wrong in error["description"]
    assert not any((host.collections / "alice").iterdir())


def test_update(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    id, (card,) = host.book(), host.cards()
    patch = {"name": "Pals", "description": "Old", "sortOrder": 7, "isSubscribed": False}
    assert host.updated(id, patch, "AddressBook") is None
    book = host.books()["Pals"]
    assert {name: book[name] for name in patch} == patch and book["id"] == id
    host.start()
    assert host.books()["Pals"] == book
    assert host.cards() == [card]
    assert list(host.files().values()) == [vcard("u1", "Ann").encode()]
    assert host.updated(id, {"description": None, "sortOrder": None}, "AddressBook") is None
    assert host.books()["Pals"]["description"] is None and host.books()["Pals"]["sortOrder"] == 0


def test_what_only_the_server_sets(host: Contacts) -> None:
    id = host.book()
    book = host.books()["friends"]
    assert host.updated(id, book, "AddressBook") is None  # the same is no change
    for patch in ({"isDefault": not book["isDefault"]}, {"myRights/mayShare": True}, {"id": "other"}):
        error = host.not_updated(id, patch, "AddressBook")
        assert error["type"] == "invalidProperties"
        assert error["properties"] == [next(iter(patch)).split("/")[0]]
    assert host.not_updated("none", {"name": "x"}, "AddressBook")["type"] == "notFound"


@pytest.mark.rfc("9670", "4")
def test_nobody_has_the_right_to_share(host: Contacts) -> None:
    shares = {"bob": {"mayRead": True, "mayWrite": False, "mayShare": False, "mayDelete": False}}
    assert host.refused("AddressBook", {"name": "a", "shareWith": shares})["type"] == "forbidden"
    assert host.not_updated(host.book(), {"shareWith": shares}, "AddressBook")["type"] == "forbidden"
    assert host.updated(host.book(), {"shareWith": None}, "AddressBook") is None


def test_subscriptions_are_each_ones_own(make_host: Any) -> None:
    host = make_host({"team": ["alice", "carol"]})
    host.write("a.vcf", vcard("u1", "Ann"), user="team")
    host.account = "team"
    host.log_in("alice")
    # 9610 2: false in shared accounts until the user says else
    assert host.books()["friends"]["isSubscribed"] is False
    assert host.updated(host.book(), {"isSubscribed": True}, "AddressBook") is None
    assert host.books()["friends"]["isSubscribed"] is True
    assert host.log_in("carol").books()["friends"]["isSubscribed"] is False


@pytest.mark.rfc("9610", "6")
def test_who_may_only_read(make_host: Any) -> None:
    host = make_host(SHARED)
    host.write("a.vcf", vcard("u1", "Ann"), user="bob")
    host.account = "bob"
    book = host.books()["friends"]
    assert book["myRights"] == {"mayRead": True, "mayWrite": False, "mayShare": False, "mayDelete": False}
    assert book["isSubscribed"] is False  # 9610 2, as in every account that is shared
    for method in ("AddressBook/set", "ContactCard/set"):
        assert host.error(method, {"create": {"a": {"name": "x"}}})["type"] == "accountReadOnly"
    assert [card["name"]["full"] for card in host.cards()] == ["Ann"]
    assert host.log_in("carol").error("ContactCard/get")["type"] == "accountNotFound"
