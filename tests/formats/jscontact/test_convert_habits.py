"""vCard 2.1 and 3.0 and the habits of Apple's, Google's and other programs."""

from typing import Any

import pytest

from tests.formats.jscontact.convert import card, changed, only, read, written


@pytest.mark.rfc("2426", "3.1.4")
@pytest.mark.parametrize(
    ("line", "uri"),
    [
        ("PHOTO;ENCODING=b;TYPE=JPEG:AAEC", "data:image/jpeg;base64,AAEC"),
        ("PHOTO;TYPE=image/png;ENCODING=B:AAEC", "data:image/png;base64,AAEC"),
        ("PHOTO;PNG;BASE64:AAEC", "data:image/png;base64,AAEC"),
        ("PHOTO;ENCODING=b:AAEC", "data:application/octet-stream;base64,AAEC"),
        ("PHOTO;VALUE=uri:https://example.org/a.png", "https://example.org/a.png"),
    ],
)
def test_inline_media_are_data_uris(line: str, uri: str) -> None:
    media = only(read(line, version="3.0")["media"])
    assert media == {"kind": "photo", "uri": uri}
    made = written({"media": {"m": media}}, "3.0")
    assert only(read(*made, version="3.0")["media"]) == media
    assert "data:" not in made[0]


def test_keys_of_version_3() -> None:
    found = read("KEY;TYPE=PGP;ENCODING=b:AAEC", "KEY;TYPE=X509;ENCODING=b:AAEC", "KEY;TYPE=PGP:text", version="3.0")
    assert [each["uri"].partition(";")[0] for each in found["cryptoKeys"].values()] == [
        "data:application/pgp-keys",
        "data:application/pkix-cert",
    ]
    assert found["vCardProps"] == [["key", {"type": "PGP"}, "unknown", "text"]]


def test_preference_of_old_versions() -> None:
    found = read("TEL;TYPE=CELL,PREF:1", "TEL;HOME;FAX:2", version="2.1")
    one, two = found["phones"].values()
    assert one == {"number": "1", "features": {"mobile": True}, "pref": 1}
    assert two == {"number": "2", "contexts": {"private": True}, "features": {"fax": True}}
    assert written({"phones": {"p": one}}, "3.0") == ["TEL;TYPE=cell,pref;PROP-ID=p:1"]
    assert written({"phones": {"p": one}}) == ["TEL;PREF=1;TYPE=cell;PROP-ID=p:1"]


def test_dates_of_version_3() -> None:
    record = {"anniversaries": {"b": {"kind": "birth", "date": {"year": 1980, "month": 2, "day": 1}}}}
    assert written(record, "3.0") == ["BDAY;PROP-ID=b:1980-02-01"]
    assert written({"updated": "2020-01-02T03:04:05Z"}, "3.0") == ["REV:2020-01-02T03:04:05Z"]


def test_birthday_without_year_as_apple_writes_it() -> None:
    made = card("BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", version="3.0")
    lines = changed(made, lambda new: only(new["anniversaries"])["date"].update(day=13))
    assert lines[0].startswith("BDAY;X-APPLE-OMIT-YEAR=1604;PROP-ID=")
    assert lines[0].endswith(":1604-04-13")


@pytest.mark.parametrize("name", ["X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-MS-ANNIVERSARY", "ANNIVERSARY"])
def test_anniversaries(name: str) -> None:
    found = read(f"{name}:2001-02-03", version="3.0")
    wedding = only(found["anniversaries"])
    assert (wedding["kind"], wedding["date"]) == ("wedding", {"year": 2001, "month": 2, "day": 3})
    assert written(found, "3.0")[0].startswith(f"{name};PROP-ID=")


def test_dates_with_labels() -> None:
    lines = [
        "item1.X-ABDATE;type=pref:2001-02-03",
        "item1.X-ABLabel:_$!<Anniversary>!$_",
        "item2.X-ABDATE:2002-03-04",
        "item2.X-ABLabel:first day",
    ]
    found = read(*lines, version="3.0")
    assert only(found["anniversaries"])["vCardName"] == "x-abdate"
    assert [value[0] for value in found["vCardProps"]] == ["x-abdate", "x-ablabel"]
    again = written(found, "3.0")
    assert read(*again, version="3.0")["vCardProps"] == found["vCardProps"]
    assert any(line.endswith(".X-ABLABEL:_$!<Anniversary>!$_") for line in again)


def test_social_profile_of_apple() -> None:
    line = "X-SOCIALPROFILE;type=twitter;x-user=alice:http://twitter.com/alice"
    found = read(line, version="3.0")
    assert only(found["onlineServices"]) == {
        "vCardName": "x-socialprofile",
        "service": "twitter",
        "user": "alice",
        "uri": "http://twitter.com/alice",
    }
    [again] = written(found, "3.0")
    assert only(read(again, version="3.0")["onlineServices"]) == only(found["onlineServices"])


def test_messengers() -> None:
    lines = ["X-SKYPE:alice", "X-JABBER;TYPE=WORK:a@example.org", "IMPP;X-SERVICE-TYPE=AIM;type=HOME:aim:alice"]
    found = read(*lines, version="3.0")
    assert [each["service"] for each in found["onlineServices"].values()] == ["Skype", "Jabber", "AIM"]
    lines = written(found, "3.0")
    assert [line.partition(";")[0] for line in lines] == ["X-SKYPE", "X-JABBER", "IMPP"]
    assert "X-SERVICE-TYPE=AIM" in lines[2]
    assert read(*lines, version="3.0")["onlineServices"].keys() == found["onlineServices"].keys()


def test_groups_of_apple() -> None:
    lines = ["X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"]
    made = card(*lines, version="3.0")
    assert read(*lines, version="3.0") == {"kind": "group", "members": {"urn:uuid:1": True}}
    assert changed(made, lambda new: new["members"].update({"urn:uuid:2": True})) == [
        *lines,
        "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:2",
    ]
    assert written({"kind": "group", "members": {"urn:uuid:1": True}}) == ["KIND:group", "MEMBER:urn:uuid:1"]


def test_phonetic_names() -> None:
    lines = ["N:山田;太郎;;;", "X-PHONETIC-FIRST-NAME:タロウ", "X-PHONETIC-LAST-NAME:ヤマダ"]
    name = read(*lines, version="3.0")["name"]
    assert [each["phonetic"] for each in name["components"]] == ["ヤマダ", "タロウ"]
    assert name["phoneticScript"] == "Kana"
    made = written({"name": name}, "3.0")
    assert sorted(made)[1:] == sorted(lines)
    assert read("X-PHONETIC-FIRST-NAME:タロウ") == {"vCardProps": [["x-phonetic-first-name", {}, "unknown", "タロウ"]]}


def test_sort_string() -> None:
    made = card("N:van der Harten;Rene;;;", "SORT-STRING:Harten", version="3.0")
    lines = changed(made, lambda new: new["name"]["sortAs"].update(surname="Hart"))
    assert lines == ["N:van der Harten;Rene;;;", "SORT-STRING:Hart", "FN;DERIVED=TRUE:Rene van der Harten"]


def test_spouse() -> None:
    found = read("X-SPOUSE:Bob", version="3.0")
    assert found["relatedTo"] == {"Bob": {"vCardName": "x-spouse", "relation": {"spouse": True}}}
    assert written(found, "3.0") == ["X-SPOUSE:Bob"]


@pytest.mark.rfc("6350", "6.2.3")
def test_nicknames_are_a_list() -> None:
    made = card("NICKNAME;TYPE=work:Al,Ali\\,ce")
    found = read("NICKNAME;TYPE=work:Al,Ali\\,ce")
    assert [each["name"] for each in found["nicknames"].values()] == ["Al", "Ali,ce"]

    def rename(new: dict[str, Any]) -> None:
        next(iter(new["nicknames"].values()))["name"] = "Alf"

    names = [line.partition(":")[2] for line in changed(made, rename)]
    assert names == ["Alf", "Ali\\,ce"]


def test_version_2_1_has_no_lists_in_n() -> None:
    name = read("N:Doe,Roe;Jane", version="2.1")["name"]
    assert [each["value"] for each in name["components"]] == ["Doe,Roe", "Jane"]


def test_quoted_printable() -> None:
    line = "NOTE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:a=E4=0D=0Ab"
    assert only(read(line, version="2.1")["notes"]) == {"note": "aä\nb"}
    made = card(line, version="2.1")
    [again] = changed(made, lambda new: only(new["notes"]).update(note="ü\nc"))
    assert again.startswith("NOTE;")
    assert "=C3=BC=0D=0Ac" in again
