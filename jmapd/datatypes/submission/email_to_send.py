"""The Email of a new EmailSubmission (RFC 8621 7.5): whether it may be sent, from whom, and its octets."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from jmapd.datatypes.submission.envelope import is_matched
from jmapd.formats.mail_address import is_address, normalised, split
from jmapd.formats.message import header_forms
from jmapd.formats.message.outgoing import has_only_fields, outgoing, readable
from jmapd.formats.message.part import Part
from jmapd.formats.message.structure import MAX_HEADERS, read_header
from jmapd.wire import Record
from jmapd.wire.errors import ForbiddenFrom, ForbiddenMailFrom, InvalidEmail

# RFC 5322 3.6: at most one of each; the Email properties that show them
_ONCE = {
    "from": "from", "sender": "sender", "to": "to", "cc": "cc", "bcc": "bcc", "replyTo": "reply-to",
    "subject": "subject", "sentAt": "date", "messageId": "message-id", "inReplyTo": "in-reply-to",
    "references": "references",
}  # fmt: skip
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*+("?)', re.DOTALL)
_ADDRESS = re.compile(r'(?<![^\s<>,;:()"@])[^\s<>,;:()"@]++@[^\s<>,;:()"]++')


@dataclass
class EmailToSend:
    """One message in wire form, and the Identity it is to be sent with."""

    wire: bytes
    is_draft: bool
    identity_email: str
    may_use: Callable[[str], bool]  # whether the account may send from an address
    root: Part = field(init=False)
    is_redirected: bool = field(init=False)  # a message of others, which came by mail and is sent on as it is

    def __post_init__(self) -> None:
        self.wire = readable(self.wire)
        fields, body = read_header(self.wire, 0, len(self.wire))
        self.root = Part(self.wire, 0, body, len(self.wire), fields, "text/plain")
        came = not self.is_draft and bool(self.root.header_all("received"))
        self.is_redirected = came and not all(map(self.may_use, self._emails("from")))

    def _emails(self, name: str) -> list[str]:
        """Of the last field of that name: RFC 8621 7."""
        value = self.root.header(name)
        return [] if value is None else [each["email"] for each in header_forms.as_addresses(value)]

    def check(self) -> None:
        """Raises InvalidEmail, ForbiddenFrom."""
        if self.is_redirected:
            return  # it was somebody else's to write; ours are the envelope and the Resent- fields
        wrong = {name for name, header in _ONCE.items() if len(self.root.header_all(header)) > 1}
        authors, senders = self._emails("from"), self._emails("sender")
        if not authors or not all(map(is_address, authors)):
            wrong.add("from")
        if self.root.header("sender") is not None and len(senders) != 1:
            wrong.add("sender")
        if len(authors) > 1 and not senders:
            wrong.add("from")  # RFC 5322 3.6.2: then there must be a Sender
        if len(self.root.fields) >= MAX_HEADERS or not has_only_fields(self.wire):
            wrong.add("headers")  # whoever receives it may find another author there
        if wrong:
            names = [name for name in (*_ONCE, "headers") if name in wrong]
            why = f"given twice, or not as a message must have it: {', '.join(names)}"
            raise InvalidEmail(why, properties=names)
        resent = self._resent_from()
        foreign = [each for each in resent or [*authors, *self._like_authors()] if not self.may_use(each)]
        if foreign:
            raise ForbiddenFrom(f"from: this account may not send mail from {', '.join(foreign)[:200]}")

    def _like_authors(self) -> list[str]:
        """What others may take for the author: in "ceo@example.org <alice@example.org>" it should have quotes."""
        value = _QUOTED.sub(lambda found: b" " if found[1] else found[0], self.root.header("from") or b"")
        return _ADDRESS.findall(value.decode("utf-8", "replace"))

    def _resent_from(self) -> list[str]:
        """Who has sent it on last: the first field (RFC 5322 3.6.6)."""
        values = self.root.header_all("resent-from")
        return [each["email"] for each in header_forms.as_addresses(values[0])] if values else []

    def mail_from(self) -> str:
        """The address to be used where the client gives none (RFC 8621 7). Raises ForbiddenMailFrom."""
        found = (self._emails("sender") or self._emails("from"))[:1]
        if found and is_matched(self.identity_email, found[0]) and self.may_use(found[0]):
            return found[0]
        if split(self.identity_email)[0] == "*" or not self.may_use(self.identity_email):
            raise ForbiddenMailFrom("envelope/mailFrom: give one; the Identity has no address that could be used")
        return self.identity_email

    def check_mail_from(self, email: str) -> None:
        """Raises ForbiddenMailFrom. It may be empty (RFC 8621 7), but for what others have written."""
        if not email and self.is_redirected:
            raise ForbiddenMailFrom("envelope/mailFrom: a message of others needs a return path to who sends it on")
        if email and not self.may_use(email):
            raise ForbiddenMailFrom(f"envelope/mailFrom: this account may not send mail from {email[:200]}")

    def message_id(self) -> str | None:
        value = self.root.header("message-id")
        ids = None if value is None else header_forms.as_message_ids(value)
        return ids[0] if ids else None

    def octets(self, envelope: Record) -> bytes:
        """As it is sent. What lacks a Date or Message-ID gets one (RFC 6409 8), what is redirected says by whom."""
        sender = envelope["mailFrom"]["email"] or self.identity_email
        id = f"<{secrets.token_urlsafe(18)}@{split(normalised(sender))[1]}>"
        prefix = "Resent-" if self.is_redirected else ""
        lines = {f"{prefix}Date": format_datetime(datetime.now(UTC)), f"{prefix}Message-ID": id}
        if self.is_redirected:
            lines["Resent-From"] = sender
        else:
            lines = {name: value for name, value in lines.items() if self.root.header(name) is None}
        first = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return outgoing(self.wire, first.encode())
