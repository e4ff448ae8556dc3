"""What octets look like (RFC 9610 3.5: a photo must be a recognised image type)."""

import pytest

from jmapd.formats.media_type import media_type

pytestmark = pytest.mark.rfc("9610", "3.5")


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe1....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"BM......", "image/bmp"),
        (b"\x00\x00\x00\x1cftypavif", "image/avif"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg">', "image/svg+xml"),
        (b"<svg>", "image/svg+xml"),
        (b"OggS....", "audio/ogg"),
        (b"ID3\x03....", "audio/mpeg"),
        (b"XXXX\x00\x00\x00\x00WEBP", None),
        (b"<html><svg>", None),
        (b"<svgx>", None),
        (b"%PDF-1.4", None),
        (b"\x89PN", None),
        (b"", None),
    ],
)
def test_types(octets: bytes, found: str | None) -> None:
    assert media_type(octets) == found
