"""What the index keeps of a card to search and sort by, whatever the card is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.index.large_types import LARGE, MAX_TEXT, NO_NUMBER, key_hash
from tests.index.cards import TYPE, card, record

NAMES = st.sampled_from(["name", "emails", "members", "kind", "uid", "created", "updated", "components", "full", "a"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("2024-02-30T00:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=5),
    max_leaves=15,
)
TYPED = LARGE[TYPE]


@pytest.mark.rfc("9610", "3.3")
@settings(max_examples=300, deadline=None)
@given(found=st.dictionaries(NAMES, VALUES))
def test_any_json_will_do(found: dict[str, Any]) -> None:
    made = TYPED.prepared({"card": found, "books": {}})
    assert len(made.texts) == len(TYPED.texts) and len(made.numbers) == 2 and len(made.sorts) == len(TYPED.sorts)
    assert made == TYPED.prepared({"card": found, "books": {}})


@pytest.mark.rfc("9610", "3.3.1")
def test_what_is_looked_up() -> None:
    group = card(1, kind="group", members={"urn:uuid:2": True, "urn:uuid:3": True}, created="2024-01-01T00:00:00.5Z")
    made = TYPED.prepared(record(1, ("b1", "b2")) | {"card": group})
    expected = [
        ("book", "b1"), ("book", "b2"), ("uid", "urn:uuid:1"), ("kind", "group"),
        ("member", "urn:uuid:2"), ("member", "urn:uuid:3"),
    ]  # fmt: skip
    assert made.keys == {key_hash(name, value) for name, value in expected}
    assert made.numbers == [1704067200500000, 1704067201000000]
    no_dates = TYPED.prepared({"books": {}, "card": {"updated": "yesterday"}})
    assert no_dates.numbers == [NO_NUMBER, NO_NUMBER] and no_dates.keys == {key_hash("kind", "individual")}


def test_a_huge_text_is_bounded() -> None:
    made = TYPED.prepared(record(1, notes={"n": {"note": "word " * MAX_TEXT}, "m": {"note": "more"}}))
    assert all(len(text) <= MAX_TEXT + 10 for text in made.texts)
