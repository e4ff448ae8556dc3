"""jmapd-import-contacts: cards of .vcf files into an address book, octet for octet as they are.

A card without a UID (RFC 6350 6.7.6) gets one that follows from its content, so that nothing is taken in twice.
"""

import argparse
import hashlib
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from jmapd.auth.users_file import UsersFile
from jmapd.cli.progress import Progress
from jmapd.config import Config, ConfigError, account_names, load
from jmapd.formats.content_lines import make_line
from jmapd.formats.vcard import Card, cards, split_list, unescape
from jmapd.index import IndexDamaged
from jmapd.index.compact import compact
from jmapd.places import check_places, prepare_state_dir
from jmapd.protocol.accounts import Accounts, account_id
from jmapd.stores.account import FileAccount
from jmapd.stores.base import Overtaken, RecordExists, StoreError
from jmapd.stores.vdir import BookStore, ItemStore, VdirPart
from jmapd.stores.vdir_books import MAX_NAME
from jmapd.stores.vdir_format import made_uid
from jmapd.stores.vdir_scan import MAX_FILE
from jmapd.wire import Id

OK, PROBLEM, USAGE = 0, 1, 2
BATCH = 200  # cards a commit; the server waits for one at most
TRIES = 5  # when other programs write at the same time
SHOWN = 60  # characters of a name
NAMES = ("FN", "N", "ORG", "EMAIL", "TEL", "NICKNAME", "UID")  # which tells best whose card it is
ABOUT_ITSELF = ("VERSION", "UID", "PRODID", "REV", "")  # a card with no other line is empty


class Usage(Exception):
    """The command line or the configuration is wrong."""


@dataclass(slots=True)
class Given:
    """One card of a file."""

    where: str
    card: Card


@dataclass
class Report:
    """What became of the cards."""

    taken: int = 0
    there: int = 0
    left_out: int = 0
    without_uid: int = 0
    lines: list[str] = field(default_factory=list)

    def leave_out(self, where: str, why: str) -> None:
        """A card, or a file with all that may be in it."""
        self.left_out += 1
        self.lines.append(f"{where}: left out: {why}")

    def print(self, book: str) -> None:
        """The reasons, then the numbers."""
        print(*self.lines, sep="\n", end="\n" if self.lines else "")
        made = f" ({self.without_uid:,} without a UID got one)" if self.without_uid else ""
        print(f"{book}: {self.taken:,} taken in{made}, {self.there:,} there already, {self.left_out:,} left out")


def main(arguments: list[str] | None = None) -> int:
    """0: each card is there now; 1: something was left out, as the report says; 2: wrong usage or configuration."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(format="jmapd-import-contacts: %(message)s", level=logging.ERROR, stream=sys.stderr)
    report = Report()
    try:
        config = load(given.config)
        target = Target(_account(config, given.user), given.book)
        target.take_in(given.files, report)
    except (ConfigError, Usage) as error:
        print(f"jmapd-import-contacts: {error}", file=sys.stderr)
        return USAGE
    except (StoreError, OSError, IndexDamaged, KeyboardInterrupt) as error:
        report.print(given.book or given.user)
        why = "stopped" if isinstance(error, KeyboardInterrupt) else error
        print(f"jmapd-import-contacts: {why}; a new run goes on from here", file=sys.stderr)
        return PROBLEM
    report.print(target.name)
    return PROBLEM if report.left_out else OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jmapd-import-contacts",
        description="Takes the cards of .vcf files into an address book. A card whose UID the account has already is"
        " not taken in again; one that differs from the one there is left out and told. To be run as jmapd's user.",
        epilog="Exit status: 0 all cards are there now, 1 something was left out, 2 wrong usage or configuration.",
    )
    parser.add_argument("--config", metavar="FILE", default="/etc/jmapd/jmapd.toml", help="default: %(default)s")
    parser.add_argument("--user", metavar="NAME", required=True, help="whose contacts: name or id of an account")
    parser.add_argument(
        "--book", metavar="NAME", help="name or id of the address book, made when it is not there; default: the user's"
    )
    parser.add_argument("files", metavar="FILE.vcf", nargs="+", help="one or more cards in each")
    return parser


def _account(config: Config, name: str) -> FileAccount:
    """Raises Usage, ConfigError."""
    prepare_state_dir(config)
    users = UsersFile(config.paths.users_file).users()
    check_places(config, users)
    names = {account_id(each): each for each in account_names(config, users)}
    if name not in names and name not in names.values():
        raise Usage(f"no such account: {name}")
    account = Accounts(config).account(names.get(name, name))
    if account is None or not any(isinstance(part, VdirPart) for part in account.parts):
        raise Usage(f"{name} has no contacts: paths.contacts does not say where they are")
    return account


class Target:
    """An address book of an account."""

    def __init__(self, account: FileAccount, wanted: str | None) -> None:
        self._account, self._wanted = account, wanted
        self._part = next(part for part in account.parts if isinstance(part, VdirPart))
        self.name = wanted or account.id
        self._id: Id | None = None

    def take_in(self, files: Sequence[str], report: Report) -> None:
        """All cards of these files. Raises Usage, StoreError, OSError."""
        with self._account.opened(), Progress(self._account.id) as progress:
            self._part.bring_up(want_all=False, progress=None)
            self._id = self._found()
            done, every = 0, _given(files, report, total := Total(len(files)))
            while batch := list(islice(every, BATCH)):
                self._put(batch, report)
                done += len(batch)
                progress.step(done, max(done, total.cards + total.files))
            if self._account.index.stale():
                compact(self._account.index)

    def _books(self) -> BookStore:
        books = self._account.store("AddressBook")
        assert isinstance(books, BookStore)
        return books

    def _found(self) -> Id | None:
        """None when it is to be made. Raises Usage."""
        books = self._books()
        every = books.get(books.ids())
        found = [id for id, book in every.items() if self._wanted in (book["name"], id)]
        if self._wanted is None:
            found = [id for id, book in every.items() if book["isDefault"]]
        if len(found) > 1:
            raise Usage(f"--book {self._wanted}: several have this name; give the id: {', '.join(sorted(found))}")
        if not found:
            size = len((self._wanted or "").encode("utf-8", "replace"))
            if not 0 < size <= MAX_NAME or not (self._wanted or "").isprintable():
                raise Usage("--book: no name for an address book")
            return None
        self.name = every[found[0]]["name"]
        if not every[found[0]]["myRights"]["mayWrite"]:
            raise Usage(f"--book {self.name}: its folder cannot be written")
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
        report.taken, report.there = report.taken + now.taken, report.there + now.there
        report.left_out, report.without_uid = report.left_out + now.left_out, report.without_uid + now.without_uid
        report.lines += now.lines

    def _put_all(self, batch: list[Given], report: Report) -> None:
        """One batch, under the lock."""
        store = self._account.store("ContactCard")
        assert isinstance(store, ItemStore)
        self._id = self._id or self._made()
        with store.transaction() as transaction:
            for given in batch:
                if all(line.name in ABOUT_ITSELF for line in given.card.lines):
                    report.leave_out(given.where, "an empty card")
                    continue
                had_uid = _with_uid(given.card)
                try:
                    is_new = transaction.take_in(self._id, given.card.alone())
                except RecordExists:
                    uid = shown(unescape(given.card.named("UID")[0].value))
                    report.leave_out(given.where, f"another card has the UID {uid} already")
                    continue
                report.taken, report.there = report.taken + is_new, report.there + (not is_new)
                report.without_uid += is_new and not had_uid
                if is_new and given.card.is_broken:
                    report.lines.append(f"{given.where}: taken in as it is, though some of it cannot be read")


@dataclass
class Total:
    """How many cards there are, as far as it is known: those of the files that were read, and the files left."""

    files: int
    cards: int = 0


def _given(files: Sequence[str], report: Report, total: Total) -> Iterator[Given]:
    """All cards; what is no card, or cannot be read, is reported."""
    for name in files:
        total.files -= 1
        try:
            path = Path(name)
            if path.is_file() and path.stat().st_size > MAX_FILE:
                raise OSError(0, f"larger than {MAX_FILE >> 20} MiB")
            found = cards(path.read_bytes())
        except OSError as error:
            report.leave_out(printable(name), error.strerror or str(error))
            continue
        if not found:
            report.leave_out(printable(name), "no vCard in it")
        total.cards += len(found)
        for number, card in enumerate(found, 1):
            count = f", card {number}" if len(found) > 1 else ""
            yield Given(f"{printable(name)}{count}{_who(card)}", card)


def _who(card: Card) -> str:
    """As " (Alice Arden)"."""
    for name in NAMES:
        for line in card.named(name):
            text = shown(" ".join(split_list(line.value, ";")[:3]) if name == "N" else unescape(line.value))
            if text:
                return f" ({text})"
    return ""


def printable(text: str) -> str:
    """Fit for a terminal."""
    return "".join(c for c in text if c.isprintable()).strip()


def shown(text: str) -> str:
    """A value of a card."""
    clean = printable(text)
    return clean if len(clean) <= SHOWN else clean[:SHOWN] + "..."


def _with_uid(card: Card) -> bool:
    """Whether it has a UID; else it gets one."""
    if any(line.value.strip() for line in card.named("UID")):
        return True
    uid = make_line("UID", made_uid(hashlib.sha256(card.alone()).hexdigest()))
    version = card.named("VERSION")
    if empty := card.named("UID"):
        card.replace(empty, [uid])
    else:
        card.insert([uid], after=version[0] if version else None)
    return False
