"""What the sidecar keeps of an account's scheduling messages: up to where it looked, and what it has followed."""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from jmapd.files import atomic
from jmapd.formats.itip import Incoming, normal
from jmapd.wire import Record, State

NAME = "scheduling.json"
VERSION = 1
MOST = 10_000  # of each kind of entry: the oldest go
DAY = 86400.0
FROM_ONE, FROM_ALL = 30, 200  # a day: messages that add events, or ask for them


class Memory:
    """A file of one account, read once and written whole. One process at a time has it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = _read(path)
        self.seen: State | None = found.get("seen")  # the state of Email up to which was looked
        self.looked: float | None = found.get("looked")  # when that was
        self._messages: dict[str, float] = found.get("messages", {})
        self._latest: dict[str, list[Any]] = found.get("latest", {})  # [sequence, dtstamp] of an event, the last known
        self._added: list[list[Any]] = found.get("added", [])  # [when, from whom]
        self._is_changed = False

    def moved(self, seen: State) -> None:
        """All up to that state of Email was looked at."""
        if seen != self.seen:
            self.seen, self.looked, self._is_changed = seen, time.time(), True

    def save(self) -> None:
        """Durable. Raises OSError."""
        if not self._is_changed:
            return
        content = {
            "version": VERSION,
            "seen": self.seen,
            "looked": self.looked,
            "messages": _newest(self._messages),
            "latest": _newest(self._latest),
            "added": self._added,
        }
        atomic.write(self.path, orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE), 0o600)
        self._is_changed = False

    # --- messages, each followed once

    def knows(self, sender: str, message: Incoming) -> bool:
        """Whether it was followed, or refused, before."""
        return _key_of(sender, message) in self._messages

    def note(self, sender: str, message: Incoming) -> None:
        self._messages[_key_of(sender, message)] = int(time.time())
        self._is_changed = True

    # --- revisions of an event that its organizer has told (RFC 5546 2.1.5)

    def latest(self, organizer: str, uid: str, recurrence_id: str | None) -> tuple[int, str] | None:
        """(sequence, DTSTAMP). By organizer, too: who else has the UID says nothing about the event."""
        found = self._latest.get(_digest((normal(organizer), uid, recurrence_id or "")))
        return None if found is None else (found[0], found[1])

    def keep(self, organizer: str, uid: str, recurrence_id: str | None, revision: tuple[int, str]) -> None:
        key = _digest((normal(organizer), uid, recurrence_id or ""))
        self._latest.pop(key, None)
        self._latest[key] = list(revision)
        self._is_changed = True

    # --- new events, and what is sent again: neither may become a flood (RFC 5546 6.2.2)

    def may_add(self, sender: str) -> bool:
        who, since = _digest((sender,)), time.time() - DAY
        self._added = [each for each in self._added if each[0] > since]
        return len(self._added) < FROM_ALL and sum(each[1] == who for each in self._added) < FROM_ONE

    def added(self, sender: str) -> None:
        self._added.append([int(time.time()), _digest((sender,))])
        self._is_changed = True


def _key_of(sender: str, message: Incoming) -> str:
    """Also of what it says: two answers of one second differ in nothing else."""
    said = orjson.dumps(message.events, option=orjson.OPT_SORT_KEYS)
    return _digest((sender, message.method, message.uid, hashlib.sha256(said).hexdigest()))


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _newest(entries: dict[str, Any]) -> dict[str, Any]:
    """They are in the order in which they came."""
    return dict(list(entries.items())[-MOST:])


def _read(path: Path) -> Record:
    """Nothing where there is none, or what cannot be read."""
    try:
        found = orjson.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) and found.get("version") == VERSION else {}
