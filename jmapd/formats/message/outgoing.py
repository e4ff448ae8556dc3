"""A message as it is sent: what the recipients must not see is taken out, what they need put in (RFC 8621 7.5)."""

import re

# Bcc, also of one who resends; and who sends must not put a Return-Path (RFC 5321 4.4)
_HIDDEN = re.compile(rb"(?mi)^(?:resent-bcc|bcc|return-path)[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z)")
_LONE_CR = re.compile(rb"\r(?!\n)")


def outgoing(wire: bytes, first: bytes = b"") -> bytes:
    """The octets for SMTP of a message in wire form, with whole header lines `first`.

    All up to the first empty line counts as header, as it does for whoever receives it.
    """
    if b"\r" in wire and wire.count(b"\r") != wire.count(b"\n"):
        wire = _LONE_CR.sub(b"\r\n", wire)  # RFC 5321 2.3.8: they must not be sent; others may take them for line ends
    end = 0 if wire.startswith(b"\r\n") else wire.find(b"\r\n\r\n") + 2
    if end == 1:
        end = len(wire)
    out = b"".join((first, _HIDDEN.sub(b"", wire[:end]), wire[end:]))
    return out if out.endswith(b"\r\n") else out + b"\r\n"
