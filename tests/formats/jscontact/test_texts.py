"""What a card is searched and sorted by."""

from typing import Any

import pytest

from jmapd.formats.jscontact.texts import FILTERS, sort_keys, texts

CARD: dict[str, Any] = {
    "@type": "Card",
    "uid": "no text",
    "kind": "individual",
    "name": {
        "full": "Dr. Alice Example",
        "components": [
            {"kind": "title", "value": "Dr."},
            {"kind": "given", "value": "Alice"},
            {"kind": "separator", "value": "–"},
            {"kind": "surname", "value": "Example"},
            {"kind": "surname", "value": "Second"},
            {"kind": "surname2", "value": "Third"},
        ],
    },
    "nicknames": {"n": {"name": "Ali"}},
    "organizations": {"o": {"name": "Example Works", "units": [{"name": "Tools"}]}},
    "titles": {"t": {"name": "Chief"}},
    "emails": {"e": {"address": "alice@example.org", "label": "news"}},
    "phones": {"p": {"number": "tel:+1-555-0123", "label": "desk"}, "q": {"number": "0123"}},
    "onlineServices": {"s": {"service": "Mastodon", "uri": "https://example.org/@a", "user": "@a", "label": "fun"}},
    "addresses": {
        "a": {"full": "Main St\nTown", "components": [{"kind": "name", "value": "Main St"}], "countryCode": "DE"}
    },
    "notes": {"n": {"note": "met in Rome", "author": {"name": "Bob"}}},
    "keywords": {"friends": True},
    "personalInfo": {"i": {"kind": "hobby", "value": "chess"}},
    "links": {"l": {"uri": "https://example.org/home"}},
    "media": {"m": {"kind": "photo", "uri": "data:image/png;base64,AAAA", "label": "portrait"}},
    "speakToAs": {"pronouns": {"p": {"pronouns": "she/her"}}},
    "anniversaries": {"b": {"kind": "birth", "date": {"year": 2000}, "place": {"full": "Village"}}},
    "localizations": {"de": {"titles/t/name": "Chefin", "name": {"components": [{"kind": "given", "value": "Elise"}]}}},
    "vCardProps": [["x-assistant", {}, "text", "Carol"], ["x-rev", {}, "integer", 5]],
}


@pytest.mark.rfc("9610", "3.3.1")
@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ("name", ["Dr.", "Alice", "Example", "Second", "Third", "Dr. Alice Example"]),
        ("name/given", ["Alice"]),
        ("name/surname", ["Example", "Second"]),
        ("name/surname2", ["Third"]),
        ("nickname", ["Ali"]),
        ("organization", ["Example Works"]),
        ("email", ["alice@example.org", "news"]),
        ("phone", ["+1-555-0123", "15550123", "5550123", "desk", "0123"]),
        ("onlineService", ["Mastodon", "https://example.org/@a", "@a", "fun"]),
        ("address", ["Main St", "Main St\nTown"]),
        ("note", ["met in Rome"]),
    ],
)
def test_each_filter(filter: str, expected: list[str]) -> None:
    assert texts(CARD)[filter] == expected


@pytest.mark.rfc("9610", "3.3.1")
def test_text_is_all_there_is_to_read() -> None:
    found = texts(CARD)
    assert set(found) == set(FILTERS)
    narrow = {text for filter in FILTERS[1:] for text in found[filter]}
    rest = [
        "Chief",
        "chess",
        "https://example.org/home",
        "portrait",
        "Tools",
        "friends",
        "Village",
        "she/her",
        "Chefin",
    ]
    assert set(found["text"]) == narrow | {*rest, "Elise", "Carol"}


@pytest.mark.rfc("9610", "3.3.2")
def test_sort_keys_are_the_first_components() -> None:
    assert sort_keys(CARD) == {"name/given": "Alice", "name/surname": "Example", "name/surname2": "Third"}
    assert sort_keys({"name": {"full": "Alice Example"}}) == {}


@pytest.mark.rfc("9610", "3.3.1")
def test_long_numbers_and_words_are_no_phone_numbers() -> None:
    number = " ".join("1" * 1000)
    assert texts({"phones": {"p": {"number": number}, "q": {"number": "none"}}})["phone"] == [number, "none"]


@pytest.mark.rfc("9610", "3.3.1")
def test_a_card_without_anything() -> None:
    assert texts({}) == {filter: [] for filter in FILTERS} and sort_keys({}) == {}


@pytest.mark.rfc("9610", "3.3.1")
def test_components_without_a_full_text_make_one_for_phrases() -> None:
    parts = [{"kind": "given", "value": "Joe"}, {"kind": "surname", "value": "Bloggs"}]
    assert texts({"name": {"components": parts}})["name"] == ["Joe", "Bloggs", "Joe Bloggs"]
    assert texts({"name": {"components": parts[:1]}})["name"] == ["Joe"]
    assert texts({"addresses": {"a": {"components": parts}}})["address"] == ["Joe", "Bloggs", "Joe Bloggs"]
