"""AddressBook/set on folders (RFC 9610 2.3): made, named, described, removed, in each kind of tree."""

import json
import os
import subprocess
from typing import Any

import pytest

from jmapd.index.journal import Journal
from jmapd.stores import vdir_write
from jmapd.stores.base import DiskFull, ReadOnly, RecordNotFound
from jmapd.wire import Id, Record
from tests.stores.vdir_files import Cards, vcard

BOOK = {"name": "Friends", "description": None, "sortOrder": 0, "isSubscribed": True}


def create(cards: Cards, **told: Any) -> Record:
    with cards.account.session(), cards.account.lock(), cards.account.store("AddressBook").transaction() as tx:
        return tx.create(BOOK | told)


def update(cards: Cards, id: Id, **told: Any) -> Record | None:
    with cards.account.session(), cards.account.lock(), cards.account.store("AddressBook").transaction() as tx:
        record = tx.get(id)
        assert record is not None
        return tx.update(id, record | told, set(told))


def destroy(cards: Cards, id: Id) -> None:
    with cards.account.session(), cards.account.lock(), cards.account.store("AddressBook").transaction() as tx:
        tx.destroy(id)


def test_a_new_book_is_a_folder_of_its_name(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    made = create(cards, sortOrder=4, description="of old")
    assert cards.files().keys() >= {"Friends/description", "Friends/order"}
    assert cards.files()["Friends/order"] == "4" and "Friends/displayname" not in cards.files()
    assert cards.books()["Friends"] | {"isDefault": False} == cards.books()["Friends"]
    assert cards.books()["Friends"]["id"] == made["id"]


@pytest.mark.parametrize(
    "name", ["../evil", "a/b", ".hidden", "x" * 200, "a\0b", "cards.vcf", "~", "book", "BOOK", " Friends ", "日本"]
)
def test_names_that_no_folder_should_have(cards: Cards, name: str) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    made = create(cards, name=name)
    with cards.account.session():
        kept = cards.account.store("AddressBook").get([made["id"]])[made["id"]]["name"]
    assert kept == made.get("name", name)
    assert kept.strip() == name.replace("\0", "").strip()
    folders = [path.name for path in cards.root.iterdir()]
    assert len(folders) == 2 and len({folder.lower() for folder in folders}) == 2
    assert not any(folder.startswith(".") for folder in folders)


def test_a_new_name_is_in_displayname_and_the_folder_stays(cards: Cards) -> None:
    """Other programs have the folder's name in their configuration."""
    cards.write("book/alice.vcf", vcard("alice"))
    id = cards.books()["book"]["id"]
    assert update(cards, id, name="Family", description="All of them", sortOrder=3) is None
    assert cards.files() == {
        "book/alice.vcf": vcard("alice"), "book/displayname": "Family", "book/description": "All of them",
        "book/order": "3",
    }  # fmt: skip
    update(cards, id, description=None)
    assert "book/description" not in cards.files()
    book = cards.books()["Family"]
    assert (book["id"], book["description"], book["sortOrder"]) == (id, None, 3)


def test_what_no_file_can_hold_stays(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/bob.vcf", vcard("bob", "Bob"))
    id = next(book["id"] for book in cards.books().values() if not book["isDefault"])
    update(cards, id, isSubscribed=False, isDefault=True)
    cards.account.close()
    for path in cards.state_dir.glob("[CSJ]*"):
        path.unlink()
    books = {book["id"]: book for book in cards.books(cards.open()).values()}
    assert books[id]["isDefault"] and not books[id]["isSubscribed"]
    assert [book["isDefault"] for book in books.values()].count(True) == 1


@pytest.mark.rfc("9610", "2.3")
def test_a_book_goes_with_its_cards_but_for_those_in_others(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("book/bob.vcf", vcard("bob", "Bob"))
    cards.write("book/displayname", "Family")
    cards.write("other/alice.vcf", vcard("alice"))
    books = cards.books()
    destroy(cards, books["Family"]["id"])
    assert cards.files() == {"other/alice.vcf": vcard("alice")} and list(cards.root.iterdir()) == [cards.root / "other"]
    (alice,) = cards.cards().values()
    assert alice["addressBookIds"] == {books["other"]["id"]: True} and list(cards.books()) == ["other"]
    with pytest.raises(RecordNotFound):
        destroy(cards, books["Family"]["id"])


def test_the_last_book_may_go(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    destroy(cards, cards.books()["book"]["id"])
    assert list(cards.books()) == ["Contacts"] and cards.cards() == {} and list(cards.root.iterdir()) == []


@pytest.mark.parametrize("name", ["notes.txt", "folder/file", "calendar.ics"])
def test_a_folder_that_holds_other_things_stays(cards: Cards, name: str) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write(f"book/{name}", "precious")
    with pytest.raises(ReadOnly):
        destroy(cards, cards.books()["book"]["id"])
    assert len(cards.files()) == 2 and list(cards.cards()) == ["Alice Example"]


def test_nothing_stays_when_the_index_cannot_be_told(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/displayname", "Other")
    books, files = cards.books(), cards.files()

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    account = cards.account
    monkeypatch.setattr(Journal, "append", fails)
    with account.opened(), account.locked(), pytest.raises(DiskFull), account.store("AddressBook").transaction() as tx:
        tx.create(BOOK | {"name": "New/one", "description": "text"})
        tx.destroy(books["book"]["id"])
        tx.update(books["Other"]["id"], books["Other"] | {"name": "Else"}, {"name"})
    monkeypatch.undo()
    assert cards.files() == files and cards.books() == books


def test_in_a_radicale_tree(cards: Cards) -> None:
    (cards.root / ".Radicale.lock").touch()
    cards.write("a1/.Radicale.props", json.dumps({"tag": "VADDRESSBOOK", "D:displayname": "One", "X:own": "kept"}))
    made = create(cards, name="Two & more", sortOrder=5)
    books = cards.books()
    assert sorted(books) == ["One", "Two & more"] and books["Two & more"]["sortOrder"] == 5
    cards.create("alice", made["id"])
    (props,) = [json.loads(text) for path, text in cards.files().items() if "props" in path and path[:3] != "a1/"]
    assert props == {"tag": "VADDRESSBOOK", "D:displayname": "Two & more"}
    update(cards, books["One"]["id"], name="Uno", description="d")
    assert json.loads(cards.files()["a1/.Radicale.props"]) == {
        "tag": "VADDRESSBOOK", "D:displayname": "Uno", "X:own": "kept", "CR:addressbook-description": "d"
    }  # fmt: skip
    update(cards, made["id"], sortOrder=6)
    assert {name: book["sortOrder"] for name, book in cards.books().items()} == {"Uno": 0, "Two & more": 6}


def log(folder: Any) -> list[str]:
    return subprocess.run(
        ["git", "-C", folder, "log", "--name-status", "--format=%an"], check=True, capture_output=True, text=True
    ).stdout.split()


def test_in_a_xandikos_tree(cards: Cards) -> None:
    folder = cards.root / "book"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", folder], check=True)
    subprocess.run(["git", "-C", folder, "config", "xandikos.type", "addressbook"], check=True)
    id = cards.books()["book"]["id"]
    card = cards.create("alice", id)["id"]
    assert log(folder) == ["jmapd", "A", "alice.vcf"]
    cards.update(card, notes={"n": {"note": "x"}})
    update(cards, id, name='A "name"; #1', description="text")
    assert cards.books()['A "name"; #1']["description"] == "text"
    made = create(cards, name="Second")
    cards.update(card, addressBookIds={made["id"]: True})
    assert log(folder)[:6] == ["jmapd", "D", "alice.vcf", "jmapd", "M", "alice.vcf"]
    assert log(cards.root / "Second") == ["jmapd", "A", "alice.vcf"]
    status = subprocess.run(["git", "-C", folder, "status", "--short"], check=True, capture_output=True, text=True)
    assert status.stdout == ""


def test_a_book_beside_those_of_xandikos(cards: Cards) -> None:
    """It shows only what is a git tree of its own; Radicale the path of what has no name."""
    cards.write("book/.xandikos", "[DEFAULT]\ntype = addressbook\n")
    made = create(cards, name="Second")
    cards.create("alice", made["id"])
    assert log(cards.root / "Second") == ["jmapd", "A", "alice.vcf", "jmapd", "A", ".xandikos"]
    assert sorted(cards.books()) == ["Second", "book"]
    (cards.root / ".Radicale.lock").touch()
    create(cards, name="third")
    props = json.loads((cards.root / "third" / ".Radicale.props").read_text())
    assert props == {"tag": "VADDRESSBOOK", "D:displayname": "third"}


def test_git_in_use_is_waited_for(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", cards.root / "book"], check=True)
    lock = cards.root / "book" / ".git" / "index.lock"
    lock.touch()
    monkeypatch.setattr(vdir_write.time, "sleep", lambda _: lock.unlink(missing_ok=True))
    cards.create("alice", cards.books()["book"]["id"])
    assert log(cards.root / "book") == ["jmapd", "A", "alice.vcf"]


def test_a_work_tree_around_all_books(cards: Cards) -> None:
    subprocess.run(["git", "init", "-q", cards.root], check=True)
    cards.write("book/displayname", "Book")
    cards.create("alice", cards.books()["Book"]["id"])
    destroy(cards, cards.books()["Book"]["id"])
    assert log(cards.root) == ["jmapd", "D", "book/alice.vcf", "jmapd", "A", "book/alice.vcf"]


def test_a_commit_that_fails_loses_no_card(cards: Cards, caplog: pytest.LogCaptureFixture) -> None:
    (cards.root / "book" / ".git").mkdir(parents=True)
    cards.create("alice", cards.books()["book"]["id"])
    assert "not committed" in caplog.text and "book/alice.vcf" in cards.files()
    assert not os.environ.get("GIT_DIR")


def test_those_who_see_it_besides_have_their_own_subscriptions(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    account = cards.account
    with account.session(), account.lock():
        store = account.store("AddressBook").of("bob")  # type: ignore[attr-defined]
        (book,) = store.scan()
        assert not book["isSubscribed"]
        state = store.state()
        with store.transaction() as tx:
            tx.update(book["id"], book | {"isSubscribed": True}, {"isSubscribed"})
            assert tx.create(BOOK).get("isSubscribed", True)
        assert {each["name"]: each["isSubscribed"] for each in store.scan()} == {"book": True, "Friends": True}
        assert store.state() != state
        with store.transaction() as tx:
            tx.update(book["id"], book, {"isSubscribed"})
    assert all(each["isSubscribed"] for each in cards.books().values())
