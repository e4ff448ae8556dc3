"""The part tree of a message (RFC 2045, 2046, 5322) from one pass over its octets; no octets can make it fail.

Boundaries of an outer multipart win over those within, so a part that never ends cannot swallow its neighbours.
Work is bounded by the limits below; what lies beyond them stays in the last part that was made.
"""

import re

from jmapd.formats.message.part import Field, Part

__all__ = ["MAX_DEPTH", "MAX_HEADERS", "MAX_PARTS", "Part", "find", "locate", "parse"]

MAX_DEPTH = 50  # of multiparts
MAX_PARTS = 10_000
MAX_HEADERS = 10_000  # of one part
MAX_MISSES = 100_000  # places in a message that look like a boundary and are none
MAX_NESTED_MESSAGES = 20  # in a blobId

_FIELD = re.compile(rb"(?m)^([!-9;-~]++):([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)")
_LARGE = 262_144  # a longer header block is read field by field, so that MAX_HEADERS bounds the memory
_FIELD_END = re.compile(rb"\n(?![ \t])")
_NAME = re.compile(rb"([!-9;-~]++)[ \t]*+:")
_ENVELOPE = re.compile(rb">?From (?![ \t]*+:)[^\n]*+(?:\n|\Z)")


def parse(raw: bytes) -> Part:
    """The message as a tree of parts."""
    if b"\n" not in raw and b"\r" in raw:  # bare CR as line end throughout
        raw = raw.replace(b"\r", b"\n")
    return _Scan(raw).message()


def find(root: Part, number: str) -> Part | None:
    """The part of that number, as in Part.number."""
    return next((part for part in root.walk() if part.number == number), None)


def locate(raw: bytes, address: str) -> Part | None:
    """The part a blobId names after its digest: "1_2", or "2-1_2" for part 1.2 of the message that is part 2.

    None if there is no such part, or it is a multipart, which has no blob.
    """
    return locate_below(parse(raw), address)


def locate_below(root: Part, address: str) -> Part | None:
    """As locate(), in a message that is parsed already."""
    steps = address.split("-")
    if len(steps) > MAX_NESTED_MESSAGES:
        return None
    part: Part | None = None
    for step in steps:
        part = find(root if part is None else parse(part.decoded()), step.replace("_", "."))
        if part is None or part.is_multipart:
            return None
    return part


class _Scan:
    """One parse: the octets and what is left of the limits."""

    __slots__ = ("misses", "parts", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw, self.parts, self.misses = raw, MAX_PARTS, MAX_MISSES

    def message(self) -> Part:
        root = self.part(0, len(self.raw), "text/plain")
        if root.is_multipart:
            self.split(root, 1)
        else:
            root.number = "1"
        return root

    def part(self, start: int, end: int, default: str) -> Part:
        self.parts -= 1
        fields, body = read_header(self.raw, start, end)
        return Part(self.raw, start, body, end, fields, default)

    def split(self, parent: Part, depth: int) -> None:
        """Children of a multipart; one that has no usable boundary has its body as the only child."""
        boundary = parent.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        ranges = self.ranges(parent, boundary) if boundary and depth <= MAX_DEPTH else []
        default = "message/rfc822" if parent.type == "multipart/digest" else "text/plain"
        children = [self.part(start, end, default) for start, end in ranges]
        if not ranges and self.raw[parent.body : parent.end].strip():
            implied = "text/plain" if depth <= MAX_DEPTH else "application/octet-stream"
            children = [Part(self.raw, parent.body, parent.body, parent.end, [], implied)]
        parent.children = children
        prefix = f"{parent.number}." if parent.number else ""
        for index, child in enumerate(children, 1):
            child.number = f"{prefix}{index}"
            if child.is_multipart:
                self.split(child, depth + 1)

    def ranges(self, parent: Part, boundary: bytes) -> list[tuple[int, int]]:
        """Where the children lie: between delimiter lines; the last may lack its end (RFC 2046 5.1)."""
        raw, end, delimiter = self.raw, parent.end, b"--" + boundary
        found: list[tuple[int, int]] = []
        start, position = -1, parent.body
        while self.parts > len(found) + (start >= 0):
            position = raw.find(delimiter, position, end)
            if position < 0:
                break
            kind, after = self.delimiter_line(position, position + len(delimiter), parent)
            if kind is None:
                self.misses -= 1
                if self.misses < 0:
                    break
                position += len(delimiter)
                continue
            if start >= 0:
                found.append((start, self.before(position, start)))
            start = after
            if kind == b"--":
                return found
            position = after
        if 0 <= start < end or (start >= 0 and not found):  # a message cut right after a delimiter gets no empty part
            found.append((start, end))
        return found

    def delimiter_line(self, position: int, after: int, parent: Part) -> tuple[bytes | None, int]:
        """b"" or b"--" (the closing one) and where the next line begins; None if this is no delimiter line."""
        raw, end = self.raw, parent.end
        if position > parent.body and raw[position - 1] != 10:
            return None, after
        line_end = raw.find(b"\n", after, end)
        next_line = end if line_end < 0 else line_end + 1
        rest = raw[after : min(next_line, after + 200)].rstrip()
        if not rest or raw[after : after + 1] in (b" ", b"\t"):
            return b"", next_line
        if rest[:2] == b"--" and (len(rest) == 2 or rest[2:3].isspace()):
            return b"--", next_line
        return None, after

    def before(self, position: int, start: int) -> int:
        """The line end before a delimiter line belongs to it (RFC 2046 5.1.1)."""
        raw = self.raw
        if position > start and raw[position - 1] == 10:
            position -= 1
            if position > start and raw[position - 1] == 13:
                position -= 1
        return max(position, start)


def read_header(raw: bytes, start: int, end: int) -> tuple[list[Field], int]:
    """The header fields of raw[start:end], and where the body begins."""
    first = raw[start : start + 2]
    if first[:1] == b"\n" or first == b"\r\n":
        return [], min(end, start + (1 if first[:1] == b"\n" else 2))
    stop, body = _blank_line(raw, start, end)
    block = raw[start:stop]
    fields: list[Field] = _FIELD.findall(block) if len(block) <= _LARGE else []
    size = sum([len(name) + len(value) for name, value in fields]) + 2 * len(fields)
    if size != len(block) and size != len(block) + (block[-1:] != b"\n"):
        fields, used = _read_lines(block)
        if used < len(block):
            body = start + used
    if b"\r" in block:
        fields = [(name, value[:-1] if value[-1:] == b"\r" else value) for name, value in fields]
    return fields if len(fields) <= MAX_HEADERS else fields[:MAX_HEADERS], body


def _blank_line(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the blank line begins that ends a header, and where it ends.

    The kind of line end that the first line has is looked for first, so the other is not sought in all of the body.
    """
    first = raw.find(b"\n", start, end)
    blanks = (b"\n\r\n", b"\n\n") if raw[first - 1 : first] == b"\r" else (b"\n\n", b"\n\r\n")
    found, size = end, 0
    for blank in blanks:
        position = raw.find(blank, start, found)
        if position >= 0:
            found, size = position, len(blank)
    return (end, end) if size == 0 else (found + 1, found + size)


def _read_lines(block: bytes) -> tuple[list[Field], int]:
    """A header block with something odd in it: its fields, and how much of it is header.

    A "From " line of an mbox and a stray line before another field are passed over; other text, or a boundary, is body.
    """
    fields: list[Field] = []
    envelope = _ENVELOPE.match(block)
    position = envelope.end() if envelope else 0
    size = len(block)
    while position < size and len(fields) < MAX_HEADERS:
        name = _NAME.match(block, position)
        if name is not None:
            end = _field_end(block, name.end())
            fields.append((name[1], block[name.end() : end].removesuffix(b"\n")))
            position = end
            continue
        next_line = block.find(b"\n", position) + 1 or size
        if not fields or block.startswith(b"--", position) or not _goes_on(block, next_line):
            return fields, position
        position = next_line
    return fields, size


def _goes_on(block: bytes, position: int) -> bool:
    """True if a field or a folded line begins here."""
    return _NAME.match(block, position) is not None or block[position : position + 1] in (b" ", b"\t")


def _field_end(block: bytes, position: int) -> int:
    found = _FIELD_END.search(block, position)
    return found.end() if found else len(block)
