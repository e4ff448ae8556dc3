"""A header field put together word by word: folding (RFC 5322 2.2.3) and encoded words (RFC 2047) of UTF-8."""

import re
from base64 import b64encode
from collections.abc import Iterator

LINE = 76  # characters: RFC 2047 2; RFC 5322 2.1.1 would allow 78
LONGEST_LINE = 998  # octets without the CRLF: RFC 5322 2.1.1
LONGEST_FIELD = 1024 * 1024  # octets: more is not parsed again
LONGEST_NAME = 255

_NAME = re.compile(r"[!-9;-~]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_AROUND = len("=?utf-8?q??=")
_LEAST_ROOM = 16  # for one character of four octets in either encoding

# RFC 2047 5 (3): what stands for itself in a phrase does so everywhere
_Q = {octet: f"={octet:02X}" for octet in range(256)}
_Q.update((octet, chr(octet)) for octet in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q[0x20] = "_"


def check_text(text: object) -> str:
    """The text, if nothing in it could end the header field. Raises ValueError."""
    if not isinstance(text, str):
        raise ValueError("must be a string")
    if len(text) > LONGEST_FIELD:  # before anything is made of it
        raise ValueError(f"must not have more than {LONGEST_FIELD} characters")
    if found := _CONTROL.search(text):
        raise ValueError(f"must not have the control character U+{ord(found[0]):04X}")
    if _SURROGATE.search(text):
        raise ValueError("must not have a lone surrogate")
    return text


class Lines:
    """Words are given with the white space that stands before them, at which the line may be folded."""

    __slots__ = ("_column", "_done", "_is_empty", "_is_first", "_line", "_octets")

    def __init__(self, name: str) -> None:
        """Raises ValueError for what is no field name (RFC 5322 2.2)."""
        if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
            raise ValueError("is no name of a header field")
        self._done: list[str] = []
        self._line = [f"{name}:"]
        self._column = self._octets = len(name) + 1
        self._is_first = True  # nothing but the name is on the line
        self._is_empty = True

    def _fold(self) -> None:
        self._done.append("".join(self._line))
        self._line, self._column, self._octets, self._is_first = [], 0, 0, False

    @property
    def is_empty(self) -> bool:
        """Whether no word was given."""
        return self._is_empty

    def word(self, gap: str, word: str) -> None:
        """Raises ValueError for a word that no line can hold."""
        size, octets = len(gap) + len(word), len(gap) + len(word.encode())
        is_over = self._column + size > LINE
        if self._is_first:  # a fold right after the name is for need only
            is_over = is_over and size <= LINE
        if self._line and (is_over or self._octets + octets > LONGEST_LINE):
            self._fold()
        if octets > LONGEST_LINE:
            raise ValueError(f"has a word of more than {LONGEST_LINE} octets, which no line can hold")
        self._add(gap + word, octets)

    def _add(self, text: str, octets: int) -> None:
        self._line.append(text)
        self._column += len(text)
        self._octets += octets
        self._is_first = self._is_empty = False

    def encoded(self, gap: str, text: str) -> None:
        """As encoded words; the reader takes away the white space between them."""
        units = ["".join([_Q[octet] for octet in character.encode()]) for character in text]
        size = len(text.encode())
        is_q = sum(map(len, units)) <= (size + 2) // 3 * 4
        position = 0
        while position < len(text):
            room = LINE - self._column - len(gap) - _AROUND  # a gap is a space at least: RFC 2047 2 allows 75
            if room < _LEAST_ROOM and self._line:
                self._fold()
                continue
            end = position
            left = room if is_q else room // 4 * 3
            while end < len(text):
                left -= len(units[end]) if is_q else len(text[end].encode())
                if left < 0:
                    break
                end += 1
            content = "".join(units[position:end]) if is_q else b64encode(text[position:end].encode()).decode("ascii")
            word = f"{gap}=?utf-8?{'q' if is_q else 'b'}?{content}?="
            self._add(word, len(word))
            position, gap = end, " "

    def field(self) -> bytes:
        """The whole, with its CRLF. Raises ValueError when it is longer than any header field may be."""
        self._fold()
        whole = "".join(f"{line}\r\n" for line in self._done).encode()
        if len(whole) > LONGEST_FIELD:
            raise ValueError(f"would be a header field of more than {LONGEST_FIELD} octets")
        return whole


def pieces(word: str) -> Iterator[str]:
    """A word that no line could hold, cut; for readers that take white space away again."""
    size = LINE - 1 if len(word.encode()) >= LONGEST_LINE else len(word)
    return (word[start : start + size] for start in range(0, len(word), size))
