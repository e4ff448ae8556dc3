"""urn:ietf:params:jmap:core (RFC 8620 4 and 6.3)."""

from jmapd.datatypes.core.blob_copy import BLOB
from jmapd.datatypes.core.core_echo import CORE

DATATYPES = (CORE, BLOB)
