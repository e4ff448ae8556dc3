"""jmapd-user: who may log in."""

import argparse
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

from jmapd.auth import hashes
from jmapd.auth.users_file import UsersFile, edit
from jmapd.config import ConfigError, is_user_name, load


class Refused(Exception):
    """What was asked for cannot be done."""


def main(arguments: list[str] | None = None) -> int:
    """0: done; 1: refused, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="jmapd-user", description="Adds, changes, removes and lists users.")
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (("add", "add a user"), ("passwd", "set a user's password")):
        command = commands.add_parser(name, help=text, description=f"{text}; asks for the password.")
        command.add_argument("name", metavar="NAME")
        command.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    command = commands.add_parser("remove", help="remove a user; his mail stays", description="remove a user")
    command.add_argument("name", metavar="NAME")
    commands.add_parser("list", help="list the users", description="list the users")
    given = parser.parse_args(arguments)
    try:
        path = Path(load(given.config).paths.users_file)
        if given.command == "list":
            for user in sorted(UsersFile(path).users()):
                print(user)
            return 0
        change(path, given)
    except (ConfigError, Refused) as error:
        print(f"jmapd-user: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"jmapd-user: {error.filename or path}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def change(path: Path, given: argparse.Namespace) -> None:
    """Adds, changes or removes the line of one user. Raises Refused, OSError."""
    name = given.name
    if not is_user_name(name):
        raise Refused(f"{name!r} is no user name: no '/', ':', '\\' or control characters, no dot at the start")
    is_there = given.command != "add"
    check(lines_of(path), name, is_there)
    stored = "" if given.command == "remove" else hashes.hashed(password(given.password_stdin))
    edit(path, replaced(name, stored, is_there))


def replaced(name: str, stored: str, is_there: bool) -> Callable[[list[str]], list[str]]:
    """The change of the file's lines that gives the user this hash; "": removes him."""

    def lines(old: list[str]) -> list[str]:
        check(old, name, is_there)
        new = f"{name}:{stored}"
        if not is_there:
            return [*old, new]
        return [new if owner(line) == name else line for line in old if stored or owner(line) != name]

    return lines


def check(lines: list[str], name: str, is_there: bool) -> None:
    """Raises Refused when the user is (not) there against what is_there says."""
    if any(owner(line) == name for line in lines) != is_there:
        raise Refused(f"there is {'no' if is_there else 'already a'} user {name}")


def owner(line: str) -> str:
    return line.strip().partition(":")[0]


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def password(from_stdin: bool) -> str:
    """The new password. Raises Refused for an empty or overlong one, or two that differ."""
    if from_stdin:
        word = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
        word = word.removesuffix("\n").removesuffix("\r")
    else:
        word = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != word:
            raise Refused("the two passwords differ")
    if not word:
        raise Refused("the password is empty")
    if len(hashes.octets(word)) > hashes.MAX_PASSWORD:
        raise Refused(f"the password is longer than {hashes.MAX_PASSWORD} octets")
    if "\n" in word or "\0" in word:
        raise Refused("the password has more than one line")
    return word
