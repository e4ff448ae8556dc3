"""Preview."""

import pytest

from jmapd.formats.message.preview import preview, shorten
from jmapd.formats.message.structure import parse

pytestmark = pytest.mark.rfc("8621", "4.1.4")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\n\nHello,\n\n  how are   you?\n", "Hello, how are you?"),
        (b"Content-Type: text/html\n\n<style>x</style><p>Hello,<br>you</p>", "Hello, you"),
        (b"Content-Type: application/pdf\n\nx", ""),
        (b"A: b\n\n", ""),
    ],
)
def test_of_a_message(raw: bytes, expected: str) -> None:
    assert preview(parse(raw)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Monday bob wrote:\n> old\n> text\n\nNew text\n-- \nalice\n", "New text"),
        ("> only\n> quoted\n", "> only > quoted"),
        ("-----Original Message-----\nx", "x"),
        ("see:\nthis", "see: this"),
        ("a\u200b\u200bb \u00ad c", "ab c"),
        ("a\x00\x07b", "ab"),
    ],
)
def test_what_is_left_out(text: str, expected: str) -> None:
    assert shorten(text) == expected


def test_at_most_256_characters() -> None:
    assert len(shorten("word " * 100)) <= 256
    assert shorten("ä" * 300) == "ä" * 256
