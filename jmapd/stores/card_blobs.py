"""Blobs that are cards, or media in them (RFC 9610 3): read out of the .vcf file when they are wanted.

"P<24 digits of the card's id>_<SHA-256>" is a photo, logo or sound; "V<24 digits>_<SHA-256>" the vCard itself.
"""

import hashlib
import re
from typing import Protocol

from jmapd.stores.blob_content import HeldContent
from jmapd.wire import Id

_BLOB_ID = re.compile(r"([PV])([0-9a-f]{24})_([0-9a-f]{64})").fullmatch


class Cards(Protocol):
    """What is asked of the store of ContactCards."""

    def media(self, blob_id: Id) -> tuple[bytes, str] | None:
        """The octets and their media type."""

    def source(self, id: Id) -> bytes | None:
        """The card's own octets."""


class CardContent(HeldContent):
    """Octets out of a file that was read for them."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.weight = len(content)


def whole(id: Id, etag: str) -> Id:
    """The blobId of the vCard whose octets have that SHA-256."""
    return f"V{id[1:]}_{etag}"


def is_of_card(blob_id: Id) -> bool:
    """Whether it can be of no other store."""
    return _BLOB_ID(blob_id) is not None


def find(cards: Cards, blob_id: Id) -> CardContent | None:
    """None when no card has it (any more)."""
    found = _BLOB_ID(blob_id)
    if found is None:
        return None
    if found[1] == "P":
        media = cards.media(blob_id)
        return None if media is None else CardContent(media[0])
    octets = cards.source(card(blob_id))
    if octets is None or hashlib.sha256(octets).hexdigest() != found[3]:
        return None
    return CardContent(octets)


def card(blob_id: Id) -> Id:
    """The card that it would be of."""
    return f"C{blob_id[1:25]}"
