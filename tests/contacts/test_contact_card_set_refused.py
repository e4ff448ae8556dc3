"""What ContactCard/set refuses, and how it says so (RFC 9553 1.7, RFC 8620 5.3)."""

from typing import Any

import pytest

from tests.contacts.host import Contacts, vcard

pytestmark = pytest.mark.rfc("9553", "1.7.2")

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"@type": "Person"}, "@type"),
    ({"version": "9"}, "version"),
    ({"kind": 1}, "kind"),
    ({"name": "Ann"}, "name"),
    ({"name": {"components": [{"kind": "given"}]}}, "name/components/0/value"),
    ({"name": {"components": {"a": 1}}}, "name/components"),
    ({"emails": {"e1": {"contexts": {"work": True}}}}, "emails/e1/address"),
    ({"emails": {"e1": {"address": 1}}}, "emails/e1/address"),
    ({"emails": [1]}, "emails"),
    ({"emails": {"a b": {"address": "x@example.org"}}}, "emails/a b"),
    ({"phones": {"p/1": {"number": 5}}}, "phones/p~11/number"),
    ({"emails": {"e1": {"address": "a@example.org", "pref": 0}}}, "emails/e1/pref"),
    ({"keywords": {"friend": "yes"}}, "keywords/friend"),
    ({"created": "yesterday"}, "created"),
    ({"updated": "2024-01-02T03:04:05+99:00"}, "updated"),
    ({"anniversaries": {"b": {"kind": "birth", "date": {"month": 13}}}}, "anniversaries/b/date/month"),
    ({"media": {"m": {"uri": "https://example.org/a.png"}}}, "media/m/kind"),
    ({"media": {"m": {"kind": "photo"}}}, "media/m"),
    ({"Emails": {}}, "Emails"),
    ({"extra": 1}, "extra"),
    ({"id": "C000"}, "id"),
    ({"relatedTo": {"u": {"relation": []}}}, "relatedTo/u/relation"),
    ({"localizations": {"de": {"name/full/x": "y"}}}, "localizations/de/name~1full~1x"),
]


@pytest.mark.parametrize(("properties", "pointer"), WRONG, ids=[pointer for _, pointer in WRONG])
def test_create_names_the_place(host: Contacts, properties: dict[str, Any], pointer: str) -> None:
    book = host.book()
    error = host.refused("ContactCard", {"addressBookIds": {book: True}, "name": {"full": "A"}} | properties)
    assert error["type"] == "invalidProperties"
    assert any(each == pointer or each.startswith(f"{pointer}/") for each in error["properties"]), error
    assert error["properties"][0] in error["description"]
    assert host.files() == {}


@pytest.mark.rfc("8620", "5.3")
@pytest.mark.parametrize(
    ("patch", "kind"),
    [
        ({"emails/e1/address": 5}, "invalidProperties"),
        ({"name/components/0": {"kind": "given", "value": "x"}}, "invalidPatch"),
        ({"phones/none/number": "1"}, "invalidPatch"),
        ({"name": {}, "name/full": "x"}, "invalidPatch"),
        ({"uid": "other"}, "invalidProperties"),
        ({"uid": None}, "invalidProperties"),
        ({"id": "other"}, "invalidProperties"),
        ({"addressBookIds": {}}, "invalidProperties"),
        ({"addressBookIds": None}, "invalidProperties"),
        ({"addressBookIds/none": True}, "invalidProperties"),
        ({"addressBookIds": {"none": True}}, "invalidProperties"),
        ({"extra": 1}, "invalidProperties"),
        ({"blobId": "G0"}, "invalidProperties"),
        ({"@type": "Other"}, "invalidProperties"),
        ({"members": {"u": True}}, "invalidProperties"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_an_update_that_is_refused_changes_nothing(host: Contacts, patch: dict[str, Any], kind: str) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "N:Ann;;;;", "EMAIL;PROP-ID=e1:a@example.org"))
    (card,), files = host.cards(), host.files()
    error = host.not_updated(card["id"], patch)
    assert error["type"] == kind, error
    if kind == "invalidProperties":
        assert error["properties"][0].split("/")[0] == next(iter(patch)).split("/")[0]
    assert host.cards() == [card] and host.files() == files


def test_faults_that_were_there_before_are_no_hindrance(host: Contacts) -> None:
    host.write("a.vcf", vcard("u1", "Ann", "EMAIL;PREF=7000;PROP-ID=e1:not an address", "BDAY:199913"))
    (card,) = host.cards()
    assert host.updated(card["id"], {"notes": {"n": {"note": "Hi"}}}) in (None, {})
    assert b"BDAY:199913" in host.files()["friends/a.vcf"]


@pytest.mark.rfc("8620", "5.3")
def test_one_bad_card_does_not_hinder_the_others(host: Contacts) -> None:
    book = {host.book(): True}
    create = {
        "good": {"addressBookIds": book, "name": {"full": "A"}},
        "bad": {"addressBookIds": book, "kind": 1},
    }
    answer = host.call("ContactCard/set", {"create": create, "update": {"C0": {}}, "destroy": ["C1"]})
    assert set(answer["created"]) == {"good"} and set(answer["notCreated"]) == {"bad"}
    assert answer["notUpdated"]["C0"]["type"] == answer["notDestroyed"]["C1"]["type"] == "notFound"


def test_hostile_values_do_no_harm(host: Contacts) -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"a": deep}
    book = {host.book(): True}
    for properties in (
        {"uid": "../../../etc/passwd"},
        {"uid": "x" * 100_000},
        {"uid": ".hidden"},
        {"uid": "a\r\nEND:VCARD"},
        {"name": {"full": "A\r\nEND:VCARD\r\nBEGIN:VCARD"}},
        {"example.com:deep": deep},
        {"notes": {"n": {"note": "\ud83d\ude00" * 10_000}}},
        {"emails": {f"e{n}": {"address": f"{n}@example.org"} for n in range(5000)}},
        {"vCardProps": [["x-a\r\nb", {}, "text", "x"]]},
        {"vCardProps": [["x-own", {"a\nb": "c"}, "text", "x\ny"]]},
    ):
        answer = host.call(
            "ContactCard/set", {"create": {"k": {"addressBookIds": book, "name": {"full": "A"}} | properties}}
        )
        assert (answer["created"] is None) != (answer["notCreated"] is None)
        for id in [record["id"] for record in (answer["created"] or {}).values()]:
            card = host.card(id)
            assert {card[name] == value for name, value in properties.items() if name == "uid"} <= {True}
    everywhere = [path for path in host.collections.rglob("*") if path.is_file()]
    assert all(path.parent == host.collections / "alice" / "friends" for path in everywhere)
    assert not any(path.name.startswith(".") for path in everywhere)
    assert len(host.cards()) == len(everywhere)


@pytest.mark.rfc("8620", "2")
def test_strict_mode_has_the_letter(make_host: Any) -> None:
    host = make_host(protocol={"strict": True})
    card = {"addressBookIds": {host.book(): True}, "name": {"full": "A"}}
    for wrong in ({"phones": {"p": {"number": "1", "label": None}}}, {"kind": "cell"}, {"keywords": {"a": False}}):
        assert host.refused("ContactCard", card | wrong)["type"] == "invalidProperties"
