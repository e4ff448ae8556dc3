"""urn:ietf:params:jmap:quota (RFC 9425)."""

from jmapd.datatypes.quota.quota import QUOTA

DATATYPES = (QUOTA,)
