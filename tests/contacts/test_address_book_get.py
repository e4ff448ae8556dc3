"""AddressBook/get and /changes (RFC 9610 2, 2.1, 2.2)."""

import shutil

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "2")
MINE = {"mayRead": True, "mayWrite": True, "mayShare": False, "mayDelete": True}


def test_every_folder_is_one(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    host.write("b.vcf", vcard("u2", "Ben"), "work")
    books = host.books()
    assert set(books) == {"friends", "work"}
    for name, book in books.items():
        is_default = book.pop("isDefault")
        assert isinstance(is_default, bool)
        assert book == {
            "id": book["id"],
            "name": name,
            "description": None,
            "sortOrder": 0,
            "isSubscribed": True,
            "shareWith": None,
            "myRights": MINE,
        }


def test_one_is_the_default_at_most(host: Contacts) -> None:
    for name in ("friends", "work", "club"):
        host.write("a.vcf", vcard(f"u-{name}", "Ann"), name)
    assert sum(book["isDefault"] for book in host.books().values()) == 1


def test_an_account_without_a_folder_has_one_to_write_in(host: Contacts) -> None:
    (book,) = host.books().values()
    assert book["isDefault"] and book["myRights"]["mayWrite"]
    card = host.created("ContactCard", {"addressBookIds": {book["id"]: True}, "name": {"full": "Ann"}})
    assert len(host.files()) == 1
    assert host.card(card["id"])["addressBookIds"] == {book["id"]: True}
    assert set(host.books()) == {book["name"]} and host.books()[book["name"]]["id"] == book["id"]


def test_metadata_of_vdirs_is_shown(host: Contacts) -> None:
    path = host.write("a.vcf", vcard("u1", "Ann")).parent
    (path / "displayname").write_text("Friends & family")
    (path / "description").write_text("People")
    book = host.books()["Friends & family"]
    assert book["description"] == "People"


@pytest.mark.rfc("9610", "2.1")
def test_properties_and_ids_can_be_chosen(host: Contacts) -> None:
    id = host.book()
    answer = host.call("AddressBook/get", {"ids": [id, "none"], "properties": ["name", "myRights"]})
    assert answer["list"] == [{"id": id, "name": "friends", "myRights": MINE}]
    assert answer["notFound"] == ["none"]
    assert host.error("AddressBook/get", {"properties": ["nothing"]})["type"] == "invalidArguments"


@pytest.mark.rfc("9610", "2.2")
def test_changes_tell_of_what_others_did(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    first = host.book()
    state = host.call("AddressBook/get", {"ids": []})["state"]
    host.write("b.vcf", vcard("u2", "Ben"), "work")
    changes = host.call("AddressBook/changes", {"sinceState": state})
    work = host.books()["work"]["id"]
    assert changes["created"] == [work] and changes["destroyed"] == []
    shutil.rmtree(host.collections / "alice" / "friends")
    later = host.call("AddressBook/changes", {"sinceState": changes["newState"]})
    assert later["destroyed"] == [first]
    assert host.error("AddressBook/changes", {"sinceState": "nonsense"})["type"] == "cannotCalculateChanges"


@pytest.mark.rfc("9610", "2.2")
def test_ids_outlive_a_rename_by_others(host: Contacts) -> None:
    path = host.write("a.vcf", vcard("u1", "Ann")).parent
    id, (card,) = host.book(), host.cards()
    path.rename(path.with_name("pals"))
    assert host.books()["pals"]["id"] == id
    assert host.cards() == [card]
