"""Identity (RFC 8621 6)."""

from typing import cast

from jmapd.datatypes.submission.submission_capability import CAPABILITY
from jmapd.formats.mail_address import is_address
from jmapd.formats.message import header_write
from jmapd.methods.context import Context
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.stores.base import Transaction
from jmapd.stores.identities import IdentityStore
from jmapd.wire import Record
from jmapd.wire.errors import Forbidden, ForbiddenFrom, InvalidProperties, TooLarge

LONGEST = {"name": 1024, "textSignature": 256 * 1024, "htmlSignature": 256 * 1024}  # octets
MAX_ADDRESSES = 100
FIELDS = {"replyTo": "Reply-To", "bcc": "Bcc"}


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """6.3, and that every header field a client makes of it can be written."""
    if old is None:
        _check_email(context, new["email"])
    for name, longest in LONGEST.items():
        if len(new[name].encode()) > longest:
            raise TooLarge(f"{name}: must not have more than {longest} octets")
    _check_field("name", "From", [{"name": new["name"], "email": new["email"]}])
    for name, field in FIELDS.items():
        if len(new[name] or ()) > MAX_ADDRESSES:
            raise TooLarge(f"{name}: must not have more than {MAX_ADDRESSES} addresses")
        for address in new[name] or ():
            if not is_address(address["email"]):
                raise InvalidProperties([name], f"{name}: {address['email'][:80]!r} is no mail address")
        _check_field(name, field, new[name] or [])


def _check_email(context: Context, email: str) -> None:
    if not is_address(email):
        raise InvalidProperties(["email"], f"email: {email[:80]!r} is no mail address")
    if not cast(IdentityStore, context.store("Identity")).may_use(email):
        raise ForbiddenFrom(f"email: this account may not send from {email}")


def _check_field(name: str, field: str, value: object) -> None:
    try:
        header_write.field(field, "asAddresses", value)
    except ValueError as error:
        raise InvalidProperties([name], f"{name}: {error}") from error


def _before_destroy(context: Context, transaction: Transaction, record: Record) -> None:
    if not record["mayDelete"]:
        raise Forbidden("mayDelete is false: it stands for an address that the account has")


IDENTITY = DataType(
    "Identity",
    "urn:ietf:params:jmap:submission",
    store="Identity",
    methods=("get", "changes", "set"),
    rfc="RFC 8621 6",
    sections={"get": "RFC 8621 6.1", "changes": "RFC 8621 6.2", "set": "RFC 8621 6.3"},
    properties={
        "id": Property("Id", immutable=True, server_set=True),
        "name": Property("String", default=""),
        "email": Property("String", immutable=True),
        "replyTo": Property("EmailAddress[]|null", default=None),
        "bcc": Property("EmailAddress[]|null", default=None),
        "textSignature": Property("String", default=""),
        "htmlSignature": Property("String", default=""),
        "mayDelete": Property("Boolean", server_set=True, default=True),
    },
    hooks=Hooks(validate=_validate, before_destroy=_before_destroy),
    capabilities=(CAPABILITY,),
)
