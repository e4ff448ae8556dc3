"""How a Mailbox's name is written as a folder's (RFC 8621 2 name), where the layout cannot hold it as it is.

A character that is not possible is stored as one that looks like it, so that other programs show what is meant, and
is read back as what it stands for. What does not fit is shortened; then the true name is kept beside.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator

from jmapd.formats import modified_utf7

STAND_INS = {".": "\u2024", "/": "\u2215", "~": "\u223c"}  # one dot leader, division slash, tilde operator
JOINER = "\u2060"  # invisible; after a name that means something else to mail programs
PATH_MAX = 254  # of the name of a Maildir++ directory
NESTED_MAX = 3500  # of a path in the other layouts, with room for cur/ and the longest file name
COMPONENT_MAX = {"maildir++": 200, "fs": 250, "legacy": 250}  # of one part of it; in Maildir++ more are to have room
SHORT = 120  # what is longer than that is shortened to this
_MEANT = str.maketrans({stored: meant for meant, stored in STAND_INS.items()})
_RESERVED = frozenset({"cur", "new", "tmp", "subscriptions", "maildirfolder", "maildirsize"})

Encode = Callable[[str], str]


def unmask(name: str, layout: str) -> str:
    """The name that is meant by a decoded folder name."""
    if name.isascii():
        return name
    if name.endswith(JOINER) and _is_reserved(name[:-1]):
        return name[:-1]
    name = name.replace(STAND_INS["/"], "/")
    if layout == "maildir++":
        name = name.replace(STAND_INS["."], ".")
    return name[:1].translate(_MEANT) + name[1:]


def mask(name: str, layout: str) -> str:
    """The name without what the file system, Dovecot or mbsync would take for something else."""
    text = name.replace("/", STAND_INS["/"])
    if layout == "maildir++":
        text = text.replace(".", STAND_INS["."])
    elif _is_reserved(text):
        return text + JOINER
    return STAND_INS[text[0]] + text[1:] if text[0] in ".~" else text  # Dovecot: no name begins with "~"


def stored_names(name: str, layout: str, encode: Encode, limit: int) -> Iterator[str]:
    """Folder names for a Mailbox's name, the best first; more than one, should a directory have it already."""
    text, limit = mask(name, layout), min(limit, COMPONENT_MAX[layout])
    if _size(whole := encode(text)) <= limit:
        yield whole
    marks = [hashlib.sha256(name.encode()).hexdigest()[:6], secrets.token_hex(3), secrets.token_hex(3)]
    for mark in marks:
        for length in range(len(text), 0, -1):
            if _size(short := encode(f"{text[:length]}~{mark}")) <= min(limit, SHORT):
                yield short
                break


def encoder(encoding: str, is_utf8: bool, layout: str, decode: Callable[[str], str]) -> Encode:
    """As the [mail] name_encoding says; with "auto" as the names that are there, where that can be read back."""

    def encode(text: str) -> str:
        is_plain = encoding == "utf-8" or (encoding == "auto" and is_utf8 and decode(text) == unmask(text, layout))
        return text if is_plain else modified_utf7.encode(text)

    return encode


def _is_reserved(name: str) -> bool:
    return name in _RESERVED or name.startswith(("dovecot-", "dovecot."))


def _size(name: str) -> int:
    return len(os.fsencode(name))
