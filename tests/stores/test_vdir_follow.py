"""What other programs do to files and folders is there in the next request, and clients are told of the changes."""

import os
import shutil
import time
from pathlib import Path

import pytest

from jmapd.stores import rebuild
from jmapd.stores.base import StoreUnavailable
from tests.stores.vdir_files import Cards, vcard


def changes(cards: Cards, since: str) -> tuple[list[str], list[str], list[str]]:
    """ContactCard/changes."""
    with cards.account.session():
        delta = cards.account.store("ContactCard").changes(since)
    assert delta is not None
    return delta.created, delta.updated, delta.destroyed


@pytest.mark.rfc("8620", "5.2")
def test_a_card_comes_changes_and_goes(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.age()
    before = cards.states()[1]
    path = cards.write("book/bob.vcf", vcard("bob", "Bob"))
    bob = cards.cards()["Bob"]["id"]
    assert changes(cards, before) == ([bob], [], [])
    before = cards.states()[1]
    cards.write("book/bob.vcf", vcard("bob", "Robert"))
    assert sorted(cards.cards()) == ["Alice Example", "Robert"] and changes(cards, before) == ([], [bob], [])
    before = cards.states()[1]
    path.unlink()
    assert list(cards.cards()) == ["Alice Example"] and changes(cards, before) == ([], [], [bob])


def test_nothing_changed_is_no_change(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.cards()
    before = cards.states()
    cards.age()
    cards.write("book/alice.vcf", vcard("alice"))  # the same octets, another file
    cards.cards()
    assert cards.states() == before


@pytest.mark.parametrize("is_old", [True, False])
def test_a_file_that_is_rewritten_in_place(cards: Cards, is_old: bool) -> None:
    path = cards.write("book/alice.vcf", vcard("alice", "Alice 1"))
    if is_old:
        cards.age()
    assert list(cards.cards()) == ["Alice 1"]
    with path.open("r+b") as file:
        file.write(vcard("alice", "Alice 2").encode())
    assert list(cards.cards()) == ["Alice 2"]


def test_the_same_size_and_folder_times_in_place(cards: Cards) -> None:
    """All that tells is the file's own mtime."""
    path = cards.write("book/alice.vcf", vcard("alice", "Alice 1"))
    cards.age()
    cards.cards()
    inode = path.stat().st_ino
    path.write_text(vcard("alice", "Alice 2"), newline="")
    assert path.stat().st_ino == inode and list(cards.cards()) == ["Alice 2"]


def test_in_a_large_book_each_file_has_its_turn(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.stores.vdir_follow.TURN", 4)
    monkeypatch.setattr("jmapd.stores.vdir_follow.LONG_TURN", 4)
    paths = [cards.write(f"book/{number}.vcf", vcard(f"card-{number}", f"Card {number}")) for number in range(10)]
    cards.age()
    cards.cards()
    time.sleep(0.03)
    cards.cards()
    for path in paths:
        path.write_text(path.read_text().replace("Card", "Kind"), newline="")
    for _ in range(4):
        found = cards.cards()
    assert all(name.startswith("Kind") for name in found)


def test_a_card_moved_to_another_book_stays_the_same(cards: Cards) -> None:
    path = cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/displayname", "other")
    cards.age()
    books, card = cards.books(), cards.cards()["Alice Example"]
    before = cards.states()[1]
    path.rename(cards.root / "other" / "moved.vcf")
    moved = cards.cards()["Alice Example"]
    assert moved == card | {"addressBookIds": {books["other"]["id"]: True}}
    assert changes(cards, before) == ([], [card["id"]], [])


def test_a_renamed_file_is_no_change(cards: Cards) -> None:
    path = cards.write("book/alice.vcf", vcard("alice"))
    cards.cards()
    before = cards.states()
    path.rename(path.with_name("renamed.vcf"))
    card = cards.cards()["Alice Example"]
    assert cards.states() == before
    cards.update(card["id"], notes={"n": {"note": "x"}})
    assert list(cards.files()) == ["book/renamed.vcf"]


def test_a_renamed_folder_is_the_same_book(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/bob.vcf", vcard("bob", "Bob"))
    cards.age()
    book, card = cards.books()["book"], cards.cards()["Alice Example"]
    (cards.root / "book").rename(cards.root / "renamed")
    assert cards.books()["renamed"] == book | {"name": "renamed"}
    assert cards.cards()["Alice Example"] == card


def test_a_folder_goes_with_its_cards(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/bob.vcf", vcard("bob", "Bob"))
    assert sorted(cards.cards()) == ["Alice Example", "Bob"]
    shutil.rmtree(cards.root / "book")
    assert list(cards.cards()) == ["Bob"] and list(cards.books()) == ["other"]


def test_a_folder_that_goes_and_comes_again_has_its_id(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/displayname", "other")
    cards.age()
    before = cards.books()["book"]
    shutil.copytree(cards.root / "book", cards.root / ".copy")
    shutil.rmtree(cards.root / "book")
    (cards.root / ".copy").rename(cards.root / "book")
    assert cards.books()["book"] == before


def test_metadata_that_others_change(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("book/displayname", "One")
    cards.age()
    before = cards.books()["One"]
    state = cards.states()[0]
    (cards.root / "book" / "displayname").write_text("Two")
    assert cards.books() == {"Two": before | {"name": "Two"}} and cards.states()[0] != state


def test_a_tree_that_is_away_is_not_empty(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    before = cards.cards()
    cards.root.rename(cards.root.with_name("away"))
    with pytest.raises(StoreUnavailable):
        cards.cards()
    cards.root.mkdir()
    with pytest.raises(StoreUnavailable):
        cards.cards()
    cards.root.rmdir()
    cards.root.with_name("away").rename(cards.root)
    assert cards.cards() == before


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self/fd").exists(), reason="root may read everything")
def test_what_is_no_ordinary_file(cards: Cards, tmp_path: Path) -> None:
    cards.write("book/bob.vcf", vcard("bob", "Bob"))
    os.mkfifo(cards.root / "book" / "fifo.vcf")
    (cards.root / "book" / "nowhere.vcf").symlink_to(tmp_path / "nothing")
    assert list(cards.cards()) == ["Bob"]
    (cards.root / "book" / "fifo.vcf").unlink()


def test_two_processes_see_the_same(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    other = cards.open()
    assert cards.cards(other) == cards.cards() and cards.books(other) == cards.books()
    card = cards.cards()["Alice Example"]
    cards.update(card["id"], notes={"n": {"note": "x"}})
    assert cards.cards(other) == cards.cards()
    other.close()


def test_many_come_in_batches(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.stores.vdir_follow.BATCH", 3)
    for number in range(10):
        cards.write(f"book/{number}.vcf", vcard(f"card-{number}", f"Card {number}"))
    assert len(cards.cards()) == 10


def test_a_request_reads_no_longer_than_its_budget(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.stores.vdir.BUDGET", 0.0)
    for number in range(5):
        cards.write(f"book/{number}.vcf", vcard(f"card-{number}", f"Card {number}"))
    assert len(cards.cards()) == 1
    seen = [len(cards.cards()) for _ in range(6)]
    assert seen == sorted(seen) and seen[-1] == 5


def test_the_sidecar_finds_all_that_was_changed_in_place(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jmapd.stores.vdir_follow.TURN", 1)
    monkeypatch.setattr("jmapd.stores.vdir_follow.LONG_TURN", 1)
    paths = [cards.write(f"book/{number}.vcf", vcard(f"card-{number}", f"Card {number}")) for number in range(5)]
    cards.age()
    rebuild.bring_up(cards.account)
    paths[4].write_text(vcard("card-4", "Changed"), newline="")
    assert rebuild.bring_up(cards.account, want_all=False).changed
    with cards.account.opened():
        names = [card["name"]["full"] for card in cards.account.store("ContactCard").scan()]
    assert "Changed" in names
