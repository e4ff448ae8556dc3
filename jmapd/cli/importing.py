"""What takes items of files into a collection: jmapd-import-contacts and jmapd-import-calendar.

Octet for octet as they are; what is there already is not taken in again.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from jmapd.auth.users_file import UsersFile
from jmapd.cli.ending import OK, PROBLEM, Usage, told
from jmapd.cli.progress import Progress
from jmapd.config import Config, ConfigError, account_names, load
from jmapd.index.compact import compact
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol.accounts import Accounts, account_id
from jmapd.stores.account import FileAccount
from jmapd.stores.base import UNREACHABLE, Overtaken, RecordExists
from jmapd.stores.vdir import BookStore, ItemStore, VdirPart
from jmapd.stores.vdir_books import MAX_NAME
from jmapd.stores.vdir_scan import MAX_FILE
from jmapd.wire import Id

BATCH = 200  # items a commit; the server waits for one at most
TRIES = 5  # when other programs write at the same time
SHOWN = 60  # characters of a name


@dataclass(slots=True)
class Given:
    """One item of a file; why it is left out, or what is to be taken in."""

    where: str
    uid: str = ""
    had_uid: bool = True
    is_broken: bool = False
    data: bytes = b""
    why: str = ""


@dataclass(frozen=True)
class What:
    """What one of these programs takes in."""

    program: str
    things: str  # "cards"
    thing: str
    book: str  # "address book"
    book_type: str
    item_type: str
    option: str
    suffix: str
    paths: str  # of the configuration
    description: str
    items: Callable[[bytes], list[Given]]  # `where` is what comes after the name of the file


@dataclass
class Report:
    """What became of the items."""

    taken: int = 0
    there: int = 0
    left_out: int = 0
    without_uid: int = 0
    lines: list[str] = field(default_factory=list)

    def leave_out(self, where: str, why: str) -> None:
        """An item, or a file with all that may be in it."""
        self.left_out += 1
        self.lines.append(f"{where}: left out: {why}")

    def add(self, other: "Report") -> None:
        """What became of more of them."""
        self.taken, self.there = self.taken + other.taken, self.there + other.there
        self.left_out, self.without_uid = self.left_out + other.left_out, self.without_uid + other.without_uid
        self.lines += other.lines

    def print(self, book: str) -> None:
        """The reasons, then the numbers."""
        print(*self.lines, sep="\n", end="\n" if self.lines else "")
        made = f" ({self.without_uid:,} without a UID got one)" if self.without_uid else ""
        print(f"{book}: {self.taken:,} taken in{made}, {self.there:,} there already, {self.left_out:,} left out")


def run(what: What, arguments: list[str] | None) -> int:
    """0: each item is there now; 1: something was left out, as the report says; 2: wrong usage or configuration."""
    given = _parser(what).parse_args(arguments)
    logging.basicConfig(format=f"{what.program}: %(message)s", level=logging.ERROR, stream=sys.stderr)
    report = Report()
    try:
        target = Target(what, _account(what, load(given.config), given.user), given.book)
        target.take_in(given.files, report)
    except (ConfigError, Usage) as error:
        return told(what.program, error)
    except (*UNREACHABLE, KeyboardInterrupt) as error:
        report.print(given.book or given.user)
        why = "stopped" if isinstance(error, KeyboardInterrupt) else error
        print(f"{what.program}: {why}; a new run goes on from here", file=sys.stderr)
        return PROBLEM
    report.print(target.name)
    return PROBLEM if report.left_out else OK


def _parser(what: What) -> argparse.ArgumentParser:
    things, book = what.things, what.book
    parser = argparse.ArgumentParser(
        prog=what.program,
        description=what.description,
        epilog=f"Exit status: 0 all {things} are there now, 1 something was left out, 2 wrong usage or configuration.",
    )
    whose = f"whose {what.paths}: name or id of an account"
    name = f"name or id of the {book}, made when it is not there; default: the user's"
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    parser.add_argument("--user", metavar="NAME", required=True, help=whose)
    parser.add_argument(what.option, dest="book", metavar="NAME", help=name)
    parser.add_argument("files", metavar=f"FILE{what.suffix}", nargs="+", help=f"one or more {things} in each")
    return parser


def _account(what: What, config: Config, name: str) -> FileAccount:
    """Raises Usage, ConfigError."""
    prepare_state_dir(config)
    users = UsersFile(config.paths.users_file).users()
    check_places(config, users)
    names = {account_id(each): each for each in account_names(config, users)}
    if name not in names and name not in names.values():
        raise Usage(f"no such account: {name}")
    account = Accounts(config).account(names.get(name, name))
    if account is None or not any(what.book_type in part.store_names for part in account.parts):
        raise Usage(f"{name} has no {what.paths}: paths.{what.paths} does not say where they are")
    return account


class Target:
    """A collection of an account."""

    def __init__(self, what: What, account: FileAccount, wanted: str | None) -> None:
        self._what, self._account, self._wanted = what, account, wanted
        part = next(part for part in account.parts if what.book_type in part.store_names)
        assert isinstance(part, VdirPart)
        self._part = part
        self.name = wanted or account.id
        self._id: Id | None = None

    def take_in(self, files: Sequence[str], report: Report) -> None:
        """All items of these files. Raises Usage, StoreError, OSError."""
        with self._account.opened(), Progress(self._account.id) as progress:
            self._part.bring_up(want_all=False, progress=None)
            self._id = self._found()
            done, every = 0, _given(self._what, files, report, total := Total(len(files)))
            while batch := list(islice(every, BATCH)):
                self._put(batch, report)
                done += len(batch)
                progress.step(done, max(done, total.items + total.files))
            if self._account.index.stale():
                compact(self._account.index)

    def _books(self) -> BookStore:
        books = self._account.store(self._what.book_type)
        assert isinstance(books, BookStore)
        return books

    def _found(self) -> Id | None:
        """None when it is to be made. Raises Usage."""
        books, option = self._books(), self._what.option
        every = books.get(books.ids())
        found = [id for id, book in every.items() if self._wanted in (book["name"], id)]
        if self._wanted is None:
            found = [id for id, book in every.items() if book["isDefault"]]
        if len(found) > 1:
            raise Usage(f"{option} {self._wanted}: several have this name; give the id: {', '.join(sorted(found))}")
        if not found:
            size = len((self._wanted or "").encode("utf-8", "replace"))
            if not 0 < size <= MAX_NAME or not (self._wanted or "").isprintable():
                raise Usage(f"{option}: no name for {'an' if self._what.book[0] in 'aeiou' else 'a'} {self._what.book}")
            return None
        self.name = every[found[0]]["name"]
        rights = every[found[0]]["myRights"]
        if not (rights.get("mayWrite") or rights.get("mayWriteAll")):
            raise Usage(f"{option} {self.name}: its folder cannot be written")
        return found[0]

    def _made(self) -> Id:
        with self._books().transaction() as transaction:
            new = {"name": self._wanted, "description": None, "sortOrder": 0, "isSubscribed": True}
            made: Id = transaction.create(new)["id"]
        return made

    def _put(self, batch: list[Given], report: Report) -> None:
        for left in reversed(range(TRIES)):
            now = Report()
            try:
                with self._account.lock():
                    self._put_all(batch, now)
                break
            except Overtaken:
                if not left:
                    raise
                self._part.bring_up(want_all=False, progress=None)
        report.add(now)

    def _put_all(self, batch: list[Given], report: Report) -> None:
        """One batch, under the lock."""
        store = self._account.store(self._what.item_type)
        assert isinstance(store, ItemStore)
        self._id = self._id or self._made()
        with store.transaction() as transaction:
            for given in batch:
                try:
                    is_new = transaction.take_in(self._id, given.data)
                except RecordExists:
                    why = f"another {self._what.thing} has the UID {shown(given.uid)} already"
                    report.leave_out(given.where, why)
                    continue
                report.taken, report.there = report.taken + is_new, report.there + (not is_new)
                report.without_uid += is_new and not given.had_uid
                if is_new and given.is_broken:
                    report.lines.append(f"{given.where}: taken in as it is, though some of it cannot be read")


@dataclass
class Total:
    """How many items there are, as far as it is known: those of the files that were read, and the files left."""

    files: int
    items: int = 0


def _given(what: What, files: Sequence[str], report: Report, total: Total) -> Iterator[Given]:
    """All items; what is none, or cannot be read, is reported."""
    for name in files:
        total.files -= 1
        try:
            path = Path(name)
            if path.is_file() and path.stat().st_size > MAX_FILE:
                raise OSError(0, f"larger than {MAX_FILE >> 20} MiB")
            found = what.items(path.read_bytes())
        except OSError as error:
            report.leave_out(printable(name), error.strerror or str(error))
            continue
        total.items += len(found)
        for given in found:
            given.where = f"{printable(name)}{given.where}"
            if given.why:
                report.leave_out(given.where, given.why)
            else:
                yield given


def printable(text: str) -> str:
    """Fit for a terminal."""
    return "".join(c for c in text if c.isprintable()).strip()


def shown(text: str) -> str:
    """A value of an item."""
    clean = printable(text)
    return clean if len(clean) <= SHOWN else clean[:SHOWN] + "..."
