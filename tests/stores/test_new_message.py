"""A new message's form on disk, and what is known of it before it is there."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.wire_form import wire_form
from jmapd.stores.new_message import new_message

pytestmark = [pytest.mark.rfc("8621", "4.1.1"), pytest.mark.rfc("8621", "4.8")]


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        (b"A: b\r\n\r\nc\r\n", b"A: b\n\nc\n"),
        (b"A: b\n\nc\n", b"A: b\n\nc\n"),
        (b"A: b\r\n\r\nc\n", b"A: b\r\n\r\nc\n"),
        (b"A: b\r\n\r\nc\r\r\n", b"A: b\r\n\r\nc\r\r\n"),
        (b"A: b\r\n\r\nc\rd\r\n", b"A: b\n\nc\rd\n"),
        (b"A: b\r\n\r\n\0\xff\r\n", b"A: b\n\n\0\xff\n"),
        (b"", b""),
    ],
)
def test_line_ends(data: bytes, stored: bytes) -> None:
    assert new_message(data).raw == stored
    assert new_message(data, "crlf").raw == data
    assert new_message(data).id == new_message(data, "crlf").id


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"A: b", b"\0"])).map(b"".join))
def test_nothing_but_line_ends_differs(data: bytes) -> None:
    message, wire = new_message(data), wire_form(data)
    assert wire_form(message.raw) == wire
    assert message.size == len(wire)
    assert message.blob_id == "G" + hashlib.sha256(wire).hexdigest()
    assert message.id == "M" + message.blob_id[1:25]
