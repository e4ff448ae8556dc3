"""Address lists (RFC 5322 3.4 and 4.4, RFC 6532) as mailboxes and groups, best effort (RFC 8621 4.1.2.3, 4.1.2.4)."""

import re

from jmapd.formats.message import encoded_words
from jmapd.formats.message.cfws import comment_end, unquote_pairs

Mailbox = tuple[str | None, str]  # display name, addr-spec
Group = tuple[str | None, list[Mailbox]]

# One item of the usual forms, none of which needs the full parser: "Name" <a@b>, Name <a@b>, a@b
_USUAL = re.compile(
    r"""[ \t]*+(?:(?:"([^"\\]*+)"|([^\x00-\x1f()<>@,;:\\"\[\]]*+))[ \t]*+
    <([^\s<>()",;:\\\[\]@]++@[^\s<>()",;:\\\[\]@]++)>
    |([^\s<>()",;:\\\[\]@]++@[^\s<>()",;:\\\[\]@]++))[ \t]*+(?:,|\Z)""",
    re.X,
)
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]++)
    |(?P<encoded>=\?[^?\s]++\?[bBqQ]\?[^?\s]*+\?=(?=[\s<(,;:]|\Z))
    |(?P<quoted>"(?:[^"\\]++|\\.)*+")
    |(?P<text>\[[^\[\]\\\s]*+\]|[^\s"()<>@,;:\[\]\\]++|\\.)
    |(?P<special>.)""",
    re.X | re.S,
)
_AROUND_DOTS = re.compile(r"\s*+([.@])\s*+")

Piece = tuple[str, str]  # kind as the groups above, text


def parse(text: str) -> list[Group]:
    """Groups in order; mailboxes between groups are under a group without name."""
    mailboxes = _parse_usual(text)
    if mailboxes is not None:
        return [(None, mailboxes)] if mailboxes else []
    return _Parser(text).groups()


def _parse_usual(text: str) -> list[Mailbox] | None:
    """None if any item is not of a usual form."""
    found: list[Mailbox] = []
    position, size = 0, len(text.rstrip())
    while position < size:
        match = _USUAL.match(text, position)
        if match is None:
            return None
        quoted, phrase, email, bare = match.groups()
        if bare is not None:
            found.append((None, bare))
        elif quoted is not None:
            found.append((encoded_words.nfc(quoted.strip()), email))
        elif not phrase or phrase.isspace():
            found.append((None, email))
        else:
            found.append((encoded_words.decode(" ".join(phrase.split())), email))
        position = match.end()
    return found


class _Parser:
    """The full grammar, one token after the other, none looked at twice."""

    __slots__ = (
        "angle",
        "comment",
        "done",
        "has_angle",
        "has_at",
        "in_angle",
        "may_comment",
        "members",
        "name",
        "pieces",
        "tail",
        "text",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.done: list[Group] = []
        self.name: str | None = None  # of the group we are in
        self.members: list[Mailbox] = []
        self.may_comment = True
        self.clear()

    def clear(self) -> None:
        """A new item begins."""
        self.pieces: list[Piece] = []
        self.angle: list[Piece] = []
        self.tail: list[Piece] = []  # what follows an angle-addr: junk, or the next name if a comma is missing
        self.in_angle = self.has_angle = self.has_at = False
        self.comment: str | None = None

    def groups(self) -> list[Group]:
        position, size = 0, len(self.text)
        while position < size:
            match = _TOKEN.match(self.text, position)
            if match is None:  # pragma: no cover
                break
            kind = match.lastgroup or "special"
            position = match.end()
            if kind != "special":
                self.add((kind, match[0]))
            elif match[0] == "(" and self.may_comment:
                position = self.read_comment(position - 1)
            else:
                self.special(match[0])
        self.end_mailbox()
        self.end_group()
        return self.done

    def add(self, piece: Piece) -> None:
        if self.in_angle:
            if self.angle or piece[0] != "space":
                self.angle.append(piece)
        elif self.has_angle:
            self.tail.append(piece)
        else:
            self.pieces.append(piece)
            self.has_at = self.has_at or piece[0] == "at"
            if piece[0] != "space":
                self.comment = None  # it stood before the end of the addr-spec

    def read_comment(self, start: int) -> int:
        end = comment_end(self.text, start)
        if end < 0:
            self.may_comment = False  # the "(" is text, and so is any later one
            self.add(("text", "("))
            return start + 1
        is_after_address = self.has_angle or (not self.in_angle and self.has_at)
        if is_after_address and self.comment is None:
            inside = unquote_pairs(self.text[start + 1 : end - 1].replace("\r\n", "").replace("\n", ""))
            self.comment = encoded_words.decode(inside.strip())
        self.add(("space", " "))
        return end

    def special(self, character: str) -> None:
        if character in ",;" and not (self.in_angle and self.is_route()):
            self.end_mailbox()
            if character == ";":
                self.end_group()
        elif character == ":":
            self.colon()
        elif character == "<":
            self.open_angle()
        elif character == ">":
            self.has_angle, self.in_angle = self.has_angle or self.in_angle, False
        elif character == "@":
            self.add(("at", "@"))
        elif character != '"':  # a quote that never ends is dropped
            self.add(("text", character))

    def is_route(self) -> bool:
        """The obsolete route of RFC 5322 4.4: <@a,@b:c@d>."""
        return bool(self.angle) and self.angle[0][0] == "at"

    def colon(self) -> None:
        if self.in_angle:
            if self.is_route():
                self.angle.clear()
            else:
                self.angle.append(("text", ":"))
            return
        name = phrase(self.pieces)
        if self.has_angle or not name:
            return
        self.end_group()
        self.clear()
        self.name = name

    def open_angle(self) -> None:
        if self.in_angle:
            return
        if self.has_angle:  # a comma is missing
            tail = self.tail
            self.end_mailbox()
            self.pieces = tail
        self.in_angle = True

    def end_mailbox(self) -> None:
        if self.in_angle or self.has_angle:
            has_name = any(kind != "space" for kind, _ in self.pieces)
            name = phrase(self.pieces) if has_name else self.comment
            self.members.append((name, addr_spec(self.angle)))
        elif any(kind != "space" for kind, _ in self.pieces):
            self.members.append(self.bare())
        self.clear()

    def bare(self) -> Mailbox:
        """An item without angle brackets: an addr-spec, words and an addr-spec, or only a name."""
        pieces = self.pieces
        if not self.has_at:
            words = [piece for piece in pieces if piece[0] != "space"]
            if len(words) == 1 and words[0][0] == "text":
                return self.comment, words[0][1]
            return phrase(pieces), ""
        at = max(i for i, (kind, _) in enumerate(pieces) if kind == "at")
        first = at
        while first > 0 and not _is_gap(pieces, first - 1):
            first -= 1
        last = at
        while last + 1 < len(pieces) and not _is_gap(pieces, last + 1):
            last += 1
        name = phrase(pieces[:first]) or phrase(pieces[last + 1 :]) or self.comment
        return name, addr_spec(pieces[first : last + 1])

    def end_group(self) -> None:
        if self.name is not None or self.members:
            self.done.append((self.name, self.members))
        self.name, self.members = None, []


def _is_gap(pieces: list[Piece], index: int) -> bool:
    """White space that parts words, unlike that around "." and "@" (obs-local-part, obs-domain)."""
    if pieces[index][0] != "space":
        return False
    before = pieces[index - 1] if index else ("", "")
    after = pieces[index + 1] if index + 1 < len(pieces) else ("", "")
    if before[0] == "space" or after[0] == "space":  # a comment between
        return True
    return not (before[0] == "at" or after[0] == "at" or before[1].endswith(".") or after[1].startswith("."))


def addr_spec(pieces: list[Piece]) -> str:
    """Without comments and the white space that obsolete syntax allows around dots; quoted local parts stay quoted."""
    text = "".join([" " if kind == "space" else text for kind, text in pieces]).strip()
    if text.startswith('"') and len([kind for kind, _ in pieces if kind != "space"]) == 1:
        return unquote_pairs(text[1:-1])  # no address at all, but a draft's text that had to be quoted
    if " " in text and '"' not in text:
        text = " ".join(_AROUND_DOTS.sub(r"\1", text).split())
    return text


def phrase(pieces: list[Piece]) -> str:
    """A display name: quoted strings unquoted, encoded words decoded, white space between words made one space."""
    decoder = encoded_words.Decoder()
    gap = False
    has_word = False
    for kind, text in pieces:
        if kind == "space":
            gap = has_word
            continue
        if gap:
            decoder.space(" ")
        gap, has_word = False, True
        if kind == "encoded":
            decoder.word(text)
        elif kind == "quoted":
            inside = text[1:-1].replace("\r\n", "").replace("\n", "")
            decoder.text(unquote_pairs(inside).strip())
        else:
            decoder.text(text)
    return decoder.result().strip()
