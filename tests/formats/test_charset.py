"""Charsets of the real world."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.charset import codec_of, decode, decode_known

pytestmark = pytest.mark.rfc("8621", "4.1.4")


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("utf-8", "größe ☕"), ("UTF8", "größe"), ("iso-8859-1", "größe"), ("ISO8859-15", "1 €"), ("latin1", "größe"),
        ("windows-1252", "“x”"), ("cp-850", "größe"), ("koi8-r", "привет"), ("x-sjis", "日本"), ("shift_jis", "①"),
        ("iso-2022-jp", "日本語"), ("euc-jp", "日本"), ("gb2312", "中國"), ("gbk", "中国"),
        ("hz-gb-2312", "中国"), ("big5", "中國"),
        ("ks_c_5601-1987", "한국"),
        ("euc-kr", "똠방"), ("tis-620", "ไทย"), ("iso-8859-8-i", "שלום"), ("utf-16le", "aä"),
        ("unicode-1-1-utf-7", "aä"), ("x-mac-roman", "é"), ("ibm850", "é"), ("'utf-8'", "ä"), ("x-windows-1251", "я"),
    ],
)  # fmt: skip
def test_labels(label: str, text: str) -> None:
    codec = codec_of(label)
    assert codec is not None
    assert decode(text.encode(codec), label) == (text, False)


@pytest.mark.parametrize(
    "label",
    [
        "klingon",
        "",
        "rot13",
        "hex",
        "punycode",
        "idna",
        "unicode_escape",
        "raw-unicode-escape",
        "zlib",
        "mbcs",
        "x" * 9999,
    ],
)
def test_labels_that_name_no_charset(label: str) -> None:
    assert codec_of(label) is None


@pytest.mark.parametrize(
    ("data", "label", "text", "problem"),
    [
        (b"plain", None, "plain", False),
        ("größe".encode(), None, "größe", False),
        ("größe".encode(), "us-ascii", "größe", False),
        (b"\xef\xbb\xbfx", "utf-8", "x", False),
        (b"a\xffb", "utf-8", "a\ufffdb", True),
        ("größe".encode(), "klingon", "größe", True),
        (b"\x93x\x94", "iso-8859-1", "“x”", False),
        (b"\xff\xfea\x00", "utf-16", "a", False),
        (b"a\x00b\x00", "utf-16", "ab", False),
        (b"\x00a\x00b", "utf-16", "ab", False),
        (b"+2AA-", "utf-7", "\ufffd", False),
        (b"\x1b$BF|K\x5c\x1b(B", None, "日本", False),
        (b"\x81", "iso-8859-1", "\ufffd", True),
    ],
)
def test_decode(data: bytes, label: str | None, text: str, problem: bool) -> None:
    assert decode(data, label) == (text, problem)


def test_undeclared_text_is_guessed() -> None:
    russian = "Съешь же ещё этих мягких французских булок, да выпей чаю. Это просто проверка. " * 4
    assert decode(russian.encode("koi8-r"), None) == (russian, True)
    assert decode(russian.encode("cp1251"), "us-ascii") == (russian, True)
    german = "Die Größe der Bücher überrascht die Mädchen, schöne Grüße. " * 4
    assert decode(german.encode("latin-1"), None) == (german, True)


def test_encoded_words() -> None:
    assert decode_known(b"\xe4", "iso-8859-1") == "ä"
    assert decode_known(b"\xe4", "utf-8") == "\ufffd"
    assert decode_known(b"\xe4", "klingon") is None
    assert decode_known("ä".encode(), "us-ascii") == "ä"


@given(
    st.binary(max_size=64),
    st.sampled_from([None, "utf-8", "utf-7", "utf-16", "iso-2022-jp", "gb18030", "hz", "x", "big5"]),
)
def test_any_octets_give_text_that_can_be_sent(data: bytes, label: str | None) -> None:
    decode(data, label)[0].encode()
