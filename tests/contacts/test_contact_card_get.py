"""ContactCard/get and /changes (RFC 9610 3, 3.1, 3.2)."""

import os
import re

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3.1")


@pytest.mark.rfc("9610", "3")
def test_a_file_is_a_card(host: Contacts) -> None:
    host.write("a.vcf", vcard("urn:uuid:1", "Ann Example", "EMAIL:ann@example.org", "X-OWN:kept"))
    (card,) = host.cards()
    assert card["@type"] == "Card" and card["version"] == "2.0" and card["uid"] == "urn:uuid:1"
    assert card["name"]["full"] == "Ann Example"
    assert [each["address"] for each in card["emails"].values()] == ["ann@example.org"]
    assert card["addressBookIds"] == {host.book(): True}
    assert re.fullmatch(r"C[0-9a-f]{24}", card["id"])


@pytest.mark.rfc("9610", "3")
def test_the_id_comes_from_the_uid(host: Contacts) -> None:
    path = host.write("a.vcf", vcard("u1", "Ann"))
    (card,) = host.cards()
    path.rename(path.with_name("b.vcf"))
    assert [each["id"] for each in host.cards()] == [card["id"]]
    host.write("b.vcf", vcard("u1", "Anna"))
    (other,) = host.cards()
    assert other["id"] == card["id"] and other["name"]["full"] == "Anna"


@pytest.mark.rfc("9610", "3")
def test_one_uid_is_one_card_in_several_books(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    host.write("a.vcf", vcard("u1", "Ann"), "work")
    (card,) = host.cards()
    assert card["addressBookIds"] == {host.book("friends"): True, host.book("work"): True}


@pytest.mark.rfc("8620", "5.1")
def test_properties_can_be_chosen(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "NOTE:Hi"))
    (card,) = host.cards()
    (some,) = host.cards([card["id"]], properties=["name", "notes", "emails", "example.com:own", "unheardOf"])
    assert some == {"id": card["id"], "name": card["name"], "notes": card["notes"]}
    (none,) = host.cards([card["id"]], properties=[])
    assert none == {"id": card["id"]}
    for name in ("extra", "Name", "a b", "", "blobId"):
        assert host.error("ContactCard/get", {"properties": [name]})["type"] == "invalidArguments"


@pytest.mark.rfc("8620", "5.1")
def test_ids(host: Contacts) -> None:
    for number in range(3):
        host.write(f"{number}.vcf", vcard(f"u{number}", f"N{number}"))
    ids = [card["id"] for card in host.cards()]
    answer = host.call("ContactCard/get", {"ids": [ids[0], "C000", ids[0]], "properties": ["uid"]})
    assert [card["id"] for card in answer["list"]] == [ids[0]] and answer["notFound"] == ["C000"]


@pytest.mark.rfc("9610", "3.2")
def test_changes_by_other_programs(host: Contacts) -> None:
    first = host.write("a.vcf", vcard("u1", "Ann"))
    (ann,) = host.cards()
    state = host.call("ContactCard/get", {"ids": []})["state"]
    host.write("b.vcf", vcard("u2", "Ben"))
    first.write_text(vcard("u1", "Anna", "NOTE:longer"))
    os.utime(first)
    changes = host.call("ContactCard/changes", {"sinceState": state})
    ben = next(card["id"] for card in host.cards() if card["uid"] == "u2")
    assert (changes["created"], changes["updated"], changes["destroyed"]) == ([ben], [ann["id"]], [])
    first.unlink()
    later = host.call("ContactCard/changes", {"sinceState": changes["newState"]})
    assert later["destroyed"] == [ann["id"]]
    pages = host.call("ContactCard/changes", {"sinceState": state, "maxChanges": 1})
    assert pages["hasMoreChanges"] is True


def test_what_is_broken_is_served_as_far_as_it_can_be_read(host: Contacts) -> None:
    text = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u1\r\nFN:Ann\r\nno line at all\r\nNOTE:Hi\r\n"
    path = host.write("a.vcf", text)
    (card,) = host.cards()
    assert card["name"]["full"] == "Ann" and [note["note"] for note in card["notes"].values()] == ["Hi"]
    assert path.read_bytes() == text.encode()
    assert host.call("ContactCard/set", {"destroy": [card["id"]]})["destroyed"] == [card["id"]]
    assert not path.exists()


def test_several_cards_of_one_file(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann") + vcard("u2", "Ben") + vcard("u3", "Cy"))
    assert {card["uid"]: card["name"]["full"] for card in host.cards()} == {"u1": "Ann", "u2": "Ben", "u3": "Cy"}
    ben = next(card["id"] for card in host.cards() if card["uid"] == "u2")
    host.updated(ben, {"name/full": "Benjamin"})
    (data,) = host.files().values()
    assert data.startswith(vcard("u1", "Ann").encode()) and data.endswith(vcard("u3", "Cy").encode())
    assert host.call("ContactCard/set", {"destroy": [ben]})["destroyed"] == [ben]
    assert list(host.files().values()) == [(vcard("u1", "Ann") + vcard("u3", "Cy")).encode()]


@pytest.mark.rfc("9982", "5")
def test_a_card_without_a_uid_has_a_steady_one(host: Contacts) -> None:
    text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nEND:VCARD\r\n"
    path = host.write("a.vcf", text)
    (card,) = host.cards()
    assert card["uid"].startswith("urn:uuid:")
    host.start()
    assert host.cards() == [card]
    assert path.read_bytes() == text.encode()
