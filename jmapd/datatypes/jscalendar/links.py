"""Attachments by blobId (jmap-calendars-27 5.3): what a client names by blobId is stored as a data: URI."""

from collections.abc import Iterator
from typing import Any

from jmapd.formats import data_uri
from jmapd.formats.media_type import media_type
from jmapd.methods.context import Context
from jmapd.stores.base import Account, RecordNotFound
from jmapd.wire import Id, Record
from jmapd.wire.errors import InvalidProperties, TooLarge
from jmapd.wire.ids import is_id, is_reference

MAX_BLOBS = 32 << 20  # octets of all that are new in one event
MAX_IN_CALL = 128 << 20  # in all events of one call, which are in memory together
UNKNOWN = "application/octet-stream"


def embedded(context: Context, source: Account, old: Record | None, new: Record) -> Record:
    """The event with the octets of each blob that it did not have before. Raises InvalidProperties, TooLarge."""
    if not any(True for _ in _blob_ids(new)):
        return new
    embedder = _Embedder(context, source, frozenset(_blob_ids(old or {})))
    out: Record = embedder.value(new, ())
    return out


def resolved(context: Context, event: Record) -> Record:
    """The event with blobIds for references to what Blob/upload made in the same request (RFC 9404 4.1)."""
    if not any(is_reference(each) for each in _blob_ids(event)):
        return event
    found: Record = _resolved(context, event)
    return found


def _resolved(context: Context, value: Any) -> Any:
    if isinstance(value, list):
        return [_resolved(context, each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: context.created_ids.get(each[1:], each)
        if is_reference(each) and (name == "blobId" or name.endswith("/blobId"))
        else _resolved(context, each)
        for name, each in value.items()
    }


def _blob_ids(value: Any) -> Iterator[Any]:
    """Every blobId in a record, also in patches."""
    waiting = [value]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict):
            for name, each in at.items():
                if name == "blobId" or name.endswith("/blobId"):
                    yield each if isinstance(each, str) else ""
                elif isinstance(each, dict | list):
                    waiting.append(each)
        elif isinstance(at, list):
            waiting += (each for each in at if isinstance(each, dict | list))


class _Embedder:
    """Puts octets of blobs in place of their ids, into one event. `kept`: blobIds of what it has already."""

    def __init__(self, context: Context, source: Account, kept: frozenset[Id]) -> None:
        self._context, self._source, self._kept = context, source, kept
        self._room = MAX_BLOBS

    def value(self, value: Any, path: tuple[str, ...]) -> Any:
        """With all Links in it; the depth of what comes in is limited (RFC 8620 3.6.1)."""
        if isinstance(value, list):
            return [self.value(each, (*path, str(number))) for number, each in enumerate(value)]
        if not isinstance(value, dict):
            return value
        out: dict[str, Any] = {}
        for name, each in value.items():
            if name.endswith("/blobId") and "links" in name.split("/"):  # a patch of one Link
                out |= self._patched(name, each, path)
            else:
                out[name] = self.value(each, (*path, _token(name)))
        return self._link(out, path) if "blobId" in out and _is_link(path) else out

    def _patched(self, pointer: str, blob_id: Any, path: tuple[str, ...]) -> dict[str, Any]:
        if blob_id is None or blob_id in self._kept:
            return {pointer: blob_id}
        link = self._link({"blobId": blob_id}, (*path, pointer.removesuffix("/blobId")))
        return {f"{pointer.removesuffix('blobId')}href": link["href"]}

    def _link(self, link: Record, path: tuple[str, ...]) -> Record:
        given = link["blobId"]
        if given in self._kept:
            return link
        pointer = "/".join((*path, "blobId"))
        octets = self._read(given, pointer)
        type = link.get("contentType")
        type = type if isinstance(type, str) and type else media_type(octets) or UNKNOWN
        rest = {name: value for name, value in link.items() if name != "blobId"}
        return rest | {"href": data_uri.make(type, octets), "contentType": type}

    def _read(self, given: Any, pointer: str) -> bytes:
        blob = self._source.blobs.find(given) if is_id(given) else None
        try:
            if blob is None:
                raise RecordNotFound(given)
            self._count(blob.size, pointer)
            return b"".join(blob.read())
        except RecordNotFound as error:
            raise InvalidProperties([pointer], f"{pointer}: there is no blob {str(given)[:80]!r}") from error

    def _count(self, size: int, pointer: str) -> None:
        memo = self._context.memo
        self._room -= size
        memo["links"] = memo.get("links", 0) + size
        if self._room < 0 or memo["links"] > MAX_IN_CALL:
            most = f"{MAX_BLOBS} octets together, those of one call {MAX_IN_CALL}"
            raise TooLarge(f"{pointer}: new blobs of one record may have {most}", properties=[pointer])


def _is_link(path: tuple[str, ...]) -> bool:
    """Whether a Link stands there; a part may be a pointer, as in a patch."""
    tokens = "/".join(path).replace("~1", "/").split("/")
    return len(tokens) > 1 and tokens[-2] == "links"


def _token(name: str) -> str:
    """RFC 6901 3."""
    return name.replace("~", "~0").replace("/", "~1")
