"""Radicale and xandikos over the collections that jmapd serves at the same time (RFC 6352)."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .contacts import Client, contact_server, files, leftovers, vcard
from .dav import Dav, Radicale, Xandikos, kept_whole
from .jmap import answering
from .web import Gunicorn

pytestmark = [pytest.mark.system, pytest.mark.rfc("9610", "3")]


@pytest.fixture(scope="module", params=[Radicale, Xandikos])
def dav(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale | Xandikos]:
    """One for all tests; each leaves nothing in it."""
    with kept_whole(request.param(tmp_path_factory.mktemp("dav"))) as dav:
        yield dav


@pytest.fixture(scope="module")
def server(dav: Radicale | Xandikos, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with contact_server(tmp_path_factory.mktemp("jmapd"), dav.root) as server:
        yield server
        assert leftovers(dav.root) == []


@pytest.fixture
def jmap(server: Gunicorn) -> Client:
    return Client(server)


def test_each_sees_at_once_what_the_other_does(dav: Dav, jmap: Client) -> None:
    state = jmap.state()
    dav.put("friends", "a.vcf", vcard("a", "Ann", "X-OWN;P=1:kept"))
    ann = jmap.card("a")
    assert jmap.changed(state) == ({ann["id"]}, set(), set())
    etags = dav.items("friends")
    jmap.patch(ann["id"], **{"name/full": "Ann Example"})
    text = dav.get("friends", "a.vcf")
    assert "FN:Ann Example\r\n" in text and "X-OWN;P=1:kept\r\n" in text
    assert dav.items("friends")["a.vcf"] != etags["a.vcf"]
    state = jmap.state()
    dav.put("friends", "a.vcf", text.replace("Ann Example", "Ann E."))
    assert jmap.card("a")["name"]["full"] == "Ann E." and jmap.changed(state) == (set(), {ann["id"]}, set())
    bob = jmap.new("Friends", "b", "Bob", notes={"n": {"note": "one, two; ä\nthree"}})
    (name,) = dav.items("friends").keys() - {"a.vcf"}
    assert "NOTE:one\\, two\\; ä\\nthree\r\n" in dav.get("friends", name).replace("NOTE;PROP-ID=n:", "NOTE:")
    dav.delete("friends", name)
    assert jmap.cards().keys() == {"a"} and bob in jmap.changed(state)[2] | jmap.changed(state)[0] | {bob}
    jmap.destroy(ann["id"])
    assert dav.items("friends") == {} and dav.ask("GET", f"{dav.home}friends/a.vcf")[0] == 404


def test_books_of_either(dav: Dav, jmap: Client) -> None:
    dav.make("family", "Family")
    assert {"Friends", "Family"} <= jmap.books().keys()
    dav.rename("family", "Clan")
    assert "Clan" in jmap.books() and "Family" not in jmap.books()
    club = jmap.created("AddressBook/set", {"name": "Club"})["id"]
    (path,) = (path for path, name in dav.names().items() if name == "Club")
    dav.put(path, "c.vcf", vcard("c", "Cy"))
    assert jmap.card("c")["addressBookIds"] == {club: True}
    jmap.call("AddressBook/set", update={club: {"name": "Society"}})
    assert dav.names()[path] == "Society"
    jmap.patch(jmap.card("c")["id"], addressBookIds={jmap.books()["Clan"]: True, club: True})
    assert len(dav.items("family")) == len(dav.items(path)) == 1
    answer = jmap.call("AddressBook/set", destroy=[club], onDestroyRemoveContents=True)
    assert answer["destroyed"] == [club]
    assert path not in dav.names() and len(dav.items("family")) == 1
    dav.delete("family")
    assert jmap.cards() == {} and "Clan" not in jmap.books()


ROUNDS = 12


def test_all_write_at_once(dav: Radicale | Xandikos, server: Gunicorn) -> None:
    """What each has made and changed is there for all, whole; no one is told of a failure."""
    with ThreadPoolExecutor() as pool:
        work = [
            pool.submit(by_dav, dav),
            pool.submit(by_jmap, Client(server), "j"),
            pool.submit(by_jmap, Client(server), "k"),
        ]
    for each in work:
        each.result()
    kept = [number for number in range(ROUNDS) if number % 3]
    wanted = {f"{who}{number}": f"{who} again {number}" for who in "djk" for number in kept}
    for worker in (0, 1):
        with answering(worker, server):
            cards = Client(server).cards()
            assert {uid: card["name"]["full"] for uid, card in cards.items()} == wanted
    assert len(files(dav.root)) == len(wanted)
    there = [dav.get("friends", name) for name in dav.items("friends")]
    assert sorted(re.findall("FN:(.*)\r\n", "".join(there))) == sorted(wanted.values())


def by_dav(dav: Dav) -> None:
    for number in range(ROUNDS):
        name, uid = f"{number}.vcf", f"d{number}"
        dav.put("friends", name, vcard(uid, f"d first {number}", "NOTE:" + "x" * 2000))
        dav.put("friends", name, vcard(uid, f"d again {number}", "NOTE:" + "y" * 2000))
        if number % 3 == 0:
            dav.delete("friends", name)


def by_jmap(jmap: Client, who: str) -> None:
    for number in range(ROUNDS):
        id = jmap.new("Friends", f"{who}{number}", f"{who} first {number}")
        jmap.patch(id, **{"name/full": f"{who} again {number}"})
        if number % 3 == 0:
            jmap.destroy(id)
