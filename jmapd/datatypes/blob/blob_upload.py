"""Blob/upload (RFC 9404 4.1): blobs out of text, base64 and ranges of other blobs."""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jmapd.datatypes.blob.blob_source import ReadsTooMuch, Sources
from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context
from jmapd.methods.order import in_order
from jmapd.methods.set import check_size
from jmapd.methods.spec import MISSING
from jmapd.stores import base
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import BlobNotFound, Forbidden, InvalidProperties, OverQuota, SetError, TooLarge
from jmapd.wire.ids import is_id, is_reference
from jmapd.wire.signatures import compiled

MAX_DATA_SOURCES = 1000  # RFC 9404 4.1: at least 64
TEXT, BASE64 = "data:asText", "data:asBase64"
ARGUMENTS: Table = {"accountId": ("Id", MISSING), "create": ("String[Object]", MISSING)}
UPLOAD = {"data": "Object[]", "type": "String|null"}
SOURCE = {
    TEXT: "String|null",
    BASE64: "String|null",
    "blobId": "String|null",
    "offset": "UnsignedInt|null",
    "length": "UnsignedInt|null",
}


@dataclass(frozen=True)
class Range:
    """A part of a blob, which is not held: there may be many."""

    blob_id: Id
    start: int
    stop: int


@dataclass
class Uploads:
    """One call."""

    context: Context
    ids: dict[str, Id] = field(default_factory=dict)  # creation id -> blobId, of this call

    def __post_init__(self) -> None:
        self.sources = Sources(self.context, self.ids)

    def create(self, given: Record) -> Record:
        """Writes one blob; the object for `created`. Raises SetError."""
        _check(given)
        try:
            sources = [self._source(each, index) for index, each in enumerate(given["data"])]
        except ReadsTooMuch as error:
            raise OverQuota("the blobs of one request are too large together") from error
        size = sum(len(each) if isinstance(each, bytes) else each.stop - each.start for each in sources)
        self._check_size(size)
        assert self.context.account is not None
        try:
            id, size = self.context.account.blobs.put(self._pieces(sources), size)
        except ReadsTooMuch as error:
            raise OverQuota("the blobs of one request are too large together") from error
        except base.OverQuota as error:
            raise OverQuota(str(error) or None) from error
        except base.ReadOnly as error:
            raise Forbidden(str(error) or None) from error
        return {"id": id, "type": given.get("type") or "application/octet-stream", "size": size}

    def _check_size(self, size: int) -> None:
        """Before anything is written: one blob, and all of the request."""
        largest, spent = self.context.limits.max_size_upload, self.context.spent
        if size > largest:
            raise TooLarge(f"'data' is {size} octets; maxSizeBlobSet is {largest}")
        if spent.get("uploaded", 0) + size > largest:
            raise OverQuota(f"the blobs made in one request may have {largest} octets together")
        spent["uploaded"] = spent.get("uploaded", 0) + size

    def _source(self, given: Record, index: int) -> bytes | Range:
        """A DataSourceObject that was checked."""
        if given.get(TEXT) is not None:
            try:
                return str(given[TEXT]).encode()
            except UnicodeEncodeError as error:
                raise _wrong(index, "is not UTF-8") from error
        if given.get(BASE64) is not None:
            try:
                return binascii.a2b_base64(given[BASE64].encode("ascii"), strict_mode=True)
            except (binascii.Error, UnicodeEncodeError) as error:
                raise _wrong(index, "is not base64") from error
        return self._range(given, index)

    def _range(self, given: Record, index: int) -> Range:
        wanted: str = given["blobId"]
        id = self.sources.id(wanted)
        if id is None:
            raise _wrong(index, f"no blob was created as {wanted[:80]!r}")
        try:
            blob = self.sources.find(id)
            size = blob.size if blob is not None else 0
        except base.RecordNotFound:
            blob = None
        if blob is None:
            raise BlobNotFound([id])
        start: int = given.get("offset") or 0
        length: int | None = given.get("length")
        stop = size if length is None else start + length
        if start > size or stop > size:
            raise _wrong(index, f"the blob has {size} octets only")
        return Range(id, start, stop)

    def _pieces(self, sources: list[bytes | Range]) -> Iterator[bytes]:
        for each in sources:
            if isinstance(each, bytes):
                yield each
                continue
            blob = self.sources.find(each.blob_id)
            if blob is None:
                raise BlobNotFound([each.blob_id])
            try:
                yield from self.sources.read(blob, each.start, each.stop)
            except base.RecordNotFound as error:
                raise BlobNotFound([each.blob_id]) from error


def blob_upload(context: Context, given: Arguments) -> Arguments:
    """The method."""
    args = check_arguments(ARGUMENTS, given, context.strict)
    check_size(context, args)
    create: dict[str, Record] = args["create"]
    uploads, created, failed = Uploads(context), {}, {}
    for key in in_order({key: _references(record) for key, record in create.items()}):
        try:
            created[key] = uploads.create(create[key])
        except SetError as error:
            failed[key] = error.wire()
        else:
            uploads.ids[key] = created[key]["id"]
    context.created_ids.update(uploads.ids)
    return {"accountId": args["accountId"], "created": created or None, "notCreated": failed or None}


def _references(given: Record) -> set[str]:
    data = given.get("data")
    ids = [each.get("blobId") for each in data if isinstance(each, dict)] if isinstance(data, list) else []
    return {id[1:] for id in ids if isinstance(id, str) and is_reference(id)}


def _check(given: Record) -> None:
    """An UploadObject. Raises InvalidProperties, TooLarge."""
    unknown = [name for name in given if name not in UPLOAD]
    if unknown:
        raise InvalidProperties(unknown, f"unknown: {', '.join(unknown)[:200]}")
    if "data" not in given:
        raise InvalidProperties(["data"], "'data' must be given")
    wrong = {name: found for name, value in given.items() if (found := compiled(UPLOAD[name])(value))}
    if wrong:
        raise InvalidProperties(list(wrong), "; ".join(f"{name!r} {found}" for name, found in wrong.items()))
    if len(given["data"]) > MAX_DATA_SOURCES:
        raise TooLarge(f"'data' has {len(given['data'])} sources; maxDataSources is {MAX_DATA_SOURCES}")
    for index, source in enumerate(given["data"]):
        _check_source(source, index)


def _check_source(source: dict[str, Any], index: int) -> None:
    for name, value in source.items():
        found = compiled(SOURCE[name])(value) if name in SOURCE else "is unknown"
        if found:
            raise _wrong(index, f"{name[:80]!r} {found}")
    given = {name for name, value in source.items() if value is not None}
    if len(given & {TEXT, BASE64, "blobId"}) != 1:
        raise _wrong(index, "must have exactly one of data:asText, data:asBase64 and blobId")
    if "blobId" not in given and given & {"offset", "length"}:
        raise _wrong(index, "offset and length need a blobId")
    if "blobId" in given and not is_id(source["blobId"]) and not is_reference(source["blobId"]):
        raise _wrong(index, "'blobId' must be an Id")


def _wrong(index: int, why: str) -> InvalidProperties:
    return InvalidProperties(["data"], f"'data': source {index}: {why}")
