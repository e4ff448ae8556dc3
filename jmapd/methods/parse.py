"""Foo/parse (RFC 8621 4.9, RFC 9007 2.2): what blobs hold, shown and not stored; the same for every data type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jmapd.formats import data_uri
from jmapd.formats.media_type import media_type
from jmapd.methods.arguments import check_arguments
from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING
from jmapd.stores.base import BlobStore, OverQuota, ReadOnly, RecordNotFound, StoredBlob
from jmapd.wire import Arguments, Id, Record
from jmapd.wire.errors import InvalidArguments, RequestTooLarge
from jmapd.wire.ids import is_id, is_reference

ARGUMENTS: dict[str, tuple[str, Any]] = {"accountId": ("Id", MISSING), "blobIds": ("String[]", MISSING)}
MAX_BLOB = 32 << 20  # octets; a file of records that is larger is not parsable
MAX_READ = 256 << 20  # octets of all files of one request


@dataclass(frozen=True)
class Files:
    """Files that hold any number of records of a data type: .vcf, .ics."""

    type: str  # "ContactCard"
    things: str  # "cards"
    begin: bytes  # how each of them begins
    is_property: Callable[[str], bool]  # whether it may be asked for
    shown: Callable[[Context, bytes, list[str] | None], Any]  # what is in a file; None for what cannot be parsed


def parse_files(context: Context, arguments: Arguments, files: Files) -> Arguments:
    """Foo/parse with the argument `properties`, of such files."""
    assert context.account is not None
    args = check_arguments(ARGUMENTS | {"properties": ("String[]|null", None)}, arguments, context.strict)
    names = args["properties"]
    wrong = next((each for each in names or () if not files.is_property(each)), None)
    if wrong is not None:
        raise InvalidArguments(f"properties: {files.type} has no {wrong[:80]!r}")
    blobs, room = context.account.blobs, context.limits.max_objects_in_get

    def read(blob_id: Id) -> Any:
        nonlocal room
        octets = _file(context, blobs.find(blob_id) if is_id(blob_id) else None, files.things)
        room -= max(octets.upper().count(files.begin), 1)
        if room < 0:
            raise RequestTooLarge(f"more than maxObjectsInGet ({context.limits.max_objects_in_get}) {files.things}")
        return files.shown(context, octets, names)

    return foo_parse(context, args["blobIds"], read)


def _file(context: Context, blob: StoredBlob | None, things: str) -> bytes:
    """Nothing of what is too large. Raises RecordNotFound."""
    if blob is None:
        raise RecordNotFound
    if blob.size > MAX_BLOB:
        return b""
    context.spent[things] = context.spent.get(things, 0) + blob.size
    if context.spent[things] > MAX_READ:
        raise RequestTooLarge(f"the blobs of a request may have {MAX_READ} octets together")
    return b"".join(blob.read())


def by_blob(resource: Record, blobs: BlobStore, uri: str, type: str, size: str | None = None) -> Record:
    """Octets embedded in the property `uri` become an upload, so that the record can be created as it is; type and size
    are told in the properties of these names. As it is when there are none, or nothing can be uploaded.
    """
    found = data_uri.parse(resource[uri]) if data_uri.is_data_uri(resource.get(uri)) else None
    if found is None:
        return resource
    try:
        blob_id, _ = blobs.put([found.octets], len(found.octets))
    except (ReadOnly, OverQuota):
        return resource
    told = resource.get(type) or found.media_type or media_type(found.octets) or "application/octet-stream"
    rest = {name: value for name, value in resource.items() if name != uri}
    return rest | {"blobId": blob_id, type: told} | ({size: len(found.octets)} if size else {})


def foo_parse(context: Context, blob_ids: list[str], read: Callable[[Id], Any]) -> Arguments:
    """The answer. `read`: what a blob holds, None for what cannot be parsed; raises RecordNotFound."""
    assert context.account is not None
    ids = dict.fromkeys(_id(context, each) for each in blob_ids)
    if len(ids) > context.limits.max_objects_in_get:
        raise RequestTooLarge(f"at most {context.limits.max_objects_in_get} blobs can be parsed in one call")
    parsed: dict[Id, Any] = {}
    not_parsable: list[Id] = []
    not_found: list[Id] = []
    for blob_id in ids:
        try:
            found = read(blob_id)
        except RecordNotFound:
            not_found.append(blob_id)
            continue
        if found is None:
            not_parsable.append(blob_id)
        else:
            parsed[blob_id] = found
    return {
        "accountId": context.account.id,
        "parsed": parsed or None,
        "notParsable": not_parsable or None,
        "notFound": not_found or None,
    }


def octets(context: Context, blob_id: Id) -> bytes:
    """All of a blob. Raises RecordNotFound."""
    assert context.account is not None
    raw = context.account.blobs.open(blob_id)
    if raw is None:
        raise RecordNotFound(blob_id)
    return raw


def _id(context: Context, given: str) -> Id:
    """RFC 9404 4.1: a "#" reference to what Blob/upload made is one, too; one to nothing is not found."""
    if not is_id(given) and not is_reference(given):
        raise InvalidArguments(f"'blobIds': {given[:80]!r} is not an Id")
    return context.created_ids.get(given[1:], given) if is_reference(given) else given
