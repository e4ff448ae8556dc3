"""Which part of a message is S/MIME, told without a look at signatures (RFC 8551 3.9, RFC 9219 4.1)."""

from typing import NamedTuple

from jmapd.formats.message import transfer
from jmapd.formats.message.part import Part

SIGNED, UNKNOWN = "signed", "unknown"  # as smimeStatus has it; null: no signature can be seen

SIGNATURE_TYPES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature"))
_MIME_TYPES = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_TYPES = _MIME_TYPES | {"multipart/signed"}
_BEGIN = 96  # octets of a CMS object that hold its content type
_PKCS7 = bytes.fromhex("06092a864886f70d0107")  # OID 1.2.840.113549.1.7 but for its last number
_SMIME = bytes.fromhex("060b2a864886f70d01091001")  # OID 1.2.840.113549.1.9.16.1 likewise
_SIGNED_DATA = _PKCS7 + b"\x02"
_ENCRYPTED = (_PKCS7 + b"\x03", _PKCS7 + b"\x06", _SMIME + b"\x17")  # enveloped, encrypted, authEnveloped


class Found(NamedTuple):
    """`is_whole`: all that the message shows is in that part."""

    part: Part
    kind: str
    is_whole: bool


def find(root: Part) -> Found | None:
    """The outermost signed part, else one that is S/MIME in another way; None: nothing that is or may be signed.

    Messages that are attached have signatures of their own, which say nothing of this one; nor do certificates.
    """
    best: Found | None = None
    for part in root.walk():
        if part.type not in _TYPES and (part is not root or part.type != "application/octet-stream"):
            continue
        kind = _kind(part)
        if kind is None:
            continue
        found = Found(part, kind, _is_whole(root, part))
        if kind == SIGNED:
            return found
        if best is None and (part.is_multipart or found.is_whole):
            best = found
    return best


def _kind(part: Part) -> str | None:
    if part.type == "multipart/signed":
        return _kind_of_multipart(part)
    oid = _content_type(part)
    if part.type == "application/octet-stream":  # RFC 8551 3.9: told by the name; ours asks the content, too
        if oid is None or not (part.name or "").lower().endswith((".p7m", ".p7z")):
            return None
        return _kind_of_cms(oid)
    said = part.parameters.get("smime-type", "").lower()
    if not said and (part.name or "").lower().endswith(".p7c"):  # RFC 8551 3.2.1
        said = "certs-only"
    if oid is None:  # malformed
        return {"signed-data": SIGNED, "enveloped-data": None, "authenveloped-data": None}.get(said, UNKNOWN)
    return UNKNOWN if said == "certs-only" and oid == _SIGNED_DATA else _kind_of_cms(oid)


def _kind_of_multipart(part: Part) -> str:
    """RFC 9219 4.1: "unknown" for a signing protocol that is not ours, as OpenPGP."""
    protocol = part.parameters.get("protocol", "").strip().lower()
    signatures = (child.type for child in part.children[1:])
    return SIGNED if protocol in SIGNATURE_TYPES or not SIGNATURE_TYPES.isdisjoint(signatures) else UNKNOWN


def _kind_of_cms(oid: bytes) -> str | None:
    if oid == _SIGNED_DATA:
        return SIGNED
    return None if oid in _ENCRYPTED else UNKNOWN  # what is encrypted shows no signature


def _content_type(part: Part) -> bytes | None:
    """The encoded OID at the beginning of a ContentInfo (RFC 5652 3); None where there is none."""
    data = transfer.decode(part.stored(4 * _BEGIN), part.encoding)[:_BEGIN]
    if data[:1] != b"\x30" or len(data) < 4:
        return None
    start = 2 + (data[1] & 0x7F if data[1] > 0x80 else 0)
    if data[start : start + 1] != b"\x06" or start + 1 >= len(data):
        return None
    return data[start : start + 2 + data[start + 1]]


def _is_whole(root: Part, part: Part) -> bool:
    while root is not part and len(root.children) == 1:
        root = root.children[0]
    return root is part
