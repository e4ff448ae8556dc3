"""vdirsyncer between the vdirs that jmapd serves and another storage: a second vdir, or Radicale over CardDAV."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .contacts import Client, Vdirsyncer, contact_server, files, leftovers, put, vcard
from .dav import Radicale

pytestmark = [pytest.mark.system, pytest.mark.rfc("9610", "3")]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "contacts"
    (root / "friends").mkdir(parents=True)
    return root


@pytest.fixture
def jmap(root: Path, tmp_path: Path) -> Iterator[Client]:
    with contact_server(tmp_path, root) as server:
        yield Client(server)
        assert leftovers(root) == []


def test_two_vdirs_become_the_same(root: Path, jmap: Client, tmp_path: Path) -> None:
    there = tmp_path / "there"
    (there / "family").mkdir(parents=True)
    for number in range(3):
        put(there / "family" / f"far{number}.vcf", vcard(f"far{number}", f"Far {number}", "X-FAR;P=1:kept"))
    (there / "family" / "displayname").write_text("The family")
    sync = Vdirsyncer(tmp_path / "vdirsyncer", root, f'type = "filesystem"\npath = "{there}"\nfileext = ".vcf"')
    near = {name: jmap.new("friends", name, f"N {name}", notes={"n": {"note": "ä" * 100}}) for name in ("a", "b")}
    sync.run("discover")
    sync.sync()
    sync.run("metasync")
    assert files(root) == files(there) and len(files(root)) == 5
    assert jmap.books().keys() == {"friends", "The family"}
    cards = jmap.cards()
    assert cards.keys() == {"a", "b", "far0", "far1", "far2"} and {cards[uid]["id"] for uid in near} == {*near.values()}
    state = jmap.state()
    far = {uid: cards[uid]["id"] for uid in ("far0", "far1", "far2")}
    # Changes on both sides at once, and the name of a book.
    jmap.patch(far["far0"], **{"name/full": "Changed by JMAP"})
    jmap.destroy(far["far1"])
    jmap.patch(near["a"], addressBookIds={jmap.books()["The family"]: True})
    changed = put(there / "family" / "far2.vcf", vcard("far2", "Changed there"))
    put(there / "friends" / "b.vcf", vcard("b", "Changed there, too", version="3.0"))
    jmap.call("AddressBook/set", update={jmap.books()["The family"]: {"name": "Clan"}})
    sync.sync()
    sync.run("metasync")
    assert files(root) == files(there)
    assert (there / "family" / "displayname").read_text() == "Clan"
    assert b"X-FAR;P=1:kept\r\n" in files(there)["family/far0.vcf"]
    assert (root / "family" / "far2.vcf").read_bytes() == changed.read_bytes()
    names = {uid: card["name"]["full"] for uid, card in jmap.cards().items()}
    assert names == {"a": "N a", "b": "Changed there, too", "far0": "Changed by JMAP", "far2": "Changed there"}
    created, updated, destroyed = jmap.changed(state)
    assert (created, destroyed) == (set(), {far["far1"]})
    assert updated == {far["far0"], far["far2"], near["a"], near["b"]}
    before = files(root)
    sync.sync()
    assert files(root) == before


def test_a_conflict_is_settled_as_configured(root: Path, jmap: Client, tmp_path: Path) -> None:
    """No card is lost or twice when both sides have changed it."""
    there = tmp_path / "there"
    (there / "friends").mkdir(parents=True)
    given = f'type = "filesystem"\npath = "{there}"\nfileext = ".vcf"'
    sync = Vdirsyncer(tmp_path / "vdirsyncer", root, given, conflict='"b wins"')
    id = jmap.new("friends", "a", "First")
    sync.run("discover")
    sync.sync()
    state = jmap.state()
    jmap.patch(id, **{"name/full": "Here"})
    put(there / "friends" / "a.vcf", vcard("a", "There"))
    sync.sync()
    assert jmap.card("a")["name"]["full"] == "There" and files(root) == files(there)
    assert jmap.changed(state) == (set(), {id}, set())


def test_with_a_server_in_between(root: Path, jmap: Client, tmp_path: Path) -> None:
    """vCards as jmapd writes them pass through CardDAV and come back."""
    (tmp_path / "dav").mkdir()
    radicale = Radicale(tmp_path / "dav")
    try:
        url = f"http://127.0.0.1:{radicale.port}/alice/"
        given = f'type = "carddav"\nurl = "{url}"\nusername = "alice"\npassword = "secret"'
        sync = Vdirsyncer(tmp_path / "vdirsyncer", root, given)
        id = jmap.new("friends", "a", "First", notes={"n": {"note": "one, two; three\nfour"}},
                      emails={"e": {"address": "a@example.org", "label": "Boat"}})  # fmt: skip
        radicale.put("friends", "c.vcf", vcard("c", "Third", "N:;Third;;;", "X-OWN:1", version="3.0"))
        sync.run("discover")
        sync.sync()
        assert len(radicale.items("friends")) == 2 and jmap.cards().keys() == {"a", "c"}
        jmap.patch(jmap.card("c")["id"], **{"name/full": "The third"})
        before = jmap.card("a")
        (name,) = (name for name in radicale.items("friends") if "\nUID:a\r\n" in radicale.get("friends", name))
        text = radicale.get("friends", name)
        radicale.put("friends", name, text.replace("FN:First", "FN:Changed"))
        sync.sync()
        assert jmap.card("a") == before | {"name": {**before["name"], "full": "Changed"}} and before["id"] == id
        texts = [radicale.get("friends", name) for name in radicale.items("friends")]
        assert any("FN:The third\r\n" in text and "X-OWN:1\r\n" in text for text in texts)
        radicale.verified()
    finally:
        radicale.stop()
