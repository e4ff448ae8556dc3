"""Which accounts a user sees (RFC 8620 1.6.2), and their stores, kept open between requests."""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from weakref import WeakValueDictionary

from jmapd.config import Config, ConfigError, contacts_folder, flat, is_user_name, maildir, shared_with
from jmapd.stores.account import FileAccount, Part
from jmapd.stores.base import Account
from jmapd.stores.maildir import MaildirAccount
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

    def __init__(self, config: Config) -> None:
        self._config = config
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
            found[own.id] = own
        for name, is_read_only in self._shared.get(user, {}).items():
            account = self.account(name)
            if account is not None:
                shared = SharedAccount(account, account_id(user))
                found[account.id] = ReadOnlyAccount(shared) if is_read_only else shared
        return found

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
        if root is not None:
            return MaildirAccount(id, name, name, root, state_dir, self._options, parts)
        return FileAccount(id, name, name, state_dir, parts, self._options) if parts else None

    def _parts(self, name: str) -> list[Part]:
        """What there is beside mail."""
        try:
            folder = contacts_folder(self._config, name)
        except ConfigError:
            if name not in self._config.accounts.shared:
                raise
            return []
        return [VdirPart(folder, VCards(self._config.contacts.version))] if folder else []
