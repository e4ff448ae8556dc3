"""AddressBook/set: destroy and onDestroyRemoveContents (RFC 9610 2.3)."""

from typing import Any

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "2.3")


def _destroy(host: Contacts, id: str, **arguments: Any) -> Any:
    return host.call("AddressBook/set", {"destroy": [id], **arguments})


def test_an_empty_one_goes(host: Contacts) -> None:
    host.book("stays")
    before = set(host.books())
    id = host.book("goes")
    answer = _destroy(host, id)
    assert answer["destroyed"] == [id] and answer["notDestroyed"] is None
    assert set(host.books()) == before
    assert not [path for path in (host.collections / "alice").iterdir() if path.name == "goes"]
    assert host.call("AddressBook/changes", {"sinceState": answer["oldState"]})["destroyed"] == [id]


@pytest.mark.rfc("9610", "7.4.1")
def test_one_with_cards_stays(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    files, id = host.files(), host.book()
    for more in ({}, {"onDestroyRemoveContents": False}):
        error = _destroy(host, id, **more)["notDestroyed"][id]
        assert error["type"] == "addressBookHasContents"
    assert host.files() == files and len(host.cards()) == 1


def test_cards_in_no_other_book_are_destroyed(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    host.write("b.vcf", vcard("u2", "Ben"))
    host.write("c.vcf", vcard("u3", "Cy"), "work")
    id, work = host.book(), host.book("work")
    both = next(card["id"] for card in host.cards() if card["uid"] == "u2")
    host.updated(both, {f"addressBookIds/{work}": True})
    state = host.call("ContactCard/get", {"ids": []})["state"]
    gone = next(card["id"] for card in host.cards() if card["uid"] == "u1")
    assert _destroy(host, id, onDestroyRemoveContents=True)["destroyed"] == [id]
    assert {card["uid"]: card["addressBookIds"] for card in host.cards()} == {
        "u2": {work: True},
        "u3": {work: True},
    }
    changes = host.call("ContactCard/changes", {"sinceState": state})
    assert (changes["destroyed"], changes["updated"]) == ([gone], [both])
    assert all(name.startswith("work/") for name in host.files())
    host.start()
    assert len(host.cards()) == 2


def test_what_is_not_there(host: Contacts) -> None:
    assert _destroy(host, "none")["notDestroyed"]["none"]["type"] == "notFound"
