"""Sends what has changed to the push subscriptions of all users (RFC 8620 7.2, RFC 8030); one process does it."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jmapd.push import messages
from jmapd.push.deliveries import Run, new_emails
from jmapd.push.follower import Follower, Views
from jmapd.push.messages import Message
from jmapd.push.sender import Kind, Outcome, Sender
from jmapd.push.states import States, alerts_since, difference
from jmapd.stores.base import UNREACHABLE
from jmapd.stores.calendar_alerts import TYPE as ALERT
from jmapd.stores.push_subscriptions import (
    ALERTED,
    CODE,
    CREDENTIAL,
    EMAILS,
    TOLD,
    VAPID_KEY,
    VERIFIED,
    SubscriptionFile,
    every_file,
)
from jmapd.wire import Id, Record, State

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0  # how often all subscriptions are looked at; wake() comes before
TOGETHER_SECONDS = 1.0  # between two pushes to one subscription: what changes meanwhile goes together
MOST_FAILURES = 30  # in a row: more than a day
MOST_TRIES = 3  # to reach a URL that is not verified
MOST_ALERTS = 10  # of one moment
_THREADS, _THREADS_PER_USER = 16, 4  # pushes at a time; an endpoint may hang
_FIRST_WAIT, _LONGEST_WAIT = 10.0, 3600.0
_DISK_WAIT = 60.0  # when what was sent cannot be written down: it is sent again
_IS_ASKED, _FAILURES = "isAsked", "failures"  # of a record: the verification went out; failed pushes in a row

Key = tuple[str, Id]  # user, subscription


@dataclass
class Pusher:
    """`credential`: of a user as it is now, None when there is none; `run` runs a Request object of a user."""

    state_dir: Path
    stores: Mapping[str, str]
    views: Views
    credential: Callable[[str], str | None]
    run: Run
    sender: Sender
    _files: dict[str, SubscriptionFile] = field(default_factory=dict)  # by user
    _joined: set[str] = field(default_factory=set)  # users who are followed
    _due: dict[Key, float] = field(default_factory=dict)  # when each is to be seen to, as time.monotonic()
    _busy: set[Key] = field(default_factory=set)
    _held: dict[Key, float] = field(default_factory=dict)  # not before that moment, whatever happens
    _alerts: dict[Key, list[Record]] = field(default_factory=dict)  # that were sent, of those of which others were not
    _is_woken: bool = True
    _is_stopped: bool = False

    def __post_init__(self) -> None:
        self._turn = threading.Condition()  # for all of the above
        self._follower = Follower(self.state_dir, self.stores, self.views, self, self.credential)

    def wake(self) -> None:
        """Subscriptions have changed; by any thread."""
        with self._turn:
            self._is_woken = True
            self._turn.notify()

    def stop(self) -> None:
        """Lets serve() return; pushes that are under way are left alone."""
        self._is_stopped = True
        self.wake()
        self._follower.close()

    def serve(self) -> None:
        """Until stop()."""
        looked = 0.0
        while True:
            with self._turn:
                wait = min((moment - time.monotonic() for moment in self._due.values()), default=LOOK_SECONDS)
                if wait > 0 and not self._is_woken:
                    self._turn.wait(min(wait, LOOK_SECONDS))
                is_woken, self._is_woken = self._is_woken, False
            if self._is_stopped:
                return
            if is_woken or time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                self._look()
            self._start()

    def _look(self) -> None:
        """Which subscriptions there are."""
        files = dict(every_file(self.state_dir))
        with self._turn:
            self._files = files
        keys, listening = set[Key](), set[str]()
        for user, file in files.items():
            try:
                records = self._alive(user, file)
                keys |= {(user, id) for id in records}
                if any(record[VERIFIED] for record in records.values()):
                    listening.add(user)
                    if user not in self._joined:
                        self._follower.join(user)
                        self._joined.add(user)
            except Exception:  # the others must go on
                log.exception("push subscriptions of %s", user)
                continue
            for id in records:
                self._schedule((user, id))
        for user in self._joined - listening:
            self._joined.discard(user)
            self._follower.leave(user)
        with self._turn:
            for gone in (self._held.keys() | self._alerts.keys()) - keys:
                self._held.pop(gone, None)
                self._alerts.pop(gone, None)

    def _alive(self, user: str, file: SubscriptionFile) -> dict[Id, Record]:
        """Without those that are over, which are erased."""
        records = file.read()
        over = {id for id, each in records.items() if self._is_over(user, each)}
        if over:
            try:
                with file.changing() as kept:
                    for id in over & kept.keys():
                        if self._is_over(user, kept[id]):
                            del kept[id]
            except OSError as error:
                log.error("what is over of %s is still there: %s", user, error.strerror)
        return {id: each for id, each in records.items() if id not in over}

    def _is_over(self, user: str, record: Record) -> bool:
        """Whether it is expired, or was made with what is no longer the user's password (7.2) or our key."""
        is_old = record.get(VAPID_KEY, self.sender.key) != self.sender.key  # RFC 9749 5
        return bool(record["expires"] <= _now() or record[CREDENTIAL] != self.credential(user) or is_old)

    # For the follower

    def tell(self, user: str, states: States) -> None:
        """Something of the user's has changed."""
        with self._turn:
            file = self._files.get(user)
        for id in file.read() if file is not None else ():
            self._schedule((user, id))

    def alert(self, user: str, alert: Record) -> None:
        """An alert of the user's fires."""
        self.tell(user, {})

    def end(self, user: str) -> None:
        """What he subscribed to with that password is over."""
        self.wake()

    def _schedule(self, key: Key) -> None:
        with self._turn:
            self._due[key] = max(time.monotonic(), self._held.get(key, 0.0))
            self._turn.notify()

    def _start(self) -> None:
        now = time.monotonic()
        with self._turn:
            for key in [key for key, moment in self._due.items() if moment <= now]:
                mine = sum(busy[0] == key[0] for busy in self._busy)
                if key in self._busy or mine >= _THREADS_PER_USER or len(self._busy) >= _THREADS:
                    self._due[key] = now + TOGETHER_SECONDS
                    continue
                del self._due[key]
                self._busy.add(key)
                # a daemon: one that waits for a push service keeps nobody who wants to stop
                threading.Thread(target=self._work, args=(key,), name="push", daemon=True).start()

    def _work(self, key: Key) -> None:
        """By a thread of its own."""
        again = None
        try:
            again = self._push(key)
        except OSError as error:
            log.error("push for %s: %s", key[0], error)
            again = _DISK_WAIT
        except Exception:  # the others must go on
            log.exception("push for %s", key[0])
            again = _LONGEST_WAIT
        with self._turn:
            self._busy.discard(key)
            if again is not None:
                self._held[key] = time.monotonic() + again
        if again is not None:
            self._schedule(key)

    def _push(self, key: Key) -> float | None:
        """Sends what is due; after how many seconds to try again, None: when something happens."""
        user, id = key
        file = self._files.get(user)
        record = file.read().get(id) if file is not None else None
        if file is None or record is None or self._is_over(user, record):
            return None
        if not record[VERIFIED]:
            if record.get(_IS_ASKED):
                return None
            outcome = self.sender.send(record, messages.verification(id, record[CODE]))
            return self._settled(file, id, outcome, {_IS_ASKED: outcome.kind is not Kind.LATER})
        states = self._follower.latest(user)
        if not states:
            return None
        outcome, news = self._all_sent(key, record, states)
        again = None
        if outcome.kind is not Kind.SENT or any(record.get(name) != value for name, value in news.items()):
            again = self._settled(file, id, outcome, news)
        if ALERTED in news:
            with self._turn:
                self._alerts.pop(key, None)
        return again

    def _all_sent(self, key: Key, record: Record, states: States) -> tuple[Outcome, Record]:
        """Sends what is due: how it ended, and what is to be written down of that which went out."""
        fired: Record = {ALERTED: {}}
        news: Record = {TOLD: states, EMAILS: {}}
        done: Record = {}
        for batch, lead_to in (
            (self._firing(key, record, fired[ALERTED]), fired),
            (self._messages(key[0], record, states, news[EMAILS]), news),
        ):
            for message in batch:
                outcome = self.sender.send(record, message)
                is_sent = outcome.kind is Kind.SENT
                with self._turn:
                    self._held[key] = time.monotonic() + TOGETHER_SECONDS
                    if is_sent and lead_to is fired:
                        self._alerts.setdefault(key, []).append(message.value)
                if not is_sent:
                    return outcome, done
            done |= lead_to
        return Outcome(Kind.SENT), done

    def _firing(self, key: Key, record: Record, alerted: dict[Id, State]) -> Iterator[Message]:
        """The alerts that it was not sent, the last ones of many; fills in to which state of each account they lead."""
        if record["types"] is not None and ALERT not in record["types"]:
            return
        user, known, found = key[0], record.get(ALERTED, {}), list[Record]()
        for id, now in self._follower.alerted(user).items():
            alerted[id] = known.get(id, now)
            account = self.views(user).get(id) if alerted[id] != now else None
            if account is not None:
                with contextlib.suppress(*UNREACHABLE), account.opened():
                    state, fired = alerts_since(account, alerted[id])
                    alerted[id] = state or now
                    found += fired
        with self._turn:
            sent = list(self._alerts.get(key, ()))
        yield from messages.of_alerts([each for each in found[-MOST_ALERTS:] if each not in sent])

    def _messages(self, user: str, record: Record, states: States, emails: dict[Id, str]) -> Iterator[Message]:
        """What the subscription does not know; fills in to which state of Email each account's EmailPushes lead."""
        told, known = record.get(TOLD, {}), record.get(EMAILS) or {}
        types = None if record["types"] is None else frozenset(record["types"])
        if changed := difference(told, states, types):
            yield from messages.of_states(changed)
        for account, config in (record.get("emailPush") or {}).items():
            now = states.get(account, {}).get("Email")
            since = known.get(account) or told.get(account, {}).get("Email", now)
            if now is None or since is None:
                continue
            emails[account] = now
            if since != now:
                found, emails[account] = new_emails(self.run, user, account, since, config)
                urgency, properties = config.get("urgency", "normal"), config["properties"]
                yield from messages.of_emails(account, found, properties, emails[account], urgency)

    def _settled(self, file: SubscriptionFile, id: Id, outcome: Outcome, news: Record) -> float | None:
        """Writes down what became of a push; after how many seconds to try again."""
        with file.changing() as records:
            record = records.get(id)
            if record is None:
                return None
            failures = record.get(_FAILURES, 0)
            if outcome.kind is Kind.SENT:
                record |= news | {_FAILURES: 0}
                return None
            if outcome.kind is Kind.GONE or failures + 1 >= (MOST_FAILURES if record[VERIFIED] else MOST_TRIES):
                del records[id]
                return None
            record |= news | {_FAILURES: failures + 1}
        if outcome.kind is Kind.REFUSED and not record[VERIFIED]:
            return None  # RFC 9749 6: MUST NOT be tried again
        return outcome.seconds or min(_FIRST_WAIT * 2.0**failures, _LONGEST_WAIT)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
