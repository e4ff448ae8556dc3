"""ContactCard/query: the filters (RFC 9610 3.3.1)."""

from typing import Any

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9610", "3.3.1")

CARDS = {
    "ann": (
        "friends",
        vcard(
            "u-ann", "Ann Example", "N:Example,Second;Ann;Maria;Dr.;", "NICKNAME:Annie", "ORG:Bakery Ltd;Ovens",
            "EMAIL;TYPE=work:ann@example.org", "TEL:+1 555 0100", "IMPP:xmpp:ann@chat.example.org",
            "ADR:;;5 Mill Lane;Oldtown;;1234;Wales", "NOTE:likes rye bread and \"sour dough\"",
            "CREATED:20240101T000000Z", "REV:20240301T000000Z",
        ),
    ),
    "bjork": ("friends", vcard("u-bjork", "Björk Ångström", "N:Ångström;Björk;;;", "REV:20240201T000000Z")),
    "firm": ("work", vcard("u-firm", "Bakery Ltd", "KIND:org", "EMAIL:office@example.com", "CREATED:20250101T000000Z")),
    "all": ("work", vcard("u-all", "Everybody", "KIND:group", "MEMBER:u-ann", "MEMBER:urn:uuid:gone")),
}  # fmt: skip


@pytest.fixture
def names(host: Contacts) -> Any:
    """names(filter) -> which of CARDS match."""
    for name, (book, text) in CARDS.items():
        host.write(f"{name}.vcf", text, book)
    known = {card["id"]: card["uid"].removeprefix("u-") for card in host.cards()}
    return lambda filter: " ".join(sorted(known[id] for id in host.query(filter)))


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        (None, "all ann bjork firm"),
        ({}, "all ann bjork firm"),
        ({"uid": "u-ann"}, "ann"),
        ({"uid": "U-ANN"}, ""),
        ({"uid": "u-an"}, ""),
        ({"hasMember": "u-ann"}, "all"),
        ({"hasMember": "urn:uuid:gone"}, "all"),
        ({"hasMember": "u-bjork"}, ""),
        ({"kind": "org"}, "firm"),
        ({"kind": "group"}, "all"),
        ({"kind": "Org"}, ""),
        ({"createdBefore": "2024-06-01T00:00:00Z"}, "ann"),
        ({"createdBefore": "2024-01-01T00:00:00Z"}, ""),
        ({"createdAfter": "2024-01-01T00:00:00Z"}, "ann firm"),
        ({"createdAfter": "2024-01-01T00:00:00.001Z"}, "firm"),
        ({"updatedBefore": "2024-03-01T00:00:00Z"}, "bjork"),
        ({"updatedAfter": "2024-03-01T00:00:00Z"}, "ann"),
        ({"name": "ann"}, "ann"),
        ({"name": "ANN example"}, "ann"),
        ({"name": "second"}, "ann"),
        ({"name": "bakery"}, "firm"),
        ({"name": "annie"}, ""),
        ({"name/given": "ann"}, "ann"),
        ({"name/given": "example"}, ""),
        ({"name/surname": "example"}, "ann"),
        ({"name/surname": "second"}, "ann"),
        ({"name/surname2": "example"}, ""),
        ({"nickname": "annie"}, "ann"),
        ({"organization": "bakery"}, "ann"),
        ({"email": "ann@example.org"}, "ann"),
        ({"email": "office"}, "firm"),
        ({"phone": "555"}, "ann"),
        ({"onlineService": "chat.example.org"}, "ann"),
        ({"address": "oldtown"}, "ann"),
        ({"address": "mill lane"}, "ann"),
        ({"note": "bread"}, "ann"),
        ({"text": "bakery"}, "ann firm"),
        ({"text": "oldtown ann"}, "ann"),
        ({"text": "nowhere"}, ""),
        # case, and accents
        ({"name": "BJÖRK"}, "bjork"),
        ({"name": "bjork angstrom"}, "bjork"),
        # all tokens, in whatever order; phrases as they stand
        ({"note": "bread rye"}, "ann"),
        ({"note": "bread wheat"}, ""),
        ({"note": '"rye bread"'}, "ann"),
        ({"note": "'rye bread'"}, "ann"),
        ({"note": '"bread rye"'}, ""),
        ({"note": 'likes "rye bread"'}, "ann"),
        ({"note": '"\\"sour dough\\""'}, "ann"),
        ({"note": "'rye \\'bread\\''"}, "ann"),
        ({"note": '"rye \\\\ bread"'}, "ann"),
        ({"note": "'bread rye\""}, "ann"),
        # all of one condition must hold
        ({"name": "ann", "kind": "org"}, ""),
        ({"text": "bakery", "kind": "org"}, "firm"),
        ({"operator": "OR", "conditions": [{"name": "ann"}, {"kind": "group"}]}, "all ann"),
        ({"operator": "NOT", "conditions": [{"name": "ann"}, {"kind": "group"}]}, "bjork firm"),
        ({"operator": "AND", "conditions": [{"text": "bakery"}, {"uid": "u-ann"}]}, "ann"),
        # a condition without properties is true
        ({"operator": "AND", "conditions": [{}, {"kind": "org"}]}, "firm"),
        ({"operator": "NOT", "conditions": [{}]}, ""),
    ],
    ids=str,
)
def test_filters(names: Any, filter: dict[str, Any] | None, found: str) -> None:
    assert names(filter) == found


def test_in_address_book(host: Contacts, names: Any) -> None:
    assert names({"inAddressBook": host.book("work")}) == "all firm"
    assert names({"inAddressBook": host.book("friends"), "name": "ann"}) == "ann"
    assert names({"inAddressBook": "none"}) == ""


@pytest.mark.rfc("9553", "2.1.4")
def test_who_has_no_kind_is_an_individual(names: Any) -> None:
    assert names({"kind": "individual"}) == "ann bjork"


@pytest.mark.rfc("8620", "5.5")
@pytest.mark.parametrize(
    ("filter", "kind"),
    [
        ({"color": "red"}, "unsupportedFilter"),
        ({"name": 1}, "invalidArguments"),
        ({"name": None}, "invalidArguments"),
        ({"inAddressBook": "a b"}, "invalidArguments"),
        ({"createdBefore": "yesterday"}, "invalidArguments"),
        ({"updatedAfter": "2024-01-01T00:00:00+01:00"}, "invalidArguments"),
    ],
)
def test_filters_that_are_refused(host: Contacts, filter: dict[str, Any], kind: str) -> None:
    assert host.error("ContactCard/query", {"filter": filter})["type"] == kind


def test_a_change_is_found_at_once(host: Contacts, names: Any) -> None:
    ann = host.query({"uid": "u-ann"})[0]
    host.updated(ann, {"notes": {"n": {"note": "zebra"}}, "name/full": "Joan"})
    assert host.query({"note": "zebra"}) == [ann] and host.query({"note": "bread"}) == []
    assert host.query({"text": "joan"}) == [ann]
    host.write("ann.vcf", vcard("u-ann", "Otto"))
    assert host.query({"name": "otto"}) == [ann] and host.query({"note": "zebra"}) == []
    host.call("ContactCard/set", {"destroy": [ann]})
    assert host.query({"uid": "u-ann"}) == []
