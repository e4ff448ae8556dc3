"""Messages that wait to be sent: <id>.json says how, <id>.eml is what (docs/STORAGE.md).

Whoever acts on an entry holds flock(2) on its .eml; the .json are rewritten under the outbox's own lock.
"""

import contextlib
import fcntl
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from jmapd.files import atomic, locks
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

VERSION = 1
SUBMISSION = "submission"
SCHEDULING = "scheduling"  # invitations and answers: a user sent them, so he is told when they cannot be delivered
ORPHAN_SECONDS = 3600  # what an unfinished write left may be removed after this
_MEMBERS = frozenset((
    "version", "id", "kind", "record", "mailFrom", "rcptTo", "sendAt", "attempts", "next", "created", "results", "done",
    "canceled",
))  # fmt: skip
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,250}")
_LOCK = ".lock"


@dataclass(frozen=True)
class Result:
    """What became of one recipient (RFC 8621 7, DeliveryStatus)."""

    smtpReply: str  # noqa: N815 (the RFC's name)
    delivered: str  # queued, yes, no or unknown


class Entry:
    """One entry, held by who attempts it. `rcpt_to` has all recipients, `pending()` those still to be tried."""

    def __init__(self, outbox: "Outbox", content: Record, fd: int) -> None:
        self._outbox, self._fd = outbox, fd
        self._take(content)

    def _take(self, content: Record) -> None:
        self.id: Id = content["id"]
        self.kind: str = content["kind"]
        self.mail_from: Record = content["mailFrom"]
        self.rcpt_to: list[Record] = content["rcptTo"]
        self.attempts: int = content["attempts"]
        self.next: float = content["next"]
        self.created: float = content["created"]
        self.send_at: str | None = content["sendAt"]
        self.results = {email: Result(**each) for email, each in content["results"].items()}
        self.reported: list[str] = content.get("reported", [])

    def pending(self) -> list[Record]:
        """The recipients that no attempt has settled."""
        return [each for each in self.rcpt_to if is_open(self.results.get(each["email"]))]

    def message(self) -> bytes:
        """The octets to be sent; also after the last result was recorded."""
        size = os.fstat(self._fd).st_size
        parts, offset = [], 0
        while offset < size and (part := os.pread(self._fd, size - offset, offset)):
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def begin(self) -> None:
        """Counts an attempt, durable. Where that cannot be written its results could not be either: raises OSError."""

        def change(content: Record) -> None:
            content["attempts"] += 1

        self._take(self._outbox.change(self.id, change))

    def record_results(self, results: Mapping[str, Result], next: float | None, reported: Collection[str] = ()) -> None:
        """Keeps the results of an attempt, durable; `next`: when to try again, None: never.

        `reported`: recipients whose failure the sender has been told of.
        """

        def change(content: Record) -> None:
            content["next"] = content["next"] if next is None else next
            content["done"] = next is None
            content["results"] |= {email: vars(each) for email, each in results.items()}
            if reported:
                content["reported"] = sorted({*content.get("reported", ()), *reported})

        self._take(self._outbox.change(self.id, change))


def is_open(result: Result | None) -> bool:
    """Whether a recipient is still to be tried."""
    return result is None or result.delivered == "queued"


class Outbox:
    """The outbox of one account. Threads and processes may share it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # --- putting in

    def put(
        self,
        kind: str,
        mail_from: str | Record,
        rcpt_to: Sequence[str | Record],
        message: bytes,
        send_at: float | None = None,
    ) -> Id:
        """An entry without a record, durable: an MDN, an automatic reply. Raises OSError and leaves nothing."""
        id = "Q" + secrets.token_hex(12)
        content = new_entry(id, kind, address(mail_from), [address(each) for each in rcpt_to], send_at)
        try:
            self.write_message(id, message)
            atomic.sync_file(str(self._path(id, "eml")))
            atomic.write(self._path(id, "json"), _dumped(content), 0o600)
        except BaseException:
            self.discard(id)
            raise
        return id

    def write_message(self, id: Id, message: bytes) -> None:
        """Not yet durable: see make_durable()."""
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            atomic.sync_folder(self.folder.parent)
        atomic.write_new(str(self._path(id, "eml")), message, 0o600, int(time.time()))

    def write_entry(self, content: Record) -> None:
        """An entry that nobody sends before finish(); not yet durable."""
        atomic.write_new(str(self._path(content["id"], "json.new")), _dumped(content), 0o600, int(time.time()))

    def make_durable(self, ids: Iterable[Id]) -> None:
        """What write_message() and write_entry() wrote."""
        for id in ids:
            atomic.sync_file(str(self._path(id, "eml")))
            atomic.sync_file(str(self._path(id, "json.new")))
        atomic.sync_folder(self.folder)

    def finish(self, id: Id, content: Record | None = None) -> None:
        """The entry counts from now on. Its record is durable, so recover() does it should the rename be lost."""
        if content is not None and content["done"]:  # canceled by the one who made it
            self._path(id, "eml").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self._path(id, "json.new").rename(self._path(id, "json"))

    def discard(self, id: Id) -> None:
        """Leaves no trace of an entry."""
        for suffix in ("json", "json.new", "eml"):
            self._path(id, suffix).unlink(missing_ok=True)

    # --- reading

    def read(self, id: Id) -> Record | None:
        """The entry as it is on disk; None when there is none, or it cannot be read."""
        path = self._path(id, "json")
        try:
            content: Record = orjson.loads(path.read_bytes())
            if content["version"] != VERSION or content["id"] != id:
                return None
            if missing := _MEMBERS - content.keys():
                raise KeyError(min(missing))
            return content
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            log.error("%s: %s.json cannot be read: %s", self.folder, id, error)
            return None

    def entries(self) -> Iterator[Record]:
        """All that can be read, those that are done, too."""
        for id in self._ids(".json"):
            if (content := self.read(id)) is not None:
                yield content

    def is_lost(self, id: Id) -> bool:
        """Whether it could never be sent: somebody removed what is needed for that."""
        if not self.folder.is_dir():
            return True
        with locks.exclusive(self.folder / _LOCK):  # or it might be done just now
            content = self.read(id)
            return content is None or not content["done"] and not self._path(id, "eml").exists()

    def waiting(self) -> list[tuple[float, Id]]:
        """When, and which: what is still to be sent, the next first."""
        found = ((id, self.read(id)) for id in self._ids(".eml"))
        return sorted((each["next"], id) for id, each in found if each is not None and not each["done"])

    def due(self, now: float) -> list[Id]:
        """What is to be attempted now, in the order of their times."""
        return [id for next, id in self.waiting() if next <= now]

    def next_time(self) -> float | None:
        """When the next is due; None: nothing waits."""
        return min((next for next, _ in self.waiting()), default=None)

    def _ids(self, suffix: str) -> list[Id]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208 (speed)
        except FileNotFoundError:
            return []
        found = (name.removesuffix(suffix) for name in names if name.endswith(suffix))
        return sorted(id for id in found if _ID.fullmatch(id))

    # --- acting on an entry

    @contextlib.contextmanager
    def attempt(self, id: Id) -> Iterator[Entry | None]:
        """The entry, for nobody else while it is held; None when it is busy, done or gone."""
        with self.held(id) as fd:
            content = self.read(id) if fd is not None else None
            yield None if fd is None or content is None or content["done"] else Entry(self, content, fd)

    @contextlib.contextmanager
    def held(self, id: Id) -> Iterator[int | None]:
        """flock on the message, without waiting; None when it is busy or gone."""
        path = self._path(id, "eml")
        try:
            fd = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            yield None
            return
        try:
            yield fd if _locked(fd, path) else None
        finally:
            os.close(fd)

    def cancel(self, id: Id, record: Record | None) -> None:
        """Under held(): nobody will send it, durable. `record`: its copy, None when that goes, too."""

        def change(content: Record) -> None:
            content.update(canceled=True, done=True, record=record)

        self.change(id, change)

    def change(self, id: Id, alter: Callable[[Record], None]) -> Record:
        """Alters the entry on disk, durable, and answers it; of what is done the message is removed, and of what has
        no record all. Raises KeyError when there is no entry, OSError.
        """
        with locks.exclusive(self.folder / _LOCK):
            content = self.read(id)
            if content is None:
                raise KeyError(id)
            alter(content)
            if content["done"] and content["record"] is None:
                self.discard(id)
                atomic.sync_folder(self.folder)
            else:
                atomic.write(self._path(id, "json"), _dumped(content), 0o600)
                if content["done"]:
                    self._path(id, "eml").unlink(missing_ok=True)
        return content

    def keep_record(self, id: Id, record: Record | None) -> None:
        """The plain copy of the entry's record; None: the record is destroyed, what is to be sent is sent still."""
        self.adopt(id)
        content = self.read(id)
        if content is None or content["record"] == record:
            return

        def change(content: Record) -> None:
            content["record"] = record

        with contextlib.suppress(KeyError):  # the worker was faster: nothing of it is left
            self.change(id, change)

    # --- after a kill

    def adopt(self, id: Id) -> None:
        """finish(), should who wrote the record have been killed before it. Under the account's lock."""
        if not self._path(id, "json").exists():
            self.finish(id)

    def recover(self, has_record: Callable[[Id], bool]) -> None:
        """Ends what killed writers left: what has a record counts. Under the account's lock."""
        for id in self._ids(".json.new"):
            if has_record(id):
                self.finish(id)
            else:
                self.discard(id)
        for id in self._ids(".eml"):
            content = self.read(id)
            if content["done"] if content is not None else self._is_orphan(id):
                self._path(id, "eml").unlink(missing_ok=True)
        for path in self.folder.glob(".*.tmp"):  # of files/atomic.py
            if _is_old(path):
                path.unlink(missing_ok=True)

    def _is_orphan(self, id: Id) -> bool:
        return not self._path(id, "json").exists() and _is_old(self._path(id, "eml"))

    def _path(self, id: Id, suffix: str) -> Path:
        if not _ID.fullmatch(id):
            raise KeyError(id)
        return self.folder / f"{id}.{suffix}"


def address(given: str | Record) -> Record:
    """An Address (RFC 8621 7) without parameters, when it is not one already."""
    return {"email": given, "parameters": None} if isinstance(given, str) else given


def new_entry(
    id: Id,
    kind: str,
    mail_from: Record,
    rcpt_to: list[Record],
    send_at: float | None = None,
    record: Record | None = None,
) -> dict[str, Any]:
    """The content of a .json; `send_at`: when it is to be sent, None: now."""
    now = time.time()
    at = now if send_at is None else send_at
    return {
        "version": VERSION,
        "id": id,
        "kind": kind,
        "record": record,
        "mailFrom": mail_from,
        "rcptTo": rcpt_to,
        "sendAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
        "attempts": 0,
        "next": at,
        "created": now,
        "results": {},
        "done": False,
        "canceled": False,
    }


def is_sent(content: Record) -> bool:
    """Whether a recipient may have the message, or no attempt will follow."""
    results = {email: each["delivered"] for email, each in content["results"].items()}
    is_settled = all(results.get(each["email"], "queued") != "queued" for each in content["rcptTo"])
    return content["done"] or is_settled or any(each in ("yes", "unknown") for each in results.values())


def _dumped(content: Record) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _locked(fd: int, path: Path) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(fd).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _is_old(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > ORPHAN_SECONDS
    return False
