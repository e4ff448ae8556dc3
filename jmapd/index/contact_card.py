"""What ContactCard/query can ask of a card (RFC 9610 3.3), out of its JSContact."""

from collections.abc import Iterator
from typing import Any

from jmapd.formats.jscontact.texts import sort_keys
from jmapd.formats.jscontact.texts import texts as texts_of
from jmapd.wire import Record
from jmapd.wire.casemap import unicode_casemap
from jmapd.wire.dates import microseconds

TEXTS = (
    "text", "name", "name/given", "name/surname", "name/surname2", "nickname", "organization", "email", "phone",
    "onlineService", "address", "note",
)  # fmt: skip
NUMBERS = ("created", "updated")
SORTS = ("name/given", "name/surname", "name/surname2")
MAX_SORT_KEY = 200  # characters


def texts(card: Record) -> list[list[str]]:
    found = texts_of(card)
    return [found.get(name, []) for name in TEXTS]


def numbers(card: Record) -> list[int | None]:
    """created and updated in microseconds."""
    return [moment(card.get(name)) for name in NUMBERS]


def moment(value: Any) -> int | None:
    """A UTCDate in microseconds; None for what is none."""
    try:
        return microseconds(value) if isinstance(value, str) else None
    except ValueError:
        return None


def sorts(card: Record) -> list[str]:
    """As the default collation compares them."""
    found = sort_keys(card)
    return [unicode_casemap((found.get(name) or "")[:MAX_SORT_KEY]) for name in SORTS]


def keys(record: Record) -> Iterator[tuple[str, str]]:
    """What is looked up exactly: address books, uid, kind and members."""
    card = record.get("card") or {}
    for book in record.get("books") or ():
        yield "book", book
    if isinstance(uid := card.get("uid") or record.get("uid"), str):
        yield "uid", uid
    kind, members = card.get("kind", "individual"), card.get("members")
    if isinstance(kind, str):
        yield "kind", kind
    for member, is_one in members.items() if isinstance(members, dict) else ():
        if is_one is True:
            yield "member", member
