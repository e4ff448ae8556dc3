"""What clients mean by a card that is not quite one."""

from typing import Any

import pytest

from jmapd.formats.jscontact.validate import normalised, problems

CARD: dict[str, Any] = {"@type": "Card", "version": "2.0", "uid": "u1"}


def kept(properties: dict[str, Any], old: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is kept of these properties."""
    found = normalised(CARD | properties, old)
    return {name: value for name, value in found.items() if name not in CARD}


@pytest.mark.rfc("9982", "3")
def test_what_must_be_there() -> None:
    card = normalised({"name": {"full": "Alice"}})
    uid = card.pop("uid")
    assert card == {"@type": "Card", "version": "2.0", "name": {"full": "Alice"}}
    assert uid.startswith("urn:uuid:") and uid != normalised({})["uid"]


@pytest.mark.rfc("9982", "3")
def test_version_1_is_not_valid_without_uid() -> None:
    card = {"@type": "Card", "version": "1.0"}
    assert problems(normalised(card, strict=True)) == [("uid", "must be given in version 1.0")]
    assert problems(normalised(card)) == []


@pytest.mark.rfc("9553", "1.9")
def test_what_is_there_stays() -> None:
    card = {"@type": "Card", "version": "1.0", "uid": "u1"}
    assert normalised(card) == card
    assert normalised({"@type": "x", "uid": ""})["@type"] == "x"


@pytest.mark.rfc("9553", "1.7")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"emails": {}, "phones": [], "name": {}, "notes": None, "keywords": {}, "vCardProps": []}, {}),
        ({"name": {"full": "A", "components": [], "sortAs": None}}, {"name": {"full": "A"}}),
        ({"emails": {"e": {"address": "a@example.org", "contexts": {}}, "f": None}},
         {"emails": {"e": {"address": "a@example.org"}}}),
        ({"emails": {"e": {"address": "a@example.org", "contexts": {"work": False, "private": True}}}},
         {"emails": {"e": {"address": "a@example.org", "contexts": {"private": True}}}}),
        ({"keywords": {"a": False}, "members": {"u2": None}}, {}),
        ({"relatedTo": {"u2": {"relation": {}}, "u3": {}}}, {"relatedTo": {"u2": {"relation": {}}, "u3": {}}}),
        ({"keywords": {" a b ": True}}, {"keywords": {"a b": True}}),
        ({"notes": {"n": {"note": ""}}}, {"notes": {"n": {"note": ""}}}),
        ({"emails": {"e": {}}}, {"emails": {"e": {}}}),
        ({"organizations": {"o": {"name": "x", "units": []}}}, {"organizations": {"o": {"name": "x"}}}),
        ({"example.com:x": {}, "unknown": []}, {"example.com:x": {}, "unknown": []}),
    ],
)  # fmt: skip
def test_nulls_and_what_is_empty(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert kept(given) == expected


@pytest.mark.rfc("9553", "1.3.4")
def test_implied_types() -> None:
    given = {
        "name": {"@type": "Name", "components": [{"@type": "NameComponent", "kind": "given", "value": "A"}]},
        "emails": {"e": {"@type": "EmailAddress", "address": "a@example.org"}, "f": {"@type": "Email", "address": "b"}},
        "anniversaries": {
            "b": {"kind": "birth", "date": {"@type": "PartialDate", "year": 2000}},
            "d": {"kind": "death", "date": {"@type": "Timestamp", "utc": "2019-10-15T23:10:00Z"}},
            "w": {"kind": "wedding", "date": {"utc": "2019-10-15T23:10:00Z"}},
        },
    }
    moment = {"@type": "Timestamp", "utc": "2019-10-15T23:10:00Z"}
    assert kept(given) == {
        "name": {"components": [{"kind": "given", "value": "A"}]},
        "emails": {"e": {"address": "a@example.org"}, "f": {"@type": "Email", "address": "b"}},
        "anniversaries": {
            "b": {"kind": "birth", "date": {"year": 2000}},
            "d": {"kind": "death", "date": moment},
            "w": {"kind": "wedding", "date": moment},
        },
    }


@pytest.mark.rfc("9553", "1.4.5")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2024-03-01T10:00:00.000Z", "2024-03-01T10:00:00Z"),
        ("2024-03-01T10:00:00.120Z", "2024-03-01T10:00:00.12Z"),
        ("2024-03-01T10:00:00+02:00", "2024-03-01T08:00:00Z"),
        ("2024-03-01t10:00:00z", "2024-03-01T10:00:00Z"),
        ("2024-03-01", "2024-03-01"),
        (17, 17),
    ],
)
def test_moments(given: Any, expected: Any) -> None:
    assert kept({"created": given}) == {"created": expected}


@pytest.mark.rfc("9610", "5")
def test_control_characters_and_line_ends() -> None:
    assert kept({"notes": {"n": {"note": "a\x00\x1bb\r\nc\rd\te\x7f\x9b"}}}) == {
        "notes": {"n": {"note": "ab\nc\nd\te"}}
    }


@pytest.mark.rfc("9553", "2.3.2")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"service": "X", "uri": "@alice"}, {"service": "X", "user": "@alice"}),
        ({"uri": "xmpp:alice@example.org"}, {"uri": "xmpp:alice@example.org"}),
        ({"uri": "@alice", "user": "alice"}, {"uri": "@alice", "user": "alice"}),
    ],
)
def test_user_names_given_as_uri(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert kept({"onlineServices": {"s": given}}) == {"onlineServices": {"s": expected}}


@pytest.mark.rfc("9610", "3")
def test_what_did_not_change_stays_as_it_was() -> None:
    old = CARD | {
        "notes": {"n": {"note": "a\x9bb"}, "m": {"note": "c"}},
        "name": {"full": "A\x9b", "components": []},
        "emails": {},
    }
    new = old | {"notes": {"n": {"note": "a\x9bb"}, "m": {"note": "d\x9b"}}}
    assert normalised(new, old) == old | {"notes": {"n": {"note": "a\x9bb"}, "m": {"note": "d"}}}


@pytest.mark.rfc("9553", "1.7")
def test_strict_mode_fills_in_only() -> None:
    given = {"uid": "u1", "emails": {"e": {"address": "a@example.org", "contexts": {"work": False}}}, "notes": {}}
    assert normalised(given, strict=True) == {"@type": "Card", "version": "2.0", **given}


@pytest.mark.rfc("9553", "1.7")
def test_the_given_card_is_left_as_it_is() -> None:
    given = {"name": {"@type": "Name", "full": "A\r\n", "sortAs": None}, "keywords": {"a": False}}
    before = repr(given)
    assert problems(normalised(given)) == []
    assert repr(given) == before


@pytest.mark.rfc("9553", "2.7.1")
def test_localizations_of_what_is_gone_go_with_it() -> None:
    titles = {"a": {"name": "Chief"}, "b": {"name": "Author"}}
    components = [{"kind": "given", "value": "A"}, {"kind": "surname", "value": "B"}]
    french = {"titles/b/name": "Auteur"}
    patch = {"titles/a/name": "Chefin", "titles/b/name": "Autorin", "name/components/1/value": "C", "nicknames": {}}
    old = CARD | {"titles": titles, "name": {"components": components}, "localizations": {"de": patch, "fr": french}}
    assert problems(old) == [] and normalised(old, old) == old
    new = normalised(old | {"titles": {"a": titles["a"]}, "name": {"components": components[:1]}}, old)
    assert new["localizations"] == {"de": {"titles/a/name": "Chefin", "nicknames": {}}}
    assert problems(new, old) == []
    assert normalised(CARD | {"localizations": {"fr": french}}, old) == CARD | {"localizations": {"fr": french}}
    without = {name: value for name, value in old.items() if name != "titles"} | {"localizations": {"fr": french}}
    assert "localizations" not in normalised(without, without | {"titles": titles})
    assert normalised(without, without) == without
