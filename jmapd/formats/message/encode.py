"""Content of a body part as it is sent: charset and Content-Transfer-Encoding chosen (RFC 2045 6, RFC 2046 4.1).

Text takes the most readable encoding that keeps lines short; other content keeps each of its octets.
"""

import re
from binascii import b2a_base64, b2a_qp

from jmapd.formats.message.wire_form import wire_form

LINE = 76  # RFC 2045 6.7, 6.8
GOOD_LINE, LONGEST_LINE = 78, 998  # octets without the CRLF: RFC 5322 2.1.1

_CONTROLS = bytes({*range(32), 127} - {*b"\t\r\n"})
_ESCAPED = bytes({*_CONTROLS, *b"=", *range(128, 256)})
_ESCAPED_END = re.compile(rb"(?m)^([^\n]{74,75})(=20|=09)$")

Encoded = tuple[str, bytes]  # Content-Transfer-Encoding, body


def text_octets(text: str) -> tuple[str, bytes]:
    """Charset and octets of a text: UTF-8 where it must be, line ends CRLF (RFC 2046 4.1.1)."""
    octets = text.encode()
    # A text with shifts of ISO 2022 in it is read as that, unless it says what it is
    charset = "us-ascii" if len(octets) == len(text) and "\x1b" not in text else "utf-8"
    return charset, wire_form(octets)


def encode_text(octets: bytes) -> Encoded:
    """Of a text with CRLF line ends; exact, so a text with other line ends is base64."""
    if _has_bare(octets):
        return "base64", base64_lines(octets)
    if _is_plain(octets):
        return "7bit", octets
    escaped = len(octets) - len(octets.translate(None, _ESCAPED))
    if escaped * 6 > len(octets):  # quoted-printable would be longer, and no easier to read
        return "base64", base64_lines(octets)
    return "quoted-printable", quoted_printable(octets)


def encode_binary(octets: bytes) -> Encoded:
    """Of what is no text, though it may look like it, as a signature of OpenPGP."""
    if _is_plain(octets) and not _has_bare(octets):
        return "7bit", octets
    return "base64", base64_lines(octets)


def _is_plain(octets: bytes) -> bool:
    return octets.isascii() and len(octets.translate(None, _CONTROLS)) == len(octets) and _longest(octets) <= GOOD_LINE


def _has_bare(octets: bytes) -> bool:
    """Whether there is a CR or LF that is no part of a CRLF."""
    return not octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")


def _longest(octets: bytes) -> int:
    return max(map(len, octets.split(b"\r\n")))


def encode_message(octets: bytes) -> Encoded:
    """Of a message/rfc822, which takes no encoding but 7bit, 8bit and binary (RFC 2046 5.2.1); it gets wire form."""
    octets = wire_form(octets)
    if b"\0" in octets or _has_bare(octets) or _longest(octets) > LONGEST_LINE:
        return "binary", octets
    return ("7bit" if octets.isascii() else "8bit"), octets


def base64_lines(octets: bytes) -> bytes:
    """RFC 2045 6.8, each line with its CRLF."""
    whole = b2a_base64(octets, newline=False)
    lines = [whole[start : start + LINE] for start in range(0, len(whole), LINE)]
    return b"\r\n".join((*lines, b"")) if lines else b""


def quoted_printable(octets: bytes) -> bytes:
    """RFC 2045 6.7, of a text with CRLF line ends."""
    encoded = b2a_qp(octets.replace(b"\r\n", b"\n"), istext=True)
    # binascii lets a line grow to 78 where white space at its end is escaped
    return _ESCAPED_END.sub(rb"\1=\n\2", encoded).replace(b"\n", b"\r\n")


def charset_of(octets: bytes) -> str | None:
    """The charset that a text shows by itself; None when it must be told."""
    if b"\x1b" in octets:  # ISO 2022, perhaps
        return None
    if octets.isascii():
        return "us-ascii"
    try:
        octets.decode()
    except UnicodeDecodeError:
        return None
    return "utf-8"
