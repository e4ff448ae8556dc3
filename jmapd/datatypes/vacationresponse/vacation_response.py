"""VacationResponse (RFC 8621 8): the table, and what its texts may be."""

import re

from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.stores.base import Transaction
from jmapd.wire import Record
from jmapd.wire.errors import InvalidProperties, TooLarge

LONGEST_SUBJECT = 500  # characters
LARGEST = 256 * 1024  # octets of both bodies together
_BREAKING = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")  # in a header field


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """What no message could have is refused now, not found when one is to be answered."""
    subject = new["subject"]
    if subject is not None and (_BREAKING.search(subject) or len(subject) > LONGEST_SUBJECT):
        raise InvalidProperties(
            ["subject"],
            f"subject: must be one line of at most {LONGEST_SUBJECT} characters, without control characters",
        )
    bodies = {name: new[name] for name in ("textBody", "htmlBody") if new[name] is not None}
    if wrong := [name for name, text in bodies.items() if "\0" in text]:
        raise InvalidProperties(wrong, f"{', '.join(wrong)}: must not have the character U+0000")
    if sum(len(text.encode()) for text in bodies.values()) > LARGEST:
        raise TooLarge(f"textBody and htmlBody: more than {LARGEST} octets together")


VACATION_RESPONSE = DataType(
    "VacationResponse",
    "urn:ietf:params:jmap:vacationresponse",
    store="VacationResponse",
    methods=("get", "set"),
    rfc="RFC 8621 8",
    sections={"get": "RFC 8621 8.1", "set": "RFC 8621 8.2"},
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "isEnabled": Property("Boolean", default=False),
        "fromDate": Property("UTCDate|null", default=None),
        "toDate": Property("UTCDate|null", default=None),
        "subject": Property("String|null", default=None),
        "textBody": Property("String|null", default=None),
        "htmlBody": Property("String|null", default=None),
    },
    hooks=Hooks(validate=_validate),
    singleton=True,
)
