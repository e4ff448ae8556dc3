"""The rows of whatever can be shared: isSubscribed, myRights, shareWith (RFC 9670 4, RFC 9610 2)."""

from collections.abc import Callable
from typing import Protocol, cast

from jmapd.methods.context import Context
from jmapd.methods.spec import Outcome, Property
from jmapd.stores import shares
from jmapd.stores.addresses import ANY, Addresses
from jmapd.stores.base import Transaction
from jmapd.stores.principals import PRINCIPAL, principal_id
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import Forbidden, InvalidProperties, SetError

BeforeDestroy = Callable[[Context, Transaction, Record], None]


class Collections(Protocol):
    """What a store of AddressBooks, Calendars or TaskLists tells beside the records."""

    def has_items(self, id: Id) -> bool:
        """Whether something is in that one."""


def sharing(rights: str) -> dict[str, Property]:
    """The rows; `rights` is what the type's RFC calls the set of them, as "AddressBookRights"."""
    return {
        "isSubscribed": Property("Boolean", default=True),
        # null also where the server does not have RFC 9670
        "shareWith": Property(f"Id[{rights}]|null", default=None),
        "myRights": Property(rights, server_set=True),
    }


def check_shares(context: Context, old: Record | None, new: Record, right: str = "mayShare") -> None:
    """Raises Forbidden where shareWith is changed by one who may not share; nobody may what he makes now.

    RFC 9610 2.3: nor may one give a right that he does not have to one who did not have it.
    """
    before = None if old is None else old["shareWith"]
    if new["shareWith"] == before:
        return
    mine: Record = {} if old is None else old["myRights"]
    if not mine.get(right):
        raise Forbidden("shareWith: you may not share it", properties=["shareWith"])
    assert context.account is not None
    if principal_id(context.account.owner) in (new["shareWith"] or ()):  # RFC 9670 4: his rights are implicit
        raise InvalidProperties(["shareWith"], "shareWith: the owner of the account must not be in it")
    for principal, rights in (new["shareWith"] or {}).items():
        had = (before or {}).get(principal) or {}
        wrong = [name for name, may in rights.items() if may and not had.get(name) and not mine.get(name)]
        if wrong:
            raise Forbidden(f"shareWith: you do not have {', '.join(wrong)[:200]}", properties=["shareWith"])


def before_destroy(
    type: str,
    item_type: str,
    argument: str,
    has_items: Callable[[str], SetError],
    check: Callable[[Context, str, Id], None] | None = None,
) -> BeforeDestroy:
    """Hooks.before_destroy of a collection: one with items stays unless `argument` says otherwise. `check` is given the
    type of the items and the collection; raises SetError.
    """

    def hook(context: Context, transaction: Transaction, record: Record) -> None:
        if not record["myRights"]["mayDelete"]:
            raise Forbidden(f"the {type} may not be destroyed")
        if check is not None:
            check(context, item_type, record["id"])
        if not context.arguments[argument] and cast(Collections, context.store(type)).has_items(record["id"]):
            raise has_items(f"the {type} has {item_type}s, and {argument} is false")
        context.memo.setdefault("gone", {})[record["id"]] = record  # see tell_gone

    return hook


def tell_gone(type: str) -> Callable[[Context, Arguments, Outcome], list[tuple[str, Arguments]]]:
    """Hooks.after_set for a type: ShareNotifications of what was destroyed (jmap-calendars-27 4.3, RFC 9670 3)."""

    def after_set(context: Context, args: Arguments, outcome: Outcome) -> list[tuple[str, Arguments]]:
        assert context.account is not None
        records = context.memo.get("gone", {})
        found = [records[id] for id in outcome.destroyed if id in records]
        context.account.tell(shares.destroyed(context.account, type, found, entity(context)))
        return []

    return after_set


def entity(context: Context) -> Record:
    """The user as changedBy has him (RFC 9670 3)."""
    addresses = (each for each in Addresses(context.options).of(context.user) if not each.startswith(ANY))
    id, name = principal_id(context.user), context.user
    for account in context.accounts.values():
        if account.owner == context.user and PRINCIPAL in account.store_names:
            name = account.store(PRINCIPAL).get([id]).get(id, {}).get("name", name)
    return {"name": name, "email": next(addresses, None), "principalId": id}
