"""Encoded words (RFC 2047, with the language of RFC 2231 5) and Normalization Form C (RFC 8621 4.1.2.2)."""

import re
import unicodedata

from jmapd.formats.message.charset import decode_known
from jmapd.formats.message.transfer import decode_base64, decode_q

_WORD = re.compile(r"=\?([!-)+->@-~]++)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*+)\?=")
_LOOSE = re.compile(r"=\?([!-)+->@-~]++)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\r\n]*+)\?=")
_SPACE = re.compile(r"([ \t\r\n]++)")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]++")
_PIECE = 512


def nfc(text: str) -> str:
    """Normalization Form C. Long words go in pieces: ordering a run of combining marks costs its square."""
    if text.isascii():
        return text
    if len(text) <= _PIECE:
        return unicodedata.normalize("NFC", text)
    return " ".join(_nfc_word(word) for word in text.split(" "))


def _nfc_word(word: str) -> str:
    pieces = (word[i : i + _PIECE] for i in range(0, len(word), _PIECE))
    return "".join(unicodedata.normalize("NFC", piece) for piece in pieces)


def _octets(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return decode_base64(data) if encoding in "bB" else decode_q(data)


class Decoder:
    """Puts words and spaces together; the octets of adjacent encoded words of one charset are joined first.

    A character split between two words (which RFC 2047 5 forbids, but mailers do) so comes out whole.
    """

    __slots__ = ("_charset", "_octets", "_raw", "_space", "_text")

    def __init__(self) -> None:
        self._text: list[str] = []
        self._charset = ""
        self._octets: list[bytes] = []
        self._raw: list[str] = []
        self._space = ""

    def space(self, space: str) -> None:
        """White space: dropped if an encoded word stands on either side (RFC 2047 6.2)."""
        self._space += space

    def text(self, text: str) -> None:
        """A word that is no encoded word."""
        self._end_run()
        self._text += (self._space, text)
        self._space = ""

    def word(self, word: str) -> None:
        """A word that may be an encoded word."""
        found = _WORD.fullmatch(word)
        if found is None:
            self.text(word)
        else:
            self.encoded(found)

    def encoded(self, found: re.Match[str]) -> None:
        """A match of an encoded word; one of unknown charset stays as it is."""
        charset = found[1].lower()
        if decode_known(b"", charset) is None:
            self.text(found[0])
            return
        if charset != self._charset or not self._octets:
            joins = bool(self._octets)
            self._end_run()
            if not joins:
                self._text.append(self._space)
            self._charset = charset
        self._space = ""
        self._octets.append(_octets(found[2], found[3]))

    def _end_run(self) -> None:
        if self._octets:
            text = decode_known(b"".join(self._octets), self._charset) or ""
            self._text.append(_CONTROLS.sub("", text))
            self._octets = []

    def result(self) -> str:
        self._end_run()
        return nfc("".join(self._text) + self._space)


def decode(text: str) -> str:
    """Unstructured text: encoded words stand between white space (RFC 2047 5 (1)); else they are not decoded."""
    if "=?" not in text:
        return nfc(text)
    decoder = Decoder()
    for index, token in enumerate(_SPACE.split(text)):
        if index % 2:
            decoder.space(token)
        elif token:
            decoder.word(token)
    return decoder.result()


def decode_anywhere(text: str) -> str:
    """Encoded words wherever they stand: file names, where they are not allowed and yet common."""
    if "=?" not in text:
        return nfc(text)
    decoder = Decoder()
    position = 0
    for found in _LOOSE.finditer(text):
        between = text[position : found.start()]
        if between and between.isspace():
            decoder.space(between)
        elif between:
            decoder.text(between)
        decoder.encoded(found)
        position = found.end()
    if position < len(text):
        decoder.text(text[position:])
    return decoder.result()
