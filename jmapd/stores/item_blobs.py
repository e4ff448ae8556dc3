"""Blobs that are cards, events or tasks, or in them (RFC 9610 3, jmap-calendars 5.3): read out of the file when wanted.

"P<24 digits of the item's id>_<SHA-256>" is a photo or an attachment; "V<24 digits>_<SHA-256>" the item itself. Before
the digits of what is no card stands the letter of its id.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Protocol

from jmapd.stores.blob_content import HeldContent
from jmapd.wire import Id

_BLOB_ID = re.compile(r"([PV])([EK]?)([0-9a-f]{24})_([0-9a-f]{64})").fullmatch
_CARD = "C"  # begins ids
TYPES = {_CARD: "ContactCard", "E": "CalendarEvent", "K": "Task"}


class Items(Protocol):
    """What is asked of the store of such items."""

    def media(self, id: Id, digest: str) -> tuple[bytes, str] | None:
        """The octets and their media type."""

    def source(self, id: Id) -> bytes | None:
        """The item's own octets."""

    def of(self, guest: Id) -> "Items":
        """The same as that guest sees it."""


StoreOf = Callable[[str], Items | None]  # by type; None: the account has none


class ItemContent(HeldContent):
    """Octets out of a file that was read for them."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.weight = len(content)


def whole(id: Id, etag: str) -> Id:
    """The blobId of the item whose octets have that SHA-256."""
    return f"V{id.removeprefix(_CARD)}_{etag}"


def embedded(id: Id, digest: str) -> Id:
    """The blobId of what is in the item and has that SHA-256."""
    return f"P{id.removeprefix(_CARD)}_{digest}"


def item(blob_id: Id) -> tuple[str, Id] | None:
    """(type, id) of the item that it would be of; None when it is of another store."""
    found = _BLOB_ID(blob_id)
    return None if found is None else (TYPES[found[2] or _CARD], (found[2] or _CARD) + found[3])


def find(store_of: StoreOf, blob_id: Id) -> ItemContent | None:
    """None when no item has it (any more)."""
    of, found = item(blob_id), _BLOB_ID(blob_id)
    store = None if of is None else store_of(of[0])
    if of is None or found is None or store is None:
        return None
    if found[1] == "P":
        media = store.media(of[1], found[4])
        return None if media is None else ItemContent(media[0])
    octets = store.source(of[1])
    if octets is None or hashlib.sha256(octets).hexdigest() != found[4]:
        return None
    return ItemContent(octets)
