"""What other programs do to cards in the same moment, and folders and files that are seen twice or not at all."""

import errno
import os
import time
from pathlib import Path

import pytest

from jmapd.files import atomic
from jmapd.stores import vdir_follow, vdir_made, vdir_scan, vdir_write
from jmapd.stores.base import Overtaken, ReadOnly
from jmapd.stores.vcards import CARD, VCards
from jmapd.stores.vdir import BookStore, ItemStore
from jmapd.stores.vdir_format import Item
from jmapd.stores.vdir_groups import Placed, grouped
from jmapd.stores.vdir_layout import stamp_of
from tests.stores.vdir_files import Cards, vcard


def fresh(path: Path) -> Path:
    """So new that its times do not tell whether it changes once more."""
    later = time.time_ns() + 1_000_000_000
    os.utime(path, ns=(later, later))
    return path


@pytest.mark.rfc("8620", "5.3")
def test_what_a_change_does_not_touch_is_as_the_file_has_it() -> None:
    """An index that was made by an older jmapd knows less of a card than is in it; that must not go."""
    data, name = vcard("a", "Alice", "TEL:111", "NICKNAME:Al").encode(), {"full": "Alice"}
    before = {"uid": "a", "name": name, "version": "2.0", "@type": "Card"}
    notes = {"n": {"@type": "Note", "note": "new"}}
    changed = VCards().replaced(data, 0, before | {"notes": notes}, before).decode()
    assert changed == data.decode().replace("END:", "NOTE;PROP-ID=n:new\r\nEND:")
    (item,) = VCards().read(data, str)
    gone = {key: value for key, value in item.record.items() if key != "phones"}
    assert VCards().replaced(data, 0, gone, item.record).decode() == data.decode().replace("TEL:111\r\n", "")


@pytest.mark.rfc("8620", "5.3")
def test_a_card_among_others_that_are_not_the_same_any_more(cards: Cards) -> None:
    """The one with that number in the file is another one now: it must not go in its place."""
    path = fresh(cards.write("book/a.vcf", vcard("a", "Alice") + vcard("b", "Bob")))
    card = cards.cards()["Bob"]
    now = vcard("b", "Bob") + vcard("a", "Alice")
    with cards.account.session(), cards.account.lock():
        path.write_bytes(now.encode())
        with pytest.raises(Overtaken), cards.account.store("ContactCard").transaction() as tx:
            tx.destroy(card["id"])
    assert cards.files()["book/a.vcf"] == now


def test_two_changes_in_one_second_have_other_times(cards: Cards) -> None:
    """vdirsyncer knows a file by mtime and inode; the inode of the one before last is free again."""
    cards.write("book/a.vcf", vcard("a", "Alice"))
    card = cards.cards()["Alice"]
    found = set()
    for name in ("Bob", "Carol", "Dave", "Erin"):
        cards.update(card["id"], name={"full": name})
        found.add((cards.root / "book" / "a.vcf").stat().st_mtime_ns)
    assert len(found) == 4


@pytest.mark.parametrize("is_destroyed", [False, True])
def test_a_file_that_is_replaced_in_the_last_moment(
    cards: Cards, monkeypatch: pytest.MonkeyPatch, is_destroyed: bool
) -> None:
    cards.write("book/a.vcf", vcard("a", "Alice"))
    card, check = cards.cards()["Alice"], vdir_write._check

    def overtaken(wanted: vdir_write.Wanted, path: str = "") -> None:
        check(wanted, path)
        if not path:
            cards.write("book/a.vcf", vcard("a", "Alice Outside"))

    with monkeypatch.context() as patch:
        patch.setattr(vdir_write, "_check", overtaken)
        with pytest.raises(Overtaken):
            cards.destroy(card["id"]) if is_destroyed else cards.update(card["id"], name={"full": "Bob"})
    assert cards.files() == {"book/a.vcf": vcard("a", "Alice Outside")}


def test_a_file_that_is_replaced_between_the_last_look_and_ours(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write("book/a.vcf", vcard("a", "Alice"))
    card, check = cards.cards()["Alice"], vdir_write._check

    def overtaken(wanted: vdir_write.Wanted, path: str = "") -> None:
        check(wanted, path)
        if path:
            cards.write("book/a.vcf", vcard("a", "Alice Outside"))

    with monkeypatch.context() as patch:
        patch.setattr(vdir_write, "_check", overtaken)
        cards.update(card["id"], name={"full": "Bob"})
    assert cards.files() == {"book/a.vcf": vcard("a", "Alice Outside")}
    assert list(cards.cards()) == ["Alice Outside"]


@pytest.mark.parametrize("is_new", [False, True])
def test_a_file_that_is_replaced_as_soon_as_it_is_written(
    cards: Cards, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    """What the index knows of the file must be what we wrote: else it is never read again."""
    cards.write("book/other.vcf", vcard("other", "Other"))
    if not is_new:
        cards.write("book/a.vcf", vcard("a", "Alice"))
    before = cards.cards()

    def overtaken(path: Path) -> None:
        cards.write("book/a.vcf", vcard("a", "Alice Outside"))

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "sync_folder", overtaken)
        if is_new:
            cards.create("a", *before["Other"]["addressBookIds"])
        else:
            cards.update(before["Alice"]["id"], name={"full": "Bob"})
    assert set(cards.cards()) == {"Other", "Alice Outside"}


def test_a_file_that_comes_right_after_ours_with_times_that_are_coarse(
    cards: Cards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until Linux 6.13 all changes within 4 ms left a folder the same times."""
    cards.write("book/a.vcf", vcard("a", "Alice"))
    cards.age()
    card = cards.cards()["Alice"]
    now = time.time_ns()

    def coarse(path: str) -> list[int]:
        mtime, ctime, inode = stamp_of(path)
        return [now, now, inode] if mtime > now else [mtime, ctime, inode]

    for module in (vdir_follow, vdir_made, vdir_scan):
        monkeypatch.setattr(module, "stamp_of", coarse)
    cards.update(card["id"], name={"full": "Bob"})
    cards.write("book/b.vcf", vcard("b", "Outside"))
    monkeypatch.setattr(vdir_follow, "PENDING_NS", 0)
    assert set(cards.cards()) == {"Bob", "Outside"}


@pytest.mark.rfc("9610", "2.3")
def test_a_card_that_comes_while_its_book_is_destroyed(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    (cards.root / "book").mkdir()
    book = cards.books()["book"]["id"]
    with cards.account.session(), cards.account.lock():
        cards.write("book/a.vcf", vcard("a", "Alice"))
        with pytest.raises(Overtaken), cards.account.store("AddressBook").transaction() as tx:
            tx.destroy(book)
    assert list(cards.files()) == ["book/a.vcf"]
    assert list(cards.cards()) == ["Alice"]


@pytest.mark.rfc("9610", "2.3")
def test_a_book_with_a_file_that_cannot_be_read_is_not_empty(cards: Cards) -> None:
    cards.write("book/a.vcf", "no card at all\r\n")
    book = cards.books()["book"]["id"]
    with cards.account.session():
        store = cards.account.store("AddressBook")
        assert isinstance(store, BookStore) and store.has_items(book)


@pytest.mark.rfc("9610", "2.3")
def test_a_book_that_is_a_link_is_not_destroyed(cards: Cards, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.vcf").write_bytes(vcard("a").encode())
    (cards.root / "book").symlink_to(tmp_path / "elsewhere")
    book = cards.books()["book"]["id"]
    store = cards.account.store
    with (
        cards.account.session(),
        cards.account.lock(),
        store("AddressBook").transaction() as tx,
        pytest.raises(ReadOnly),
    ):
        tx.destroy(book)


@pytest.mark.rfc("9610", "3")
def test_a_folder_with_two_names_is_one_book(cards: Cards) -> None:
    """Else a card that leaves the one would be lost from the other."""
    cards.write("personal/a.vcf", vcard("a"))
    (cards.root / "default").symlink_to("personal")
    (cards.root / "personal" / "again").symlink_to("..")
    assert list(cards.books()) == ["personal"]


def test_a_file_that_can_be_read_again(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its times do not tell that it may be read now."""

    def denied(path: str) -> None:
        raise PermissionError(errno.EACCES, "denied", path)

    cards.write("book/a.vcf", vcard("a", "Alice"))
    cards.age()
    with monkeypatch.context() as patch:
        patch.setattr(vdir_scan, "open_file", denied)
        assert cards.cards() == {}
    assert set(cards.cards()) == {"Alice"}


@pytest.mark.rfc("9610", "2")
def test_a_folder_that_cannot_be_looked_into_keeps_its_cards(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("book", "other"):
        cards.write(f"{name}/{name}.vcf", vcard(name, name))
    before, scandir = cards.books(), os.scandir

    def denied(path: str) -> object:
        if str(path).endswith("/book"):
            raise PermissionError(errno.EACCES, "denied", path)
        return scandir(path)

    (cards.root / "other" / "displayname").write_text("Other")
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", denied)
        assert cards.books()["book"] == before["book"] and set(cards.cards()) == {"book", "other"}
    assert cards.books()["book"] == before["book"]


def test_a_name_that_no_card_may_have_where_it_is_copied_to(cards: Cards) -> None:
    """In Radicale's collections every file is a card."""
    cards.write("one/.Radicale.props", '{"tag": "VADDRESSBOOK"}')
    cards.write("one/a", vcard("a", "Alice"))
    cards.write("two/b.vcf", vcard("b", "Bob"))
    books, card = cards.books(), cards.cards()["Alice"]
    cards.update(card["id"], addressBookIds={book["id"]: True for book in books.values()})
    assert sorted(cards.files()) == ["one/.Radicale.props", "one/a", "two/a.vcf", "two/b.vcf"]


@pytest.mark.rfc("9610", "3")
def test_a_blob_of_a_card_that_is_not_in_its_file_any_more(cards: Cards) -> None:
    one, two = vcard("a", "Alice"), vcard("b", "Bob")
    path = cards.write("book/a.vcf", one + two)
    card = cards.cards()["Bob"]
    with cards.account.session():
        path.write_bytes((one[:-14] + "X" * len(two) + one[-14:]).encode())
        store = cards.account.store("ContactCard")
        assert isinstance(store, ItemStore) and not store.source(card["id"])


class Compared(dict[str, object]):
    """A record that counts how often it is compared."""

    count = 0

    def __eq__(self, other: object) -> bool:
        Compared.count += 1
        return super().__eq__(other)

    __hash__ = None


def test_many_cards_with_one_uid_are_not_each_compared_with_each() -> None:
    count = 2000
    found = [Placed(("B", "a.vcf", n), Item("a", Compared(note=str(n)), f"{n:064x}")) for n in range(count)]
    made = grouped(CARD, "a", found, {}, {})
    assert len(made) == count and Compared.count <= count
    assert len({record["files"][0][2] for record in made.values()}) == count
