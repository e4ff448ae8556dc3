"""Watches the outboxes of all accounts and has done what is due in them; once, or until it is stopped."""

import contextlib
import logging
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jmapd.files.watch import Watch
from jmapd.stores.base import UNREACHABLE
from jmapd.stores.maildir import MaildirAccount
from jmapd.submission import reports
from jmapd.submission.attempt import Attempts, submissions
from jmapd.submission.command import Command
from jmapd.submission.connections import PAUSE_SECONDS, Connections
from jmapd.submission.jobs import Jobs
from jmapd.submission.learn import Learner
from jmapd.wire import Id

log = logging.getLogger(__name__)

ROUND_SECONDS = 60.0  # between looks at everything
TIDY_SECONDS = 3600.0  # between looks at what is old
IDLE_SECONDS = 2.0
STOP_SECONDS = 30.0
PARTS = OUTBOX, MAIL, LEARN = "outbox", "mail", "learn"  # what there is to do, the most urgent first


class Worker:
    """All accounts of a configuration. `accounts` answers those there are now."""

    def __init__(self, options: Mapping[str, Any], accounts: Callable[[], Iterable[MaildirAccount]]) -> None:
        self._options, self._list = options, accounts
        self._accounts: dict[Id, MaildirAccount] = {}
        retry = options.get("submission.retry") or [PAUSE_SECONDS / 60]
        self._connections = Connections(options, min(PAUSE_SECONDS, retry[0] * 60))
        words = options.get("submission.command") or []
        attempts = Attempts(options, Command(words) if words else self._connections)
        target = (lambda owner: None) if words else self._connections.server
        self._jobs = Jobs(attempts, target, int(options.get("submission.connections", 4)))
        self._learner = Learner(options)
        self._learning = ThreadPoolExecutor(1, "learn")
        self._next: dict[tuple[Id, str], float] = {}  # when to look at what of an account
        self._tidied: dict[Id, float] = {}
        self._mail: dict[Id, list[str]] = {}  # folders in which reports may appear

    # --- once

    def run_once(self) -> bool:
        """Attempts what is due, follows reports, learns; for cron. Answers as run()."""
        return self._until_stopped(self._once)

    def _once(self) -> None:
        now = time.time()
        self._renew()
        for account in self._accounts.values():
            self._look_after(account)
        for account in self._accounts.values():
            self._offer(account, now)
        self._jobs.wait()
        for account in self._accounts.values():
            self._follow(account)
            self._learn(account)

    # --- staying

    def run(self) -> bool:
        """Until KeyboardInterrupt; False when an attempt is under way still."""
        watch = Watch()
        try:
            return self._until_stopped(lambda: self._stay(watch))
        finally:
            watch.close()

    def _until_stopped(self, work: Callable[[], None]) -> bool:
        with contextlib.suppress(KeyboardInterrupt):
            work()
        is_done = self._jobs.stop(STOP_SECONDS)
        self._connections.tidy(0)
        self._learning.shutdown(wait=is_done, cancel_futures=True)
        for account in self._accounts.values():
            account.close()
        return is_done

    def _stay(self, watch: Watch) -> None:
        last_round, changed = -ROUND_SECONDS, set[Hashable]()
        while True:
            if time.monotonic() - last_round >= ROUND_SECONDS:
                last_round = time.monotonic()
                self._renew()
                changed = {(id, what) for id in self._accounts for what in (OUTBOX, MAIL, LEARN)}
                for account in self._accounts.values():
                    self._look_after(account)
            now = time.time()
            due = {key for key, at in self._next.copy().items() if at <= now}  # learning adds to it, too
            keys = due | {key for key in changed if isinstance(key, tuple)}
            for id, what in sorted(keys, key=lambda key: (PARTS.index(key[1]), key[0])):
                if id in self._accounts:
                    self._do(self._accounts[id], what, now)
            changed = watch.follow(self._wanted())
            if not changed:
                changed = watch.wait(self._pause(last_round))

    def _pause(self, last_round: float) -> float:
        now = time.time()
        times = [at - now for at in self._next.copy().values()]
        times.append(last_round + ROUND_SECONDS - time.monotonic())
        if self._connections.tidy():
            times.append(IDLE_SECONDS)
        return max(0.0, min(times))

    def _do(self, account: MaildirAccount, what: str, now: float) -> None:
        self._next.pop((account.id, what), None)
        if what == OUTBOX:
            self._offer(account, now)
            if account.id not in self._mail:  # its first: reports may come from now on
                self._follow(account)
        elif what == MAIL:
            self._follow(account)
        elif self._learner.is_wanted and account.learn.has_any():
            self._next[account.id, LEARN] = now + ROUND_SECONDS  # should it not come back before
            self._learning.submit(self._learn, account)

    def _learn(self, account: MaildirAccount) -> None:
        again = None
        with _logged(account, "learning"):
            again = self._learner.run(account)
        if again is not None and account.id in self._accounts:
            self._next[account.id, LEARN] = again

    # --- parts of both

    def _renew(self) -> None:
        self._accounts = {account.id: account for account in self._list()}
        self._next = {key: at for key, at in self._next.copy().items() if key[0] in self._accounts}
        self._mail = {id: paths for id, paths in self._mail.items() if id in self._accounts}

    def _offer(self, account: MaildirAccount, now: float) -> None:
        again = None
        with _logged(account, "outbox"):
            again = self._jobs.offer(account, now)
        if again is not None:
            self._next[account.id, OUTBOX] = again

    def _look_after(self, account: MaildirAccount) -> None:
        """What killed processes left, at first, and now and then what is old."""
        now = time.monotonic()
        is_time = now - self._tidied.get(account.id, -TIDY_SECONDS) >= TIDY_SECONDS
        if not (is_time and _has_outbox(account)) and not any(account.outbox.folder.glob("*.json.new")):
            return
        with _logged(account, "outbox"), account.opened():
            submissions(account).recover()
            submissions(account).expire(float(self._options.get("submission.keep_days", 30)))
            self._tidied[account.id] = now

    def _follow(self, account: MaildirAccount) -> None:
        """Reports that came, about what was sent."""
        if not _has_outbox(account):
            return
        with _logged(account, "reports"):
            reports.follow(account)
        self._mail[account.id] = _mail_folders(account)
        if len(self._accounts) > int(self._options.get("index.max_open_accounts", 64)):
            account.close()

    def _wanted(self) -> dict[str, Hashable]:
        """The folders to be watched."""
        wanted: dict[str, Hashable] = {}
        for account in self._accounts.values():
            wanted[_existing(account.outbox.folder)] = account.id, OUTBOX
            if self._learner.is_wanted:
                wanted.setdefault(_existing(account.learn.folder), (account.id, LEARN))
            wanted.update(dict.fromkeys(self._mail.get(account.id, ()), (account.id, MAIL)))
        return wanted


@contextlib.contextmanager
def _logged(account: MaildirAccount, what: str) -> Iterator[None]:
    """What goes wrong with one account must not stop the others."""
    try:
        yield
    except UNREACHABLE as error:
        log.warning("%s: %s: %s", account.id, what, error)
    except Exception:
        log.exception("%s: %s", account.id, what)


def _has_outbox(account: MaildirAccount) -> bool:
    return account.outbox.folder.is_dir()


def _existing(path: Path) -> str:
    """The folder, or that in which it will appear."""
    return str(next(each for each in (path, *path.parents) if each.is_dir()))


def _mail_folders(account: MaildirAccount) -> list[str]:
    try:
        with account.opened():
            return account.follower.watchlist.paths()
    except UNREACHABLE:
        return [str(account.root)]
