"""One listener of the event source (RFC 8620 7.3), in the format of server-sent events."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import orjson

from jmapd.push.states import States, difference, event_id, state_change
from jmapd.stores.calendar_alerts import TYPE as ALERT
from jmapd.wire import Record

MIN_PING, MAX_PING = 5, 900  # seconds; 7.3: the minimum at most 30, the maximum at least 300
RETRY_MS = 2000  # after which a client that lost its connection comes back


class Wanted(NamedTuple):
    """The variables of the event source's URL."""

    types: frozenset[str] | None  # None: all
    closes_after_state: bool
    ping: int  # seconds; 0: none


class BadVariable(ValueError):
    """One of them is missing or wrong."""


def wanted(types: str | None, closeafter: str | None, ping: str | None) -> Wanted:
    """Raises BadVariable. The URL template names all three; one that a client leaves out has its plainest value."""
    names = frozenset(name for name in (types or "*").split(",") if name)
    if closeafter not in (None, "", "no", "state"):
        raise BadVariable("closeafter must be 'state' or 'no'")
    seconds = ping or "0"
    if not (seconds.isascii() and seconds.isdecimal()) or len(seconds) > 15:
        raise BadVariable("ping must be a number of seconds")
    interval = int(seconds)
    return Wanted(
        None if "*" in names else names,
        closeafter == "state",
        interval and min(max(interval, MIN_PING), MAX_PING),
    )


class Listener:
    """See push/hub.Talk."""

    __slots__ = ("_on_end", "_wanted", "interval", "is_clogged", "is_full", "is_over", "seen", "user")

    def __init__(self, user: str, wanted: Wanted, seen: States, on_end: Callable[[], None]) -> None:
        self.user, self._wanted, self.seen, self._on_end = user, wanted, seen, on_end
        self.interval = wanted.ping
        self.is_over = self.is_full = self.is_clogged = False

    def told(self, states: States) -> bytes:
        """A state event, if any of the types it wants has changed."""
        if states is self.seen:
            return b""
        event = state_event(Same(self.seen), Same(states), self._wanted.types)
        self.seen = states
        if event and self._wanted.closes_after_state:
            self.is_over = True
        return event

    def alerted(self, alert: Record) -> bytes:
        """A calendarAlert event."""
        if self._wanted.types is not None and ALERT not in self._wanted.types:
            return b""
        return b"event: calendarAlert\ndata: %s\n\n" % orjson.dumps(alert)

    def pinged(self) -> bytes:
        """A ping event; it sets no id."""
        return b'event: ping\ndata: {"interval":%d}\n\n' % self.interval

    def heard(self, data: bytes) -> bytes:
        """Nothing is to be heard."""
        return b""

    def drained(self, states: States | None) -> bytes:
        """Nothing but states was left unsaid."""
        return b"" if states is None else self.told(states)

    def leaving(self) -> bytes:
        """A client that listens comes back by itself."""
        return b""

    def ended(self) -> None:
        self._on_end()


class Same:
    """States that are compared by being the same object: listeners of one user share them, and so their events."""

    __slots__ = ("states",)

    def __init__(self, states: States) -> None:
        self.states = states

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.states is self.states

    def __hash__(self) -> int:
        return id(self.states)


@lru_cache(maxsize=64)
def state_event(before: Same, now: Same, types: frozenset[str] | None) -> bytes:
    """The event, with an id that stands for `now`; b"" when nothing of these types differs."""
    changed = difference(before.states, now.states, types)
    if not changed:
        return b""
    data = orjson.dumps(state_change(changed))
    return b"event: state\nid: %s\ndata: %s\n\n" % (event_id(now.states).encode(), data)


def opening(states: States) -> bytes:
    """What comes first: proxies see that it is open, and a client that is cut off before the first event has an id."""
    return b"retry: %d\nid: %s\n\n" % (RETRY_MS, opening_id(Same(states)))


@lru_cache(maxsize=64)
def opening_id(states: Same) -> bytes:
    return event_id(states.states).encode()
