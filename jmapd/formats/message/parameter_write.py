"""The Content-* header fields of a MIME part written: parameters by RFC 2045 5.1, and RFC 2231 where that is needed."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from jmapd.formats.message.header_lines import LINE, Lines, check_text, pieces

_TOKEN = r"[!#-'*+.0-9A-Z^-~-]+"
_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}")
_WORD = re.compile(_TOKEN)
_ATTRIBUTE = re.compile(r"[!#$&+.0-9A-Z^-~-]+")  # RFC 2231 7
_LONGEST_NAME = 40
_TAG = re.compile(r"[A-Za-z0-9_-]{1,100}")  # RFC 5646 2.1, RFC 3282; "en_US" is common
_CID = re.compile(r'[^\s<>()"\\]+')
_LOCATION = re.compile(r'[^\s"]+')
_SAFE = "!#$&+-.^_`{|}~"
_LONGEST = 60_000  # octets of one field: more is not parsed again
_MOST_SECTIONS = 900  # in one field, for the same reason


def content_type(type: str, parameters: Mapping[str, str]) -> bytes:
    """RFC 2045 5. Raises ValueError."""
    if not _TYPE.fullmatch(check_text(type)):
        raise ValueError("must be a media type as text/plain")
    return _with_parameters("Content-Type", type, parameters)


def disposition(disposition: str, parameters: Mapping[str, str]) -> bytes:
    """RFC 2183. Raises ValueError."""
    if not _WORD.fullmatch(check_text(disposition)):
        raise ValueError("must be a word as attachment")
    return _with_parameters("Content-Disposition", disposition, parameters)


def language(tags: Sequence[str]) -> bytes:
    """RFC 3282; b"" for no tags. Raises ValueError."""
    lines = Lines("Content-Language")
    for number, tag in enumerate(tags, 1):
        if not _TAG.fullmatch(check_text(tag)):
            raise ValueError("must be language tags (RFC 5646)")
        lines.word(" ", tag if number == len(tags) else f"{tag},")
    return lines.field() if tags else b""


def location(uri: str) -> bytes:
    """RFC 2557 4, which lets a long URI be folded anywhere. Raises ValueError."""
    if not _LOCATION.fullmatch(check_text(uri)):
        raise ValueError("must be a URI")
    lines = Lines("Content-Location")
    for piece in pieces(uri):
        lines.word(" ", piece)
    return lines.field()


def content_id(cid: str) -> bytes:
    """RFC 2045 7. Raises ValueError."""
    if not _CID.fullmatch(check_text(cid)):
        raise ValueError("must be a message id without angle brackets and white space")
    lines = Lines("Content-ID")
    lines.word(" ", f"<{cid}>")
    return lines.field()


def _with_parameters(field: str, value: str, parameters: Mapping[str, str]) -> bytes:
    names = {name.lower() for name in parameters}
    if len(names) < len(parameters):
        raise ValueError("must have each parameter once")
    lines = Lines(field)
    words = [value]
    for name, content in parameters.items():
        if len(check_text(content)) > _LONGEST:
            raise ValueError("has a parameter that is too long")
        words += _sections(name, content)
    for number, word in enumerate(words, 1):
        lines.word(" ", word if number == len(words) else f"{word};")
    whole = lines.field()
    if len(words) > _MOST_SECTIONS or len(whole) > _LONGEST:
        raise ValueError("has parameters that are too long")
    return whole


def _sections(name: str, value: str) -> list[str]:
    """The parameter on one line where it can be, else in the sections of RFC 2231 3."""
    if not _ATTRIBUTE.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ValueError("must have parameters with a name (RFC 2045 5.1)")
    room = LINE - len(name) - len(' *1000*="";')
    if _ATTRIBUTE.fullmatch(value) and len(value) <= room:
        return [f"{name}={value}"]
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    if value.isascii() and "=?" not in value and "\t" not in value and len(quoted) <= room:
        return [f'{name}="{quoted}"']
    units = [quote(character, safe=_SAFE) for character in value]
    if sum(map(len, units)) <= room - len("utf-8''"):
        return [f"{name}*=utf-8''{''.join(units)}"]
    sections, left = ["utf-8''"], room - len("utf-8''")
    for unit in units:  # one character each: none is split
        if len(unit) > left:
            sections.append("")
            left = room
        sections[-1] += unit
        left -= len(unit)
    return [f"{name}*{number}*={section}" for number, section in enumerate(sections)]
