"""What a part's header says (EmailBodyPart)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.structure import Part, parse

pytestmark = pytest.mark.rfc("8621", "4.1.4")


def part(*fields: str) -> Part:
    return parse("\n".join(fields).encode() + b"\n\nx")


@pytest.mark.parametrize(
    ("fields", "charset"),
    [
        ((), "us-ascii"),
        (("Content-Type: text/plain",), "us-ascii"),
        (("Content-Type: text/html; charset=UTF-8",), "UTF-8"),
        (("Content-Type: application/pdf",), None),
        (("Content-Type: application/xml; charset=utf-8",), "utf-8"),
    ],
)
def test_charset(fields: tuple[str, ...], charset: str | None) -> None:
    assert part(*fields).charset == charset


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ((), None),
        (("Content-Type: a/b; name=x",), "x"),
        (("Content-Type: a/b; name=x", "Content-Disposition: attachment; filename=y"), "y"),
        (("Content-Type: a/b; name=x", "Content-Disposition: attachment"), "x"),
        (("Content-Disposition: inline; filename*=utf-8''%C3%A4.txt",), "ä.txt"),
        (('Content-Type: a/b; name="=?utf-8?q?=C3=A4?="',), "ä"),
        (("Content-Disposition: attachment; filename=a b.txt",), "a b.txt"),
    ],
)
def test_name(fields: tuple[str, ...], name: str | None) -> None:
    assert part(*fields).name == name


def test_the_other_properties() -> None:
    full = part(
        "Content-Disposition: (c) INLINE; filename=x",
        "Content-Id: (c) <a@b.example>",
        "Content-Language: en, de-AT (c)",
        "Content-Location: https://example.org/\n a",
        "Content-Transfer-Encoding: Base64",
    )
    assert full.disposition == "inline"
    assert full.cid == "a@b.example"
    assert full.language == ["en", "de-AT"]
    assert full.location == "https://example.org/a"
    assert full.encoding == "base64"
    empty = part("A: b")
    assert (empty.disposition, empty.cid, empty.language, empty.location) == (None, None, None, None)
    assert part("Content-Id: bare@b.example").cid == "bare@b.example"


@pytest.mark.rfc("2045", "6.4")
def test_a_multipart_has_no_encoding() -> None:
    root = part("Content-Type: multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64")
    assert root.encoding == ""
    assert root.children[0].stored() == b"x"


@given(st.lists(st.sampled_from([b"a", b" ", b"\t", b"=", b"\n", b"\r\n", b"\r", b"=\n", b"=3D", b"=0A"])))
def test_size_is_that_of_the_download(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    for encoding in (b"quoted-printable", b"8bit", b"base64"):
        part = parse(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body)
        assert part.size == len(part.decoded())
