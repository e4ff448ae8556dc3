"""Each row of the conversion table, both ways."""

import pytest

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.table import MANY, SINGLE, Row
from tests.formats.jscontact.convert import card, only, read, written

VALUES = {
    "ADR": ";;Street;Town;;;",
    "BDAY": "19800102",
    "ANNIVERSARY": "19800102",
    "DEATHDATE": "19800102",
    "CREATED": "20200102T030405Z",
    "REV": "20200102T030405Z",
    "KIND": "org",
    "X-ADDRESSBOOKSERVER-KIND": "group",
    "LANGUAGE": "de-AT",
    "LANG": "de",
    "TEL": "tel:+1-555-0100",
    "ORG": "Example\\, Inc.;Unit",
    "SOCIALPROFILE": "https://example.org/@alice",
    "X-SOCIALPROFILE": "https://example.org/@alice",
    "IMPP": "xmpp:alice@example.org",
}


def _value(row: Row) -> str:
    if row.path == "anniversaries":
        return "19800102"
    is_uri = row.path in ("directories", "media", "links", "cryptoKeys", "schedulingAddresses", "calendars", "uid")
    return VALUES.get(row.vcard, "https://example.org/a" if is_uri else "some\\, text")


def _name(row: Row) -> str:
    return row.vcard


@pytest.mark.rfc("9555", "2.1.2")
@pytest.mark.rfc("9555", "3.1")
@pytest.mark.parametrize("row", MANY, ids=_name)
def test_a_property_in_a_map(row: Row) -> None:
    line = f"{row.vcard};PROP-ID=some-id_1;X-OWN=1:{_value(row)}"
    record = read(line)
    many = record
    for name in row.path.split("/"):
        many = many[name]
    assert list(many) == ["some-id_1"]
    found = many["some-id_1"]
    assert found.items() >= row.fixed.items()
    assert found["vCardParams"] == {"x-own": "1"}
    [again] = written(record)
    assert again.startswith(f"{row.vcard};")
    assert ";PROP-ID=some-id_1" in again  # MUST be set
    assert ";X-OWN=1" in again
    assert read(again) == record


@pytest.mark.parametrize("row", [row for row in MANY if row.tokens], ids=_name)
def test_contexts_and_features(row: Row) -> None:
    for token, (member, key) in row.tokens.items():
        record = read(f"{row.vcard};TYPE={token.upper()}:{_value(row)}")
        many = record
        for name in row.path.split("/"):
            many = many[name]
        assert only(many)[member] == {key: True}
        assert read(*written(record)) == record


@pytest.mark.rfc("9555", "2.3.17")
@pytest.mark.parametrize("row", MANY, ids=_name)
def test_preferences_only_where_jscontact_has_them(row: Row) -> None:
    many = read(f"{row.vcard};PREF=7:{_value(row)}")
    for name in row.path.split("/"):
        many = many[name]
    assert only(many).get("pref" if row.has_pref else "vCardParams") == (7 if row.has_pref else {"pref": "7"})


@pytest.mark.rfc("9555", "2.11.11")
@pytest.mark.parametrize("row", MANY, ids=_name)
def test_labels_only_where_jscontact_has_them(row: Row) -> None:
    record = read(f"a.{row.vcard}:{_value(row)}", "a.X-ABLabel:own")
    many = record
    for name in row.path.split("/"):
        many = many[name]
    assert only(many).get("label") == ("own" if row.has_label else None)
    assert ("vCardProps" in record) != row.has_label
    assert read(*written(record)) == record


@pytest.mark.parametrize("row", SINGLE, ids=_name)
def test_a_single_property(row: Row) -> None:
    record = read(f"{row.vcard}:{_value(row)}")
    assert list(record) == [row.path]
    assert read(*written(record)) == record


@pytest.mark.parametrize("row", SINGLE, ids=_name)
def test_a_second_one_of_a_single_property_is_kept(row: Row) -> None:
    record = read(f"{row.vcard}:{_value(row)}", f"{row.vcard};X-OWN=1:{_value(row)}")
    assert len(record["vCardProps"]) == 1
    assert read(*written(record)) == record


@pytest.mark.rfc("9555", "2.3.13")
@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("EXPERTISE;LEVEL=Beginner:a", "low"),
        ("EXPERTISE;LEVEL=average:a", "medium"),
        ("EXPERTISE;LEVEL=expert:a", "high"),
        ("HOBBY;LEVEL=HIGH:a", "high"),
        ("INTEREST;LEVEL=expert:a", "expert"),
    ],
)
def test_levels(line: str, level: str) -> None:
    record = read(line)
    assert only(record["personalInfo"])["level"] == level
    assert read(*written(record)) == record


@pytest.mark.rfc("9555", "2.3.9")
def test_group_is_never_a_parameter() -> None:
    record = {"emails": {"e": {"address": "a@example.org", "vCardParams": {"group": "g", "x-a": "1"}}}}
    assert written(record) == ["g.EMAIL;X-A=1;PROP-ID=e:a@example.org"]


@pytest.mark.rfc("9982", "3")
def test_cards_are_of_version_2() -> None:
    record = from_vcard(card("FN:Alice")).record
    assert (record["@type"], record["version"]) == ("Card", "2.0")
