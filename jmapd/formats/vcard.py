"""Cards in a .vcf file (RFC 6350 3.3, 3.4; RFC 2426; vCard 2.1): lines kept as they are, changed one by one.

A file is a list of cards with what surrounds them; written back without a change it is the same, octet for octet.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from jmapd.formats import framed
from jmapd.formats.content_lines import (
    BOM,
    Line,
    decoded,
    encoded,
    fold,
    lines,
    make_line,
    newline_of,
    split_at,
    unfolded,
)

VERSIONS = ("2.1", "3.0", "4.0")

to_bytes, without = framed.to_bytes, framed.without

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANS = {"n": "\n", "N": "\n", "\\": "\\", ",": ",", ";": ";", ":": ":", '"': '"'}
_NEEDS_ESCAPE = re.compile(r"\r\n|[\r\n\\,;]")
_ESCAPED = {"\\": "\\\\", ",": "\\,", ";": "\\;"}
_BETWEEN = {separator: re.compile(rf"(?:[^\\{separator}]|\\.|\\\Z)*+", re.DOTALL) for separator in ",;"}


@dataclass(slots=True, eq=False)
class Card:
    """One card: the lines between BEGIN and END, VERSION among them, and the text around them in its file."""

    lines: list[Line] = field(default_factory=list)
    version: str = ""  # "2.1", "3.0", "4.0", or "" when it is another or missing
    before: str = ""  # what is in the file between the card before, or its start, and BEGIN
    begin: str = "BEGIN:VCARD\r\n"  # "" when missing
    end: str = "END:VCARD\r\n"
    after: str = ""  # only the last card of a file has something here
    newline: str = "\r\n"
    encoding: str = "utf-8"

    @property
    def is_broken(self) -> bool:
        """Whether something could not be read: a line, or BEGIN or END is missing."""
        return not (self.begin and self.end) or any(line.is_broken for line in self.lines)

    def named(self, *names: str) -> list[Line]:
        """The lines of these properties, in order."""
        return [line for line in self.lines if line.name in names]

    def replace(self, old: Sequence[Line], new: Sequence[Line]) -> None:
        """Puts new lines in the places of old ones; what is more comes after the last of them, else at the end."""
        self.replace_all([(old, new)])

    def replace_all(self, changes: Iterable[tuple[Sequence[Line], Sequence[Line]]]) -> None:
        """Many replacements in linear time; raises ValueError when a line to replace is not of this card."""
        followers = _followers(self.lines)
        self.lines = framed.replaced(self.lines, changes, "card")
        self.version = _version(self.lines)
        for line in self.lines:
            if line.is_made and id(line) not in followers:
                _write(line, self.version, self.newline)
        self._separate(followers)

    def insert(self, new: Sequence[Line], after: Line | None = None) -> None:
        """Puts lines after one of the card's, or at the end."""
        self.replace([after] if after else [], [after, *new] if after else new)

    def _separate(self, followers: dict[int, int]) -> None:
        """Lines that were no neighbours must not be read as one: the last of a cut file, a soft break, a fold."""
        mark = self.newline[-1]
        if self.begin and self.lines and not self.begin.endswith(mark):
            self.begin += self.newline
        for line, follower in pairwise(self.lines):
            if followers.get(id(line)) == id(follower):
                continue
            if not line.raw.endswith(mark):
                line.raw += self.newline
            is_junk = follower.raw[0] in " \t" or (not follower.name and follower.raw.strip() != "")
            is_doubtful = is_junk or line.raw[-8:].rstrip().endswith("=")
            if is_doubtful and sum(1 for _ in lines(line.raw + follower.raw)) == 1:
                line.raw += self.newline

    def text(self) -> str:
        """As it stands in the file, without what surrounds it."""
        return f"{self.begin}{_raw(self.lines)}{self.end}"

    def alone(self) -> bytes:
        """The card as a file of its own: without what surrounds it, and in UTF-8 if it was in UTF-16."""
        return encoded(self.text(), "utf-8")


def _followers(found: Sequence[Line]) -> dict[int, int]:
    return dict(zip(map(id, found), map(id, [*found[1:], None]), strict=False))


def new_card(version: str = "4.0") -> Card:
    """A card with nothing but its version."""
    card = Card()
    card.version = version
    card.insert([make_line("VERSION", version)])
    return card


def _version(found: Iterable[Line]) -> str:
    for line in found:
        if line.name == "VERSION":
            value = line.value.strip()
            return value if value in VERSIONS else ""
    return ""


def _write(line: Line, version: str, newline: str) -> None:
    """The raw form of a made line as its card's version has it."""
    if version != "2.1":
        line.raw = fold(unfolded(line), newline)
        return
    # vCard 2.1 2.1.3, 2.1.5: text is ASCII, a line break in it needs quoted-printable. A fold there would be read as
    # a space, so text is not folded.
    params = [(name, [value]) for name, values in line.params for value in values]
    is_base64 = any(name == "ENCODING" and value[0].upper() in ("B", "BASE64") for name, value in params)
    if is_base64:
        line.params = [(name, ["BASE64"] if name == "ENCODING" else value) for name, value in params]
        line.raw = fold(unfolded(line), newline) + newline
        return
    value, line.params = line.value, list(params)
    if not value.isascii() or any(found[1] in "nN" for found in _ESCAPE.finditer(value)):
        params += [("CHARSET", ["UTF-8"]), ("ENCODING", ["QUOTED-PRINTABLE"])]
        value = _quoted_printable(value)
    line.raw = unfolded(Line("", line.group, line.name, params, value)) + newline


def _quoted_printable(value: str) -> str:
    text = _ESCAPE.sub(lambda found: "\r\n" if found[1] in "nN" else found[0], value)
    plain = "".join(chr(octet) if 32 <= octet < 127 and octet != 61 else f"={octet:02X}" for octet in text.encode())
    return plain[:-1] + "=20" if plain.endswith(" ") else plain  # RFC 2045 6.7: space at the end would go


def cards(data: bytes) -> list[Card]:
    """All cards of a file. A card without END ends before the next BEGIN; one in an AGENT is that line's value."""
    text, encoding = decoded(data)
    found: list[Card] = []
    outside: list[Line] = []
    nested: list[Line] = []
    current: Card | None = None
    depth = 0
    for line in lines(text, encoding):
        frame = line.name if line.name in ("BEGIN", "END") and line.value.strip().upper() == "VCARD" else ""
        if frame == "BEGIN":
            if current and _is_agent(nested or current.lines):
                depth += 1
                nested.append(line)
                continue
            _close(current, nested)
            nested, depth = [], 0
            bom = BOM if line.raw.startswith(BOM) else ""
            begin = line.raw.removeprefix(bom)
            current = Card([], "", bom + _raw(outside), begin, "", "", newline_of(begin), encoding)
            found.append(current)
            outside = []
        elif current is None:
            outside.append(line)
        elif depth:
            nested.append(line)
            depth -= frame == "END"
            if not depth:
                _close(current, nested)
                nested = []
        elif frame == "END":
            current.end = line.raw
            _close(current, nested)
            current = None
        else:
            current.lines.append(line)
    _close(current, nested)
    if not found:
        return _without_begin(outside, newline_of(text), encoding)
    found[-1].after = _raw(outside)
    return found


def _raw(found: Iterable[Line]) -> str:
    return "".join(line.raw for line in found)


def _is_agent(found: Sequence[Line]) -> bool:
    return bool(found) and found[-1].name == "AGENT" and not found[-1].value.strip()


def _close(card: Card | None, nested: list[Line]) -> None:
    """A card inside is the value of the AGENT line above it, as vCard 3.0 writes it (RFC 2426 3.5.4)."""
    if card is None:
        return
    if nested:
        card.lines[-1].raw += _raw(nested)
        card.lines[-1].value = escape("".join(map(_readable, nested)).strip())
    card.version = _version(card.lines)


def _readable(line: Line) -> str:
    """A line's text as it is, or where octets of it are no UTF-8, what they were taken for."""
    try:
        line.raw.encode()
    except UnicodeEncodeError:
        return (unfolded(line) if line.name else line.value) + "\n"
    return line.raw


def _without_begin(found: list[Line], newline: str, encoding: str) -> list[Card]:
    """A file that lost its BEGIN is one card when it says who it is about."""
    if not any(line.name in ("FN", "N") for line in found) or any(line.name == "BEGIN" for line in found):
        return []
    size = next((n for n, line in enumerate(found) if line.name == "END"), len(found))
    end, after = _raw(found[size : size + 1]), _raw(found[size + 1 :])
    return [Card(found[:size], _version(found[:size]), "", "", end, after, newline, encoding)]


def unescape(value: str) -> str:
    """Text of an escaped value (RFC 6350 3.4); a backslash before anything else stands for itself."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: _MEANS.get(found[1], found[0]), value)


def escape(text: str) -> str:
    """RFC 6350 3.4: backslash, comma, semicolon and line breaks."""
    return _NEEDS_ESCAPE.sub(lambda found: _ESCAPED.get(found[0], "\\n"), text)


def split(value: str, separator: str) -> list[str]:
    """The parts between "," or ";" that are not escaped; the parts are still escaped."""
    if "\\" not in value:
        return value.split(separator)
    return split_at(_BETWEEN[separator], value)


def split_list(value: str, separator: str = ",") -> list[str]:
    """Texts of a list (CATEGORIES, NICKNAME)."""
    return [unescape(part) for part in split(value, separator)]


def split_structured(value: str) -> list[list[str]]:
    """Components of N, ADR, ORG ..., each a list of texts."""
    return [split_list(component) for component in split(value, ";")]


def join_list(texts: Iterable[str], separator: str = ",") -> str:
    """The inverse of split_list."""
    return separator.join(map(escape, texts))


def join_structured(components: Iterable[Iterable[str]]) -> str:
    """The inverse of split_structured."""
    return ";".join(map(join_list, components))
