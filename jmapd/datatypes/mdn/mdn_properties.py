"""The properties of MDN and Disposition objects (RFC 9007 2)."""

import re
from typing import Any

from jmapd.formats.message import mdn
from jmapd.formats.message.report import MAX_VALUE
from jmapd.methods.spec import Property
from jmapd.wire import Record
from jmapd.wire.errors import InvalidProperties

CAPABILITY = "urn:ietf:params:jmap:mdn"

PROPERTIES = {
    "forEmailId": Property("String"),  # as an Id, or "#" and a creation id
    "subject": Property("String|null", default=None),
    "textBody": Property("String|null", default=None),
    "includeOriginalMessage": Property("Boolean", default=False),
    "reportingUA": Property("String|null", default=None),
    "disposition": Property("Disposition"),
    "mdnGateway": Property("String|null", default=None, server_set=True),
    "originalRecipient": Property("String|null", default=None, server_set=True),
    "finalRecipient": Property("String|null", default=None),
    "originalMessageId": Property("String|null", default=None, server_set=True),
    "error": Property("String[]|null", default=None, server_set=True),
    "extensionFields": Property("String[String]|null", default=None),
}

_DISPOSITION = {
    "actionMode": mdn.ACTION_MODES,
    "sendingMode": mdn.SENDING_MODES,
    "type": mdn.DISPOSITION_TYPES,
}
_NAME = re.compile(r"[!-9;-~]{1,76}")
_TEXT = re.compile(r"[ -~]*")
LONGEST = {"subject": 10_000, "textBody": 256 * 1024}  # characters


def check(record: Record) -> None:
    """What the types do not say of an MDN to be sent; nothing given becomes another field. Raises InvalidProperties."""
    disposition = record["disposition"]
    for name, values in _DISPOSITION.items():
        if disposition.get(name) not in values:
            path = f"disposition/{name}"
            raise InvalidProperties([path], f"{path}: must be one of {', '.join(values)}")
    if unknown := disposition.keys() - _DISPOSITION.keys():
        path = f"disposition/{min(unknown)[:80]}"
        raise InvalidProperties([path], f"{path}: there is no such property")
    _check_text("reportingUA", record["reportingUA"])
    extensions = record["extensionFields"] or {}
    if len(extensions) > mdn.MAX_EXTENSIONS:
        raise InvalidProperties(["extensionFields"], f"extensionFields: at most {mdn.MAX_EXTENSIONS} fields")
    for name, value in extensions.items():
        if not _NAME.fullmatch(name) or name.lower() in mdn.FIELDS:
            raise InvalidProperties(["extensionFields"], f"extensionFields: {name[:80]!r} cannot be an extension field")
        _check_text("extensionFields", value)
    for name, limit in LONGEST.items():
        if record[name] is not None and len(record[name]) > limit:
            raise InvalidProperties([name], f"{name}: must not have more than {limit} characters")
    if not (record["subject"] or "").isprintable():
        raise InvalidProperties(["subject"], "subject: must not have control characters")


def _check_text(name: str, value: str | None) -> None:
    """RFC 8098 3.1: these fields are US-ASCII."""
    if value is not None and (len(value) > MAX_VALUE or not _TEXT.fullmatch(value)):
        raise InvalidProperties([name], f"{name}: must be at most {MAX_VALUE} printable ASCII characters")


def shown(notification: mdn.Notification, for_email: str | None) -> dict[str, Any]:
    """The MDN object of a notification."""
    return {
        "forEmailId": for_email,
        "subject": notification.subject,
        "textBody": notification.text,
        "includeOriginalMessage": notification.has_original,
        "reportingUA": notification.reporting_ua,
        "disposition": {
            "actionMode": notification.action_mode,
            "sendingMode": notification.sending_mode,
            "type": notification.type,
        },
        "mdnGateway": notification.gateway,
        "originalRecipient": notification.original_recipient,
        "finalRecipient": notification.final_recipient,
        "originalMessageId": notification.original_message_id,
        "error": notification.errors or None,
        "extensionFields": notification.extensions or None,
    }
