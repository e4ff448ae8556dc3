"""urn:ietf:params:jmap:blob (RFC 9404)."""

from jmapd.datatypes.blob.blob import BLOB

DATATYPES = (BLOB,)
