"""Base subject (RFC 5256 2.1): what sorting and threading compare."""

import re

MAX_LENGTH = 1000  # longer subjects are compared by their beginning

_SPACE = re.compile(r"[ \t\r\n]+")
_LEADER = re.compile(r"(?:\[[^\[\]]*+\][ \t]*+)*+(?:re|fwd?)[ \t]*+(?:\[[^\[\]]*+\][ \t]*+)?:|[ \t]", re.I)
_BLOB = re.compile(r"\[[^\[\]]*+\][ \t]*+")


def base_subject(text: str) -> str:
    """`text` in the Text form; the steps are numbered as in the RFC."""
    text = _SPACE.sub(" ", text[:MAX_LENGTH])  # (1)
    while True:
        text = _without_leaders(_without_trailers(text))
        lower = text[:5].lower()
        if lower != "[fwd:" or text[-1:] != "]":  # (6)
            return text
        text = text[5:-1]


def _without_trailers(text: str) -> str:
    """(2)."""
    while True:
        if text[-1:] in (" ", "\t"):
            text = text.rstrip(" \t")
        elif text[-5:].lower() == "(fwd)":
            text = text[:-5]
        else:
            return text


def _without_leaders(text: str) -> str:
    """(3) to (5)."""
    position = 0
    while True:
        leader = _LEADER.match(text, position)
        if leader is not None:
            position = leader.end()
            continue
        blob = _BLOB.match(text, position)
        if blob is None or blob.end() == len(text):
            return text[position:]
        position = blob.end()
