"""What the sidecar does with cards: an index made anew has the same ids, --verify tells differences, leftovers go."""

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from jmapd.stores import plain_copy, rebuild, vdir_verify, vdir_write
from jmapd.stores.account import FileAccount
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.vcards import VCards
from jmapd.stores.vdir import VdirPart
from tests.stores.vdir_files import Cards, vcard


def test_a_new_index_has_the_same_ids(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("other/none.vcf", vcard("", "No UID"))
    cards.write("other/twin.vcf", vcard("alice", "Twin"))
    books, found = cards.books(), cards.cards()
    rebuild.renew(cards.account)
    assert cards.books() == books and cards.cards() == found


def test_without_any_state_cards_have_the_same_ids(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    before = cards.cards()["Alice Example"]["id"]
    cards.account.close()
    for path in cards.state_dir.glob("*"):
        if path.is_file():
            path.unlink()
    assert cards.cards()["Alice Example"]["id"] == before


def test_export_and_import(cards: Cards, tmp_path: Path) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    books = cards.books()
    with cards.account.session():
        exported = plain_copy.accounts_to_json({"alice": plain_copy.objects_of(cards.account.index)})
    (tmp_path / "b").mkdir()
    other = Cards(tmp_path / "b")
    other.write("book/alice.vcf", vcard("alice"))
    assert other.books()["book"]["id"] != books["book"]["id"]
    rebuild.take_back(other.account, plain_copy.accounts_from_json(exported)["alice"])
    assert other.books() == books


def test_verify_tells_what_differs(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("book/bob.vcf", vcard("bob", "Bob"))
    cards.age()
    rebuild.bring_up(cards.account)
    assert rebuild.verify(cards.account) == []
    with cards.account.session(), cards.account.lock():
        index = cards.account.index
        (key,) = [key for key in index.objects.all("_vcf") if key.endswith("bob.vcf")]
        index.commit([["_vcf", "d", key]])
    with cards.account.opened(), cards.account.locked():
        found = vdir_verify.verify(
            index, cards.root, VCards(), vdir_verify.KnownFiles(index, VCards()), is_thorough=True
        )
    assert any("bob.vcf is not in the index" in line for line in found)
    assert any("is in no file" in line for line in found)
    rebuild.renew(cards.account)


def test_what_a_kill_left_behind_goes_after_a_while(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    left = cards.write("book/.jmapd-0123.tmp", "half a card")
    cards.write(".jmapd-removed.0123/bob.vcf", vcard("bob", "Bob"))
    foreign = cards.write("book/.other.tmp", "not ours")
    rebuild.bring_up(cards.account)
    assert left.exists()
    monkeypatch.setattr(vdir_verify, "LEFT_SECONDS", -10.0)
    rebuild.bring_up(cards.account)
    assert not left.exists() and foreign.exists() and not (cards.root / ".jmapd-removed.0123").exists()
    assert list(cards.cards()) == ["Alice Example"]


def test_the_folders_to_watch(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    rebuild.bring_up(cards.account)
    assert set(rebuild.watched(cards.account)) == {str(cards.root), str(cards.root / "book")}


def test_radicales_lock_is_held_and_waited_for(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = cards.write(".Radicale.lock", "")
    cards.write("book/.Radicale.props", '{"tag": "VADDRESSBOOK"}')
    book = next(iter(cards.books().values()))["id"]
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    threading.Timer(0.2, os.close, [descriptor]).start()
    started = time.monotonic()
    cards.create("alice", book)
    assert time.monotonic() - started >= 0.15
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        monkeypatch.setattr(vdir_write, "LOCK_SECONDS", 0.0)
        with pytest.raises(StoreUnavailable):
            cards.create("bob", book)
    assert [path for path in cards.files() if "bob" in path] == []


# --- accounts of several parts ---


def whole(folder: Path, **options: Any) -> MaildirAccount:
    for name in ("cur", "new", "tmp"):
        (folder / "mail" / name).mkdir(parents=True, exist_ok=True)
    parts = [VdirPart(folder / "cards", VCards())]
    return MaildirAccount("alice", "alice", "alice", folder / "mail", folder / "state", options, parts)


def test_mail_and_cards_in_one_account(cards: Cards, tmp_path: Path) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    (tmp_path / "two").mkdir()
    account = whole(tmp_path)
    (tmp_path / "mail" / "new" / "1700000001.M1P1.example").write_text("Subject: x\n\ntext\n")
    with account.session():
        assert len(list(account.store("Email").ids())) == len(list(account.store("ContactCard").ids())) == 1
    assert rebuild.bring_up(account).counts == {"messages": 1, "cards": 1}
    assert rebuild.verify(account) == []
    account.close()


@pytest.mark.parametrize("away", ["mail", "cards"])
def test_what_is_away_does_not_take_the_rest_along(tmp_path: Path, away: str) -> None:
    account = whole(tmp_path)
    (tmp_path / "cards" / "book").mkdir(parents=True)
    with account.session():
        assert len(list(account.store("Mailbox").ids())) == len(list(account.store("AddressBook").ids())) == 1
    (tmp_path / away).rename(tmp_path / "away")
    lost, there = ("Mailbox", "AddressBook") if away == "mail" else ("AddressBook", "Mailbox")
    with account.session():
        assert len(list(account.store(there).ids())) == 1
        with pytest.raises(StoreUnavailable):
            account.store(lost)
        with pytest.raises(KeyError):
            account.store("Cake")
    with pytest.raises(StoreUnavailable):
        rebuild.bring_up(account)
    (tmp_path / "away").rename(tmp_path / away)
    with account.session():
        assert len(list(account.store(lost).ids())) == 1
    account.close()


def test_an_account_of_which_all_is_away(tmp_path: Path) -> None:
    account = FileAccount("alice", "alice", "alice", tmp_path / "state", [VdirPart(tmp_path / "cards", VCards())])
    (tmp_path / "cards" / "book").mkdir(parents=True)
    with account.session():
        pass
    (tmp_path / "cards").rename(tmp_path / "away")
    with pytest.raises(StoreUnavailable), account.session():
        pytest.fail("there is nothing to see")
    account.close()
