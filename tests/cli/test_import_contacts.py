"""jmapd-import-contacts: what is taken in and how, what is there already, what is left out and why."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jmapd.cli.import_contacts import main
from jmapd.formats.vcard import cards
from tests.cli.import_host import ImportHost, last
from tests.contacts.host import Contacts, vcard

BIN = Path(__file__).parents[2] / "bin" / "jmapd-import-contacts"


class Importing(ImportHost, Contacts):
    """The program, and what it shows."""

    program = staticmethod(main)


@pytest.fixture
def host(tmp_path: Path) -> Importing:
    return Importing(tmp_path)


ODD = (
    'BEGIN:VCARD\nVERSION:3.0\nUID:odd\nitem1.X-ABLabel:_$!<Other>!$_\nFN:Ann\n  Arden\nX-ODD;a="b:c":\\x\nEND:VCARD\n'
)


def test_cards_are_taken_in_as_they_are(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    old = "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:old\r\nN;CHARSET=ISO-8859-1:Müller;Jörg\r\nEND:VCARD\r\n".encode("latin-1")
    path = host.given("all.vcf", ODD, "\n\n", old, vcard("new", "Ben"))
    state = host.call("ContactCard/get", {"ids": []})["state"]
    assert host.run("--book", "friends", path) == 0
    assert last(capsys) == ["friends: 3 taken in, 0 there already, 0 left out"]
    assert host.files() == {
        "friends/odd.vcf": ODD.encode(),
        "friends/old.vcf": old,
        "friends/new.vcf": vcard("new", "Ben").encode(),
    }
    changes = host.call("ContactCard/changes", {"sinceState": state})
    assert len(changes["created"]) == 3
    assert {card["uid"] for card in host.cards(changes["created"])} == {"odd", "old", "new"}
    assert host.books()["friends"]["id"] in host.cards()[0]["addressBookIds"]
    assert host.verified()


@pytest.mark.rfc("6350", "6.7.6")
def test_a_card_without_a_uid_gets_one_once(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    bare = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nEND:VCARD\r\n"
    path = host.given("a.vcf", bare, bare.replace("Ann", "Ben"), bare)
    assert host.run("--book", "friends", path) == 0
    assert last(capsys)[-1] == "friends: 2 taken in (2 without a UID got one), 1 there already, 0 left out"
    for data in host.files().values():
        (card,) = cards(data)
        (uid,) = card.named("UID")
        assert uid.value.startswith("urn:uuid:")
        assert data.decode().replace(uid.raw, "") in (bare, bare.replace("Ann", "Ben"))
    files = host.files()
    assert host.run("--book", "friends", path) == 0
    assert last(capsys)[-1] == "friends: 0 taken in, 3 there already, 0 left out"
    assert host.files() == files


@pytest.mark.rfc("9610", "3")
def test_another_card_with_the_same_uid_is_left_out(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    files = host.files()
    path = host.given("b.vcf", vcard("u1", "Ann Arden", "NOTE:newer"), vcard("u2", "\x1b[31mBen"))
    assert host.run("--book", "friends", path) == 1
    assert last(capsys) == [
        f"{path}, card 1 (Ann Arden): left out: another card has the UID u1 already",
        "friends: 1 taken in, 0 there already, 1 left out",
    ]
    assert {name: data for name, data in host.files().items() if name in files} == files


@pytest.mark.rfc("9610", "3")
def test_the_same_card_in_another_book_is_one_card_in_both(host: Importing) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    (before,) = host.cards()
    path = host.given("b.vcf", vcard("u1", "Ann"))
    assert host.run("--book", "work", path) == 0
    (card,) = host.cards()
    assert card["id"] == before["id"]
    assert card["addressBookIds"] == {host.book(): True, host.book("work"): True}


def test_what_is_no_card_is_told(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    empty = "BEGIN:VCARD\r\nVERSION:4.0\r\nPRODID:x\r\nEND:VCARD\r\n"
    cut = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:cut\r\nFN:Cy\r\nno line\r\n"
    paths = [host.given(*each) for each in (("note.txt", "hello\n"), ("e.vcf", empty), ("cut.vcf", cut))]
    assert host.run("--book", "friends", str(host.folder / "none.vcf"), *paths) == 1
    assert last(capsys) == [
        f"{host.folder}/none.vcf: left out: No such file or directory",
        f"{paths[0]}: left out: no vCard in it",
        f"{paths[1]}: left out: an empty card",
        f"{paths[2]} (Cy): taken in as it is, though some of it cannot be read",
        "friends: 1 taken in, 0 there already, 3 left out",
    ]
    assert host.files() == {"friends/cut.vcf": cut.encode()}


def test_which_book(host: Importing, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = host.book("one"), host.book("two")
    host.call("AddressBook/set", {"onSuccessSetIsDefault": two})
    assert host.run(host.given("a.vcf", vcard("u1", "Ann"))) == 0
    assert last(capsys) == ["two: 1 taken in, 0 there already, 0 left out"]
    assert host.run("--book", two, host.given("b.vcf", vcard("u2", "Ben"))) == 0
    assert host.run("--book", "new", host.given("c.vcf", vcard("u3", "Cy"))) == 0
    assert set(host.books()) == {"Contacts", "one", "two", "new"}
    assert set(host.files()) == {"two/u1.vcf", "two/u2.vcf", "new/u3.vcf"}
    host.updated(two, {"name": "one"}, "AddressBook")
    assert host.run("--book", "one", host.given("d.vcf", vcard("u4", "Dee"))) == 2
    assert f"give the id: {', '.join(sorted((one, two)))}\n" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [{"user": "nobody"}, {"book": ""}, {"book": "a\nb"}, {"book": "é" * 128}])
def test_wrong_usage_leaves_no_trace(host: Importing, arguments: dict[str, Any]) -> None:
    user, book = arguments.get("user", "alice"), arguments.get("book", "friends")
    assert host.run("--book", book, host.given("a.vcf", vcard("u1", "Ann")), user=user) == 2
    assert host.files() == {} and list((host.collections / "alice").iterdir()) == []


def test_nothing_to_take_in_makes_no_book(host: Importing) -> None:
    assert host.run("--book", "friends", host.given("a.vcf", "hello\n")) == 1
    assert list((host.collections / "alice").iterdir()) == []


def test_many_at_once_and_the_command(host: Importing) -> None:
    path = host.given("many.vcf", *(vcard(f"u{number}", f"Person {number}") for number in range(450)))
    command = [sys.executable, str(BIN), "--config", str(host.folder / "jmapd.toml"), "--user", "alice", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=BIN.parents[1])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Contacts: 450 taken in, 0 there already, 0 left out\n"
    assert len(host.cards()) == 450 and host.verified()
