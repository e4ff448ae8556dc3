"""Blob (RFC 9404): what the capability adds to the type, which has no records and no state."""

from typing import Any

from jmapd.datatypes.blob.blob_get import ALGORITHMS, blob_get
from jmapd.datatypes.blob.blob_lookup import TYPES, blob_lookup
from jmapd.datatypes.blob.blob_upload import MAX_DATA_SOURCES, blob_upload
from jmapd.methods.context import Limits
from jmapd.methods.spec import Capability, DataType, Method, Shown

URN = "urn:ietf:params:jmap:blob"


def _account(limits: Limits, account: Shown) -> dict[str, Any]:
    """RFC 9404 3.1."""
    return {
        "maxSizeBlobSet": limits.max_size_upload,
        "maxDataSources": MAX_DATA_SOURCES,
        "supportedTypeNames": [name for name in TYPES if name in account.stores],
        "supportedDigestAlgorithms": list(ALGORITHMS),
    }


UPLOAD = Method("Blob/upload", URN, blob_upload, writes=True, rfc="RFC 9404 4.1", needs_lock=False)
GET = Method("Blob/get", URN, blob_get, writes=False, rfc="RFC 9404 4.2")
LOOKUP = Method("Blob/lookup", URN, blob_lookup, writes=False, rfc="RFC 9404 4.3")
BLOB = DataType(
    "Blob",
    URN,
    "Blob",
    (),
    {},
    "RFC 9404 4",
    capabilities=(Capability(URN, account=_account, is_everywhere=True),),
    extra_methods={each.name: each for each in (UPLOAD, GET, LOOKUP)},
)
