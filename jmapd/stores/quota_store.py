"""Quota records (RFC 9425 4), made when they are read: limits from where they are kept, used from the index.

A state says what was shown, record by record, so that what has changed since is known without a journal or a lock.
"""

import re
import zlib
from collections.abc import Collection, Iterable

import orjson

from jmapd.index.account import AccountIndex
from jmapd.stores.objects import ObjectStore
from jmapd.stores.quota import Quota
from jmapd.wire import Id, Record, State
from jmapd.wire.delta import Delta

USED = "used"
NAMES = {"octets": "Mail storage", "count": "Messages", "disk": "Disk space"}
_PART = re.compile(r"([a-z]+)-([0-9a-f]{8})-(0|[1-9][0-9]{0,15})", re.ASCII)

Shown = dict[Id, tuple[str, str]]  # id -> digest of all but used, used


class QuotaStore(ObjectStore):
    """The Quotas of one account; nobody writes them."""

    type = "Quota"

    def __init__(self, index: AccountIndex, quota: Quota) -> None:
        super().__init__(index)
        self._quota = quota

    def state(self) -> State:
        return _state(self._shown())

    def ids(self) -> Iterable[Id]:
        return list(self._records())

    def get(self, ids: Iterable[Id], properties: Collection[str] | None = None) -> dict[Id, Record]:
        records = self._records()
        return {id: records[id] for id in ids if id in records}

    def changes(self, since: State, limit: int | None = None) -> Delta | None:
        """None: the state is not one that was ever given out."""
        old, new = _parse(since), self._shown()
        if old is None:
            return None
        found = [("c", id) for id in new if id not in old]
        found += [("u", id) for id in new if id in old and old[id] != new[id]]
        found += [("d", id) for id in old if id not in new]
        page, reached = found[:limit], dict(old)
        for kind, id in page:
            if kind == "d":
                del reached[id]
            else:
                reached[id] = new[id]
        created, updated, destroyed = ([id for each, id in page if each == kind] for kind in "cud")
        delta = Delta(created, updated, destroyed, _state(reached), len(page) < len(found))
        if updated and len(updated) == len(page) and all(old[id][0] == new[id][0] for id in updated):
            delta.updated_properties = [USED]
        return delta

    def _records(self) -> dict[Id, Record]:
        quota = self._quota
        found = {}
        if quota.is_limited:
            values = zip(("octets", "count"), quota.used(), quota.limits(), strict=True)
            found = {id: self._record(id, used, limit) for id, used, limit in values if limit is not None}
        elif (disk := quota.disk()) is not None:
            found = {"disk": self._record("disk", *disk) | {"scope": "global"}}
        return found

    def _record(self, id: Id, used: int, limit: int) -> Record:
        return {
            "id": id,
            "resourceType": "count" if id == "count" else "octets",
            "used": used,
            "hardLimit": limit,
            "scope": "account",
            "name": NAMES[id],
            "types": ["Email"],
            "warnLimit": limit * self._quota.warn_percent // 100 or None,
            "softLimit": None,
            "description": None,
        }

    def _shown(self) -> Shown:
        return {id: _digest(record) for id, record in self._records().items()}


def _digest(record: Record) -> tuple[str, str]:
    rest = {name: value for name, value in record.items() if name != USED}
    return f"{zlib.crc32(orjson.dumps(rest)):08x}", str(record[USED])


def _state(shown: Shown) -> State:
    return "q" + "".join(f".{id}-{digest}-{used}" for id, (digest, used) in sorted(shown.items()))


def _parse(state: State) -> Shown | None:
    matches = [_PART.fullmatch(part) for part in state[1:1000].split(".")[1:]]
    found = {match[1]: (match[2], match[3]) for match in matches if match}
    return found if _state(found) == state else None
