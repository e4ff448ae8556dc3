"""Blob/get (RFC 9404 4.2): the octets of blobs, or of a range of them, as text, as base64 or as a digest."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from jmapd.datatypes.blob.blob_source import ReadsTooMuch, Sources
from jmapd.methods.arguments import Table, check_arguments
from jmapd.methods.context import Context
from jmapd.methods.spec import MISSING
from jmapd.stores.base import RecordNotFound, StoredBlob
from jmapd.wire import Arguments, Id, Record, ijson
from jmapd.wire.errors import InvalidArguments, RequestTooLarge

TEXT, BASE64, DATA, SIZE, DIGEST = "data:asText", "data:asBase64", "data", "size", "digest:"
IS_ENCODING_PROBLEM, IS_TRUNCATED = "isEncodingProblem", "isTruncated"
DEFAULT = (DATA, SIZE)
MAX_ANSWER = 64 << 20  # octets of blobs in the answers of one request
ARGUMENTS: Table = {
    "accountId": ("Id", MISSING),
    "ids": ("String[]", MISSING),
    "properties": ("String[]|null", None),
    "offset": ("UnsignedInt|null", None),
    "length": ("UnsignedInt|null", None),
}
# RFC 3230 4.1.1 in lower case, the best first -> as hashlib calls them
_HASHES = {"sha-256": "sha256", "sha-512": "sha512", "sha": "sha1", "md5": "md5"}


def _is_there(name: str) -> bool:
    try:
        hashlib.new(name, usedforsecurity=False)
    except ValueError:
        return False
    return True


ALGORITHMS = {name: hash for name, hash in _HASHES.items() if _is_there(hash)}


def blob_get(context: Context, given: Arguments) -> Arguments:
    """The method."""
    args = check_arguments(ARGUMENTS, given, context.strict)
    names = DEFAULT if args["properties"] is None else tuple(dict.fromkeys(args["properties"]))
    for name in names:
        if not _is_property(name):
            raise InvalidArguments(f"properties: a Blob has no {name[:80]!r}")
    largest = context.limits.max_objects_in_get
    sources = Sources(context)
    ids = [sources.asked_for(each) for each in dict.fromkeys(args["ids"])]
    if len(ids) > largest:
        raise RequestTooLarge(f"more than maxObjectsInGet ({largest}) blobs")
    found: list[Record] = []
    missing: list[Id] = []
    for id in dict.fromkeys(ids):
        try:
            blob = sources.find(id)
            if blob is None:
                missing.append(id)
            else:
                found.append({"id": id, **_record(context, sources, blob, names, args)})
        except RecordNotFound:
            missing.append(id)
        except ReadsTooMuch as error:
            raise RequestTooLarge("the blobs of one request are too large together") from error
    return {"accountId": args["accountId"], "list": found, "notFound": missing}


def _is_property(name: str) -> bool:
    return name in ("id", TEXT, BASE64, DATA, SIZE, IS_ENCODING_PROBLEM, IS_TRUNCATED) or (
        name.startswith(DIGEST) and name.removeprefix(DIGEST) in ALGORITHMS
    )


def _record(context: Context, sources: Sources, blob: StoredBlob, names: Sequence[str], args: Arguments) -> Record:
    size, start, length = blob.size, args["offset"] or 0, args["length"]
    stop = size if length is None else min(start + length, size)
    record: Record = {}
    is_truncated = start > size or (length is not None and start + length > size)
    is_problem = False
    digests = {name: hashlib.new(ALGORITHMS[name.removeprefix(DIGEST)], usedforsecurity=False)
               for name in names if name.startswith(DIGEST)}  # fmt: skip
    wants_data = not {DATA, TEXT, BASE64}.isdisjoint(names)
    pieces: list[bytes] = []
    if wants_data:
        _count_answer(context, max(stop - start, 0))
    if (wants_data or digests) and start < stop:
        for piece in sources.read(blob, start, stop):
            for digest in digests.values():
                digest.update(piece)
            if wants_data:
                pieces.append(piece)
    record |= {name: _base64(digest.digest()) for name, digest in digests.items()}
    if wants_data:
        data, is_problem = _data(b"".join(pieces), names)
        record |= data
    if SIZE in names:
        record[SIZE] = size
    for name, value in ((IS_ENCODING_PROBLEM, is_problem), (IS_TRUNCATED, is_truncated)):
        if value or name in names:
            record[name] = value
    return record


def _data(content: bytes, names: Sequence[str]) -> tuple[dict[str, Any], bool]:
    """The data properties, and whether text was asked for that is none."""
    out: dict[str, Any] = {}
    is_problem = False
    if DATA in names or TEXT in names:
        out[TEXT] = _text(content)
        is_problem = out[TEXT] is None
    if BASE64 in names or (DATA in names and is_problem):
        out[BASE64] = _base64(content)
    return out, is_problem


def _text(content: bytes) -> str | None:
    """None for what is not UTF-8, or cannot stand in I-JSON as it is (RFC 7493 2.1)."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return text if ijson.may_hold(text) else None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _count_answer(context: Context, octets: int) -> None:
    spent = context.spent
    spent["answered"] = spent.get("answered", 0) + octets
    if spent["answered"] > MAX_ANSWER:
        raise RequestTooLarge(f"more than {MAX_ANSWER} octets of blobs; ask for a range, or use the downloadUrl")
