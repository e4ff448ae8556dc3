"""Header fields written in the forms of RFC 8621 4.1.2, so that header_forms.py reads back what was given.

White space around a name or an address goes, an empty name is none, and a list without items is no header field at all.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from jmapd.formats.message.header_lines import LONGEST_LINE, Lines, check_text, pieces
from jmapd.wire.dates import parse_date

_TOKEN = re.compile(r"([ \t]*+)([^ \t]++)")
_LONG_WORD, _LONG_GAP = 900, 20  # characters; what is longer goes into encoded words

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+")
# RFC 6532 3.2: what is not ASCII may stand in atoms
_DOT_ATOM = r'[^\s"(),:;<>@\[\\\].]++(?:\.[^\s"(),:;<>@\[\\\].]++)*+'
_QUOTED_LOCAL = r'"(?:[^"\\\t]|\\[ -~])*+"'
_ADDR_SPEC = re.compile(rf"(?:{_DOT_ATOM}|{_QUOTED_LOCAL})@(?:{_DOT_ATOM}|\[[^\[\]\\\s]*+\])")
_WORD = re.compile(rf"(?!.*=\?){_DOT_ATOM}")
_PLAIN = re.compile(r'[^\s"(),:;<>\[\\\]]*+')  # may stand in angle brackets, though it is no addr-spec
_ID = re.compile(r"[^\s<>]++")


def field(name: str, form: str, value: Any) -> bytes:
    """The whole header field, folded, with its CRLF; b"" for an empty list. Raises ValueError(why)."""
    if form == "asRaw":
        return _raw(name, value)
    lines = Lines(name)
    _WRITERS[form](lines, value)
    whole = lines.field()
    return b"" if lines.is_empty and isinstance(value, list) else whole


def _raw(name: str, value: Any) -> bytes:
    """4.1.2.1: as given, where that is a header field. Raises ValueError."""
    Lines(name)
    if not isinstance(value, str):
        raise ValueError("must be a string")
    first, *folded = value.split("\r\n")
    for line in folded:
        if line[:1] not in (" ", "\t") or not line.strip(" \t"):
            raise ValueError("has a line break that is no folding (RFC 5322 2.2.3)")
    for line in (f"{name}:{first}", *folded):
        if len(check_text(line).encode()) > LONGEST_LINE:
            raise ValueError(f"has a line of more than {LONGEST_LINE} octets")
    return f"{name}:{value}\r\n".encode()


# --- text ---


def _text(lines: Lines, value: Any) -> None:
    """4.1.2.2: words of ASCII stay readable, the others and what would be lost become encoded words."""
    text = check_text(value)
    # white space at the end is no token's, and the search for one would take the square of its length
    tokens = _TOKEN.findall(text) if text.strip(" \t") == text else []
    if not tokens or any(len(gap) > _LONG_GAP for gap, _ in tokens):
        lines.encoded(" ", text.replace("\t", " "))
        return
    run: list[str] = []  # of neighbours to be encoded, with the white space between them
    before = gap = " "
    for gap, word in tokens:
        if not word.isascii() or "=?" in word or len(word) > _LONG_WORD:
            if run:
                run.append(gap.replace("\t", " "))
            else:
                before = gap or " "
            run.append(word)
            continue
        if run:
            lines.encoded(before, "".join(run))
            run = []
        lines.word(gap or " ", word)
    if run:
        lines.encoded(before, "".join(run))


# --- addresses ---


def _addresses(lines: Lines, value: Any) -> None:
    """4.1.2.3."""
    _write_groups(lines, [(None, [address]) for address in _list(value)])


def _grouped_addresses(lines: Lines, value: Any) -> None:
    """4.1.2.4."""
    items: list[tuple[str | None, list[Any]]] = []
    for group in _list(value):
        name, members = _properties(group, "name", "addresses")
        name = _display_name(name)
        if name is None:
            items += [(None, [address]) for address in _list(members)]
        else:
            items.append((name, _list(members)))
    _write_groups(lines, items)


def _write_groups(lines: Lines, items: list[tuple[str | None, list[Any]]]) -> None:
    """Each a group, or one mailbox in none."""
    for number, (name, members) in enumerate(items, 1):
        end = "," if number < len(items) else ""
        if name is None:
            _mailbox(lines, members[0], end)
            continue
        _phrase(lines, name, ":" if members else f":;{end}")
        for place, member in enumerate(members, 1):
            _mailbox(lines, member, "," if place < len(members) else f";{end}")


def _mailbox(lines: Lines, address: Any, end: str) -> None:
    """What is no addr-spec (a draft, half finished) is one address all the same: quoted, where it must be."""
    name, email = _properties(address, "name", "email")
    name, email = _display_name(name), check_text(email).strip()
    is_bare = bool(_ADDR_SPEC.fullmatch(email) or _WORD.fullmatch(email))
    if not is_bare and not _PLAIN.fullmatch(email):
        email = _quoted(email)
    if name is not None:
        _phrase(lines, name, "")
    lines.word(" ", f"{email}{end}" if is_bare and name is None else f"<{email}>{end}")


def _display_name(name: Any) -> str | None:
    """Without white space around it, as in RFC 8621 4.1.2.3; null for none."""
    return None if name is None else check_text(name).strip() or None


def _phrase(lines: Lines, name: str, end: str) -> None:
    """RFC 5322 3.2.5: atoms, a quoted string, or encoded words."""
    is_plain = name.isascii() and "=?" not in name
    words = _TOKEN.findall((name if _ATOMS.fullmatch(name) else _quoted(name)) + end) if is_plain else []
    if not is_plain or any(len(gap) > _LONG_GAP or len(word) > _LONG_WORD for gap, word in words):
        lines.encoded(" ", name.replace("\t", " "))
        words = [(" ", end)] if end else []  # RFC 2047 5 (3): not next to a special
    for gap, word in words:
        lines.word(gap or " ", word)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# --- ids, dates, URLs ---


def _message_ids(lines: Lines, value: Any) -> None:
    """4.1.2.5."""
    for id in _list(value):
        if not _ID.fullmatch(check_text(id)):
            raise ValueError("must be message ids without angle brackets and white space")
        lines.word(" ", f"<{id}>")


def _date(lines: Lines, value: Any) -> None:
    """4.1.2.6: a date-time of RFC 5322 3.3, from 1900 on."""
    epoch, zone = parse_date(check_text(value))
    if not "1900" <= value[:4] <= "9998":
        raise ValueError("must be in the years 1900 to 9998")
    moment = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)).astimezone(zone)
    for word in format_datetime(moment).split():
        lines.word(" ", word)


def _urls(lines: Lines, value: Any) -> None:
    """4.1.2.7; RFC 2369 2: white space within the brackets is ignored, so a long URL can be folded."""
    urls = _list(value)
    for number, url in enumerate(urls, 1):
        if not _ID.fullmatch(check_text(url)):
            raise ValueError("must be URLs without angle brackets and white space")
        word = f"<{url}>," if number < len(urls) else f"<{url}>"
        for piece in pieces(word):
            lines.word(" ", piece)


# --- shapes ---


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("must be a list")
    return value


def _properties(value: Any, *names: str) -> tuple[Any, ...]:
    """The first, `name`, may be left out."""
    if not isinstance(value, Mapping) or names[-1] not in value or value.keys() - set(names):
        raise ValueError(f"must have objects of {' and '.join(names)}")
    return tuple(value.get(name) for name in names)


_WRITERS: dict[str, Callable[[Lines, Any], None]] = {
    "asText": _text,
    "asAddresses": _addresses,
    "asGroupedAddresses": _grouped_addresses,
    "asMessageIds": _message_ids,
    "asDate": _date,
    "asURLs": _urls,
}
