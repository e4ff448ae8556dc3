"""What of a message is sent: no Bcc, whatever the header looks like, and all else as it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.outgoing import outgoing
from jmapd.formats.message.wire_form import wire_form

pytestmark = pytest.mark.rfc("8621", "7.5")
BODY = b"\r\nBcc: in the text\r\n"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"From: a@b\r\nBcc: c@d\r\nTo: e@f\r\n", b"From: a@b\r\nTo: e@f\r\n"),
        (b"BCC : c@d\r\nTo: e@f\r\n", b"To: e@f\r\n"),
        (b"Bcc: c@d,\r\n e@f,\r\n\tg@h\r\nTo: i@j\r\n", b"To: i@j\r\n"),
        (b"Bcc:\r\n c@d\r\nBcc: e@f\r\nTo: i@j\r\nbcc: k@l\r\n", b"To: i@j\r\n"),
        (b"To: e@f\r\nSubject: x\r\n Bcc: no field\r\n", b"To: e@f\r\nSubject: x\r\n Bcc: no field\r\n"),
        (b"X-Bcc: a\r\nBccx: b\r\n", b"X-Bcc: a\r\nBccx: b\r\n"),
        (b"Resent-Bcc: a@b\r\nResent-To: c@d\r\n", b"Resent-To: c@d\r\n"),
        (b"Return-Path: <a@b>\r\nTo: c@d\r\n", b"To: c@d\r\n"),
        (b"no field\r\nBcc: c@d\r\nTo: e@f\r\n", b"no field\r\nTo: e@f\r\n"),
        (b"To: e@f\rBcc: c@d\r\n", b"To: e@f\r\n"),
        (b"", b""),
    ],
)
def test_header(header: bytes, expected: bytes) -> None:
    assert outgoing(header + BODY) == expected + BODY


def test_a_message_that_is_header_only() -> None:
    assert outgoing(b"To: e@f\r\nBcc: c@d") == b"To: e@f\r\n"
    assert outgoing(b"Bcc: c@d\r\n c@e") == b"\r\n"


def test_lines_that_are_put_in() -> None:
    assert outgoing(b"To: e@f\r\n\r\nText", b"Date: x\r\n") == b"Date: x\r\nTo: e@f\r\n\r\nText\r\n"


@given(st.binary(), st.binary())
def test_any_octets(header: bytes, body: bytes) -> None:
    """No field of that name stays where a reader may look for fields; every line ends with CRLF."""
    out = outgoing(wire_form(header + b"\nBcc: eve@example.net\n more\n\n" + body))
    assert re.search(rb"\r(?!\n)|(?<!\r)\n", out) is None and out.endswith(b"\r\n")
    head = b"" if out.startswith(b"\r\n") else out.partition(b"\r\n\r\n")[0]
    assert re.search(rb"(?mi)^bcc[ \t]*:", head) is None
