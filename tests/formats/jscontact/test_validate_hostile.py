"""Any JSON is looked at without harm: nothing is raised, and what is answered stays small."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.jscontact.schema import TYPES
from jmapd.formats.jscontact.texts import sort_keys, texts
from jmapd.formats.jscontact.validate import normalised, problems
from jmapd.formats.object_types.checks import LONGEST_NAME, MOST_PROBLEMS

pytestmark = pytest.mark.rfc("9553", "4.1")
NAMES = sorted({name for rows in TYPES.values() for name in rows})
KEYS = st.sampled_from([*NAMES, "Emails", "a/b", "0", "example.com:x"]) | st.text(max_size=3)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["given", "separator", "utc"])
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
CARDS = st.dictionaries(st.sampled_from(sorted(TYPES["Card"])) | KEYS, JSON, max_size=4)


@given(CARDS, CARDS)
def test_any_json(card: dict[str, Any], old: dict[str, Any]) -> None:
    for strict in (False, True):
        assert all(isinstance(where, str) and why for where, why in problems(card, strict=strict))
        problems(card, old, strict=strict)
    kept = normalised(card, old)
    assert normalised(kept) | {"uid": kept["uid"]} == normalised(kept, kept) or old
    assert all(isinstance(text, str) for found in texts(card).values() for text in found)
    assert all(isinstance(text, str) for text in sort_keys(card).values())


@given(CARDS)
def test_normalised_twice_is_normalised_once(card: dict[str, Any]) -> None:
    once = normalised(card)
    assert normalised(once) == once


@pytest.mark.parametrize(
    "properties",
    [
        {"Emails" * 100_000: {}},
        {"emails": {"e" * 1_000_000: dict.fromkeys(map(str, range(200)))}},
        {"name": {"components": [{"kind": "x y"}] * 100_000}},
        {"localizations": {"de": {"/".join("a" * 1_000_000): 1, "/".join("a" * 999_999): 2}}},
        {"localizations": {"de": {"/".join("a" * length): 1 for length in range(2000)}}},
        {"a-" * 100_000 + ":": 1, "a." * 100_000 + "b": 1},
        {"language": "a-" * 100_000, "created": "1" * 100_000, "kind": "a-" * 100_000},
        {"addresses": {"a": {"coordinates": "geo:1,1" + ";a" * 100_000 + " ", "timeZone": "a/" * 100_000}}},
        {"cryptoKeys": {"k": {"uri": "x:y", "mediaType": "a/b" + " " * 100_000 + "\0"}}},
    ],
    ids=lambda properties: next(iter(properties))[:20],
)
def test_large_and_wrong(properties: dict[str, Any]) -> None:
    for strict in (False, True):
        found = problems({"@type": "Card", "version": "2.0", **properties}, strict=strict)
        assert 0 < len(found) <= MOST_PROBLEMS
        assert all(len(where) + len(why) < 8 * LONGEST_NAME for where, why in found)
    texts(normalised(properties))


def test_large_values() -> None:
    card = {
        "@type": "Card",
        "version": "2.0",
        "media": {"m": {"kind": "photo", "uri": "data:image/png;base64," + "A" * 20_000_000}},
        "emails": {f"e{number}": {"address": f"{number}@example.org"} for number in range(100_000)},
    }
    assert problems(card) == []
    assert len(texts(card)["text"]) == 100_000


def test_depth_of_what_is_unknown() -> None:
    value: Any = {}
    for _ in range(100_000):
        value = {"a": value}
    assert problems({"@type": "Card", "version": "2.0", "example.com:x": value}) == []
    assert texts({"localizations": value}) == texts({})
