"""What is believed of X-Forwarded-*: the client's address and the URL that clients know the server by."""

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from jmapd.http.exchange import Environ

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})(:\d{1,5})?")
PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*/?")
DEFAULT_PORTS = {"http": "80", "https": "443"}
MAX_KNOWN = 1024


class Networks:
    """A list of addresses and networks; "unix" stands for a peer without an address."""

    def __init__(self, names: Iterable[str]) -> None:
        names = list(names)
        self.has_unix = "unix" in names
        self.networks = [ipaddress.ip_network(name, strict=False) for name in names if name != "unix"]
        self._known: dict[str, bool] = {}

    def __contains__(self, address: object) -> bool:
        if not isinstance(address, str):
            return False  # the server does not say who asks
        if not address:
            return self.has_unix
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            known = self._known[address] = self._look(address)
        return known

    def _look(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None)
        return any(candidate in network for network in self.networks for candidate in (parsed, mapped) if candidate)


class Proxies:
    """Where a request came from and went to, seen through trusted proxies."""

    def __init__(self, base_url: str, trusted: Iterable[str]) -> None:
        self.base_url, self.trusted = base_url, Networks(trusted)

    def client(self, environ: Environ) -> str:
        """The client's address: the last one in X-Forwarded-For that no trusted proxy has."""
        peer = environ.get("REMOTE_ADDR")
        forwarded = environ.get("HTTP_X_FORWARDED_FOR")
        address: str = peer or ""
        if not forwarded or peer not in self.trusted:
            return address
        for hop in reversed(forwarded.split(",")):
            hop = hop.strip()
            if not is_address(hop):
                break
            address = hop
            if hop not in self.trusted:
                break
        return address

    def url(self, environ: Environ) -> str:
        """The URL that the paths of this server are under, without a slash at the end."""
        if self.base_url:
            return self.base_url
        scheme: str = environ.get("wsgi.url_scheme", "http")
        host: str = environ.get("HTTP_HOST", "")
        prefix: str = environ.get("SCRIPT_NAME", "")
        if environ.get("REMOTE_ADDR") in self.trusted:
            scheme = _forwarded(environ, "PROTO", ("http", "https")) or scheme
            host = _forwarded(environ, "HOST") or host
            prefix = _forwarded(environ, "PREFIX") or prefix
            port = _forwarded(environ, "PORT")
            if port.isdigit() and HOST.fullmatch(host) and not re.search(r":\d+$", host):
                host += f":{port}"
        if not HOST.fullmatch(host):
            host = f"{environ.get('SERVER_NAME') or 'localhost'}:{environ.get('SERVER_PORT') or DEFAULT_PORTS[scheme]}"
        host = host.removesuffix(":" + DEFAULT_PORTS[scheme])
        if not PREFIX.fullmatch(prefix):
            prefix = ""
        return f"{scheme}://{host}{prefix.rstrip('/')}"


@lru_cache(maxsize=MAX_KNOWN)
def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _forwarded(environ: Environ, name: str, allowed: tuple[str, ...] = ()) -> str:
    """The value the nearest proxy gave; "" when none or not one of `allowed`."""
    value: str = environ.get("HTTP_X_FORWARDED_" + name, "").rpartition(",")[2].strip()
    if allowed:
        value = value.lower()
        return value if value in allowed else ""
    return value
