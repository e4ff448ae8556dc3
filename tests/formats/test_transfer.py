"""Content-Transfer-Encoding."""

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.transfer import (
    base64_size,
    decode,
    decode_base64,
    decode_quoted_printable,
    encoding_of,
    is_known,
)

pytestmark = pytest.mark.rfc("2045", "6")


@pytest.mark.parametrize(
    ("value", "encoding", "known"),
    [
        (None, "", True),
        (b" 7bit", "7bit", True),
        (b" Base64 ", "base64", True),
        (b" (really) quoted-printable (yes)", "quoted-printable", True),
        (b' "base64"', "base64", True),
        (b" base64;", "base64", True),
        (b" x-uuencode", "x-uuencode", False),
        (b"", "", True),
    ],
)
def test_names(value: bytes | None, encoding: str, known: bool) -> None:
    assert encoding_of(value) == encoding
    assert is_known(encoding) == known


@pytest.mark.parametrize(
    ("coded", "plain"),
    [
        (b"YWJj", b"abc"),
        (b"YW\r\nJj\n", b"abc"),
        (b"YWI", b"ab"),
        (b"YWJjZ", b"abc"),
        (b"Y*W!Jj", b"abc"),
        (b"YWI=\njunk after the end", b"ab"),
        (b"", b""),
        (b"=", b""),
        (b"\xff\xfe", b""),
    ],
)
def test_base64(coded: bytes, plain: bytes) -> None:
    assert decode_base64(coded) == plain


@pytest.mark.parametrize(
    ("coded", "plain"),
    [
        (b"a=3Db", b"a=b"),
        (b"a=3db", b"a=b"),
        (b"a=\r\nb=\nc", b"abc"),
        (b"a= \t\nb", b"ab"),
        (b"a \t\nb  \r\nc ", b"a\nb\r\nc"),
        (b"a=20\nb", b"a \nb"),
        (b"a=ZZ=4", b"a=ZZ=4"),
        (b"a==3D==", b"a===="[:4]),
        (b"a=\rb\nc", b"ab\nc"),
        (b"a_b", b"a_b"),
        (b"\xe4", b"\xe4"),
    ],
)
def test_quoted_printable(coded: bytes, plain: bytes) -> None:
    assert decode_quoted_printable(coded) == plain


@pytest.mark.rfc("8621", "4.1.4")
def test_unknown_is_as_none() -> None:
    assert decode(b"begin 644 x\n", "x-uuencode") == b"begin 644 x\n"


@given(st.binary())
def test_what_was_encoded_comes_back(data: bytes) -> None:
    assert decode_base64(binascii.b2a_base64(data)) == data
    assert decode_quoted_printable(binascii.b2a_qp(data, istext=False)) == data


@given(st.lists(st.sampled_from([b"QUJD", b"Q", b"=", b"\n", b"\r\n", b" ", b"-"])).map(b"".join))
def test_size_is_that_of_the_decoded(data: bytes) -> None:
    assert base64_size(data) == len(decode_base64(data))


def test_hostile_runs_finish() -> None:
    for piece in (b" ", b"=", b"= ", b" \t\n", b"=\r", b"=3"):
        decode_quoted_printable(piece * 300_000 + b"x\n \n")
        decode_base64(piece * 300_000)
