"""The format of .vcf files for stores/vdir.py: vCards as ContactCards (RFC 9610 3, RFC 9555).

The index keeps no data: URIs of media, but the digest of their octets; these are read when they are wanted.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jmapd.formats import data_uri
from jmapd.formats.jscontact.from_vcard import from_vcard
from jmapd.formats.jscontact.to_vcard import patched, to_vcard
from jmapd.formats.media_type import media_type
from jmapd.formats.vcard import Card, cards, to_bytes, without
from jmapd.stores import item_blobs
from jmapd.stores.vdir_format import FallbackUid, Item, Kind, NotHeld
from jmapd.wire import Id, Record

DIGEST = "_digest"  # in a Media object of the index: SHA-256 of what its data: URI holds
MAX_LATEST = 20_000  # cards


def _rights(may_write: bool, may_remove: bool) -> Record:
    """RFC 9610 2."""
    return {"mayRead": True, "mayWrite": may_write, "mayShare": False, "mayDelete": may_remove}


CARD = Kind(
    item_type="ContactCard",
    prefix="C",
    things="cards",
    content="card",
    book_type="AddressBook",
    first_book="Contacts",
    books="addressBookIds",
    rights=_rights,
    guest_type="_book_guest",
)


@dataclass
class VCards:
    """See stores/vdir_format.py."""

    version: str = "4.0"  # of new cards
    suffix: str = ".vcf"
    part: str = "contacts"
    of: str = "AddressBook"
    file_type: str = "_vcf"
    radicale_tag: str = "VADDRESSBOOK"
    radicale_description: str = "CR:addressbook-description"
    xandikos_type: str = "addressbook"
    kinds: tuple[Kind, ...] = (CARD,)
    # the cards of the file with several that was read last: many changes in one call read it again and again
    _latest: dict[str, Item] = field(default_factory=dict, init=False, repr=False, compare=False)

    def read(self, data: bytes, fallback_uid: FallbackUid) -> list[Item]:
        """The cards of a file."""
        found = cards(data)
        if len(found) == 1:
            return [_item(found[0], "", fallback_uid)]
        items: list[Item] = []
        seen: dict[str, int] = {}  # how often the same card was there before
        before, latest = self._latest, dict[str, Item]()
        for card in found:
            etag = _etag(card)
            item = before.get(etag) or _item(card, "0", fallback_uid)
            if item.uid != fallback_uid(etag + "0"):
                latest[etag] = item
            again = seen[etag] = seen.get(etag, -1) + 1
            items.append(_item(card, str(again), fallback_uid) if again else item)
        self._latest = latest if len(latest) <= MAX_LATEST else {}
        return items

    def uid(self, record: Record) -> str:
        """Of the Item."""
        uid: str = record["uid"]
        return uid

    def made(self, record: Record) -> bytes:
        """A file with one new card. Raises NotHeld."""
        whole = with_data(record, {})
        return to_bytes([_held(lambda: to_vcard(whole, self.version))])

    def replaced(self, data: bytes, number: int, record: Record, before: Record) -> bytes:
        """The file with one card patched, where `record` differs from `before`. Raises NotHeld."""
        found = cards(data)
        old = from_vcard(found[number])
        same = {name for name in old.record if name != "uid" and record.get(name) == before.get(name)}
        changed = {name: value for name, value in record.items() if name == "uid" or value != before.get(name)}
        whole = with_data(changed, {digest: media for media, digest, _ in _embedded(old.record)})
        whole = {name: value for name, value in old.record.items() if name in same} | whole
        found[number] = _held(lambda: patched(found[number], old, whole))
        return to_bytes(found)

    def removed(self, data: bytes, number: int) -> bytes:
        """The file without that card; b"" when nothing is left."""
        found = cards(data)
        rest = without(found, found[number])
        return to_bytes(rest) if rest else b""

    def source(self, data: bytes, number: int) -> bytes:
        """That card alone."""
        found = cards(data)
        return found[number].alone() if number < len(found) else b""

    def with_uid(self, data: bytes, number: int, uid: str) -> bytes:
        """The file in which that card has a UID."""
        found = cards(data)
        old = from_vcard(found[number])
        if old.record.get("uid"):
            return data
        patched(found[number], old, old.record | {"uid": uid})
        return to_bytes(found)

    def shown(self, id: Id, record: Record) -> Record:
        """Media with blobIds that lead to the card (RFC 9610 3)."""
        card: Record = record["card"]
        media = card.get("media")
        if not isinstance(media, dict) or not any(isinstance(each, dict) and DIGEST in each for each in media.values()):
            return card
        return card | {"media": {key: _with_blob_id(id, each) for key, each in media.items()}}

    def media(self, data: bytes, number: int, digest: str) -> tuple[bytes, str] | None:
        """What is embedded in the card."""
        found = cards(data)
        if number >= len(found):
            return None
        embedded = _embedded(from_vcard(found[number]).record)
        return next(((octets, _type_of(media, octets)) for media, each, octets in embedded if each == digest), None)


def _item(card: Card, mark: str, fallback_uid: FallbackUid) -> Item:
    """`mark`: tells cards of one file that are the same from each other; "": it is alone in its file."""
    record = from_vcard(card).record
    uid, etag = record.get("uid"), _etag(card)
    if not isinstance(uid, str) or not uid:
        uid = record["uid"] = fallback_uid(mark and etag + mark)
    for media, digest, octets in _embedded(record):
        media["mediaType"] = _type_of(media, octets)
        media[DIGEST] = digest
        del media["uri"]
    return Item(uid, record, etag, card.is_broken)


def _etag(card: Card) -> str:
    return hashlib.sha256(card.alone()).hexdigest()


def _embedded(record: Record) -> Iterator[tuple[Record, str, bytes]]:
    """(Media object, digest, octets) of those with a data: URI."""
    media = record.get("media")
    for each in list(media.values()) if isinstance(media, dict) else ():
        uri = each.get("uri") if isinstance(each, dict) else None
        if isinstance(uri, str) and uri[:5].lower() == "data:" and (found := data_uri.parse(uri)) is not None:
            yield each, hashlib.sha256(found.octets).hexdigest(), found.octets


def _type_of(media: Record, octets: bytes) -> str:
    given = media.get("mediaType")
    if isinstance(given, str) and given:
        return given
    found = data_uri.parse(media.get("uri", ""))
    return (found.media_type if found else "") or media_type(octets) or "application/octet-stream"


def _with_blob_id(id: Id, media: Any) -> Any:
    if not isinstance(media, dict) or DIGEST not in media:
        return media
    rest = {key: value for key, value in media.items() if key != DIGEST}
    return rest | {"blobId": item_blobs.embedded(id, media[DIGEST])}


def with_data(record: Record, known: dict[str, Record]) -> Record:
    """The Card with the data: URIs that its media's blobIds stand for. Raises NotHeld."""
    media = record.get("media")
    if not isinstance(media, dict) or not any(isinstance(each, dict) and "blobId" in each for each in media.values()):
        return record
    whole = {}
    for key, each in media.items():
        if isinstance(each, dict) and "blobId" in each and "uri" not in each:
            old = known.get(str(each["blobId"]).rpartition("_")[2])
            if old is None:
                raise NotHeld(f"media/{key}/blobId", "there is no such blob in this card")
            each = {name: value for name, value in each.items() if name != "blobId"} | {"uri": old["uri"]}
            if "mediaType" not in old:
                each.pop("mediaType", None)
        whole[key] = each
    return record | {"media": whole}


def _held(make: Callable[[], Card]) -> Card:
    try:
        return make()
    except ValueError as error:
        raise NotHeld("vCardProps", str(error)) from error
