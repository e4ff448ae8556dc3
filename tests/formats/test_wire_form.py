"""Wire form: CRLF for each LF that has no CR before it."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.wire_form import wire_chunks, wire_digest, wire_form, wire_size

pytestmark = pytest.mark.rfc("8621", "4.1.1")


@pytest.mark.parametrize(
    ("stored", "wire"),
    [
        (b"", b""),
        (b"a\nb", b"a\r\nb"),
        (b"a\r\nb\n", b"a\r\nb\r\n"),
        (b"a\rb\n\n", b"a\rb\r\n\r\n"),
        (b"a\r\r\n", b"a\r\r\n"),
    ],
)
def test_each_lf_gets_its_cr(stored: bytes, wire: bytes) -> None:
    assert wire_form(stored) == wire


@given(st.lists(st.sampled_from([b"\r", b"\n", b"x"])).map(b"".join))
def test_size_and_digest_are_those_of_the_wire_form(stored: bytes) -> None:
    wire = wire_form(stored)
    assert wire_form(wire) == wire
    assert wire_size(stored) == len(wire)
    assert wire_digest(stored) == hashlib.sha256(wire).hexdigest()
    assert wire.replace(b"\r\n", b"\n") == stored.replace(b"\r\n", b"\n")


@given(st.lists(st.lists(st.sampled_from([b"\r", b"\n", b"x"])).map(b"".join)))
def test_pieces_are_as_the_whole(pieces: list[bytes]) -> None:
    assert b"".join(wire_chunks(pieces)) == wire_form(b"".join(pieces))
