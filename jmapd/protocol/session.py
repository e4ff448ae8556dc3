"""The Session object (RFC 8620 2) and the capability objects in it."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from jmapd.methods.collations import COLLATIONS
from jmapd.methods.context import Limits
from jmapd.methods.registry import Registry
from jmapd.stores.base import Account
from jmapd.wire import Id

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
URLS = {
    "apiUrl": "/jmap/api/",
    "downloadUrl": "/jmap/download/{accountId}/{blobId}/{name}?type={type}",
    "uploadUrl": "/jmap/upload/{accountId}/",
    "eventSourceUrl": "/jmap/eventsource/?types={types}&closeafter={closeafter}&ping={ping}",
}


class _Shown(NamedTuple):
    """What the Session says of an account; when it changes, so does the Session's state."""

    id: Id
    name: str
    is_personal: bool
    is_read_only: bool
    stores: frozenset[str]


def session_object(
    user: str, accounts: Mapping[Id, Account], base_url: str, limits: Limits, registry: Registry
) -> dict[str, Any]:
    """The Session of a user; `base_url` has no slash at its end."""
    shown = _shown(user, accounts)
    urls = {name: base_url.rstrip("/") + path for name, path in URLS.items()}
    return _session(user, shown, limits, registry) | urls | {"state": _state(user, shown, limits, registry)}


def session_state(user: str, accounts: Mapping[Id, Account], limits: Limits, registry: Registry) -> str:
    """The Session's `state`, which each Response carries, too (RFC 8620 3.4)."""
    return _state(user, _shown(user, accounts), limits, registry)


@lru_cache(maxsize=4096)
def _state(user: str, shown: tuple[_Shown, ...], limits: Limits, registry: Registry) -> str:
    # The URLs are left out: one server may be reached by several names, and a Response knows none of them
    return hashlib.sha256(orjson.dumps(_session(user, shown, limits, registry))).hexdigest()[:16]


def _shown(user: str, accounts: Mapping[Id, Account]) -> tuple[_Shown, ...]:
    return tuple(
        _Shown(each.id, each.name, each.owner == user, each.is_read_only, each.store_names)
        for each in accounts.values()
    )


def _session(user: str, shown: tuple[_Shown, ...], limits: Limits, registry: Registry) -> dict[str, Any]:
    capabilities = sorted(registry.capabilities)
    accounts = {each.id: _account(each, capabilities, registry) for each in shown}
    primary: dict[str, Id] = {}
    for id, account in accounts.items():
        if account["isPersonal"]:
            for capability in account["accountCapabilities"]:
                primary.setdefault(capability, id)
    primary.pop(CORE, None)  # RFC 8620 2: SHOULD NOT be present
    return {
        "capabilities": {name: _core(limits) if name == CORE else {} for name in capabilities},
        "accounts": accounts,
        "primaryAccounts": primary,
        "username": user,
    }


def _account(account: _Shown, capabilities: list[str], registry: Registry) -> dict[str, Any]:
    return {
        "name": account.name,
        "isPersonal": account.is_personal,
        "isReadOnly": account.is_read_only,
        "accountCapabilities": {
            name: _mail(account, registry) if name == MAIL else {}
            for name in capabilities
            if name == CORE or account.stores & _stores(name, registry)
        },
    }


def _stores(capability: str, registry: Registry) -> set[str]:
    """What an account must have some of for the capability's methods to be of use with it (RFC 8620 2)."""
    return {datatype.store for datatype in registry.datatypes.values() if datatype.capability == capability}


def _core(limits: Limits) -> dict[str, Any]:
    return {
        "maxSizeUpload": limits.max_size_upload,
        "maxConcurrentUpload": limits.max_concurrent_upload,
        "maxSizeRequest": limits.max_size_request,
        "maxConcurrentRequests": limits.max_concurrent_requests,
        "maxCallsInRequest": limits.max_calls_in_request,
        "maxObjectsInGet": limits.max_objects_in_get,
        "maxObjectsInSet": limits.max_objects_in_set,
        "collationAlgorithms": sorted(COLLATIONS),
    }


def _mail(account: _Shown, registry: Registry) -> dict[str, Any]:
    """RFC 8621 1.3.1."""
    email = registry.datatypes.get("Email")
    return {
        "maxMailboxesPerEmail": None,
        "maxMailboxDepth": None,
        "maxSizeMailboxName": 255,
        "maxSizeAttachmentsPerEmail": 50_000_000,
        "emailQuerySortOptions": sorted(email.sorts) if email else [],
        "mayCreateTopLevelMailbox": "Mailbox/set" in registry and not account.is_read_only,
    }
