"""What the options of jmapd.toml may be: a check for each kind of value, in words that name the option."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from jmapd.formats import quota_rule
from jmapd.formats.mail_address import is_address, is_domain

KIB, MIB = 1024, 1024 * 1024
UNITS = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KIB": KIB, "MIB": MIB, "GIB": 1024 * MIB}
SIZE = re.compile(r"\s*(\d+)\s*([A-Za-z]*)\s*")
ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?")
BASE_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?")
EHLO_LINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*( [!-~]+)*")
ROLES = ("inbox", "archive", "drafts", "sent", "trash", "junk", "all", "flagged", "important", "subscriptions")
READ = ":read"  # behind a user's name, which has no colon


def option(kind: str, default: Any, text: str, **more: Any) -> Any:
    """A row of the table. `kind`: string, path, boolean, integer, number, size, choice, string[] or table."""
    meta = {"kind": kind, "help": text, **more}
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: type(default)(default), metadata=meta | {"default": default})
    return field(default=default, metadata=meta | {"default": default})


class ConfigError(Exception):
    """The configuration cannot be used; the text names the key and what is wrong with it."""


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
    parts = {"user": user, "local": local if at else user, "domain": domain if at else ""}
    for name, part in parts.items():
        if f"{{{name}}}" in template and (not is_user_name(part)):
            raise ConfigError(f"{template}: user {user!r} has no {{{name}}}")
    return Path(re.sub(r"\{(user|local|domain)\}", lambda match: parts[match[1]], template))


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


def _paths(key: str, value: list[Any]) -> list[str]:
    for item in _strings(key, value):
        if not item:
            raise ConfigError(f"{key}: has an empty path")
        _path(key, item)
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


def _quota_rules(key: str, value: list[Any]) -> list[str]:
    """Raises ConfigError for what is no rule in Dovecot's notation."""
    for item in _strings(key, value):
        try:
            quota_rule.parse(item)
        except ValueError as error:
            raise ConfigError(f"{key}: {error}") from None
    return list(value)


def _quota_users(key: str, value: Mapping[str, Any]) -> dict[str, list[str]]:
    given = {user: [rules] if isinstance(rules, str) else rules for user, rules in value.items()}
    for user, rules in given.items():
        if not isinstance(rules, list):
            raise ConfigError(f"{key}.{user}: must be a rule or a list of rules, is {rules!r}")
    return {user: _quota_rules(f"{key}.{user}", rules) for user, rules in given.items()}


def _shares(key: str, value: Mapping[str, Any]) -> dict[str, list[str]]:
    for account, users in value.items():
        _account_name(key, account)
        if not isinstance(users, list):
            raise ConfigError(f"{key}.{account}: must be a list of users, is {users!r}")
        names = [user.removesuffix(READ) for user in _strings(f"{key}.{account}", users)]
        for user in names:
            if not is_user_name(user):
                raise ConfigError(f"{key}.{account}: must be users as 'bob' or 'bob{READ}', has {user!r}")
            if names.count(user) > 1 or user == account:
                raise ConfigError(f"{key}.{account}: {user} has it already")
    return {account: list(users) for account, users in value.items()}


def _domain(key: str, value: str) -> str:
    if value and not is_domain(value):
        raise ConfigError(f"{key}: must be a domain as example.org, is {value!r}")
    return value.lower()


def _addresses(key: str, value: Mapping[str, Any]) -> dict[str, list[str]]:
    for account, addresses in value.items():
        _account_name(key, account)
        if not isinstance(addresses, list):
            raise ConfigError(f"{key}.{account}: must be a list of addresses, is {addresses!r}")
        for address in _strings(f"{key}.{account}", addresses):
            if not is_address(address):
                raise ConfigError(f"{key}.{account}: must be addresses or '*@example.org', has {address!r}")
    return {account: list(addresses) for account, addresses in value.items()}


def _command(key: str, value: list[Any]) -> list[str]:
    words = _strings(key, value)
    if words and not words[0]:
        raise ConfigError(f"{key}: must begin with a program")
    return list(words)


def _send_command(key: str, value: list[Any]) -> list[str]:
    """As _command. The header does not name whom a message is for: it has no Bcc, and all of To at each attempt."""
    words = _command(key, value)
    if words and (words.count("{recipients}") != 1 or "-t" in words):
        raise ConfigError(f"{key}: must have {{recipients}}, once and as a word of its own, and no -t")
    return words


def _learn_command(key: str, value: list[Any]) -> list[str]:
    """As _command; {files} stands alone, since it becomes many arguments."""
    words = _command(key, value)
    for word in words:
        unknown = set(re.findall(r"\{(.*?)\}", word)) - ({"user"} if word != "{files}" else {"files"})
        if unknown or (word == "{files}" and words.count(word) > 1):
            raise ConfigError(f"{key}: there are {{user}} and, once and as a word of its own, {{files}}; has {word!r}")
    return words


def _ehlo_lines(key: str, value: list[Any]) -> list[str]:
    for item in _strings(key, value):
        if not EHLO_LINE.fullmatch(item):
            raise ConfigError(f"{key}: must be lines as 'DSN' or 'MT-PRIORITY MIXER', has {item!r}")
    return list(value)


def _numbers(key: str, value: list[Any]) -> list[float]:
    for item in value:
        if not isinstance(item, int | float) or isinstance(item, bool) or not 0 < item < 1e9:
            raise ConfigError(f"{key}: must be a list of numbers above 0, has {item!r}")
    if not value:
        raise ConfigError(f"{key}: must have a number")
    return [float(item) for item in value]


def _folders(key: str, value: Mapping[str, Any]) -> dict[str, str]:
    for account, path in value.items():
        _account_name(key, account)
        if not isinstance(path, str) or not path:
            raise ConfigError(f"{key}.{account}: must be a path, is {path!r}")
        _path(f"{key}.{account}", path)
    return dict(value)


def _account_name(key: str, name: str) -> None:
    if not is_user_name(name):
        raise ConfigError(f"{key}: {name!r} cannot be the name of an account")


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
    "numbers": (list, _numbers),
    "paths": (list, _paths),
    "networks": (list, _networks),
    "origins": (list, _origins),
    "roles": (dict, _roles),
    "shares": (dict, _shares),
    "domain": (str, _domain),
    "addresses": (dict, _addresses),
    "command": (list, _command),
    "send_command": (list, _send_command),
    "ehlo_lines": (list, _ehlo_lines),
    "learn_command": (list, _learn_command),
    "folders": (dict, _folders),
    "quota_rules": (list, _quota_rules),
    "quota_users": (dict, _quota_users),
}
