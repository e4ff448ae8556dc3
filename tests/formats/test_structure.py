"""The part tree of well-formed and of broken messages."""

import pytest

from jmapd.formats.message.structure import Part, find, locate, parse

pytestmark = pytest.mark.rfc("2046", "5.1")


def outline(part: Part) -> object:
    """Type and number of each part, with its content, or its children."""
    if part.is_multipart:
        return (part.type, [outline(child) for child in part.children])
    return (part.number, part.type, part.stored())


def message(*lines: str) -> bytes:
    return "\n".join(lines).encode()


MIXED = ("Content-Type: multipart/mixed; boundary=b", "")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends(end: bytes) -> None:
    raw = message(*MIXED, "preamble", "--b", "", "one", "--b", "Content-Type: text/html", "", "two", "", "--b--", "end")
    root = parse(raw.replace(b"\n", end))
    one, two = root.children
    assert (one.stored(), one.number, one.type) == (b"one", "1", "text/plain")
    assert (two.stored().rstrip(b"\r\n"), two.number, two.type) == (b"two", "2", "text/html")
    assert root.part_id is None and root.number == "" and one.part_id == "1"


@pytest.mark.parametrize(
    ("raw", "tree"),
    [
        (b"", ("1", "text/plain", b"")),
        (b"\n", ("1", "text/plain", b"")),
        (b"\r\n\r\nx", ("1", "text/plain", b"\r\nx")),
        (b"Subject: x", ("1", "text/plain", b"")),
        (b"Subject: x\n\nbody\n", ("1", "text/plain", b"body\n")),
        (b"no header at all\nbut text\n", ("1", "text/plain", b"no header at all\nbut text\n")),
        (b"From alice@example.org Mon Jan  1\nSubject: x\n\nbody", ("1", "text/plain", b"body")),
        (b"A: b\nno colon here\nC: d\n\nbody", ("1", "text/plain", b"body")),
        (
            b"A: b\nblank line is missing\nand text\n\nmore",
            ("1", "text/plain", b"blank line is missing\nand text\n\nmore"),
        ),
        (b"\x00\xff\xfe\n\n\x00", ("1", "text/plain", b"\x00\xff\xfe\n\n\x00")),
        (b"Content-Type: nonsense\n\nx", ("1", "text/plain", b"x")),
        (b"Content-Type: TEXT/HTML (c); a=b\n\nx", ("1", "text/html", b"x")),
        (b"Content-Type: message/rfc822\n\nSubject: y\n\nz", ("1", "message/rfc822", b"Subject: y\n\nz")),
    ],
)
@pytest.mark.rfc("5322", "2.1")
def test_single_part(raw: bytes, tree: object) -> None:
    assert outline(parse(raw)) == tree


@pytest.mark.parametrize(
    ("lines", "children"),
    [
        (("--b", "", "x", "--b--"), [("1", "text/plain", b"x")]),
        (("--b  ", "", "x", "--b-- \t"), [("1", "text/plain", b"x")]),
        # never ended
        (("--b", "", "x"), [("1", "text/plain", b"x")]),
        (("--b", "", "x", "--b"), [("1", "text/plain", b"x")]),
        # only looks like the boundary
        (("--b", "", "--bc", "x --b", "--b--x", "--b--"), [("1", "text/plain", b"--bc\nx --b\n--b--x")]),
        # no header, no blank line
        (("--b", "--b--"), [("1", "text/plain", b"")]),
        (("--b", "Content-Type: text/html", "--b--"), [("1", "text/html", b"")]),
        (("--b", "text right away", "--b--"), [("1", "text/plain", b"text right away")]),
        # the boundary never comes: the text is not lost
        (("some text",), [("1", "text/plain", b"some text")]),
        ((), []),
    ],
)
def test_multipart(lines: tuple[str, ...], children: list[object]) -> None:
    assert outline(parse(message(*MIXED, *lines))) == ("multipart/mixed", children)


@pytest.mark.parametrize("field", ["multipart/mixed", 'multipart/mixed; boundary=""', "multipart/mixed; charset=x"])
def test_no_boundary(field: str) -> None:
    raw = message(f"Content-Type: {field}", "", "--b", "", "x", "--b--")
    assert outline(parse(raw)) == ("multipart/mixed", [("1", "text/plain", b"--b\n\nx\n--b--")])


def nested(outer: str, inner: str, *lines: str) -> object:
    head = (f"Content-Type: multipart/mixed; boundary={outer}", "", f"--{outer}")
    return outline(parse(message(*head, f"Content-Type: multipart/alternative; boundary={inner}", "", *lines)))


def test_nested() -> None:
    tree = nested("b", "c", "--c", "", "x", "--c", "", "y", "--c--", "--b", "", "z", "--b--")
    inner = ("multipart/alternative", [("1.1", "text/plain", b"x"), ("1.2", "text/plain", b"y")])
    assert tree == ("multipart/mixed", [inner, ("2", "text/plain", b"z")])


@pytest.mark.parametrize(("outer", "inner"), [("b", "bb"), ("bb", "b"), ("b", "b-"), ("b", "b--x")])
def test_one_boundary_begins_like_the_other(outer: str, inner: str) -> None:
    tree = nested(outer, inner, f"--{inner}", "", "x", f"--{inner}--", f"--{outer}", "", "z", f"--{outer}--")
    inside = ("multipart/alternative", [("1.1", "text/plain", b"x")])
    assert tree == ("multipart/mixed", [inside, ("2", "text/plain", b"z")])


def test_inner_multipart_that_never_ends_does_not_swallow_the_next_part() -> None:
    tree = nested("b", "c", "--c", "", "x", "--b", "", "z", "--b--")
    assert tree == (
        "multipart/mixed",
        [("multipart/alternative", [("1.1", "text/plain", b"x")]), ("2", "text/plain", b"z")],
    )


def test_inner_multipart_with_the_boundary_of_the_outer() -> None:
    tree = nested("b", "b", "--b", "", "x", "--b--")
    assert tree == ("multipart/mixed", [("multipart/alternative", []), ("2", "text/plain", b"x")])


@pytest.mark.rfc("2046", "5.1.5")
def test_digest_parts_are_messages() -> None:
    raw = message("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: x", "", "y", "--b--")
    part = parse(raw).children[0]
    assert (part.type, part.stored()) == ("message/rfc822", b"Subject: x\n\ny")


@pytest.mark.rfc("8621", "4.1.3")
def test_header_fields() -> None:
    root = parse(b"A: 1\r\nB : 2\r\n 3\r\na:4\r\nEmpty:\r\nA\xff: no\r\nZ: z\r\n\r\nbody")
    assert root.headers == [("A", b" 1"), ("B", b" 2\r\n 3"), ("a", b"4"), ("Empty", b""), ("Z", b" z")]
    assert (root.header("A"), root.header("empty"), root.header("none")) == (b"4", b"", None)
    assert (root.header_all("a"), root.header_all("none")) == ([b" 1", b"4"], [])
    assert root.header_names() == ["a", "b", "empty", "z"]
    assert root.stored() == b"body"


@pytest.mark.rfc("8621", "4.1.4")
def test_blob_addresses() -> None:
    inner = message(*MIXED, "--b", "", "x", "--b", "", "y", "--b--")
    outer = ("Content-Type: multipart/mixed; boundary=o", "", "--o", "", "a", "--o", "Content-Type: message/rfc822", "")
    raw = message(*outer, inner.decode(), "--o--")

    def content(address: str) -> bytes | None:
        part = locate(raw, address)
        return None if part is None else part.stored().replace(b"\r", b"")

    assert [content("1"), content("2"), content("2-1"), content("2-2")] == [b"a", inner, b"x", b"y"]
    assert [content(address) for address in ("3", "2-3", "1-2", "", "x", "-".join("2" * 99))] == [None] * 6
    root = parse(raw)
    assert find(root, "2") is root.children[1]
    assert find(root, "9") is None


@pytest.mark.rfc("8621", "4.1.4")
def test_content_of_a_part_is_decoded_or_in_wire_form() -> None:
    plain = parse(b"A: b\n\nx\ny\n")
    assert (plain.decoded(), plain.size) == (b"x\r\ny\r\n", 6)
    quoted = parse(b"Content-Transfer-Encoding: quoted-printable\n\nx=\ny=0A\n")
    assert (quoted.decoded(), quoted.size) == (b"xy\n\r\n", 5)
    base64 = parse(b"Content-Transfer-Encoding: BASE64\n\nYQpi\n")
    assert (base64.decoded(), base64.size) == (b"a\nb", 3)
    unknown = parse(b"Content-Transfer-Encoding: x-odd\n\nYQpi\n")
    assert (unknown.decoded(), unknown.size) == (b"YQpi\r\n", 6)
