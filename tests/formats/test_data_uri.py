"""The "data:" URL scheme (RFC 2397)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.data_uri import is_data_uri, make, parse

pytestmark = pytest.mark.rfc("2397", "3")


@pytest.mark.parametrize(
    ("uri", "media_type", "octets"),
    [
        ("data:,A%20brief%20note", "", b"A brief note"),
        ("data:image/gif;base64,R0lGODdh", "image/gif", b"GIF87a"),
        ("DATA:Image/GIF;BASE64,R0lGODdh", "image/gif", b"GIF87a"),
        ("data:text/plain;charset=iso-8859-7,%be%fg", "text/plain", b"\xbe%fg"),
        ("data:text/plain;charset=utf-8;base64,YQ==", "text/plain", b"a"),
        ("data:;base64,YQ", "", b"a"),
        ("data:;base64,YQ\r\n ==", "", b"a"),
        ("data:;base64,YQ%3D%3D", "", b"a"),
        ("data:;base64,_-8=", "", b"\xff\xef"),
        ("data:a/b,base64,x", "a/b", b"base64,x"),
        ("data:,", "", b""),
    ],
)
def test_what_is_read(uri: str, media_type: str, octets: bytes) -> None:
    assert is_data_uri(uri)
    assert parse(uri) == (media_type, octets)


@pytest.mark.parametrize("uri", ["", "data:", "data:image/png;base64", "http:,x", "data:;base64,a", "data:,é"])
def test_what_is_none(uri: str) -> None:
    assert parse(uri) is None


def test_other_values_are_none() -> None:
    assert not any(is_data_uri(value) for value in (None, 1, {}, "", "http://example.org/data:,"))


@given(st.binary())
def test_what_is_made_is_read(octets: bytes) -> None:
    assert parse(make("image/png", octets)) == ("image/png", octets)


@given(st.text())
def test_anything_is_read_or_not(text: str) -> None:
    parse("data:" + text)
    parse("data:;base64," + text)


def test_large_ones_take_linear_time() -> None:
    octets = bytes(4 << 20)
    assert parse(f"data:image/png;base64,{base64.b64encode(octets).decode()}") == ("image/png", octets)
    assert parse("data:" + ";" * 2_000_000) is None
    assert parse("data:;base64," + "!" * 2_000_000) == ("", b"")
