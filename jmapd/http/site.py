"""What all requests of one worker share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jmapd.auth.basic import Basic
from jmapd.config import Config
from jmapd.http.gates import Gate
from jmapd.http.metrics import Metrics
from jmapd.http.proxies import Networks, Proxies
from jmapd.methods.context import Limits
from jmapd.methods.registry import Registry
from jmapd.protocol.accounts import Accounts


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
    sessions: dict[tuple[str, str], SessionBytes] = field(default_factory=dict)

    @property
    def gzip_level(self) -> int:
        return self.config.server.gzip_level if self.config.server.gzip else 0
