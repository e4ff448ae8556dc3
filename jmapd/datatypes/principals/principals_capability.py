"""urn:ietf:params:jmap:principals and principals:owner in the Session (RFC 9670 1.5)."""

from typing import Any

from jmapd.methods.context import Limits
from jmapd.methods.spec import PRINCIPAL, Capability, Shown
from jmapd.stores.principals import principal_id

PRINCIPALS = "urn:ietf:params:jmap:principals"


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    return {"currentUserPrincipalId": principal_id(account.name) if account.is_personal else None}


def _owner(limits: Limits, account: Shown) -> dict[str, Any] | None:
    if account.principals is None:
        return None
    return {"accountIdForPrincipal": account.principals, "principalId": principal_id(account.name)}


CAPABILITY = Capability(PRINCIPALS, account=_account)
OWNER = Capability(f"{PRINCIPALS}:owner", account=_owner, is_everywhere=True, is_of_accounts_only=True)
__all__ = ["CAPABILITY", "OWNER", "PRINCIPAL", "PRINCIPALS"]
