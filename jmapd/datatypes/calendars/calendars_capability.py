"""urn:ietf:params:jmap:calendars in the Session and in Principals (jmap-calendars-27 1.5.1, 2.1)."""

from typing import Any

from jmapd.datatypes.jscalendar.kind import MAX_DURATION, MAX_PARTICIPANTS
from jmapd.formats.calendar_address import mailto
from jmapd.methods.context import Limits
from jmapd.methods.spec import Capability, Known, Shown

CALENDARS = "urn:ietf:params:jmap:calendars"
MIN_DATE_TIME, MAX_DATE_TIME = "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {
        "maxCalendarsPerEvent": None,
        "minDateTime": MIN_DATE_TIME,
        "maxDateTime": MAX_DATE_TIME,
        "maxExpandedQueryDuration": MAX_DURATION,
        "maxParticipantsPerEvent": MAX_PARTICIPANTS,
        "mayCreateCalendar": not account.is_read_only,
    }


def _principal(known: Known) -> dict[str, Any]:
    account = known.account if known.account is not None and "Calendar" in known.account.stores else None
    address = {"calendarAddress": mailto(known.addresses[0])} if known.addresses else {}
    # who sees an account is up to the administrator: nobody shares by himself
    return {
        "accountId": account and account.id,
        "mayGetAvailability": known.has_availability,
        "mayShareWith": False,
        **address,
    }


CAPABILITY = Capability(CALENDARS, account=_account, principal=_principal)
