"""What all requests of one worker share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jmapd.auth.basic import Basic
from jmapd.auth.ticket import Tickets
from jmapd.config import Config
from jmapd.http.cors import Cors
from jmapd.http.gates import Gate
from jmapd.http.metrics import Metrics
from jmapd.http.proxies import Networks, Proxies
from jmapd.methods.context import Limits
from jmapd.methods.registry import Registry
from jmapd.protocol import dispatch
from jmapd.protocol.accounts import Accounts
from jmapd.push.events import Events
from jmapd.stores.push_subscriptions import PushSubscriptionStore
from jmapd.wire import Record


@dataclass
class SessionBytes:
    """One user's Session as it was sent last."""

    state: str
    plain: bytes
    gzipped: bytes | None


@dataclass
class Site:
    """Made once by make_app; handlers get it with each exchange. Only caches and counters change in it."""

    config: Config
    limits: Limits
    options: Mapping[str, Any]
    accounts: Accounts
    registry: Registry
    basic: Basic
    proxies: Proxies
    metrics: Metrics | None
    metrics_readers: Networks
    requests: Gate
    uploads: Gate
    events: Events
    tickets: Tickets
    cors: Cors
    push_subscriptions: Callable[[str, Record], PushSubscriptionStore]  # of a user, as his credentials let him see them
    so_far: Callable[[str], Record]  # what a subscription of the user's that is verified now need not be told
    sessions: dict[tuple[str, str], SessionBytes] = field(default_factory=dict)

    def run(self, request: dict[str, Any], user: str) -> dict[str, Any]:
        """The Response object. Raises RequestError."""
        accounts, strict = self.accounts.for_user(user), self.config.protocol.strict
        # before the request has any account or file: this enters all accounts, one after the other
        so_far = self.so_far(user) if _has_call(request, "PushSubscription/set") else {}
        own = {"PushSubscription": lambda: self.push_subscriptions(user, so_far)}
        others = self.accounts.others(user)
        return dispatch.run(request, user, accounts, self.registry, self.limits, self.options, strict, others, own)

    @property
    def gzip_level(self) -> int:
        return self.config.server.gzip_level if self.config.server.gzip else 0


def _has_call(request: dict[str, Any], name: str) -> bool:
    """Of a request that is not checked yet."""
    calls = request.get("methodCalls") if isinstance(request, dict) else None
    return isinstance(calls, list) and any(isinstance(call, list) and call[:1] == [name] for call in calls)
