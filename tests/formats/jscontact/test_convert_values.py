"""Value types and parameters between vCard and JSContact (RFC 9555 2.2, 2.3)."""

from typing import Any

import pytest

from tests.formats.jscontact.convert import only, read, written


@pytest.mark.rfc("9555", "2.2.2")
@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("19531015T231000Z", {"@type": "Timestamp", "utc": "1953-10-15T23:10:00Z"}),
        ("1953-10-15T23:10:00+01:00", {"@type": "Timestamp", "utc": "1953-10-15T22:10:00Z"}),
        ("19531015", {"year": 1953, "month": 10, "day": 15}),
        ("1953-10-15", {"year": 1953, "month": 10, "day": 15}),
        ("1953-10", {"year": 1953, "month": 10}),
        ("1953", {"year": 1953}),
        ("--1015", {"month": 10, "day": 15}),
        ("--10-15", {"month": 10, "day": 15}),
        ("--0229", {"month": 2, "day": 29}),
    ],
)
def test_dates(value: str, date: dict[str, Any]) -> None:
    assert only(read(f"BDAY:{value}")["anniversaries"]) == {"kind": "birth", "date": date}


@pytest.mark.rfc("9555", "2.2.2")
@pytest.mark.parametrize("value", ["---15", "--10", "19531015T231000", "T102200", "circa 1800", "19531332", "00000000"])
def test_dates_without_a_form_are_kept(value: str) -> None:
    card = read(f"BDAY:{value}")
    assert card == {"vCardProps": [["bday", {}, "unknown", value]]}
    assert written(card) == [f"BDAY:{value}"]


@pytest.mark.rfc("9555", "2.3.4")
def test_calendar_scale() -> None:
    card = read("BDAY;CALSCALE=Hebrew:19960415")
    assert only(card["anniversaries"])["date"]["calendarScale"] == "hebrew"
    assert written(card)[0].startswith("BDAY;CALSCALE=hebrew;")


@pytest.mark.rfc("9554", "3.1")
@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("20220705T093412Z", "2022-07-05T09:34:12Z"),
        ("20211022T140000-05", "2021-10-22T19:00:00Z"),
        ("2021-10-22T14:00:00.250Z", "2021-10-22T14:00:00.25Z"),
        ("2021-10-22T14:00:00.000Z", "2021-10-22T14:00:00Z"),
        ("20211022T140000", "2021-10-22T14:00:00Z"),
        ("2021-10-22", "2021-10-22T00:00:00Z"),
    ],
)
def test_timestamps(value: str, moment: str) -> None:
    assert read(f"CREATED:{value}", f"REV:{value}") == {"created": moment, "updated": moment}


@pytest.mark.rfc("9555", "2.8.2")
@pytest.mark.parametrize(
    ("line", "zone"),
    [
        ("TZ:Raleigh/North America", "Raleigh/North America"),
        ("TZ;VALUE=text:Europe/Berlin", "Europe/Berlin"),
        ("TZ;VALUE=utc-offset:-0500", "Etc/GMT+5"),
        ("TZ:-05:00", "Etc/GMT+5"),
        ("TZ:+14", "Etc/GMT-14"),
        ("TZ:-0000", "Etc/UTC"),
        ("TZ:Z", "Etc/UTC"),
    ],
)
def test_time_zones(line: str, zone: str) -> None:
    card = read(line)
    assert only(card["addresses"]) == {"timeZone": zone}
    [again] = written(card)
    assert only(read(again)["addresses"]) == {"timeZone": zone}


@pytest.mark.rfc("9555", "2.8.2")
@pytest.mark.parametrize("line", ["TZ:-0530", "TZ:+1500", "TZ;VALUE=uri:https://example.org/zone"])
def test_time_zones_without_a_name_are_kept(line: str) -> None:
    card = read(line)
    assert list(card) == ["vCardProps"]
    assert read(*written(card)) == card


@pytest.mark.rfc("9555", "2.3.17")
def test_preference_and_its_limits() -> None:
    card = read("EMAIL;PREF=100:a@example.org", "EMAIL;PREF=0:b@example.org", "EMAIL;PREF=x:c@example.org")
    first, second, third = card["emails"].values()
    assert first == {"address": "a@example.org", "pref": 100}
    assert second["vCardParams"] == {"pref": "0"}
    assert third["vCardParams"] == {"pref": "x"}


@pytest.mark.rfc("9555", "2.3.18")
def test_identifiers_do_not_hang_on_other_lines() -> None:
    one, both = read("EMAIL:b@example.org"), read("EMAIL:a@example.org", "EMAIL:b@example.org")
    assert set(one["emails"]) < set(both["emails"])


@pytest.mark.rfc("9555", "2.1.2")
def test_identifiers_are_valid_and_differ() -> None:
    lines = ["TEL;PROP-ID=a b:1", "TEL;PROP-ID=x:2", "TEL;PROP-ID=x:3", "TEL:4", "TEL:4"]
    phones = read(*lines)["phones"]
    assert len(phones) == 5
    assert {"x", "x-2"} < set(phones)
    assert all(identity.replace("-", "").isalnum() for identity in phones)


@pytest.mark.rfc("9555", "2.3.22")
def test_types_are_contexts_and_others_are_kept() -> None:
    card = read("TEL;TYPE=home,VOICE;type=x-own;TYPE=work:1")
    phone = only(card["phones"])
    assert phone["contexts"] == {"private": True, "work": True}
    assert phone["features"] == {"voice": True}
    assert phone["vCardParams"] == {"type": "x-own"}
    assert read(*written(card))["phones"] == read(*written(card))["phones"]


@pytest.mark.rfc("9555", "2.15.2")
def test_unknown_parameters_come_back() -> None:
    card = read('EMAIL;X-FOO="a;b";PID=1.1;X-FOO=c:a@example.org')
    assert only(card["emails"])["vCardParams"] == {"x-foo": ["a;b", "c"], "pid": "1.1"}
    assert written(card)[0].startswith('EMAIL;X-FOO="a;b",c;PID=1.1;PROP-ID=')


@pytest.mark.rfc("9555", "2.5.7")
def test_media_are_uris() -> None:
    card = read("PHOTO;MEDIATYPE=image/gif:https://example.org/a,b.gif", "SOUND:data:audio/ogg;base64,T2dn")
    assert list(card["media"].values()) == [
        {"kind": "photo", "uri": "https://example.org/a,b.gif", "mediaType": "image/gif"},
        {"kind": "sound", "uri": "data:audio/ogg;base64,T2dn"},
    ]
    assert written(card)[0].endswith(":https://example.org/a,b.gif")


@pytest.mark.rfc("9555", "2.9.5")
def test_relations_by_their_value() -> None:
    lines = ["RELATED;TYPE=friend,x-own:urn:example:1", "RELATED;VALUE=text:a\\, b"]
    card = read(*lines)
    assert card["relatedTo"] == {
        "urn:example:1": {"relation": {"friend": True}, "vCardParams": {"type": "x-own"}},
        "a, b": {"relation": {}},
    }
    assert read(*written(card)) == card


@pytest.mark.rfc("9555", "2.7.5")
def test_profiles_are_uris_or_users() -> None:
    lines = [
        "SOCIALPROFILE;SERVICE-TYPE=Site;PROP-ID=a;VALUE=text:alice",
        'SOCIALPROFILE;USERNAME="A, B";PROP-ID=b:https://example.org/a',
        "IMPP;PROP-ID=c:xmpp:alice@example.org",
    ]
    card = read(*lines)
    assert card["onlineServices"] == {
        "a": {"user": "alice", "service": "Site"},
        "b": {"uri": "https://example.org/a", "user": "A, B"},
        "c": {"uri": "xmpp:alice@example.org", "vCardName": "impp"},
    }
    assert read(*written(card)) == card


@pytest.mark.rfc("9982", "5")
def test_no_uid_is_made_up() -> None:
    assert "uid" not in read("FN:Alice")


@pytest.mark.rfc("9555", "2.11.10")
def test_version_is_the_files_own() -> None:
    assert read("FN:Alice", version="3.0") == {"name": {"full": "Alice"}}
    assert written({"vCardProps": [["version", {}, "text", "3.0"]]}) == []
