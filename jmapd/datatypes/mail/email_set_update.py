"""Email/set: what an update of keywords and mailboxIds must keep to (RFC 8621 4.1.1, 4.6)."""

import re

from jmapd.datatypes.mail import email_report
from jmapd.methods.context import Context
from jmapd.stores.base import Transaction
from jmapd.wire import Record
from jmapd.wire.errors import InvalidProperties, TooManyKeywords, TooManyMailboxes

MAX_KEYWORDS = 100  # per Email; those beyond the 26 letters a file name can show are kept by the index
KEYWORD = re.compile(r"[!#$&'+-\[^-z|}~]{1,255}")  # RFC 8621 4.1.1: %x21-7e without ( ) { ] % * " \


def validate(context: Context, tx: Transaction, old: Record | None, new: Record) -> None:
    """Hook: the record as it would be. That the Mailboxes exist and each value is true follows from the rows."""
    wrong = {}
    if not new["mailboxIds"]:
        wrong["mailboxIds"] = "mailboxIds: an Email belongs to one Mailbox at least"
    if not all(map(KEYWORD.fullmatch, new["keywords"])):
        wrong["keywords"] = 'keywords: a keyword is 1 to 255 printable ASCII characters but ( ) { ] % * " \\'
    if wrong:
        raise InvalidProperties(list(wrong), "; ".join(wrong.values()))
    largest = context.limits.max_mailboxes_per_email
    if largest and len(new["mailboxIds"]) > max(largest, len(old["mailboxIds"]) if old else 0):
        raise TooManyMailboxes(f"mailboxIds: maxMailboxesPerEmail is {largest}")
    if len(new["keywords"]) > max(MAX_KEYWORDS, len(old["keywords"]) if old else 0):
        raise TooManyKeywords(f"keywords: an Email may have {MAX_KEYWORDS} keywords")
    if old is not None:
        email_report.note(context, old, new)
