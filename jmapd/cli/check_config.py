"""jmapd-check-config: is a configuration file right, and can what it names be used; also writes the options down."""

import argparse
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jmapd.auth.users_file import UsersFile
from jmapd.config import (
    SECTIONS,
    Config,
    ConfigError,
    Option,
    account_names,
    contacts_folder,
    flat,
    load,
    maildir,
    options,
    shared_with,
    user_path,
)
from jmapd.config_values import KIB, MIB
from jmapd.places import check_places, ourselves, prepare_state_dir
from jmapd.stores.addresses import Addresses
from jmapd.stores.alias_files import read as read_aliases
from jmapd.stores.smime_trust import read_trust

KINDS = {
    "networks": "addresses",
    "origins": "origins",
    "roles": "table",
    "shares": "table",
    "folders": "table",
    "template": "path template",
    "base_url": "URL",
    "size": "size",
}
HEAD = """# Configuration

jmapd reads one TOML file, by default `/etc/jmapd/jmapd.toml`. Every option may be left out.
`bin/jmapd-check-config FILE` says what is wrong with a file. Sizes are octets, or strings as `"256 MiB"`.
In paths `{user}` stands for the user's name, `{local}` and `{domain}` for its parts before and after the last `@`.
A server takes a changed file with a restart; users and passwords count at once.

(This page is made by `bin/jmapd-check-config --markdown`.)
"""


def main(arguments: list[str] | None = None) -> int:
    """0: right; 1: wrong, with the reasons on standard error."""
    parser = argparse.ArgumentParser(prog="jmapd-check-config", description="Checks jmapd.toml and what it names.")
    parser.add_argument("file", metavar="FILE", nargs="?", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    parser.add_argument("--markdown", action="store_true", help="print docs/CONFIG.md")
    parser.add_argument("--toml", action="store_true", help="print a file with all options, etc/jmapd.toml")
    given = parser.parse_args(arguments)
    if given.markdown or given.toml:
        print(markdown() if given.markdown else toml(), end="")
        return 0
    try:
        config = load(given.file)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    errors, warnings = inspect(config)
    for text in errors:
        print(f"error: {text}", file=sys.stderr)
    for text in warnings:
        print(f"warning: {text}", file=sys.stderr)
    if not errors:
        print(f"{given.file}: fine")
    return 1 if errors else 0


def inspect(config: Config) -> tuple[list[str], list[str]]:
    """Errors, with which the server does not start, and warnings."""
    errors: list[str] = []
    warnings: list[str] = []
    try:
        prepare_state_dir(config)
    except ConfigError as error:
        errors.append(str(error))
    try:
        users = list(UsersFile(config.paths.users_file).users())
    except ConfigError as error:
        return [*errors, str(error)], warnings
    if not users:
        warnings.append(f"paths.users_file: {config.paths.users_file} has no users; add one with jmapd-user")
    if Path(config.paths.users_file).stat().st_mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP):
        warnings.append(f"paths.users_file: {config.paths.users_file} should be mode 0640 or 0600")
    try:
        check_places(config, users)
    except ConfigError as error:
        errors.append(str(error))
    warnings += unreachable("paths.mail", account_names(config, users), lambda name: maildir(config, name))
    warnings += unreachable("paths.contacts", users, lambda name: contacts_folder(config, name))
    warnings += unreachable("paths.calendars", users, lambda user: user_path(config.paths.calendars, user))
    if config.vacation.method == "sieve":
        homes = str(Path(config.vacation.sieve_folder).parent)
        warnings += unreachable("vacation.sieve_folder", users, lambda user: user_path(homes, user))
    warnings += unused(config, users)
    warnings += untrusting(config.smime.trust_store)
    warnings += nameless(config, account_names(config, users))
    warnings += unsendable(config)
    if "*" in config.server.cors_origins:
        warnings.append("server.cors_origins: any web page may ask its visitors' browsers to use this server")
    return errors, warnings


def untrusting(path: str) -> Iterator[str]:
    """What is wrong with the trust store of S/MIME."""
    try:
        if path and not len(read_trust(path)):
            yield f"smime.trust_store: {path} has no certificates; no signature can be verified"
    except OSError as error:
        yield f"smime.trust_store: {path}: {error.strerror}; no signature can be verified"


def nameless(config: Config, names: list[str]) -> Iterator[str]:
    """What is wrong with the addresses that mail is sent from."""
    for path in config.identities.alias_files:
        try:
            read_aliases(Path(path))
        except (OSError, ValueError) as error:
            yield f"identities.alias_files: {error}"
    addresses = Addresses(flat(config))
    for name in names:
        if not addresses.of(name):
            yield f"identities.addresses: {name} has no address to send from"
    if "." not in addresses.domain and any("@" not in name for name in names):
        yield f"identities.domain: is not set, and addresses that end in @{addresses.domain} mean nothing elsewhere"
    for name in config.identities.addresses:
        if name not in names:
            yield f"identities.addresses: {name} is no user, and not in accounts.shared"


def unsendable(config: Config) -> Iterator[str]:
    """Why no mail would leave."""
    given = config.submission
    for name, path in (("password_file", given.password_file), ("trust_store", given.trust_store)):
        if path and not os.access(path, os.R_OK):
            yield f"submission.{name}: {path} is not there, or may not be read; {ourselves()}"
    if given.user and not (given.password_file or given.token_command):
        yield "submission.user: without password_file or token_command nobody can log in"
    for name, words in (("command", given.command), ("token_command", given.token_command)):
        if words and shutil.which(words[0]) is None:
            yield f"submission.{name}: there is no program {words[0]}"


def unreachable(key: str, names: list[str], folder: Callable[[str], Path | None]) -> Iterator[str]:
    """What is wrong with the folders of the accounts."""
    for name in names:
        try:
            path = folder(name)
        except ConfigError as error:
            yield f"{key}: {error}"
            continue
        if path is None:
            continue
        if not path.is_dir():
            yield f"{key}: {path} of {name} is not there, or may not be seen; {ourselves()}"
        elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            yield f"{key}: {path} of {name} may not be read and written; {ourselves()}"


def unused(config: Config, users: list[str]) -> Iterator[str]:
    """Names in [accounts] that nobody logs in by, and accounts that nobody sees."""
    for user, shared in shared_with(config).items():
        if user not in users:
            yield f"accounts.shared: {', '.join(shared)}: there is no user {user}"
    for account in config.accounts.mail:
        if account not in account_names(config, users):
            yield f"accounts.mail: {account} is no user, and not in accounts.shared"


def toml() -> str:
    """etc/jmapd.toml: all options with their defaults."""
    lines = [
        "# Configuration of jmapd: every option with its default. docs/CONFIG.md says the same as a table.",
        '# Sizes are octets, or strings as "256 MiB". {user} in a path is the user\'s name, {local} and {domain} are',
        '# its parts before and after the last "@". jmapd-check-config FILE says what is wrong with a file.',
    ]
    section = ""
    for row in options():
        if row.section != section:
            section = row.section
            lines += ["", f"# {summary(section)}", f"[{section}]"]
        lines += ["", *(f"# {line}" for line in wrapped(described(row))), f"{row.name} = {value(row)}"]
    return "\n".join(lines) + "\n"


def markdown() -> str:
    """docs/CONFIG.md."""
    lines = [HEAD]
    section = ""
    for row in options():
        if row.section != section:
            section = row.section
            lines += [f"\n## [{section}]\n", summary(section) + "\n", "| option | kind | default | meaning |"]
            lines.append("|---|---|---|---|")
        kind = " or ".join(f"`{choice}`" for choice in row.choices) or KINDS.get(row.kind, row.kind)
        lines.append(f"| `{row.name}` | {kind} | `{value(row)}` | {row.help} |")
    return "\n".join(lines) + "\n"


def summary(section: str) -> str:
    return (SECTIONS[section].__doc__ or "").strip()


def described(row: Option) -> str:
    return row.help + (f" One of: {', '.join(row.choices)}." if row.choices else "")


def value(row: Option) -> str:
    """The default as TOML."""
    given: Any = row.default
    if row.kind == "size" and given % KIB == 0:
        unit, name = (MIB, "MiB") if given % MIB == 0 else (KIB, "KiB")
        return f'"{given // unit} {name}"'
    return "{}" if given == {} else json.dumps(given)


def wrapped(text: str, width: int = 116) -> Iterator[str]:
    """The text in lines of at most `width` characters."""
    line = ""
    for word in text.split():
        if len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line
