"""No octets make the parser raise, and all it gives can be sent as JSON."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jmapd.formats.message.header_forms import FORMS
from jmapd.formats.message.structure import locate, parse
from jmapd.formats.message.summary import summarise
from tests.formats.describe import email

pytestmark = pytest.mark.rfc("8621", "4.1")

PIECES = [
    *(bytes((octet,)) for octet in b'\n\r \t:;,<>()"\\@=[]\0\xff'),
    *b"\r\n|?=|=?utf-8?q?|=?iso-2022-jp?b?|Subject|From|To|Date|Content-Type|Content-Id|Content-Disposition".split(
        b"|"
    ),
    *b"Content-Transfer-Encoding|Message-ID|List-Id|multipart/mixed|multipart/digest|multipart/alternative".split(b"|"),
    *b"text/html|text/plain|message/rfc822|boundary=b|charset=utf-7|filename*0*=utf-8''%e4|base64|YWJj|=E4".split(b"|"),
    *b"quoted-printable|<p>|&auml;|1 Jul 2003 10:52:37 +0200|x-uuencode|name=x|+2AA-|a.b|\x1b$B|\xc3\xa4".split(b"|"),
    *b"\n\n|\n--b\n|\n--b--\n|Content-Type: multipart/mixed; boundary=b\n\n--b\n".split(b"|"),
]
octets = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))


@settings(max_examples=400, deadline=None)
@given(octets)
def test_messages(raw: bytes) -> None:
    found = summarise(raw)
    orjson.dumps([found.record, found.texts, found.sort, found.header_names, found.thread_keys])
    orjson.dumps(email(raw))


@settings(max_examples=400, deadline=None)
@given(octets)
def test_header_values(value: bytes) -> None:
    for form in FORMS.values():
        orjson.dumps(form(value))


@settings(max_examples=200, deadline=None)
@given(octets)
def test_parts_lie_within_their_parents_and_in_order(raw: bytes) -> None:
    root = parse(raw)
    for part in root.walk():
        assert part.start <= part.body <= part.end <= len(raw)
        assert part.size == len(part.decoded())
        position = part.body
        for child in part.children:
            assert position <= child.start <= child.end <= part.end
            position = child.end
        if not part.is_multipart:
            found = locate(raw, part.number.replace(".", "_"))
            assert found is not None
            assert found.start == part.start


@settings(max_examples=200, deadline=None)
@given(octets)
def test_line_ends_do_not_change_what_a_message_is(raw: bytes) -> None:
    lines = raw.replace(b"\r", b"")
    assert summarise(lines) == summarise(lines.replace(b"\n", b"\r\n"))
