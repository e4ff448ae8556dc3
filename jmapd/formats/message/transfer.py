"""Content-Transfer-Encoding (RFC 2045 6): decoding that never fails."""

import binascii
import re

from jmapd.formats.message.cfws import strip_comments

IDENTITY = frozenset(("", "7bit", "8bit", "binary", "7-bit", "8-bit"))
_MISSPELT = {"quoted_printable": "quoted-printable", "quotedprintable": "quoted-printable", "base-64": "base64"}
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TOKEN = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_-]*")
_TRAILING_SPACE = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_LONE_EQUALS = re.compile(rb"=(?==)")
_BARE_CR = re.compile(rb"=\r(?!\n)")


def encoding_of(value: bytes | None) -> str:
    """The encoding's name in lower case; "" when the header field is absent or holds no token."""
    if value is None:
        return ""
    if b"(" in value:
        value = strip_comments(value.decode("latin-1")).encode("latin-1")
    found = _TOKEN.search(value)
    name = found[0].decode("ascii").lower() if found else ""
    return _MISSPELT.get(name, name)


def is_known(encoding: str) -> bool:
    """True for the encodings of RFC 2045 6.1."""
    return encoding in IDENTITY or encoding in ("base64", "quoted-printable")


def decode(data: bytes, encoding: str) -> bytes:
    """RFC 8621 4.1.4: an unknown encoding is treated as none."""
    if encoding == "base64":
        return decode_base64(data)
    if encoding == "quoted-printable":
        return decode_quoted_printable(data)
    return data


def decode_base64(data: bytes) -> bytes:
    """RFC 2045 6.8: other characters are ignored, "=" ends the data; a cut group gives the octets it has."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    clean = _NOT_BASE64.sub(b"", data)
    pad = clean.find(b"=")
    if pad >= 0:
        clean = clean[:pad]
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def base64_size(data: bytes) -> int:
    """Length of what decode_base64 gives, counted where nothing odd is in the data (which is five times as fast)."""
    others = data.translate(None, _BASE64)
    pad = others.translate(None, b"\r\n")
    if pad in (b"", b"=", b"==") and data.rstrip(b"\r\n").endswith(pad):
        return (len(data) - len(others)) * 3 // 4
    return len(decode_base64(data))


def decode_q(data: bytes) -> bytes:
    """The Q encoding of encoded words (RFC 2047 4.2)."""
    if b"==" in data:
        data = _LONE_EQUALS.sub(b"=3D", data)
    return binascii.a2b_qp(data, header=True)


def hard_line_ends(data: bytes) -> int | None:
    """How many LFs of quoted-printable data stay in what it says; None where that takes more than counting."""
    if b"\r" in data or _has_trailing_space(data):
        return None
    return data.count(b"\n") - data.count(b"=\n")


def _has_trailing_space(data: bytes) -> bool:
    """Looks for single octets first: that is many times as fast as for two in a row."""
    if data[-1:] in (b" ", b"\t") or b" \n" in data or (b"\t" in data and b"\t\n" in data):
        return True
    return b"\r" in data and (b" \r\n" in data or b"\t\r\n" in data)


def decode_quoted_printable(data: bytes) -> bytes:
    """RFC 2045 6.7: white space at line ends goes, "=" that starts no escape stays."""
    if _has_trailing_space(data):
        data = _TRAILING_SPACE.sub(b"", data)
    if b"==" in data:  # binascii would drop one of the two
        data = _LONE_EQUALS.sub(b"=3D", data)
    # binascii would drop all up to the next LF
    if b"\r" in data and data.count(b"=\r") != data.count(b"=\r\n"):
        data = _BARE_CR.sub(b"", data)
    return binascii.a2b_qp(data)
