"""The options of jmapd.toml: one table of name, type, default and help, and the reader that checks a file against it.

The fields below are the table; etc/jmapd.toml and docs/CONFIG.md are made from it.
"""

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, cast

KIB, MIB = 1024, 1024 * 1024
UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KIB": KIB, "MIB": MIB, "GIB": 1024 * MIB}
SIZE = re.compile(r"\s*(\d+)\s*([A-Za-z]*)\s*")
ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
BASE_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
LAYOUTS = ("auto", "maildir++", "fs", "legacy")
NAME_ENCODINGS = ("auto", "utf-7", "utf-8")
LEVELS = ("debug", "info", "warning", "error")
ROLES = ("inbox", "archive", "drafts", "sent", "trash", "junk", "all", "flagged", "important", "subscriptions")


class ConfigError(Exception):
    """The configuration cannot be used; the text names the key and what is wrong with it."""


def option(kind: str, default: Any, text: str, **more: Any) -> Any:
    """A row of the table. `kind`: string, path, boolean, integer, number, size, choice, string[] or table."""
    meta = {"kind": kind, "help": text, **more}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: type(default)(default), metadata=meta | {"default": default})
    return field(default=default, metadata=meta | {"default": default})


@dataclass(frozen=True)
class Paths:
    """Where things are. Templates: {user} is the user name, {local} and {domain} its parts around the last "@"."""

    state_dir: str = option("path", "/var/lib/jmapd", "What jmapd keeps itself: index, journals, uploads.")
    users_file: str = option("path", "/etc/jmapd/users", "Users and password hashes, one name:hash a line.")
    mail: str = option("template", "/home/{user}/Maildir", "Each user's Maildir; empty: no mail is served.")
    contacts: str = option("template", "", "Each user's folder of .vcf collections; empty: none are served.")
    calendars: str = option("template", "", "Each user's folder of .ics collections; empty: none are served.")


@dataclass(frozen=True)
class Server:
    """The HTTP side."""

    base_url: str = option(
        "base_url",
        "",
        "The URL clients know this server by, as https://mail.example.org. Empty: what a trusted proxy says in"
        " X-Forwarded-Proto, -Host, -Port and -Prefix, else what the request itself says.",
    )
    trusted_proxies: list[str] = option(
        "networks",
        ["127.0.0.1", "::1", "unix"],
        'Addresses or networks whose X-Forwarded-* headers are believed; "unix" is any peer on a Unix socket.',
    )
    cors_origins: list[str] = option(
        "origins",
        [],
        'Origins of web clients, as https://webmail.example.org, that browsers may use with this server; "*": any.',
    )
    gzip: bool = option("boolean", True, "Compress answers for clients that accept it, where it pays.")
    gzip_level: int = option("integer", 1, "1 (fast) to 9 (small).", minimum=1, maximum=9)
    read_timeout: float = option(
        "number", 60.0, "Seconds a client may be silent while it sends a request body.", minimum=1
    )


@dataclass(frozen=True)
class Mail:
    """How a Maildir is read."""

    layout: str = option(
        "choice",
        "auto",
        "How folders lie: .A.B beside cur (maildir++), A/B (fs, Verbatim of mbsync), A/.B (legacy, of mbsync).",
        choices=LAYOUTS,
    )
    name_encoding: str = option(
        "choice",
        "auto",
        "How folder names are written on disk. auto: as the folders that are there show.",
        choices=NAME_ENCODINGS,
    )
    roles: dict[str, str] = option(
        "roles", {}, "Role to folder where names do not tell, as { sent = 'Sent Items', junk = 'Bulk/Spam' }."
    )


@dataclass(frozen=True)
class Protocol:
    """How JMAP is read."""

    strict: bool = option(
        "boolean", False, "Follow the letter of the RFCs where common clients do not; some of them then fail."
    )


@dataclass(frozen=True)
class Limits:
    """The limits of RFC 8620 section 2, told to clients in the Session."""

    max_size_upload: int = option("size", 256 * MIB, "Largest file a client may upload.", minimum=1)
    max_concurrent_upload: int = option("integer", 8, "Uploads of one user at a time (per worker).", minimum=1)
    max_size_request: int = option("size", 16 * MIB, "Largest API request.", minimum=1024)
    max_concurrent_requests: int = option("integer", 8, "API requests of one user at a time (per worker).", minimum=1)
    max_calls_in_request: int = option("integer", 64, "Method calls in one API request.", minimum=1)
    max_objects_in_get: int = option("integer", 4096, "Objects in one /get call.", minimum=1)
    max_objects_in_set: int = option("integer", 4096, "Creations, updates and deletions in one /set call.", minimum=1)


@dataclass(frozen=True)
class Auth:
    """Logins. A failure fills a bucket that leaks; a full bucket refuses further attempts until it has leaked."""

    cache_seconds: float = option(
        "number", 300.0, "How long a verified login is remembered; a changed password counts at once.", minimum=0
    )
    failures_per_address: int = option(
        "integer", 10, "Failed logins in a row from one address (IPv6: one /64) before it has to wait.", minimum=1
    )
    failures_per_user: int = option(
        "integer",
        100,
        "Failed logins for one user from all addresses together before addresses that never logged in have to wait.",
        minimum=1,
    )
    seconds_per_failure: float = option("number", 30.0, "After this long one more attempt is free again.", minimum=0.01)


@dataclass(frozen=True)
class Index:
    """The index beside the mail."""

    history_days: int = option("integer", 30, "How long /changes can look back.", minimum=1)
    upload_hours: float = option("number", 24.0, "How long an upload that nothing uses is kept.", minimum=1)
    max_open_accounts: int = option("integer", 64, "Accounts each worker keeps open.", minimum=1)


@dataclass(frozen=True)
class Log:
    """What is logged; never the content of messages."""

    level: str = option("choice", "info", "The least important messages that are kept.", choices=LEVELS)
    file: str = option("path", "", "Log file; empty: standard error, which systemd keeps in its journal.")
    access: bool = option("boolean", True, "One line for each request.")


@dataclass(frozen=True)
class Metrics:
    """Figures for Prometheus."""

    enabled: bool = option("boolean", False, "Serve /metrics.")
    allow: list[str] = option("networks", ["127.0.0.1", "::1", "unix"], "Addresses or networks that may read /metrics.")


@dataclass(frozen=True)
class Config:
    """All of jmapd.toml."""

    paths: Paths = field(default_factory=Paths)
    server: Server = field(default_factory=Server)
    mail: Mail = field(default_factory=Mail)
    protocol: Protocol = field(default_factory=Protocol)
    limits: Limits = field(default_factory=Limits)
    auth: Auth = field(default_factory=Auth)
    index: Index = field(default_factory=Index)
    log: Log = field(default_factory=Log)
    metrics: Metrics = field(default_factory=Metrics)


SECTIONS: dict[str, type[Any]] = {row.name: cast(type[Any], row.default_factory) for row in fields(Config)}


@dataclass(frozen=True)
class Option:
    """One row of the table as documentation sees it."""

    section: str
    name: str
    kind: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()


def options() -> Iterator[Option]:
    """The table, in the order of the file."""
    for section, cls in SECTIONS.items():
        for row in fields(cls):
            meta = row.metadata
            yield Option(section, row.name, meta["kind"], meta["default"], meta["help"], meta.get("choices", ()))


def flat(config: "Config") -> dict[str, Any]:
    """All options by "section.name", as data types and stores read them."""
    return {f"{row.section}.{row.name}": getattr(getattr(config, row.section), row.name) for row in options()}


def load(path: str | Path) -> Config:
    """Reads and checks a file. Raises ConfigError."""
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    try:
        return from_dict(data)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def from_dict(data: Mapping[str, Any]) -> Config:
    """The same from a dict of sections; what is not given has its default. Raises ConfigError."""
    made: dict[str, Any] = {}
    for name, given in data.items():
        if name not in SECTIONS:
            raise ConfigError(f"[{name}]: no such section; there are {', '.join(SECTIONS)}")
        if not isinstance(given, Mapping):
            raise ConfigError(f"{name}: must be a section, [{name}]")
        made[name] = _section(name, SECTIONS[name], given)
    return Config(**made)


def _section(section: str, cls: type[Any], given: Mapping[str, Any]) -> Any:
    rows = {row.name: row for row in fields(cls)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        key = f"{section}.{name}"
        if name not in rows:
            raise ConfigError(f"{key}: no such option; [{section}] has {', '.join(rows)}")
        meta = rows[name].metadata
        values[name] = _checked(key, meta["kind"], value, meta)
    return cls(**values)


def _checked(key: str, kind: str, value: Any, meta: Mapping[str, Any]) -> Any:
    """The value as the program uses it. Raises ConfigError."""
    wanted, check = KINDS[kind]
    if kind == "size" and isinstance(value, str):
        value = size(key, value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ConfigError(f"{key}: must be {WORDS.get(wanted, 'a number')}, is {value!r}")
    if kind == "number":
        value = float(value)
    if "minimum" in meta and not meta["minimum"] <= value <= meta.get("maximum", value):
        raise ConfigError(f"{key}: must be {_bounds(meta)}, is {value!r}")
    if "choices" in meta and value not in meta["choices"]:
        raise ConfigError(f"{key}: must be one of {', '.join(meta['choices'])}, is {value!r}")
    return check(key, value) if check else value


def _bounds(meta: Mapping[str, Any]) -> str:
    low = f"at least {meta['minimum']}" if "minimum" in meta else ""
    return low + (f" and at most {meta['maximum']}" if "maximum" in meta else "")


def size(key: str, text: str) -> int:
    """Octets of "256 MiB", "16 MB" or "1024". Raises ConfigError."""
    match = SIZE.fullmatch(text)
    if not match or match[2].upper() not in UNITS:
        raise ConfigError(f'{key}: must be a size as 1048576 or "256 MiB", is {text!r}')
    return int(match[1]) * UNITS[match[2].upper()]


def _path(key: str, value: str) -> str:
    if value and not Path(value).is_absolute():
        raise ConfigError(f"{key}: must be an absolute path, is {value!r}")
    return value


def _template(key: str, value: str) -> str:
    unknown = set(re.findall(r"\{(.*?)\}", value)) - {"user", "local", "domain"}
    if unknown:
        raise ConfigError(f"{key}: {{{sorted(unknown)[0]}}} is not known; there are {{user}}, {{local}} and {{domain}}")
    return _path(key, value)


def _base_url(key: str, value: str) -> str:
    if value and not BASE_URL.fullmatch(value):
        raise ConfigError(f"{key}: must be as https://mail.example.org, is {value!r}")
    return value.rstrip("/")


def _strings(key: str, value: list[Any]) -> list[str]:
    for item in value:
        if not isinstance(item, str):
            raise ConfigError(f"{key}: must be a list of strings, has {item!r}")
    return list(value)


def _networks(key: str, value: list[Any]) -> list[str]:
    for item in _strings(key, value):
        if item == "unix":
            continue
        try:
            ipaddress.ip_network(item, strict=False)
        except ValueError:
            raise ConfigError(f"{key}: {item!r} is no address or network") from None
    return list(value)


def _origins(key: str, value: list[Any]) -> list[str]:
    for item in _strings(key, value):
        # What browsers send in Origin: lower case, no path, no slash at the end.
        if item != "*" and not ORIGIN.fullmatch(item):
            raise ConfigError(f"{key}: {item!r} is no origin; write it as https://webmail.example.org")
    return list(value)


def _roles(key: str, value: Mapping[str, Any]) -> dict[str, str]:
    for role, folder in value.items():
        if role not in ROLES:
            raise ConfigError(f"{key}.{role}: no such role; there are {', '.join(ROLES)}")
        if not isinstance(folder, str) or not folder:
            raise ConfigError(f"{key}.{role}: must be the name of a folder, is {folder!r}")
    return dict(value)


WORDS: dict[Any, str] = {
    str: "a string",
    bool: "true or false",
    int: "a whole number",
    list: "a list of strings",
    dict: "a table",
}
KINDS: dict[str, tuple[Any, Callable[[str, Any], Any] | None]] = {
    "string": (str, None),
    "path": (str, _path),
    "template": (str, _template),
    "base_url": (str, _base_url),
    "boolean": (bool, None),
    "integer": (int, None),
    "number": ((int, float), None),
    "size": (int, None),
    "choice": (str, None),
    "string[]": (list, _strings),
    "networks": (list, _networks),
    "origins": (list, _origins),
    "roles": (dict, _roles),
}


def is_user_name(name: str) -> bool:
    """Whether a user may be called that: it goes into paths, users_file lines and logs."""
    return (
        0 < len(name.encode("utf-8", "surrogateescape")) <= 255
        and name.isprintable()
        and not name.startswith((".", "#", " "))
        and not name.endswith(" ")
        and not set(name) & set("/:\\")
    )


def user_path(template: str, user: str) -> Path | None:
    """The path a template means for a user; None for an empty template. Raises ConfigError for an unusable name."""
    if not template:
        return None
    local, at, domain = user.rpartition("@")
    parts = {"user": user, "local": local if at else user, "domain": domain}
    for name, part in parts.items():
        if f"{{{name}}}" in template and (not is_user_name(part)):
            raise ConfigError(f"{template}: user {user!r} has no {{{name}}}")
    return Path(re.sub(r"\{(user|local|domain)\}", lambda match: parts[match[1]], template))
