"""Parameters of Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2231), as mailers really write them.

Values are read as Latin-1, so each character is an octet until the charset of a parameter is known.
"""

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from jmapd.formats.message import charset
from jmapd.formats.message.cfws import strip_comments, unfold, unquote_pairs
from jmapd.formats.message.encoded_words import decode_anywhere

_PLAIN = re.compile(r"[ \t]*+([!-:<-~]++)[ \t]*+(?:;|\Z)")
_SIMPLE = re.compile(r'[ \t]*+([!#-\'*+.0-9A-Z^-z|~-]++)=(?:"([^"\\]*+)"|([!#-+.-:A-Z\[\]^-~-]++))[ \t]*+(?:;|\Z)')
_NAME = re.compile(r"[\s;]*+([^\s;=]++)\s*+")
_QUOTED = re.compile(r'\s*+"((?:[^"\\]++|\\.)*+)("?)', re.S)
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,4}))?(\*?)", re.S)
_MAX_PARAMETERS = 1000
_MAX_LENGTH = 65536


def parse(value: bytes) -> tuple[str, dict[str, str]]:
    """The main value as it stands, and the parameters: names in lower case, values decoded."""
    return _parse(value) if len(value) <= 200 else _parse.__wrapped__(value[:_MAX_LENGTH])


@lru_cache(maxsize=1024)
def _parse(value: bytes) -> tuple[str, dict[str, str]]:
    text = value.decode("latin-1")
    if "\n" in text:
        text = unfold(text)
    main = _PLAIN.match(text)
    if main is not None:
        simple = _parse_simple(text, main.end())
        if simple is not None:
            return main[1], simple
    text = strip_comments(text)
    first, _, rest = text.partition(";")
    words = first.split(None, 1)
    if len(words) > 1 and "=" in words[1]:  # no semicolon before the first parameter
        rest = f"{words[1]};{rest}"
    return (words[0] if words else ""), _decode_sections(_split(rest))


def _parse_simple(text: str, position: int) -> dict[str, str] | None:
    """The usual case; None if there is anything unusual."""
    found: dict[str, str] = {}
    end = len(text.rstrip(" \t"))
    while position < end:
        match = _SIMPLE.match(text, position)
        if match is None or "*" in match[1]:
            return None
        content = match[2] if match[2] is not None else match[3]
        if not content.isascii() or "=?" in content:
            return None
        found.setdefault(match[1].lower(), content)
        position = match.end()
    return found


def _split(text: str) -> list[tuple[str, str]]:
    """(name, value) as written but unquoted; a value without quotes goes up to the semicolon, spaces and all."""
    pairs: list[tuple[str, str]] = []
    position, size = 0, len(text)
    while position < size and len(pairs) < _MAX_PARAMETERS:
        name = _NAME.match(text, position)
        if name is None:
            break
        position = name.end()
        if text[position : position + 1] != "=":
            continue
        position += 1
        quoted = _QUOTED.match(text, position)
        if quoted is not None and quoted[2]:
            pairs.append((name[1].lower(), unquote_pairs(quoted[1])))
            position = quoted.end()
            continue
        end = text.find(";", position)
        end = size if end < 0 else end
        pairs.append((name[1].lower(), text[position:end].strip().strip('"')))
        position = end + 1
    return pairs


def _decode_sections(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """RFC 2231 3 and 4. The extended form of a parameter is preferred to its plain one."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in pairs:
        match = _SECTION.fullmatch(name)
        if match is None or (match[2] is None and not match[3]):
            plain.setdefault(name, value)
        else:
            parts = sections.setdefault(match[1], {})
            parts.setdefault(int(match[2] or 0), (value, bool(match[3])))
    decoded = {name: _decode_plain(value) for name, value in plain.items()}
    decoded.update((name, _join(parts)) for name, parts in sections.items())
    return decoded


def _join(parts: dict[int, tuple[str, bool]]) -> str:
    label, octets = "", b""
    pieces: list[bytes] = []
    is_extended = False
    for number in sorted(parts):
        value, extended = parts[number]
        if extended and not is_extended:
            is_extended = True
            if value.count("'") >= 2:  # charset'language'text, in the first extended section
                label, _, value = value.split("'", 2)
        octets = value.encode("latin-1")
        pieces.append(unquote_to_bytes(octets) if extended else octets)
    octets = b"".join(pieces)
    if not is_extended:
        return _decode_plain(octets.decode("latin-1"))
    return charset.decode(octets, label or None)[0].replace("\0", "")


def _decode_plain(value: str) -> str:
    """Raw 8-bit octets and encoded words are not allowed here, and common in file names."""
    text = value.encode("latin-1").decode("utf-8", "replace") if not value.isascii() else value
    return decode_anywhere(text.replace("\0", ""))
