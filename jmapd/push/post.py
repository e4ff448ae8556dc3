"""POST to a URL that a client gave (RFC 8030 5, RFC 8620 8.6): public addresses only, no redirects, bounded time."""

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 10.0  # for each step
WHOLE_SECONDS = 30.0
_MAX_REASON = 1000
_EMBEDS = [ipaddress.ip_network(each) for each in ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")]  # IPv4 at the end
_LOCAL = [  # RFC 8215, RFC 3879, RFC 9602, RFC 7600: Python 3.11 takes them for global
    ipaddress.ip_network(each) for each in ("64:ff9b:1::/48", "fec0::/10", "5f00::/16", "192.0.0.8/32")
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowed(Exception):
    """The host has an address that may not be asked."""


@dataclass(frozen=True)
class Posted:
    """What came back; `status` 0: nothing did."""

    status: int
    retry_after: str = ""
    reason: str = ""


class Poster:
    """`allowed`: networks that may be asked although they are not public; `ca_file`: of further authorities, or ""."""

    def __init__(self, allowed: Iterable[str], ca_file: str) -> None:
        """Raises OSError, ValueError."""
        self._allowed = [ipaddress.ip_network(each, strict=False) for each in allowed]
        self._tls = ssl.create_default_context()
        if ca_file:
            self._tls.load_verify_locations(ca_file)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Raises NotAllowed."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        try:
            address = self._address(host, port)
            connection = _Pinned(host, port, address, self._tls)
        except (OSError, UnicodeError) as error:
            return Posted(0, reason=str(error))
        guard = threading.Timer(WHOLE_SECONDS, connection.abort)
        guard.daemon = True
        guard.start()
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, dict(headers))
            answer = connection.getresponse()
            reason = answer.read(_MAX_REASON).decode("utf-8", "replace") if answer.status >= 400 else ""
            return Posted(answer.status, answer.headers.get("Retry-After", ""), reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Posted(0, reason=f"{type(error).__name__}: {error}")
        finally:
            guard.cancel()
            connection.close()

    def _address(self, host: str, port: int) -> str:
        """The one that is asked: checked, so that the name cannot lead elsewhere afterwards."""
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        for each in found:
            if not self._may_ask(str(each)):
                raise NotAllowed(f"{host} has the address {each}, which is not public")
        if not found:
            raise OSError(f"{host} has no address")
        return str(found[0])

    def _may_ask(self, text: str) -> bool:
        address = _plain(ipaddress.ip_address(text.partition("%")[0]))
        if any(address.version == each.version and address in each for each in self._allowed):
            return True
        return address.is_global and not address.is_multicast and not any(address in each for each in _LOCAL)


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv6Address):
        if any(address in each for each in _EMBEDS) and int(address) > 1:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


class _Pinned(http.client.HTTPSConnection):
    """To one address of a host."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=SECONDS, context=tls)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), SECONDS)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        except BaseException:
            plain.close()
            raise
        self.sock.do_handshake()  # abort() ends it, too

    def abort(self) -> None:
        """Ends what takes too long; by another thread."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return
