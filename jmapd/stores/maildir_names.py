"""File names of a Maildir: base, separator and flags, and what the flags mean as keywords (RFC 8621 4.1.1).

Letters a to z stand for the keywords that the folder's dovecot-keywords file lists (dovecot.py).
"""

import itertools
import os
import re
import secrets
import socket
import time
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

SEPARATORS = ":;!"  # what programs write before "2,": Windows and FAT cannot have a colon
SYSTEM = {"S": "$seen", "F": "$flagged", "R": "$answered", "D": "$draft", "P": "$forwarded"}
TRASHED = "T"
_LETTER_OF = {keyword: letter for letter, keyword in SYSTEM.items()}
_LENGTHS = re.compile(r",[SW]=\d+(?=,|$)")
_MARK = "\x01"
_MARKED = re.compile(_MARK + "([0-9a-f]{2})")
_count = itertools.count(1)
_HOST = re.sub(r"[^A-Za-z0-9._-]", "_", socket.gethostname()) or "localhost"


class Name(NamedTuple):
    """A file name taken apart. `rest` is text after a comma in the flags part, comma included; it is kept."""

    base: str
    separator: str  # "" when the name has no info part
    flags: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.base}{self.separator}2,{self.flags}{self.rest}" if self.separator else self.base


@lru_cache(maxsize=4096)
def split(name: str) -> Name:
    """The parts of a name without its folder."""
    for separator in SEPARATORS:
        base, found, info = name.rpartition(separator + "2,")
        if found:
            flags, comma, rest = info.partition(",")
            return Name(base, separator, flags, comma + rest)
    return Name(name, "", "")


def base_of(name: str) -> str:
    """The part that stays when flags change."""
    for separator in SEPARATORS:
        at = name.rfind(separator + "2,")
        if at >= 0:
            return name[:at]
    return name


def flags_of(name: str) -> str:
    """Only the flag letters."""
    for separator in SEPARATORS:
        at = name.rfind(separator + "2,")
        if at >= 0:
            return name[at + 3 :].partition(",")[0]
    return ""


def is_message(name: str) -> bool:
    """Whether a directory entry is a message that JMAP shows: RFC 8621 4.1.1 hides what is flagged as deleted."""
    return not name.startswith(".") and (TRASHED not in name or TRASHED not in flags_of(name))


@lru_cache(maxsize=4096)
def keywords(flags: str, letters: tuple[str | None, ...]) -> frozenset[str]:
    """The keywords that flags stand for; letters[0] is the keyword of "a", None where there is none."""
    found = set()
    for flag in flags:
        keyword = SYSTEM.get(flag)
        if keyword is None and "a" <= flag <= "z" and ord(flag) - 97 < len(letters):
            keyword = letters[ord(flag) - 97]
        if keyword:
            found.add(keyword)
    return frozenset(found)


def has_unknown_letter(flags: str, letters: Sequence[str | None]) -> bool:
    """Whether a keyword letter is used that dovecot-keywords does not (yet) explain."""
    return any("a" <= flag <= "z" and not (ord(flag) - 97 < len(letters) and letters[ord(flag) - 97]) for flag in flags)


def flags_for(old: str, wanted: Collection[str], letters: Sequence[str | None]) -> str:
    """`old` with the letters of the wanted keywords set and all other known ones cleared; unknown letters stay."""
    known = set(SYSTEM) | {chr(97 + n) for n, keyword in enumerate(letters) if keyword}
    flags = {flag for flag in old if flag not in known}
    flags |= {_LETTER_OF[keyword] for keyword in wanted if keyword in _LETTER_OF}
    flags |= {chr(97 + n) for n, keyword in enumerate(letters) if keyword in wanted}
    return "".join(sorted(flags))


def foreign_flags(flags: str) -> str:
    """What goes along to another folder: letters a to z mean something else there."""
    return "".join(flag for flag in flags if not "a" <= flag <= "z")


def with_flags(name: str, flags: str, separator: str) -> str:
    """The name with other flags; base and trailing text stay, a missing info part is made."""
    parts = split(name)
    return str(parts._replace(flags=flags, separator=parts.separator or separator))


def new_base(like: str = "") -> str:
    """A base that was never used before; of the base of the same content only the lengths (S=, W=) are kept.

    mbsync's U= and OfflineIMAP's FMD5= hold in one folder only.
    """
    now = time.time_ns()
    unique = f"{now // 10**9}.M{now // 1000 % 10**6}P{os.getpid()}Q{next(_count)}R{secrets.token_hex(4)}.{_HOST}"
    return unique + "".join(_LENGTHS.findall(like))


def to_text(name: str) -> str:
    """A file name as text that JSON can hold: bytes that are no UTF-8 become \\x01 and two hex digits."""
    if name.isascii() and _MARK not in name:
        return name
    escaped = name.replace(_MARK, _MARK + "01")
    return "".join(f"{_MARK}{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in escaped)


def from_text(text: str) -> str:
    """The file name that to_text() was given."""
    if _MARK not in text:
        return text
    return _MARKED.sub(lambda match: _unmarked(int(match[1], 16)), text)


def _unmarked(byte: int) -> str:
    return chr(0xDC00 + byte) if byte >= 0x80 else chr(byte)
