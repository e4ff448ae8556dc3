"""ContactCard/set (RFC 9610 3.5): what a card must be (RFC 9553, 9982), who may write, and what the server sets."""

import time
from collections.abc import Iterable

from jmapd.datatypes.contacts.contact_card_media import embedded, resolved
from jmapd.formats.jscontact.validate import normalised, problems
from jmapd.methods.context import Context
from jmapd.stores.base import Transaction
from jmapd.wire import Id, Record
from jmapd.wire.dates import utc_date
from jmapd.wire.errors import Forbidden, InvalidProperties

OURS = ("id", "addressBookIds")  # what RFC 9610 adds to a Card
MAX_TOLD = 20  # problems in one SetError


def prepare_create(context: Context, given: Record) -> Record:
    """Hook: the card complete, with the octets of its media. Raises InvalidProperties, TooLarge."""
    now = utc_date(int(time.time()))
    return embedded(context, None, checked(context, None, {"created": now, "updated": now} | given))


def prepare_update(context: Context, old: Record, new: Record) -> Record:
    """Hook: as prepare_create; `updated` follows where the card has it and the client leaves it alone."""
    if all(old.get(name) == new.get(name) for name in (old.keys() | new.keys()) - set(OURS)):
        return new
    if "updated" in old and new.get("updated") == old["updated"]:
        new = new | {"updated": utc_date(int(time.time()))}
    return embedded(context, old, checked(context, old, new))


def checked(context: Context, old: Record | None, record: Record) -> Record:
    """The card as it is kept. Raises InvalidProperties: a JSON Pointer for each fault that it did not have before."""
    before = old and _card(old)
    card = normalised(resolved(context, _card(record)), before, context.strict)
    wrong = problems(card, before, context.strict)[:MAX_TOLD]
    if wrong:
        told = "; ".join(f"{pointer[:200]} {why}" for pointer, why in wrong)
        raise InvalidProperties(list(dict(wrong)), told)
    return {name: record[name] for name in OURS if name in record} | card


def _card(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in OURS}


def validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Hook. Raises SetError."""
    if not new["addressBookIds"]:
        raise InvalidProperties(["addressBookIds"], "addressBookIds: a card is in at least one AddressBook")
    check_rights(context, [*(old or new)["addressBookIds"], *new["addressBookIds"]])


def before_destroy(context: Context, transaction: Transaction, record: Record) -> None:
    """Hook. Raises Forbidden."""
    check_rights(context, record["addressBookIds"])


def check_rights(context: Context, books: Iterable[Id]) -> None:
    """mayWrite (RFC 9610 2) in each: a card is the same in all of its AddressBooks."""
    known: dict[Id, bool] = context.memo.setdefault("mayWrite", {})
    ids = dict.fromkeys(books)
    if missing := [id for id in ids if id not in known]:
        found = context.store("AddressBook").get(missing)
        known |= {id: found[id]["myRights"]["mayWrite"] if id in found else True for id in missing}
    wrong = [id for id in ids if not known[id]]
    if wrong:
        raise Forbidden(f"addressBookIds: you may not write in {', '.join(wrong)[:200]}", properties=["addressBookIds"])
