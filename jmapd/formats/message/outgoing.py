"""A message as it is sent: what the recipients must not see is taken out, what they need put in (RFC 8621 7.5)."""

import re

from jmapd.formats.message.wire_form import wire_form

# Bcc, also of one who resends; and who sends must not put a Return-Path (RFC 5321 4.4)
_HIDDEN = re.compile(rb"(?mi)^(?:resent-bcc|bcc|return-path)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z)")
_MBOX = re.compile(rb">?From (?![ \t]*+:)[^\n]*+(?:\n|\Z)")
_FIELDS = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")


def readable(wire: bytes) -> bytes:
    """A message in wire form without what servers and readers take for different things; checks are made of this."""
    if b"\r" in wire and wire.count(b"\r") != wire.count(b"\n"):
        # RFC 5321 2.3.8: they must not be sent; others may take them for line ends
        wire = wire_form(wire.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    line = _MBOX.match(wire)
    return wire[line.end() :] if line else wire


def has_only_fields(wire: bytes) -> bool:
    """Whether all up to the first empty line is header fields: at any other line some take the header to end."""
    return _FIELDS.fullmatch(wire, 0, _header_end(wire)) is not None


def outgoing(wire: bytes, first: bytes = b"") -> bytes:
    """The octets for SMTP of a message in wire form, with whole header lines `first`.

    All up to the first empty line counts as header, as it does for whoever receives it.
    """
    wire = readable(wire)
    end = _header_end(wire)
    out = b"".join((first, _HIDDEN.sub(b"", wire[:end]), wire[end:]))
    return out if out.endswith(b"\r\n") else out + b"\r\n"


def _header_end(wire: bytes) -> int:
    """Where the empty line begins."""
    if wire.startswith(b"\r\n"):
        return 0
    found = wire.find(b"\r\n\r\n")
    return len(wire) if found < 0 else found + 2
