"""Search texts into terms, and terms into places of a text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.index.search_terms import MAX_TERMS, Folded, Term, fold, split, terms

pytestmark = pytest.mark.rfc("8621", "4.4.1")


def words(text: str) -> list[tuple[str, ...]]:
    return [term.words for term in terms(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alpha  beta\tgamma", [("alpha",), ("beta",), ("gamma",)]),
        ('"alpha beta" gamma', [("alpha", "beta"), ("gamma",)]),
        ("'alpha beta' gamma", [("alpha", "beta"), ("gamma",)]),
        ("'alpha \"beta' gamma", [("alpha", "beta"), ("gamma",)]),
        (r'"alpha \"beta\" \\ gamma"', [("alpha", "beta", "gamma")]),
        (r"'don\'t go'", [("don", "t", "go")]),
        ("it's O'Brien", [("it", "s"), ("o", "brien")]),
        ("'tis it's 'a phrase'", [("tis",), ("it", "s"), ("a", "phrase")]),
        ('"never closed', [("never",), ("closed",)]),
        ("alice@example.org", [("alice", "example", "org")]),
        ("same same", [("same",)]),
        ("東京タワー x", [tuple("東京タワー"), ("x",)]),
        ("iPhone版", [("iphone", "版")]),
        ("Grüße STRASSE Straße", [("grusse",), ("strasse",)]),
        ("", []),
        (" \t\n", []),
        ("!!! -- *** \"\" ''", []),
        ("alpha -- beta", [("alpha",), ("beta",)]),
    ],
)
def test_tokens_and_phrases(text: str, expected: list[tuple[str, ...]]) -> None:
    assert words(text) == expected


def test_a_star_at_the_end_makes_a_prefix() -> None:
    assert terms("bus* \"a bus\"* 'x y'* b*s") == (
        Term(("bus",), True),
        Term(("a", "bus"), True),
        Term(("x", "y"), True),
        Term(("b", "s"), False),
    )


@pytest.mark.rfc("9610", "3.3.1")
def test_open_terms_but_phrases_may_go_on() -> None:
    found = terms("""an "bo" 'cy' d*""", is_open=True)
    assert [(term.words, term.is_prefix) for term in found] == [
        (("an",), True), (("bo",), False), (("cy",), False), (("d",), True),
    ]  # fmt: skip


def test_the_number_of_terms_is_bounded() -> None:
    assert len(terms(" ".join(f"w{n}" for n in range(500)))) == MAX_TERMS


@pytest.mark.parametrize(
    ("query", "text", "is_found"),
    [
        ("bus", "The BUS stops", True),
        ("bus", "business", False),
        ("bus", "omnibus", False),
        ("bus*", "business", True),
        ("bus*", "omnibus", False),
        ("naive", "so naïve", True),
        ("naïve", "so naive", True),
        ("café", "cafe\u0301 au lait", True),
        ("fine", "\ufb01ne", True),  # the ligature
        ("ABC", "\uff21\uff22\uff23", True),  # full width
        ("ελλάς", "ΕΛΛΑΣ", True),
        ('"stops here"', "it stops -- here", True),
        ('"stops here"', "it stops right here", False),
        ('"stops here"', "stopshere", False),
        ("東京", "昨日、東京へ行った", True),
        ("東京", "京東", False),
        ("회의", "내일 회의에서", True),
        ("คุณ", "สวัสดีคุณครับ", True),
        ("foo_bar", "foo bar", True),
        ("محمد", "مُحَمَّد", True),
    ],
)
def test_whole_words_without_regard_to_case_and_accents(query: str, text: str, is_found: bool) -> None:
    (term,) = terms(query)
    assert term.occurs(fold(text)) is is_found


def spots(text: str, query: str) -> list[str]:
    folded = Folded(text)
    return [folded.original[start:end] for start, end in folded.spans(terms(query), 100)]


def test_places_are_those_of_the_original_text() -> None:
    assert spots("Straße, große Kaffees — CAFÉ ﬁn", "strasse cafe fin") == ["Straße", "CAFÉ", "ﬁn"]
    assert spots("İstanbul ǆ\u0301 東京 x\u0301y bus", "bus 京") == ["京", "bus"]
    assert spots("cafe\u0301s cafe\u0301", "café") == ["café"]


def test_places_that_overlap_become_one() -> None:
    assert spots("one two three", '"one two" "two three"') == ["one two three"]


def test_only_the_first_places_of_a_term_are_taken() -> None:
    assert len(Folded("x " * 50).spans(terms("x"), 7)) == 7


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    split(text).encode()  # raises where half a surrogate pair is left


@given(st.text(alphabet="aéß ŋ東ｱ'\"\\*\u0301京.ﬁİ", max_size=30))
@settings(max_examples=300)
def test_a_word_of_a_text_is_found_at_its_place(text: str) -> None:
    folded = Folded(text)
    for start, end in folded.spans(terms(text), 100):
        assert 0 <= start < end <= len(folded.original)
