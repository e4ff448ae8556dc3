"""khard on the vdirs that jmapd serves at the same time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .contacts import Client, Khard, contact_server, files, leftovers, put, vcard

pytestmark = [pytest.mark.system, pytest.mark.rfc("9610", "3")]
NEW = """
Formatted name: Carol Example
First name: Carol
Last name: Example
Phone:
    cell: +1 555 0100
Email:
    home: carol@example.org
Birthday: 1980-02-03
Note: |
    Two lines,
    one comma; one semicolon
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "contacts"
    for book in ("friends", "work"):
        (root / book).mkdir(parents=True)
    return root


@pytest.fixture
def jmap(root: Path, tmp_path: Path) -> Iterator[Client]:
    with contact_server(tmp_path, root) as server:
        yield Client(server)
        assert leftovers(root) == []


def test_khard_lists_and_shows_what_jmap_wrote(root: Path, jmap: Client) -> None:
    khard = Khard(root, "friends", "work")
    jmap.new(
        "friends",
        "urn:uuid:11111111-1111-4111-8111-111111111111",
        "Bob Example",
        name={
            "components": [{"kind": "given", "value": "Bob"}, {"kind": "surname", "value": "Example"}],
            "full": "Bob Example",
        },
        emails={"e": {"address": "bob@example.org", "contexts": {"work": True}}},
        phones={"p": {"number": "tel:+1-555-0101", "features": {"mobile": True}}},
        notes={"n": {"note": "First line,\nsecond; line " + "ä" * 60}},
        anniversaries={"b": {"kind": "birth", "date": {"@type": "PartialDate", "year": 1970, "month": 1, "day": 2}}},
        organizations={"o": {"name": "Example, Inc.", "units": [{"name": "Sales; East"}]}},
    )
    jmap.new("work", "dave", "Dave Example")
    assert set(khard.run("list", "--parsable").splitlines()) == {
        "urn:uuid:11111111-1111-4111-8111-111111111111\tBob Example\tfriends",
        "dave\tDave Example\twork",
    }
    assert "bob@example.org" in khard.run("email", "--parsable", "bob")
    shown = khard.run("show", "uid:11111111")
    for text in ("Bob Example", "Example, Inc.", "Sales; East", "second; line " + "ä" * 60, "+1-555-0101", "01/02/70"):
        assert text in shown, shown


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_what_khard_makes_edits_moves_and_removes_is_there_at_once(root: Path, jmap: Client, version: str) -> None:
    khard, state = Khard(root, "friends", "work", version=version), jmap.state()
    khard.run("new", "--addressbook", "friends", "--input-file", "-", given=NEW)
    (card,) = jmap.cards().values()
    id, books = card["id"], jmap.books()
    assert jmap.changed(state) == ({id}, set(), set())
    assert card["name"]["full"] == "Carol Example" and card["addressBookIds"] == {books["friends"]: True}
    assert [note["note"] for note in card["notes"].values()] == ["Two lines,\none comma; one semicolon"]
    assert [each["address"] for each in card["emails"].values()] == ["carol@example.org"]
    state = jmap.state()
    khard.modify(card["uid"].removeprefix("urn:uuid:"), NEW.replace("carol@", "c@"))
    assert jmap.changed(state) == (set(), {id}, set())
    assert jmap.call("ContactCard/query", filter={"email": "c@example.org"})["ids"] == [id]
    assert jmap.call("ContactCard/query", filter={"email": "carol@example.org"})["ids"] == []
    khard.run("move", "--addressbook", "friends", "--target-addressbook", "work", "Carol", given="y\n")
    moved = jmap.card(card["uid"])
    assert moved["id"] == id and moved["addressBookIds"] == {books["work"]: True}
    state = jmap.state()
    khard.run("remove", "--force", "Carol")
    assert jmap.cards() == {} and jmap.changed(state) == (set(), set(), {id})


def test_both_edit_one_card(root: Path, jmap: Client) -> None:
    """Each keeps what only the other knows."""
    khard = Khard(root, "friends")
    lines = ["N:Example;Eve;;;", "EMAIL;TYPE=home:eve@example.org", "item1.TEL:+1 555 0102", "item1.X-ABLabel:Boat",
             "X-OWN;X-P=1:kept", "NOTE:first"]  # fmt: skip
    path = put(root / "friends" / "a name of its own.vcf", vcard("eve", "Eve Example", *lines, version="3.0"))
    for round in range(2):
        card = jmap.card("eve")
        (key,) = card["notes"]
        jmap.patch(card["id"], **{f"notes/{key}/note": f"by JMAP {round}"})
        assert f"by JMAP {round}" in khard.run("show", "eve")
        yaml = khard.run("show", "--format", "yaml", "eve").replace(f"by JMAP {round}", f"by khard {round}")
        khard.modify("eve", yaml)
        after = jmap.card("eve")
        assert after["id"] == card["id"]
        assert [note["note"] for note in after["notes"].values()] == [f"by khard {round}"]
    assert list(files(root)) == [str(path.relative_to(root))]
    after = path.read_bytes().decode().split("\r\n")
    assert {"VERSION:3.0", "UID:eve", "X-OWN;X-P=1:kept"} <= set(after)
    (phone,) = jmap.card("eve")["phones"].values()
    assert phone["label"] == "Boat"


def test_books_by_their_folders(root: Path, jmap: Client) -> None:
    """One that JMAP makes is a folder that khard can be told of; one that is made by hand is a book."""
    jmap.created("AddressBook/set", {"name": "club"})
    (root / "family").mkdir()
    assert set(jmap.books()) == {"friends", "work", "club", "family"}
    khard = Khard(root, "friends", "work", "club", "family")
    jmap.new("club", "frank", "Frank Example")
    khard.run("copy", "--addressbook", "club", "--target-addressbook", "family", "Frank", given="y\n")
    assert len(khard.run("list", "--parsable").splitlines()) == 2
    assert {path.partition("/")[0] for path in files(root)} == {"club", "family"}
