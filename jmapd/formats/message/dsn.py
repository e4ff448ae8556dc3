"""Delivery status notifications (RFC 3464, RFC 6533), read and written."""

import re
import secrets
import time
from dataclasses import dataclass, field

from jmapd.formats.message import header_write
from jmapd.formats.message.generate import generate
from jmapd.formats.message.report import (
    Fields,
    address,
    clean,
    date,
    first,
    groups,
    machine_part,
    new_report,
    original_part,
    returned,
    returned_id,
    typed,
    typed_address,
)
from jmapd.formats.message.report import field as report_field
from jmapd.formats.message.structure import Part
from jmapd.formats.message.structure import parse as parse_message

MAX_RETURNED = 256 * 1024  # octets: of a longer original only the header is returned
ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
TYPES = ("message/delivery-status", "message/global-delivery-status")

_STATUS = re.compile(r"([245])\.([0-9]{1,3})\.([0-9]{1,3})(?![0-9.])")
_REPLY = re.compile(r"([2-5][0-9]{2})([ -])((?:[245]\.[0-9]{1,3}\.[0-9]{1,3} )?)(.*)")
_CODES = {"2": "250", "4": "450", "5": "550"}
_CLASSES = {"failed": "5", "delayed": "4"}


@dataclass(frozen=True, slots=True)
class Recipient:
    """What became of one recipient (2.3). Addresses without their type; times in seconds since 1970."""

    final: str
    action: str = "failed"
    status: str = "5.0.0"
    original: str = ""
    diagnostic: str = ""  # the reply, where an SMTP server gave one
    remote_mta: str = ""
    last_attempt: float | None = None
    will_retry_until: float | None = None

    def smtp_reply(self) -> str:
        """As RFC 8621 7 has it: the reply itself, else a synthetic one."""
        found = _REPLY.match(clean(self.diagnostic))
        if found is not None:
            code, separator, status, text = found.groups()
            if separator == "-":  # lines after the first begin as it does
                text = re.sub(rf" {code}[ -](?:{re.escape(status)})?", " ", text)
            return f"{code} {status}{text}"
        status = self.status or f"{_CLASSES.get(self.action, '2')}.0.0"
        return f"{_CODES[status[0]]} {status} {clean(self.diagnostic) or self.action}"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """A DSN. `message_id` is that of the message it is about, where it returns its header."""

    reporting_mta: str
    recipients: list[Recipient] = field(default_factory=list)
    envelope_id: str | None = None
    arrival: float | None = None
    message_id: str | None = None


def parse(raw: bytes) -> DeliveryReport | None:
    """None for what is no DSN."""
    return read(parse_message(raw))


def read(root: Part) -> DeliveryReport | None:
    """As parse(), of a message that is parsed already."""
    part = machine_part(root, TYPES)
    found = groups(part) if part is not None else []
    if part is None or not found:
        return None
    # some have no blank line between the fields of the message and those of the first recipient
    own = found[0] if "final-recipient" in found[0] or "original-recipient" in found[0] else None
    recipients = [_recipient(each) for each in ([own] if own else []) + found[1:]]
    mta = typed(first(found[0], "reporting-mta") or "")
    return DeliveryReport(
        mta[1] if mta else "",
        [each for each in recipients if each is not None],
        first(found[0], "original-envelope-id"),
        message_id=returned_id(returned(root, part)),
    )


def _recipient(fields: Fields) -> Recipient | None:
    """None for a group that tells of no recipient or no action that is known."""
    action = re.match(r"\s*([A-Za-z]+)", first(fields, "action") or "")
    final, original = address(first(fields, "final-recipient")), address(first(fields, "original-recipient"))
    if action is None or action[1].lower() not in ACTIONS or not (final or original):
        return None
    status = _STATUS.match(first(fields, "status") or "")
    # no comments are taken out: replies have parentheses of their own
    kind, _, diagnostic = (first(fields, "diagnostic-code") or "").partition(";")
    remote = typed(first(fields, "remote-mta") or "")
    return Recipient(
        final or original,
        action[1].lower(),
        status[0] if status else "",
        original,
        clean(diagnostic) if kind.strip().lower() in ("smtp", "lmtp") else clean(diagnostic and f"{kind};{diagnostic}"),
        remote[1] if remote else "",
    )


def build(
    report: DeliveryReport, to: str, sender: str, original: bytes, headers_only: bool = False, now: float | None = None
) -> bytes:
    """The message that tells `to` (the return address of the original) about it, in wire form."""
    now = time.time() if now is None else now
    part = new_report(
        "delivery-status",
        _explanation(report),
        b"\r\n".join([_message_fields(report), *(_recipient_fields(each) for each in report.recipients)]),
        original_part(original, headers_only or len(original) > MAX_RETURNED),
    )
    domain = clean(report.reporting_mta) or "localhost"
    fields = [
        b"MIME-Version: 1.0\r\n",
        report_field("Date", date(now)),
        report_field("From", f"Mail Delivery System <{clean(sender)}>"),
        header_write.field("To", "asAddresses", [{"name": None, "email": to}]),
        header_write.field("Subject", "asText", _subject(report)),
        report_field("Message-ID", f"<{secrets.token_urlsafe(18)}@{domain.replace(' ', '')}>"),
        b"Auto-Submitted: auto-replied\r\n",
    ]
    return generate(part, fields)


def _subject(report: DeliveryReport) -> str:
    actions = {each.action for each in report.recipients}
    if "failed" in actions:
        return "Mail could not be delivered"
    return "Mail is delayed" if "delayed" in actions else "Mail was delivered"


def _message_fields(report: DeliveryReport) -> bytes:
    """2.2."""
    lines = [report_field("Original-Envelope-Id", report.envelope_id)] if report.envelope_id else []
    lines.append(report_field("Reporting-MTA", f"dns; {report.reporting_mta}"))
    if report.arrival is not None:
        lines.append(report_field("Arrival-Date", date(report.arrival)))
    return b"".join(lines)


def _recipient_fields(recipient: Recipient) -> bytes:
    """2.3, in its order."""
    lines = [report_field("Original-Recipient", typed_address(recipient.original))] if recipient.original else []
    lines += [
        report_field("Final-Recipient", typed_address(recipient.final)),
        report_field("Action", recipient.action),
        report_field("Status", recipient.status or f"{_CLASSES.get(recipient.action, '2')}.0.0"),
    ]
    if recipient.remote_mta:
        lines.append(report_field("Remote-MTA", f"dns; {recipient.remote_mta}"))
    if recipient.diagnostic:
        lines.append(report_field("Diagnostic-Code", f"smtp; {recipient.diagnostic}"))
    if recipient.last_attempt is not None:
        lines.append(report_field("Last-Attempt-Date", date(recipient.last_attempt)))
    if recipient.will_retry_until is not None and recipient.action == "delayed":
        lines.append(report_field("Will-Retry-Until", date(recipient.will_retry_until)))
    return b"".join(lines)


_SAYINGS = {
    "failed": "Your message could not be delivered to",
    "delayed": "Your message could not yet be delivered, and will be tried again, to",
    "delivered": "Your message was delivered to",
    "relayed": "Your message was handed on, to a system that may not tell what becomes of it, to",
    "expanded": "Your message was delivered, and handed on to several others, to",
}


def _explanation(report: DeliveryReport) -> str:
    """For humans (RFC 6522 3)."""
    lines = [f"This is the mail system of {clean(report.reporting_mta)}.", ""]
    for action, saying in _SAYINGS.items():
        found = [each for each in report.recipients if each.action == action]
        if not found:
            continue
        lines += [f"{saying}:", ""]
        for each in found:
            lines.append(f"  <{_CONTROL.sub(' ', each.original or each.final)}>")
            lines += [f"    {clean(each.smtp_reply())}", ""]
    return "\n".join(lines)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
