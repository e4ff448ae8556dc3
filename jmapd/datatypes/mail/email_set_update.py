"""Email/set: what an update of keywords and mailboxIds must keep to (RFC 8621 4.1.1, 4.6)."""

import re

from jmapd.methods.context import Context
from jmapd.stores.base import Transaction
from jmapd.wire import Arguments, Record
from jmapd.wire.errors import InvalidArguments, InvalidProperties, TooManyKeywords

MAX_KEYWORDS = 100  # per Email; those beyond the 26 letters a file name can show are kept by the index
KEYWORD = re.compile(r"[!#$&'+-\[^-z|}~]{1,255}")  # RFC 8621 4.1.1: %x21-7e without ( ) { ] % * " \


def validate(context: Context, tx: Transaction, old: Record | None, new: Record) -> None:
    """Hook: the record as it would be. That the Mailboxes exist and each value is true follows from the rows."""
    wrong = {}
    if not new["mailboxIds"]:
        wrong["mailboxIds"] = "an Email belongs to one Mailbox at least"
    if not all(map(KEYWORD.fullmatch, new["keywords"])):
        wrong["keywords"] = 'a keyword is 1 to 255 printable ASCII characters but ( ) { ] % * " \\'
    if wrong:
        raise InvalidProperties(list(wrong), "; ".join(wrong.values()))
    if len(new["keywords"]) > max(MAX_KEYWORDS, len(old["keywords"]) if old else 0):
        raise TooManyKeywords(f"an Email may have {MAX_KEYWORDS} keywords")


def refuse_create(context: Context, arguments: Arguments) -> None:
    """Hook: this server does not make messages yet, so "create" is an argument that it has no use for.

    The whole call is refused, not each record: a client that replaces a draft sends the new one as create and the old
    one as destroy in one call, and must not be left with neither.
    """
    if arguments["create"]:
        raise InvalidArguments("'create': this server does not create Emails yet; the call was not done")
