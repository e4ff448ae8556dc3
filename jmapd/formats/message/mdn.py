"""Message disposition notifications (RFC 8098), read and written."""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from jmapd.formats.mail_address import is_address
from jmapd.formats.message import addresses, header_forms, header_write
from jmapd.formats.message.cfws import strip_comments, unfold
from jmapd.formats.message.generate import generate
from jmapd.formats.message.report import (
    Fields,
    clean,
    date,
    every,
    first,
    groups,
    is_whole,
    machine_part,
    new_report,
    original_part,
    returned,
    text_of,
    typed,
    typed_address,
)
from jmapd.formats.message.report import field as report_field
from jmapd.formats.message.structure import Part
from jmapd.formats.message.structure import parse as parse_message

ACTION_MODES = ("manual-action", "automatic-action")
SENDING_MODES = ("mdn-sent-manually", "mdn-sent-automatically")
DISPOSITION_TYPES = ("deleted", "dispatched", "displayed", "processed")
FIELDS = (  # 3.2; any other is an extension
    "reporting-ua", "mdn-gateway", "original-recipient", "final-recipient", "original-message-id", "disposition",
    "error",
)  # fmt: skip
TYPES = ("message/disposition-notification", "message/global-disposition-notification")
MAX_EXTENSIONS = 100

_DISPOSITION = re.compile(r"\s*([a-z-]+)\s*/\s*([a-z-]+)\s*;\s*([a-z-]+)\s*(?:/.*)?", re.S)
_REQUIRED = re.compile(r"=\s*required\s*,", re.I)


@dataclass(frozen=True, slots=True)
class Notification:
    """An MDN. Recipients as they are written, "rfc822; bob@example.org"; the message id with its angle brackets."""

    action_mode: str
    sending_mode: str
    type: str
    final_recipient: str | None
    original_recipient: str | None = None
    original_message_id: str | None = None
    reporting_ua: str | None = None
    gateway: str | None = None
    errors: list[str] = field(default_factory=list)
    extensions: dict[str, str] = field(default_factory=dict)
    subject: str | None = None
    text: str | None = None
    has_original: bool = False


def parse(raw: bytes) -> Notification | None:
    """None for what is no MDN."""
    return read(parse_message(raw))


def read(root: Part) -> Notification | None:
    """As parse(), of a message that is parsed already."""
    part = machine_part(root, TYPES)
    found = groups(part) if part is not None else []
    fields: Fields = {}
    for each in found:  # one group it should be
        fields = each | fields
    modes = _DISPOSITION.fullmatch(strip_comments(first(fields, "disposition") or "").lower())
    if part is None or modes is None:
        return None
    action, sending, type = modes.groups()
    if action not in ACTION_MODES or sending not in SENDING_MODES or type not in DISPOSITION_TYPES:
        return None
    subject = root.header("subject")
    return Notification(
        action,
        sending,
        type,
        _recipient(fields, "final-recipient"),
        _recipient(fields, "original-recipient"),
        _message_id(fields),
        _plain(fields, "reporting-ua"),
        _plain(fields, "mdn-gateway"),
        every(fields, "error"),
        _extensions(fields),
        header_forms.as_text(subject) if subject is not None else None,
        text_of(root),
        is_whole(returned(root, part)),
    )


def _plain(fields: Fields, name: str) -> str | None:
    value = first(fields, name)
    return " ".join(strip_comments(value).split()) or None if value else None


def _recipient(fields: Fields, name: str) -> str | None:
    value = first(fields, name)
    return normal_recipient(value) if value else None


def normal_recipient(value: str) -> str | None:
    """An address-type in lower case, "; " and the address; None when it has no such form."""
    found = typed(value)
    return f"{found[0]}; {found[1]}" if found is not None and found[1] else None


def _message_id(fields: Fields) -> str | None:
    value = first(fields, "original-message-id")
    found = header_forms.as_message_ids(value.encode()) if value else None
    return f"<{found[0]}>" if found else value


def _extensions(fields: Fields) -> dict[str, str]:
    found = [(name, values[0]) for lower, (name, values) in fields.items() if lower not in FIELDS]
    return dict(found[:MAX_EXTENSIONS])


# --- what a message asks for


def notify(root: Part) -> list[addresses.Mailbox]:
    """Who wants to be told (2.1); none where the header field is missing, not valid, or there twice."""
    values = root.header_all("disposition-notification-to")
    if len(values) != 1:
        return []
    groups_found = addresses.parse(unfold(values[0].decode("utf-8", "replace").replace("\0", "")))
    found = [mailbox for _, members in groups_found for mailbox in members]
    is_valid = all(is_address(email) for _, email in found)
    return found if is_valid else []


def objection(root: Part, is_automatic: bool) -> str | None:
    """Why there must be no MDN for this message, which asks for one; None when there may be."""
    if machine_part(root, TYPES) is not None:
        return "the message is an MDN itself (RFC 8098 2.1)"
    options = root.header_all("disposition-notification-options")
    if any(_REQUIRED.search(value.decode("latin-1")) for value in options):
        return "the message requires a Disposition-Notification-Option that is not known here (RFC 8098 2.2)"
    if not is_automatic:
        return None
    wanted = {_comparable(email) for _, email in notify(root)}
    paths = root.header_all("return-path")
    back = {_comparable(path.decode("utf-8", "replace").strip().strip("<>")) for path in paths}
    if len(wanted) == 1 and len(paths) == 1 and wanted == back:
        return None
    return "not to be sent automatically: Disposition-Notification-To is not the Return-Path (RFC 8098 2.1)"


def _comparable(email: str) -> tuple[str, str]:
    """2.1: the local part without its quotes, the domain in one case."""
    local, _, domain = email.rpartition("@")
    if local.startswith('"') and local.endswith('"') and len(local) > 1:
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return local, domain.lower()


def original_recipient(root: Part) -> str | None:
    """3.2.3: of the header field of that name, if there is one."""
    values = root.header_all("original-recipient")
    return normal_recipient(unfold(values[0].decode("utf-8", "replace"))) if values else None


def original_message_id(root: Part) -> str | None:
    """3.2.5: the Message-ID as it stands there."""
    value = root.header("message-id")
    if value is None:
        return None
    found = header_forms.as_message_ids(value)
    return f"<{found[0]}>" if found else clean(value.decode("utf-8", "replace")) or None


# --- writing


def build(
    notification: Notification,
    sender: tuple[str | None, str],
    to: Sequence[tuple[str | None, str]],
    original: bytes | None = None,
    now: float | None = None,
) -> bytes:
    """The message, in wire form. Raises ValueError for what no header field can hold."""
    now = time.time() if now is None else now
    domain = sender[1].rpartition("@")[2] or "localhost"
    fields = [
        b"MIME-Version: 1.0\r\n",
        report_field("Date", date(now)),
        header_write.field("From", "asAddresses", [_address(sender)]),
        header_write.field("To", "asAddresses", [_address(each) for each in to]),
        header_write.field("Subject", "asText", notification.subject or ""),
        report_field("Message-ID", f"<{secrets.token_urlsafe(18)}@{clean(domain).replace(' ', '')}>"),
    ]
    if (about := notification.original_message_id) is not None and re.fullmatch(r"<[^<>\s]+>", about):
        fields += [report_field(name, about) for name in ("In-Reply-To", "References")]
    if notification.sending_mode == SENDING_MODES[1]:  # RFC 3834 5
        fields.append(b"Auto-Submitted: auto-replied\r\n")
    part = new_report(
        "disposition-notification",
        notification.text or "",
        _fields(notification),
        None if original is None else original_part(original),
    )
    return generate(part, fields)


def _address(mailbox: tuple[str | None, str]) -> dict[str, str | None]:
    return {"name": mailbox[0], "email": mailbox[1]}


def _fields(notification: Notification) -> bytes:
    """3.1, in its order."""
    modes = f"{notification.action_mode}/{notification.sending_mode.replace('mdn', 'MDN', 1)}; {notification.type}"
    rows = [
        ("Reporting-UA", notification.reporting_ua),
        ("MDN-Gateway", notification.gateway),
        ("Original-Recipient", notification.original_recipient and _written(notification.original_recipient)),
        ("Final-Recipient", notification.final_recipient and _written(notification.final_recipient)),
        ("Original-Message-ID", notification.original_message_id),
        ("Disposition", modes),
        *(("Error", each) for each in notification.errors),
        *notification.extensions.items(),
    ]
    return b"".join([report_field(name, value) for name, value in rows if value])


def _written(recipient: str) -> str:
    """RFC 6533 3: what is not ASCII is escaped."""
    return recipient if recipient.isascii() else typed_address(recipient.partition("; ")[2])
