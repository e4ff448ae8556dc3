"""ContactCard/parse: blobs seen as vCards (RFC 9555 2). No RFC has it; it is as Email/parse (RFC 8621 4.9) and as other
servers do it: a blob with one card is that card, one with several a list of them.
"""

from typing import Any

from jmapd.formats import data_uri
from jmapd.formats.jscontact.checks import property_name
from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.schema import PROPERTIES
from jmapd.formats.media_type import media_type
from jmapd.formats.vcard import cards
from jmapd.methods import parse
from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context
from jmapd.stores.base import BlobStore, OverQuota, ReadOnly, RecordNotFound, StoredBlob
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidArguments, RequestTooLarge
from jmapd.wire.ids import is_id

PARSE = "urn:ietf:params:jmap:contacts:parse"
MAX_BLOB = 32 << 20  # octets; what is larger is not parsable
MAX_READ = 256 << 20  # octets of all blobs of one request
NULL_PROPERTIES = ("id", "addressBookIds", "blobId")
ARGUMENTS: Table = {**parse.ARGUMENTS, "properties": ("String[]|null", None)}


def is_property(name: str) -> bool:
    """Whether a Card may have a property of that name (RFC 9553 1.7.2, 1.7.4, 1.8.1)."""
    return name in PROPERTIES or property_name(name) is None


def contact_card_parse(context: Context, arguments: Arguments) -> Arguments:
    """The method."""
    assert context.account is not None
    args = check_arguments(ARGUMENTS, arguments, context.strict)
    names = args["properties"]
    wrong = next((each for each in names or () if each not in NULL_PROPERTIES and not is_property(each)), None)
    if wrong is not None:
        raise InvalidArguments(f"properties: ContactCard has no {wrong[:80]!r}")
    blobs, room = context.account.blobs, context.limits.max_objects_in_get

    def read(blob_id: Id) -> Any:
        nonlocal room
        octets = _read(context, blobs.find(blob_id) if is_id(blob_id) else None)
        room -= max(octets.upper().count(b"BEGIN:VCARD"), 1)
        if room < 0:
            raise RequestTooLarge(f"more than maxObjectsInGet ({context.limits.max_objects_in_get}) cards")
        shown = [_shown(from_vcard(card).record, blobs, names) for card in cards(octets)]
        return shown[0] if len(shown) == 1 else shown or None

    return parse.foo_parse(context, args["blobIds"], read)


def _read(context: Context, blob: StoredBlob | None) -> bytes:
    """Nothing of what is too large. Raises RecordNotFound."""
    if blob is None:
        raise RecordNotFound
    if blob.size > MAX_BLOB:
        return b""
    context.spent["cards"] = context.spent.get("cards", 0) + blob.size
    if context.spent["cards"] > MAX_READ:
        raise RequestTooLarge(f"the blobs of a request may have {MAX_READ} octets together")
    return b"".join(blob.read())


def _shown(card: Record, blobs: BlobStore, names: list[str] | None) -> Record:
    if names is not None:
        null = {name: None for name in names if name in NULL_PROPERTIES}
        card = {name: card[name] for name in names if name in card} | null
    if isinstance(card.get("media"), dict):
        card = card | {"media": {key: _by_blob(each, blobs) for key, each in card["media"].items()}}
    return card


def _by_blob(resource: Any, blobs: BlobStore) -> Any:
    """RFC 9610 3: embedded media are told by blobId; they become uploads, so that the card can be created as it is."""
    found = data_uri.parse(resource["uri"]) if data_uri.is_data_uri(resource.get("uri")) else None
    if found is None:
        return resource
    try:
        blob_id, _ = blobs.put([found.octets], len(found.octets))
    except (ReadOnly, OverQuota):
        return resource
    type = resource.get("mediaType") or found.media_type or media_type(found.octets) or "application/octet-stream"
    rest = {name: value for name, value in resource.items() if name != "uri"}
    return rest | {"blobId": blob_id, "mediaType": type}
