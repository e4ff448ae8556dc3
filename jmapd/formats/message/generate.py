"""A message out of its parts, in wire form (RFC 5322, RFC 2045, RFC 2046 5.1)."""

import secrets
from dataclasses import dataclass, field

_ORDER = ("7bit", "8bit", "binary")


@dataclass(slots=True)
class NewPart:
    """A part: its header fields, each whole and with its CRLF, and its encoded body or its children."""

    fields: list[bytes]
    encoding: str = "7bit"  # of the body; that of a multipart follows from its children
    body: bytes = b""
    boundary: bytes = b""  # of a multipart; as its Content-Type has it
    children: list["NewPart"] = field(default_factory=list)


def new_boundary() -> str:
    """RFC 2046 5.1.1: in no body; "=_" is in no encoded one, and the rest cannot be guessed."""
    return f"=_{secrets.token_hex(16)}"


def generate(root: NewPart, fields: list[bytes]) -> bytes:
    """The message whose own header fields these are; those of the root part follow them."""
    pieces = list(fields)
    _write(root, pieces)
    return b"".join(pieces)


def _write(part: NewPart, pieces: list[bytes]) -> str:
    """Adds the part; answers the least encoding that what is in it needs (RFC 2045 6.4)."""
    pieces += part.fields
    if not part.boundary:
        pieces.append(f"Content-Transfer-Encoding: {part.encoding}\r\n\r\n".encode())
        pieces.append(part.body)
        return part.encoding if part.encoding in _ORDER else "7bit"
    place, least = len(pieces), "7bit"
    pieces.append(b"\r\n")
    line = b"--" + part.boundary
    for number, child in enumerate(part.children):
        pieces.append(line + b"\r\n" if number == 0 else b"\r\n" + line + b"\r\n")
        least = max(least, _write(child, pieces), key=_ORDER.index)
    pieces.append(b"\r\n" + line + b"--\r\n")
    if least != "7bit":
        pieces[place] = f"Content-Transfer-Encoding: {least}\r\n\r\n".encode()
    return least
