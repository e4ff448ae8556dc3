"""Mailbox/set (RFC 8621 2.5): which names, places and roles a Mailbox may have, and when it may be destroyed."""

import unicodedata
from collections.abc import Mapping
from typing import Any, cast

from jmapd.methods.context import Context
from jmapd.methods.pending import Pending
from jmapd.stores.base import Transaction
from jmapd.stores.mailboxes import MailboxStore
from jmapd.stores.maildir_layout import INBOX, MAX_DEPTH
from jmapd.wire import Id, Record
from jmapd.wire.errors import Forbidden, InvalidProperties, MailboxHasChild, MailboxHasEmail

ARGUMENTS: Mapping[str, tuple[str, Any]] = {"onDestroyRemoveEmails": ("Boolean", False)}
MAX_NAME = 255  # octets of UTF-8, maxSizeMailboxName
# IANA "IMAP Mailbox Name Attributes": those that say what a mailbox is for
ROLES = frozenset(
    {
        "all", "archive", "drafts", "flagged", "important", "inbox", "junk", "memos", "scheduled", "sent", "snoozed",
        "subscriptions", "trash",
    }
)  # fmt: skip
_NOT_IN_NAMES = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of characters, separators of lines and paragraphs


def validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Rules about one Mailbox among the others. Raises SetError."""
    pending = cast(Pending, transaction)
    is_renamed = old is None or plain(old["name"]) != plain(new["name"])
    is_moved = old is None or old["parentId"] != new["parentId"]
    if old is not None and (is_renamed or is_moved) and not old["myRights"]["mayRename"]:
        raise Forbidden("the Mailbox may not be renamed or moved")
    if is_renamed:
        _check_name(new["name"])
    if is_moved:
        _check_parent(pending, new)
    if is_renamed or is_moved:
        _check_siblings(pending, new)
    if old is None or old["role"] != new["role"]:
        _check_role(pending, old, new)
    if not 0 <= new["sortOrder"] < 1 << 31:
        raise InvalidProperties(["sortOrder"], "sortOrder must be below 2^31")
    is_owners = cast(MailboxStore, context.store("Mailbox")).guest is None
    if is_owners and old is not None and old["role"] == "inbox" and not new["isSubscribed"]:
        raise InvalidProperties(["isSubscribed"], "isSubscribed: the Inbox is always subscribed")


def plain(name: str) -> str:
    """As it is kept and compared: Net-Unicode (RFC 5198 2)."""
    return unicodedata.normalize("NFC", name)


def _parent(record: Record) -> Id | None:
    return cast(Id | None, record["parentId"])


def _place(record: Record) -> tuple[Id | None, str]:
    return record["parentId"], plain(record["name"])


def _role(record: Record) -> str | None:
    return cast(str | None, record["role"])


def _check_name(name: str) -> None:
    name, wrong = plain(name), ""
    if not name.strip():
        wrong = "must have a character that can be seen"
    elif len(name.encode("utf-8", "surrogatepass")) > MAX_NAME:
        wrong = f"must have at most {MAX_NAME} octets"
    elif any(unicodedata.category(character) in _NOT_IN_NAMES for character in name):
        wrong = "must not have control characters"
    if wrong:
        raise InvalidProperties(["name"], f"name {wrong}")


def _check_parent(pending: Pending, new: Record) -> None:
    """No loops, not too deep, and a place where folders may be made."""
    above: list[Id] = []
    at: Id | None = new["parentId"]
    while at is not None:
        record = pending.get(at)
        if at == new.get("id") or at in above or record is None:
            raise InvalidProperties(["parentId"], "parentId must not lead back to the Mailbox")
        if not above and not record["myRights"]["mayCreateChild"]:
            raise Forbidden("no Mailbox may be put into that one")
        above.append(at)
        at = record["parentId"]
    if len(above) + 1 + _height(pending, new.get("id")) > MAX_DEPTH:
        raise InvalidProperties(["parentId"], f"parentId: there are at most {MAX_DEPTH} levels of Mailboxes")


def _height(pending: Pending, id: Id | None) -> int:
    """How many levels there are below."""
    height, level = 0, list(pending.having(_parent, id)) if id is not None else []
    while level and height <= MAX_DEPTH:
        height += 1
        level = [child for each in level for child in pending.having(_parent, each)]
    return height


def _check_siblings(pending: Pending, new: Record) -> None:
    # IMAP has one INBOX, in whatever case, so no other program could tell them apart
    if new["parentId"] is None and plain(new["name"]).upper() == INBOX:
        raise InvalidProperties(["name"], "name: there is but one Inbox")
    if pending.having(_place, _place(new)) - {new.get("id")}:
        raise InvalidProperties(["name"], "name: a Mailbox there has the same")


def _check_role(pending: Pending, old: Record | None, new: Record) -> None:
    role = new["role"]
    if old is not None and old["role"] == "inbox":
        raise InvalidProperties(["role"], "role: the Inbox has no other")
    if role is None:
        return
    if role not in ROLES:
        raise InvalidProperties(["role"], f"role must be one of {', '.join(sorted(ROLES))}")
    if role == "inbox":
        raise InvalidProperties(["role"], "role: only the folder INBOX is the Inbox")
    if pending.having(_role, role) - {new.get("id")}:
        raise InvalidProperties(["role"], "role: another Mailbox has it")


def before_destroy(context: Context, transaction: Transaction, record: Record) -> None:
    """Raises SetError."""
    id, pending = record["id"], cast(Pending, transaction)
    if not record["myRights"]["mayDelete"]:
        raise Forbidden("the Mailbox may not be destroyed")
    # it counts also where Emails are to be removed: nothing of a Mailbox that stays may go
    if pending.having(_parent, id):
        raise MailboxHasChild("destroy the Mailboxes in it first")
    if context.arguments["onDestroyRemoveEmails"]:
        return
    store = cast(MailboxStore, context.store("Mailbox"))
    if record["totalEmails"] or store.has_messages(id):
        raise MailboxHasEmail("the Mailbox has Emails, and onDestroyRemoveEmails is false")
