"""What a search text asks for (RFC 8621 4.4.1): terms, and where they occur in a text.

Both the full-text index and the snippets stand on the same folding (case, accents, compatibility forms) and the same
words, so what a search finds can be highlighted.
"""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache

MAX_TEXT = 2000  # characters of a search text that are looked at
MAX_TERMS = 128

# Scripts written without spaces: each character is a word of its own, and a word of the user's is a phrase of them.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u303c"
    "\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_INNER = rf"[^\W_{_SPACELESS}]"  # a character of a word in a script that has spaces
_WORD = re.compile(rf"(?!\W)[{_SPACELESS}]|{_INNER}+")
_ALONE = re.compile(rf"(?!\W)[{_SPACELESS}]")
# what is not ASCII, in as long runs as it pays: short ASCII between other scripts' words is taken along
_HIGH = re.compile(r"[^\x00-\x7f]+(?:[\x00-\x7f]{1,2}[^\x00-\x7f]+)*")
# Marks that only modify the letter before them: accents, Hebrew points, Arabic vowel signs.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]")
_NO_LETTER = re.compile("[\\W\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]")  # the latter are letters since Unicode 8 only
_TABLE_SIZE = 20_000


class _Folding(dict[int, str]):
    """str.translate table, filled as characters are met. With `split`, lone characters get spaces around them."""

    def __init__(self, split: bool) -> None:
        super().__init__()
        self._split = split

    def __missing__(self, code: int) -> str:
        folded = _fold_character(code)
        if self._split:
            folded = _ALONE.sub(r" \g<0> ", folded)
        if len(self) < _TABLE_SIZE:
            self[code] = folded
        return folded


def _fold_character(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:  # half of a surrogate pair: cannot be stored
        return " "
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", chr(code)).casefold())
    plain = unicodedata.normalize("NFC", _MARKS.sub("", plain)).lower()
    # SQLite knows an older Unicode: what is no letter or digit to Python must not become one there
    return _NO_LETTER.sub(" ", plain)


_FOLD, _SPLIT = _Folding(False), _Folding(True)


def _composed(text: str) -> str:
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The text as it is compared: lower case, without accents, compatibility forms made plain."""
    if text.isascii():
        return text.lower()
    return _HIGH.sub(lambda run: run[0].translate(_FOLD), _composed(text)).lower()


def split(text: str) -> str:
    """The text as the full-text index is given it: folded but for ASCII case, words divided."""
    if text.isascii():
        return text
    return _HIGH.sub(lambda run: run[0].translate(_SPLIT), _composed(text))


@dataclass(frozen=True)
class Term:
    """Words that must follow each other: a token of the search text, or a phrase of it."""

    words: tuple[str, ...]
    is_prefix: bool = False  # the last word may go on

    @cached_property
    def expression(self) -> str:
        """As an FTS5 phrase. Words hold letters and digits only, so there is nothing to escape."""
        return '"' + " ".join(self.words) + ('"*' if self.is_prefix else '"')

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the term in a text that fold() gave. Begins with a literal, which `re` looks for fast."""
        first, last = self.words[0], self.words[-1]
        out = first if _ALONE.match(first) else f"{first}(?<!{_INNER}{first})"
        for before, word in zip(self.words, self.words[1:], strict=False):
            apart = "*" if _ALONE.match(before) or _ALONE.match(word) else "+"
            out += rf"[\W_]{apart}{word}"
        if not self.is_prefix and not _ALONE.match(last):
            out += f"(?!{_INNER})"
        return re.compile(out)

    def occurs(self, folded: str) -> bool:
        """Whether the folded text holds the term."""
        return self.words[0] in folded and self.pattern.search(folded) is not None


# RFC 8621 4.4.1: "..." or '...' is a phrase, in which ' " \ are escaped by \; white space divides tokens.
# A ' inside a word ("it's") neither opens nor closes a phrase; a quote without a partner is no quote.
_TOKEN = re.compile(
    r'"(?P<double>(?:[^"\\]|\\.)*+)"(?P<d>\*?)'
    r"|'(?P<single>(?:[^'\\]|\\.|(?<=\w)'(?=\w))*+)'(?!\w)(?P<s>\*?)"
    r"|(?P<plain>\S+)",
    re.DOTALL,
)


@lru_cache(maxsize=256)
def terms(text: str, is_open: bool = False) -> tuple[Term, ...]:
    """The terms of a search text, each of which must be present. None for a text without a letter or digit.

    `is_open`: the last word of all but phrases may go on, as if it had a "*".
    """
    out: dict[Term, None] = {}
    for found in _TOKEN.finditer(text[:MAX_TEXT]):
        plain = found["plain"]
        if plain is not None:
            raw, is_prefix = plain, is_open or plain.endswith("*")
        else:
            phrase = found["double"] if found["double"] is not None else found["single"]
            raw, is_prefix = re.sub(r"\\(.)", r"\1", phrase, flags=re.DOTALL), bool(found["d"] or found["s"])
        words = tuple(_WORD.findall(fold(raw)))
        if words:
            out[Term(words, is_prefix)] = None
    return tuple(out)[:MAX_TERMS]


class Folded:
    """A text and its folded form, with the way back from places in the one to places in the other."""

    def __init__(self, text: str) -> None:
        self.original = text
        if text.isascii():
            self.text, self._shifts = text.lower(), None
            return
        self.original = _composed(text)
        pieces: list[str] = []
        shifts: list[tuple[int, int]] = [(0, 0)]  # (place in the folded text, place in the original) where they shift
        done = length = 0
        for run in _HIGH.finditer(self.original):
            start, end = run.span()
            folded = run[0].translate(_FOLD)
            pieces += (self.original[done:start], folded)
            length += start - done
            if len(folded) == end - start:
                length += end - start
            else:
                for at in range(start, end):
                    size = len(_FOLD[ord(self.original[at])])
                    length += size
                    if size != 1:
                        shifts.append((length, at + 1))
            done = end
        pieces.append(self.original[done:])
        self.text, self._shifts = "".join(pieces).lower(), shifts if len(shifts) > 1 else None

    def _origin(self, place: int) -> int:
        if self._shifts is None:
            return place
        folded, original = self._shifts[bisect_right(self._shifts, (place, len(self.original))) - 1]
        return min(original + place - folded, len(self.original))

    def spans(self, wanted: tuple[Term, ...], limit: int) -> list[tuple[int, int]]:
        """Where in the original the terms occur: in order, not overlapping, the first `limit` of each term."""
        found: list[tuple[int, int]] = []
        for term in wanted:
            if term.words[0] not in self.text:
                continue
            for count, match in enumerate(term.pattern.finditer(self.text)):
                if count >= limit:
                    break
                found.append((self._origin(match.start()), self._origin(match.end())))
        out: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if out and start < out[-1][1]:
                out[-1] = (out[-1][0], max(end, out[-1][1]))
            elif end > start:
                out.append((start, end))
        return out
