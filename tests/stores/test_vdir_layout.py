"""Which folders are address books, and what they call themselves: vdir, Radicale, xandikos."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.stores.vdir_files import Cards, vcard


def test_each_folder_is_a_book_and_says_what_it_is(cards: Cards) -> None:
    cards.write("family/alice.vcf", vcard("alice"))
    cards.write("work/displayname", "Colleagues\n")
    cards.write("work/description", "All of them")
    cards.write("work/order", "7")
    books = cards.books()
    assert sorted(books) == ["Colleagues", "family"]
    work, family = books["Colleagues"], books["family"]
    assert (work["description"], work["sortOrder"]) == ("All of them", 7)
    assert (family["description"], family["sortOrder"], family["isSubscribed"]) == (None, 0, True)


@pytest.mark.rfc("9610", "2")
def test_one_book_is_the_default(cards: Cards) -> None:
    for name in ("aunts", "personal", "work"):
        cards.write(f"{name}/displayname", name)
    assert [name for name, book in cards.books().items() if book["isDefault"]] == ["personal"]
    (cards.root / "personal" / "displayname").unlink()
    (cards.root / "personal").rmdir()
    assert [book["isDefault"] for book in cards.books().values()].count(True) == 1


def test_a_root_that_holds_cards_is_a_book(cards: Cards) -> None:
    cards.write("alice.vcf", vcard("alice"))
    cards.write("work/bob.vcf", vcard("bob", "Bob"))
    books = cards.books()
    assert sorted(books) == ["Contacts", "work"]
    assert [book["myRights"]["mayDelete"] for book in books.values() if book["name"] == "Contacts"] == [False]
    assert sorted(cards.cards()) == ["Alice Example", "Bob"]


def test_what_is_no_book(cards: Cards) -> None:
    cards.write(".hidden/alice.vcf", vcard("alice"))
    cards.write("calendar/meeting.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("a file", "text")
    assert list(cards.books()) == ["book"]


def test_what_lies_deeper(cards: Cards) -> None:
    cards.write("alice/contacts/family/alice.vcf", vcard("alice"))
    (cards.root / "alice" / "contacts" / "empty").mkdir()
    subprocess.run(["git", "init", "-q", "--bare", cards.root / "bare"], check=True)
    assert list(cards.books()) == ["family"] and list(cards.cards()) == ["Alice Example"]


@pytest.mark.parametrize("path", ["", "deep/er/book/"])
def test_a_book_stays_when_its_last_card_goes(cards: Cards, path: str) -> None:
    cards.write(f"{path}alice.vcf", vcard("alice"))
    before = cards.books()
    cards.destroy(cards.cards()["Alice Example"]["id"])
    assert cards.books() == before
    cards.write(f"{path}alice.vcf", vcard("alice"))
    assert cards.books() == before and list(cards.cards()) == ["Alice Example"]


@pytest.mark.parametrize("name", [".alice.vcf", "alice.vcf.tmp", "alice.vcf8x3k", "alice", "alice.vcf~", "color"])
def test_what_is_no_card(cards: Cards, name: str) -> None:
    cards.write("book/bob.vcf", vcard("bob", "Bob"))
    cards.write(f"book/{name}", vcard("alice"))
    (cards.root / "book" / "folder.vcf").mkdir()
    assert list(cards.cards()) == ["Bob"]


def test_names_in_capitals_and_without_utf8(cards: Cards) -> None:
    cards.write("book/ALICE.VCF", vcard("alice"))
    cards.write("book/caf\udce9.vcf", vcard("bob", "Bob"))
    found = cards.cards()
    assert sorted(found) == ["Alice Example", "Bob"]
    cards.update(found["Bob"]["id"], notes={"n": {"note": "changed"}})
    assert "changed" in cards.files()["book/caf\udce9.vcf"]


def test_a_link_to_what_is_ours_counts(cards: Cards, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "alice.vcf").write_text(vcard("alice"))
    (cards.root / "linked").symlink_to(elsewhere)
    assert list(cards.books()) == ["linked"] and list(cards.cards()) == ["Alice Example"]


@pytest.mark.parametrize("path", ["loop", "book/loop", "book/loop.vcf", "book/displayname", "book/nowhere.vcf"])
def test_a_link_in_circles_or_to_nothing_hides_nothing_else(cards: Cards, path: str) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    before = cards.books()
    link = cards.root / path
    link.symlink_to("gone" if link.name == "nowhere.vcf" else link.name)
    assert cards.books() == before and list(cards.cards()) == ["Alice Example"]


def test_before_there_is_any_folder_one_book_is_shown(cards: Cards) -> None:
    book = cards.books()["Contacts"]
    assert book["isDefault"] and book["myRights"]["mayWrite"] and cards.files() == {}
    assert not book["myRights"]["mayDelete"]
    cards.create("alice", book["id"])
    assert list(cards.files()) == ["Contacts/alice.vcf"]
    assert cards.books() == {"Contacts": book | {"myRights": book["myRights"] | {"mayDelete": True}}}


def test_the_whole_tree_is_made_when_it_is_wanted(cards: Cards) -> None:
    cards.root.rmdir()
    book = cards.books()["Contacts"]
    assert not cards.root.exists()
    cards.create("alice", book["id"])
    assert list(cards.files()) == ["Contacts/alice.vcf"]


def radicale(cards: Cards, name: str, **props: str) -> None:
    (cards.root / ".Radicale.lock").touch()
    cards.write(f"{name}/.Radicale.props", json.dumps(props))


def test_radicale(cards: Cards) -> None:
    radicale(cards, "8f1c", tag="VADDRESSBOOK", **{"D:displayname": "Friends", "CR:addressbook-description": "of old"})
    radicale(cards, "77aa", tag="VCALENDAR", **{"D:displayname": "Meetings"})
    (cards.root / "other").mkdir()
    cards.write("8f1c/alice", vcard("alice"))  # Radicale takes every name
    cards.write("8f1c/.Radicale.cache/item/x.vcf", vcard("bob", "Bob"))
    books = cards.books()
    assert list(books) == ["Friends"] and books["Friends"]["description"] == "of old"
    assert list(cards.cards()) == ["Alice Example"]


def test_xandikos_by_git_configuration(cards: Cards) -> None:
    for kind, name in (("addressbook", 'Friends; "old" ones'), ("calendar", "Meetings")):
        folder = cards.root / "user" / kind
        folder.mkdir(parents=True)
        subprocess.run(["git", "init", "-q", folder], check=True)
        for key, value in (("type", kind), ("displayname", name)):
            subprocess.run(["git", "-C", folder, "config", f"xandikos.{key}", value], check=True)
    cards.write("user/addressbook/alice.vcf", vcard("alice"))
    cards.write("user/addressbook/.git/description", "They are nice\n")
    books = cards.books()
    assert list(books) == ['Friends; "old" ones'] and books['Friends; "old" ones']["description"] == "They are nice"
    assert list(cards.cards()) == ["Alice Example"]


@pytest.mark.parametrize("file", [".xandikos", ".xandikos/config"])
def test_xandikos_by_its_file(cards: Cards, file: str) -> None:
    cards.write(f"book/{file}", "[DEFAULT]\ntype = addressbook\ndisplayname = Friends\ncolor = #ff0000\n")
    cards.write(f"dates/{file}", "[DEFAULT]\ntype = calendar\n")
    assert list(cards.books()) == ["Friends"]


@pytest.mark.parametrize("content", ["", "[", "{}", '{"tag": 3}', "[1]", "\udcff", "[" * 100_000])
def test_metadata_that_cannot_be_read(cards: Cards, content: str) -> None:
    data = content.encode("utf-8", "surrogateescape")
    cards.write("book/alice.vcf", vcard("alice"))
    for name in ("displayname", "order", ".xandikos", ".git/config"):
        cards.write(f"book/{name}", data)
    cards.write("other/.Radicale.props", data)
    assert len(cards.books()) == 1 and list(cards.cards()) == ["Alice Example"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's link")
def test_a_git_folder_of_another_user_is_not_looked_into(cards: Cards, tmp_path: Path) -> None:
    """Nothing of his is read, and nothing written: the link is not his."""
    (tmp_path / "his").mkdir()
    (tmp_path / "his" / "config").write_text("[xandikos]\n\tdisplayname = Secret\n")
    cards.write("book/a.vcf", vcard("a"))
    link = cards.root / "book" / ".git"
    link.symlink_to(tmp_path / "his")
    os.chown(link, 65534, 65534, follow_symlinks=False)
    assert list(cards.books()) == ["book"]
    link.unlink()
    link.symlink_to(tmp_path / "his")
    cards.write("book/b.vcf", vcard("b"))
    cards.write("other/b.vcf", vcard("b"))
    assert "Secret" in cards.books()
