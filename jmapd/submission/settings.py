"""Where an account's mail goes: [submission] of the configuration, and a user's own file over it."""

import ipaddress
import socket
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jmapd.config import ConfigError, user_path
from jmapd.submission.replies import Unreachable

OWN = {"host": str, "port": int, "security": str, "user": str, "password": str}  # what a user's own file may say
SECURITY = ("auto", "none", "starttls", "tls")
TLS_PORT = 465


@dataclass(frozen=True)
class Server:
    """One SMTP server and who logs in there; all that a connection to it depends on."""

    host: str = "localhost"
    port: int = 25
    security: str = "auto"
    user: str = ""
    password: str = field(default="", repr=False)
    token_command: tuple[str, ...] = ()
    trust: str = ""  # a file of certificates instead of the system's
    timeout: float = 300.0

    @property
    def security_now(self) -> str:
        """none, starttls or tls: a server elsewhere is never spoken to in the clear unless the options say so."""
        if self.security != "auto":
            return self.security
        return "tls" if self.port == TLS_PORT else "none" if is_loopback(self.host) else "starttls"

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether the name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_of(options: Mapping[str, Any], owner: str) -> Server:
    """The server for mail of the account of that name. Raises Unreachable when a file of it cannot be used."""

    def option(name: str, default: Any) -> Any:
        return options.get(f"submission.{name}", default)

    own = _own(option("user_file", ""), owner)
    given = {name: option(name, None) for name in ("host", "port", "security")}
    if "host" not in own:  # a login is for one server, and shown to no other
        given["user"] = option("user", "")
        if not own.keys() & {"user", "password"}:
            given["password"] = _password(option("password_file", ""))
    given |= own
    return Server(
        **{name: value for name, value in given.items() if value is not None},
        token_command=() if own.keys() & {"host", "password"} else tuple(option("token_command", ())),
        trust=option("trust_store", ""),
        timeout=float(option("timeout", 300.0)),
    )


def _password(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreachable(454, f"4.3.5 submission.password_file: {_reason(error)}") from None


def _own(template: str, owner: str) -> dict[str, Any]:
    """What the user's own file says; nothing where there is none."""
    try:
        path = user_path(template, owner)
        if path is None:
            return {}
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ConfigError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Unreachable(454, f"4.3.5 submission.user_file of {owner}: {_reason(error)}") from None
    for name, value in found.items():
        if type(value) is not OWN.get(name) or (name == "security" and value not in SECURITY):
            raise Unreachable(454, f"4.3.5 submission.user_file of {owner}: {name} is no such option")
    return found


def _reason(error: Exception) -> str:
    return (error.strerror or "cannot be read") if isinstance(error, OSError) else type(error).__name__


def domain(options: Mapping[str, Any]) -> str:
    """The domain that our own messages come from."""
    name = str(options.get("identities.domain") or "")
    return name or socket.getfqdn().partition(".")[2] or socket.gethostname()
