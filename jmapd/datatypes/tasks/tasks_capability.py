"""urn:ietf:params:jmap:tasks and its extensions in the Session and in Principals (tasks-06 1.6, 2.1).

There is no customtimezones: jscalendarbis-15 A.2.1 has no zones but those of the database.
"""

from typing import Any

from jmapd.datatypes.jscalendar.kind import MAX_DURATION, MAX_PARTICIPANTS
from jmapd.formats.calendar_address import mailto
from jmapd.methods.context import Limits
from jmapd.methods.spec import Capability, Known, Shown

TASKS = "urn:ietf:params:jmap:tasks"


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {
        "minDateTime": "0001-01-01T00:00:00",
        "maxDateTime": "9999-12-31T23:59:59",
        "mayCreateTaskList": not account.is_read_only,
    }


def _principal(known: Known) -> dict[str, Any]:
    account = known.account if known.account is not None and "TaskList" in known.account.stores else None
    return {
        "accountId": account and account.id,
        "mayShareWith": False,  # who sees an account is up to the administrator
        "sendTo": {"imip": mailto(known.addresses[0])} if known.addresses else None,
    }


def _extension(name: str, told: dict[str, Any]) -> Capability:
    """tasks-06 1.6.2 to 1.6.5: no data type is of it alone."""
    return Capability(
        f"{TASKS}:{name}",
        account=lambda limits, account: told if "Task" in account.stores else None,
        is_everywhere=True,
    )


CAPABILITIES = (
    Capability(TASKS, account=_account, principal=_principal),
    _extension("recurrences", {"maxExpandedQueryDuration": MAX_DURATION}),
    _extension("assignees", {"maxParticipantsPerTask": MAX_PARTICIPANTS}),
    _extension("alerts", {}),
    _extension("multilingual", {}),
)
