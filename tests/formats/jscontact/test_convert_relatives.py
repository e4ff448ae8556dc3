"""Relatives and messengers as Apple, Evolution, KAddressBook and Outlook write them."""

from typing import Any

import pytest

from tests.formats.jscontact.convert import card, changed, only, read, written

ALICE = ("item1.X-ABRELATEDNAMES;type=pref:Alice\\, A.", "item1.X-ABLabel:_$!<Spouse>!$_")


@pytest.mark.parametrize("name", ["X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME"])
def test_spouses(name: str) -> None:
    found = read(f"{name}:Bob B.", version="3.0")
    assert found["relatedTo"] == {"Bob B.": {"vCardName": name.lower(), "relation": {"spouse": True}}}
    assert written(found, "3.0") == [f"{name}:Bob B."]


@pytest.mark.rfc("9555", "2.9.5")
@pytest.mark.parametrize("label", ["Spouse", "Child", "Parent", "Friend"])
def test_relatives_of_apple(label: str) -> None:
    lines = ALICE[0], ALICE[1].replace("Spouse", label)
    found = read(*lines, version="3.0")
    assert found["relatedTo"] == {
        "Alice, A.": {
            "vCardName": "x-abrelatednames",
            "relation": {label.lower(): True},
            "vCardParams": {"type": "pref"},
        }
    }
    assert "vCardProps" not in found
    again = written(found, "3.0")
    assert [line.partition(".")[2] for line in again] == [
        "X-ABRELATEDNAMES;TYPE=pref:Alice\\, A.",
        f"X-ABLABEL:_$!<{label}>!$_",
    ]
    assert read(*again, version="3.0") == found


@pytest.mark.rfc("9555", "2.15.1")
@pytest.mark.parametrize(
    "lines",
    [
        ALICE[:1],
        (ALICE[0], "item1.X-ABLabel:_$!<Mother>!$_"),
        (ALICE[0], "item1.X-ABLabel:Spouse"),  # the user's own word
        (*ALICE, "item1.X-OTHER:x"),
        ("X-ABRELATEDNAMES:Alice", "X-ABLabel:_$!<Spouse>!$_"),
    ],
)
def test_other_relatives_of_apple_are_kept(lines: tuple[str, ...]) -> None:
    found = read(*lines, version="3.0")
    assert list(found) == ["vCardProps"]
    assert len(found["vCardProps"]) == len(lines)
    assert read(*written(found, "3.0"), version="3.0") == found


def test_a_relative_is_changed_in_its_lines() -> None:
    lines = ("item2.TEL:1", *ALICE, "item2.X-ABLabel:x", "X-SPOUSE:Bob")

    def to_friend(new: dict[str, Any]) -> None:
        new["relatedTo"]["Alice, A."]["relation"] = {"friend": True}

    made = changed(card(*lines, version="3.0"), to_friend)
    assert made == [lines[0], lines[1], "item1.X-ABLABEL:_$!<Friend>!$_", *lines[3:]]

    def gone(new: dict[str, Any]) -> None:
        del new["relatedTo"]["Alice, A."]

    assert changed(card(*lines, version="3.0"), gone) == [lines[0], *lines[3:]]


def test_a_relation_that_the_name_cannot_say() -> None:
    def to_sibling(new: dict[str, Any]) -> None:
        only(new["relatedTo"])["relation"] = {"sibling": True}

    for lines in (ALICE, ("X-SPOUSE:Alice\\, A.",)):
        made = changed(card(*lines, version="3.0"), to_sibling)
        assert any(line.startswith("item1.RELATED;") or line.startswith("RELATED;") for line in made)


@pytest.mark.parametrize("name", ["X-MS-IMADDRESS", "X-KADDRESSBOOK-X-IMADDRESS"])
def test_messengers_without_a_service(name: str) -> None:
    found = read(f"{name}:alice@example.org", version="3.0")
    assert only(found["onlineServices"]) == {"user": "alice@example.org", "vCardName": name.lower()}
    assert written(found, "3.0")[0].startswith(f"{name};PROP-ID=")
    assert read(*written(found, "3.0"), version="3.0") == found
