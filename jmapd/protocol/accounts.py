"""Which accounts a user sees (RFC 8620 1.6.2), and their stores, kept open between requests."""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from weakref import WeakValueDictionary

from jmapd.config import (
    Config,
    ConfigError,
    calendars_folder,
    contacts_folder,
    flat,
    is_user_name,
    maildir,
    shared_with,
)
from jmapd.config_values import READ
from jmapd.stores import shares as shares_of
from jmapd.stores.account import FileAccount, Part
from jmapd.stores.base import Account, Guest
from jmapd.stores.calendar_records import CalendarRecords
from jmapd.stores.icalendars import ICalendars
from jmapd.stores.maildir import MaildirAccount
from jmapd.stores.personal import PersonalAccount
from jmapd.stores.principals import PRINCIPAL, Directory, principal_id
from jmapd.stores.read_only import ReadOnlyAccount
from jmapd.stores.shared import SharedAccount
from jmapd.stores.vcards import VCards
from jmapd.stores.vdir import VdirPart
from jmapd.wire import Id

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,254}").fullmatch
_HASHED = re.compile(r"u[0-9a-f]{24}").fullmatch


class BadUserName(ValueError):
    """No path may be made of this name."""


def account_id(user: str) -> Id:
    """The user's name where it is an Id, else a hash of it; never one that a hash could be, too."""
    if _PLAIN(user) and not _HASHED(user):
        return user
    return "u" + hashlib.sha256(user.encode()).hexdigest()[:24]


class Accounts:
    """The accounts of all users, the least recently used closed when there are too many."""

    def __init__(self, config: Config, users: Callable[[], Mapping[str, str]] | None = None) -> None:
        """`users`: who may log in, by name; the same object as long as nothing changes. None: nobody asks."""
        self._config = config
        self._people = _People(config, users)
        self._directory = Directory(Path(config.paths.state_dir), self._people, flat(config)) if users else None
        self._options = flat(config)
        self._shared = shared_with(config)
        self._recent: OrderedDict[str, FileAccount] = OrderedDict()  # by name
        # a request may hold what is no longer recent: it is found again, so that a Maildir has one lock and one index
        self._alive: WeakValueDictionary[str, FileAccount] = WeakValueDictionary()
        self._guard = threading.Lock()

    def for_user(self, user: str) -> Mapping[Id, Account]:
        """What the user may see, his own account first. Raises BadUserName."""
        found: dict[Id, Account] = {}
        own = self.account(user)
        if own is not None:
            found[own.id] = self._personal(own)
        for name, is_read_only in self._shared.get(user, {}).items():
            account = self.account(name)
            if account is not None:
                shared = SharedAccount(account, account_id(user))
                found[account.id] = ReadOnlyAccount(shared) if is_read_only else shared
        return found

    def time_zone(self, user: str) -> str | None:
        """The one that his Principal has (jmap-calendars-27 4); None where nobody was told."""
        if self._directory is None:
            return None
        with self._directory.session():
            record = self._directory.store(PRINCIPAL).get([principal_id(user)]).get(principal_id(user), {})
        found: str | None = record.get("timeZone")
        return found

    def others(self, user: str) -> Mapping[Id, Account]:
        """Accounts he does not see, whose owners' availability he may ask for, by the ids of their Principals."""
        if self._config.accounts.availability != "all" or self._config.accounts.principals != "all":
            return {}
        seen = {user, *self._shared.get(user, ())}
        return _Others(self, (name for name in self._people() if name not in seen))

    def _personal(self, account: FileAccount) -> Account:
        if self._directory is None:
            return account
        known, mark = (None, "") if self._config.accounts.principals == "all" else self._people.known_to(account.owner)
        return PersonalAccount(account, self._directory, known, mark)

    def account(self, name: str) -> FileAccount | None:
        """The account of that name, which is its owner's; None where nothing is served. Raises BadUserName."""
        with self._guard:
            account = self._alive.get(name) or self._opened(name)
            if account is not None:
                self._alive[name] = self._recent[name] = account
                self._recent.move_to_end(name)
            while len(self._recent) > self._config.index.max_open_accounts:
                # a request in another thread may still hold it: it is freed with its last reference
                self._recent.popitem(last=False)
        return account

    def mail_account(self, name: str) -> MaildirAccount | None:
        """As account(), where it has mail."""
        account = self.account(name)
        return account if isinstance(account, MaildirAccount) else None

    def close(self) -> None:
        """Forgets every account."""
        with self._guard:
            self._recent.clear()
            self._alive.clear()

    def _opened(self, name: str) -> FileAccount | None:
        if not is_user_name(name):
            raise BadUserName("the user name cannot be part of a path")
        try:
            root, parts = maildir(self._config, name), self._parts(name)
        except ConfigError as error:
            raise BadUserName(str(error)) from error
        id = account_id(name)
        state_dir = Path(self._config.paths.state_dir) / id
        account: FileAccount | None = None
        if root is not None:
            account = MaildirAccount(id, name, name, root, state_dir, self._options, parts)
        elif parts:
            account = FileAccount(id, name, name, state_dir, parts, self._options)
        if account is not None:
            shares = {user: shares[name] for user, shares in self._shared.items() if name in shares}
            account.guests = {user: Guest(account_id(user), is_reading) for user, is_reading in shares.items()}
            if self._directory is not None:
                tell = self._directory.tell
                account.teller, account.follow_shares = tell, lambda account: shares_of.follow(account, tell)
        return account

    def _parts(self, name: str) -> list[Part]:
        """What there is beside mail."""
        try:
            cards, calendars = contacts_folder(self._config, name), calendars_folder(self._config, name)
        except ConfigError:
            if name not in self._config.accounts.shared:
                raise
            return []
        parts: list[Part] = [VdirPart(cards, VCards(self._config.contacts.version))] if cards else []
        if calendars:
            records = CalendarRecords(account_id(name), name, calendars, self._options)
            parts += [VdirPart(calendars, ICalendars()), records]
        return parts


class _People:
    """Who there is, by user name: whether he logs in. The same object as long as nothing changes."""

    def __init__(self, config: Config, users: Callable[[], Mapping[str, str]] | None) -> None:
        self._shared, self._users = config.accounts.shared, users
        self._seen: object = None
        self._people: Mapping[str, bool] = {}
        self._known: dict[str, tuple[frozenset[str], str]] = {}

    def __call__(self) -> Mapping[str, bool]:
        users = self._users() if self._users else {}
        if users is not self._seen:
            self._people = dict.fromkeys(self._shared, False) | dict.fromkeys(users, True)
            self._seen = users
        return self._people

    def known_to(self, user: str) -> tuple[frozenset[str], str]:
        """He himself, and all who see an account that he sees, or that is his; and what stands for that in states."""
        if user not in self._known:
            found = self._circle(user)
            digest = hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
            self._known[user] = found, digest[:8] + "-"
        return self._known[user]

    def _circle(self, user: str) -> frozenset[str]:
        found = {user}
        for account, users in self._shared.items():
            circle = {account, *(each.removesuffix(READ) for each in users)}
            if user in circle:
                found |= circle
        return frozenset(found)


class _Others(Mapping[Id, Account]):
    """Accounts that are opened when one of them is taken."""

    def __init__(self, accounts: Accounts, names: Iterable[str]) -> None:
        self._accounts, self._given = accounts, names

    @cached_property
    def _names(self) -> Mapping[Id, str]:
        return {principal_id(name): name for name in self._given}

    def __getitem__(self, id: Id) -> Account:
        with suppress(BadUserName):
            account = self._accounts.account(self._names[id])
            if account is not None:
                return account
        raise KeyError(id)

    def __contains__(self, id: object) -> bool:
        return id in self._names

    def __iter__(self) -> Iterator[Id]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
