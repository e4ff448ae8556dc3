"""Comments and folding white space (RFC 5322 3.2.2), in one pass whatever the input."""

import re

_EDGE = re.compile(r"\\.|[()]", re.S)
_OUTSIDE = re.compile(r'[^"(\\]++|\\.|"(?:[^"\\]++|\\.)*+"|.', re.S)
_PAIR = re.compile(r"\\(.)", re.S)


def unfold(text: str) -> str:
    """RFC 5322 2.2.3; a header field's value holds line ends at folds only."""
    return text.replace("\r\n", "").replace("\n", "") if "\n" in text else text


def unquote_pairs(text: str) -> str:
    """Quoted pairs decoded (RFC 5322 3.2.1)."""
    return _PAIR.sub(r"\1", text) if "\\" in text else text


def comment_end(text: str, start: int) -> int:
    """Position after the comment that opens at `start`, nested ones included; -1 if it never ends."""
    depth = 0
    for edge in _EDGE.finditer(text, start):
        if edge[0] == "(":
            depth += 1
        elif edge[0] == ")":
            depth -= 1
            if depth == 0:
                return edge.end()
    return -1


def strip_comments(text: str) -> str:
    """Each comment outside quoted strings becomes a space; one that never ends is kept as text."""
    if "(" not in text:
        return text
    kept: list[str] = []
    position, size, may_end = 0, len(text), True
    while position < size:
        if text[position] == "(" and may_end:
            end = comment_end(text, position)
            if end >= 0:
                kept.append(" ")
                position = end
                continue
            may_end = False  # no later one is tried: else a run of "(" would cost its square
        found = _OUTSIDE.match(text, position)
        if found is None:  # pragma: no cover
            break
        kept.append(found[0])
        position = found.end()
    return "".join(kept)
