"""The Session object (RFC 8620 2). What it says of a capability stands with the data types of that capability."""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from jmapd.methods.context import Limits
from jmapd.methods.registry import CORE, Registry
from jmapd.methods.spec import Shown, shown
from jmapd.protocol.request import TICKET, WEB_SOCKET
from jmapd.stores.base import Account, StoreError
from jmapd.wire import Id

SUBSCRIBED = ("Mailbox", "AddressBook", "Calendar", "TaskList")  # types to whose records one can subscribe
URLS = {
    "apiUrl": "/jmap/api/",
    "downloadUrl": "/jmap/download/{accountId}/{blobId}/{name}?type={type}",
    "uploadUrl": "/jmap/upload/{accountId}/",
    "eventSourceUrl": "/jmap/eventsource/?types={types}&closeafter={closeafter}&ping={ping}",
}


def listed(user: str, accounts: Mapping[Id, Account], strict: bool) -> Mapping[Id, Account]:
    """The accounts that the Session has. Outside their sessions.

    RFC 9670 1.4: another's only while the user is subscribed to something in it. Clients that do not know this RFC
    would never find it then: so only where the letter is wanted.
    """
    if not strict:
        return accounts
    return {id: each for id, each in accounts.items() if each.owner == user or _is_subscribed(each)}


def _is_subscribed(account: Account) -> bool:
    try:
        with account.session():
            names = [name for name in SUBSCRIBED if name in account.store_names]
            return any(record["isSubscribed"] for name in names for record in account.store(name).scan())
    except (StoreError, OSError):
        return True  # it cannot be told now


def session_object(
    user: str, accounts: Mapping[Id, Account], base_url: str, limits: Limits, registry: Registry
) -> dict[str, Any]:
    """The Session of a user; `base_url` has no slash at its end."""
    seen = shown(user, accounts)
    base_url = base_url.rstrip("/")
    urls = {name: base_url + path for name, path in URLS.items()}
    whole = _session(user, seen, limits, registry)
    capabilities = whole["capabilities"] | _connections(base_url)
    return whole | urls | {"capabilities": capabilities, "state": _state(user, seen, limits, registry)}


def _connections(base_url: str) -> dict[str, Any]:
    """RFC 8887 3, and where browsers get a ticket for what they cannot send a password to."""
    return {
        WEB_SOCKET: {"url": f"ws{base_url.removeprefix('http')}/jmap/ws/", "supportsPush": True},
        TICKET: {"url": f"{base_url}/jmap/ticket/"},
    }


def session_state(user: str, accounts: Mapping[Id, Account], limits: Limits, registry: Registry) -> str:
    """The Session's `state`, which each Response carries, too (RFC 8620 3.4)."""
    return _state(user, shown(user, accounts), limits, registry)


@lru_cache(maxsize=4096)
def _state(user: str, seen: tuple[Shown, ...], limits: Limits, registry: Registry) -> str:
    # The URLs are left out: one server may be reached by several names, and a Response knows none of them
    return hashlib.sha256(orjson.dumps(_session(user, seen, limits, registry))).hexdigest()[:16]


def _session(user: str, seen: tuple[Shown, ...], limits: Limits, registry: Registry) -> dict[str, Any]:
    accounts = {each.id: registry.account_object(each, limits) for each in seen}
    primary: dict[str, Id] = {}
    for id, account in accounts.items():
        if account["isPersonal"]:
            for capability in account["accountCapabilities"]:
                primary.setdefault(capability, id)
    primary.pop(CORE, None)  # RFC 8620 2: SHOULD NOT be present
    for urn in registry.account_capabilities.keys() - registry.capabilities.keys():
        primary.pop(urn, None)  # says something of an account, and is nothing to ask for
    return {
        "capabilities": {
            urn: each.server(limits) if each.server else {} for urn, each in registry.capabilities.items()
        },
        "accounts": accounts,
        "primaryAccounts": primary,
        "username": user,
    }
