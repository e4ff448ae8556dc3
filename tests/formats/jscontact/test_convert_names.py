"""Names: components, their order, phonetic forms, languages (RFC 9555 2.5.2, 2.5.5, 3.3.1; RFC 9554 2.2, 4.6)."""

from typing import Any

import pytest

from jmapd.formats.jscontact.to_vcard import to_vcard
from tests.formats.jscontact.convert import only, read, unfolded, written


def components(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"kind": kind, "value": value} for kind, value in pairs]


@pytest.mark.rfc("9554", "2.2")
def test_new_components_are_repeated_for_old_readers() -> None:
    name = {"components": components(("surname", "A"), ("credential", "C"), ("surname2", "B"), ("generation", "D"))}
    assert written({"name": name})[1] == "N:A,B;;;;C,D;B;D"
    assert read("N:A,B;;;;C,D;B;D")["name"] == name


@pytest.mark.rfc("9555", "3.3.1")
@pytest.mark.parametrize(
    "jscomps",
    [";1;0;7", ";1", ";1;0;0", ";1;0,1", "x;1;0", ";1;x", ";-1;0", ";1;0,99999999", ";1;²", ""],
)
def test_an_order_that_is_not_valid_is_no_order(jscomps: str) -> None:
    name = read(f'N;JSCOMPS="{jscomps}":Doe;Jane;;;')["name"]
    assert name["components"] == components(("surname", "Doe"), ("given", "Jane"))
    assert "isOrdered" not in name
    assert name["vCardParams"] == {"jscomps": jscomps}


@pytest.mark.rfc("9555", "3.3.1")
def test_order_with_separators() -> None:
    name = {
        "components": components(("given", "A;B"), ("separator", "-,\\\n"), ("given", "C"), ("surname", "D")),
        "defaultSeparator": '"^',
        "isOrdered": True,
    }
    lines = written({"name": name})
    assert read(*lines)["name"] == name
    assert lines[0] == 'FN;DERIVED=TRUE:A\\;B-\\,\\\\\\nC"^D'


@pytest.mark.rfc("9555", "3.1")
def test_fn_is_given_derived_or_empty() -> None:
    parts = components(("surname", "Doe"), ("given", "Jane"), ("title", "Dr."))
    assert written({"name": {"full": "Jane", "components": parts}})[0] == "FN:Jane"
    assert written({"name": {"components": parts}})[0] == "FN;DERIVED=TRUE:Dr. Jane Doe"
    assert unfolded(to_vcard({"kind": "org"}))[0] == "FN:"
    assert "name" not in read("FN:")


@pytest.mark.rfc("9555", "2.3.7")
def test_a_derived_fn_counts_only_without_n() -> None:
    assert "full" not in read("FN;DERIVED=TRUE:Jane", "N:;Jane;;;")["name"]
    assert read("FN;DERIVED=TRUE:Jane")["name"]["full"] == "Jane"


@pytest.mark.rfc("9555", "2.5.2")
def test_of_several_fns_the_plainest() -> None:
    card = read("FN;X-A=1:One", "FN:Two", "FN;X-A=1;X-B=2:Three")
    assert card["name"]["full"] == "Two"
    assert [value[3] for value in card["vCardProps"]] == ["One", "Three"]


@pytest.mark.rfc("9555", "2.3.21")
@pytest.mark.parametrize(
    ("sort_as", "wanted"), [("Harten,Rene", {"surname": "Harten", "given": "Rene"}), (",Rene", {"given": "Rene"})]
)
def test_sort_as(sort_as: str, wanted: dict[str, str]) -> None:
    card = read(f'N;SORT-AS="{sort_as}":van der Harten;Rene;;;')
    assert card["name"]["sortAs"] == wanted
    assert read(*written(card))["name"]["sortAs"] == wanted


@pytest.mark.rfc("9553", "2.2.1.1")
def test_sort_as_of_a_kind_that_is_not_there_is_kept_aside() -> None:
    card = read('N;SORT-AS="A,B,C":X;Y;;;')
    assert "sortAs" not in card["name"]
    assert card["name"]["vCardParams"] == {"sort-as": "A,B,C"}


@pytest.mark.rfc("9554", "4.6")
def test_phonetic_of_the_same_language() -> None:
    name: dict[str, Any] = {
        "components": [{"kind": "surname", "value": "山田", "phonetic": "yamada"}, {"kind": "given", "value": "太郎"}],
        "phoneticSystem": "ipa",
        "phoneticScript": "Latn",
    }
    lines = written({"name": name})
    assert lines[1:] == ["N;ALTID=1:山田;太郎;;;;;", "N;ALTID=1;PHONETIC=ipa;SCRIPT=Latn:yamada;;;;;;"]
    assert read(*lines)["name"] == name


@pytest.mark.rfc("9554", "4.6")
def test_phonetic_of_no_known_system_is_told_by_script() -> None:
    lines = ["N;ALTID=1:山田;太郎;;;", "N;ALTID=1;PHONETIC=script;SCRIPT=Kana:ヤマダ;タロウ;;;"]
    name = read(*lines)["name"]
    assert [each["phonetic"] for each in name["components"]] == ["ヤマダ", "タロウ"]
    assert (name["phoneticScript"], "phoneticSystem" in name) == ("Kana", False)
    assert read(*written({"name": name}))["name"] == name


@pytest.mark.rfc("9555", "2.3.11")
def test_languages_of_a_name() -> None:
    card = read(
        "LANGUAGE:en", "FN:Ivan", "FN;LANGUAGE=uk:Іван", "N;ALTID=1:V;Ivan;;;", "N;ALTID=1;LANGUAGE=uk:В;Іван;;;"
    )
    assert card["localizations"] == {
        "uk": {"name/full": "Іван", "name/components": components(("surname", "В"), ("given", "Іван"))}
    }
    assert read(*written(card)) == card


@pytest.mark.rfc("9555", "2.3.11")
def test_a_language_alone_is_a_parameter() -> None:
    card = read("FN:A", "ROLE;LANGUAGE=tr:hoca")
    assert "localizations" not in card
    assert only(card["titles"])["vCardParams"] == {"language": "tr"}


@pytest.mark.rfc("9555", "2.3.11")
def test_other_properties_in_languages() -> None:
    lines = [
        "LANGUAGE:en",
        "NOTE;ALTID=n;PROP-ID=n:yes",
        "NOTE;ALTID=n;LANGUAGE=de:ja",
        "ORG;ALTID=o;PROP-ID=o:Firm;Unit",
        "ORG;ALTID=o;LANGUAGE=de:Firma;Teil",
        "GRAMGENDER:FEMININE",
        "GRAMGENDER;LANGUAGE=de:NEUTER",
        "BDAY;PROP-ID=b:19800101",
        "BIRTHPLACE;ALTID=p;PROP-ID=b:Munich",
        "BIRTHPLACE;ALTID=p;LANGUAGE=de:München",
    ]
    card = read(*lines)
    assert card["localizations"]["de"] == {
        "notes/n/note": "ja",
        "organizations/o/name": "Firma",
        "organizations/o/units": [{"name": "Teil"}],
        "speakToAs/grammaticalGender": "neuter",
        "anniversaries/b/place/full": "München",
    }
    assert read(*written(card)) == card


@pytest.mark.rfc("9553", "2.7.1")
def test_a_localization_that_no_line_can_say() -> None:
    emails = {"e": {"address": "a@example.org", "label": "x"}}
    card = {"emails": emails, "localizations": {"de": {"emails/e/label": "y"}}}
    lines = written(card)
    assert read(*lines) == card
    assert lines[-1].startswith('JSPROP;JSPTR="localizations":')
