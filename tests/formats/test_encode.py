"""Charset and transfer encoding of what is sent (RFC 2045 6, RFC 2046 4.1.1, 5.2.1)."""

import quopri
from base64 import b64decode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.message import encode, transfer
from jmapd.formats.message.wire_form import wire_form

pytestmark = pytest.mark.rfc("2045", "6")

PIECES = [
    "a",
    " ",
    "\t",
    "=",
    "\n",
    ".",
    "é",
    "中",
    "\x1b$B",
    "\0",
    "From ",
    "y" * 30,
    "x" * 75,
    "x" * 76,
    "x" * 77,
    "\r\n",
]
texts = st.lists(st.sampled_from([*PIECES, "\r"]) | st.text(max_size=3), max_size=30).map("".join)
octets = st.lists(st.sampled_from([piece.encode() for piece in PIECES]) | st.binary(max_size=3), max_size=30).map(
    b"".join
)


def decoded(encoding: str, body: bytes) -> bytes:
    """As another program does it."""
    return {"7bit": bytes, "base64": b64decode, "quoted-printable": quopri.decodestring}[encoding](body)


@settings(max_examples=500)
@given(octets)
def test_text_is_exact_and_short(data: bytes) -> None:
    for encoding, body in (encode.encode_text(data), encode.encode_binary(data)):
        assert decoded(encoding, body) == data == transfer.decode(body, encoding)
        lines = body.split(b"\r\n")
        assert body.isascii() and max(map(len, lines)) <= (78 if encoding == "7bit" else 76)
        assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
        # nor does it depend on the line ends of the file
        on_disk = wire_form(transfer.decode(body.replace(b"\r\n", b"\n"), encoding))
        assert encoding == "base64" or on_disk == data


@settings(max_examples=500)
@given(texts)
def test_text_octets(text: str) -> None:
    charset, data = encode.text_octets(text)
    assert data.decode(charset).replace("\r\n", "\n") == text.replace("\r\n", "\n")
    assert encode.charset_of(data) == (None if "\x1b" in text else charset)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("", "7bit"),
        ("Plain text.\n", "7bit"),
        ("flowed \n-- \nspace \n", "7bit"),
        ("x" * 78 + "\n", "7bit"),
        ("x" * 79 + "\n", "quoted-printable"),
        ("x" * 79, "quoted-printable"),
        ("Ein Text mit wenigen Umlauten, nämlich mit dreien, schön.\n", "quoted-printable"),
        ("Текст", "base64"),
        ("bell\x07 in a text that is long enough\n", "quoted-printable"),
        ("bare\rCR\n", "base64"),
    ],
)
def test_the_most_readable(text: str, encoding: str) -> None:
    _, data = encode.text_octets(text)
    assert encode.encode_text(data)[0] == encoding


def test_charset() -> None:
    assert encode.text_octets("a")[0] == "us-ascii" and encode.text_octets("ä")[0] == "utf-8"
    assert encode.text_octets("\x1b$B")[0] == "utf-8"  # else it would be read as ISO-2022-JP
    assert encode.charset_of(b"\xe4") is None


@pytest.mark.rfc("2046", "5.2.1")
@settings(max_examples=300)
@given(octets)
def test_message_has_no_encoding(data: bytes) -> None:
    encoding, body = encode.encode_message(data)
    assert body == wire_form(data) and encoding in ("7bit", "8bit", "binary")
    if encoding != "binary":
        assert b"\0" not in body and max(map(len, body.split(b"\r\n"))) <= 998
        assert encoding == "8bit" or body.isascii()


@given(st.binary(max_size=300))
def test_base64_lines(data: bytes) -> None:
    body = encode.base64_lines(data)
    assert b64decode(body) == data and body.count(b"\r\n") == -(-len(data) // 57)
    assert body == b"" or body.endswith(b"\r\n")
