"""ContactCard/set: update and destroy (RFC 9610 3.5, RFC 8620 5.3)."""

import time

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3.5")

LINES = (
    "N:Example;Ann;;;",
    "item1.EMAIL;TYPE=INTERNET;PROP-ID=e1:ann@example.org",
    "item1.X-ABLabel:_$!<HomePage>!$_",
    "X-OWN;X-P=1:a very long line of a program that nobody knows, which is folded in a way",
    "  of its own",
    "NOTE;PROP-ID=n1:Hi",
)


def _lines(host: Contacts, name: str = "friends/a.vcf") -> list[bytes]:
    return host.files()[name].split(b"\r\n")


def test_only_the_lines_of_what_changed(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", *LINES, version="3.0"))
    (card,), before = host.cards(), _lines(host)
    assert host.updated(card["id"], {"notes/n1/note": "Bye"}) is None
    after = _lines(host)
    assert [line for line in before if line not in after] == [b"NOTE;PROP-ID=n1:Hi"]
    assert [line for line in after if line not in before] == [b"NOTE;PROP-ID=n1:Bye"]
    assert host.cards() == [card | {"notes": {"n1": card["notes"]["n1"] | {"note": "Bye"}}}]


@pytest.mark.rfc("8620", "5.3")
def test_deep_patches(host: Contacts) -> None:
    id = host.new("Ann", emails={"e1": {"address": "a@example.org", "contexts": {"work": True}}})["id"]
    patch = {
        "emails/e1/address": "b@example.org",
        "emails/e1/contexts/work": None,
        "emails/e1/contexts/private": True,
        "emails/e2": {"address": "c@example.org"},
        "name/full": "Anna",
        "example.com:x": 1,
    }
    host.updated(id, patch)
    card = host.card(id)
    assert card["emails"] == {
        "e1": {"address": "b@example.org", "contexts": {"private": True}},
        "e2": {"address": "c@example.org"},
    }
    assert card["name"]["full"] == "Anna" and card["example.com:x"] == 1
    host.updated(id, {"emails/e1": None, "example.com:x": None})
    assert set(host.card(id)["emails"]) == {"e2"} and "example.com:x" not in host.card(id)
    host.updated(id, {"emails": None})
    assert "emails" not in host.card(id)


@pytest.mark.rfc("8620", "5.3")
def test_members_of_a_map_that_was_empty(host: Contacts) -> None:
    id = host.new("Team", kind="group", members={}, keywords={})["id"]
    host.updated(id, {"members/u2": True, "emails/e1": {"address": "a@example.org"}, "keywords/none": None})
    card = host.card(id)
    assert card["members"] == {"u2": True} and set(card["emails"]) == {"e1"} and "keywords" not in card
    assert host.not_updated(id, {"phones/p1/number": "1"})["type"] == "invalidPatch"


@pytest.mark.rfc("9553", "2.7.1")
def test_localizations(host: Contacts) -> None:
    id = host.new("Ann", localizations={"de": {"name/full": "Änne"}}, titles={"t": {"name": "Boss"}})["id"]
    host.updated(id, {"localizations/fr": {"titles/t/name": "Chef"}})
    assert host.card(id)["localizations"] == {"de": {"name/full": "Änne"}, "fr": {"titles/t/name": "Chef"}}
    host.updated(id, {"localizations/de": None})
    assert set(host.card(id)["localizations"]) == {"fr"}


@pytest.mark.rfc("9553", "2.1.10")
def test_updated_follows_where_the_card_has_it(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "REV:20200101T000000Z"))
    host.write("b.vcf", vcard("u2", "Ben"))
    ann, ben = sorted(host.cards(), key=lambda card: card["uid"])
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    answer = host.updated(ann["id"], {"name/full": "Anna"})
    assert answer is not None and answer["updated"] >= began
    assert host.card(ann["id"])["updated"] == answer["updated"]
    assert host.updated(ann["id"], {"updated": "2021-01-01T00:00:00Z", "name/full": "A"}) is None
    assert host.card(ann["id"])["updated"] == "2021-01-01T00:00:00Z"
    assert host.updated(ann["id"], {f"addressBookIds/{host.book('work')}": True}) is None
    assert host.card(ann["id"])["updated"] == "2021-01-01T00:00:00Z"
    host.updated(ben["id"], {"notes": {"n": {"note": "x"}}})
    assert "updated" not in host.card(ben["id"])


def test_what_is_sent_back_as_it_came_is_no_change(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", *LINES, "REV:20200101T000000Z", version="3.0"))
    (card,), files = host.cards(), host.files()
    state = host.call("ContactCard/get", {"ids": []})["state"]
    assert host.updated(card["id"], card) is None
    assert host.files() == files
    assert host.call("ContactCard/get", {"ids": []})["state"] == state


@pytest.mark.rfc("9610", "3")
def test_moves_keep_the_file_as_it_is(host: Contacts) -> None:
    host.write("own name.vcf", vcard("u1", "Ann", *LINES, version="3.0"))
    (card,), (data,) = host.cards(), host.files().values()
    friends, work = host.book(), host.book("work")
    host.updated(card["id"], {f"addressBookIds/{work}": True})
    assert host.files() == {"friends/own name.vcf": data, "work/own name.vcf": data}
    host.updated(card["id"], {f"addressBookIds/{friends}": None})
    assert host.files() == {"work/own name.vcf": data}
    host.updated(card["id"], {"addressBookIds": {friends: True}})
    assert host.files() == {"friends/own name.vcf": data}
    assert host.cards() == [card]


def test_a_card_in_two_books_is_changed_in_both(host: Contacts) -> None:
    books = {host.book(name): True for name in ("friends", "work")}
    id = host.created("ContactCard", {"addressBookIds": books, "name": {"full": "Ann"}})["id"]
    host.updated(id, {"name/full": "Anna"})
    one, other = host.files().values()
    assert one == other and b"FN:Anna" in one
    assert len(host.cards()) == 1


def test_destroy(host: Contacts) -> None:
    books = {host.book(name): True for name in ("friends", "work")}
    id = host.created("ContactCard", {"addressBookIds": books, "name": {"full": "Ann"}})["id"]
    answer = host.call("ContactCard/set", {"destroy": [id], "update": {id: {"name/full": "x"}}})
    assert answer["destroyed"] == [id] and answer["notUpdated"][id]["type"] == "willDestroy"
    assert host.files() == {} and host.cards() == []
    assert host.call("ContactCard/changes", {"sinceState": answer["oldState"]})["destroyed"] == [id]
    again = host.call("ContactCard/set", {"destroy": [id]})
    assert again["notDestroyed"][id]["type"] == "notFound"


@pytest.mark.rfc("8620", "5.3")
def test_states(host: Contacts) -> None:
    id = host.new("Ann")["id"]
    answer = host.call("ContactCard/set", {"update": {id: {"name/full": "Anna"}}})
    assert host.call("ContactCard/changes", {"sinceState": answer["oldState"]})["updated"] == [id]
    assert answer["newState"] == host.call("ContactCard/get", {"ids": []})["state"]
    assert host.error("ContactCard/set", {"ifInState": answer["oldState"]})["type"] == "stateMismatch"
    # an edit by another program in between counts, too
    host.write("z.vcf", vcard("u9", "Zoe"))
    assert host.error("ContactCard/set", {"ifInState": answer["newState"]})["type"] == "stateMismatch"


def test_an_edit_by_another_program_is_what_is_patched(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "NOTE;PROP-ID=n1:Hi"))
    (card,) = host.cards()
    host.write("a.vcf", vcard("u1", "Anna", "NOTE;PROP-ID=n1:Hi", "TITLE:Boss"))
    host.updated(card["id"], {"notes/n1/note": "Bye"})
    assert host.files()["friends/a.vcf"] == vcard("u1", "Anna", "NOTE;PROP-ID=n1:Bye", "TITLE:Boss").encode()
