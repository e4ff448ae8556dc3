"""Follows the accounts of all users who listen: what changes in them, by whomever, is told within moments."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from jmapd.files import locks
from jmapd.files.watch import WATCHING
from jmapd.push.journals import Journals
from jmapd.push.states import States, TypeStates, alerts_since, type_states
from jmapd.stores.base import UNREACHABLE, Account
from jmapd.stores.principals import NAME as DIRECTORY
from jmapd.wire import Id, Record, State

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0  # without one, how often the files of accounts with listeners are looked at
CHECK_SECONDS = 30.0  # how often it is asked whether a user is still there, and what he may see
_THREADS = 4  # an account that is at work on something long keeps one waiting

Views = Callable[[str], Mapping[Id, Account]]  # the accounts a user sees; none: there is no such user any more


Credential = Callable[[str], str | None]  # what stands for a user's password; None: there is no such user


class Heard(Protocol):
    """Those who are told; called by any thread, never waits."""

    def tell(self, user: str, states: States) -> None:
        """The user's states are these now."""

    def alert(self, user: str, alert: Record) -> None:
        """A CalendarAlert of his."""

    def end(self, user: str) -> None:
        """He may see nothing any more, or has another password than those who listen came with."""


class Follower:
    """Of one process."""

    def __init__(
        self, state_dir: Path, stores: Mapping[str, str], views: Views, heard: Heard, credential: Credential
    ) -> None:
        self._state_dir, self._stores, self._views = state_dir, stores, views
        self._heard, self._credential = heard, credential
        self._guard = threading.Lock()  # for all that follows
        self._listeners: dict[str, int] = {}  # of each user
        self._credentials: dict[str, str | None] = {}  # of each user, with which they came
        self._states: dict[str, States] = {}  # that each was told last
        self._alerted: dict[str, dict[Id, State]] = {}  # of CalendarAlerts, by user and account
        self._seen_by: dict[Id, set[str]] = {}  # users by account
        self._new: set[str] = set()  # users whose accounts are to be seen to
        self._running: set[Id] = set()
        self._again: dict[Id, bool] = {}  # accounts to look at once more: whether at their files, too
        self._journals = Journals()
        self._is_closed = False
        self._pool = ThreadPoolExecutor(_THREADS, "push-look")
        threading.Thread(target=self._run, name="push-follow", daemon=True).start()

    # By any thread

    def join(self, user: str) -> States:
        """The user's states as they are now, or, where he is followed already, as they were told last; he is followed
        until leave().
        """
        with self._guard:
            if (known := self._states.get(user)) is not None:
                self._listeners[user] += 1
                return known
        states = {
            id: found
            for id, account in sorted(self._views(user).items())
            if (found := self._look(user, account, account.session())) is not None
        }
        with self._guard:
            known = self._states.setdefault(user, states)
            self._credentials.setdefault(user, self._credential(user))
            self._listeners[user] = self._listeners.get(user, 0) + 1
            self._new.add(user)
        self._wake()
        return known

    def latest(self, user: str) -> States:
        """What he was told last, or is to be told in this moment."""
        return self._states.get(user, {})

    def alerted(self, user: str) -> dict[Id, State]:
        """Of the accounts he sees with CalendarAlerts, the state of those that he was told of."""
        with self._guard:
            return dict(self._alerted.get(user, {}))

    def leave(self, user: str) -> None:
        """One listener of the user went."""
        with self._guard:
            self._listeners[user] -= 1
            if not self._listeners[user]:
                self._forget(user)
        self._wake()

    def close(self) -> None:
        """Nobody is followed any more."""
        self._wake(for_good=True)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wake(self, for_good: bool = False) -> None:
        with self._guard:
            if not self._is_closed:
                self._is_closed = for_good
                self._journals.wake()

    def _forget(self, user: str) -> None:
        for each in (self._listeners, self._states, self._credentials, self._alerted):
            each.pop(user, None)
        for id in [id for id, users in self._seen_by.items() if user in users]:
            self._seen_by[id].discard(user)
            if not self._seen_by[id]:
                del self._seen_by[id]

    # By its own

    def _run(self) -> None:
        looked = checked = time.monotonic()
        while not self._is_closed:
            try:
                self._turn()
                now = time.monotonic()
                if now - looked >= LOOK_SECONDS:
                    looked = now
                    self._look_at_files()
                if now - checked >= CHECK_SECONDS:
                    checked = now
                    with self._guard:
                        self._new.update(self._listeners)
            except Exception:  # what is wrong with one account must not keep the others from being told
                log.exception("push")
                time.sleep(LOOK_SECONDS)
        with self._guard:
            self._journals.close()

    def _turn(self) -> None:
        with self._guard:
            new, self._new = self._new, set()
        fresh = {id for user in new for id in self._see_to(user)}
        with self._guard:
            ids = list(self._seen_by)
        self._journals.follow({self._state_dir / id for id in ids} | self._directory() if ids else set())
        changed = fresh or {path.name for path in self._journals.wait(LOOK_SECONDS if ids else 3600)}
        for id in ids if DIRECTORY in changed else changed:
            self._refresh(id, want_files=False)

    def _directory(self) -> set[Path]:
        """Principals and ShareNotifications are the same for all, in an index of their own."""
        folder = self._state_dir / DIRECTORY
        return {folder} if folder.is_dir() else set()

    def _see_to(self, user: str) -> list[Id]:
        """Which accounts the user sees now; those that he was not known to see."""
        try:
            ids = list(self._views(user))
        except UNREACHABLE:
            return []
        with self._guard:
            if user not in self._listeners:
                return []
            fresh = [id for id in ids if user not in self._seen_by.get(id, ())]
            for id, users in list(self._seen_by.items()):
                if id not in ids:
                    users.discard(user)
            for id in ids:
                self._seen_by.setdefault(id, set()).add(user)
            before, now = self._credentials.get(user), self._credential(user)
            self._credentials[user] = now
        if not ids or before != now:
            self._heard.end(user)
        return fresh

    def _look_at_files(self) -> None:
        """Where no sidecar does, so that what other programs change is told within moments."""
        with self._guard:
            ids = [id for id in self._seen_by if id not in self._running]
        if not ids:
            return
        with locks.exclusive_or_none(self._state_dir / WATCHING) as is_free:
            pass
        for id in ids if is_free else ():
            self._refresh(id, want_files=True)

    def _refresh(self, id: Id, want_files: bool) -> None:
        with self._guard:
            if id in self._running:
                self._again[id] = want_files or self._again.get(id, False)
                return
            if self._is_closed:
                return
            self._running.add(id)
            self._pool.submit(self._work, id, want_files)

    # By one of the pool

    def _work(self, id: Id, want_files: bool) -> None:
        while True:
            try:
                with self._guard:
                    users = list(self._seen_by.get(id, ()))
                for user in users:
                    self._update(user, id, want_files)
            except Exception:
                log.exception("push: %s", id)
            with self._guard:
                again = self._again.pop(id, None)
                if again is None:
                    self._running.discard(id)
                    return
            want_files = again

    def _update(self, user: str, id: Id, want_files: bool) -> None:
        try:
            account = self._views(user).get(id)
        except UNREACHABLE:
            return
        if account is None:
            return
        states = self._look(user, account, account.session() if want_files else account.opened())
        if states is None:
            return
        with self._guard:
            known = self._states.get(user)
            if known is None or known.get(id) == states:
                return
            now = self._states[user] = {**known, id: states}
            self._heard.tell(user, now)

    def _look(self, user: str, account: Account, session: AbstractContextManager[None]) -> TypeStates | None:
        since = self._alerted.get(user, {}).get(account.id)
        try:
            with session:
                states = type_states(account, self._stores)
                alerted, alerts = alerts_since(account, since)
        except UNREACHABLE as error:
            log.info("%s: %s", account.id, error)
            return None
        with self._guard:
            if alerted is not None:
                self._alerted.setdefault(user, {})[account.id] = alerted
        for alert in alerts:
            self._heard.alert(user, alert)
        return states
