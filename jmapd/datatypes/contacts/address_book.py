"""AddressBook (RFC 9610 2)."""

from typing import Any, Protocol, cast

from jmapd.datatypes.principals.rights import check_shares, gone, sharing, tell_gone
from jmapd.methods.context import Context, Limits
from jmapd.methods.default_record import ARGUMENT, default_changed, set_default
from jmapd.methods.named import check_named
from jmapd.methods.spec import Capability, DataType, Hooks, Property, Shown
from jmapd.stores.base import Transaction
from jmapd.wire import Id, Record
from jmapd.wire.errors import AddressBookHasContents, Forbidden


class Books(Protocol):
    """What the store tells beside the records."""

    def has_items(self, id: Id) -> bool:
        """Whether a ContactCard is in that AddressBook."""


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {"maxAddressBooksPerCard": None, "mayCreateAddressBook": not account.is_read_only}


CAPABILITY = Capability("urn:ietf:params:jmap:contacts", account=_account)


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Raises SetError."""
    check_shares(context, old, new)
    check_named(old, new)


def _before_destroy(context: Context, transaction: Transaction, record: Record) -> None:
    """Raises SetError."""
    if not record["myRights"]["mayDelete"]:
        raise Forbidden("the AddressBook may not be destroyed")
    books = cast(Books, context.store("AddressBook"))
    if not context.arguments["onDestroyRemoveContents"] and books.has_items(record["id"]):
        raise AddressBookHasContents("the AddressBook has ContactCards, and onDestroyRemoveContents is false")
    gone(context, record)


def _may_be_default(record: Record) -> bool:
    return bool(record.get("myRights", {"mayWrite": True})["mayWrite"])


ADDRESS_BOOK = DataType(
    "AddressBook",
    CAPABILITY.urn,
    store="AddressBook",
    methods=("get", "changes", "set"),
    rfc="RFC 9610 2",
    sections={"get": "RFC 9610 2.1", "changes": "RFC 9610 2.2", "set": "RFC 9610 2.3"},
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "name": Property("String"),
        "description": Property("String|null", default=None),
        "sortOrder": Property("UnsignedInt", default=0),
        "isDefault": Property("Boolean", server_set=True),
        **sharing("AddressBookRights"),
    },
    arguments={"set": {"onDestroyRemoveContents": ("Boolean", False), **ARGUMENT}},
    hooks=Hooks(
        validate=_validate,
        before_destroy=_before_destroy,
        on_success=set_default("AddressBook", _may_be_default),
        also_changed=default_changed("AddressBook"),
        after_set=tell_gone("AddressBook"),
    ),
    capabilities=(CAPABILITY,),
)
