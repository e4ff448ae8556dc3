"""Parameters of MIME header fields: RFC 2045 5.1, RFC 2231, and what mailers write."""

import pytest

from jmapd.formats.message.parameters import parse

pytestmark = pytest.mark.rfc("2231", "4")


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        (b" text/plain", "text/plain", {}),
        (b" text/plain;", "text/plain", {}),
        (b" text/plain; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b' text/plain;\n charset="utf-8";\r\n\tFormat=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b' a/b; x="q\\"\\\\;uo(t)ed" ; y=1', "a/b", {"x": 'q"\\;uo(t)ed', "y": "1"}),
        (b" (c) text/plain (c); (c) charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
        (b" text/plain charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b" a/b; name=two words.txt; x=1", "a/b", {"name": "two words.txt", "x": "1"}),
        (b' a/b; name="never ends.txt; x=1', "a/b", {"name": "never ends.txt", "x": "1"}),
        (b" a/b; flag; x = 1", "a/b", {"x": "1"}),
        (b" a/b; x=1; X=2", "a/b", {"x": "1"}),
        (b" a/b; x=", "a/b", {"x": ""}),
        (b"", "", {}),
        (b";;;", "", {}),
        # RFC 2231 3: continuations, in any order
        (b' a/b; url*0="ftp://"; url*1="example.org/x"', "a/b", {"url": "ftp://example.org/x"}),
        (b' a/b; name*1="b"; name*0="a"; name*2*=%e2%98%95', "a/b", {"name": "ab\u2615"}),
        # RFC 2231 4: charset and language
        (b" a/b; name*=iso-8859-1'de'%e4%20b", "a/b", {"name": "ä b"}),
        (b" a/b; name*0*=utf-8''%e2%98; name*1*=%95%20; name*2=%41", "a/b", {"name": "\u2615 %41"}),
        (b" a/b; name=plain; name*=utf-8''better", "a/b", {"name": "better"}),
        (b" a/b; name*=unknown'x'%e4b", "a/b", {"name": "äb"}),
        (b" a/b; name*=no-quotes%20here", "a/b", {"name": "no-quotes here"}),
        # not allowed, and common
        (b' a/b; name="=?utf-8?q?=C3=A4?= =?utf-8?q?b?="', "a/b", {"name": "äb"}),
        (b" a/b; name==?utf-8?b?w6Q=?=", "a/b", {"name": "ä"}),
        (b' a/b; name="\xc3\xa4"', "a/b", {"name": "ä"}),
        (b' a/b; name="\xe4"', "a/b", {"name": "\ufffd"}),
    ],
)
def test_parameters(value: bytes, main: str, parameters: dict[str, str]) -> None:
    assert parse(value) == (main, parameters)


def test_hostile_values_finish() -> None:
    for piece in (b";", b"a=;", b'"', b"(", b"\\", b"a*0=x;", b"x*=utf-8''%e4;", b" a", b"'"):
        parse(b"a/b;" + piece * (500_000 // len(piece)))
