"""The examples of RFC 9610 4."""

import pytest

from tests.contacts.host import Contacts, vcard


@pytest.mark.rfc("9610", "4.1")
def test_fetching_initial_data(host: Contacts) -> None:
    lines = ("N:Bloggs;Joe;;;", "EMAIL;TYPE=home;PROP-ID=0:joe.bloggs@example.com")
    host.write("3.vcf", vcard("3", "Joe Bloggs", *lines), "Personal")
    (host.collections / "alice" / "Autosaved").mkdir()
    books, cards = host.request(
        [["AddressBook/get", {"accountId": "alice"}, "0"], ["ContactCard/get", {"accountId": "alice"}, "1"]]
    )
    assert books[0] == "AddressBook/get" and books[1]["notFound"] == []
    assert {book["name"] for book in books[1]["list"]} == {"Personal", "Autosaved"}
    personal = next(book["id"] for book in books[1]["list"] if book["name"] == "Personal")
    (card,) = cards[1]["list"]
    assert card["addressBookIds"] == {personal: True}
    assert {each["kind"]: each["value"] for each in card["name"]["components"]} == {"given": "Joe", "surname": "Bloggs"}
    assert card["emails"] == {"0": {"contexts": {"private": True}, "address": "joe.bloggs@example.com"}}


@pytest.mark.rfc("9610", "4.2")
def test_changing_the_default_address_book(host: Contacts) -> None:
    for name in ("Personal", "Autosaved"):
        host.book(name)
    books = host.books().values()
    before = next(book["id"] for book in books if book["isDefault"])
    after = next(book["id"] for book in books if not book["isDefault"])
    answer = host.call("AddressBook/set", {"onSuccessSetIsDefault": after})
    assert answer["updated"] == {after: {"isDefault": True}, before: {"isDefault": False}}
    assert answer["oldState"] != answer["newState"]
