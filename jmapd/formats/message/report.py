"""multipart/report (RFC 6522) and the fields that its machine-readable part has (RFC 3464 2.1, RFC 8098 3.1).

Reading is bounded and never raises; what is written is 7bit whatever it is made of.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from jmapd.formats.message import encode, header_forms, transfer
from jmapd.formats.message.body import decode_text
from jmapd.formats.message.cfws import strip_comments, unfold
from jmapd.formats.message.generate import NewPart, new_boundary
from jmapd.formats.message.header_lines import Lines
from jmapd.formats.message.parameter_write import content_type
from jmapd.formats.message.part import Part
from jmapd.formats.message.structure import parse, read_header

MAX_OCTETS = 1024 * 1024  # of a machine-readable part, and of the header of what is returned
MAX_GROUPS = 2000
MAX_TEXT = 256 * 1024  # octets of the part for humans
MAX_VALUE = 900  # characters of one field that is written, so that any word of it fits a line

Fields = dict[str, tuple[str, list[str]]]  # by name in lower case: the name as written, its values unfolded

_RETURNED = ("message/rfc822", "message/global")
_RETURNED_HEADER = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_ESCAPE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_TYPED = re.compile(r"\s*([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)\s*;\s*(.*)", re.S)


def machine_part(root: Part, types: Sequence[str]) -> Part | None:
    """The part that a program reads, of a message that is a report of such a type."""
    if root.type != "multipart/report":
        return None
    return next((part for part in root.children if part.type in types), None)


def groups(part: Part) -> list[Fields]:
    """Its fields; a blank line begins another group."""
    # neither kind may be encoded, but some are
    data = transfer.decode(part.stored(MAX_OCTETS), part.encoding).replace(b"\r\n", b"\n")
    out: list[Fields] = []
    for block in re.split(rb"\n(?:[ \t]*\n)+", data.strip(b"\n \t"))[:MAX_GROUPS]:
        fields: Fields = {}
        for name, value in read_header(block + b"\n\n", 0, len(block) + 2)[0]:
            text = unfold(value.decode("utf-8", "replace")).replace("\0", "").strip()
            written = name.decode("ascii", "replace")
            fields.setdefault(written.lower(), (written, []))[1].append(text)
        if fields:
            out.append(fields)
    return out


def text_of(root: Part) -> str | None:
    """The part for humans, as far as it is text."""
    if not root.children:
        return None
    found = next((part for part in root.children[0].walk() if part.type == "text/plain"), None)
    return None if found is None else decode_text(found, MAX_TEXT)[0]


def returned(root: Part, after: Part) -> Part | None:
    """The part that has the original message or its header."""
    kinds = _RETURNED + _RETURNED_HEADER
    return next((part for part in root.children if part is not after and part.type in kinds), None)


def is_whole(part: Part | None) -> bool:
    """Whether a returned part has more than the header."""
    return part is not None and part.type in _RETURNED


def returned_ids(root: Part) -> list[str]:
    """As returned_id(), of a report of any type."""
    found = (returned_id(part) for part in root.children if part.type in _RETURNED + _RETURNED_HEADER)
    return [id for id in found if id is not None]


def returned_id(part: Part | None) -> str | None:
    """The Message-ID of what is returned."""
    if part is None:
        return None
    return message_id(parse(transfer.decode(part.stored(MAX_OCTETS), part.encoding)))


def message_id(root: Part) -> str | None:
    """Without its angle brackets."""
    value = root.header("message-id")
    found = header_forms.as_message_ids(value) if value is not None else None
    return found[0] if found else None


def typed(value: str) -> tuple[str, str] | None:
    """An address-type and the address, or a name-type and the name (RFC 3464 2.1.2), without comments."""
    found = _TYPED.fullmatch(strip_comments(value).strip())
    if found is None:
        return None
    kind, text = found[1].lower(), " ".join(found[2].split())
    return kind, _ESCAPE.sub(_character, text) if kind == "utf-8" else text


def _character(found: re.Match[str]) -> str:
    """RFC 6533 3: one of utf-8-addr-xtext."""
    code = int(found[1], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and code >= 0x20 else found[0]


def address(value: str | None) -> str:
    """The mailbox of such a field; "" where there is none."""
    found = typed(value) if value else None
    if found is None or found[0] not in ("rfc822", "utf-8"):
        return ""
    return found[1].removeprefix("<").removesuffix(">")


def typed_address(mailbox: str) -> str:
    """The value of a field for it: RFC 3464 2.3.2, RFC 6533 3 for one that is not ASCII."""
    return f"rfc822; {mailbox}" if mailbox.isascii() else f"utf-8; {escaped(mailbox)}"


def escaped(mailbox: str) -> str:
    """As utf-8-addr-xtext (RFC 6533 3)."""
    return "".join(c if c.isascii() and c != "\\" else f"\\x{{{ord(c):02X}}}" for c in mailbox)


def every(fields: Fields, name: str) -> list[str]:
    """The values that say anything."""
    return [value for value in fields.get(name, ("", []))[1] if value]


def first(fields: Fields, name: str) -> str | None:
    """The first of them."""
    return next(iter(every(fields, name)), None)


# --- writing


def clean(text: str) -> str:
    """What may stand in a field: one line of ASCII."""
    text = " ".join(_CONTROL.sub(" ", text[: 4 * MAX_VALUE]).split())
    return text.encode("ascii", "backslashreplace").decode("ascii")[:MAX_VALUE]


def field(name: str, value: str) -> bytes:
    """A whole field, folded, with its CRLF. Raises ValueError for what is no name."""
    lines = Lines(name)
    for word in clean(value).split(" "):
        lines.word(" ", word)
    return lines.field()


def date(seconds: float) -> str:
    """RFC 3464 2.2.5: with a numeric time zone."""
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC))


def new_report(kind: str, text: str, machine: bytes, original: NewPart | None) -> NewPart:
    """The root part; `kind` is the report-type, and the type of the machine-readable part after "message/"."""
    charset, octets = encode.text_octets(text)
    first = NewPart([content_type("text/plain", {"charset": charset})], *encode.encode_text(octets))
    second = NewPart([content_type(f"message/{kind}", {})], "7bit", machine)
    boundary = new_boundary()
    children = [first, second] if original is None else [first, second, original]
    head = content_type("multipart/report", {"report-type": kind, "boundary": boundary})
    return NewPart([head], boundary=boundary.encode(), children=children)


def original_part(message: bytes, headers_only: bool = False) -> NewPart:
    """What is returned of a message: all, or its header (RFC 6522 4)."""
    if not headers_only:
        return NewPart([content_type("message/rfc822", {})], *encode.encode_message(message))
    _, body = read_header(message, 0, len(message))
    header = message[:body].replace(b"\r\n", b"\n").rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    return NewPart([content_type("text/rfc822-headers", {})], *encode.encode_text(header[:MAX_OCTETS]))
