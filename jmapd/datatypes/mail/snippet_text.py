"""The texts of a SearchSnippet (RFC 8621 5): escaped, matches within <mark>, a preview of at most 255 octets."""

import re

from jmapd.index.search_terms import Folded, Term

MAX_OCTETS = 255
_BEFORE = 50  # characters of context before the first match
_LOOK = 400  # characters of which the excerpt is made
_MATCHES = 50  # of each term that are looked at to find the best place
_SUBJECT_MATCHES = 200
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_OPEN, _CLOSE, _MORE = "<mark>", "</mark>", "…"
_HALF_ENTITY = re.compile(r"&[a-z]*\Z")
_SPACE = re.compile(r"\s+")

Pieces = list[tuple[str, bool]]  # text, and whether it is a match


def highlighted(text: str, wanted: tuple[Term, ...]) -> str | None:
    """The whole text with its matches marked; None without a match."""
    folded = Folded(text)
    spans = folded.spans(wanted, _SUBJECT_MATCHES)
    return "".join(_marked(*piece) for piece in _pieces(folded.original, spans)) if spans else None


def excerpt(folded: Folded, wanted: tuple[Term, ...]) -> str | None:
    """The part of the text with the most different terms close to each other; None without a match."""
    spans = folded.spans(wanted, _MATCHES)
    if not spans:
        return None
    text = folded.original
    at = _best(text, spans)
    start = _word_start(text, at)
    again, spans = _window(text, start, at, wanted)
    if not spans:  # the match is longer than all that can be shown
        start = at
        again, _ = _window(text, start, at, wanted)
        spans = [(0, len(again))]
    room = MAX_OCTETS - (len(_MORE.encode()) if start else 0)
    pieces = _pieces(again, spans)
    out, is_whole = _fitted(pieces, room)
    if not is_whole or at + _LOOK < len(text):
        out = _fitted(pieces, room - len(_MORE.encode()))[0] + _MORE
    return (_MORE if start else "") + out


def _window(text: str, start: int, at: int, wanted: tuple[Term, ...]) -> tuple[str, list[tuple[int, int]]]:
    """The text that the excerpt is cut from, white space made single blanks, and the matches in it."""
    window = _SPACE.sub(" ", text[start : at + _LOOK]).rstrip()
    if at + _LOOK < len(text):
        window = _whole_words(window)
    folded = Folded(window)
    return folded.original, folded.spans(wanted, _LOOK)


def _best(text: str, spans: list[tuple[int, int]]) -> int:
    """Where the excerpt's first match begins: the first place with the most distinct words after it."""
    best, most = spans[0][0], 0
    for number, (start, _) in enumerate(spans[:_MATCHES]):
        near = {text[a:b].casefold() for a, b in spans[number : number + 10] if b <= start + MAX_OCTETS - _BEFORE}
        if len(near) > most:
            best, most = start, len(near)
    return best


def _word_start(text: str, at: int) -> int:
    """The start of a word, a little before `at`."""
    if at <= _BEFORE:
        return 0
    start = at - _BEFORE
    blank = _SPACE.search(text, start - 1, at)
    return blank.end() if blank else start


def _whole_words(window: str) -> str:
    blank = window.rfind(" ", len(window) * 3 // 4)
    return window[:blank] if blank > 0 else window


def _pieces(text: str, spans: list[tuple[int, int]]) -> Pieces:
    out: Pieces = []
    done = 0
    for start, end in spans:
        if done < start:
            out.append((text[done:start], False))
        out.append((text[start:end], True))
        done = end
    if done < len(text):
        out.append((text[done:], False))
    return out


def _marked(text: str, is_match: bool) -> str:
    escaped = text.translate(_ENTITIES)
    return f"{_OPEN}{escaped}{_CLOSE}" if is_match else escaped


def _fitted(pieces: Pieces, room: int) -> tuple[str, bool]:
    """As much from the start as `room` octets hold, and whether that is all."""
    out = ""
    for text, is_match in pieces:
        marked = _marked(text, is_match)
        size = len(marked.encode())
        if size > room:
            return out + _cut(text, room, is_match), False
        out += marked
        room -= size
    return out, True


def _cut(text: str, room: int, is_match: bool) -> str:
    """What fits of a piece that does not: no half characters or entities, and no half words if that costs little."""
    room -= len(_OPEN) + len(_CLOSE) if is_match else 0
    kept = text.translate(_ENTITIES).encode()[: max(room, 0)].decode("utf-8", "ignore")
    kept = _HALF_ENTITY.sub("", kept)
    if is_match:
        return f"{_OPEN}{kept}{_CLOSE}" if kept else ""
    blank = kept.rfind(" ")
    return kept[:blank] if blank >= max(len(kept) - 30, 0) else kept
