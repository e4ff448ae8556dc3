"""Addresses (RFC 9555 2.6.1, 2.8; RFC 9554 2.1)."""

from typing import Any

import pytest

from tests.formats.jscontact.convert import only, read, written


def _kinds(address: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["kind"], each["value"]) for each in address["components"]]


@pytest.mark.rfc("9554", "2.1")
def test_combined_components_are_ignored_beside_new_ones() -> None:
    address = only(read("ADR:;Suite 1;1 Main Street;Town;;;;Suite 1;;;1;Main Street;;;;;;")["addresses"])
    assert _kinds(address) == [("room", "Suite 1"), ("number", "1"), ("name", "Main Street"), ("locality", "Town")]


@pytest.mark.rfc("9555", "2.6.1")
@pytest.mark.parametrize("tail", ["", ";;;;;;;;;;;"])
def test_components_of_rfc_6350(tail: str) -> None:
    address = only(read(f"ADR:Box 1;Suite 2;3 Street,Yard;Town;CA;123;USA{tail}")["addresses"])
    assert _kinds(address) == [
        ("postOfficeBox", "Box 1"),
        ("apartment", "Suite 2"),
        ("name", "3 Street"),
        ("name", "Yard"),
        ("locality", "Town"),
        ("region", "CA"),
        ("postcode", "123"),
        ("country", "USA"),
    ]


@pytest.mark.rfc("9555", "2.6.1")
def test_new_components_are_always_written() -> None:
    record = {"addresses": {"a": {"components": [{"kind": "locality", "value": "Town"}]}}}
    [line] = written(record)
    assert line == "ADR;PROP-ID=a:;;;Town;;;;;;;;;;;;;;"


@pytest.mark.rfc("9554", "2.1")
def test_street_for_old_readers_is_as_it_is_written() -> None:
    parts = [("number", "54321"), ("separator", " "), ("name", "Oak St"), ("locality", "Reston")]
    components = [{"kind": kind, "value": value} for kind, value in parts]
    address = {"components": components, "defaultSeparator": ", ", "isOrdered": True}
    [line] = written({"addresses": {"a": address}})
    assert line.startswith('ADR;JSCOMPS="s,\\, ;10;s, ;11;3";PROP-ID=a:;;54321 Oak St;Reston;')
    assert only(read(line)["addresses"]) == address


@pytest.mark.rfc("9555", "2.6.1")
def test_parameters_of_an_address() -> None:
    line = 'ADR;TYPE=work,billing;PREF=2;CC=US;GEO="geo:1,2";TZ=Europe/Berlin;LABEL="A^nB\\nC";PROP-ID=x:;;Street;;;;'
    card = read(line)
    assert card["addresses"] == {
        "x": {
            "components": [{"kind": "name", "value": "Street"}],
            "contexts": {"work": True, "billing": True},
            "pref": 2,
            "countryCode": "US",
            "coordinates": "geo:1,2",
            "timeZone": "Europe/Berlin",
            "full": "A\nB\nC",
        }
    }
    assert read(*written(card)) == card


@pytest.mark.rfc("9555", "2.3.23")
@pytest.mark.parametrize(("value", "zone"), [("+0100", "Etc/GMT-1"), ("Etc/UTC", "Etc/UTC")])
def test_time_zone_of_an_address(value: str, zone: str) -> None:
    assert only(read(f"ADR;TZ={value}:;;Street;;;;")["addresses"])["timeZone"] == zone


@pytest.mark.rfc("9555", "2.8.3")
def test_geo_and_tz_of_the_same_group() -> None:
    lines = ["g1.ADR:;;One;;;;", "g2.ADR:;;Two;;;;", "g2.GEO:geo:3,4", "g2.TZ:Europe/Rome"]
    one, two = read(*lines)["addresses"].values()
    assert "coordinates" not in one
    assert (two["coordinates"], two["timeZone"]) == ("geo:3,4", "Europe/Rome")


@pytest.mark.rfc("9555", "2.8.3")
def test_geo_without_a_group_is_of_the_address_without_one() -> None:
    lines = ["g1.ADR:;;One;;;;", "g1.TZ:Europe/Rome", "ADR:;;Two;;;;", "GEO:geo:3,4"]
    one, two = read(*lines)["addresses"].values()
    assert "coordinates" not in one
    assert two["coordinates"] == "geo:3,4"


@pytest.mark.rfc("9555", "2.8.3")
def test_geo_among_several_addresses_is_one_of_its_own() -> None:
    card = read("ADR:;;One;;;;", "ADR:;;Two;;;;", "GEO:geo:3,4", "TZ:Europe/Rome")
    assert list(card["addresses"].values())[2:] == [{"coordinates": "geo:3,4"}, {"timeZone": "Europe/Rome"}]
    assert read(*written(card)) == card


@pytest.mark.rfc("9555", "2.3.11")
def test_address_in_two_languages_with_phonetics() -> None:
    lines = [
        "ADR;ALTID=1;PROP-ID=a:;;;Tokyo;;;",
        "ADR;ALTID=1;LANGUAGE=ja:;;;東京;;;",
        "ADR;ALTID=1;PHONETIC=ipa;LANGUAGE=ja:;;;toːkʲoː;;;",
    ]
    card = read(*lines)
    assert card["localizations"] == {
        "ja": {
            "addresses/a/components": [{"kind": "locality", "value": "東京", "phonetic": "toːkʲoː"}],
            "addresses/a/phoneticSystem": "ipa",
        }
    }
    assert read(*written(card)) == card


@pytest.mark.rfc("9555", "2.8.1")
@pytest.mark.parametrize("value", ["geo:37.386013,-122.082932", "37.386013;-122.082932", "geo:37.386013\\,-122.082932"])
def test_geo_of_every_version(value: str) -> None:
    assert only(read(f"GEO:{value}")["addresses"]) == {"coordinates": "geo:37.386013,-122.082932"}


@pytest.mark.rfc("9555", "2.5.1")
def test_places_of_birth_and_death() -> None:
    lines = ["BDAY;PROP-ID=b:19800101", "BIRTHPLACE;VALUE=uri;PROP-ID=b:geo:1,2", "DEATHPLACE:Rome"]
    card = read(*lines)
    assert card["anniversaries"]["b"]["place"] == {"coordinates": "geo:1,2"}
    # RFC 9553 2.8.1: there is no place without a date
    assert card["vCardProps"] == [["deathplace", {}, "unknown", "Rome"]]
    assert read(*written(card)) == card


@pytest.mark.rfc("2426", "3.2.2")
def test_label_of_version_3_belongs_to_the_address_of_its_type() -> None:
    lines = ["ADR;TYPE=home:;;One;;;;", "ADR;TYPE=work:;;Two;;;;", "LABEL;TYPE=WORK:Two\\nTown", "LABEL;TYPE=dom:Three"]
    card = read(*lines, version="3.0")
    one, two = card["addresses"].values()
    assert ("full" in one, two["full"]) == (False, "Two\nTown")
    assert [value[3] for value in card["vCardProps"]] == ["Three"]
    made = written(card, "3.0")
    assert [line.partition(":")[2] for line in made if line.startswith("LABEL")] == ["Two\\nTown", "Three"]
    assert read(*made, version="3.0") == card
