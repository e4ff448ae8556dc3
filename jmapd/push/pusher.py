"""Sends what has changed to the push subscriptions of all users (RFC 8620 7.2, RFC 8030); one process does it."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jmapd.push import messages
from jmapd.push.deliveries import Run, new_emails
from jmapd.push.follower import Follower, Views
from jmapd.push.messages import Message
from jmapd.push.sender import Kind, Outcome, Sender
from jmapd.push.states import ALERT, States, difference
from jmapd.stores.push_subscriptions import CODE, CREDENTIAL, EMAILS, TOLD, VERIFIED, SubscriptionFile, every_file
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0  # how often all subscriptions are looked at; wake() comes before
TOGETHER_SECONDS = 1.0  # between two pushes to one subscription: what changes meanwhile goes together
MOST_FAILURES = 30  # in a row: more than a day
MOST_ALERTS = 10  # of one moment
_THREADS = 16
_FIRST_WAIT, _LONGEST_WAIT = 10.0, 3600.0
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
    _alerts: dict[Key, list[Record]] = field(default_factory=dict)  # that are not sent yet
    _is_woken: bool = True

    def __post_init__(self) -> None:
        self._turn = threading.Condition()  # for all of the above
        self._pool = ThreadPoolExecutor(_THREADS, "push")
        self._follower = Follower(self.state_dir, self.stores, self.views, self._told, self._alerted, lambda user: None)

    def wake(self) -> None:
        """Subscriptions have changed; by any thread."""
        with self._turn:
            self._is_woken = True
            self._turn.notify()

    def serve(self) -> None:
        """For ever."""
        looked = 0.0
        while True:
            with self._turn:
                wait = min((moment - time.monotonic() for moment in self._due.values()), default=LOOK_SECONDS)
                if wait > 0 and not self._is_woken:
                    self._turn.wait(min(wait, LOOK_SECONDS))
                is_woken, self._is_woken = self._is_woken, False
            if is_woken or time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                self._look()
            self._start()

    def _look(self) -> None:
        """Which subscriptions there are."""
        files = dict(every_file(self.state_dir))
        with self._turn:
            self._files = files
        for user, file in files.items():
            records = self._alive(user, file)
            if user not in self._joined and any(record[VERIFIED] for record in records.values()):
                self._follower.join(user)
                self._joined.add(user)
            for id in records:
                self._schedule((user, id))
        for user in self._joined - files.keys():
            self._joined.discard(user)
            self._follower.leave(user)

    def _alive(self, user: str, file: SubscriptionFile) -> dict[Id, Record]:
        """Without those that are over (7.2): expired, or made with what is no longer the user's password."""
        records, now, credential = file.read(), _now(), self.credential(user)
        over = {id for id, each in records.items() if each["expires"] <= now or each[CREDENTIAL] != credential}
        if over:
            with file.changing() as kept:
                for id in over & kept.keys():
                    if kept[id]["expires"] <= now or kept[id][CREDENTIAL] != credential:
                        del kept[id]
        return {id: each for id, each in records.items() if id not in over}

    def _told(self, user: str, states: States) -> None:
        """By the follower: something of the user's has changed."""
        with self._turn:
            file = self._files.get(user)
        for id in file.read() if file is not None else ():
            self._schedule((user, id))

    def _alerted(self, user: str, alert: Record) -> None:
        """By the follower: an alert fires."""
        with self._turn:
            file = self._files.get(user)
        for id, record in (file.read() if file is not None else {}).items():
            if record[VERIFIED] and (record["types"] is None or ALERT in record["types"]):
                with self._turn:
                    self._alerts.setdefault((user, id), []).append(alert)
                self._schedule((user, id))

    def _schedule(self, key: Key) -> None:
        with self._turn:
            self._due[key] = max(time.monotonic(), self._held.get(key, 0.0))
            self._turn.notify()

    def _start(self) -> None:
        now = time.monotonic()
        with self._turn:
            ready = [key for key, moment in self._due.items() if moment <= now]
            for key in ready:
                del self._due[key]
                if key in self._busy:
                    self._due[key] = now + TOGETHER_SECONDS
                    continue
                self._busy.add(key)
                self._pool.submit(self._work, key)

    def _work(self, key: Key) -> None:
        """By a thread of the pool."""
        again = None
        try:
            again = self._push(key)
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
        if file is None or record is None or record["expires"] <= _now():
            return None
        if not record[VERIFIED]:
            if record.get(_IS_ASKED):
                return None
            outcome = self.sender.send(record, messages.verification(id, record[CODE]))
            return self._settled(file, id, outcome, {_IS_ASKED: outcome.kind is not Kind.LATER})
        states = self._follower.latest(user)
        if not states:
            return None
        with self._turn:
            alerts = self._alerts.pop(key, [])
        for alert in alerts[-MOST_ALERTS:]:
            self.sender.send(record, messages.of_alert(alert))
        news: Record = {TOLD: states, EMAILS: {}}
        for message in self._messages(user, record, states, news[EMAILS]):
            outcome = self.sender.send(record, message)
            with self._turn:
                self._held[key] = time.monotonic() + TOGETHER_SECONDS
            if outcome.kind is not Kind.SENT:
                return self._settled(file, id, outcome, {})
        if news != {TOLD: record.get(TOLD), EMAILS: record.get(EMAILS)}:
            self._settled(file, id, Outcome(Kind.SENT), news)
        return None

    def _messages(self, user: str, record: Record, states: States, emails: dict[Id, str]) -> Iterator[Message]:
        """What the subscription does not know; fills in to which state of Email each account's EmailPushes lead."""
        told, known = record.get(TOLD), record.get(EMAILS) or {}
        if told is not None:
            types = None if record["types"] is None else frozenset(record["types"])
            if changed := difference(told, states, types):
                yield from messages.of_states(changed)
        for account, config in (record.get("emailPush") or {}).items():
            now = states.get(account, {}).get("Email")
            since = known.get(account, now)
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
            if outcome.kind is Kind.GONE or failures >= MOST_FAILURES:
                del records[id]
                return None
            record |= news | {_FAILURES: failures + 1}
        if outcome.kind is Kind.REFUSED and not record[VERIFIED]:
            return None  # RFC 9749 6: MUST NOT be tried again
        return outcome.seconds or min(_FIRST_WAIT * 2.0**failures, _LONGEST_WAIT)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
