"""ContactCard/set: create (RFC 9610 3.5, RFC 9553, RFC 9982)."""

from typing import Any

import pytest
import vobject

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3.5")

WHOLE: dict[str, Any] = {
    "@type": "Card",
    "version": "2.0",
    "uid": "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "kind": "individual",
    "created": "2024-01-02T03:04:05Z",
    "updated": "2025-01-02T03:04:05Z",
    "language": "de",
    "name": {
        "components": [{"kind": "given", "value": "Ann"}, {"kind": "surname", "value": "Example"}],
        "isOrdered": True,
        "full": "Ann Example",
    },
    "nicknames": {"n1": {"name": "Annie"}},
    "organizations": {"o1": {"name": "Example, Inc.", "units": [{"name": "R; D"}]}},
    "emails": {"e1": {"address": "ann@example.org", "contexts": {"work": True}, "pref": 1}},
    "phones": {"p1": {"number": "tel:+1-555-0100", "features": {"voice": True}}},
    "onlineServices": {"s1": {"service": "Example", "uri": "https://example.org/ann"}},
    "addresses": {
        "a1": {"components": [{"kind": "name", "value": "High Street"}, {"kind": "locality", "value": "Town"}]}
    },
    "notes": {"x": {"note": "Line one\nline two, with ; and \\"}},
    "keywords": {"friend": True},
    "anniversaries": {"b": {"kind": "birth", "date": {"year": 1970, "month": 2, "day": 3}}},
    "localizations": {"fr": {"notes/x/note": "Bonjour"}},
    "example.com:own": {"deep": [1, None, {"a": True}]},
    "unheardOf": "kept",
}


def test_a_card_of_everything_comes_back(host: Contacts) -> None:
    answer = host.new(**WHOLE)
    card = host.card(answer["id"])
    # RFC 8620 5.3: what the client does not know is told, and nothing else has changed
    assert card == {"addressBookIds": {host.book(): True}} | WHOLE | answer
    host.start()
    assert host.card(answer["id"]) == card
    ((name, data),) = host.files().items()
    assert name.startswith("friends/") and b"VERSION:4.0\r\n" in data
    assert vobject.readOne(data.decode()).fn.value == "Ann Example"


@pytest.mark.rfc("9982", "3")
def test_what_is_left_out_is_filled_in_and_told(host: Contacts) -> None:
    answer = host.new("Ann")
    assert answer.keys() >= {"id", "uid", "@type", "version", "created", "updated"}
    assert (answer["@type"], answer["version"]) == ("Card", "2.0") and answer["uid"].startswith("urn:uuid:")
    card = host.card(answer["id"])
    assert card == answer | {"addressBookIds": {host.book(): True}, "name": {"full": "Ann"}}


def test_what_clients_send_is_taken(host: Contacts) -> None:
    answer = host.new("Ann", emails={}, phones={"p1": {"number": "1", "label": None}}, titles=None)
    card = host.card(answer["id"])
    assert "emails" not in card and "titles" not in card and card["phones"] == {"p1": {"number": "1"}}
    assert answer["phones"] == card["phones"]


@pytest.mark.rfc("9610", "3")
@pytest.mark.parametrize(
    ("books", "kind"), [({}, "invalidProperties"), (None, "invalidProperties"), ({"none": True}, "invalidProperties")]
)
def test_a_card_is_in_a_book(host: Contacts, books: Any, kind: str) -> None:
    error = host.refused("ContactCard", {"addressBookIds": books, "name": {"full": "Ann"}})
    assert (error["type"], error["properties"]) == (kind, ["addressBookIds"])
    error = host.refused("ContactCard", {"name": {"full": "Ann"}})
    assert (error["type"], error["properties"]) == ("invalidProperties", ["addressBookIds"])
    assert host.files() == {}


@pytest.mark.rfc("9610", "3")
@pytest.mark.parametrize("is_strict", [False, True])
def test_a_book_stands_with_true_only(make_host: Any, is_strict: bool) -> None:
    host = make_host(protocol={"strict": is_strict})
    book, other = host.book(), host.book("work")
    for value in (False, 1, "true", None):
        error = host.refused("ContactCard", {"addressBookIds": {book: value}, "name": {"full": "Ann"}})
        assert (error["type"], error["properties"]) == ("invalidProperties", ["addressBookIds"])
    id = host.new("Ann")["id"]
    for value in (1, "true"):
        assert host.not_updated(id, {f"addressBookIds/{other}": value})["properties"] == ["addressBookIds"]
    assert host.not_updated(id, {"addressBookIds": {book: False}})["properties"] == ["addressBookIds"]
    assert host.card(id)["addressBookIds"] == {book: True}


@pytest.mark.rfc("9610", "3")
def test_a_card_in_several_books(host: Contacts) -> None:
    books = {host.book(name): True for name in ("friends", "work")}
    id = host.created("ContactCard", {"addressBookIds": books, "name": {"full": "Ann"}})["id"]
    assert host.card(id)["addressBookIds"] == books
    one, other = host.files().values()
    assert one == other


@pytest.mark.rfc("9610", "3")
def test_a_uid_is_there_once(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann"))
    (card,) = host.cards()
    error = host.refused("ContactCard", {"addressBookIds": {host.book(): True}, "uid": "u1", "name": {"full": "B"}})
    assert (error["type"], error["properties"], error["existingId"]) == ("invalidProperties", ["uid"], card["id"])
    both = {key: {"addressBookIds": {host.book(): True}, "uid": "u2", "name": {"full": key}} for key in "ab"}
    answer = host.call("ContactCard/set", {"create": both})
    assert len(answer["created"]) == len(answer["notCreated"]) == 1
    assert len(host.files()) == 2


@pytest.mark.rfc("8620", "5.3")
def test_references_to_what_the_request_creates(host: Contacts) -> None:
    card = {"addressBookIds": {"#b": True}, "name": {"full": "Ann"}}
    responses = host.request(
        [
            ["AddressBook/set", {"accountId": "alice", "create": {"b": {"name": "New"}}}],
            ["ContactCard/set", {"accountId": "alice", "create": {"c": card}}],
            ["ContactCard/get", {"accountId": "alice", "ids": ["#c"], "properties": ["addressBookIds"]}],
        ]
    )
    assert responses[2][1]["list"][0]["addressBookIds"] == {host.books()["New"]["id"]: True}


@pytest.mark.rfc("9553", "2.1.6")
def test_groups_keep_members_that_cannot_be_found(host: Contacts) -> None:
    answer = host.new("All", kind="group", members={"urn:uuid:gone": True, "u1": True})
    assert host.card(answer["id"])["members"] == {"urn:uuid:gone": True, "u1": True}
    error = host.refused("ContactCard", {"addressBookIds": {host.book(): True}, "members": {"u": True}})
    assert error["type"] == "invalidProperties"


@pytest.mark.rfc("9610", "5")
def test_control_characters_are_left_out_and_told(host: Contacts) -> None:
    answer = host.new("A\x00nn", notes={"n": {"note": "a\r\nb\tc\x07"}})
    assert answer["name"] == {"full": "Ann"} and answer["notes"] == {"n": {"note": "a\nb\tc"}}
    card = host.card(answer["id"])
    assert (card["name"], card["notes"]) == (answer["name"], answer["notes"])
