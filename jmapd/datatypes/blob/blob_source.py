"""Blobs as the methods of RFC 9404 read them: found by id or "#creationId", with bounds on memory and on work."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from jmapd.methods.context import Context
from jmapd.stores.base import StoredBlob
from jmapd.wire import Id
from jmapd.wire.errors import InvalidArguments
from jmapd.wire.ids import is_id, is_reference

HELD = 64 << 20  # octets of parts kept decoded, beside the one in use
MAX_READ = 4 << 30  # octets that one request may have read
READ_AHEAD = 1 << 20  # octets of a message that are read beyond those asked for


class ReadsTooMuch(Exception):
    """The request would have more read than MAX_READ."""


class Sources:
    """The blobs of one call."""

    def __init__(self, context: Context, created: Mapping[str, Id] | None = None) -> None:
        assert context.account is not None
        self._context, self._created = context, {} if created is None else created
        self._blobs = context.account.blobs
        self._held: OrderedDict[Id, StoredBlob] = OrderedDict()
        self._weight = 0  # of what is held

    def id(self, given: str) -> Id | None:
        """The id, also for "#creationId"; None for a reference to nothing."""
        if not is_reference(given):
            return given
        return self._created.get(given[1:]) or self._context.created_ids.get(given[1:])

    def asked_for(self, given: str) -> Id:
        """The id; what refers to nothing stays as it is, and is not found. Raises InvalidArguments."""
        if not is_id(given) and not is_reference(given):
            raise InvalidArguments(f"'ids': {given[:80]!r} is not an Id")
        return self.id(given) or given

    def find(self, blob_id: Id) -> StoredBlob | None:
        """Raises ReadsTooMuch. What was found stays decoded while there is room."""
        found = self._held.get(blob_id)
        if found is None:
            found = self._blobs.find(blob_id) if is_id(blob_id) else None
            if found is None:
                return None
            self._spend(found.weight)
            self._held[blob_id] = found
            self._weight += found.weight
            while len(self._held) > 1 and self._weight > HELD:
                self._weight -= self._held.popitem(last=False)[1].weight
        self._held.move_to_end(blob_id)
        return found

    def read(self, blob: StoredBlob, start: int, stop: int) -> Iterator[bytes]:
        """The octets of that range. Raises RecordNotFound, ReadsTooMuch."""
        self._spend(min(stop + READ_AHEAD, blob.size) if blob.is_sequential else stop - start)
        yield from blob.read(start, stop)

    def _spend(self, octets: int) -> None:
        spent = self._context.spent
        spent["read"] = spent.get("read", 0) + octets
        if spent["read"] > MAX_READ:
            raise ReadsTooMuch
