"""ContactCard/copy (RFC 9610 3.6): the media go along, and what a card out of a file has that clients may not set."""

from typing import Any, NamedTuple

from jmapd.datatypes.contacts.contact_card_media import Embedder, embedded
from jmapd.datatypes.contacts.contact_card_set import checked, validate
from jmapd.methods.context import Context
from jmapd.stores.base import Account, Transaction
from jmapd.wire import Record


class Prepared(NamedTuple):
    """The card as it is in the other account, and its media with their octets; None where the client gives others."""

    original: Record
    media: Record | None


def prepare(context: Context, source: Account, original: Record, given: Record) -> Prepared:
    """Hook."""
    if "media" in given or not original.get("media"):
        return Prepared(original, None)
    return Prepared(original, Embedder(context, source, is_copy=True).media(original["media"]))


def commit(context: Context, tx: Transaction, record: Record, prepared: Any) -> Record:
    """Hook: what the server set. Raises SetError."""
    original, media = prepared
    known = original | {"uid": record.get("uid")}
    before: Record = {"localizations": original.get("localizations")}
    if media is not None:
        before["media"] = media
        record |= {"media": media}
        known |= {"media": media}
    record = embedded(context, before, checked(context, known, record))
    validate(context, tx, None, record)
    return tx.create(record)
