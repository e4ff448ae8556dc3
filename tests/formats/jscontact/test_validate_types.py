"""Types, mandatory properties and forms of values."""

from typing import Any

import pytest

from jmapd.formats.jscontact.schema import TYPES
from jmapd.formats.jscontact.validate import problems

CARD: dict[str, Any] = {"@type": "Card", "version": "2.0", "uid": "u1"}


def where(properties: dict[str, Any], strict: bool = False) -> list[str]:
    """Where the card with these properties is wrong."""
    return [pointer for pointer, _ in problems(CARD | properties, strict=strict)]


COMPLETE: dict[str, Any] = {
    "kind": "group",
    "created": "2022-09-30T14:35:10Z",
    "updated": "2021-10-31T22:27:10.003Z",
    "language": "de-AT",
    "members": {"urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af": True},
    "prodId": "example 1.0",
    "relatedTo": {"u2": {"relation": {"friend": True}}, "u3": {}},
    "name": {
        "components": [
            {"kind": "given", "value": "Bob", "phonetic": "/bɒb/"},
            {"kind": "separator", "value": "-"},
            {"kind": "surname", "value": "Example"},
        ],
        "isOrdered": True,
        "defaultSeparator": " ",
        "full": "Bob Example",
        "sortAs": {"surname": "Example"},
        "phoneticSystem": "ipa",
        "phoneticScript": "Latn",
    },
    "nicknames": {"k1": {"name": "Bobby", "contexts": {"private": True}, "pref": 1}},
    "organizations": {"o1": {"name": "Example", "units": [{"name": "Unit", "sortAs": "U"}], "sortAs": "E"}},
    "speakToAs": {"grammaticalGender": "neuter", "pronouns": {"p": {"pronouns": "they/them", "pref": 2}}},
    "titles": {"t": {"name": "Chief", "kind": "role", "organizationId": "o1"}},
    "emails": {"e1": {"address": "bob@example.org", "contexts": {"work": True}, "pref": 100, "label": "x"}},
    "onlineServices": {"s": {"service": "Example", "user": "@bob", "uri": "https://example.org/@bob"}},
    "phones": {"p": {"number": "tel:+1-555-0123;ext=5", "features": {"main-number": True, "voice": True}}},
    "preferredLanguages": {"l": {"language": "en", "pref": 1}},
    "calendars": {"c": {"kind": "freeBusy", "uri": "https://example.org/busy", "mediaType": "text/calendar"}},
    "schedulingAddresses": {"s": {"uri": "mailto:bob@example.org", "label": "x"}},
    "addresses": {
        "a": {
            "components": [{"kind": "postOfficeBox", "value": "1"}, {"kind": "locality", "value": "Town"}],
            "isOrdered": True,
            "countryCode": "DE",
            "coordinates": "geo:46.772673,-71.282945;u=35",
            "timeZone": "America/Argentina/Buenos_Aires",
            "contexts": {"billing": True},
            "full": "Town",
        }
    },
    "cryptoKeys": {"k": {"uri": "https://example.org/k.cer"}},
    "directories": {"d": {"kind": "entry", "uri": "https://example.org/d", "listAs": 1}},
    "links": {"l": {"uri": "https://example.org/", "kind": "contact"}, "m": {"uri": "https://example.org/"}},
    "media": {"m": {"kind": "photo", "blobId": "G1", "mediaType": "image/png"}},
    "localizations": {"uk-Cyrl": {"titles/t/name": "Шеф"}},
    "anniversaries": {
        "b": {"kind": "birth", "date": {"year": 1984, "month": 2, "day": 29}, "place": {"full": "Town"}},
        "d": {"kind": "death", "date": {"@type": "Timestamp", "utc": "2019-10-15T23:10:00Z"}},
        "w": {"kind": "wedding", "date": {"month": 2, "day": 29, "calendarScale": "hebrew"}},
    },
    "keywords": {"internet": True},
    "notes": {"n": {"note": "a\nb", "created": "2022-11-23T15:01:32Z", "author": {"name": "Alice"}}},
    "personalInfo": {"i": {"kind": "hobby", "value": "chess", "level": "high", "listAs": 2}},
    "vCardProps": [["x-foo", {"group": "item1", "x-bar": ["a", "b"], "pref": 1}, "unknown", "bar"]],
    "vCardParams": {"x-foo": "bar"},
}


@pytest.mark.rfc("9553", "2")
@pytest.mark.parametrize("strict", [False, True])
def test_a_complete_card(strict: bool) -> None:
    assert problems(CARD | COMPLETE, strict=strict) == []
    assert set(TYPES["Card"]) - set(CARD) - set(COMPLETE) == {"vCardName"}


@pytest.mark.rfc("9553", "1.7")
def test_mandatory_properties_of_the_card() -> None:
    assert problems({}) == [("@type", "must be given"), ("version", "must be given")]


@pytest.mark.rfc("9982", "3")
def test_uid_is_optional_from_version_2_on() -> None:
    assert problems({"@type": "Card", "version": "2.0"}) == []
    assert problems({"@type": "Card", "version": "1.0"}) == [("uid", "must be given in version 1.0")]


@pytest.mark.rfc("9553", "1.3.4")
@pytest.mark.parametrize(
    ("properties", "wrong"),
    [
        ({"@type": "card"}, "@type"),
        ({"emails": {"e": {"@type": "Email", "address": "a@example.org"}}}, "emails/e/@type"),
        ({"name": {"full": "A", "components": [{"@type": "Name", "kind": "given", "value": "A"}]}},
         "name/components/0/@type"),
        ({"anniversaries": {"a": {"kind": "birth", "date": {"@type": "D", "year": 1}}}}, "anniversaries/a/date/@type"),
        ({"anniversaries": {"a": {"kind": "birth", "date": {"utc": "2019-10-15T23:10:00Z"}}}}, "anniversaries/a/date"),
    ],
)  # fmt: skip
def test_type_property(properties: dict[str, Any], wrong: str) -> None:
    assert where(properties) == [wrong]


@pytest.mark.rfc("9553", "1.7.2")
@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("version", "3.0", "version"),
        ("version", 2, "version"),
        ("kind", 1, "kind"),
        ("kind", "a b", "kind"),
        ("uid", "", "uid"),
        ("uid", "a\nb", "uid"),
        ("uid", "a ", "uid"),
        ("relatedTo", {"\xa0a": {}}, "relatedTo/\xa0a"),
        ("prodId", "", "prodId"),
        ("created", "2022-09-30", "created"),
        ("created", "2022-09-30T14:35:10+01:00", "created"),
        ("created", "2022-09-30T14:35:10.500Z", "created"),
        ("created", "2022-02-30T14:35:10Z", "created"),
        ("language", "de_AT", "language"),
        ("emails", [], "emails"),
        ("emails", {"e 1": {"address": "a@example.org"}}, "emails/e 1"),
        ("emails", {"e": "a@example.org"}, "emails/e"),
        ("emails", {"e": {}}, "emails/e/address"),
        ("emails", {"e": {"address": None}}, "emails/e/address"),
        ("emails", {"e": {"address": " "}}, "emails/e/address"),
        ("emails", {"e": {"address": "a@example.org", "pref": 0}}, "emails/e/pref"),
        ("emails", {"e": {"address": "a@example.org", "pref": 101}}, "emails/e/pref"),
        ("emails", {"e": {"address": "a@example.org", "pref": True}}, "emails/e/pref"),
        ("emails", {"e": {"address": "a@example.org", "pref": "1"}}, "emails/e/pref"),
        ("emails", {"e": {"address": "a@example.org", "contexts": {"work": False}}}, "emails/e/contexts/work"),
        ("emails", {"e": {"address": "a@example.org", "contexts": {"work": 1}}}, "emails/e/contexts/work"),
        ("emails", {"e": {"address": "a@example.org", "contexts": ["work"]}}, "emails/e/contexts"),
        ("emails", {"e": {"address": "a@example.org", "label": 1}}, "emails/e/label"),
        ("phones", {"p": {"number": 5550123}}, "phones/p/number"),
        ("links", {"l": {"uri": "not a uri"}}, "links/l/uri"),
        ("calendars", {"c": {"uri": "https://example.org/"}}, "calendars/c/kind"),
        ("cryptoKeys", {"c": {"uri": "https://example.org/", "mediaType": "pgp"}}, "cryptoKeys/c/mediaType"),
        ("directories", {"d": {"kind": "entry", "uri": "x:y", "listAs": 0}}, "directories/d/listAs"),
        ("titles", {"t": {"name": "x", "organizationId": "no id"}}, "titles/t/organizationId"),
        ("addresses", {"a": {"countryCode": "DEU"}}, "addresses/a/countryCode"),
        ("addresses", {"a": {"coordinates": "46.7,-71.2"}}, "addresses/a/coordinates"),
        ("addresses", {"a": {"timeZone": "Central European Time"}}, "addresses/a/timeZone"),
        ("addresses", {"a": {"full": "x", "isOrdered": "true"}}, "addresses/a/isOrdered"),
        ("addresses", {"a": {"full": "x", "phoneticScript": "Latin"}}, "addresses/a/phoneticScript"),
        ("anniversaries", {"a": {"kind": "birth", "date": "2000-01-01"}}, "anniversaries/a/date"),
        ("anniversaries", {"a": {"kind": "birth", "date": {"year": 2000, "month": 13}}}, "anniversaries/a/date/month"),
        ("anniversaries", {"a": {"kind": "birth", "date": {"year": 2000, "calendarScale": "Hebrew"}}},
         "anniversaries/a/date/calendarScale"),
        ("keywords", {"": True}, "keywords/"),
        ("keywords", {"a/b~c": 1}, "keywords/a~1b~0c"),
        ("localizations", {"de": []}, "localizations/de"),
        ("localizations", {"d e": {}}, "localizations/d e"),
        ("notes", {"n": {"note": "\x00"}}, "notes/n/note"),
        ("name", {"components": [{"value": "x"}]}, "name/components/0/kind"),
        ("name", {"components": "x", "full": "x"}, "name/components"),
        ("vCardProps", {}, "vCardProps"),
        ("vCardProps", [["x-foo", {}, "text"]], "vCardProps/0"),
        ("vCardProps", [["x:foo", {}, "text", ""]], "vCardProps/0/0"),
        ("vCardProps", [["BEGIN", {}, "text", "VCARD"]], "vCardProps/0/0"),
        ("vCardProps", [["x-foo", {"a;b": ""}, "text", ""]], "vCardProps/0/1/a;b"),
        ("vCardProps", [["x-foo", {"a": {}}, "text", ""]], "vCardProps/0/1/a"),
        ("vCardParams", {"x-a": [None]}, "vCardParams/x-a"),
        ("vCardName", "a\r\nb", "vCardName"),
    ],
)  # fmt: skip
def test_refused(name: str, value: Any, wrong: str) -> None:
    assert wrong in where({name: value})


@pytest.mark.rfc("9553", "2.3.1")
def test_strict_mode_asks_for_the_letter() -> None:
    lenient = {
        "emails": {"e": {"address": "Alice"}},
        "links": {"l": {"uri": "www.example.org"}},
        "phones": {"p": {"number": "1", "features": {"cell": True}}},
    }
    assert where(lenient) == []
    assert where(lenient, strict=True) == ["emails/e/address", "links/l/uri", "phones/p/features/cell"]
