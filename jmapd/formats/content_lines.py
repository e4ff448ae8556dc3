"""Content lines (RFC 6350 3.2, 3.3; RFC 5545 3.1; RFC 6868), also as vCard 2.1 and vCalendar 1.0 had them.

Linear in the size of the text, and every line keeps the text it came from: joined again it is the file.
Values come out in Unicode with quoted-printable and CHARSET= undone, and still escaped; folding is undone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jmapd.formats.message import charset, transfer

FOLD_AT = 75  # octets without the line break
_SAMPLE, _AROUND = 4096, 100

Params = list[tuple[str, list[str]]]

_BOMS = (("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"))
BOM = "\ufeff"
_UNFOLD = re.compile(r"(?<!\r)\r*+\n[ \t]")  # the look behind keeps long runs of CR linear
_UNFOLD_CR = re.compile(r"\r[ \t]")
_UNFOLD_OCTETS = re.compile(_UNFOLD.pattern.encode())
_LOGICAL_END = {mark: re.compile(mark + r"(?![ \t])") for mark in "\n\r"}
_LINE_END = re.compile(r"(?<!\r)\r*+\n")
_SOFT_BREAK = re.compile(r"=[ \t]*\r*\n|=[ \t]*\r")
_BREAK = re.compile(r"\r\n|\r|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")
_QUOTED_PRINTABLE, _BASE64 = "QUOTED-PRINTABLE", ("B", "BASE64")
_ENCODED_HEAD = re.compile(r"QUOTED-PRINTABLE|BASE64|ENCODING=B\b", re.IGNORECASE)
_ONLY_BASE64 = re.compile(r"[A-Za-z0-9+/=]++[ \t]*+\r*+\n?\Z")
_NAME = re.compile(r"[A-Za-z0-9_/+-]++\Z")
_STRICT_NAME = re.compile(r"[A-Za-z0-9-]++\Z")
_GROUP = re.compile(r"[A-Za-z0-9_.-]++\Z")
# Most lines: not folded, nothing quoted, no caret, nothing that may be of vCard 2.1.
_SIMPLE = re.compile(
    r"([A-Za-z0-9-]++)((?:;(?!ENC|CHAR)[A-Z-]++=[^\n\r\":;^]*+)*+):([^\n\r]*+)\r?\n(?![ \t])", re.I | re.A
)
_ENDS = ("END:", "end:", "End:")
_ODD = re.compile(rb"[\x80-\xff]+")
_LATIN, _WIDE = ("cp1252", "cp1250", "iso8859_2"), ("cp932", "cp949", "cp950")
_SOFT_END = re.compile(r"=[ \t]*(?:\r*\n|\r)\Z")
_FRAME = re.compile(
    r"[ \t]*(?:BEGIN|END):(?:V(?:CARD|CALENDAR|EVENT|TODO|JOURNAL|TIMEZONE|ALARM)|STANDARD|DAYLIGHT)[ \t]*\r*\n?\Z",
    re.I | re.A,
)
_COLON = re.compile(r'"[^"]*+"|:')
_BETWEEN_SEMICOLONS = re.compile(r'(?:[^;"]|"[^"]*+"|")*+')
_BETWEEN_COMMAS = re.compile(r'(?:[^,"]|"[^"]*+"|")*+')
_CARET = re.compile(r"\^([\^n'])")
_CARET_MEANS = {"^": "^", "n": "\n", "'": '"'}
_CARET_NEEDED = {"^": "^^", "\n": "^n", '"': "^'"}
_IN_QUOTES = ("JSPTR",)  # jscalendar-icalendar 4.2.2
_TO_CARET = re.compile(r'[\^\n"]')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Parameter values that vCard 2.1 allows to stand without their parameter's name; all others are of TYPE.
_BARE = dict.fromkeys(("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B"), "ENCODING") | dict.fromkeys(
    ("INLINE", "URL", "URI", "CONTENT-ID", "CID"), "VALUE"
)


@dataclass(slots=True, eq=False)
class Line:
    """One logical line. Of a line that is no content line (`is_broken`) and of a blank one the name is ""."""

    raw: str  # as it stands in the file, folded and with its line end
    group: str = ""
    name: str = ""  # upper case
    params: Params = field(default_factory=list)  # names in upper case, RFC 6868 undone
    value: str = ""  # unfolded, still escaped
    is_broken: bool = False
    is_made: bool = False  # by make_line: its raw form is decided by the file it goes into


def decoded(data: bytes) -> tuple[str, str]:
    """Text of a file and the encoding to give to `encoded`; octets that are no UTF-8 become lone surrogates."""
    for encoding, bom in _BOMS:
        if data.startswith(bom) and (found := _strict(data, encoding)) is not None:
            return found, encoding
    for encoding in ("utf-16-le", "utf-16-be"):
        if data.startswith("BEGIN".encode(encoding)) and (found := _strict(data, encoding)) is not None:
            return found, encoding
    return data.decode("utf-8", "surrogateescape"), "utf-8"


def _strict(data: bytes, encoding: str) -> str | None:
    errors = "surrogateescape" if encoding == "utf-8" else "surrogatepass"
    try:
        return data.decode(encoding, errors)
    except UnicodeDecodeError:
        return None


def encoded(text: str, encoding: str) -> bytes:
    """The inverse of `decoded`."""
    try:
        return text.encode(encoding, "surrogateescape" if encoding == "utf-8" else "surrogatepass")
    except UnicodeEncodeError:  # half a pair of an UTF-16 file, now to be UTF-8
        return _SURROGATE.sub("\ufffd", text).encode(encoding)


def newline_of(text: str) -> str:
    """The line break that a text begins with, CR alone only where there is no LF; CRLF when it has none."""
    found = _LINE_END.search(text)
    return found[0] if found else "\r" if "\r" in text else "\r\n"


def lines(text: str, encoding: str = "utf-8") -> Iterator[Line]:
    """All logical lines; their raw forms joined are the text, but for a byte order mark, which is the first's."""
    mark = "\n" if "\n" in text else "\r"
    ends = _LOGICAL_END[mark]
    guess = _guess(text) if encoding == "utf-8" else None
    position, size = 0, len(text)
    start = 1 if text.startswith(BOM) else 0
    while position < size:
        found = _SIMPLE.match(text, start)
        if found is not None and (found[0].isascii() or not _SURROGATE.search(found[0])):
            line = Line(text[position : found.end()], "", found[1].upper(), _simple_params(found[2]), found[3])
        else:
            line = parse_line(text[start : _end(text, start, mark, ends)], guess)
            if start != position:
                line.raw = BOM + line.raw
        yield line
        position = start = position + len(line.raw)


def _guess(text: str) -> str | None:
    """One codec for all octets of a file that are not UTF-8 and say nothing about themselves, by their own lines."""
    sample, end, size = [], 0, 0
    for found in () if text.isascii() else _SURROGATE.finditer(text):
        place = found.start()
        if place < end:
            continue
        start = max(end, place - _AROUND, text.rfind("\n", max(0, place - _AROUND), place) + 1)
        end = text.find("\n", place, place + _AROUND)
        end = end if end >= 0 else place + _AROUND
        sample.append(_octets(text[start:end]))
        size += end - start
        if size > _SAMPLE:
            break
    return _codec(b"\n".join(sample)) if sample else None


def _codec(sample: bytes) -> str:
    """Greek, Cyrillic and the like have whole words of such octets: by single ones they are not believed."""
    found = charset.likely_codec(sample, 0) or "cp1252"
    if found in _LATIN or not found.startswith(("cp", "iso8859", "koi8", "mac")) or found in _WIDE:
        return found
    runs = _ODD.findall(sample)
    return found if sum(len(run) > 1 for run in runs) * 2 > len(runs) else "cp1252"


def _simple_params(text: str) -> Params:
    found: Params = []
    for part in text.split(";")[1:] if text else ():
        name, _, values = part.partition("=")
        found.append((name.upper(), values.split(",")))
    return found


def _end(text: str, start: int, mark: str, ends: re.Pattern[str]) -> int:
    """Where the logical line ends: after its folds, its soft line breaks, and Base64 without indentation."""
    first = _after(text, mark, start)
    if _FRAME.match(text, start, first):
        return first  # no fold: what is indented below it is a line of its own
    found = ends.search(text, start)
    end = found.end() if found else len(text)
    encoding = _ENCODED_HEAD.search(text, start, text.find(":", start, end) + 1)
    if encoding is None:
        return end
    size = len(text)
    if encoding[0].upper() == _QUOTED_PRINTABLE:
        while end < size and _SOFT_END.search(text[max(start, end - 80) : end]) and text[end : end + 4] not in _ENDS:
            end = _after(text, mark, end)
        return end
    while end < size and _ONLY_BASE64.match(text, end, after := _after(text, mark, end)):
        end = after
    after = _after(text, mark, end)  # vCard 2.1: an empty line ends the value
    return end if text[end:after].strip() else after


def _after(text: str, mark: str, position: int) -> int:
    found = text.find(mark, position)
    return found + 1 if found >= 0 else len(text)


def parse_line(raw: str, guess: str | None = None) -> Line:
    """One logical line, folded or not; never fails. `guess`: the charset of octets that are no UTF-8."""
    content = raw.removesuffix("\n").rstrip("\r\n")
    if _QUOTED_PRINTABLE in content[: content.find(":") + 1].upper():
        content = _SOFT_BREAK.sub("", content)
    if _SURROGATE.search(content):  # a fold may have cut a character in two
        octets = _UNFOLD_OCTETS.sub(b"", _octets(content))
        content = octets.decode("utf-8", "surrogateescape")
    elif "\n" in content or "\r" in content:
        content = (_UNFOLD if "\n" in content else _UNFOLD_CR).sub("", content)
    content = content.lstrip(" \t")
    head, value = _split_head(content)
    name, semicolon, rest = head.partition(";")
    group, _, name = name.strip().rpartition(".")
    if not _NAME.match(name) or (group and not _GROUP.match(group)) or len(head) == len(content):
        return Line(raw, value=_readable(content, None, guess), is_broken=bool(content.strip()))
    params = _params(rest) if semicolon else []
    line = Line(raw, group, name.upper(), params, value)
    if params or not content.isascii():
        _undo_encodings(line, guess)
    return line


def _split_head(content: str) -> tuple[str, str]:
    """What is before and after the colon; a colon inside quotation marks counts only when there is no other."""
    head, colon, value = content.partition(":")
    if colon and '"' in head:
        found = next((each.start() for each in _COLON.finditer(content) if each[0] == ":"), -1)
        if found >= 0:
            return content[:found], content[found + 1 :]
    return head, value


def split_at(between: re.Pattern[str], text: str) -> list[str]:
    """The parts of a text; the pattern matches, at any place, all up to the next separator of one character."""
    parts, position = [], 0
    while found := between.match(text, position):
        parts.append(found[0])
        position = found.end() + 1
        if position > len(text):
            break
    return parts


def _params(text: str) -> Params:
    found: Params = []
    parts = text.split(";") if '"' not in text else split_at(_BETWEEN_SEMICOLONS, text)
    for part in parts:
        name, equals, values = part.partition("=")
        if equals:
            found.append((name.strip().upper(), _param_values(values)))
        elif part := part.strip():
            found.append((_BARE.get(part.upper(), "TYPE"), [_param_value(part)]))
    return found


def _param_values(text: str) -> list[str]:
    if '"' not in text and "^" not in text:
        return text.split(",")
    return [_param_value(value) for value in split_at(_BETWEEN_COMMAS, text)]


def _param_value(text: str) -> str:
    text = text.replace('"', "")
    return _CARET.sub(lambda found: _CARET_MEANS[found[1]], text) if "^" in text else text


def _undo_encodings(line: Line, guess: str | None) -> None:
    """Applies CHARSET= and quoted-printable to value and parameters, and takes those two parameters away."""
    label: str | None = None
    is_quoted = False
    kept: Params = []
    for name, values in line.params:
        encoding = values[0].upper() if name == "ENCODING" else ""
        if name == "CHARSET":
            label = values[0]
        elif encoding == _QUOTED_PRINTABLE:
            is_quoted = True
        else:
            kept.append((name, values))
        if encoding in _BASE64:
            line.value = "".join(line.value.split())
    line.params = [(name, [_readable(value, label, guess) for value in values]) for name, values in kept]
    if is_quoted:
        octets = transfer.decode_quoted_printable(_octets(line.value))
        line.value = _BREAK.sub(r"\\n", _SURROGATE.sub("\ufffd", _text(octets, label, guess)))
    else:
        line.value = _readable(line.value, label, guess)


def _readable(text: str, label: str | None, guess: str | None) -> str:
    """Text in its charset; octets that are UTF-8 are that, whatever CHARSET= says."""
    if text.isascii():
        codec = charset.codec_of(label) if label else None
        return charset.decode(text.encode(), label)[0] if codec and codec.startswith(("iso2022", "hz")) else text
    if _SURROGATE.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", _text(_octets(text), label, guess))


def _octets(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a pair in an UTF-16 file
        return _SURROGATE.sub("\ufffd", text).encode()


def _text(octets: bytes, label: str | None, guess: str | None) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        codec = charset.codec_of(label) if label else None
        return charset.decode(octets, guess or "cp1252" if codec in (None, "utf_8") else label)[0]


def is_name(text: str) -> bool:
    """iana-token or x-name of RFC 6350 3.3; files have others, which other programs may not be able to read."""
    return _STRICT_NAME.match(text) is not None


def make_line(name: str, value: str, params: Params | None = None, group: str = "") -> Line:
    """A new line, which is as it will be read: line breaks in the value become "\\n", what vCard parameters cannot hold
    goes, and so do those of another encoding. Raises ValueError when a name cannot stand in a line.
    """
    for each in (name, *(param for param, _ in params or ())):
        if not _NAME.match(each) or each.upper() in ("BEGIN", "END"):
            raise ValueError(f"{each!r} is no name of a property or parameter")
    if group and not _GROUP.match(group):
        raise ValueError(f"{group!r} is no name of a group")
    value = _SURROGATE.sub("\ufffd", _BREAK.sub(r"\\n", value))
    made: Params = []
    for param, values in params or ():
        param, values = param.upper(), [_storable(each) for each in values] or [""]
        encoding = values[0].upper() if param == "ENCODING" else ""
        if param != "CHARSET" and encoding != _QUOTED_PRINTABLE:
            made.append((param, values))
        if encoding in _BASE64:
            value = "".join(value.split())
    line = Line("", group, name.upper(), made, value, is_made=True)
    line.raw = fold(unfolded(line), "\r\n")
    return line


def unfolded(line: Line) -> str:
    """The content line of what the fields say, without a line end."""
    start = f"{line.group}.{line.name}" if line.group else line.name
    return f"{start}{''.join(_written(name, values) for name, values in line.params)}:{line.value}"


def _written(name: str, values: list[str]) -> str:
    quoted: Iterable[str] = map(_quoted, values)
    if name in _IN_QUOTES:
        quoted = (each if each[:1] == '"' else f'"{each}"' for each in quoted)
    return f";{name}={','.join(quoted)}"


def _storable(value: str) -> str:
    """RFC 6350 3.3: no control characters; RFC 6868 has a form for line breaks."""
    return _CONTROL.sub("", _SURROGATE.sub("\ufffd", _BREAK.sub("\n", value)))


def _quoted(value: str) -> str:
    """RFC 6868 3.1; in quotation marks where a delimiter is in it."""
    value = _TO_CARET.sub(lambda found: _CARET_NEEDED[found[0]], value)
    return f'"{value}"' if "," in value or ";" in value or ":" in value else value


def fold(text: str, newline: str) -> str:
    """RFC 6350 3.2: at most 75 octets a line, never inside a character; with a line end."""
    octets = text.encode("utf-8", "surrogatepass")
    if len(octets) <= FOLD_AT:
        return text + newline
    pieces, start, room = [], 0, FOLD_AT
    while start < len(octets):
        end = start + room
        while end < len(octets) and octets[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(octets[start:end].decode("utf-8", "surrogatepass"))
        start, room = end, FOLD_AT - 1
    return (newline + " ").join(pieces) + newline
