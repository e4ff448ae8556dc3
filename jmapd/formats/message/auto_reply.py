"""Automatic replies: whether a message may have one (RFC 3834 2, RFC 5230 4.5 and 4.6), and the reply (RFC 3834 3)."""

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from jmapd.formats.html_text import html_text
from jmapd.formats.mail_address import is_address
from jmapd.formats.message import header_forms
from jmapd.formats.message.composed import head, text_part
from jmapd.formats.message.generate import NewPart, generate
from jmapd.formats.message.header_write import field
from jmapd.formats.message.part import Part
from jmapd.formats.message.structure import read_header
from jmapd.wire import Record

TEXT = "I am away at the moment and may not read your message for some time.\n"
SUBJECT = "Automatic reply"
MOST_ADDRESSES = 1000  # in the header; a message to more people is not for one of them
MOST_REFERENCES = 20
LONGEST_SUBJECT = 400  # characters that are repeated of the original's
LIST_FIELDS = ("Id", "Help", "Subscribe", "Unsubscribe", "Post", "Owner", "Archive")
ADDRESSED = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")  # RFC 5230 4.5

_ROBOT = re.compile(  # RFC 3834 2, RFC 5230 4.6
    r"(?:mailer-daemon|postmaster|daemon|listserv|majordomo|mailman|(?:no-?reply|do-?not-?reply)(?:[-+._].*)?"
    r"|owner-.*|bounces?[-+].*|.*-(?:request|owner|bounces?|relay|noreply)(?:\+.*)?)",
    re.I,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_SUPPRESSED = {"all", "oof", "autoreply"}
_SPAM = (("X-Spam-Flag", "yes"), ("X-Spam-Status", "yes"), ("X-Spam", "yes"))


def header_of(message: bytes) -> Part:
    """The message's own header; its body is not looked at."""
    fields, body = read_header(message, 0, len(message))
    return Part(message, 0, body, len(message), fields, "text/plain")


def reason_against(header: Part, mail_from: str, is_own: Callable[[str], bool]) -> str | None:
    """Why no automatic reply may be sent; None when one may. `is_own`: whether an address is the account's."""
    if not mail_from:
        return "the envelope sender is empty"
    if not is_address(mail_from):
        return "the envelope sender is no address"
    if _ROBOT.fullmatch(mail_from.rpartition("@")[0]):
        return "the envelope sender is a program"
    if is_own(mail_from):
        return "the envelope sender is the account itself"
    if found := _automatic(header):
        return found
    if not any(is_own(address) for address in _addressed(header)):
        return "the account is not among the addressees"
    return None


def _automatic(header: Part) -> str | None:
    """RFC 3834 2: what was sent by a program, or to a list."""
    if any(_first_word(value) != "no" for value in header.header_all("Auto-Submitted")):
        return "Auto-Submitted"  # RFC 3834 5: any other keyword
    if any(header.header(f"List-{name}") is not None for name in LIST_FIELDS):
        return "mailing list"
    if any(_first_word(value) in ("bulk", "list", "junk") for value in header.header_all("Precedence")):
        return "Precedence"
    for value in header.header_all("X-Auto-Response-Suppress"):
        if _SUPPRESSED & {word.strip().lower() for word in value.decode("latin-1").split(",")}:
            return "X-Auto-Response-Suppress"
    if header.type == "multipart/report":
        return "report"
    return "spam" if is_spam(header) else None


def is_spam(header: Part) -> bool:
    """Whether a filter said so."""
    return any(_first_word(value) == word for name, word in _SPAM for value in header.header_all(name))


def _first_word(value: bytes) -> str:
    found = re.search(r"[^\s;,()]+", re.sub(r"\([^()]*\)", " ", value[:1000].decode("latin-1")))
    return found[0].lower() if found else ""


def _addressed(header: Part) -> Iterator[str]:
    count = 0
    for name in ADDRESSED:
        for value in header.header_all(name):
            for address in header_forms.as_addresses(value):
                count += 1
                if count > MOST_ADDRESSES:
                    return
                yield address["email"]


def reply(header: Part, vacation: Record, sender: dict[str, Any], to: str, now: float) -> bytes:
    """The whole message in wire form, out of a VacationResponse (RFC 8621 8). `sender`: an EmailAddress."""
    said, to_one = subject(header, vacation["subject"]), [{"name": None, "email": to}]
    more = (*_threading(header), b"Auto-Submitted: auto-replied\r\n")  # RFC 3834 5.2
    return generate(_body(vacation), head(sender, to_one, said, now, *more))


def subject(header: Part, given: str | None) -> str:
    """RFC 5230 4.3: "Auto: " and the original's, when none is given."""
    if given is not None:
        return _clean(given) or SUBJECT
    value = header.header("Subject")
    original = "" if value is None else _clean(header_forms.as_text(value))[:LONGEST_SUBJECT].strip()
    return f"Auto: {original}" if original else SUBJECT


def handle(vacation: Record) -> str:
    """The same for VacationResponses that say the same: who had this one is told another (RFC 5230 4.2)."""
    said = [vacation[name] for name in ("subject", "textBody", "htmlBody")]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def texts(vacation: Record) -> tuple[str, str | None]:
    """The plain text, and the HTML where there is any (RFC 8621 8)."""
    text, html = vacation["textBody"], vacation["htmlBody"]
    if text is None:
        text = TEXT if html is None else html_text(html) + "\n"
    return text, html


def _body(vacation: Record) -> NewPart:
    text, html = texts(vacation)
    plain = text_part("plain", text)
    if html is None:
        return plain
    boundary = f"=_{handle(vacation)[:32]}"  # of a hash of them, so it is in none of the texts
    kind = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'.encode()
    return NewPart([kind], boundary=boundary.encode(), children=[plain, text_part("html", html)])


def body_entity(vacation: Record) -> bytes:
    """The same as a MIME entity alone, for `vacation :mime` (RFC 5230 4.4)."""
    return generate(_body(vacation), [])


def _threading(header: Part) -> list[bytes]:
    """In-Reply-To and References (RFC 3834 3.1.5, RFC 5322 3.6.4); none for a message without an id."""
    ids = _ids(header, "Message-ID")
    if not ids:
        return []
    before = _ids(header, "References") or _ids(header, "In-Reply-To")[:1]
    references = [*before[:1], *before[1:][-MOST_REFERENCES:], ids[0]]
    return [field("In-Reply-To", "asMessageIds", ids[:1]), field("References", "asMessageIds", references)]


def _ids(header: Part, name: str) -> list[str]:
    value = header.header(name)
    found = None if value is None else header_forms.as_message_ids(value)
    return [id for id in found or () if len(id.encode()) <= 250 and id.isascii() and not _CONTROL.search(id)]


def _clean(text: str) -> str:
    """On one line: nothing in it can begin another header field."""
    return _CONTROL.sub(" ", text).strip()
