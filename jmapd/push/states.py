"""What a user's StateChange is made of (RFC 8620 7.1): the states of all types in all accounts that he sees."""

import base64
import binascii
import contextlib
import zlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

import orjson

from jmapd.stores.base import UNREACHABLE, Account, StoreError
from jmapd.stores.calendar_alerts import TYPE as ALERT
from jmapd.stores.calendar_alerts import CalendarAlertStore
from jmapd.stores.push_subscriptions import ALERTED, TOLD
from jmapd.wire import Id, Record, State

DELIVERY = "EmailDelivery"  # RFC 8621 1.5
MAX_EVENT_ID = 6000  # characters, for clients send it in a header
TOO_LONG = "-"  # in its place: a client that comes back has missed what it may
_MAX_DECODED = 64 << 10  # octets


TypeStates = Mapping[str, State]  # TypeState: by the type's name
States = Mapping[Id, TypeStates]  # by account; never changed, so that many listeners share one


class Emails(Protocol):
    """What the store of Emails tells beside its state."""

    def delivery_state(self) -> State:
        """Another one with each new Email, and with nothing else."""


def alerts_since(account: Account, since: State | None) -> tuple[State | None, list[Record]]:
    """Inside its session: the state now and what fired since; None: it has no alerts, or is followed from now on."""
    if ALERT not in account.store_names:
        return None, []
    try:
        store = cast(CalendarAlertStore, account.store(ALERT))
        return store.state(), store.fired(since) if since is not None else []
    except (StoreError, OSError):
        return since, []


def type_states(account: Account, stores: Mapping[str, str]) -> TypeStates:
    """Of one account, inside its session; `stores`: type -> the store that has it. What is away is left out."""
    found: dict[str, State] = {}
    for type, name in stores.items():
        if name not in account.store_names:
            continue
        try:
            store = account.store(name)
            found[type] = store.state()
            if type == "Email":
                found[DELIVERY] = cast(Emails, store).delivery_state()
        except (StoreError, OSError):
            continue
    return found


def so_far(accounts: Mapping[Id, Account], stores: Mapping[str, str]) -> Record:
    """What a subscription that is verified now need not be told, as its file has it."""
    told: dict[Id, TypeStates] = {}
    alerted: dict[Id, State] = {}
    for id, account in sorted(accounts.items()):
        with contextlib.suppress(*UNREACHABLE), account.session():
            told[id] = type_states(account, stores)
            state, _ = alerts_since(account, None)
            if state is not None:
                alerted[id] = state
    return {TOLD: told, ALERTED: alerted}


def difference(before: States, now: States, types: frozenset[str] | None) -> dict[Id, dict[str, State]]:
    """`changed` of a StateChange: what is new or other in `now`, of these types; None: of all."""
    changed: dict[Id, dict[str, State]] = {}
    for id, states in now.items():
        known = before.get(id, {})
        if states is known:
            continue
        other = {
            type: state
            for type, state in states.items()
            if known.get(type) != state and (types is None or type in types)
        }
        if other:
            changed[id] = other
    return changed


def state_change(changed: Mapping[Id, Mapping[str, State]]) -> Record:
    """The StateChange object."""
    return {"@type": "StateChange", "changed": changed}


def event_id(states: States) -> str:
    """All that the user was told, in one line (7.3: "encodes the entire server state visible to the user")."""
    packed = zlib.compress(orjson.dumps({id: dict(each) for id, each in states.items()}), 6)
    text = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    return text if len(text) <= MAX_EVENT_ID else TOO_LONG


def states_of(event_id: str) -> States:
    """The inverse; where it says nothing, none: the client is told of everything."""
    try:
        packed = base64.b64decode(event_id + "=" * (-len(event_id) % 4), altchars=b"-_", validate=True)
        unpack = zlib.decompressobj()
        value: Any = orjson.loads(unpack.decompress(packed, _MAX_DECODED))
    except (binascii.Error, zlib.error, ValueError):
        return {}
    return value if _is_states(value) else {}


def _is_states(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    states = [state for each in value.values() if isinstance(each, dict) for state in each.values()]
    return all(isinstance(each, dict) for each in value.values()) and all(isinstance(each, str) for each in states)
