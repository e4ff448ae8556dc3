"""AddressBook (RFC 9610 2)."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, Protocol, cast

from jmapd.datatypes.principals.rights import check_shares, sharing
from jmapd.methods.context import Context, Limits
from jmapd.methods.spec import Capability, DataType, Hooks, Property, Shown
from jmapd.stores.base import Transaction
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import AddressBookHasContents, Forbidden, InvalidProperties, NotFound

MAX_NAME = 255  # octets of UTF-8
MAX_DESCRIPTION = 1 << 16
_NOT_IN_NAMES = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of characters, separators of lines and paragraphs


class Books(Protocol):
    """What the store tells beside the records."""

    def has_items(self, id: Id) -> bool:
        """Whether a ContactCard is in that AddressBook."""


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {"maxAddressBooksPerCard": None, "mayCreateAddressBook": not account.is_read_only}


CAPABILITY = Capability("urn:ietf:params:jmap:contacts", account=_account)


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Raises SetError."""
    check_shares(old, new)
    if old is None or old["name"] != new["name"]:
        _check_name(new["name"])
    if not 0 <= new["sortOrder"] < 1 << 31:
        raise InvalidProperties(["sortOrder"], "sortOrder must be below 2^31")
    if len((new["description"] or "").encode("utf-8", "surrogatepass")) > MAX_DESCRIPTION:
        raise InvalidProperties(["description"], f"description must have at most {MAX_DESCRIPTION} octets")


def _check_name(name: str) -> None:
    wrong = ""
    if not name.strip():
        wrong = "must have a character that can be seen"
    elif len(name.encode("utf-8", "surrogatepass")) > MAX_NAME:
        wrong = f"must have at most {MAX_NAME} octets"
    elif any(unicodedata.category(character) in _NOT_IN_NAMES for character in name):
        wrong = "must not have control characters"
    if wrong:
        raise InvalidProperties(["name"], f"name {wrong}")


def _before_destroy(context: Context, transaction: Transaction, record: Record) -> None:
    """Raises SetError."""
    if not record["myRights"]["mayDelete"]:
        raise Forbidden("the AddressBook may not be destroyed")
    books = cast(Books, context.store("AddressBook"))
    if not context.arguments["onDestroyRemoveContents"] and books.has_items(record["id"]):
        raise AddressBookHasContents("the AddressBook has ContactCards, and onDestroyRemoveContents is false")


def _on_success(
    context: Context, transaction: Transaction, args: Arguments, id_of: Callable[[str], Id]
) -> dict[Id, Record]:
    """onSuccessSetIsDefault (2.3): what cannot be made the default is passed over."""
    given = args["onSuccessSetIsDefault"]
    try:
        new = transaction.get(id_of(given)) if given is not None else None
    except NotFound:
        new = None
    if new is None or new.get("isDefault") or not new.get("myRights", {"mayWrite": True})["mayWrite"]:
        return {}
    books = context.store("AddressBook")
    before = [each for each in map(transaction.get, books.ids()) if each and each["isDefault"]]
    changes = [(each, False) for each in before] + [(new, True)]
    for record, is_default in changes:
        transaction.update(record["id"], record | {"isDefault": is_default}, {"isDefault"})
    return {record["id"]: {"isDefault": is_default} for record, is_default in changes}


def _also_changed(context: Context, transaction: Transaction, created: Iterable[Record]) -> dict[Id, Record]:
    """Another is the default since the one that was is destroyed: that is told, too (2.3, RFC 8620 5.3)."""
    books = context.store("AddressBook")
    before = books.get(books.ids()) | {record["id"]: record for record in created}
    after = {id: record for id in before if (record := transaction.get(id)) is not None}
    was, now = ({id: bool(each.get("isDefault")) for id, each in records.items()} for records in (before, after))
    return {id: {"isDefault": is_default} for id, is_default in now.items() if is_default != was[id]}


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
    arguments={
        # a "#creationId" is no Id
        "set": {"onDestroyRemoveContents": ("Boolean", False), "onSuccessSetIsDefault": ("String|null", None)}
    },
    hooks=Hooks(validate=_validate, before_destroy=_before_destroy, on_success=_on_success, also_changed=_also_changed),
    capabilities=(CAPABILITY,),
)
