"""Calendar (jmap-calendars-27 4)."""

from jmapd.datatypes.calendars.calendars_capability import CALENDARS, CAPABILITY
from jmapd.datatypes.jscalendar.collection import OWN, check_collection, check_private
from jmapd.datatypes.principals.rights import before_destroy, check_shares, sharing, tell_gone
from jmapd.methods.context import Context
from jmapd.methods.default_record import ARGUMENT, default_changed, set_default
from jmapd.methods.spec import DataType, Hooks, Property
from jmapd.stores.base import Transaction
from jmapd.wire import Record
from jmapd.wire.errors import CalendarHasEvent, InvalidProperties

AVAILABILITY = ("all", "attending", "none")
_OWN = (*OWN, "includeInAvailability")  # may be set by whoever is subscribed, and are each user's own (4.3)


def _prepare_create(context: Context, given: Record) -> Record:
    """includeInAvailability: "all" in the user's own account, "none" in another's (4)."""
    assert context.account is not None
    is_own = context.account.owner == context.user
    return {"includeInAvailability": "all" if is_own else "none"} | given


def _validate(context: Context, transaction: Transaction, old: Record | None, new: Record) -> None:
    """Raises SetError."""
    check_shares(context, old, new)
    check_collection(context, transaction, old, new, _OWN)
    if new["includeInAvailability"] not in AVAILABILITY:
        raise InvalidProperties(
            ["includeInAvailability"], f"includeInAvailability must be one of {', '.join(AVAILABILITY)}"
        )


def _may_be_default(record: Record) -> bool:
    return bool(record.get("myRights", {"mayWriteAll": True})["mayWriteAll"])


CALENDAR = DataType(
    "Calendar",
    CALENDARS,
    store="Calendar",
    methods=("get", "changes", "set"),
    rfc="draft-ietf-jmap-calendars-27 4",
    sections={
        "get": "draft-ietf-jmap-calendars-27 4.1",
        "changes": "draft-ietf-jmap-calendars-27 4.2",
        "set": "draft-ietf-jmap-calendars-27 4.3",
    },
    properties={
        "id": Property("Id", server_set=True, immutable=True),
        "name": Property("String"),
        "description": Property("String|null", default=None),
        "color": Property("String|null", default=None),
        "sortOrder": Property("UnsignedInt", default=0),
        "isVisible": Property("Boolean", default=True),
        "isDefault": Property("Boolean", server_set=True),
        "includeInAvailability": Property("String", optional=True),
        "defaultAlertsWithTime": Property("Id[Alert]|null", default=None),
        "defaultAlertsWithoutTime": Property("Id[Alert]|null", default=None),
        "timeZone": Property("String|null", default=None),
        **sharing("CalendarRights"),
    },
    arguments={"set": {"onDestroyRemoveEvents": ("Boolean", False), **ARGUMENT}},
    hooks=Hooks(
        validate=_validate,
        before_destroy=before_destroy(
            "Calendar", "CalendarEvent", "onDestroyRemoveEvents", CalendarHasEvent, check_private
        ),
        prepare_create=_prepare_create,
        on_success=set_default("Calendar", _may_be_default),
        also_changed=default_changed("Calendar"),
        after_set=tell_gone("Calendar"),
    ),
    capabilities=(CAPABILITY,),
)
