"""Localizations: patches that must fit the card."""

from typing import Any

import pytest

from jmapd.formats.jscontact.validate import problems

CARD: dict[str, Any] = {
    "@type": "Card",
    "version": "2.0",
    "uid": "u1",
    "name": {
        "full": "Alice Example",
        "components": [{"kind": "given", "value": "Alice"}, {"kind": "surname", "value": "Example"}],
    },
    "titles": {"t1": {"name": "Chief"}, "t2": {"name": "Author"}},
    "keywords": {"a/b": True},
}


def wrong(patch: Any, card: dict[str, Any] = CARD) -> list[tuple[str, str]]:
    """What is wrong with one localization: where below it, and why."""
    found = problems(card | {"localizations": {"de": patch}})
    return [(where.removeprefix("localizations/de").removeprefix("/"), why) for where, why in found]


@pytest.mark.rfc("9553", "2.7.1")
@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"titles/t1/name": "Chefin", "titles/t2/name": "Autorin"},
        {"titles/t1": {"name": "Chefin"}},
        {"titles/t1": None},
        {"keywords/a~1b": None, "keywords/c~1d": True},
        {"name/full": None, "name/isOrdered": True},
        {"name/components/0/value": "Elise", "name/components/1": {"kind": "surname", "value": "Beispiel"}},
        {"name/phoneticSystem": "ipa", "name/components/0/phonetic": "ˈælɪs"},
        {"nicknames": {"n": {"name": "Ali"}}, "example.com:x": 1, "name/example.com:y": {"z": None}},
        {"language": "de", "notes": None},
        {"titles/t2/kind": "role", "name/new": [1]},
    ],
)
def test_patches_that_fit(patch: dict[str, Any]) -> None:
    assert wrong(patch) == []


@pytest.mark.rfc("9553", "1.4.3")
@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ({"name/components/0": None}, "name~1components~10"),
        ({"name/components/2": {"kind": "given", "value": "B"}}, "name~1components~12"),
        ({"name/components/2/value": "B"}, "name~1components~12~1value"),
        ({"name/components/-": {"kind": "given", "value": "B"}}, "name~1components~1-"),
        ({"name/components/00/value": "B"}, "name~1components~100~1value"),
        ({"emails/e1/address": "a@example.org"}, "emails~1e1~1address"),
        ({"titles/t3/name": "x"}, "titles~1t3~1name"),
        ({"name/full/x": "x"}, "name~1full~1x"),
        ({"titles/t2/name": 5}, "titles~1t2~1name"),
        ({"titles/t2": {"name": "x", "kind": 5}}, "titles~1t2/kind"),
        ({"titles/t2/name": None}, "titles~1t2~1name"),
        ({"titles": {"t": {}}}, "titles/t/name"),
        ({"@type": None}, "@type"),
        ({"version": "9.9"}, "version"),
        ({"Titles": {}}, "Titles"),
        ({"name/extra": "reserved"}, "name~1extra"),
        ({"titles/~2": "x"}, "titles~1~02"),
        ({"name/components/0/phonetic": "x"}, "name~1components~10~1phonetic"),
    ],
)
def test_patches_that_do_not_fit(patch: dict[str, Any], where: str) -> None:
    assert [found for found, _ in wrong(patch)] == [where]


@pytest.mark.rfc("9553", "2.7.1")
def test_no_patch_of_localizations() -> None:
    assert wrong({"localizations/fr": {}}) == [("localizations~1fr", "must not be about localizations")]
    assert wrong({"localizations": None}) == [("localizations", "must not be about localizations")]


@pytest.mark.rfc("9553", "1.4.3")
def test_no_patch_is_the_prefix_of_another() -> None:
    assert wrong({"titles/t2": {"name": "x"}, "titles/t2/name": "y"}) == [
        ("titles~1t2~1name", "overlaps another patch")
    ]


@pytest.mark.rfc("9553", "2.7.1")
def test_faults_of_the_card_are_not_repeated() -> None:
    card = CARD | {"titles": {"a": {}, "b": {"name": "x"}}}
    assert wrong({"titles/b/name": "y"}, card) == [("titles/a/name", "must be given")]


@pytest.mark.rfc("9553", "2.7.1")
def test_a_fault_of_several_patches_together() -> None:
    assert wrong({"name/full": None, "name/components": None}) == [
        ("", "must have one of components, full"),
    ]


@pytest.mark.rfc("9553", "2.7.1")
def test_the_card_is_left_as_it_is() -> None:
    before = repr(CARD)
    assert wrong({"name/components/0/value": "B", "titles/t2/name": "C", "nicknames": {}}) == []
    assert repr(CARD) == before


@pytest.mark.rfc("9553", "2.7.1")
def test_the_work_for_many_languages_is_bounded() -> None:
    components = [{"kind": "given", "value": "Alice"}] * 20_000
    patches = {f"x-a{number}": {"name/full": "A"} for number in range(20_000)}
    card = CARD | {"name": {"components": components}, "localizations": patches}
    assert problems(card) == [("localizations", "is too large")]
    assert problems(CARD | {"localizations": patches}) == []
