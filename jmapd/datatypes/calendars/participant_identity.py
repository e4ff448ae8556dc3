"""ParticipantIdentity (jmap-calendars-27 3)."""

from typing import cast

from jmapd.datatypes.calendars.calendars_capability import CALENDARS
from jmapd.formats.calendar_address import MAILTO, is_uri, mail_address
from jmapd.methods.context import Context
from jmapd.methods.default_record import ARGUMENT, default_changed, set_default
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.stores.base import Transaction
from jmapd.stores.participant_identities import TYPE, ParticipantIdentityStore
from jmapd.wire import Record
from jmapd.wire.errors import Forbidden, InvalidProperties, TooLarge

LONGEST_NAME = 1024  # octets


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Raises SetError."""
    if len(new["name"].encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        raise TooLarge(f"name: must not have more than {LONGEST_NAME} octets")
    if not new["name"].isprintable():
        raise InvalidProperties(["name"], "name: must not have control characters")
    address = new["calendarAddress"]
    if old is not None and address == old["calendarAddress"]:
        return
    store = cast(ParticipantIdentityStore, context.store(TYPE))
    if old is not None and not store.is_given(old["id"]):
        raise Forbidden("calendarAddress: it is an address that the account has", properties=["calendarAddress"])
    if not is_uri(address):
        raise InvalidProperties(["calendarAddress"], f"calendarAddress: {address[:80]!r} is no URI")
    if address[: len(MAILTO)].lower() != MAILTO:
        return  # nothing is ever sent there
    mail = mail_address(address)
    if mail is None:
        raise InvalidProperties(["calendarAddress"], f"calendarAddress: {address[:80]!r} has not one mail address")
    if not store.may_use(mail):
        raise Forbidden(f"calendarAddress: {mail} is not an address of this account", properties=["calendarAddress"])


def _before_destroy(context: Context, transaction: Transaction, record: Record) -> None:
    if not cast(ParticipantIdentityStore, context.store(TYPE)).is_given(record["id"]):
        raise Forbidden("it stands for an address that the account has")


PARTICIPANT_IDENTITY = DataType(
    TYPE,
    CALENDARS,
    store=TYPE,
    methods=("get", "changes", "set"),
    rfc="draft-ietf-jmap-calendars-27 3",
    sections={
        "get": "draft-ietf-jmap-calendars-27 3.1",
        "changes": "draft-ietf-jmap-calendars-27 3.2",
        "set": "draft-ietf-jmap-calendars-27 3.3",
    },
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "name": Property("String", default=""),
        "calendarAddress": Property("String"),
        "isDefault": Property("Boolean", server_set=True),
    },
    unique="calendarAddress",
    arguments={"set": dict(ARGUMENT)},
    hooks=Hooks(
        validate=_validate,
        before_destroy=_before_destroy,
        on_success=set_default(TYPE, lambda record: True),
        also_changed=default_changed(TYPE),
    ),
)
