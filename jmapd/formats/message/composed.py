"""Messages that the server writes itself: the header fields that all have (RFC 5322 3.6), and text (RFC 2046 4.1)."""

import re
import secrets
from collections.abc import Sequence
from typing import Any

from jmapd.formats.message.encode import encode_text, text_octets
from jmapd.formats.message.generate import NewPart
from jmapd.formats.message.header_write import field
from jmapd.wire.dates import utc_date

EmailAddress = dict[str, Any]
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")


def head(sender: EmailAddress, to: Sequence[EmailAddress], subject: str, now: float, *more: bytes) -> list[bytes]:
    """All fields but those of the body. `more`: others, whole."""
    domain = sender["email"].rpartition("@")[2]
    right = domain if _DOMAIN.fullmatch(domain) else "localhost"
    return [
        field("Date", "asDate", utc_date(int(now))),
        f"Message-ID: <{secrets.token_urlsafe(18)}@{right}>\r\n".encode(),
        field("From", "asAddresses", [sender]),
        field("To", "asAddresses", list(to)),
        field("Subject", "asText", subject),
        *more,
        b"MIME-Version: 1.0\r\n",
    ]


def text_part(kind: str, text: str) -> NewPart:
    """text/`kind`."""
    charset, octets = text_octets(text)
    return NewPart([f"Content-Type: text/{kind}; charset={charset}\r\n".encode()], *encode_text(octets))


def one_line(text: Any) -> str:
    """What may stand in a header field: nothing in it begins another. "" for what is no text."""
    return " ".join(_CONTROL.sub(" ", text).split()) if isinstance(text, str) else ""


def printable(text: str) -> str:
    """Without what is not to be shown."""
    return _NOT_IN_TEXT.sub(" ", text.replace("\r\n", "\n"))
