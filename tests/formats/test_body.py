"""textBody, htmlBody, attachments, hasAttachment and body values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.message.body import body_lists, body_value, has_attachment, truncate
from jmapd.formats.message.structure import parse

pytestmark = pytest.mark.rfc("8621", "4.1.4")

Tree = tuple[str, str, list["Tree"]]  # type and parameters; disposition; children


def leaf(kind: str, disposition: str = "", *more: str) -> bytes:
    lines = [f"Content-Type: {kind}", *more]
    if disposition:
        lines.append(f"Content-Disposition: {disposition}")
    return "\n".join(lines).encode() + b"\n\n"


def multi(kind: str, *parts: bytes) -> bytes:
    multi.count += 1  # type: ignore[attr-defined]
    boundary = b"x%d" % multi.count  # type: ignore[attr-defined]
    head = b"Content-Type: multipart/%s; boundary=%s\n\n" % (kind.encode(), boundary)
    return head + b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts) + b"--" + boundary + b"--\n"


multi.count = 0  # type: ignore[attr-defined]


def lists(raw: bytes) -> list[str]:
    """The three lists as part ids."""
    return [" ".join(str(part.part_id) for part in parts) for parts in body_lists(parse(raw))]


PLAIN, HTML, IMAGE, PDF = leaf("text/plain"), leaf("text/html"), leaf("image/png"), leaf("application/pdf")


def test_example_of_the_rfc() -> None:
    inner = multi(
        "mixed",
        multi(
            "alternative",
            multi("mixed", leaf("text/plain", "inline"), leaf("image/jpeg", "inline"), leaf("text/plain", "inline")),
            multi("related", HTML, leaf("image/jpeg")),
        ),
        leaf("image/jpeg", "attachment"),
        leaf("application/x-excel"),
        leaf("message/rfc822"),
    )
    raw = multi("mixed", leaf("text/plain", "inline"), inner, leaf("text/plain", "inline"))
    a, b, c, d, e, f, g, h, j, k = "1 2.1.1.1 2.1.1.2 2.1.1.3 2.1.2.1 2.1.2.2 2.2 2.3 2.4 3".split()  # noqa: SIM905
    assert lists(raw) == [" ".join((a, b, c, d, k)), " ".join((a, e, k)), " ".join((c, f, g, h, j))]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (PLAIN, ["1", "1", ""]),
        (HTML, ["1", "1", ""]),
        (IMAGE, ["1", "1", ""]),
        (PDF, ["", "", "1"]),
        (leaf("text/calendar"), ["", "", "1"]),
        (leaf("text/plain", "attachment"), ["", "", "1"]),
        (leaf("text/plain; name=x.txt"), ["1", "1", ""]),
        (multi("alternative", PLAIN, HTML), ["1", "2", ""]),
        (multi("alternative", HTML), ["1", "1", ""]),
        (multi("alternative", PLAIN), ["1", "1", ""]),
        (multi("alternative", PLAIN, HTML, leaf("text/calendar")), ["1", "2", "3"]),
        (multi("alternative", PLAIN, multi("related", HTML, IMAGE)), ["1", "2.1", "2.2"]),
        (multi("related", HTML, IMAGE), ["1", "1", "2"]),
        (multi("mixed", PLAIN, PDF), ["1", "1", "2"]),
        (multi("mixed", PLAIN, IMAGE, PLAIN), ["1 2 3", "1 2 3", ""]),
        (multi("mixed", PLAIN, leaf("text/plain; name=x.txt")), ["1", "1", "2"]),
        (multi("mixed", leaf("text/plain; name=x.txt"), PLAIN), ["1 2", "1 2", ""]),
        (multi("mixed", multi("alternative", PLAIN, HTML), PLAIN), ["1.1 2", "1.2 2", ""]),
        (multi("alternative", multi("mixed", PLAIN, IMAGE), multi("related", HTML)), ["1.1 1.2", "2.1", "1.2"]),
    ],
)
def test_lists(raw: bytes, expected: list[str]) -> None:
    assert lists(raw) == expected


INLINE_IMAGE = leaf("image/png", "", "Content-Id: <i@example.org>")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (PLAIN, False),
        (multi("mixed", PLAIN, PDF), True),
        (multi("mixed", PLAIN, leaf("application/pdf", "inline")), False),
        (multi("mixed", PLAIN, leaf("text/plain", "attachment")), True),
        (multi("mixed", PLAIN, leaf("message/rfc822")), True),
        (multi("related", HTML + b'<img src="cid:i@example.org">', INLINE_IMAGE), False),
        (multi("related", HTML + b"no image", INLINE_IMAGE), True),
        (multi("mixed", HTML + b'<img src="cid:i@example.org">', INLINE_IMAGE, PDF), True),
        (multi("signed", PLAIN, leaf("application/pgp-signature")), False),
    ],
)
def test_has_attachment(raw: bytes, expected: bool) -> None:
    assert has_attachment(parse(raw)) is expected


def value(raw: bytes, max_bytes: int = 0) -> tuple[str, bool, bool]:
    found = body_value(parse(raw), max_bytes)
    return found["value"], found["isEncodingProblem"], found["isTruncated"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\r\n\r\nx\r\ny\n", "x\ny\n"),
        (leaf("text/plain; charset=iso-8859-1") + b"\xe4", "ä"),
        (leaf("text/plain; charset=utf-8", "", "Content-Transfer-Encoding: base64") + b"w6QNCg==", "ä\n"),
        (leaf("text/plain; format=flowed") + b"a \nb\n", "a \nb\n"),
        (PLAIN + b"begin 644 x\n#86)C\n`\nend\n", "begin 644 x\n#86)C\n`\nend\n"),
        (PLAIN + b"=ybegin line=128 size=1 name=x\n", "=ybegin line=128 size=1 name=x\n"),
    ],
)
def test_values(raw: bytes, expected: str) -> None:
    assert value(raw) == (expected, False, False)


@pytest.mark.parametrize(
    "raw",
    [
        leaf("text/plain; charset=klingon") + b"a",
        leaf("text/plain; charset=utf-8") + b"\xff",
        leaf("text/plain", "", "Content-Transfer-Encoding: x-odd") + b"a",
    ],
)
def test_encoding_problems(raw: bytes) -> None:
    assert value(raw)[1] is True


@pytest.mark.rfc("8621", "4.2")
@pytest.mark.parametrize(
    ("text", "max_bytes", "is_html", "expected"),
    [
        ("abc", 3, False, "abc"),
        ("abcd", 3, False, "abc"),
        ("aää", 4, False, "aä"),
        ("a☕", 3, False, "a"),
        ("a<b>c", 3, False, "a<b"),
        ("a<b>c", 3, True, "a"),
        ("a<b>c", 4, True, "a<b>"),
        ("a<", 1, True, "a"),
        ("ab<c", 3, True, "ab"),
        ('a<b x="y>z">c', 10, True, "a"),
        ("1 < 2 and more", 8, True, "1 < 2 an"),
        ("<b>it's</b> so", 12, True, "<b>it's</b> "),
    ],
)
def test_truncation(text: str, max_bytes: int, is_html: bool, expected: str) -> None:
    assert truncate(text, max_bytes, is_html) == (expected, expected != text)


@given(st.text(alphabet="a<>\"'/ä☕ ", max_size=60), st.integers(1, 80), st.booleans())
def test_truncated_text_fits_and_is_a_beginning(text: str, max_bytes: int, is_html: bool) -> None:
    cut, is_truncated = truncate(text, max_bytes, is_html)
    assert len(cut.encode()) <= max_bytes
    assert text.startswith(cut)
    assert is_truncated == (len(text.encode()) > max_bytes)


def test_truncation_of_hostile_html_finishes() -> None:
    for piece in ("<", "<a ", '<a "', "<a '\"", "<!--", '"<a'):
        truncate(piece * 200_000, 500_000, True)


def test_value_is_cut_at_the_limit() -> None:
    assert value(PLAIN + b"abcdef", 4) == ("abcd", False, True)
    assert value(HTML + b"<p>x</p>", 5) == ("<p>x", False, True)
    assert value(PLAIN + b"abcd", 4) == ("abcd", False, False)
