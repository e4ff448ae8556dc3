"""ContactCard/parse: blobs seen as vCards (RFC 9555 2). No RFC has it; it is as Email/parse (RFC 8621 4.9) and as other
servers do it: a blob with one card is that card, one with several a list of them.
"""

from typing import Any

from jmapd.formats.jscontact.checks import property_name
from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.schema import PROPERTIES
from jmapd.formats.vcard import cards
from jmapd.methods.context import Context
from jmapd.methods.parse import Files, by_blob, parse_files
from jmapd.stores.base import BlobStore
from jmapd.wire import Arguments, Record

PARSE = "urn:ietf:params:jmap:contacts:parse"
NULL_PROPERTIES = ("id", "addressBookIds", "blobId")


def is_property(name: str) -> bool:
    """Whether a Card may have a property of that name (RFC 9553 1.7.2, 1.7.4, 1.8.1)."""
    return name in PROPERTIES or property_name(name) is None


def contact_card_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    return parse_files(context, arguments, FILES)


def _shown(context: Context, octets: bytes, names: list[str] | None) -> Any:
    assert context.account is not None
    found = [_card(from_vcard(card).record, context.account.blobs, names) for card in cards(octets)]
    return found[0] if len(found) == 1 else found or None


def _card(card: Record, blobs: BlobStore, names: list[str] | None) -> Record:
    if names is not None:
        null = {name: None for name in names if name in NULL_PROPERTIES}
        card = {name: card[name] for name in names if name in card} | null
    if isinstance(card.get("media"), dict):  # RFC 9610 3: embedded media are told by blobId
        media = {key: by_blob(each, blobs, "uri", "mediaType") for key, each in card["media"].items()}
        card = card | {"media": media}
    return card


FILES = Files("ContactCard", "cards", b"BEGIN:VCARD", lambda name: name in NULL_PROPERTIES or is_property(name), _shown)
