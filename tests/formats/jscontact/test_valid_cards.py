"""What validation accepts can be written as a vCard, is read back as it was, and is valid again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.to_vcard import patched, to_vcard
from jmapd.formats.jscontact.units import alike, plain
from jmapd.formats.jscontact.validate import normalised, problems
from jmapd.formats.vcard import cards, to_bytes
from tests.formats.jscontact.any_card import CARDS

VERSIONS = st.sampled_from(["4.0", "3.0"])


def read(data: bytes) -> dict[str, Any]:
    return from_vcard(cards(data)[0]).record


@pytest.mark.rfc("9555", "3.1")
@given(CARDS, VERSIONS)
def test_a_valid_card_is_read_back_as_it_was_written(card: dict[str, Any], version: str) -> None:
    assert problems(card) == []
    data = to_bytes([to_vcard(card, version)])
    found = read(data)
    assert plain(found) == plain(card) or alike(found, card), data
    assert problems(found) == []


@pytest.mark.rfc("9555", "3.1")
@given(CARDS, CARDS, VERSIONS)
def test_a_valid_change_is_read_back_as_it_was_written(old: dict[str, Any], new: dict[str, Any], version: str) -> None:
    vcard = cards(to_bytes([to_vcard(old, version)]))[0]
    data = to_bytes([patched(vcard, from_vcard(vcard), new)])
    assert alike(read(data), new), data


@pytest.mark.rfc("9553", "1.7")
@given(CARDS, VERSIONS)
def test_a_card_that_is_read_needs_nothing_more(card: dict[str, Any], version: str) -> None:
    found = read(to_bytes([to_vcard(card, version)]))
    assert normalised(found) == found
