"""Encoded words (RFC 2047) and their placement."""

import unicodedata

import pytest

from jmapd.formats.message.encoded_words import decode, decode_anywhere

pytestmark = pytest.mark.rfc("8621", "4.1.2.2")


@pytest.mark.parametrize(
    ("coded", "text"),
    [
        ("plain", "plain"),
        ("=?iso-8859-1?Q?caf=E9?=", "café"),
        ("=?ISO-8859-1?q?a_b=20c?=", "a b c"),
        ("=?utf-8?B?w6Q=?= x", "ä x"),
        ("a =?utf-8?q?b?= c", "a b c"),
        # RFC 2047 8: white space between encoded words goes, all else stays
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=  \t =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a_?= =?utf-8?q?b?=", "a b"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?iso-8859-1?q?a?= =?utf-8?q?b?=", "ab"),
        # RFC 2231 5
        ("=?us-ascii*en?q?keith?=", "keith"),
        # a character split between two words
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),
        ("=?utf-8?B?w6TD?= =?utf-8?B?pA==?=", "ää"),
        # padding left off, "=" that starts no escape
        ("=?utf-8?B?YWI?=", "ab"),
        ("=?utf-8?q?a=b=ZZ?=", "a=b=ZZ"),
        ("=?utf-8?q?a==41?=", "a=A"),
        # a stateful charset begins anew in each word
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=", "日本語"),
    ],
)
def test_decoded(coded: str, text: str) -> None:
    assert decode(coded) == text


@pytest.mark.parametrize(
    "text",
    [
        "=?no-such-charset?q?abc?=",
        "x=?utf-8?q?a?=",
        "=?utf-8?q?a?=x",
        "(=?utf-8?q?a?=)",
        "=?utf-8?q?a?==?utf-8?q?b?=",
        "=?utf-8?q?a b?=",
        "=?utf-8?x?a?=",
        "=?utf-8?q?a",
        "=??q?a?=",
    ],
)
def test_wrong_place_or_syntax_is_not_decoded(text: str) -> None:
    assert decode(text) == text


def test_unknown_charset_between_known_ones_keeps_its_spaces() -> None:
    assert decode("=?utf-8?q?a?= =?klingon?q?b?= =?utf-8?q?c?=") == "a =?klingon?q?b?= c"


def test_encoded_controls_are_dropped() -> None:
    assert decode("=?utf-8?q?a=00b=0D=0Ac=7F=C2=85?=") == "abc"


def test_malformed_octets_become_replacement_characters() -> None:
    assert decode("=?utf-8?q?a=FFb?=") == "a\ufffdb"


def test_normalization_form_c() -> None:
    assert decode("=?utf-8?q?e=CC=81?=") == "é"
    assert decode("e\u0301") == "é"
    words = "e\u0301 " * 2000
    assert decode(words) == unicodedata.normalize("NFC", words)


def test_anywhere_for_file_names() -> None:
    assert decode_anywhere("a=?utf-8?q?=C3=A4?=b") == "aäb"
    assert decode_anywhere("=?utf-8?q?a b?=.txt") == "a b.txt"
    assert decode_anywhere("=?utf-8?q?a?= =?utf-8?q?b?==?utf-8?q?c?= .txt") == "abc .txt"


def test_a_megabyte_of_encoded_words() -> None:
    assert decode("=?utf-8?q?=C3=A4?= " * 52_000) == "ä" * 52_000 + " "
    assert len(decode("=?" * 500_000)) == 1_000_000
    assert len(decode("=?a?q?" * 170_000)) == 1_020_000


def test_combining_marks_in_the_worst_order() -> None:
    assert len(decode("\u0315\u0300" * 100_000)) == 200_000
