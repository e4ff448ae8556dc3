"""Files that hold no card, several, or broken ones; cards without UID; UIDs that are there twice."""

import pytest

from jmapd.formats.jscontact.from_vcard import Converted, from_vcard
from jmapd.formats.vcard import Card
from jmapd.stores import vcards
from tests.stores.vdir_files import Cards, vcard

BROKEN = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:broken\r\nFN:Broken\r\nthis is no line\r\nNOTE:a\r\nEND:VCARD\r\n"


def test_several_cards_in_one_file(cards: Cards) -> None:
    cards.write("book/all.vcf", vcard("alice") + vcard("bob", "Bob") + vcard("carol", "Carol"))
    found = cards.cards()
    assert sorted(found) == ["Alice Example", "Bob", "Carol"]
    cards.update(found["Bob"]["id"], notes={"n": {"note": "changed"}})
    text = cards.files()["book/all.vcf"]
    assert text.startswith(vcard("alice")) and text.endswith(vcard("carol", "Carol")) and "changed" in text
    cards.destroy(found["Alice Example"]["id"])
    assert cards.files()["book/all.vcf"].startswith("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bob\r\n")
    cards.update(found["Carol"]["id"], notes={"n": {"note": "hers"}})
    cards.destroy(found["Bob"]["id"])
    assert "hers" in cards.files()["book/all.vcf"] and list(cards.cards()) == ["Carol"]
    cards.destroy(found["Carol"]["id"])
    assert cards.files() == {}


def test_several_of_one_file_in_one_transaction(cards: Cards) -> None:
    cards.write("book/all.vcf", vcard("alice") + vcard("bob", "Bob") + vcard("carol", "Carol"))
    found = cards.cards()
    with cards.account.session(), cards.account.lock(), cards.account.store("ContactCard").transaction() as tx:
        tx.destroy(found["Alice Example"]["id"])
        carol = tx.get(found["Carol"]["id"])
        assert carol is not None
        tx.update(carol["id"], carol | {"notes": {"n": {"note": "hers"}}}, {"notes"})
        tx.destroy(found["Bob"]["id"])
    assert list(cards.cards()) == ["Carol"] and "hers" in cards.files()["book/all.vcf"]


def test_one_of_several_moves(cards: Cards) -> None:
    cards.write("book/all.vcf", vcard("alice") + vcard("bob", "Bob"))
    cards.write("other/displayname", "other")
    other, alice = cards.books()["other"]["id"], cards.cards()["Alice Example"]
    cards.update(alice["id"], addressBookIds={other: True})
    assert cards.files() == {
        "book/all.vcf": vcard("bob", "Bob"), "other/all.vcf": vcard("alice"), "other/displayname": "other"
    }  # fmt: skip
    assert cards.cards()["Alice Example"] == alice | {"addressBookIds": {other: True}}


@pytest.mark.rfc("9553", "2.1.9")
def test_a_card_without_uid_has_one_that_stays(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard(""))
    card = cards.cards()["Alice Example"]
    assert card["uid"].startswith("urn:uuid:")
    cards.write("book/alice.vcf", vcard("", "Alice Changed"))
    again = cards.cards()["Alice Changed"]
    assert (again["id"], again["uid"]) == (card["id"], card["uid"])
    cards.update(card["id"], notes={"n": {"note": "x"}})
    assert f"UID:{card['uid']}" in cards.files()["book/alice.vcf"]
    assert cards.cards()["Alice Changed"]["id"] == card["id"]


def test_many_cards_without_uid_in_one_file(cards: Cards) -> None:
    names = ["Alice", "Bob", "Carol", "Bob"]
    cards.write("book/all.vcf", "".join(vcard("", name) for name in names))
    cards.write("other/displayname", "other")
    with cards.account.session():
        found = {card["id"]: card["name"]["full"] for card in cards.account.store("ContactCard").scan()}
    assert sorted(found.values()) == sorted(names)
    alice = next(id for id, name in found.items() if name == "Alice")
    cards.update(alice, addressBookIds={cards.books()["other"]["id"]: True})
    assert cards.cards()["Alice"]["id"] == alice
    for id in list(found):
        cards.destroy(id)
        del found[id]
        with cards.account.session():
            left = {card["id"]: card["name"]["full"] for card in cards.account.store("ContactCard").scan()}
        assert left == found


@pytest.mark.parametrize("content", ["", "no card", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "\0" * 5000])
def test_a_file_without_cards(cards: Cards, content: str) -> None:
    cards.write("book/nothing.vcf", content)
    cards.write("book/alice.vcf", vcard("alice"))
    assert list(cards.cards()) == ["Alice Example"]
    assert cards.files()["book/nothing.vcf"] == content


def test_a_broken_card_is_served_and_its_lines_stay(cards: Cards, caplog: pytest.LogCaptureFixture) -> None:
    cards.write("book/broken.vcf", BROKEN)
    card = cards.cards()["Broken"]
    assert "broken.vcf" in caplog.text and cards.files() == {"book/broken.vcf": BROKEN}
    cards.update(card["id"], notes={"n": {"note": "b"}})
    assert "\r\nthis is no line\r\n" in cards.files()["book/broken.vcf"]
    cards.destroy(card["id"])
    assert cards.files() == {}


@pytest.mark.rfc("9610", "3")
def test_one_uid_in_several_books_is_one_card(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/a.vcf", vcard("alice"))
    books = cards.books()
    (card,) = cards.cards().values()
    assert card["addressBookIds"] == {books["book"]["id"]: True, books["other"]["id"]: True}
    cards.update(card["id"], notes={"n": {"note": "both"}})
    assert all("both" in text for text in cards.files().values())
    cards.update(card["id"], addressBookIds={books["other"]["id"]: True})
    assert list(cards.files()) == ["other/a.vcf"]
    cards.destroy(card["id"])
    assert cards.files() == {}


def test_a_differing_twin_is_a_card_of_its_own_until_it_is_the_same(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    one = cards.cards()["Alice Example"]
    path = cards.write("other/alice.vcf", vcard("alice", "Twin"))
    found = cards.cards()
    assert sorted(found) == ["Alice Example", "Twin"]
    assert found["Alice Example"] == one and found["Twin"]["uid"] == "alice"
    cards.update(found["Twin"]["id"], notes={"n": {"note": "only here"}})
    assert "only here" not in cards.files()["book/alice.vcf"]
    path.write_text(vcard("alice"), newline="")
    (both,) = cards.cards().values()
    assert both["id"] == one["id"] and len(both["addressBookIds"]) == 2


def test_a_twin_keeps_its_id_when_the_other_goes(cards: Cards) -> None:
    path = cards.write("book/alice.vcf", vcard("alice"))
    cards.cards()
    cards.write("other/alice.vcf", vcard("alice", "Twin"))
    twin = cards.cards()["Twin"]
    path.unlink()
    assert cards.cards() == {"Twin": twin}
    cards.update(twin["id"], notes={"n": {"note": "x"}})
    assert cards.cards()["Twin"]["id"] == twin["id"]
    cards.destroy(twin["id"])
    assert cards.cards() == {}


def test_the_same_uid_twice_in_a_book(cards: Cards) -> None:
    for name in ("a", "b", "c"):
        cards.write(f"book/{name}.vcf", vcard("alice", f"Alice {name}"))
    found = cards.cards()
    assert sorted(found) == ["Alice a", "Alice b", "Alice c"] and len({card["id"] for card in found.values()}) == 3
    cards.write("book/b.vcf", vcard("alice", "Alice a"))
    assert sorted(cards.cards()) == ["Alice a", "Alice c"]


def test_many_changes_in_one_large_file_read_its_other_cards_once(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an exported address book: else 500 changes in 10,000 cards take hours."""
    count, changes = 60, 20
    cards.write("book/all.vcf", "".join(vcard(f"u{n}", f"Name {n}") for n in range(count)))
    ids = [card["id"] for card in cards.cards().values()]
    read: list[Card] = []

    def counted(card: Card) -> Converted:
        read.append(card)
        return from_vcard(card)

    monkeypatch.setattr(vcards, "from_vcard", counted)
    with cards.account.session(), cards.account.lock(), cards.account.store("ContactCard").transaction() as tx:
        for id in ids[:changes]:
            tx.destroy(id)
    assert len(read) <= count and len(cards.cards()) == count - changes


def test_the_same_card_without_uid_in_two_files_of_several(cards: Cards) -> None:
    """Its UID follows from the file; what was read of one file is not taken for the other."""
    same = vcard("", "Alice", "UID:")
    cards.write("book/a.vcf", same + vcard("b", "Bob"))
    cards.write("book/c.vcf", same + vcard("d", "Dora"))
    with cards.account.session():
        assert len({card["uid"] for card in cards.account.store("ContactCard").scan()}) == 4
