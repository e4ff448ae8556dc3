"""Reads jmapd.toml and checks it against the table of its options."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from jmapd.config_table import Config
from jmapd.config_values import KINDS, READ, WORDS, ConfigError, is_user_name, size, user_path

__all__ = ["Config", "ConfigError", "is_user_name", "user_path"]

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


def maildir(config: Config, account: str) -> Path | None:
    """Where the mail of an account is, named as its owner; None where none is served. Raises ConfigError."""
    given = config.accounts.mail.get(account)
    return Path(given) if given else user_path(config.paths.mail, account)


def contacts_folder(config: Config, account: str) -> Path | None:
    """Where the collections of cards of an account are; None where none are served. Raises ConfigError."""
    given = config.accounts.contacts.get(account)
    return Path(given) if given else user_path(config.paths.contacts, account)


def calendars_folder(config: Config, account: str) -> Path | None:
    """Where the collections of events and tasks of an account are; None where none are. Raises ConfigError."""
    given = config.accounts.calendars.get(account)
    return Path(given) if given else user_path(config.paths.calendars, account)


def account_names(config: Config, users: Iterable[str]) -> list[str]:
    """All accounts there are: one for each user, and those that are shared and no login."""
    return sorted({*users, *config.accounts.shared})


def shared_with(config: Config) -> dict[str, dict[str, bool]]:
    """User to the accounts he sees besides his own, each with whether he may only read it."""
    found: dict[str, dict[str, bool]] = {}
    for account, users in config.accounts.shared.items():
        for user in users:
            found.setdefault(user.removesuffix(READ), {})[account] = user.endswith(READ)
    return found
