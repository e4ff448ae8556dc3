"""How files are written: names, modes, the lines that stay, and nothing left of what failed."""

import stat
from pathlib import Path

import pytest

from jmapd.index.journal import Journal
from jmapd.stores import vdir_write
from jmapd.stores.base import DiskFull, NotStorable, Overtaken, RecordExists, RecordNotFound
from tests.stores.vdir_files import Cards, vcard

UUID = "03a0e51f-d1aa-4385-8a53-e29025acd8af"


def book(cards: Cards, name: str = "book") -> str:
    """The id of a book that is made when it is not there."""
    (cards.root / name).mkdir(exist_ok=True)
    return str(cards.books()[name]["id"])


@pytest.mark.parametrize(
    ("uid", "name"),
    [("alice", "alice.vcf"), (f"urn:uuid:{UUID}", f"{UUID}.vcf"), ("a@example.org", "a@example.org.vcf")],
)
def test_a_file_is_named_after_its_uid(cards: Cards, uid: str, name: str) -> None:
    cards.create(uid, book(cards))
    assert list(cards.files()) == [f"book/{name}"]


@pytest.mark.parametrize(
    "uid", ["../alice", ".alice", "a/b", "a b", "x" * 300, "a\0b", "é", "-rf", "a~", "a.tmp", "https://example.org/1"]
)
def test_a_uid_that_is_no_safe_name(cards: Cards, uid: str) -> None:
    cards.create(uid, book(cards))
    (path,) = cards.files()
    folder, _, name = path.partition("/")
    assert folder == "book" and len(name) == 40 and name.endswith(".vcf")
    assert [card["uid"] for card in cards.cards().values()] == [uid]


def test_a_name_that_is_taken(cards: Cards) -> None:
    cards.write("book/alice.vcf", vcard("somebody else", "Bob"))
    cards.create("alice", book(cards))
    assert len(cards.files()) == 2 and cards.files()["book/alice.vcf"] == vcard("somebody else", "Bob")


def test_the_name_stays_and_lines_that_do_not_change(cards: Cards) -> None:
    text = vcard("alice", "Alice Example", "X-OWN;a=b:c", "NOTE:old", "TEL:+1 555", version="3.0")
    cards.write("book/other name.vcf", text)
    cards.age()
    card = cards.cards()["Alice Example"]
    (key,) = card["notes"]
    assert cards.update(card["id"], notes={key: {"note": "new"}}) is None
    before, after = text.splitlines(), cards.files()["book/other name.vcf"].splitlines()
    assert [line for line in after if not line.startswith("NOTE")] == [line for line in before if line != "NOTE:old"]
    (note,) = [line for line in after if line.startswith("NOTE")]
    assert note.endswith(":new") and after.index(note) == before.index("NOTE:old")


def test_the_folder_tells_of_every_write(cards: Cards) -> None:
    """khal and khard look at the folder's mtime: a file is never rewritten in place."""
    cards.write("book/alice.vcf", vcard("alice"))
    cards.age()
    card, folder = cards.cards()["Alice Example"], cards.root / "book"
    before, inode = folder.stat().st_mtime_ns, (folder / "alice.vcf").stat().st_ino
    cards.update(card["id"], notes={"n": {"note": "x"}})
    assert folder.stat().st_mtime_ns > before and (folder / "alice.vcf").stat().st_ino != inode


def test_modes(cards: Cards) -> None:
    path = cards.write("book/alice.vcf", vcard("alice"))
    path.chmod(0o644)
    (cards.root / "book").chmod(0o770)
    card = cards.cards()["Alice Example"]
    cards.update(card["id"], notes={"n": {"note": "x"}})
    cards.create("bob", book(cards))
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert stat.S_IMODE((cards.root / "book" / "bob.vcf").stat().st_mode) == 0o660


def test_our_own_writes_are_not_looked_for_again(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.age()
    card = cards.cards()["Alice Example"]
    cards.update(card["id"], notes={"n": {"note": "x"}})
    monkeypatch.setattr("jmapd.stores.vdir_follow.look", lambda *_: pytest.fail("the folder was listed"))
    cards.cards()
    monkeypatch.undo()


def test_a_move_keeps_the_octets(cards: Cards) -> None:
    text = vcard("alice", "Alice Example", "X-OWN:folded over\r\n  two lines")
    cards.write("book/name.vcf", text)
    other = book(cards, "other")
    card = cards.cards()["Alice Example"]
    cards.update(card["id"], addressBookIds={other: True})
    assert cards.files() == {"other/name.vcf": text}
    cards.update(card["id"], addressBookIds={other: True, book(cards): True}, notes={"n": {"note": "x"}})
    first, second = cards.files().values()
    assert first == second and "NOTE" in first


@pytest.mark.rfc("9610", "3")
def test_a_uid_is_there_once(cards: Cards) -> None:
    id = cards.create("alice", book(cards))["id"]
    with pytest.raises(RecordExists) as raised:
        cards.create("alice", book(cards, "other"))
    assert raised.value.existing_id == id and list(cards.files()) == ["book/alice.vcf"]


def test_what_is_not_there(cards: Cards) -> None:
    account = cards.account
    with account.session(), account.lock(), account.store("ContactCard").transaction() as tx:
        with pytest.raises(RecordNotFound):
            tx.destroy("Cnothing")
        with pytest.raises(RecordNotFound):
            tx.update("Cnothing", {"addressBookIds": {}}, set())
        assert tx.get("Cnothing") is None
    with pytest.raises(NotStorable) as raised:
        cards.create("alice", "Bnothing")
    assert raised.value.properties == ["addressBookIds"] and cards.files() == {}


def test_a_change_that_another_program_overtakes(cards: Cards) -> None:
    path = cards.write("book/alice.vcf", vcard("alice"))
    card = cards.cards()["Alice Example"]
    account = cards.account
    with account.session(), account.lock():
        path.write_text(vcard("alice", "Changed meanwhile"), newline="")
        with pytest.raises(Overtaken), account.store("ContactCard").transaction() as tx:
            tx.update(card["id"], card | {"notes": {"n": {"note": "x"}}}, {"notes"})
    assert cards.files() == {"book/alice.vcf": vcard("alice", "Changed meanwhile")}


@pytest.mark.parametrize("when", ["is read", "is written"])
def test_a_change_just_before_ours_is_written(cards: Cards, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    path = cards.write("book/alice.vcf", vcard("alice"))
    card = cards.cards()["Alice Example"]
    apply = vdir_write.VdirFiles.apply

    def applied(files: vdir_write.VdirFiles) -> object:
        path.unlink() if when == "is read" else path.write_text(vcard("alice", "Meanwhile"), newline="")
        return apply(files)

    monkeypatch.setattr(vdir_write.VdirFiles, "apply", applied)
    with pytest.raises(Overtaken):
        cards.update(card["id"], notes={"n": {"note": "x"}})
    assert cards.files() == ({} if when == "is read" else {"book/alice.vcf": vcard("alice", "Meanwhile")})
    monkeypatch.undo()


def test_nothing_stays_when_the_index_cannot_be_told(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    cards.write("book/bob.vcf", vcard("bob", "Bob"))
    found, files, stats = cards.cards(), cards.files(), (cards.root / "book" / "alice.vcf").stat()

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    account, other = cards.account, book(cards, "other")
    monkeypatch.setattr(Journal, "append", fails)
    with account.opened(), account.locked(), pytest.raises(DiskFull), account.store("ContactCard").transaction() as tx:
        alice, bob = found["Alice Example"], found["Bob"]
        tx.update(alice["id"], alice | {"notes": {"n": {"note": "x"}}}, {"notes"})
        tx.destroy(bob["id"])
        tx.create({"uid": "carol", "name": {"full": "Carol"}, "addressBookIds": {other: True}})
    monkeypatch.undo()
    assert cards.files() == files and cards.cards() == found
    assert (cards.root / "book" / "alice.vcf").stat().st_ino == stats.st_ino


def test_one_that_fails_leaves_the_others(cards: Cards) -> None:
    account, here = cards.account, book(cards)
    with account.session(), account.lock(), account.store("ContactCard").transaction() as tx:
        tx.create({"uid": "alice", "name": {"full": "Alice"}, "addressBookIds": {here: True}})
        with pytest.raises(NotStorable):
            tx.create({"uid": "bob", "name": {"full": "Bob"}, "addressBookIds": {here: True, "Bnothing": True}})
        assert tx.create({"uid": "carol", "name": {"full": "Carol"}, "addressBookIds": {here: True}})["id"]
    assert list(cards.files()) == ["book/alice.vcf", "book/carol.vcf"]


def test_create_update_and_destroy_in_one_transaction(cards: Cards) -> None:
    account, here = cards.account, book(cards)
    with account.session(), account.lock(), account.store("ContactCard").transaction() as tx:
        id = tx.create({"uid": "alice", "name": {"full": "Alice"}, "addressBookIds": {here: True}})["id"]
        record = tx.get(id)
        assert record is not None and record["addressBookIds"] == {here: True}
        tx.update(id, record | {"notes": {"n": {"note": "x"}}}, {"notes"})
        gone = tx.create({"uid": "bob", "name": {"full": "Bob"}, "addressBookIds": {here: True}})["id"]
        tx.destroy(gone)
        assert tx.get(gone) is None
    assert list(cards.files()) == ["book/alice.vcf"] and "NOTE" in cards.files()["book/alice.vcf"]


@pytest.mark.rfc("8620", "5.3")
def test_the_answer_has_what_is_kept_otherwise(cards: Cards) -> None:
    answer = cards.create("alice", book(cards), name={"full": " Alice \r\n"}, keywords={"a": True})
    kept = cards.cards()
    (card,) = kept.values()
    assert answer == {"id": card["id"]} | ({} if card["name"]["full"] == " Alice \r\n" else {"name": card["name"]})


def test_vcard_3_by_configuration(tmp_path: Path) -> None:
    cards = Cards(tmp_path, version="3.0")
    cards.create("alice", book(cards))
    assert "VERSION:3.0" in cards.files()["book/alice.vcf"]


def test_what_others_did_meanwhile_stays_when_ours_is_undone(cards: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    cards.write("book/alice.vcf", vcard("alice"))
    card, here = cards.cards()["Alice Example"], book(cards)
    theirs = {"book/alice.vcf": vcard("alice", "Theirs"), "book/bob.vcf": vcard("bob", "Theirs, too")}

    def fails(*_: object) -> None:
        for path, text in theirs.items():
            cards.write(path, text)
        raise OSError(28, "No space left on device")

    account = cards.account
    monkeypatch.setattr(Journal, "append", fails)
    with account.opened(), account.locked(), pytest.raises(DiskFull), account.store("ContactCard").transaction() as tx:
        tx.update(card["id"], card | {"notes": {"n": {"note": "x"}}}, {"notes"})
        tx.create({"uid": "bob", "name": {"full": "Bob"}, "addressBookIds": {here: True}})
    monkeypatch.undo()
    assert cards.files() == theirs


def test_a_change_that_only_the_content_tells(cards: Cards) -> None:
    """The file is so fresh that its times prove nothing."""
    path = cards.write("book/alice.vcf", vcard("alice"))
    card, account = cards.cards()["Alice Example"], cards.account
    with account.session(), account.lock():
        with path.open("r+b") as file:
            file.write(vcard("clara").encode())
        with pytest.raises(Overtaken), account.store("ContactCard").transaction() as tx:
            tx.update(card["id"], card | {"notes": {"n": {"note": "x"}}}, {"notes"})
    assert cards.files() == {"book/alice.vcf": vcard("clara")}
