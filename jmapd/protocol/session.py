"""The Session object (RFC 8620 2). What it says of a capability stands with the data types of that capability."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from jmapd.methods.context import Limits
from jmapd.methods.registry import CORE, Registry
from jmapd.methods.spec import Shown
from jmapd.stores.base import Account
from jmapd.wire import Id

URLS = {
    "apiUrl": "/jmap/api/",
    "downloadUrl": "/jmap/download/{accountId}/{blobId}/{name}?type={type}",
    "uploadUrl": "/jmap/upload/{accountId}/",
    "eventSourceUrl": "/jmap/eventsource/?types={types}&closeafter={closeafter}&ping={ping}",
}


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
def _state(user: str, shown: tuple[Shown, ...], limits: Limits, registry: Registry) -> str:
    # The URLs are left out: one server may be reached by several names, and a Response knows none of them
    return hashlib.sha256(orjson.dumps(_session(user, shown, limits, registry))).hexdigest()[:16]


def _shown(user: str, accounts: Mapping[Id, Account]) -> tuple[Shown, ...]:
    return tuple(
        Shown(each.id, each.name, each.owner == user, each.is_read_only, each.store_names) for each in accounts.values()
    )


def _session(user: str, shown: tuple[Shown, ...], limits: Limits, registry: Registry) -> dict[str, Any]:
    accounts = {each.id: _account(each, limits, registry) for each in shown}
    primary: dict[str, Id] = {}
    for id, account in accounts.items():
        if account["isPersonal"]:
            for capability in account["accountCapabilities"]:
                primary.setdefault(capability, id)
    primary.pop(CORE, None)  # RFC 8620 2: SHOULD NOT be present
    return {
        "capabilities": {
            urn: each.server(limits) if each.server else {} for urn, each in registry.capabilities.items()
        },
        "accounts": accounts,
        "primaryAccounts": primary,
        "username": user,
    }


def _account(account: Shown, limits: Limits, registry: Registry) -> dict[str, Any]:
    return {
        "name": account.name,
        "isPersonal": account.is_personal,
        "isReadOnly": account.is_read_only,
        "accountCapabilities": {
            urn: each.account(limits, account) if each.account else {}
            for urn, each in registry.capabilities.items()
            if each.is_everywhere or account.stores & registry.stores[urn]
        },
    }
