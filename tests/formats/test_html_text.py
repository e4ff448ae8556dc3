"""Text of HTML for preview and search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jmapd.formats.html_text import html_text

pytestmark = pytest.mark.rfc("8621", "4.4.1")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("plain", "plain"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b<BR/>c<Div>d</DIV>", "a\nb\nc\nd"),
        ("a<b>b</b>c <i>d</i>", "abc d"),
        ("a\n  b\t c", "a b c"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<head><title>t</title><style>p{}</style></head><body>x</body>", "x"),
        ("<html><head><title>t</title><body>x", "x"),
        ("<style>p { color: red }</style>x<script>var a = '<p>';</script>y", "xy"),
        ("a<!-- b > c -->d", "ad"),
        ("a<!-- never ends", "a"),
        ("a<script>never ends", "a"),
        ("a<svg>b", "ab"),
        ("<a title=\"x > y\" href='z>'>link</a>", "link"),
        ('<p align=">text</p><p>more', "text\nmore"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("a<b", "a"),
        ("&lt;b&gt; &amp;amp; &auml;&euro;&nbsp;x", "<b> &amp; ä€ x"),
        ("&#228;&#xE4;&#Xe4 &#150; &#0;&#xD800;&#99999999;", "äää – \ufffd\ufffd\ufffd"),
        ("&unknown; &; &#; &auml", "&unknown; &; &#; ä"),
        ("<header>h</header><heading>i</heading>", "h\ni"),
    ],
)
def test_text(html: str, text: str) -> None:
    assert html_text(html) == text


def test_attributes_that_are_shown() -> None:
    html = '<p>x<img src="a" alt="A &amp; B"><img alt="A &amp; B"><a title=\'T\' class="c">y</a>'
    assert html_text(html, attributes=True) == "xy\nA & B\nT"
    assert html_text(html) == "xy"


@given(st.text(alphabet="<>!-/&#;\"'= apbrscitylehdo0x\n"))
def test_anything_gives_text(html: str) -> None:
    text = html_text(html, attributes=True)
    assert "\n\n" not in text
    assert text == text.strip()


PIECES = """< <!-- <script> <head> <head></head> <head><body> <p <p" <p'" <div>"""
MORE = """& &# &#9 &a <svg> <svg></svg> <title> alt=" </ <a"""


@pytest.mark.parametrize(
    "piece", [*PIECES.split(), *MORE.split(), "<p ", ' alt="', " ", "\n", "<a title=", "<style></style>", "<!---->"]
)
def test_hostile_html_finishes(piece: str) -> None:
    html_text(piece * (300_000 // len(piece)), attributes=True)
