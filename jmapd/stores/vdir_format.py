"""What a vdir store must know of the format of its files: how items are read from them and written back."""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Protocol

from jmapd.wire import Id, Record

# Of an item that brings none: "" where it is alone in its file, else what tells it from the others, wherever it stands.
FallbackUid = Callable[[str], str]
Key = tuple[int, str]  # (number of the kind, UID): what is one record in all collections, as far as it says the same


@dataclass(frozen=True, eq=False)
class Kind:
    """One type of items that the files hold, and the type that their collections have because of them."""

    item_type: str  # "ContactCard"
    prefix: str  # of record ids: a letter
    things: str  # how people call them: "cards"
    content: str  # where an index record has the item: "card"
    book_type: str  # "AddressBook"
    first_book: str  # the name of the one that is there before any folder is
    books: str  # the property that says in which collections an item is: "addressBookIds"
    rights: Callable[[bool, bool], Record]  # of who may write in a collection, and who may remove it
    guest_type: str  # internal records, by a guest's account id: what of the books is his own
    component: str = ""  # as collections call what they take: "VEVENT"
    is_single: bool = False  # an item is in one collection only, whose id `books` has
    more: Mapping[str, Any] = field(default_factory=dict)  # further properties of a book, and their defaults
    # properties that each guest has for himself: what they are at first; INHERITED: as the owner's
    own: Mapping[str, Any] = field(default_factory=lambda: {"isSubscribed": False})
    private: tuple[str, ...] = ()  # properties of an item that each guest has for himself
    private_type: str = ""  # internal records with them, by item and guest


INHERITED = object()


@dataclass(slots=True)
class Item:
    """One card or event of a file, as the index keeps it."""

    uid: str
    record: Record
    etag: str  # SHA-256 of its octets
    is_broken: bool = False
    kind: int = 0

    @property
    def key(self) -> Key:
        return self.kind, self.uid


class NotHeld(ValueError):
    """The format cannot hold such a value."""

    def __init__(self, pointer: str, why: str) -> None:
        super().__init__(f"{pointer}: {why}")
        self.pointer = pointer


class Format(Protocol):
    """Of .vcf or .ics files. made() and replaced() raise NotHeld."""

    kinds: tuple[Kind, ...]
    suffix: str
    part: str  # names what the index knows of the tree: "contacts"
    of: str  # names whose the collections are: "AddressBook"
    file_type: str  # the internal records of files: "_vcf"
    radicale_tag: str  # of its collections: "VADDRESSBOOK"
    radicale_description: str  # the name of the description in .Radicale.props
    xandikos_type: str  # "addressbook"

    def read(self, data: bytes, fallback_uid: FallbackUid) -> list[Item]:
        """The items of a file, in order; what is broken as far as it can be read."""

    def uid(self, record: Record) -> str:
        """Of an Item that would say this."""

    def made(self, record: Record) -> bytes:
        """A new file with one item."""

    def replaced(self, data: bytes, number: int, record: Record, before: Record) -> bytes:
        """The file with one item in which differs what differs between these, as shown() has them; all else stays."""

    def removed(self, data: bytes, number: int) -> bytes:
        """The file without that item; nothing when it was the only one."""

    def source(self, data: bytes, number: int) -> bytes:
        """That item alone, as a file."""

    def with_uid(self, data: bytes, number: int, uid: str) -> bytes:
        """The file in which that item has this UID if it had none."""

    def shown(self, id: Id, record: Record) -> Record:
        """The item of an index record as clients see it."""

    def media(self, data: bytes, number: int, digest: str) -> tuple[bytes, str] | None:
        """(octets, media type) of what is embedded in the item and has this SHA-256."""


def keys_of(known: Record) -> list[Key]:
    """Of the items of a file, in order, by its internal record."""
    return list(zip(known.get("kinds") or repeat(0), known["uids"], strict=False))


def item_id(kind: Kind, *key: str) -> Id:
    """The id of the item with that UID; of one that differs from it, with what tells them apart."""
    text = "\0".join(key).encode("utf-8", "surrogatepass")
    return kind.prefix + hashlib.sha256(text).hexdigest()[:24]


def made_uid(*key: object) -> str:
    """A UID for an item that brings none, always the same for the same place (RFC 9553 2.1.9)."""
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return uuid.UUID(bytes=digest[:16], version=5).urn
