"""Which accounts a user sees (RFC 8620 1.6.2), and their stores, kept open between requests."""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from jmapd.config import Config, ConfigError, flat, is_user_name, user_path
from jmapd.stores.base import Account
from jmapd.stores.maildir import MaildirAccount
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
        self._open: OrderedDict[str, MaildirAccount] = OrderedDict()
        self._guard = threading.Lock()

    def for_user(self, user: str) -> Mapping[Id, Account]:
        """What the user may see. Raises BadUserName."""
        with self._guard:
            account = self._open.get(user)
            if account is not None:
                self._open.move_to_end(user)
                return {account.id: account}
            root = self._root(user)
            if root is None:
                return {}
            account = self._open[user] = self._opened(user, root)
            while len(self._open) > self._config.index.max_open_accounts:
                # a request in another thread may still hold it: it is freed with its last reference
                self._open.popitem(last=False)
        return {account.id: account}

    def close(self) -> None:
        """Forgets every account."""
        with self._guard:
            self._open.clear()

    def _root(self, user: str) -> Path | None:
        if not is_user_name(user):
            raise BadUserName("the user name cannot be part of a path")
        try:
            return user_path(self._config.paths.mail, user)
        except ConfigError as error:
            raise BadUserName(str(error)) from error

    def _opened(self, user: str, root: Path) -> MaildirAccount:
        id = account_id(user)
        return MaildirAccount(id, user, user, root, Path(self._config.paths.state_dir) / id, self._options)
