"""urn:ietf:params:jmap:mdn (RFC 9007)."""

from jmapd.datatypes.mdn.mdn import MDN

DATATYPES = (MDN,)
