"""What was found of the S/MIME signatures of an account's Emails (RFC 9219), kept in the index beside them.

A result holds until a certificate begins or ceases to be valid, or the trust store changes: so it is told at any
time without a look at the message, and what changes by itself is in the journal, for Email/changes.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from pyroaring import BitMap

from jmapd.formats.smime.kind import SIGNED
from jmapd.formats.smime.trust import Trust
from jmapd.formats.smime.verify import FAILED, VERIFIED, examine
from jmapd.index.account import AccountIndex
from jmapd.index.journal import Change
from jmapd.stores.base import StoreUnavailable
from jmapd.stores.smime_trust import TrustStore
from jmapd.wire import Id, Record

log = logging.getLogger(__name__)

SMIME = "_smime"  # internal records: status, errors, delivery, at, until, trust; of signed Emails that were looked at
DAY = 86_400  # RFC 9219 4.1: how long a result may be cached
LOOK_SECONDS = 60  # how often kept results are looked through for those that have ended
AGAIN_SECONDS = 60  # after this long a message that could not be read is tried again
GET_SECONDS = 5.0  # longest that Email/get verifies; what is left is told as "signed"
FOLLOW_SECONDS = 0.2  # that any request spends on results that have ended
BATCH = 100  # results a commit
ORPHAN_SECONDS = DAY  # a message that is away for so long is gone


def now() -> int:
    """Seconds since 1970."""
    return int(time.time())


class SmimeResults:
    """Of one account, used inside a session. `lock`: the account's write lock, reentrant; `read`: a row's octets."""

    def __init__(
        self,
        index: AccountIndex,
        trust: TrustStore,
        lock: Callable[[], AbstractContextManager[None]],
        read: Callable[[int], bytes | None],
    ) -> None:
        self._index, self._trust, self._lock, self._read = index, trust, lock, read
        self._look_at = 0
        self._complete: tuple[Any, ...] = ()  # as of when all signed messages had results, and until when these hold
        self._sets: tuple[Any, dict[str, BitMap]] = ((), {})

    def get(self, id: Id) -> Record | None:
        """What is kept of it: status, delivery, at, and errors where there are any; None where nothing is."""
        record = self._index.objects.get(SMIME, id)
        return record if record is not None and "status" in record else None

    def verified(self, name: str) -> BitMap:
        """The rows whose `name`, "status" or "delivery", is signed/verified. Not to be changed."""
        key = (self._index.epoch, self._index.modseq, self._index.names["snapshot"])
        if self._sets[0] != key:
            self._sets = (key, {})
        rows = self._sets[1].get(name)
        if rows is None:
            found = (id for id, record in self._index.objects.all(SMIME).items() if record.get(name) == VERIFIED)
            rows = BitMap(row for id in found if (row := self._index.mail.row(id)) is not None)
            self._sets[1][name] = rows
        return rows

    # --- verifying ---

    def follow(self) -> None:
        """At the beginning of each session: results that have ended are found anew, some at a time."""
        moment = now()
        if moment < self._look_at or not self._index.objects.all(SMIME):
            return
        digest = self._trust.current().digest
        ended = [
            id
            for id, record in self._index.objects.all(SMIME).items()
            if "status" in record and not _holds(record, digest, moment)
        ]
        try:
            left = self._verify(ended, time.monotonic() + FOLLOW_SECONDS)
        except StoreUnavailable as error:  # no reason to refuse the rest of the request
            log.warning("%s", error)
            left = []
        if not left:
            self._look_at = moment + LOOK_SECONDS

    def bring_up(self, ids: Iterable[Id]) -> None:
        """For Email/get: of those that are signed, results that hold and are not older than a day."""
        signed = [id for id in ids if self._is_signed(id)]
        if not signed:
            return
        moment, trust = now(), self._trust.current()
        records = {id: self._index.objects.get(SMIME, id) for id in signed}
        todo = [id for id, record in records.items() if record is None or not _holds(record, trust.digest, moment)]
        left = self._verify(todo, time.monotonic() + GET_SECONDS)
        self._keep({id: _unverified(moment) for id in left if not _is_shown(records[id])})
        # of the others nothing they depend on has changed, so verifying once more would find the same
        held = {
            id: record for id, record in records.items() if record is not None and _holds(record, trust.digest, moment)
        }
        self._keep({id: record | {"at": moment} for id, record in held.items() if moment - record["at"] >= DAY})

    def bring_up_all(self, seconds: float | None) -> None:
        """Results of all signed messages, for the filters. Raises StoreUnavailable when that takes longer."""
        if not self._index.mail.smime(SIGNED):
            return
        moment, trust = now(), self._trust.current()
        if self._complete[:3] == (self._index.epoch, self._index.modseq, trust.digest) and moment < self._complete[3]:
            return
        deadline = None if seconds is None else time.monotonic() + seconds
        todo = self._signed(lambda record: record is None or not _holds(record, trust.digest, moment))
        while todo:
            left = self._verify(todo, deadline)
            if left:
                raise StoreUnavailable(f"{len(left)} signatures are not verified yet")
            todo = self._signed(lambda record: not _is_shown(record))  # what came meanwhile: keeping results reads on
        known = self._index.objects.all(SMIME)
        until = min((end for record in known.values() if (end := record.get("until"))), default=moment + DAY)
        self._complete = (self._index.epoch, self._index.modseq, trust.digest, min(until, moment + AGAIN_SECONDS))

    def tidy(self) -> None:
        """Forgets messages that have been away for long; for the sidecar, when it has seen all files."""
        oldest, index = now() - ORPHAN_SECONDS, self._index
        gone = [id for id, record in index.objects.all(SMIME).items() if index.mail.row(id) is None]
        gone = [id for id in gone if index.objects.all(SMIME)[id].get("at", 0) < oldest]
        if gone:
            with self._lock():
                there = index.objects.all(SMIME)
                index.commit([[SMIME, "d", id] for id in gone if id in there])

    def _signed(self, is_wanted: Callable[[Record | None], bool]) -> list[Id]:
        """The ids of signed messages, by what is kept of them."""
        known = self._index.objects.all(SMIME)
        return [id for id in self._index.mail.ids(self._index.mail.smime(SIGNED)) if is_wanted(known.get(id))]

    def _is_signed(self, id: Id) -> bool:
        row = self._index.mail.row(id)
        return row is not None and row in self._index.mail.smime(SIGNED)

    def _verify(self, ids: Collection[Id], deadline: float | None) -> list[Id]:
        """Keeps results of them; answers those for which the time was too short."""
        trust, todo = self._trust.current(), list(ids)
        found: dict[Id, Record] = {}
        for done, id in enumerate(todo):
            if deadline is not None and done and time.monotonic() > deadline:
                self._keep(found)
                return todo[done:]
            if len(found) >= BATCH:
                self._keep(found)
                found = {}
            result = self._result(id, trust)
            if result["trust"] is not None or not _is_shown(self._index.objects.get(SMIME, id)):
                found[id] = result
        self._keep(found)
        return []

    def _result(self, id: Id, trust: Trust) -> Record:
        """Both statuses of one message, verified now. One that cannot be read is not verified."""
        mail, moment = self._index.mail, now()
        row = mail.row(id)
        raw = self._read(row) if row is not None else None
        if row is None or raw is None:
            return _unverified(moment)
        received, examined = mail.received_at(row), examine(raw)
        if examined is None:
            return _unverified(moment)
        current, delivery = examined.verdict(trust, moment), examined.verdict(trust, received)
        record: Record = {
            "status": current.status,
            "delivery": delivery.status,
            "at": moment,
            "until": current.until,
            "trust": trust.digest,
        }
        return record | ({"errors": list(current.errors)} if current.status == FAILED else {})

    def _keep(self, found: dict[Id, Record]) -> None:
        """Commits results. What a client may have seen and is another now makes the Email changed (RFC 9219 4.3)."""
        if not found:
            return
        index = self._index
        try:
            with self._lock():
                changes: list[Change] = []
                for id, new in found.items():
                    old = index.objects.get(SMIME, id)
                    if old is not None and old.get("delivery") == VERIFIED:
                        new = new | {"delivery": VERIFIED}  # 4.1: the loss of an anchor does not change it
                    if old == new:
                        continue
                    changes.append([SMIME, "c" if old is None else "u", id, new])
                    if _is_shown(old) and _shown(old) != _shown(new) and index.mail.row(id) is not None:
                        changes.append(["Email", "u", id, {"touched": True}])
                index.commit(changes)
        except OSError as error:
            raise StoreUnavailable(f"results of S/MIME cannot be kept: {error}") from error


def lasting(records: Mapping[Id, Record]) -> dict[Id, Record]:
    """What could not be found again: a trust anchor may have gone that was there at delivery (RFC 9219 4.1)."""
    return {id: {"delivery": VERIFIED} for id, record in records.items() if record.get("delivery") == VERIFIED}


def _unverified(moment: int) -> Record:
    return {"status": SIGNED, "delivery": SIGNED, "at": moment, "until": moment + AGAIN_SECONDS, "trust": None}


def _holds(record: Record, digest: str, moment: int) -> bool:
    """Whether it would be found again just so."""
    if "status" not in record:  # brought back by the plain copy
        return False
    until = record["until"]
    return (record["trust"] in (digest, None)) and (until is None or moment < until)


def _is_shown(record: Record | None) -> bool:
    return record is not None and "status" in record


def _shown(record: Record | None) -> tuple[Any, ...]:
    return tuple((record or {}).get(name) for name in ("status", "errors", "delivery"))
