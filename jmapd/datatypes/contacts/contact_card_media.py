"""Media of ContactCards by blobId (RFC 9610 3): what a client names by blobId is stored as a data: URI in the vCard."""

from collections.abc import Mapping
from typing import Any

from jmapd.formats import data_uri
from jmapd.formats.media_type import media_type
from jmapd.methods.context import Context
from jmapd.stores.base import Account, RecordNotFound, StoredBlob
from jmapd.wire import Record
from jmapd.wire.errors import InvalidProperties, TooLarge
from jmapd.wire.ids import is_id, is_reference

MAX_MEDIA = 32 << 20  # octets of all that is new in one card
MAX_IN_CALL = 128 << 20  # in all cards of one call, which are in memory together
UNKNOWN = "application/octet-stream"


def resolved(context: Context, card: Record) -> Record:
    """The card with blobIds for references to what Blob/upload made in the same request (RFC 9404 4.1)."""
    media = card.get("media")
    if not isinstance(media, dict):
        return card
    out = dict(media)
    for key, resource in media.items():
        given: Any = resource.get("blobId") if isinstance(resource, dict) else None
        found = context.created_ids.get(given[1:]) if is_reference(given) else None
        if found is not None:
            out[key] = resource | {"blobId": found}
    return card | {"media": out}


def embedded(context: Context, old: Record | None, new: Record) -> Record:
    """The card with the octets of each blob that is new in it. Raises InvalidProperties, TooLarge."""
    assert context.account is not None
    embedder = Embedder(context, context.account)
    out = dict(new)
    before = old or {}
    if isinstance(new.get("media"), dict):
        out["media"] = embedder.media(new["media"], before.get("media"))
    localizations, known = new.get("localizations"), before.get("localizations")
    if isinstance(localizations, dict) and localizations != known:
        known = known if isinstance(known, dict) else {}
        out["localizations"] = {
            language: embedder.patch(patch, f"localizations/{_token(language)}/", out.get("media"), known.get(language))
            for language, patch in localizations.items()
        }
    return out


class Embedder:
    """Puts octets of blobs in place of their ids, into one card. `is_copy`: of a card that is there, as it is."""

    def __init__(self, context: Context, source: Account, is_copy: bool = False) -> None:
        self._context, self._source, self._is_copy = context, source, is_copy
        self._room = MAX_MEDIA

    def media(self, media: Mapping[str, Any], before: Any = None, path: str = "") -> dict[str, Any]:
        """`before`: what of them the card has already; that stays as it is."""
        before = before if isinstance(before, dict) else {}
        kept = {mark for each in before.values() if (mark := _mark(each)) is not None}
        return {
            key: each
            if each == before.get(key) or not isinstance(each, dict) or _mark(each) in kept
            else self.resource(each, f"{path}media/{_token(key)}")
            for key, each in media.items()
        }

    def resource(self, resource: Record, path: str) -> Record:
        """A Media object; one that is somewhere else is not ours to look at."""
        found = self._content(resource, path)
        if found is None:
            return resource
        self._count(found, path)
        type = _media_type(resource, found, "" if self._is_copy else path)
        rest = {name: value for name, value in resource.items() if name != "blobId"}
        return rest | {"uri": data_uri.make(type, found.octets), "mediaType": type}

    def patch(self, patch: Any, path: str, media: Any, before: Any) -> Any:
        """A PatchObject of a language (RFC 9553 2.7.1): whole Media objects, and blobIds and uris of those in `media`.

        `before`: what it was; that stays as it is.
        """
        out: dict[str, Any] = {}
        before = before if isinstance(before, dict) else {}
        for pointer, value in patch.items() if isinstance(patch, dict) else ():
            first, *rest = pointer.split("/")
            if pointer in before and value == before[pointer]:
                out[pointer] = value
            elif first == "media" and not rest and isinstance(value, dict):
                out[pointer] = self.media(value, None, path)
            elif first == "media" and len(rest) == 1 and isinstance(value, dict):
                out[pointer] = self.resource(value, path + _token(pointer))
            elif first == "media" and (rest[1:] == ["blobId"] or (rest[1:] == ["uri"] and data_uri.is_data_uri(value))):
                resource = f"media/{rest[0]}"
                given = {rest[1]: value, "kind": patch.get(f"{resource}/kind", _kind(media, rest[0]))}
                out[f"{resource}/uri"] = self.resource(given, path + _token(resource))["uri"]
            else:
                out.setdefault(pointer, value)  # a uri that is null makes way for a blobId
        return out if isinstance(patch, dict) else patch

    def _count(self, found: data_uri.Data, path: str) -> None:
        """Raises TooLarge."""
        memo = self._context.memo
        self._room -= len(found.octets)
        memo["media"] = memo.get("media", 0) + len(found.octets)
        if self._room < 0 or memo["media"] > MAX_IN_CALL:
            most = f"{MAX_MEDIA} octets together, those of one call {MAX_IN_CALL}"
            raise TooLarge(f"{path}: the new media of a card may have {most}", properties=[path])

    def _content(self, resource: Record, path: str) -> data_uri.Data | None:
        if "blobId" not in resource:
            if not data_uri.is_data_uri(resource.get("uri")):
                return None
            found = data_uri.parse(resource["uri"])
            if found is None:
                raise InvalidProperties([f"{path}/uri"], f"{path}/uri: not a data: URI that can be read")
            return found
        given = resource["blobId"]
        blob = self._source.blobs.find(given) if is_id(given) else None
        octets = _read(blob, f"{path}/blobId")
        if octets is None:
            raise InvalidProperties([f"{path}/blobId"], f"{path}/blobId: there is no blob {str(given)[:80]!r}")
        return data_uri.Data("", octets)


def _mark(resource: Any) -> tuple[str, Any] | None:
    """What a blob is in a card; as what kind, since not everything may be a photo."""
    if not isinstance(resource, dict):
        return None
    blob_id, kind = resource.get("blobId"), resource.get("kind")
    return (blob_id, kind) if isinstance(blob_id, str) and isinstance(kind, str) else None


def _kind(media: Any, key: str) -> Any:
    """That of the Media object which a language changes: a photo is an image in each (RFC 9610 3.5)."""
    found = media.get(key) if isinstance(media, dict) else None
    return found.get("kind") if isinstance(found, dict) else None


def _token(key: str) -> str:
    """RFC 6901 3."""
    return key.replace("~", "~0").replace("/", "~1")


def _read(blob: StoredBlob | None, path: str) -> bytes | None:
    try:
        if blob is not None and blob.size > MAX_MEDIA:
            raise TooLarge(f"{path}: the blob has more than {MAX_MEDIA} octets", properties=[path])
        return None if blob is None else b"".join(blob.read())
    except RecordNotFound:
        return None


def _media_type(resource: Record, found: data_uri.Data, path: str) -> str:
    """As the client says, else what the octets look like. With a path a photo must be an image (RFC 9610 3.5)."""
    given, seen = resource.get("mediaType") or found.media_type, media_type(found.octets)
    if path and resource.get("kind") == "photo":
        if seen is None or not seen.startswith("image/"):
            raise InvalidProperties([path], f"{path}: a photo must be an image of a known type")
        return given if isinstance(given, str) and given.lower().startswith("image/") else seen
    return given if isinstance(given, str) and given else seen or UNKNOWN
