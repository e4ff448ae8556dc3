"""Names of properties, enumerated values, vendor extensions."""

import json
from pathlib import Path
from typing import Any

import pytest

from jmapd.formats.jscontact.validate import problems
from jmapd.formats.object_types.forms import is_vendor

CARD: dict[str, Any] = {"@type": "Card", "version": "2.0", "uid": "u1", "name": {"full": "Alice"}}


@pytest.mark.parametrize("name", ["example.com:foo", "x:y", "a-b.example:a b!", "bücher.example:näme", "1.2:@"])
@pytest.mark.rfc("9553", "1.8.1")
def test_vendor_names(name: str) -> None:
    assert is_vendor(name)
    assert problems(CARD | {name: {"any": [None, 1, "\x00"]}, "name": {"full": "A", name: None}}) == []


@pytest.mark.parametrize(
    "name", ["", ":", "a:", ":b", "-a:b", "a-:b", "a..b:c", "a_b:c", "a:b/c", "a:b~c", 'a:"', "a:\n"]
)
@pytest.mark.rfc("9553", "1.8.1")
def test_no_vendor_names(name: str) -> None:
    assert not is_vendor(name)
    assert [why for _, why in problems(CARD | {name: 1})] == ["is no property name"]


@pytest.mark.rfc("9553", "1.7.4")
def test_unknown_properties_are_kept() -> None:
    assert problems(CARD | {"calendarUri": None, "@new": {"x y": 1}, "name": {"full": "A", "gender": 5}}) == []


@pytest.mark.parametrize("name", ["Foo", "foo-bar", "foo bar", "fööbar", "foo\x00", "1a"])
@pytest.mark.rfc("9553", "1.7.2")
def test_names_that_no_property_can_have(name: str) -> None:
    assert problems(CARD | {name: 1}) == [(name, "is no property name")]


@pytest.mark.parametrize("name", ["nickNames", "EMails", "vcardprops", "sortas", "ID", "addressbookids"])
@pytest.mark.rfc("9553", "1.7.1")
def test_names_that_differ_in_case_only(name: str) -> None:
    ((where, why),) = problems(CARD | {"name": {"full": "A", name: {}}})
    assert where == f"name/{name}" and why.endswith("in case only")


@pytest.mark.rfc("9553", "1.7.3")
def test_reserved_names() -> None:
    assert problems(CARD | {"extra": 1}) == [("extra", "is reserved")]
    assert problems(CARD | {"emails": {"e": {"address": "a@example.org", "extra": 1}}}) == [
        ("emails/e/extra", "is reserved")
    ]


@pytest.mark.rfc("9610", "7.5")
@pytest.mark.parametrize("name", ["id", "addressBookIds"])
def test_names_of_jmap(name: str) -> None:
    assert problems(CARD | {name: 1}) == [(name, "is reserved")]


@pytest.mark.rfc("9553", "1.7.5")
@pytest.mark.parametrize("strict", [False, True])
def test_enumerated_values(strict: bool) -> None:
    def whys(kind: str) -> list[str]:
        return [why for _, why in problems(CARD | {"kind": kind}, strict=strict)]

    assert whys("org") == whys("example.com:baz") == []
    assert whys("Org") == ["differs from 'org' in case only"]
    assert len(whys("thing")) == len(whys("some thing")) == len(whys("")) == 1


@pytest.mark.rfc("9553", "1.7.5")
@pytest.mark.parametrize(
    ("property", "value"),
    [
        ("phones", {"number": "1", "features": {"cell": True}}),
        ("anniversaries", {"kind": "other", "date": {"year": 2000}}),
        ("personalInfo", {"kind": "other", "value": "x"}),
    ],
)
def test_values_that_clients_made_up(property: str, value: dict[str, Any]) -> None:
    assert problems(CARD | {property: {"x": value}}) == []
    assert len(problems(CARD | {property: {"x": value}}, strict=True)) == 1


@pytest.mark.rfc("9553", "1.7.5")
def test_enumerated_keys() -> None:
    assert problems(CARD | {"relatedTo": {"u": {"relation": {"Friend": True, "co-worker": True}}}}) == [
        ("relatedTo/u/relation/Friend", "differs from 'friend' in case only")
    ]


@pytest.mark.rfc("9553", "1.7")
def test_cases_of_the_corpora(corpora: Path) -> None:
    files = sorted((corpora / "jscontact" / "jscontact-tests").glob("*.json"))
    assert files
    for file in files:
        case = json.loads(file.read_bytes())
        card = {"@type": "Card", "version": "1.0", "uid": "u1", **case["card"]}
        for strict in (False, True):
            assert [where for where, _ in problems(card, strict=strict)] == (case.get("invalid_props") or []), file.name
