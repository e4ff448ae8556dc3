"""What an object must be as a whole."""

from typing import Any

import pytest

from jmapd.formats.jscontact.validate import problems

CARD: dict[str, Any] = {"@type": "Card", "version": "2.0", "uid": "u1"}
GIVEN = {"kind": "given", "value": "Alice"}
SEPARATOR = {"kind": "separator", "value": "-"}


def where(properties: dict[str, Any]) -> list[str]:
    return [pointer for pointer, _ in problems(CARD | properties)]


@pytest.mark.rfc("9553", "2.1.6")
def test_only_a_group_has_members() -> None:
    assert where({"members": {"u2": True}}) == where({"members": {}, "kind": "org"}) == ["members"]
    assert where({"members": {"u2": True}, "kind": "group"}) == where({"kind": "group"}) == []


@pytest.mark.rfc("9553", "2.2.1.1")
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ({}, ["name"]),
        ({"isOrdered": True}, ["name"]),
        ({"full": ""}, []),
        ({"components": []}, ["name/components"]),
        ({"components": [SEPARATOR], "isOrdered": True}, ["name/components"]),
        ({"components": [GIVEN, SEPARATOR]}, ["name/components"]),
        ({"components": [GIVEN, SEPARATOR], "isOrdered": False}, ["name/components"]),
        ({"components": [GIVEN, SEPARATOR, SEPARATOR], "isOrdered": True}, ["name/components"]),
        ({"components": [GIVEN, SEPARATOR, GIVEN], "isOrdered": True}, []),
        ({"components": [GIVEN], "defaultSeparator": " "}, ["name/defaultSeparator"]),
        ({"components": [GIVEN], "defaultSeparator": " ", "isOrdered": True}, []),
        ({"full": "A", "defaultSeparator": " "}, ["name/defaultSeparator"]),
        ({"full": "A", "sortAs": {"given": "A"}}, ["name/sortAs"]),
        ({"components": [GIVEN], "sortAs": {"given": "A"}}, []),
        ({"components": [GIVEN], "sortAs": {"surname": "A"}}, ["name/sortAs"]),
    ],
)
def test_name(name: dict[str, Any], wrong: list[str]) -> None:
    assert where({"name": name}) == wrong


@pytest.mark.rfc("9553", "1.5.4")
@pytest.mark.parametrize("kind", ["name", "addresses"])
def test_phonetic_needs_a_system_or_a_script(kind: str) -> None:
    components = [{"kind": "title" if kind == "name" else "name", "value": "x", "phonetic": "y"}]

    def wrong(value: dict[str, Any]) -> list[str]:
        return where({"name": value} if kind == "name" else {"addresses": {"a": value}})

    assert wrong({"components": components}) == ["name/components" if kind == "name" else "addresses/a/components"]
    assert wrong({"components": components, "phoneticSystem": "ipa"}) == []
    assert wrong({"components": components, "phoneticScript": "Latn"}) == []


@pytest.mark.rfc("9553", "2.5.1.1")
@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        ({"contexts": {"work": True}}, ["addresses/a"]),
        ({"countryCode": "DE"}, []),
        ({"timeZone": "Etc/UTC"}, []),
        ({"components": [SEPARATOR], "isOrdered": True}, ["addresses/a/components"]),
        ({"components": [{"kind": "name", "value": "x"}, SEPARATOR]}, ["addresses/a/components"]),
        ({"full": "x", "defaultSeparator": ","}, ["addresses/a/defaultSeparator"]),
    ],
)
def test_address(address: dict[str, Any], wrong: list[str]) -> None:
    assert where({"addresses": {"a": address}}) == wrong


@pytest.mark.parametrize(
    ("property", "value", "inner"),
    [
        ("organizations", {"contexts": {"work": True}}, ""),
        ("organizations", {"name": "x", "units": []}, "/units"),
        ("onlineServices", {"service": "Example"}, ""),
        ("media", {"kind": "photo"}, ""),
        ("media", {"kind": "photo", "uri": "x:y", "blobId": "G1"}, ""),
        ("notes", {"note": "x", "author": {}}, "/author"),
        ("anniversaries", {"kind": "birth", "date": {}}, "/date"),
        ("anniversaries", {"kind": "birth", "date": {"month": 1}}, "/date/month"),
        ("anniversaries", {"kind": "birth", "date": {"year": 1, "day": 1}}, "/date/day"),
        ("anniversaries", {"kind": "birth", "date": {"year": 2001, "month": 2, "day": 29}}, "/date/day"),
        ("anniversaries", {"kind": "birth", "date": {"month": 4, "day": 31}}, "/date/day"),
        ("anniversaries", {"kind": "birth", "date": {"@type": "Timestamp"}}, "/date/utc"),
    ],
)
@pytest.mark.rfc("9553", "2")
def test_object(property: str, value: dict[str, Any], inner: str) -> None:
    assert where({property: {"x": value}}) == [f"{property}/x{inner}"]


@pytest.mark.rfc("9553", "2.2.4")
def test_speak_to_as() -> None:
    assert where({"speakToAs": {}}) == ["speakToAs"]


@pytest.mark.rfc("9610", "3")
def test_what_a_card_had_before_is_not_the_fault_of_a_change() -> None:
    old = CARD | {"emails": {"e": {"address": ""}}, "Odd": 1}
    assert problems(old | {"notes": {"n": {"note": "x"}}}, old) == []
    assert problems(old | {"notes": {"n": {}}}, old) == [("notes/n/note", "must be given")]


@pytest.mark.rfc("9610", "3")
def test_the_uid_cannot_be_changed() -> None:
    assert problems(CARD, CARD) == []
    assert problems(CARD | {"uid": "u2"}, CARD) == [("uid", "cannot be changed")]
