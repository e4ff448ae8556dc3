"""urn:ietf:params:jmap:core (RFC 8620 4, 6.3 and 7.2)."""

from jmapd.datatypes.core.blob_copy import BLOB
from jmapd.datatypes.core.core_echo import CORE
from jmapd.datatypes.core.push_subscription import PUSH_SUBSCRIPTION

DATATYPES = (CORE, BLOB, PUSH_SUBSCRIPTION)
