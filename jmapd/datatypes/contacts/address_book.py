"""AddressBook (RFC 9610 2)."""

from typing import Any

from jmapd.datatypes.principals.rights import before_destroy, check_shares, sharing, tell_gone
from jmapd.methods.context import Context, Limits
from jmapd.methods.default_record import ARGUMENT, default_changed, set_default
from jmapd.methods.named import check_named
from jmapd.methods.spec import Capability, DataType, Hooks, Property, Shown
from jmapd.stores.base import Transaction
from jmapd.wire import Record
from jmapd.wire.errors import AddressBookHasContents


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {"maxAddressBooksPerCard": None, "mayCreateAddressBook": not account.is_read_only}


CAPABILITY = Capability("urn:ietf:params:jmap:contacts", account=_account)


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Raises SetError."""
    check_shares(context, old, new)
    check_named(old, new)


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
        before_destroy=before_destroy("AddressBook", "ContactCard", "onDestroyRemoveContents", AddressBookHasContents),
        on_success=set_default("AddressBook", _may_be_default),
        also_changed=default_changed("AddressBook"),
        after_set=tell_gone("AddressBook"),
    ),
    capabilities=(CAPABILITY,),
)
